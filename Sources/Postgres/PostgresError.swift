internal import CLibPQ
internal import Glibc

/// What the server, or libpq, reported: an error or a notice, in its fields.
public struct PostgresError: Error, Equatable, Sendable {
  /// The five characters of the SQLSTATE; `08000` where the connection itself failed.
  public var sqlstate: String
  /// `ERROR`, `FATAL`, `NOTICE`, …, not translated.
  public var severity: String
  /// The server's own message. It may quote literals of the statement and values of rows: never log it.
  public var message: String
  /// More about it, with the same warning.
  public var detail: String?
  /// What to do about it, with the same warning.
  public var hint: String?
  /// Where in the text, in characters from 1.
  public var position: Int?
  /// The schema of what it is about, where the server names it.
  public var schema: String?
  /// The table, likewise.
  public var table: String?
  /// The column, likewise.
  public var column: String?
  /// The constraint, likewise.
  public var constraint: String?
  /// The data type, likewise.
  public var dataType: String?
  /// Where it came about: functions, texts and rows on the way, with the same warning as the message.
  public var context: String?
  /// The text that the server ran by itself and that failed, with the same warning.
  public var internalQuery: String?

  /// An error of the given code and message.
  public init(sqlstate: String, severity: String = "ERROR", message: String) {
    self.sqlstate = sqlstate
    self.severity = severity
    self.message = message
  }

  /// Whether it was longer than a text that is looked through; then it says only that.
  var isTooLong = false

  /// All that it says and a client may show, part by part; with the same warning. Code may choose the SQLSTATE, too.
  public var said: [String] {
    [message, detail, hint, schema, table, column, constraint, dataType, context, internalQuery, sqlstate]
      .compactMap(\.self)
  }

  /// Whether the connection is gone. `08P01` is a violation of the protocol that the connection survives, such as a value
  /// too few.
  public var isConnectionLost: Bool {
    (sqlstate.hasPrefix("08") && sqlstate != "08P01") || sqlstate.hasPrefix("57P0")
  }
}

extension PostgresError: CustomStringConvertible {
  /// The severity and code, without the message: safe for logs.
  public var description: String { "\(severity) \(sqlstate)" }
}

extension PostgresError {
  private static let mostBytes = 16 << 20

  /// The fields of an error or notice, as long as it has at most 16 MiB. Source: PostgreSQL 15, chapter 34.3.1 (`PQresultErrorField`).
  @unsafe init(result: OpaquePointer) {
    let lengths = "MDHWq".utf8.map { unsafe PQresultErrorField(result, Int32($0)).map { unsafe strlen($0) } ?? 0 }
    guard lengths.reduce(0, +) <= Self.mostBytes else {
      self.init(sqlstate: "53000", message: "an error or notice of more than 16 MiB")
      isTooLong = true
      return
    }
    func field(_ code: Character) -> String? {
      guard let byte = code.asciiValue, let text = unsafe PQresultErrorField(result, Int32(byte)) else { return nil }
      return unsafe String(cString: text)
    }
    self.init(sqlstate: field("C") ?? "08000", severity: field("V") ?? field("S") ?? "ERROR", message: "")
    message = unsafe field("M") ?? String(cString: PQresultErrorMessage(result))
    detail = field("D")
    hint = field("H")
    position = field("P").flatMap { Int($0) }
    schema = field("s")
    table = field("t")
    column = field("c")
    constraint = field("n")
    dataType = field("d")
    context = field("W")
    internalQuery = field("q")
  }

  /// What libpq says of its connection.
  @unsafe init(connection: OpaquePointer) {
    self.init(
      sqlstate: "08000", severity: "FATAL", message: unsafe String(cString: PQerrorMessage(connection)))
  }
}
