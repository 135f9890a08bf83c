/// A token of a text. Its own bytes are those in ``range``.
public struct SQLToken: Equatable, Sendable {
  /// What PostgreSQL's grammar thinks of a word.
  public enum KeywordKind: UInt8, Sendable {
    /// Not a keyword.
    case none
    /// A keyword that may name anything.
    case unreserved
    /// A keyword that may name a column or table.
    case columnName
    /// A keyword that may name a function or type.
    case typeOrFunctionName
    /// A keyword that is nothing else.
    case reserved
  }

  /// What a token is, coarsely.
  public enum Category: Sendable {
    /// A name, quoted or not, that is not a keyword.
    case identifier
    /// Any keyword; see ``SQLToken/keyword``.
    case keyword
    /// A string, bit string or Unicode string in quotes or dollars.
    case string
    /// An integer or decimal.
    case number
    /// `$1`
    case parameter
    /// `--` or `/* */`
    case comment
    /// Brackets, commas, semicolons, operators.
    case symbol
  }

  /// The token's number in libpg_query 15's `Token` enumeration; a character's own code for a single character.
  public let token: UInt32
  /// What the grammar thinks of a word.
  public let keyword: KeywordKind
  private let start: UInt32
  private let end: UInt32

  init(token: UInt32, keyword: KeywordKind, start: UInt32, end: UInt32) {
    self.token = token
    self.keyword = keyword
    self.start = start
    self.end = end
  }

  /// Where the token stands, in bytes.
  public var range: Range<Int> { Int(start)..<Int(end) }

  /// What the token is, coarsely.
  public var category: Category {
    switch token {
    case _ where keyword != .none: .keyword
    case 258, 259: .identifier
    case 260, 266: .number
    case 261, 262, 263, 264: .string
    case 267: .parameter
    case 275, 276: .comment
    default: .symbol
    }
  }
}

/// Reads the protocol-buffer message `ScanResult { version = 1; tokens = 2 }` that `pg_query_scan` returns, with
/// `ScanToken { start = 1; end = 2; token = 4; keyword_kind = 5 }`. Source: libpg_query, `protobuf/pg_query.proto`.
enum ScanResult {
  /// The tokens; nil if the message is malformed or a token lies outside of the text.
  static func tokens(in message: Span<UInt8>, textBytes: Int) -> [SQLToken]? {
    var tokens: [SQLToken] = []
    tokens.reserveCapacity(message.count / 12)
    var reader = ProtobufReader(end: message.count)
    while reader.position < reader.end {
      guard let field = reader.varint(in: message) else { return nil }
      if field == 2 << 3 | 2 {
        guard let length = reader.varint(in: message), length <= UInt64(reader.end - reader.position),
          let token = token(in: message, reader.position..<reader.position + Int(length)),
          token.range.upperBound <= textBytes
        else { return nil }
        tokens.append(token)
        reader.position += Int(length)
      } else {
        guard reader.skip(field, in: message) else { return nil }
      }
    }
    return tokens
  }

  private static func token(in message: Span<UInt8>, _ range: Range<Int>) -> SQLToken? {
    var (start, end, token, keyword): (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    var reader = ProtobufReader(position: range.lowerBound, end: range.upperBound)
    while reader.position < reader.end {
      guard let field = reader.varint(in: message) else { return nil }
      guard field & 7 == 0 else {
        guard reader.skip(field, in: message) else { return nil }
        continue
      }
      guard let value = reader.varint(in: message) else { return nil }
      switch field >> 3 {
      case 1: start = value
      case 2: end = value
      case 4: token = value
      case 5: keyword = value
      default: break
      }
    }
    guard let start = UInt32(exactly: start), let end = UInt32(exactly: end), start <= end,
      let token = UInt32(exactly: token),
      let keyword = UInt8(exactly: keyword).flatMap(SQLToken.KeywordKind.init(rawValue:))
    else { return nil }
    return SQLToken(token: token, keyword: keyword, start: start, end: end)
  }
}

/// A place in a protocol-buffer message.
struct ProtobufReader {
  var position = 0
  let end: Int

  /// Reads a base-128 number; nil if it does not end within the message or within 64 bits.
  mutating func varint(in message: Span<UInt8>) -> UInt64? {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while position < end, shift < 64 {
      let byte = message[position]
      position += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
    return nil
  }

  /// Skips the value of a field with this key; false if it does not end within the message.
  mutating func skip(_ field: UInt64, in message: Span<UInt8>) -> Bool {
    let length: UInt64?
    switch field & 7 {
    case 0: return varint(in: message) != nil
    case 1: length = 8
    case 2: length = varint(in: message)
    case 5: length = 4
    default: length = nil
    }
    guard let length, length <= UInt64(end - position) else { return false }
    position += Int(length)
    return true
  }
}
