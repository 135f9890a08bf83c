/// Finds any of many values in a text: windows of at most 16 bytes hashed as they slide, hits compared byte by byte.
package struct VerbatimIndex: Sendable {
  /// Values shorter than this stand in too many texts by chance.
  package static let leastLength = 4
  private static let base: UInt64 = 0x100_0000_01b3

  private var byWindow: [Int: [UInt64: [[UInt8]]]] = [:]

  /// An index of the values.
  package init(_ values: some Sequence<[UInt8]>) {
    for value in values where value.count >= Self.leastLength {
      let length = min(value.count, 16)
      var hash: UInt64 = 0
      for byte in value[..<length] { hash = hash &* Self.base &+ UInt64(byte) }
      byWindow[length, default: [:]][hash, default: []].append(value)
    }
  }

  /// The values that are looked for, in no order.
  package var values: [[UInt8]] { byWindow.values.flatMap { $0.values.flatMap(\.self) } }

  /// Whether one of the values stands in the text.
  package func occurs(in text: [UInt8]) -> Bool {
    for (length, heads) in byWindow where text.count >= length {
      var power: UInt64 = 1
      for _ in 1..<length { power = power &* Self.base }
      var hash: UInt64 = 0
      for byte in text[..<length] { hash = hash &* Self.base &+ UInt64(byte) }
      var start = 0
      while true {
        if let candidates = heads[hash], candidates.contains(where: { text[start...].starts(with: $0) }) { return true }
        guard start + length < text.count else { break }
        hash = (hash &- UInt64(text[start]) &* power) &* Self.base &+ UInt64(text[start + length])
        start += 1
      }
    }
    return false
  }
}
