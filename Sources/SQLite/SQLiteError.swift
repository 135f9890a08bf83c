import CSQLite

/// What SQLite refused, with its code, its message and where in the text.
public struct SQLiteError: Error, Equatable, Sendable {
  /// The extended result code, as `sqlite3_extended_errcode` gives it.
  public let code: Int32
  /// SQLite's own message. It may quote identifiers and literals of the statement: never log it as it is.
  public let message: String
  /// Byte offset into the SQL text where the error was found, if SQLite knows it.
  public let offset: Int?

  /// An error with the given extended code, message and place.
  public init(code: Int32, message: String, offset: Int? = nil) {
    self.code = code
    self.message = message
    self.offset = offset
  }

  /// The primary result code: the low byte of `code`.
  public var primaryCode: Int32 { code & 0xff }

  /// The symbolic name of the code, such as `SQLITE_CONSTRAINT_UNIQUE`.
  public var name: String { SQLiteResultName.of(code) }
}

extension SQLiteError {
  /// The error that a connection holds after a call returned `code`.
  @unsafe init(code: Int32, connection: OpaquePointer) {
    let extended = unsafe sqlite3_extended_errcode(connection)
    let offset = unsafe sqlite3_error_offset(connection)
    let message = unsafe sqlite3_errmsg(connection).map { unsafe String(cString: $0) } ?? ""
    self.init(
      code: extended & 0xff == code & 0xff ? extended : code, message: message,
      offset: offset < 0 ? nil : Int(offset))
  }
}

extension SQLiteError: CustomStringConvertible {
  /// The code's name and the message without what it may quote from the statement: safe for logs.
  public var description: String {
    let place = offset.map { " at byte \($0)" } ?? ""
    return "\(name): \(redactedMessage)\(place)"
  }

  /// The message with quoted parts and names that may be misquoted values replaced by `…`.
  public var redactedMessage: String {
    let unquoted = Self.withoutQuotedPart(message)
    guard let colon = unquoted.firstIndex(of: ":") else { return Self.withoutLastName(unquoted) }
    let head = unquoted[..<colon]
    let tail = unquoted[unquoted.index(after: colon)...]
    let kept =
      (head.hasSuffix("constraint failed") || head == "no such table" || head == "no such function"
        || tail == " syntax error")
      && tail.utf8.allSatisfy(Self.isPlain)
    return kept ? unquoted : "\(head): …"
  }

  /// From the first quotation mark of any kind to the last: `near "'x": syntax error` nests them.
  private static func withoutQuotedPart(_ message: String) -> String {
    let marks: Set<Character> = ["\"", "'", "`"]
    guard let first = message.firstIndex(where: marks.contains), let last = message.lastIndex(where: marks.contains)
    else { return message }
    let after = first == last ? message.endIndex : message.index(after: last)
    return message[..<first] + "…" + message[after...]
  }

  /// `table t has no column named x`: the name is whatever was in the text.
  private static func withoutLastName(_ message: String) -> String {
    let marker = " named "
    guard let range = message.firstRange(of: marker) else { return message }
    return message[..<range.upperBound] + "…"
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: ","),
      UInt8(ascii: " "):
      true
    default: false
    }
  }
}
