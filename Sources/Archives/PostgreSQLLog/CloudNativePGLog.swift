import AuditTrail
import JSONReader

/// CloudNativePG's JSON lines: csvlog's columns by name within `record`, and pgaudit's fields within `record.audit`.
struct CloudNativePGLog: PostgresEnvelope, ~Copyable {
  static let name = "postgresql.cnpg"
  static let title = "CloudNativePG"
  static let detection = "JSON lines with logger, logging_pod and record"
  static let entries = "lines"

  private let options: ReadOptions
  private var parser: JSONParser
  private var others = 0

  init(options: ReadOptions) {
    self.options = options
    parser = JSONParser(maximumBytes: options.maximumEntryBytes)
  }

  static func tells(_ start: EntryStart) -> Bool {
    let object = start.object
    guard let logger = object.texts["logger"] else { return false }
    return object.keys.contains("record") && ["postgres", "pgaudit"].contains(logger)
  }

  mutating func open(
    _ bytes: ArraySlice<UInt8>, number: Int64, into lines: inout [Entered<PostgresLogLine>]
  ) throws(Rejection) {
    let entry = try parser.object(bytes.span)
    let record = entry["record"]
    guard ["postgres", "pgaudit"].contains(entry["logger"].text ?? ""), !record.isNull else {
      // The manager of the instance says something in the same stream.
      others += 1
      return
    }
    var columns = PostgresLogColumns()
    columns.time = Array((record["log_time"].string ?? "").utf8)
    columns.user = record["user_name"].text
    columns.database = record["database_name"].text
    columns.process = record["process_id"].wholeNumber
    columns.client = record["connection_from"].text.map(PostgresLogLine.host)
    columns.session = record["session_id"].text
    columns.number = record["session_line_num"].wholeNumber
    columns.command = record["command_tag"].text
    columns.sessionStart = Array((record["session_start_time"].string ?? "").utf8)
    columns.severity = record["error_severity"].text
    columns.sqlstate = record["sql_state_code"].text
    columns.message = Array((record["message"].string ?? "").utf8)
    columns.detail = record["detail"].text.map { Array($0.utf8) }
    columns.context = record["context"].text
    columns.query = record["query"].text
    columns.application = record["application_name"].text
    var line = try columns.line(options.zone)
    let audit = record["audit"]
    if !audit.isNull {
      guard let statement = audit["statement_id"].wholeNumber, let part = audit["substatement_id"].wholeNumber else {
        throw .illTyped("statement_id", expected: "whole number")
      }
      var told = PostgresAudit(
        statement: statement, substatement: part, kind: audit["class"].string ?? "",
        command: audit["command"].string ?? "", sql: PostgresAudit.Field(audit["statement"].string ?? ""),
        parameters: PostgresAudit.Field(audit["parameter"].string ?? "<not logged>"))
      told.rows = audit["rows"].wholeNumber
      line.audit = told
    }
    lines.append(Entered(line, entry: number))
  }

  func report(into summary: inout ArchiveSummary, flags: inout Set<String>) {
    if others > 0 { summary.notes.append("\(grouped(others)) lines are not PostgreSQL's, and hold no statement") }
  }
}
