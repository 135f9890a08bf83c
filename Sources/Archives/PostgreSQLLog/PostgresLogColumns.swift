import AuditTrail

/// The columns that csvlog, jsonlog and what is made of them have in common, as text.
struct PostgresLogColumns {
  var time: [UInt8] = []
  var sessionStart: [UInt8] = []
  var severity: String?
  var session: String?
  var number: Int64?
  var process: Int64?
  var user: String?
  var database: String?
  var client: String?
  var application: String?
  var command: String?
  var sqlstate: String?
  var message: [UInt8] = []
  var detail: [UInt8]?
  var query: String?
  var context: String?

  /// A name; `nil` where the server does not know it yet.
  private static func known(_ name: String?) -> String? { name == "[unknown]" ? nil : name }

  /// The line. Throws what the columns `log_time`, `session_id`, `session_line_num` and `error_severity` lack.
  func line(_ zone: PostgresLogTime.Zone) throws(Rejection) -> PostgresLogLine {
    guard let severity = severity.flatMap({ PostgresLogLine.Severity($0) }) else {
      throw PostgresLogLine.unreadSeverity
    }
    guard let session else { throw .missing("session_id") }
    guard let number, number > 0 else { throw .illTyped("session_line_num", expected: "whole number from 1 on") }
    let id = PostgresSessionID(session)
    let written = PostgresLogTime(sessionStart)
    let start = written?.moment(sessionStart: written, startSeconds: id.startSeconds, zone)
    guard let read = PostgresLogTime(time) else {
      throw .illTyped("log_time", expected: "time of PostgreSQL's log")
    }
    guard let moment = read.moment(sessionStart: written, startSeconds: id.startSeconds, zone) else {
      throw PostgresLogTime.ambiguousZone
    }
    var line = PostgresLogLine(time: moment, message: message)
    line.user = Self.known(user)
    line.database = Self.known(database)
    line.client = client
    line.application = Self.known(application)
    line.session = session
    line.process = process
    line.number = number
    line.command = command ?? ""
    line.sessionStart = start
    line.severity = severity
    line.sqlstate = sqlstate
    line.detail = detail
    line.query = query
    line.context = context
    line.fitsSession = id.process == process && (start == nil || start?.seconds == id.startSeconds)
    try line.readAudit()
    return line
  }
}
