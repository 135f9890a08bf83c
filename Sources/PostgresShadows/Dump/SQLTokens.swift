import Replay

/// The tokens of a statement that was split off already, one by one: enough to tell what it makes, not to check it.
package struct SQLTokens: Sequence, IteratorProtocol {
  /// A token with where it stands.
  package struct Token {
    package enum Kind { case word, quotedName, string, symbol }
    package var kind: Kind
    /// A word in lower case, a quoted name without its quotes, one symbol; nothing of a string.
    package var text: String
    package var range: Range<Int>

    /// Whether it is the keyword.
    package func `is`(_ keyword: String) -> Bool { kind == .word && text == keyword }
    /// Whether it may name an object.
    package var isName: Bool { kind == .word || kind == .quotedName }
  }

  private let bytes: [UInt8]
  private var index = 0

  /// The tokens of a statement.
  package init(_ bytes: [UInt8]) { self.bytes = bytes }

  package mutating func next() -> Token? {
    while index < bytes.count, bytes[index] <= 0x20 { index += 1 }
    guard index < bytes.count else { return nil }
    let start = index
    let byte = bytes[index]
    if byte.isIdentifier {
      while index < bytes.count, bytes[index].isIdentifier || bytes[index] == UInt8(ascii: "$") { index += 1 }
      if index < bytes.count, bytes[index] == UInt8(ascii: "'"), index - start == 1, byte | 0x20 == UInt8(ascii: "e") {
        return string(from: start, escapes: true)
      }
      return Token(
        kind: .word, text: String(decoding: bytes[start..<index], as: UTF8.self).lowercased(), range: start..<index)
    }
    switch byte {
    case UInt8(ascii: "'"): return string(from: start, escapes: false)
    case UInt8(ascii: "\""):
      var name: [UInt8] = []
      index += 1
      while index < bytes.count {
        if bytes[index] == byte {
          index += 1
          guard index < bytes.count, bytes[index] == byte else { break }
        }
        name.append(bytes[index])
        index += 1
      }
      return Token(kind: .quotedName, text: String(decoding: name, as: UTF8.self), range: start..<index)
    case UInt8(ascii: "$"):
      var end = index + 1
      while end < bytes.count, bytes[end].isIdentifier { end += 1 }
      guard end < bytes.count, bytes[end] == byte, !bytes[start + 1].isDigit else { break }
      let tag = Array(bytes[start...end])
      index = end + 1
      while index < bytes.count, bytes[index] != byte || !bytes[index...].starts(with: tag) { index += 1 }
      index = Swift.min(bytes.count, index + tag.count)
      return Token(kind: .string, text: "", range: start..<index)
    default: break
    }
    index += 1
    return Token(kind: .symbol, text: String(UnicodeScalar(byte)), range: start..<index)
  }

  private mutating func string(from start: Int, escapes: Bool) -> Token {
    index += 1
    while index < bytes.count {
      let byte = bytes[index]
      index += 1
      if escapes, byte == UInt8(ascii: "\\") {
        index += 1
      } else if byte == UInt8(ascii: "'") {
        guard index < bytes.count, bytes[index] == byte else { break }
        index += 1
      }
    }
    index = Swift.min(index, bytes.count)
    return Token(kind: .string, text: "", range: start..<index)
  }
}
