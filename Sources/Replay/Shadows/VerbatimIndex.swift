/// Finds any of many values in a text: windows of at most 16 bytes hashed as they slide, hits compared byte by byte.
package struct VerbatimIndex: Sendable {
  /// Values shorter than this are in too many texts by chance.
  package static let leastLength = 4
  /// Of a longer value only so many characters are looked for: what holds the value holds them.
  package static let mostLength = 4_096
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

  /// Whether one of the values is in the text.
  package func occurs(in text: [UInt8]) -> Bool {
    var isFound = false
    find(in: text) { _ in
      isFound = true
      return false
    }
    return isFound
  }

  /// Whether the text holds a value that no known text holds, and that is too long to be there by chance.
  package func occurs(in text: [UInt8], besides known: [[UInt8]]) -> Bool {
    var isFound = false
    find(in: text) { range in
      isFound = range.count >= CanaryIndex.partLength && !known.contains { $0.holds(text[range]) }
      return !isFound
    }
    return isFound
  }

  /// How often values are in the text; where they lie over one another the first counts, of those the longest.
  package func count(in text: [UInt8]) -> Int64 {
    var found: [Range<Int>] = []
    find(in: text) { range in
      found.append(range)
      return true
    }
    found.sort { ($0.lowerBound, $1.upperBound) < ($1.lowerBound, $0.upperBound) }
    var (count, end) = (Int64(0), 0)
    for range in found where range.lowerBound >= end { (count, end) = (count + 1, range.upperBound) }
    return count
  }

  /// Gives where values stand, until `body` returns false; at each place the longest of those that begin alike.
  private func find(in text: [UInt8], _ body: (Range<Int>) -> Bool) {
    for (length, heads) in byWindow where text.count >= length {
      var power: UInt64 = 1
      for _ in 1..<length { power = power &* Self.base }
      var hash: UInt64 = 0
      for byte in text[..<length] { hash = hash &* Self.base &+ UInt64(byte) }
      var start = 0
      while true {
        if let candidates = heads[hash] {
          let longest = candidates.lazy.filter { text[start...].starts(with: $0) }.map(\.count).max()
          if let longest, !body(start..<(start + longest)) { return }
        }
        guard start + length < text.count else { break }
        hash = (hash &- UInt64(text[start]) &* power) &* Self.base &+ UInt64(text[start + length])
        start += 1
      }
    }
  }
}

extension [UInt8] {
  func holds(_ part: ArraySlice<UInt8>) -> Bool {
    guard let first = part.first else { return true }
    return indices.contains { self[$0] == first && self[$0...].starts(with: part) }
  }
}
