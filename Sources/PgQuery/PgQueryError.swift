/// Why PostgreSQL's grammar could not read a text. It quotes nothing of the text: whoever may show the text has it, and
/// ``offset`` says where to look.
public struct PgQueryError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The kind of failure; the raw values are part of printed output.
  public enum Code: String, Sendable, CaseIterable {
    /// The grammar of PostgreSQL 15 refuses the text.
    case syntax
    /// The text holds a zero byte, which no SQL text may.
    case containsNUL = "contains_nul"
    /// The bytes are not UTF-8.
    case invalidUTF8 = "invalid_utf8"
    /// More bytes than this reading takes; see the limits of ``PostgresSQL``.
    case tooLong = "too_long"
    /// Nested deeper than the grammar's stack.
    case tooDeep = "too_deep"
    /// Text that would take the scanner a time that grows with the square of its length.
    case tooComplex = "too_complex"
    /// Memory, or a thread with a deep stack, could not be had.
    case outOfMemory = "out_of_memory"
    /// libpg_query returned something unreadable: a defect there or here.
    case unreadableResult = "unreadable_result"
  }

  /// The kind of failure.
  public let code: Code
  /// libpg_query's words without what they quote of the text, or our own.
  public let message: String
  /// How many bytes stand before the place of the failure, if known.
  public let offset: Int?

  /// A failure of this kind at this byte offset.
  public init(code: Code, message: String, offset: Int? = nil) {
    self.code = code
    self.message = message
    self.offset = offset
  }

  /// The code, the place and the message.
  public var description: String {
    if let offset {
      "\(code.rawValue) at byte \(offset): \(message)"
    } else {
      "\(code.rawValue): \(message)"
    }
  }

  /// `message` without whatever stands between its first and its last quotation mark: a token of the text, which may be
  /// a literal and hold quotation marks itself.
  static func withoutQuotedText(_ message: String) -> String {
    guard let first = message.firstIndex(of: "\""), let last = message.lastIndex(of: "\"") else { return message }
    let nearby = " at or near "
    var before = message[..<first]
    if before.hasSuffix(nearby) { before = before.dropLast(nearby.count) } else { before += "…" }
    return String(before + message[last...].dropFirst())
  }
}
