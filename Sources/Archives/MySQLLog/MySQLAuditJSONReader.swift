import AuditTrail
import JSONReader

/// Reads the JSON log of MySQL Enterprise Audit and of Percona's audit_log_filter. Source: MySQL 8.4, "Audit Log File
/// Formats"; Percona Server 8.0, "Audit log filter file format".
///
/// The file is one array, which a running server leaves open. A statement is its `general` record with the event `status`:
/// Percona writes up to six records of one, and either writes one more for each table.
struct MySQLAuditJSONReader: ArchiveReader, ~Copyable {
  static let name = "mysql.audit_json"
  static let title = "MySQL Enterprise Audit, Percona audit_log_filter (JSON)"
  static let detection = "JSON objects with timestamp, class and event, of a class that MySQL's audit writes"
  static let entries = "objects, in an array with or without its brackets"
  static let shows: Set<ArchiveContent> = [.identities, .results, .parameters]
  static let producer: String? = "mysql"

  private static let classes: Set = [
    "audit", "connection", "general", "table_access", "command", "query", "message", "parse", "authorization",
    "authentication", "server_startup", "server_shutdown", "stored_program", "global_variable",
  ]

  private var parser: JSONParser
  private let options: ReadOptions
  private var sessions: MySQLSessions
  /// Accesses to tables, counted once where one statement of a connection uses several in a row.
  private var accesses = 0
  private var lastAccess: (connection: Int64, query: String)?

  static func tells(_ start: EntryStart) -> Bool {
    let bytes = start.bytes.drop { $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: ",") || $0.isJSONSpace }
    let object = ShallowObject(bytes)
    return object.keys.isSuperset(of: ["timestamp", "class", "event"])
      && object.texts["class"].map { classes.contains($0) } == true
      && object.keys.contains { $0 == "id" || $0 == "connection_id" }
  }

  /// A reader of one archive.
  init(options: ReadOptions) {
    parser = JSONParser(maximumBytes: options.maximumEntryBytes)
    self.options = options
    sessions = MySQLSessions(engine: "mysql", options: options)
    sessions.note { $0.remedy = "log the class general with its event status" }
  }

  /// Reads the archive to its end.
  mutating func read(
    _ window: inout ContentWindow, into sink: inout RecordSink, _ deliver: Deliver
  ) throws(AssayError) {
    let limit = options.maximumEntryBytes
    var entries = try JSONEntries(array: &window, limit: limit)
    while let (entry, number) = try sink.next(&window, &entries, limit: limit, deliver) {
      let record = sink.take(entry, number) { () throws(Rejection) in
        try tree(window.bytes.span.extracting(entry.range))
      }
      if let record { read(record, number, &sink.batch) }
    }
    sessions.settle(&sink.batch)
  }

  /// What was found, into a summary.
  func report(into summary: inout ArchiveSummary, flags: inout Set<String>) {
    var sessions = sessions
    // Where statements are logged, an access without one is inside a procedure.
    if sessions.blindSpots.statements == 0 { sessions.note { $0.unlogged += accesses } }
    sessions.report(into: &summary, flags: &flags)
  }

  /// What a record says.
  private struct Record {
    let event: JSONTree
    let time: Timestamp
    let kind: String
    let name: String
  }

  private mutating func tree(_ bytes: borrowing Span<UInt8>) throws(Rejection) -> Record {
    let event = try parser.object(bytes)
    let kind = try event.required("class")
    guard Self.classes.contains(kind) else {
      throw .unexpected("class", expected: "audit, connection, general and the like")
    }
    let time = try Self.time(try event.required("timestamp"))
    return Record(event: event, time: time, kind: kind, name: try event.required("event"))
  }

  /// `2026-07-01 09:00:00`, which is UTC.
  private static func time(_ text: String) throws(Rejection) -> Timestamp {
    try readTime((Array(text.utf8) + [UInt8(ascii: "Z")]).span, "timestamp")
  }

  private mutating func read(_ record: Record, _ entry: Int64, _ batch: inout RecordBatch) {
    sessions.note(time: record.time)
    let id = record.event["connection_id"].integer ?? 0
    switch (record.kind, record.name) {
    case ("audit", "shutdown"), ("audit", "noaudit"): sessions.note { $0.stops += 1 }
    case ("audit", "startup"), ("server_startup", _): sessions.restart(&batch)
    case ("connection", "connect"), ("connection", "change_user"): connect(record, id, entry, &batch)
    case ("connection", "disconnect"): sessions.disconnect(id, record.time, entry: entry, &batch)
    case ("general", "status"): add(record, id, entry, &batch)
    case ("table_access", _):
      let query = record.event["table_access_data"]["query"].string ?? ""
      if lastAccess?.connection != id || lastAccess?.query.isExactly(query) != true { accesses += 1 }
      lastAccess = (id, query)
    default: break
    }
  }

  private mutating func connect(_ record: Record, _ id: Int64, _ entry: Int64, _ batch: inout RecordBatch) {
    let data = record.event["connection_data"]
    guard (data["status"].integer ?? 0) == 0 else { return sessions.refuse(id) }
    if record.name == "change_user" { sessions.disconnect(id, record.time, entry: entry, &batch) }
    sessions.connect(id, login(record.event), record.time, entry: entry, &batch)
  }

  private func login(_ event: JSONTree) -> MySQLLogin {
    let (account, login, data) = (event["account"], event["login"], event["connection_data"])
    let attributes = data["connection_attributes"]
    // The proxy names the account by whose leave another one's rights are used; the user who logged in is `login.user`.
    return MySQLLogin(
      account: account["user"].text ?? login["user"].text, name: login["user"].text, externalUser: login["os"].text,
      host: account["host"].text.flatMap { $0.contains("%") ? nil : $0 }, address: login["ip"].text,
      application: attributes["program_name"].text ?? attributes["_client_name"].text, database: data["db"].text)
  }

  private mutating func add(_ record: Record, _ id: Int64, _ entry: Int64, _ batch: inout RecordBatch) {
    let data = record.event["general_data"]
    let command = data["command"].text ?? "Query"
    if command == "Init DB", data["status"].integer == 0, let database = data["query"].text {
      return sessions.use(database, id, record.time, entry: entry, &batch)
    }
    guard command == "Query" || command == "Execute" else { return }
    let text = Array((data["query"].string ?? "").utf8)
    let statistics = record.event["query_statistics"]
    var statement = MySQLSessions.Statement(
      connection: id, time: record.time, sequence: sequence(record), sql: text[...],
      error: data["status"].integer.flatMap(MySQLError.init), rows: statistics["rows_sent"].integer.map { max(0, $0) })
    statement.durationMicroseconds = statistics["query_time"].number.flatMap {
      Int64(exactly: ($0 * 1_000_000).rounded())
    }
    .map { max(0, $0) }
    statement.hasResult = data.has("status")
    if command == "Execute", MySQLText.hasPlaceholder(text) {
      statement.completeness.insert(.paramsNotLogged)
      sessions.note { $0.withoutValues += 1 }
    }
    sessions.add(statement, login(record.event), entry: entry, &batch)
  }

  /// The `id` begins again with each second, so the second is part of the number.
  private func sequence(_ record: Record) -> Int64? {
    guard let id = record.event["id"].integer, (0..<1_000_000).contains(id) else { return nil }
    let (micros, overflow) = record.time.seconds.multipliedReportingOverflow(by: 1_000_000)
    return overflow ? nil : micros + id
  }
}
