import AuditTrail
import Digests

/// Reads PostgreSQL's csvlog with `log_statement = all`. Source: PostgreSQL 15, `csvlog.c` and "Using CSV-Format Log Output".
///
/// A database logs no decision: its statements are `observed`. What came of a statement stands on a later line of the
/// session, so each waits for that line.
struct PostgresLogReader: ArchiveReader, ~Copyable {
  static let name = "postgresql.csvlog"
  static let title = "PostgreSQL csvlog"
  static let detection = "CSV records of 22 to 26 columns that begin with a time and name a severity"
  static let entries = "CSV records, which may hold line ends"
  static let shows: Set<ArchiveContent> = [.results, .parameters]
  static let producer: String? = "postgresql"

  private struct Session {
    var isOpen = false
    var lastLine: Int64 = 0
    var application: String?
    var waiting: (record: StatementRecord, entry: Int64)?
    /// Whether the next duration is of something that is not a statement.
    var skipsDuration = false
    /// Whether an earlier file holds lines of it, as far as the first one here tells.
    var continuesEarlier = false
  }

  private let options: ReadOptions
  private var sessions = ExactNames<Session>()
  private var blindSpots = PostgresBlindSpots()
  private var statements = 0
  private var withoutResult = 0
  private var gaps = 0
  private var mismatches = 0
  private var guesses = 0
  private var withoutParameters = 0
  private var first: Timestamp?
  private var last: Timestamp?

  /// Whether a whole record begins there; its line end may be missing, or be in a quoted field.
  static func tells(_ start: EntryStart) -> Bool {
    guard PostgresLogTime.begins(start.bytes) else { return false }
    var isQuoted = false
    let end = start.bytes.firstIndex { byte in
      if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
      return byte == 0x0A && !isQuoted
    }
    return (try? PostgresLogLine(start.bytes[..<(end ?? start.bytes.endIndex)])) != nil
  }

  /// A reader of one archive.
  init(options: ReadOptions) { self.options = options }

  /// Reads the archive to its end.
  mutating func read(
    _ window: inout ContentWindow, into sink: inout RecordSink, _ deliver: Deliver
  ) throws(AssayError) {
    while true {
      sink.skipBlank(lines: window.skipBlankLines(limit: options.maximumEntryBytes))
      guard let entry = try window.nextCSVRecord(limit: options.maximumEntryBytes) else { break }
      let number = sink.beginEntry()
      if entry.extent == .whole, window.isBlank(entry.range) {
        sink.skipBlank()
      } else {
        do throws(Rejection) {
          if entry.extent == .tooLong { throw .tooLong }
          if entry.extent == .cut { throw .cut }
          if entry.extent == .unclosed { throw .unclosed }
          try read(PostgresLogLine(window.bytes[entry.range]), number: number, into: &sink.batch)
          sink.accept()
        } catch {
          if error == PostgresLogLine.unreadSeverity { blindSpots.noteUnreadSeverity() }
          sink.reject(entry, number: number, error)
        }
      }
      try sink.deliverIfFull(deliver)
    }
    // By name: a dictionary's own order differs from run to run.
    for name in sessions.names { settle(name, &sink.batch) }
  }

  /// What was found, into a summary.
  func report(into summary: inout ArchiveSummary, flags: inout Set<String>) {
    summary.first = first
    summary.last = last
    func flag(_ name: String, _ count: Int, _ note: String) {
      guard count > 0 else { return }
      flags.insert(name)
      summary.notes.append("\(count) \(note)")
    }
    flag("lines_missing", gaps, "times a session's line numbers leave some out: part of the log is missing")
    flag("session_id_mismatch", mismatches, "lines do not fit their session's id, which holds its start and process")
    flag("columns_guessed", guesses, "lines have 25 columns, as no release of PostgreSQL writes them")
    flag(
      "results_missing", withoutResult,
      "of \(statements) statements have neither a duration nor an error; set log_duration = on")
    flag(
      "parameters_missing", withoutParameters,
      "statements have parameters that were not logged whole; set log_parameter_max_length = -1")
    blindSpots.report(into: &summary, flags: &flags)
  }

  private mutating func read(
    _ line: PostgresLogLine, number: Int64, into batch: inout RecordBatch
  ) throws(Rejection) {
    if first.map({ line.time < $0 }) ?? true { first = line.time }
    if last.map({ line.time > $0 }) ?? true { last = line.time }
    if line.isColumnCountGuessed { guesses += 1 }
    if !line.fitsSession { mismatches += 1 }
    var session = sessions[line.session] ?? Session(continuesEarlier: line.number > 1)
    if session.lastLine > 0, line.number > session.lastLine + 1 { gaps += 1 }
    session.lastLine = max(session.lastLine, line.number)
    session.application = line.application ?? session.application
    sessions[line.session] = session
    if line.isRefusedLogin { blindSpots.noteRefusedLogin() }
    defer { sessions[line.session]?.continuesEarlier = false }
    if line.isError { return fail(line, number, &batch) }
    switch PostgresLogMessage(line.message) {
    case .statement(let sql, let isPrepared, let microseconds):
      begin(line, sql, isPrepared: isPrepared, number, &batch)
      blindSpots.note(statement: sql, isTimed: microseconds != nil)
      guard let microseconds else { return }
      finish(line.session, microseconds, error: nil, &batch)
    case .duration(let microseconds):
      if !["PARSE", "BIND"].contains(line.command) { time(line, microseconds, &batch) }
    case .authorized(let application):
      if let application { sessions[line.session]?.application = application }
      open(line, number, &batch)
    case .disconnection:
      settle(line.session, &batch)
      if sessions.removeValue(forKey: line.session)?.isOpen == true {
        batch.closings.append(
          Entered(SessionClosing(session: line.session, time: line.time, statements: nil), entry: number))
      }
    case .fetch: sessions[line.session]?.skipsDuration = true
    case .preparation: break
    case .other: if blindSpots.note(other: line) { sessions[line.session]?.skipsDuration = true }
    }
  }

  /// A duration is the waiting statement's; else that of a fetch or the like, of a statement in an earlier file, or of one
  /// that no line names.
  private mutating func time(_ line: PostgresLogLine, _ microseconds: Int64, _ batch: inout RecordBatch) {
    guard let session = sessions[line.session] else { return }
    if session.waiting != nil { return finish(line.session, microseconds, error: nil, &batch) }
    sessions[line.session]?.skipsDuration = false
    if !session.skipsDuration, !session.continuesEarlier { blindSpots.note(durationWithout: line.command) }
  }

  private mutating func open(_ line: PostgresLogLine, _ number: Int64, _ batch: inout RecordBatch) {
    guard sessions[line.session]?.isOpen != true else { return }
    let database = line.database ?? "unknown"
    batch.openings.append(
      Entered(
        SessionOpening(
          session: line.session, time: line.sessionStart ?? line.time, identity: nil,
          client: Client(address: line.client, application: sessions[line.session]?.application),
          connection: Connection(
            name: database, engine: "postgresql", database: line.database, databaseUser: line.user)),
        entry: number))
    sessions[line.session, default: Session()].isOpen = true
  }

  private mutating func begin(
    _ line: PostgresLogLine, _ sql: String, isPrepared: Bool, _ number: Int64, _ batch: inout RecordBatch
  ) {
    settle(line.session, &batch)
    open(line, number, &batch)
    statements += 1
    var flags: Completeness = [.noIdentity, .noDecision]
    if !line.isUTF8 { flags.insert(.invalidUTF8) }
    let parameters = isPrepared ? PostgresLogMessage.parameters(line.detail) : nil
    if isPrepared, parameters == nil, Self.hasParameter(sql) {
      flags.insert(.paramsNotLogged)
      withoutParameters += 1
    }
    sessions[line.session]?.waiting = (
      StatementRecord(
        session: line.session, sequence: line.number, time: line.time, sql: sql, parameters: parameters,
        decision: Decision(action: .observed), completeness: flags), number
    )
  }

  /// Whether a text names a parameter; one within a literal counts too.
  private static func hasParameter(_ sql: String) -> Bool {
    var wasDollar = false
    for byte in sql.utf8 {
      if wasDollar, (0x30...0x39).contains(byte) { return true }
      wasDollar = byte == UInt8(ascii: "$")
    }
    return false
  }

  /// An error belongs to the statement that waits, if its text is the one the error names; else the error is all that was
  /// logged of it: a text that did not parse is named nowhere else.
  private mutating func fail(_ line: PostgresLogLine, _ number: Int64, _ batch: inout RecordBatch) {
    let error = RecordedError(sqlstate: line.sqlstate, message: line.message)
    let waiting = sessions[line.session]?.waiting?.record.sql
    guard let sql = line.query ?? waiting else { return }
    if sql != waiting {
      // Read before `begin` gives what waits: whether the statement's own line may be in the file before.
      let isBehindBorder = sessions[line.session]?.continuesEarlier == true && !line.isSyntaxError
      begin(line, sql, isPrepared: true, number, &batch)
      blindSpots.note(statement: sql, isTimed: false)
      if isBehindBorder {
        sessions[line.session]?.waiting?.record.sequence = line.number - 1
        sessions[line.session]?.waiting?.record.completeness.insert(.statementLineMissing)
      }
    }
    finish(line.session, nil, error: error, &batch)
  }

  private mutating func finish(
    _ session: String, _ microseconds: Int64?, error: RecordedError?, _ batch: inout RecordBatch
  ) {
    guard var waiting = sessions[session]?.waiting else { return }
    sessions[session]?.waiting = nil
    waiting.record.result = RecordedResult(
      rows: nil, rowsKind: .unknown, durationMicroseconds: microseconds, error: error)
    batch.append(waiting.record, entry: waiting.entry)
  }

  /// Gives a statement that no line said anything more of.
  private mutating func settle(_ session: String, _ batch: inout RecordBatch) {
    guard var waiting = sessions[session]?.waiting else { return }
    sessions[session]?.waiting = nil
    waiting.record.completeness.insert(.resultsAbsent)
    withoutResult += 1
    batch.append(waiting.record, entry: waiting.entry)
  }
}
