import AuditTrail

/// One record of a csvlog. Columns by number: PostgreSQL 15's documentation; releases before 9.0, 13 and 14 write fewer.
struct PostgresLogLine {
  let time: Timestamp
  let user: String?
  let database: String?
  let client: String?
  let session: String
  /// The line's number within the session, from 1.
  let number: Int64
  let command: String
  let sessionStart: Timestamp?
  let isError: Bool
  let sqlstate: String?
  let message: String
  let detail: String?
  let query: String?
  let application: String?
  /// Whether the session's id, start and process agree.
  let fitsSession: Bool
  /// Whether the number of columns is one that no release writes.
  let isColumnCountGuessed: Bool
  /// Whether the message was UTF-8 before it was repaired.
  let isUTF8: Bool

  private static let errors: Set = ["ERROR", "FATAL", "PANIC"]
  private static let severities = errors.union([
    "LOG", "NOTICE", "WARNING", "INFO", "DEBUG", "DEBUG1", "DEBUG2", "DEBUG3", "DEBUG4", "DEBUG5",
  ])

  /// The severity is none that PostgreSQL writes in English.
  static let unreadSeverity = Rejection(
    "bad_value", "The column error_severity holds no severity of PostgreSQL; set lc_messages = C")

  /// Whether the database refused the login.
  var isRefusedLogin: Bool { isError && (sqlstate == "28000" || sqlstate == "28P01") && command == "authentication" }
  /// Whether the text was not even parsed: then no line before it logs it.
  var isSyntaxError: Bool { sqlstate == "42601" }

  /// Reads a record's bytes.
  init(_ bytes: ArraySlice<UInt8>) throws(Rejection) {
    let fields = try CSVFields(bytes)
    guard (22...26).contains(fields.count) else {
      throw Rejection("bad_arity", "The record has not 22 to 26 columns, as PostgreSQL writes them")
    }
    guard let severity = fields.text(11), Self.severities.contains(severity) else { throw Self.unreadSeverity }
    guard let session = fields.text(5) else { throw .missing("session_id") }
    guard let number = fields.text(6).flatMap({ Int64($0) }), number > 0 else {
      throw .illTyped("session_line_num", expected: "whole number from 1 on")
    }
    let parts = session.split(separator: ".", omittingEmptySubsequences: false)
    let startSeconds = parts.count == 2 ? Int64(parts[0], radix: 16) : nil
    let process = parts.count == 2 ? Int64(parts[1], radix: 16) : nil
    let written = PostgresLogTime(fields.field(8))
    let sessionStart = written?.moment(sessionStart: written, startSeconds: startSeconds)
    guard let read = PostgresLogTime(fields.field(0)) else {
      throw .illTyped("log_time", expected: "time of PostgreSQL's log")
    }
    guard let time = read.moment(sessionStart: written, startSeconds: startSeconds) else {
      throw Rejection(
        "ambiguous_time_zone", "The zone of log_time is an abbreviation that the session's id does not explain")
    }
    let message = fields.field(13)
    self.time = time
    user = fields.text(1)
    database = fields.text(2)
    client = fields.text(4).map(Self.host)
    self.session = session
    self.number = number
    command = fields.text(7) ?? ""
    self.sessionStart = sessionStart
    isError = Self.errors.contains(severity)
    sqlstate = fields.text(12)
    isUTF8 = String(validating: message, as: UTF8.self) != nil
    self.message = String(decoding: message, as: UTF8.self)
    detail = fields.text(14)
    query = fields.text(19)
    application = fields.text(22)
    fitsSession =
      process == fields.text(3).flatMap { Int64($0) } && (sessionStart == nil || sessionStart?.seconds == startSeconds)
    isColumnCountGuessed = fields.count == 25
  }

  /// The host of `host:port`; `[local]` as it is.
  private static func host(_ origin: String) -> String {
    guard let colon = origin.lastIndex(of: ":"), origin[origin.index(after: colon)...].allSatisfy(\.isNumber) else {
      return origin
    }
    return String(origin[..<colon])
  }
}
