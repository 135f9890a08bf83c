import AuditTrail
import Digests

/// Puts the lines of PostgreSQL's log together into sessions and statements, whatever wrapped them.
///
/// A database logs no decision: its statements are `observed`. Later lines of the session hold a statement's result, and pgaudit's
/// lines about it come before or after it. So each statement waits until the next one of its session begins.
struct PostgresSessions {
  private struct Session {
    var isOpen = false
    var lastLine: Int64 = 0
    var user: String?
    var database: String?
    var client: String?
    var application: String?
    var identity: Identity?
    var tags: [String: String] = [:]
    var waiting: PostgresStatement?
    /// Whether the next duration is of something that is not a statement.
    var skipsDuration = false
    /// Whether an earlier file holds lines of it, as far as the first one here tells.
    var continuesEarlier = false
    /// Durations that may be of parsing and binding, where no line has a command tag.
    var bareDurations = 0
    /// Whether pgaudit wrote something here.
    var isAudited = false
    /// The number of its last line among all that were taken.
    var lastTaken: Int64 = 0
    /// How many bytes of what waits count among those that are held.
    var heldBytes = 0

    /// Keeps what the line's envelope says of the session.
    mutating func take(_ line: PostgresLogLine, _ number: Int64, _ found: inout PostgresFindings) {
      lastLine = max(lastLine, line.lastNumber ?? number)
      found.keep(line.user, in: &user)
      found.keep(line.database, in: &database)
      found.keep(line.client, in: &client)
      if let other = line.application { application = other }
    }
  }

  private let splits: @Sendable (String) -> Int
  private var sessions = NamedSlots<Session>()
  /// The sessions of processes, where no line has PostgreSQL's own id.
  private var ofProcesses: [Int64: String] = [:]
  private var blindSpots = PostgresBlindSpots()
  private var found = PostgresFindings()
  private var taken: Int64 = 0
  private var heldBytes = 0
  /// So many sessions are kept in mind, those that ended without saying so among them.
  private let mostKept: Int
  /// So many bytes of their statements are.
  private let mostBytes: Int

  /// No sessions yet.
  init(options: ReadOptions, mostKept: Int = 50_000, mostBytes: Int = 64 << 20) {
    (self.mostKept, self.mostBytes) = (mostKept, mostBytes)
    let split = options.split
    splits = { split($0).count }
  }

  /// How many sessions are kept in mind.
  var kept: Int { sessions.count }

  /// Takes a line that could not be read for its severity.
  mutating func noteUnreadSeverity() { blindSpots.noteUnreadSeverity() }

  /// Takes a line.
  mutating func take(_ line: PostgresLogLine, entry: Int64, into batch: inout RecordBatch) {
    let kind = PostgresLogMessage(line.message)
    let name = self.name(of: line, kind, &batch)
    let (slot, number) = account(for: line, name, isFirst: line.number.map { $0 == 1 } ?? kind.isFirst)
    defer {
      hold(slot)
      trim(&batch)
    }
    let isRaised = line.isRaised && !line.isError
    if isRaised, kind != .other || line.message.starts(with: PostgresAudit.mark) {
      blindSpots.noteRaised()
      return
    }
    let here = Place(line: line, session: name, slot: slot, number: number, entry: entry)
    if line.isRefusedLogin { blindSpots.noteRefusedLogin() }
    if line.isError { return fail(here, &batch) }
    if let audit = line.audit { return add(audit, here, &batch) }
    switch kind {
    case .statement(let sql, let isPrepared, let microseconds):
      begin(here, String(decoding: sql, as: UTF8.self), isPrepared, isTimed: microseconds != nil, &batch)
      if let microseconds { finish(slot, microseconds, error: nil) }
    case .duration(let microseconds): time(here, microseconds)
    case .received(let client): if let client, sessions[slot]?.client == nil { sessions[slot]?.client = client }
    case .authenticated(let identity, let method): authenticate(slot, line, identity, method)
    case .authorized(let user, let database, let application):
      // A log_line_prefix need not name them.
      if let user, sessions[slot]?.user == nil { sessions[slot]?.user = user }
      if let database, sessions[slot]?.database == nil { sessions[slot]?.database = database }
      if let application { sessions[slot]?.application = application }
      open(here, &batch)
    case .disconnection: close(here, &batch)
    case .fetch: sessions[slot]?.skipsDuration = true
    case .preparation: break
    case .other: if blindSpots.note(other: line) { sessions[slot]?.skipsDuration = true }
    }
  }

  /// Notes that a line of the session was taken, and how much of it is held.
  private mutating func hold(_ slot: Int) {
    taken += 1
    let bytes = sessions[slot]?.waiting?.bytes ?? 0
    heldBytes += bytes - (sessions[slot]?.heldBytes ?? bytes)
    sessions[slot]?.heldBytes = bytes
    sessions[slot]?.lastTaken = taken
    sessions[slot]?.continuesEarlier = false
  }

  /// Gives what waits in the sessions that logged nothing for the longest time, where too much waits, and forgets half of the
  /// sessions, where there are too many: a log that shows no ends of sessions must not grow in memory.
  private mutating func trim(_ batch: inout RecordBatch) {
    let isCrowded = sessions.count > mostKept
    guard isCrowded || heldBytes > mostBytes else { return }
    let idle = sessions.inOrder.map { (slot: $0, last: sessions[$0]?.lastTaken ?? 0) }.sorted { $0.last < $1.last }
    for (place, session) in idle.enumerated() {
      let isForgotten = isCrowded && place < mostKept / 2
      guard isForgotten || heldBytes > mostBytes / 2 else { break }
      settle(session.slot, &batch)
      guard isForgotten else { continue }
      countBareDurations(session.slot)
      _ = sessions.remove(session.slot)
    }
    if isCrowded { ofProcesses = ofProcesses.filter { sessions.slot(of: $0.value) != nil } }
  }

  /// Gives what no line said anything more of.
  mutating func end(into batch: inout RecordBatch) {
    // By name: a dictionary's own order differs from run to run.
    for slot in sessions.inOrder {
      settle(slot, &batch)
      countBareDurations(slot)
    }
  }

  /// What was found, into a summary.
  func report(into summary: inout ArchiveSummary, flags: inout Set<String>) {
    found.report(into: &summary, flags: &flags)
    blindSpots.report(into: &summary, flags: &flags)
  }

  /// A line, and where it belongs.
  private struct Place {
    let line: PostgresLogLine
    let session: String
    let slot: Int
    let number: Int64
    let entry: Int64
  }

  // MARK: Which session, which number

  /// PostgreSQL's id, or a name by process and first line.
  private mutating func name(
    of line: PostgresLogLine, _ kind: PostgresLogMessage, _ batch: inout RecordBatch
  ) -> String {
    if let session = line.session { return session }
    let process = line.process ?? 0
    if let known = ofProcesses[process] {
      let begins = kind.isFirst || line.sessionStart != nil && !known.hasSuffix(Self.suffix(line))
      guard begins else { return known }
      // The number of a process is used again, and its end was not logged.
      if let slot = sessions.slot(of: known) {
        settle(slot, &batch)
        countBareDurations(slot)
        _ = sessions.remove(slot)
      }
    }
    var name = "\(process)@\(Self.suffix(line))"
    if sessions.slot(of: name) != nil { name += ".\(found.derivedSessions)" }
    ofProcesses[process] = name
    found.derivedSessions += 1
    return name
  }

  private static func suffix(_ line: PostgresLogLine) -> String {
    (line.sessionStart ?? line.time).description.filter { $0 != "-" && $0 != ":" }
  }

  /// Notes the line; gives the session's slot, and the line's number within the session.
  private mutating func account(
    for line: PostgresLogLine, _ name: String, isFirst: Bool
  ) -> (slot: Int, number: Int64) {
    found.note(line)
    let slot = sessions.slot(of: name, else: Session(continuesEarlier: !isFirst))
    let last = sessions[slot]?.lastLine ?? 0
    let told = (line.number ?? line.ordinal).flatMap { $0 > 0 ? $0 : nil }
    let number = told ?? Self.number(line, behind: last, name)
    if line.number != nil, last > 0 {
      if number - 1 > last { found.gaps += 1 }
      if number < last { found.disordered += 1 }
    }
    sessions[slot]?.take(line, number, &found)
    return (slot, number)
  }

  /// The number of a line that has none: the milliseconds since the session began, so that it is the same in whichever file the
  /// line is. Without PostgreSQL's own id, whose sessions end with the file, lines are counted.
  private static func number(_ line: PostgresLogLine, behind last: Int64, _ name: String) -> Int64 {
    let next = last == .max ? last : last + 1
    guard line.session != nil, let start = PostgresSessionID(name).startSeconds.flatMap({ Timestamp(seconds: $0) })
    else {
      return next
    }
    let passed = line.time.nanoseconds.subtractingReportingOverflow(start.nanoseconds)
    guard !passed.overflow, passed.partialValue >= 0 else { return next }
    return max(next, passed.partialValue / 1_000_000 * 1000 + 1)
  }

  // MARK: Sessions

  /// Ways of logging in that name somebody besides the login: a principal, a certificate's subject, an entry of a directory.
  private static let naming: Set = ["gss", "sspi", "cert", "ldap", "oauth"]

  private mutating func authenticate(_ slot: Int, _ line: PostgresLogLine, _ identity: String, _ method: String) {
    sessions[slot]?.tags["authentication"] = method
    if Self.naming.contains(method) {
      sessions[slot]?.identity = Identity(user: identity, kind: .human, kindBasis: .assumed)
    } else if ["peer", "ident"].contains(method) {
      sessions[slot]?.tags["os_user"] = identity
    }
  }

  private mutating func open(_ here: Place, _ batch: inout RecordBatch) {
    guard let session = sessions[here.slot], !session.isOpen else { return }
    batch.openings.append(
      Entered(
        SessionOpening(
          session: here.session, time: here.line.sessionStart ?? here.line.time, identity: session.identity,
          client: Client(address: session.client, application: session.application),
          connection: Connection(
            name: session.database ?? "unknown", engine: "postgresql", database: session.database,
            databaseUser: session.user, tags: session.tags)),
        entry: here.entry))
    sessions[here.slot]?.isOpen = true
  }

  private mutating func close(_ here: Place, _ batch: inout RecordBatch) {
    settle(here.slot, &batch)
    countBareDurations(here.slot)
    if sessions.remove(here.slot)?.isOpen == true {
      batch.closings.append(
        Entered(SessionClosing(session: here.session, time: here.line.time, statements: nil), entry: here.entry))
    }
    if here.line.session == nil { ofProcesses.removeValue(forKey: here.line.process ?? 0) }
  }

  // MARK: Statements

  private mutating func begin(
    _ here: Place, _ sql: String, _ isPrepared: Bool, isTimed: Bool, isError: Bool = false, _ batch: inout RecordBatch
  ) {
    let slot = here.slot
    if isPrepared { sessions[slot]?.bareDurations = 0 } else { countBareDurations(slot) }
    var trail: PostgresAuditTrail?
    if !isError, isPrepared || isTimed, let waiting = sessions[slot]?.waiting, waiting.isAudit(of: sql) {
      trail = waiting.trail
      sessions[slot]?.waiting = nil
    }
    settle(slot, &batch)
    open(here, &batch)
    var flags = self.flags(of: here)
    let parameters = isPrepared ? PostgresLogMessage.parameters(here.line.detail) : nil
    if isPrepared, parameters == nil, PostgresStatement.hasParameter(sql.utf8) { flags.insert(.paramsNotLogged) }
    let record = StatementRecord(
      session: here.session, sequence: here.number, time: here.line.time, sql: sql, parameters: parameters,
      decision: Decision(action: .observed), completeness: flags)
    sessions[slot]?.waiting = PostgresStatement(
      record: record, entry: here.entry, isLogged: true, isPrepared: isPrepared, trail: trail,
      ownBytes: sql.utf8.count + (here.line.detail?.count ?? 0))
    blindSpots.note(statement: sql, isTimed: isTimed)
  }

  private mutating func add(_ audit: PostgresAudit, _ here: Place, _ batch: inout RecordBatch) {
    found.auditLines += 1
    sessions[here.slot]?.isAudited = true
    if let waiting = sessions[here.slot]?.waiting,
      waiting.takes(audit, command: here.line.command, splits: splits)
    {
      if waiting.trail == nil {
        sessions[here.slot]?.waiting?.trail = PostgresAuditTrail(audit)
      } else {
        sessions[here.slot]?.waiting?.trail?.add(audit)
      }
      return
    }
    guard let sql = audit.sql.text else {
      found.auditTextMissing += 1
      return
    }
    settle(here.slot, &batch)
    open(here, &batch)
    let record = StatementRecord(
      session: here.session, sequence: here.number, time: here.line.time, sql: sql,
      decision: Decision(action: .observed), completeness: flags(of: here))
    sessions[here.slot]?.waiting = PostgresStatement(
      record: record, entry: here.entry, isLogged: false, isPrepared: false, trail: PostgresAuditTrail(audit),
      ownBytes: sql.utf8.count)
    blindSpots.note(statement: sql, isTimed: false)
  }

  /// What the line's envelope and session do not show.
  private func flags(of here: Place) -> Completeness {
    var flags: Completeness = .noDecision
    if sessions[here.slot]?.identity == nil { flags.insert(.noIdentity) }
    if String(validating: here.line.message, as: UTF8.self) == nil { flags.insert(.invalidUTF8) }
    if here.line.isCut { flags.insert(.statementTruncated) }
    return flags
  }

  /// A duration is the waiting statement's; else that of a fetch or the like, of a statement in an earlier file, or of one
  /// that no line names.
  private mutating func time(_ here: Place, _ microseconds: Int64) {
    let command = here.line.command
    if let command, ["PARSE", "BIND"].contains(command) { return }
    guard let session = sessions[here.slot] else { return }
    if let waiting = session.waiting, !waiting.isFinished {
      // Without command tags, a duration behind pgaudit's line may be that of binding.
      if waiting.isLogged || command != nil && command == waiting.trail?.command {
        finish(here.slot, microseconds, error: nil)
      }
      if waiting.isLogged || session.isAudited { return }
    }
    sessions[here.slot]?.skipsDuration = false
    guard !session.skipsDuration, !session.continuesEarlier, !session.isAudited else { return }
    if let command { blindSpots.note(durationWithout: command) } else { sessions[here.slot]?.bareDurations += 1 }
  }

  /// What durations are left over where no execution follows are those of statements that were not logged.
  private mutating func countBareDurations(_ slot: Int) {
    guard let count = sessions[slot]?.bareDurations, count > 0 else { return }
    sessions[slot]?.bareDurations = 0
    for _ in 0..<count { blindSpots.note(durationWithout: "of any command") }
  }

  /// An error belongs to the statement that waits, if its text is the one the error names; else the error is all that was
  /// logged of it: a text that did not parse is named nowhere else.
  private mutating func fail(_ here: Place, _ batch: inout RecordBatch) {
    let (slot, line) = (here.slot, here.line)
    sessions[slot]?.bareDurations = 0
    let error = RecordedError(sqlstate: line.sqlstate, message: String(decoding: line.message, as: UTF8.self))
    let waiting = sessions[slot]?.waiting.flatMap { $0.isFinished ? nil : $0 }
    guard let sql = line.query ?? waiting?.record.sql else { return }
    // With rows, pgaudit's line was written when its statement had ended well: this one is another.
    let isItself = sql == waiting?.record.sql && (waiting?.isLogged == true || waiting?.trail?.hasRows != true)
    if !isItself {
      // Read before `begin` gives what waits: whether the statement's own line may be in the file before.
      let isBehindBorder = sessions[slot]?.continuesEarlier == true && !line.isSyntaxError && here.number > 1
      begin(here, sql, true, isTimed: false, isError: true, &batch)
      if isBehindBorder {
        sessions[slot]?.waiting?.record.sequence = here.number - 1
        sessions[slot]?.waiting?.record.completeness.insert(.statementLineMissing)
      }
    }
    finish(slot, nil, error: error)
  }

  private mutating func finish(_ slot: Int, _ microseconds: Int64?, error: RecordedError?) {
    sessions[slot]?.waiting?.record.result = RecordedResult(
      rows: nil, rowsKind: .unknown, durationMicroseconds: microseconds, error: error)
    sessions[slot]?.waiting?.isFinished = true
  }

  /// Gives the statement that waits.
  private mutating func settle(_ slot: Int, _ batch: inout RecordBatch) {
    guard var waiting = sessions[slot]?.waiting else { return }
    sessions[slot]?.waiting = nil
    heldBytes -= sessions[slot]?.heldBytes ?? 0
    sessions[slot]?.heldBytes = 0
    waiting.conclude()
    if waiting.record.result == nil { waiting.record.completeness.insert(.resultsAbsent) }
    found.note(waiting)
    batch.append(waiting.record, entry: waiting.entry)
  }
}
