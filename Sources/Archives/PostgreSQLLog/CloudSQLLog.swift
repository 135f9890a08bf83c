import AuditTrail
import JSONReader

/// Cloud SQL's and AlloyDB's entries as Cloud Logging exports them: PostgreSQL's text lines, and pgaudit's as objects.
struct CloudSQLLog: PostgresEnvelope, ~Copyable {
  static let name = "postgresql.cloudsql"
  static let title = "Cloud SQL and AlloyDB for PostgreSQL, exported from Cloud Logging"
  static let detection =
    "JSON entries with logName and insertId that hold a textPayload of PostgreSQL or a PgAuditEntry"
  static let entries = "lines, or elements of an array"

  private let options: ReadOptions
  private var parser: JSONParser
  private var json: JSONEntries?
  private var text: TextLog?
  private var chunks: AuditChunks
  private var others = 0

  init(options: ReadOptions) {
    self.options = options
    parser = JSONParser(maximumBytes: options.maximumEntryBytes)
    chunks = AuditChunks(limit: options.maximumEntryBytes)
  }

  static func tells(_ start: EntryStart) -> Bool {
    var object = start.object
    if start.isFirst, start.bytes.first == 0x5B {
      object = ShallowObject(start.bytes.dropFirst().drop(while: \.isJSONSpace))
    }
    return object.keys.isSuperset(of: ["logName", "insertId"])
      && (object.keys.contains("textPayload") || object.keys.contains("protoPayload"))
  }

  mutating func prepare(_ window: inout ContentWindow) throws(AssayError) {
    json = try JSONEntries(&window, limit: options.maximumEntryBytes)
    let texts = JSONEntries.first(window, &parser).compactMap { $0["textPayload"].text }
    guard !texts.isEmpty || options.linePrefix != nil else { return }
    let told = LinePrefixSniffing.tell(
      texts.flatMap { TextLog.heads($0) }, given: options.linePrefix, carriesTime: false, carriesProcess: false)
    text = try TextLog(told, zone: options.zone)
  }

  mutating func next(_ window: inout ContentWindow, limit: Int) throws(AssayError) -> Entry? {
    try json?.next(&window, limit: limit)
  }

  mutating func open(
    _ bytes: ArraySlice<UInt8>, number: Int64, into lines: inout [Entered<PostgresLogLine>]
  ) throws(Rejection) {
    let entry = try parser.object(bytes.span)
    if let payload = entry["textPayload"].text {
      guard text != nil else { throw TextLog.noLine }
      try text?.take(whole: payload, TextLog.Known(), number: number, into: &lines)
      return
    }
    let request = entry["protoPayload"]["request"]
    guard request.has("auditType") || request["@type"].text?.contains("PgAuditEntry") == true else {
      // An entry of an administrator's action, or of another service.
      others += 1
      return
    }
    let time = try entry.requiredTime("timestamp")
    guard let statement = request["statementId"].wholeNumber, let part = request["substatementId"].wholeNumber else {
      throw .illTyped("statementId", expected: "whole number")
    }
    guard let session = request["databaseSessionId"].label else { throw .missing("databaseSessionId") }
    var audit = PostgresAudit(
      statement: statement, substatement: part, kind: request["auditClass"].string ?? "",
      command: request["command"].string ?? "", sql: PostgresAudit.Field(request["statement"].string ?? ""),
      parameters: PostgresAudit.Field(request["parameter"].string ?? "[not logged]"))
    audit.rows = request["rows"].wholeNumber
    var line = PostgresLogLine(time: time, message: [])
    line.session = session
    line.ordinal = statement
    line.user = request["user"].text
    line.database = request["database"].text
    line.client = entry["protoPayload"]["requestMetadata"]["callerIp"].text
    line.audit = audit
    let count = request["chunkCount"].wholeNumber ?? 1
    let index = request["chunkIndex"].wholeNumber ?? 1
    guard count > 1 else {
      lines.append(Entered(line, entry: number))
      return
    }
    let key = AuditChunks.Key(
      session: session, statement: statement, substatement: part, kind: request["auditType"].string ?? "",
      object: request["object"].string ?? "")
    try chunks.take(line, key, index: index, of: count, entry: number, into: &lines)
  }

  mutating func skip(into lines: inout [Entered<PostgresLogLine>]) { text?.end(into: &lines) }

  mutating func end(into lines: inout [Entered<PostgresLogLine>]) {
    chunks.end(into: &lines)
    text?.end(into: &lines)
  }

  func report(into summary: inout ArchiveSummary, flags: inout Set<String>) {
    if let text { summary.notes.append("The lines were read with log_line_prefix '\(text.prefix.text)'") }
    if json?.isUnclosed == true { flags.insert("export_cut") }
    if others > 0 {
      summary.notes.append("\(grouped(others)) entries are of other logs, and hold no statement")
    }
    guard chunks.missing > 0 else { return }
    flags.insert("chunks_missing")
    summary.notes.append(
      "\(grouped(chunks.missing)) statements lack a part of their text: some of the entries into which it was split are not in "
        + "the export")
  }
}
