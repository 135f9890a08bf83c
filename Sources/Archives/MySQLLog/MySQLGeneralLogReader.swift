import AuditTrail

/// Reads the general query log of MySQL and MariaDB. Source: MySQL 8.0, `sql/log.cc`; MariaDB 10.11, `sql/log.cc`.
///
/// It is written before a statement runs, so it holds no results. A statement is a `Query` or an `Execute`, which has its values
/// filled in; `EXECUTE` sent as a text is followed by the `Execute` it causes, and both are one.
struct MySQLGeneralLogReader: ArchiveReader, ~Copyable {
  static let name = "mysql.general_log"
  static let title = "MySQL and MariaDB general query log"
  static let detection = "lines of a time, a connection's number, a command such as Query, and its argument"
  static let entries = "lines, with those behind them that begin no other"
  static let shows: Set<ArchiveContent> = [.parameters]
  static let producer: String? = "mysql"

  private let options: ReadOptions
  private let local: LocalTime
  private var sessions: MySQLSessions
  private var time: Timestamp?
  /// An `EXECUTE` sent as a text, whose `Execute` may follow.
  private var waiting = Waiting<Int64, (sql: [UInt8], time: Timestamp, entry: Int64)>()

  static func tells(_ start: EntryStart) -> Bool {
    MySQLGeneralLine.isStart(start.bytes) && !MySQLGeneralLine.isSlowLog(start.bytes)
      || MySQLGeneralLine(start.bytes.prefix { $0 != 0x0A }) != nil
  }

  /// A reader of one archive.
  init(options: ReadOptions) {
    self.options = options
    local = LocalTime(options)
    sessions = MySQLSessions(engine: "mysql", options: options)
    sessions.note { $0.remedy = "set general_log = ON" }
  }

  /// Reads the archive to its end.
  mutating func read(
    _ window: inout ContentWindow, into sink: inout RecordSink, _ deliver: Deliver
  ) throws(AssayError) {
    let limit = options.maximumEntryBytes
    func cut(_ window: inout ContentWindow) throws(AssayError) -> Entry? {
      try window.nextLines(limit: limit, begins: MySQLGeneralLine.begins)
    }
    while let (entry, number) = try sink.next(&window, limit: limit, deliver, cut) {
      let bytes = window.bytes[entry.range]
      if entry.extent == .whole, MySQLGeneralLine.isStart(bytes) || MySQLGeneralLine.isHeading(bytes) {
        begin(bytes, &sink.batch)
        sink.accept()
      } else {
        let line = sink.take(entry, number) { () throws(Rejection) in
          guard let line = MySQLGeneralLine(bytes) else {
            throw Rejection("not_a_record", "The line is not an entry of the general query log")
          }
          if case .same = line.time, time == nil { throw Rejection("invalid_time", "No line before holds the time") }
          return line
        }
        if let line { try read(line, number, &sink.batch) }
      }
    }
    for id in waiting.keys.sorted() { release(id, &sink.batch) }
    sessions.settle(&sink.batch)
  }

  /// What was found, into a summary.
  func report(into summary: inout ArchiveSummary, flags: inout Set<String>) {
    sessions.report(into: &summary, flags: &flags)
    guard sessions.blindSpots.statements > 0 else { return }
    flags.insert("results_missing")
    summary.notes.append("The general query log holds no results: whether a statement failed, it does not say")
  }

  /// The server started.
  private mutating func begin(_ line: ArraySlice<UInt8>, _ batch: inout RecordBatch) {
    guard MySQLGeneralLine.isStart(line) else { return }
    for id in waiting.keys.sorted() { release(id, &batch) }
    sessions.restart(&batch)
    sessions.engine = line.range(of: "MariaDB") == nil ? "mysql" : "mariadb"
  }

  private mutating func read(
    _ line: MySQLGeneralLine, _ entry: Int64, _ batch: inout RecordBatch
  ) throws(AssayError) {
    switch line.time {
    case .moment(let moment): time = moment
    case .local(let seconds):
      // Only MariaDB writes its own local time, and MySQL before 5.7.
      if sessions.span.first == nil { sessions.engine = "mariadb" }
      time = try local.moment(seconds: seconds)
    case .same: break
    }
    guard let time else { return }
    sessions.note(time: time)
    if line.command != .execute, line.command != .prepare { release(line.connection, &batch) }
    switch line.command {
    case .query where Self.isExecute(line.argument):
      waiting.put((Array(line.argument), time, entry), bytes: line.argument.count, for: line.connection)
      while let oldest = waiting.excess() { release(oldest, &batch) }
    case .query, .execute:
      _ = waiting.take(line.connection)
      add(line.connection, line.argument, time, entry, &batch)
    case .connect: connect(line, time, entry, &batch)
    case .changeUser:
      sessions.disconnect(line.connection, time, entry: entry, &batch)
      connect(line, time, entry, &batch)
    case .quit: sessions.disconnect(line.connection, time, entry: entry, &batch)
    case .initDB:
      sessions.use(String(decoding: line.argument, as: UTF8.self), line.connection, time, entry: entry, &batch)
    case .bulkExecute where !line.argument.isEmpty: add(line.connection, line.argument, time, entry, &batch)
    // The protocol's own commands: these change or copy something, and no text says it.
    case .createDB, .dropDB, .kill, .shutdown, .binlogDump, .binlogDumpGTID, .tableDump, .clone:
      sessions.note { $0.withoutText += 1 }
    case .prepare, .closeStatement, .resetStatement, .resetConnection, .fieldList, .longData, .fetch, .ping,
      .statistics, .processList, .refresh, .debug, .setOption, .connectOut, .registerSlave, .registerReplica, .daemon,
      .sleep, .time, .delayedInsert, .subscribe, .error, .bulkExecute, .slaveWorker, .slaveIO, .slaveSQL, .unimpl,
      .comMulti:
      break
    }
  }

  private mutating func connect(
    _ line: MySQLGeneralLine, _ time: Timestamp, _ entry: Int64, _ batch: inout RecordBatch
  ) {
    let text = String(decoding: line.argument, as: UTF8.self)
    if text.hasPrefix("Access denied for user") { return sessions.refuse(line.connection) }
    sessions.connect(line.connection, Self.login(text), time, entry: entry, &batch)
  }

  /// `ana@localhost as app on shop using Socket`; the parts from `as` on may be missing.
  private static func login(_ text: String) -> MySQLLogin {
    var login = MySQLLogin()
    var rest = text[...]
    if let end = rest.lastRange(of: " using ") { rest = rest[..<end.lowerBound] }
    if let mark = rest.lastRange(of: " on ") {
      login.database = String(rest[mark.upperBound...]).nonEmpty
      rest = rest[..<mark.lowerBound]
    }
    if rest.hasSuffix(" on") { rest = rest.dropLast(3) }
    var account: String?
    if let mark = rest.lastRange(of: " as ") {
      account = String(rest[mark.upperBound...]).nonEmpty
      rest = rest[..<mark.lowerBound]
    }
    guard let at = rest.lastIndex(of: "@") else { return login }
    login.name = String(rest[..<at]).nonEmpty
    login.host = String(rest[rest.index(after: at)...]).nonEmpty
    login.account = account ?? login.name
    return login
  }

  private mutating func add(
    _ id: Int64, _ sql: ArraySlice<UInt8>, _ time: Timestamp, _ entry: Int64, _ batch: inout RecordBatch
  ) {
    sessions.add(
      MySQLSessions.Statement(connection: id, time: time, sql: sql, hasResult: false), nil, entry: entry, &batch)
  }

  private mutating func release(_ id: Int64, _ batch: inout RecordBatch) {
    guard let held = waiting.take(id) else { return }
    add(id, held.sql[...], held.time, held.entry, &batch)
  }

  private static func isExecute(_ sql: ArraySlice<UInt8>) -> Bool {
    let word = sql.drop(while: \.isJSONSpace).prefix(8)
    return word.count == 8 && zip(word, Array("execute".utf8)).allSatisfy { $0 | 0x20 == $1 }
      && (word.last?.isJSONSpace ?? false)
  }
}

extension Substring {
  /// Where a text last occurs.
  fileprivate func lastRange(of text: String) -> Range<Index>? {
    ranges(of: text).last
  }
}
