public import AuditTrail
import SQLAnalysis
import SQLite

/// A measurement that the ledger holds.
public struct KnownMeasurement: Sendable {
  /// What it says.
  public let measurement: StoredMeasurement
  /// The replay it was stored with, by row id.
  let replay: Int64?
  /// As it is stored.
  let encoded: [UInt8]
}

/// Reads session after session over a connection of its own, so that several threads can read one ledger.
///
/// What many statements share (texts, decisions, errors) is read once and kept, up to a bound.
public struct SessionReader: ~Copyable {
  private let path: String
  private let database: SQLiteDatabase
  private var statements: SQLiteStatement
  private var sessions: SQLiteStatement
  private var measurements: SQLiteStatement
  private var dictionaries: StatementDictionaries
  private var lists = StoredJSON()

  /// Opens a connection to the ledger at the path, which must be finished.
  public init(path: String) throws(AssayError) {
    do {
      let database = try LedgerFile.openReadOnly(path)
      try database.setBusyTimeout(milliseconds: 5000)
      let sessions = try database.prepare(Ledger.sessionColumns + " WHERE se.id = ?1", persistent: true)
      let statements = try database.prepare(
        """
        SELECT s.id, s.sequence, s.time, s.text, s.decision, s.parameters, s.outcome, s.approval, s.approval_link,
          c.approved, s.has_result, s.rows, s.rows_kind, s.duration, s.error, s.unit, s.completeness
        FROM statements s JOIN contexts c ON c.id = s.context WHERE s.session = ?1 ORDER BY s.sequence
        """, persistent: true)
      let dictionaries = try StatementDictionaries(database)
      let measurements = try database.prepare(
        """
        SELECT m.statement, m.replay, m.effect FROM measured_sessions k
          JOIN statements s ON s.session = k.session JOIN measurements m ON m.statement = s.id
        WHERE k.session = ?1 AND k.key = ?2
        """, persistent: true)
      self.path = path
      self.database = database
      self.sessions = sessions
      self.statements = statements
      self.dictionaries = dictionaries
      self.measurements = measurements
    } catch { throw Ledger.failure(error, path: path) }
  }

  /// The session of that id with all its statements in order of their sequence.
  public mutating func session(_ id: Int64) throws(AssayError) -> (session: SessionEntry, statements: [StatementEntry])
  {
    do {
      try sessions.bind(1, id)
      guard try sessions.step() else {
        throw Ledger.incomplete("a session", path)
      }
      let row = (0..<sessions.columnCount).map { Ledger.value(sessions, $0) }
      let session = Ledger.sessionEntry(row, &lists)
      sessions.reset()
      return (session, try readStatements(of: session))
    } catch let error as SQLiteError {
      throw Ledger.failure(error, path: path)
    } catch let error as AssayError {
      throw error
    } catch {
      throw AssayError(.internalFault, "An unknown failure in reading a session.", at: Place(path))
    }
  }

  /// What was measured of a session's statements under that key, by their row ids; empty where nothing was, or under another.
  public mutating func measurements(of session: Int64, key: [UInt8]) throws(AssayError) -> [Int64: KnownMeasurement] {
    do throws(SQLiteError) {
      try measurements.bind(1, session)
      try measurements.bind(2, blob: key.span)
      var known: [Int64: KnownMeasurement] = [:]
      while try measurements.step() {
        let text = measurements.text(2)
        guard let stored = lists.measurement(text) else { continue }
        known[measurements.int64(0)] = KnownMeasurement(
          measurement: stored, replay: measurements.optionalInt64(1), encoded: Array(text.utf8))
      }
      measurements.reset()
      return known
    } catch { throw Ledger.failure(error, path: path) }
  }

  private mutating func readStatements(
    of session: SessionEntry
  ) throws(SQLiteError) -> [StatementEntry] {
    let dialect = SQLDialect(engine: session.connection.engine)
    let chance = SessionChance(proxy: session.proxy, key: session.key)
    try statements.bind(1, session.id)
    var entries: [StatementEntry] = []
    while try statements.step() {
      let text = statements.int64(3)
      let result = RecordedResult(
        rows: statements.optionalInt64(11), rowsKind: RowsKind(code: statements.int64(12)) ?? .unknown,
        durationMicroseconds: statements.optionalInt64(13), error: try dictionaries.error(statements.optionalInt64(14)))
      let link = statements.optionalInt64(8).flatMap(ApprovalLink.init(code:))
      let approval = statements.optionalInt64(7).map { (id: $0, link: link ?? .recorded) }
      entries.append(
        StatementEntry(
          id: statements.int64(0), session: session.id, sequence: statements.int64(1),
          time: Timestamp(nanoseconds: statements.int64(2)), textID: text, sql: try dictionaries.text(text),
          parameters: statements.isNull(5) ? nil : Ledger.parameters(statements.bytes(5)),
          decision: try dictionaries.decision(statements.int64(4)),
          outcome: Outcome(code: statements.int64(6)) ?? .unknown,
          approval: approval, approved: statements.int64(9) != 0,
          result: statements.int64(10) == 0 ? nil : result, unit: statements.optionalInt64(15),
          completeness: Completeness(rawValue: UInt32(truncatingIfNeeded: statements.int64(16))), dialect: dialect,
          chance: chance.of(statements.int64(1))))
    }
    statements.reset()
    return entries
  }
}
