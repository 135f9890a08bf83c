public import AuditTrail
import SQLite

/// A statement with all that another system is told of it.
public struct ExportedStatement: Sendable {
  /// The row's id, by which statements follow one another.
  public let id: Int64
  /// Its session.
  public let session: SessionEntry
  /// Its number in the session.
  public let sequence: Int64
  /// When.
  public let time: Timestamp
  /// The text's id; statements of the same text share it.
  public let text: Int64
  /// What the proxy did.
  public let decision: Decision
  /// What happened to it.
  public let outcome: Outcome
  /// What the archive says came of it.
  public let result: RecordedResult?
  /// What the source could not show.
  public let completeness: Completeness
  /// The SHA-256 of the archive that it was read from, in hex, and the entry there.
  public let source: (archive: String, entry: Int64)
  /// What was measured and concluded; `nil` where nothing was.
  public let graded: GradedStatement?
  /// Whether a replay left it out of its sample, so that nothing will be concluded.
  public let isSampledOut: Bool
}

/// A text with what is known of it without looking at a statement.
public struct ExportedText: Sendable {
  /// The text as it was sent.
  public let sql: String
  /// Its shape's name.
  public let fingerprint: String
  /// Its shape: the text without literals.
  public let normalized: String
  /// Its facts, encoded.
  public let facts: [UInt8]
}

/// Reads statements in the order in which they came into the ledger, over a connection of its own.
///
/// What many statements share is read once and kept, up to a bound.
public struct ExportReader: ~Copyable {
  private let path: String
  private let database: SQLiteDatabase
  private var statements: SQLiteStatement
  private var sessions: SQLiteStatement
  private var texts: SQLiteStatement
  private var findings: SQLiteStatement
  private var dictionaries: StatementDictionaries
  private var lists = StoredJSON()
  private var knownSessions: [Int64: SessionEntry] = [:]
  private let archives: [Int64: String]

  /// Sessions are kept up to that many.
  private static let sessionLimit = 4_096

  /// Opens a connection to the ledger at the path, which must be finished.
  public init(path: String) throws(AssayError) {
    do {
      let database = try LedgerFile.openReadOnly(path)
      try database.setBusyTimeout(milliseconds: 5000)
      let statements = try database.prepare(
        """
        SELECT s.id, s.session, s.sequence, s.time, s.text, s.decision, s.outcome, s.has_result, s.rows, s.rows_kind,
          s.duration, s.error, s.completeness, s.archive, s.entry,
          EXISTS (SELECT 1 FROM not_sampled n WHERE n.statement = s.id), \(Ledger.gradeColumns)
        FROM statements s LEFT JOIN verdicts v ON v.statement = s.id LEFT JOIN measurements m ON m.statement = s.id
        WHERE s.id > ?1 AND s.id <= ?2 AND s.session NOT IN (SELECT session FROM witnesses) ORDER BY s.id LIMIT ?3
        """, persistent: true)
      let sessions = try database.prepare(Ledger.sessionColumns + " WHERE se.id = ?1", persistent: true)
      let texts = try database.prepare(
        "SELECT t.sql, h.fingerprint, h.normalized, t.facts FROM texts t JOIN shapes h ON h.id = t.shape WHERE t.id = ?1",
        persistent: true)
      let findings = try database.prepare(
        """
        SELECT f.id, f.kind, f.detail, f.session, s.sequence, s.time FROM findings f
          JOIN statements s ON s.id = f.statement WHERE f.id > ?1 ORDER BY f.id LIMIT ?2
        """, persistent: true)
      let dictionaries = try StatementDictionaries(database)
      var archives: [Int64: String] = [:]
      var find = try database.prepare("SELECT id, sha256 FROM archives")
      while try find.step() { archives[find.int64(0)] = find.text(1) }
      self.path = path
      self.database = database
      self.statements = statements
      self.sessions = sessions
      self.texts = texts
      self.findings = findings
      self.dictionaries = dictionaries
      self.archives = archives
    } catch { throw Ledger.failure(error, path: path) }
  }

  /// At most so many statements behind one and up to another, by their row ids. Statements of a database's log that a proxy
  /// tells of as well are left out.
  public mutating func statements(
    after first: Int64, upTo last: Int64, limit: Int
  ) throws(AssayError) -> [ExportedStatement] {
    do {
      try statements.bind(1, first)
      try statements.bind(2, last)
      try statements.bind(3, Int64(limit))
      var found: [ExportedStatement] = []
      while try statements.step() { found.append(try statement()) }
      statements.reset()
      return found
    } catch let error as SQLiteError {
      throw Ledger.failure(error, path: path)
    } catch let error as AssayError {
      throw error
    } catch {
      throw AssayError(.internalFault, "An unknown failure in reading statements.", at: Place(path))
    }
  }

  /// The statement that the row holds.
  private mutating func statement() throws -> ExportedStatement {
    let id = statements.int64(0)
    let result = RecordedResult(
      rows: statements.optionalInt64(8), rowsKind: RowsKind(code: statements.int64(9)) ?? .unknown,
      durationMicroseconds: statements.optionalInt64(10), error: try dictionaries.error(statements.optionalInt64(11)))
    var graded: GradedStatement?
    if !statements.isNull(18) {
      let columns = (16..<28).map { Ledger.value(statements, $0) }
      graded = try Ledger.grade(of: id, columns[...], &lists, path)
    }
    return ExportedStatement(
      id: id, session: try session(statements.int64(1)), sequence: statements.int64(2),
      time: Timestamp(nanoseconds: statements.int64(3)), text: statements.int64(4),
      decision: try dictionaries.decision(statements.int64(5)), outcome: Outcome(code: statements.int64(6)) ?? .unknown,
      result: statements.int64(7) == 0 ? nil : result,
      completeness: Completeness(rawValue: UInt32(truncatingIfNeeded: statements.int64(12))),
      source: (archives[statements.int64(13)] ?? "", statements.int64(14)), graded: graded,
      isSampledOut: statements.int64(15) != 0)
  }

  private mutating func session(_ id: Int64) throws -> SessionEntry {
    if let session = knownSessions[id] { return session }
    try sessions.bind(1, id)
    defer { sessions.reset() }
    guard try sessions.step() else { throw Ledger.incomplete("a session", path) }
    let row = (0..<sessions.columnCount).map { Ledger.value(sessions, $0) }
    let session = Ledger.sessionEntry(row, &lists)
    if knownSessions.count >= Self.sessionLimit { knownSessions.removeAll(keepingCapacity: true) }
    knownSessions[id] = session
    return session
  }

  /// A text by its id.
  public mutating func text(_ id: Int64) throws(AssayError) -> ExportedText {
    let text: ExportedText?
    do throws(SQLiteError) {
      try texts.bind(1, id)
      text =
        try texts.step()
        ? ExportedText(
          sql: texts.text(0), fingerprint: texts.text(1), normalized: texts.text(2), facts: texts.bytes(3)) : nil
      texts.reset()
    } catch { throw Ledger.failure(error, path: path) }
    guard let text else { throw Ledger.incomplete("a text", path) }
    return text
  }

  /// At most so many findings behind one, by their row ids, each with its session and the statement at which it came about.
  public mutating func findings(after first: Int64, limit: Int) throws(AssayError) -> [ExportedFinding] {
    do {
      try findings.bind(1, first)
      try findings.bind(2, Int64(limit))
      var found: [ExportedFinding] = []
      while try findings.step() {
        found.append(
          ExportedFinding(
            id: findings.int64(0), kind: findings.text(1), detail: findings.text(2),
            session: try session(findings.int64(3)), sequence: findings.int64(4),
            time: Timestamp(nanoseconds: findings.int64(5))))
      }
      findings.reset()
      return found
    } catch let error as SQLiteError {
      throw Ledger.failure(error, path: path)
    } catch let error as AssayError {
      throw error
    } catch {
      throw AssayError(.internalFault, "An unknown failure in reading findings.", at: Place(path))
    }
  }
}

/// A finding of a replay, with what it is about.
public struct ExportedFinding: Sendable {
  /// The row's id.
  public let id: Int64
  /// `approved_harm`, `accumulated_harm`, ….
  public let kind: String
  /// What people should know, without literals.
  public let detail: String
  /// Its session.
  public let session: SessionEntry
  /// The number in the session of the statement at which it came about.
  public let sequence: Int64
  /// When.
  public let time: Timestamp
}
