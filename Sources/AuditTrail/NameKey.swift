extension StringProtocol {
  /// The name of a database's object as a key: ASCII letters in lower case, every other character as its bytes.
  ///
  /// No more is folded, as in SQLite and PostgreSQL. To Swift the Kelvin sign is a “k”, and “é” the same of one character
  /// and of two; to them these are names of other tables. A key is ASCII, so that Swift compares its bytes: another byte is
  /// a NUL, which no name holds, and two digits. The key of a key is that key. It is not for people: ``init(nameKey:)``.
  public var nameKey: String { folded(from: UInt8(ascii: "A"), through: UInt8(ascii: "Z")) }

  /// The text as a key that only the same bytes have; letters stay as they are.
  public var exactKey: String { folded(from: 1, through: 0) }

  /// Whether the other text has the same bytes; to Swift more texts are equal.
  public func isExactly(_ other: some StringProtocol) -> Bool { self == other && utf8.elementsEqual(other.utf8) }

  /// Whether it comes before the other text: as Swift orders them, and by their bytes where it calls them equal.
  public func precedes(_ other: some StringProtocol) -> Bool {
    self == other ? utf8.lexicographicallyPrecedes(other.utf8) : self < other
  }

  private func folded(from first: UInt8, through last: UInt8) -> String {
    if utf8.allSatisfy({ $0 < 0x80 && !($0 >= first && $0 <= last) }) { return String(self) }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(utf8.count)
    for byte in utf8 {
      if byte >= 0x80 {
        bytes += [0, Self.digit(byte >> 4), Self.digit(byte & 15)]
      } else {
        bytes.append(byte >= first && byte <= last ? byte | 0x20 : byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func digit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") - 10 + value
  }
}

extension String {
  /// The name that a key stands for, as people read it.
  public init(nameKey key: String) {
    var parts = key.utf8.split(separator: 0, omittingEmptySubsequences: false)[...]
    var bytes = Array(parts.popFirst() ?? "".utf8[...])
    for part in parts {
      if let byte = UInt8(String(Substring(part.prefix(2))), radix: 16) { bytes.append(byte) }
      bytes += part.dropFirst(2)
    }
    self.init(decoding: bytes, as: UTF8.self)
  }
}

extension Sequence<String> {
  /// The texts in order, each once; of those that Swift calls equal, each that has other bytes.
  public func sortedExactly() -> [String] {
    var result: [String] = []
    for text in sorted(by: { $0.precedes($1) }) where result.last?.isExactly(text) != true { result.append(text) }
    return result
  }
}
