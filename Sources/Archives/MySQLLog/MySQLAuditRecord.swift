import AuditTrail

/// A record of MySQL's older audit formats. Its values have the same names in JSON and in XML, and none in CSV.
/// Source: Percona Server 5.7 and 8.0, `plugin/audit_log/audit_log.cc`; MySQL 8.4, "New-Style XML Audit Log File Format".
struct MySQLAuditRecord {
  /// What happened: `Query`, `Connect`, `NoAudit` and others.
  let name: String
  let time: Timestamp
  private let values: [String: String]

  /// Takes the values by their names in lower case; an empty one is none.
  init(_ values: [String: String]) throws(Rejection) {
    guard let name = values["name"]?.nonEmpty else { throw .missing("name") }
    guard let text = values["timestamp"] else { throw .missing("timestamp") }
    guard let time = Self.time(text) else { throw .illTyped("timestamp", expected: "time of MySQL's audit") }
    (self.name, self.time, self.values) = (name, time, values)
  }

  /// Whether it is about a connection, and not about the server.
  var connection: Int64? { number("connection_id") }
  /// The text that was sent.
  var sql: String? { values["sqltext"] }
  /// The error; `nil` for success.
  var error: MySQLError? { (number("status") ?? 0) == 0 ? nil : number("status").flatMap(MySQLError.init) }
  /// Whether the record says how it ended.
  var hasStatus: Bool { number("status") != nil }
  /// The number of the record, which grows while the server runs.
  var sequence: Int64? {
    (values["record"] ?? values["record_id"])?.split(separator: "_").first.flatMap { Int64($0) }.flatMap {
      $0 >= 0 ? $0 : nil
    }
  }

  /// Who acted.
  var login: MySQLLogin {
    var login = MySQLLogin()
    login.read(user: values["user"] ?? "")
    // A login names the account apart from the name that was given.
    if let account = values["priv_user"]?.nonEmpty { (login.account, login.name) = (account, values["user"]?.nonEmpty) }
    login.externalUser = (values["os_user"] ?? values["os_login"])?.nonEmpty
    login.host = values["host"]?.nonEmpty ?? login.host
    login.address = values["ip"]?.nonEmpty ?? login.address
    login.database = values["db"]?.nonEmpty
    return login
  }

  private func number(_ key: String) -> Int64? { values[key].flatMap { Int64($0) } }

  /// `2026-07-01T09:00:00 UTC`, and with a `Z` in its place.
  private static func time(_ text: String) -> Timestamp? {
    Timestamp(text.hasSuffix(" UTC") ? text.dropLast(4) + "Z" : text)
  }
}

/// What the readers of the older formats do with a record.
struct MySQLAuditRecords {
  private var sessions: MySQLSessions

  /// Records of an archive.
  init(options: ReadOptions) {
    sessions = MySQLSessions(engine: "mysql", options: options)
    sessions.note { $0.remedy = "set audit_log_policy = ALL" }
  }

  /// Takes a record.
  mutating func take(_ record: MySQLAuditRecord, _ entry: Int64, _ batch: inout RecordBatch) {
    sessions.note(time: record.time)
    let id = record.connection ?? 0
    switch record.name {
    case "NoAudit", "Shutdown": sessions.note { $0.stops += 1 }
    case "Audit", "Startup": sessions.restart(&batch)
    case "Connect" where record.error != nil: sessions.refuse(id)
    case "Connect": sessions.connect(id, record.login, record.time, entry: entry, &batch)
    case "Change user" where record.error == nil:
      sessions.disconnect(id, record.time, entry: entry, &batch)
      sessions.connect(id, record.login, record.time, entry: entry, &batch)
    case "Quit": sessions.disconnect(id, record.time, entry: entry, &batch)
    case "Init DB" where record.error == nil:
      if let database = record.login.database { sessions.use(database, id, record.time, entry: entry, &batch) }
    case "Query", "Execute": add(record, id, entry, &batch)
    default: break
    }
  }

  /// Gives what is left.
  mutating func settle(_ batch: inout RecordBatch) { sessions.settle(&batch) }

  /// What was found, into a summary.
  func report(into summary: inout ArchiveSummary, flags: inout Set<String>) {
    sessions.report(into: &summary, flags: &flags)
  }

  private mutating func add(_ record: MySQLAuditRecord, _ id: Int64, _ entry: Int64, _ batch: inout RecordBatch) {
    let text = Array((record.sql ?? "").utf8)
    var statement = MySQLSessions.Statement(
      connection: id, time: record.time, sequence: record.sequence, sql: text[...], error: record.error)
    statement.hasResult = record.hasStatus
    if record.name == "Execute", MySQLText.hasPlaceholder(text) {
      statement.completeness.insert(.paramsNotLogged)
      sessions.note { $0.withoutValues += 1 }
    }
    sessions.add(statement, record.login, entry: entry, &batch)
  }
}
