import AuditTrail

/// The fields of one CSV record, by their places; quotes are taken off when a field is asked for.
struct CSVFields {
  private let bytes: ArraySlice<UInt8>
  private var ranges: [Range<Int>] = []
  private static let most = 64

  /// The fields of a record; throws where a quote is in a place that CSV does not allow.
  init(_ bytes: ArraySlice<UInt8>) throws(Rejection) {
    self.bytes = bytes.last == 0x0D ? bytes.dropLast() : bytes
    var index = self.bytes.startIndex
    while true {
      let first = index
      if index < self.bytes.endIndex, self.bytes[index] == UInt8(ascii: "\"") {
        index = try behindQuoted(from: index)
      } else {
        while index < self.bytes.endIndex, self.bytes[index] != UInt8(ascii: ",") {
          if self.bytes[index] == UInt8(ascii: "\"") { throw Self.malformed(index - self.bytes.startIndex) }
          index += 1
        }
      }
      ranges.append(first..<index)
      guard ranges.count <= Self.most else { throw Rejection("bad_arity", "The record has too many fields") }
      guard index < self.bytes.endIndex else { return }
      index += 1
    }
  }

  private func behindQuoted(from start: Int) throws(Rejection) -> Int {
    var index = start + 1
    while index < bytes.endIndex {
      if bytes[index] == UInt8(ascii: "\"") {
        index += 1
        if index == bytes.endIndex || bytes[index] == UInt8(ascii: ",") { return index }
        guard bytes[index] == UInt8(ascii: "\"") else { throw Self.malformed(index - bytes.startIndex) }
      }
      index += 1
    }
    throw Self.malformed(start - bytes.startIndex)
  }

  private static func malformed(_ offset: Int) -> Rejection {
    Rejection("invalid_csv", "A quote is where CSV allows none, or is not closed", offset: offset)
  }

  /// How many fields there are.
  var count: Int { ranges.count }

  /// Whether a field is empty or missing.
  func isEmpty(_ number: Int) -> Bool { number >= ranges.count || ranges[number].isEmpty }

  /// A field's bytes; empty where there is none.
  func field(_ number: Int) -> [UInt8] {
    guard number < ranges.count else { return [] }
    let raw = bytes[ranges[number]]
    guard raw.first == UInt8(ascii: "\"") else { return Array(raw) }
    var value: [UInt8] = []
    value.reserveCapacity(raw.count)
    var wasQuote = false
    for byte in raw.dropFirst().dropLast() {
      if byte == UInt8(ascii: "\""), wasQuote {
        wasQuote = false
        continue
      }
      wasQuote = byte == UInt8(ascii: "\"")
      value.append(byte)
    }
    return value
  }

  /// A field as text; `nil` where it is empty or missing. Bytes that are not UTF-8 are replaced.
  func text(_ number: Int) -> String? {
    let value = field(number)
    return value.isEmpty ? nil : String(decoding: value, as: UTF8.self)
  }
}
