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

/// A share as a percentage with so many decimals, cut and never rounded, so that 100 is only ever the whole; `nil` of
/// nothing. Every percentage that people read is cut like this.
package func percentage(_ count: some BinaryInteger, of total: some BinaryInteger, decimals: Int = 2) -> String? {
  guard let count = Int64(exactly: count), let total = Int64(exactly: total), total > 0, count >= 0,
    (0...9).contains(decimals)
  else { return nil }
  let scale = (0..<decimals).reduce(Int64(100)) { product, _ in product * 10 }
  let (product, overflow) = count.multipliedReportingOverflow(by: scale)
  return overflow ? nil : decimal(product / total, decimals: decimals)
}

/// The same of a number between 0 and 1 that is not a share of counts, such as a mean or a bound.
package func percentage(_ share: Double, decimals: Int = 2) -> String {
  let scale = (0..<decimals).reduce(100.0) { product, _ in product * 10 }
  // What binary fractions lose is far below a millionth of the last digit.
  return decimal(Int64(exactly: (share * scale + 1e-6).rounded(.down)) ?? 0, decimals: decimals)
}

/// An upper limit as a percentage: rounded up, so that it stays one.
package func percentageAtMost(_ share: Double, decimals: Int) -> String {
  let scale = (0..<decimals).reduce(100.0) { product, _ in product * 10 }
  return decimal(Int64(exactly: (share * scale).rounded(.up)) ?? 0, decimals: decimals)
}

private func decimal(_ units: Int64, decimals: Int) -> String {
  guard decimals > 0 else { return String(units) }
  let scale = (0..<decimals).reduce(Int64(1)) { product, _ in product * 10 }
  let rest = String(units % scale)
  return "\(units / scale)." + String(repeating: "0", count: decimals - rest.utf8.count) + rest
}
