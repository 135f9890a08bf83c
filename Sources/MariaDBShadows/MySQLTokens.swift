import Replay

/// The tokens of a MySQL text, one by one: enough to tell what it is about, not to check it.
///
/// What stands in a comment that the server runs, `/*! … */`, counts as text; other comments do not.
struct MySQLTokens: Sequence {
  /// A token with where it stands.
  struct Token {
    enum Kind { case word, quotedName, string, number, symbol }
    var kind: Kind
    /// A word in lower case, a quoted name without its quotes, one symbol; nothing of a string.
    var text: String
    var range: Range<Int>

    /// Whether it is the keyword.
    func isWord(_ keyword: String) -> Bool { kind == .word && text == keyword }
    /// Whether it is the symbol.
    func isSymbol(_ symbol: String) -> Bool { kind == .symbol && text == symbol }
    /// Whether it may name an object.
    var isName: Bool { kind == .word || kind == .quotedName }
  }

  private let bytes: [UInt8]
  private var index: Int
  private let end: Int
  private let mode: QuotingMode

  /// The tokens of a text, or of a part of it.
  init(_ bytes: [UInt8], in range: Range<Int>? = nil, _ mode: QuotingMode = QuotingMode()) {
    self.bytes = bytes
    index = range?.lowerBound ?? 0
    end = range?.upperBound ?? bytes.count
    self.mode = mode
  }

  func makeIterator() -> AnyIterator<Token> {
    var reader = self
    return AnyIterator { reader.readToken() }
  }

  private mutating func readToken() -> Token? {
    while skipBlank() {}
    guard index < end else { return nil }
    let (start, byte) = (index, bytes[index])
    switch byte {
    case UInt8(ascii: "'"): return quotedText(byte, from: start)
    case UInt8(ascii: "\"") where !mode.ansiQuotes: return quotedText(byte, from: start)
    case UInt8(ascii: "`"), UInt8(ascii: "\""): return quotedName(byte, from: start)
    default: break
    }
    if byte &- UInt8(ascii: "0") < 10 {
      while index < end, isNameByte(bytes[index]) || bytes[index] == UInt8(ascii: ".") { index += 1 }
      return Token(kind: .number, text: word(start), range: start..<index)
    }
    if isNameByte(byte) || byte == UInt8(ascii: "$") {
      while index < end, isNameByte(bytes[index]) || bytes[index] == UInt8(ascii: "$") { index += 1 }
      return Token(kind: .word, text: word(start), range: start..<index)
    }
    index += 1
    return Token(kind: .symbol, text: String(UnicodeScalar(byte)), range: start..<index)
  }

  private func word(_ start: Int) -> String { String(decoding: bytes[start..<index], as: UTF8.self).lowercased() }

  private func byte(_ ahead: Int) -> UInt8 { index + ahead < end ? bytes[index + ahead] : 0 }

  /// Skips space or one comment; false where neither comes next.
  private mutating func skipBlank() -> Bool {
    guard index < end else { return false }
    let first = bytes[index]
    if first <= 0x20 {
      index += 1
      return true
    }
    if first == UInt8(ascii: "#")
      || first == UInt8(ascii: "-") && byte(1) == first && (index + 2 >= end || byte(2) <= 0x20)
    {
      while index < end, bytes[index] != UInt8(ascii: "\n") { index += 1 }
      return true
    }
    if first == UInt8(ascii: "*"), byte(1) == UInt8(ascii: "/") {
      // The end of a comment that the server runs.
      index += 2
      return true
    }
    guard first == UInt8(ascii: "/"), byte(1) == UInt8(ascii: "*") else { return false }
    let isRun = byte(2) == UInt8(ascii: "!") || byte(2) == UInt8(ascii: "M") && byte(3) == UInt8(ascii: "!")
    index += 2
    if isRun {
      while index < end, bytes[index] == UInt8(ascii: "M") || bytes[index] == UInt8(ascii: "!") { index += 1 }
      let digits = bytes[index..<end].prefix { $0 &- UInt8(ascii: "0") < 10 }
      index += digits.count
      // What is for a version that there will never be is mariadb-dump's mark for its own client.
      if !digits.elementsEqual("999999".utf8) { return true }
    }
    while index < end, !(bytes[index] == UInt8(ascii: "*") && byte(1) == UInt8(ascii: "/")) { index += 1 }
    index = Swift.min(end, index + 2)
    return true
  }

  private mutating func quotedText(_ quote: UInt8, from start: Int) -> Token {
    index += 1
    while index < end {
      let byte = bytes[index]
      index += 1
      if byte == UInt8(ascii: "\\"), mode.backslashEscapes {
        index += 1
      } else if byte == quote {
        guard index < end, bytes[index] == quote else { break }
        index += 1
      }
    }
    index = Swift.min(index, end)
    return Token(kind: .string, text: "", range: start..<index)
  }

  private mutating func quotedName(_ quote: UInt8, from start: Int) -> Token {
    var name: [UInt8] = []
    index += 1
    while index < end {
      if bytes[index] == quote {
        index += 1
        guard index < end, bytes[index] == quote else { break }
      }
      name.append(bytes[index])
      index += 1
    }
    return Token(kind: .quotedName, text: String(decoding: name, as: UTF8.self), range: start..<index)
  }
}

/// How a session's settings make the server read quotes.
struct QuotingMode: Sendable, Hashable {
  /// Whether double quotes hold names.
  var ansiQuotes = false
  /// Whether a backslash in a string escapes what follows.
  var backslashEscapes = true

  /// MySQL's own way.
  init() {}

  /// What an `sql_mode` says.
  init(sqlMode: String) {
    let modes = Set(sqlMode.split(separator: ",").map(String.init))
    ansiQuotes = modes.contains("ANSI_QUOTES")
    backslashEscapes = !modes.contains("NO_BACKSLASH_ESCAPES")
  }
}

/// A name as MariaDB takes it, whatever it holds.
func ticked(_ name: String) -> String {
  "`" + name.split(separator: "`", omittingEmptySubsequences: false).joined(separator: "``") + "`"
}
