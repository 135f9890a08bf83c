import AuditTrail

/// Turns what a log of MySQL's family says into sessions and statements, whatever its form.
///
/// A server numbers connections from 1 after each start. Where a log shows that a number begins again, the later session is
/// named `NUMBER@TIME`.
struct MySQLSessions {
  /// A statement, as an entry logs it.
  struct Statement {
    let connection: Int64
    let time: Timestamp
    /// Its number in the session, where the log gives one that only grows while the server runs.
    var sequence: Int64?
    let sql: ArraySlice<UInt8>
    var error: MySQLError?
    var rows: Int64?
    var durationMicroseconds: Int64?
    var completeness: Completeness = []
    /// Whether the log would show an error.
    var hasResult = true
  }

  private struct Session {
    let name: String
    var isOpen = false
    var isEnded = false
    /// Whether it is known who acted.
    var isNamed = false
    var lastSequence: Int64 = 0
    var lastTime: Timestamp?
    /// A login that no statement followed yet.
    var login: (MySQLLogin, server: String?, Timestamp, entry: Int64)?
    /// Who logged in, with the database that is current.
    var user = MySQLLogin()
    /// The server that the log names.
    var server: String?
  }

  /// `mysql` or `mariadb`.
  var engine: String
  /// What the connection is called, where the log does not name its server.
  private let server: String?
  private var sessions: [Int64: Session] = [:]
  /// The greatest number of a connection so far.
  private var highest: Int64 = 0
  /// So many sessions are kept in mind, those that ended among them.
  private static let mostKept = 50_000
  private(set) var blindSpots = MySQLBlindSpots()
  private(set) var span = TimeSpan()

  /// Sessions of a server.
  init(engine: String, options: ReadOptions) {
    self.engine = engine
    server = options.source
  }

  /// Takes up the time of an entry.
  mutating func note(time: Timestamp) { span.add(time) }

  /// A login that succeeded. It is given with the session's first statement or end, or else by ``settle(_:)``.
  mutating func connect(
    _ id: Int64, _ login: MySQLLogin, server: String? = nil, _ time: Timestamp, entry: Int64, _ batch: inout RecordBatch
  ) {
    blindSpots.logins += 1
    begin(id, login, server: server, time, entry: entry, &batch)
  }

  private mutating func begin(
    _ id: Int64, _ login: MySQLLogin, server: String?, _ time: Timestamp, entry: Int64, _ batch: inout RecordBatch
  ) {
    trim(&batch)
    let isUsed = sessions[id] != nil || id < highest - Int64(Self.mostKept)
    var name = isUsed ? "\(id)@\(time)" : "\(id)"
    // Clocks of whole seconds show one time for several.
    if let known = sessions[id]?.name, isUsed, known.hasPrefix(name) { name = known + "+" }
    highest = max(highest, id)
    flush(id, &batch)
    sessions[id] = Session(name: name, lastTime: time, login: (login, server ?? self.server, time, entry))
  }

  /// Another database is current from now on: a session is the use of one, so that another session begins.
  mutating func use(
    _ database: String, _ id: Int64, _ time: Timestamp, entry: Int64, _ batch: inout RecordBatch
  ) {
    let known = sessions[id].flatMap { $0.isEnded ? nil : $0 }
    if known?.login != nil {
      sessions[id]?.login?.0.database = database
      return
    }
    guard known?.user.database != database else { return }
    var user = known?.user ?? MySQLLogin()
    user.database = database
    disconnect(id, time, entry: entry, &batch)
    begin(id, user, server: known?.server, time, entry: entry, &batch)
  }

  /// A login that the database refused.
  mutating func refuse(_ id: Int64) {
    blindSpots.refusedLogins += 1
    // A log may announce the login before it refuses it.
    guard let session = sessions[id], !session.isOpen, session.login != nil else { return }
    // Where it was a change of user, the connection goes on, and under which user is not known.
    sessions[id] = session.name == "\(id)" ? nil : Session(name: session.name, lastTime: session.lastTime)
  }

  /// The end of a session.
  mutating func disconnect(_ id: Int64, _ time: Timestamp, entry: Int64, _ batch: inout RecordBatch) {
    flush(id, &batch)
    guard let session = sessions[id], session.isOpen, !session.isEnded else { return }
    sessions[id]?.isEnded = true
    batch.closings.append(Entered(SessionClosing(session: session.name, time: time, statements: nil), entry: entry))
  }

  /// The server numbers its connections again, from the first.
  mutating func restart(_ batch: inout RecordBatch) {
    settle(&batch)
    for id in sessions.keys { sessions[id]?.isEnded = true }
  }

  /// Takes a statement; `login` is what the same entry says of who sent it.
  mutating func add(
    _ statement: Statement, _ login: MySQLLogin?, server: String? = nil, entry: Int64, _ batch: inout RecordBatch
  ) {
    blindSpots.note(statement.sql, error: statement.error, isCut: statement.completeness.contains(.statementTruncated))
    let session = session(of: statement, login, server: server, entry: entry, &batch)
    var row = StatementRow()
    row.entry = entry
    row.session = batch.store(session.name)
    row.sequence = number(of: statement, after: session.lastSequence)
    row.time = statement.time.nanoseconds
    let start = batch.arena.count
    let isUTF8 = append(statement.sql, to: &batch.arena)
    row.sql = batch.slice(from: start)
    row.action = .observed
    row.decision = batch.pack(Decision(action: .observed))
    row.completeness = statement.completeness.union(.noDecision)
    if !isUTF8 { row.completeness.insert(.invalidUTF8) }
    if !session.isNamed { row.completeness.insert(.noIdentity) }
    if statement.hasResult {
      row.hasResult = true
      row.rows = statement.rows ?? -1
      row.rowsKind = statement.rows == nil ? .unknown : .returned
      row.duration = statement.durationMicroseconds ?? -1
      row.error = statement.error.map { batch.pack(fields: [$0.recorded.sqlstate, $0.recorded.message]) } ?? .absent
    } else {
      row.completeness.insert(.resultsAbsent)
    }
    batch.statements.append(row)
    sessions[statement.connection]?.lastSequence = max(session.lastSequence, row.sequence)
    sessions[statement.connection]?.lastTime = statement.time
  }

  /// Forgets the half of the sessions that did nothing for the longest time, where there are too many: a log that shows no
  /// ends of sessions must not grow in memory.
  private mutating func trim(_ batch: inout RecordBatch) {
    guard sessions.count > Self.mostKept else { return }
    let idle = sessions.sorted {
      ($0.value.lastTime?.nanoseconds ?? 0, $0.key) < ($1.value.lastTime?.nanoseconds ?? 0, $1.key)
    }
    for (id, _) in idle.prefix(Self.mostKept / 2) {
      flush(id, &batch)
      sessions[id] = nil
    }
  }

  /// Gives the logins that nothing followed.
  mutating func settle(_ batch: inout RecordBatch) {
    for id in sessions.keys.sorted() { flush(id, &batch) }
  }

  /// Says what was found.
  func report(into summary: inout ArchiveSummary, flags: inout Set<String>) {
    span.report(into: &summary)
    blindSpots.report(into: &summary, flags: &flags)
  }

  /// Lets a reader note what only its form shows.
  mutating func note(_ change: (inout MySQLBlindSpots) -> Void) { change(&blindSpots) }

  private mutating func session(
    of statement: Statement, _ login: MySQLLogin?, server: String?, entry: Int64, _ batch: inout RecordBatch
  ) -> Session {
    let id = statement.connection
    if let known = sessions[id], isAnother(known, statement) {
      sessions[id] = Session(name: "\(id)@\(statement.time)")
    }
    flush(id, &batch)
    if sessions[id] == nil {
      trim(&batch)
      sessions[id] = Session(name: "\(id)")
    }
    if sessions[id]?.isOpen == false, let login {
      sessions[id]?.login = (login, server ?? self.server, statement.time, entry)
      flush(id, &batch)
    }
    return sessions[id] ?? Session(name: "\(id)")
  }

  /// Whether the session had ended, or the server was started again since.
  private func isAnother(_ known: Session, _ statement: Statement) -> Bool {
    known.isEnded && (known.lastTime.map { statement.time > $0 } ?? true)
  }

  /// Microseconds since 1970 where the log numbers nothing, so that a part of a log numbers as the whole does.
  private func number(of statement: Statement, after last: Int64) -> Int64 {
    if let sequence = statement.sequence { return sequence }
    let (number, overflow) = last.addingReportingOverflow(1)
    return max(statement.time.nanoseconds / 1000, overflow ? last : number)
  }

  private mutating func flush(_ id: Int64, _ batch: inout RecordBatch) {
    guard let session = sessions[id], let (login, server, time, entry) = session.login else { return }
    sessions[id]?.login = nil
    sessions[id]?.user = login
    sessions[id]?.server = server
    sessions[id]?.isOpen = true
    sessions[id]?.isNamed = login.identity != nil
    let connection = Connection(
      name: server ?? engine, engine: engine, database: login.database, databaseUser: login.account)
    batch.openings.append(
      Entered(
        SessionOpening(
          session: session.name, time: time, identity: login.identity, client: login.client, connection: connection),
        entry: entry))
  }

  /// Appends text, repaired where it is not UTF-8; gives whether it was UTF-8.
  private func append(_ sql: ArraySlice<UInt8>, to arena: inout [UInt8]) -> Bool {
    if isUTF8(sql) {
      arena.append(contentsOf: sql)
      return true
    }
    arena.append(contentsOf: String(decoding: sql, as: UTF8.self).utf8)
    return false
  }
}

/// Whether the bytes are UTF-8.
private func isUTF8(_ bytes: ArraySlice<UInt8>) -> Bool {
  bytes.allSatisfy { $0 < 0x80 } || String(validating: bytes, as: UTF8.self) != nil
}
