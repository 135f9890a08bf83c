import AuditTrail

/// Reads the log of MariaDB's server_audit plugin, also as Amazon RDS for MySQL and MariaDB and Aurora MySQL write it.
/// Source: MariaDB 10.11 and 12, `plugin/server_audit/server_audit.c`; "MariaDB Audit Plugin - Log Format".
struct MariaDBAuditReader: ArchiveReader, ~Copyable {
  static let name = "mariadb.server_audit"
  static let title = "MariaDB server_audit, Aurora MySQL audit log"
  static let detection = "lines of ten values, the seventh an operation such as QUERY, behind a time or a syslog prefix"
  static let entries = "lines"
  static let shows: Set<ArchiveContent> = [.results, .parameters]
  static let producer: String? = "mariadb"

  private let options: ReadOptions
  private var local: LocalTime
  private var sessions: MySQLSessions
  private var userChanges = 0
  private var order = MariaDBQueryOrder()
  /// The length at which texts are cut: the default, or what a text shows that is cut for sure.
  private var limit = 1024

  static func tells(_ start: EntryStart) -> Bool {
    (try? MariaDBAuditLine(start.bytes.prefix { $0 != 0x0A })) != nil
  }

  /// A reader of one archive.
  init(options: ReadOptions) {
    self.options = options
    local = LocalTime(options)
    sessions = MySQLSessions(engine: "mariadb", options: options)
    sessions.note { $0.remedy = "set server_audit_events to CONNECT,QUERY" }
  }

  /// Reads the archive to its end.
  mutating func read(
    _ window: inout ContentWindow, into sink: inout RecordSink, _ deliver: Deliver
  ) throws(AssayError) {
    while let (entry, number) = try sink.nextLine(&window, limit: options.maximumEntryBytes, deliver) {
      let line = sink.take(entry, number) { () throws(Rejection) in try MariaDBAuditLine(window.bytes[entry.range]) }
      if let line { try read(line, number, &sink.batch) }
    }
    for held in order.releaseAll() { add(held, &sink.batch) }
    sessions.settle(&sink.batch)
    sessions.note { [order] spots in (spots.unlogged, spots.inner) = (order.unlogged, order.inner) }
  }

  /// What was found, into a summary.
  func report(into summary: inout ArchiveSummary, flags: inout Set<String>) {
    if userChanges > 0 {
      flags.insert("users_changed")
      summary.notes.append(
        "\(counted(userChanges, "connection")) changed their user, and server_audit does not name the new one reliably: what "
          + "followed is a session without a login")
    }
    sessions.report(into: &summary, flags: &flags)
  }

  private mutating func read(
    _ line: MariaDBAuditLine, _ entry: Int64, _ batch: inout RecordBatch
  ) throws(AssayError) {
    if line.isAurora { sessions.engine = "mysql" }
    let time =
      switch line.time {
      case .local(let seconds): try local.moment(seconds: seconds)
      case .moment(let time): time
      case .syslog(let time): try local.moment(time)
      }
    sessions.note(time: time)
    let login = MySQLLogin(account: line.user, host: line.host, database: line.database)
    if line.query > 0, order.isRestart(line.query) {
      for held in order.releaseAll() { add(held, &batch) }
      sessions.restart(&batch)
    }
    switch line.operation {
    case .connect:
      for held in order.release(line.connection) { add(held, &batch) }
      sessions.connect(line.connection, login, server: line.server, time, entry: entry, &batch)
    case .changeUser: changeUser(line, time, entry, &batch)
    case .failedConnect: sessions.refuse(line.connection)
    case .disconnect:
      for held in order.release(line.connection) { add(held, &batch) }
      sessions.disconnect(line.connection, time, entry: entry, &batch)
    case .query:
      let query = MariaDBQueryOrder.Query(line: line, time: time, text: line.statement, entry: entry)
      for held in order.take(query) { add(held, &batch) }
    case .proxyConnect: break
    case .read, .write, .create, .alter, .rename, .drop: order.access(line.connection, query: line.query)
    }
  }

  /// MariaDB 10.11 logs no name with a change of user that succeeds, and the old user's with what follows.
  private mutating func changeUser(
    _ line: MariaDBAuditLine, _ time: Timestamp, _ entry: Int64, _ batch: inout RecordBatch
  ) {
    userChanges += 1
    for held in order.release(line.connection) { add(held, &batch) }
    if line.code != 0 { sessions.note { $0.refusedLogins += 1 } }
    sessions.disconnect(line.connection, time, entry: entry, &batch)
    let login = MySQLLogin(database: line.database)
    sessions.connect(line.connection, login, server: line.server, time, entry: entry, &batch)
  }

  private mutating func add(_ query: MariaDBQueryOrder.Query, _ batch: inout RecordBatch) {
    let (line, text) = (query.line, query.text)
    let error = line.code.flatMap(MySQLError.init)
    var flags: Completeness = []
    if isCut(line, text) { flags.insert(.statementTruncated) }
    // The plugin replaces passwords.
    if text[...].range(of: "*****") != nil { flags.insert(.redacted) }
    sessions.add(
      MySQLSessions.Statement(
        connection: line.connection, time: query.time, sequence: line.query, sql: text[...], error: error,
        completeness: flags, hasResult: line.code != nil),
      MySQLLogin(account: line.user, host: line.host, database: line.database), server: line.server, entry: query.entry,
      &batch)
  }

  /// A text that ran and ends within quotes was cut for sure, and shows the limit; one as long as the limit may have been cut.
  private mutating func isCut(_ line: MariaDBAuditLine, _ text: [UInt8]) -> Bool {
    if line.code == 0, MySQLText.isOpen(text) {
      limit = line.object.count
      return true
    }
    // An escape is not cut in two.
    return !line.isAurora && (limit - 1...limit).contains(line.object.count)
  }
}
