extension Int64 {
  /// The number as a count: not below 0, and small enough that half a million of them add up. For numbers of files and
  /// ledgers, which may hold anything.
  package var asCount: Int64 { Swift.min(Swift.max(self, 0), 1 << 44) }
}

/// A number with commas between its thousands, whatever the locale.
package func grouped(_ value: some BinaryInteger) -> String {
  let digits = String(value.magnitude)
  var text = value < 0 ? "-" : ""
  for (index, digit) in digits.enumerated() {
    if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
    text.append(digit)
  }
  return text
}

/// `1 session`, `2 sessions`, `3,112 sessions`.
package func counted(_ count: some BinaryInteger, _ noun: String, _ plural: String? = nil) -> String {
  "\(grouped(count)) \(count == 1 ? noun : plural ?? noun + "s")"
}
