public import AuditTrail
import SQLite

/// What a ledger that is cut down shows in place of what the whole one holds.
public struct LedgerRedaction: Sendable {
  /// A text and its facts; `isPostgreSQL` says whether every connection that saw it is of that engine.
  public var statement:
    @Sendable (_ sql: String, _ facts: [UInt8], _ isPostgreSQL: Bool) throws(AssayError) -> Statement
  /// A shape.
  public var shape: @Sendable (String) -> String
  /// Any other name.
  public var name: @Sendable (String) -> String
  /// What was measured.
  public var effect: @Sendable (Effect) -> Effect

  /// A text with its facts.
  public struct Statement: Sendable {
    /// The text.
    public var sql: String
    /// Its facts, encoded.
    public var facts: [UInt8]

    /// A text.
    public init(sql: String, facts: [UInt8]) {
      self.sql = sql
      self.facts = facts
    }
  }

  /// A redaction.
  public init(
    statement: @escaping @Sendable (String, [UInt8], Bool) throws(AssayError) -> Statement,
    shape: @escaping @Sendable (String) -> String, name: @escaping @Sendable (String) -> String,
    effect: @escaping @Sendable (Effect) -> Effect
  ) {
    self.statement = statement
    self.shape = shape
    self.name = name
    self.effect = effect
  }
}

/// How much a ledger that was cut down holds.
public struct CutDown: Sendable, Hashable {
  /// Statements that it counts.
  public var statements: Int64
  /// Rows that count them.
  public var entries: Int64
  /// Distinct texts.
  public var texts: Int64
}

extension Ledger {
  /// Writes the distinct traffic, and what it was measured to do, into a new ledger at `path`: enough for a diff. The ledger is
  /// there when it is whole.
  ///
  /// - Parameters:
  ///   - borders: entries are apart by these times, ascending, so that a diff can tell what lies before and after.
  ///   - redaction: what is shown in place of literals and names; `nil` leaves them.
  public borrowing func cutDown(
    to path: String, borders: [Timestamp], redaction: LedgerRedaction?
  ) throws(AssayError) -> CutDown {
    let file = try WholeFile(path)
    let cut = try write(to: file.temporaryPath, of: path, borders, redaction)
    try file.place()
    return cut
  }

  /// Writes the new ledger to the file that becomes `path`, and closes it.
  private borrowing func write(
    to temporaryPath: String, of path: String, _ borders: [Timestamp], _ redaction: LedgerRedaction?
  ) throws(AssayError) -> CutDown {
    do {
      let target = try Ledger(path: temporaryPath, create: true)
      try target.begin()
      try copyDictionaries(to: target, redaction)
      try rollUpStatements(into: target.database, borders: borders.map(\.nanoseconds).sorted())
      try copySessions(to: target, redaction)
      if let redaction { try target.redactEffects(redaction) }
      try target.setMeta("traffic", "current")
      try target.setMeta("cut_down", "1")
      if redaction != nil { try target.setMeta("redacted", "1") }
      try target.commit()
      // Anew, so that nothing is in the file that was written and changed; with small pages, as it is small.
      try target.database.execute("PRAGMA page_size = 4096; VACUUM")
      let counts = try target.rows(
        "SELECT coalesce(sum(statements), 0), count(*), (SELECT count(*) FROM texts) FROM traffic")
      let integers = counts.first?.map { $0.integer ?? 0 } ?? [0, 0, 0]
      return CutDown(statements: integers[0], entries: integers[1], texts: integers[2])
    } catch let error as AssayError {
      guard error.place?.path == temporaryPath else { throw error }
      throw AssayError(error.code, error.message, at: Place(path), cause: error.cause)
    } catch let error as SQLiteError {
      throw Ledger.failure(error, path: path)
    } catch {
      throw AssayError(.internalFault, "An unknown failure in cutting a ledger down.", at: Place(path))
    }
  }

  private borrowing func copyDictionaries(
    to target: borrowing Ledger, _ redaction: LedgerRedaction?
  ) throws {
    try copyTexts(to: target, redaction)
    let name = { (value: LedgerValue) -> LedgerValue in
      guard let redaction, case .text(let text) = value else { return value }
      return .text(redaction.name(text))
    }
    // A digest of what is not shown would let it be guessed: the row's number is in its place.
    let digest = redaction == nil ? "digest" : "CAST(id AS BLOB)"
    let user = redaction == nil ? "user" : "kind || '-' || id"
    try copy(
      to: target, "identities", 10,
      "SELECT id, \(digest), \(user), kind, kind_basis, kind, kind_basis, groups, mfa, NULL FROM identities ORDER BY id"
    ) { row in row.indices.map { $0 == 7 || $0 == 8 ? name(row[$0]) : row[$0] } }
    try copy(
      to: target, "connections", 10,
      """
      SELECT id, \(digest), proxy, name, engine, database, database_user, environment, environment, tags
      FROM connections ORDER BY id
      """
    ) { row in row.indices.map { $0 > 2 ? name(row[$0]) : row[$0] } }
    // Where someone sat and with what program says who it was.
    let client = redaction == nil ? "address, application" : "NULL, NULL"
    try copy(to: target, "clients", 4, "SELECT id, \(digest), \(client) FROM clients ORDER BY id") { $0 }
    let message = redaction == nil ? "message" : "NULL"
    try copy(
      to: target, "decisions", 8,
      "SELECT id, \(digest), action, rule, policy, policy_version, \(message), masked FROM decisions ORDER BY id"
    ) { row in row.indices.map { $0 > 2 ? name(row[$0]) : row[$0] } }
    try copy(
      to: target, "contexts", 7,
      "SELECT id, \(digest), identity, connection, client, purpose_given, approved FROM contexts ORDER BY id"
    ) { $0 }
  }

  private borrowing func copyTexts(to target: borrowing Ledger, _ redaction: LedgerRedaction?) throws {
    guard let redaction else {
      try copy(to: target, "shapes", 4, "SELECT id, digest, fingerprint, normalized FROM shapes ORDER BY id") { $0 }
      try copy(to: target, "texts", 7, "SELECT id, digest, sql, shape, parsed, kinds, facts FROM texts ORDER BY id") {
        $0
      }
      return
    }
    try copy(to: target, "shapes", 4, "SELECT id, CAST(id AS BLOB), fingerprint, normalized FROM shapes ORDER BY id") {
      [$0[0], $0[1], $0[2], .text(redaction.shape($0[3].text ?? ""))]
    }
    try copy(
      to: target, "texts", 7,
      """
      SELECT id, CAST(id AS BLOB), sql, shape, parsed, kinds, facts, NOT EXISTS (
        SELECT 1 FROM rollup r JOIN contexts c ON c.id = r.context JOIN connections n ON n.id = c.connection
        WHERE r.text = texts.id AND n.engine NOT LIKE 'postgres%')
      FROM texts ORDER BY id
      """
    ) { row in
      guard case .bytes(let facts) = row[6] else {
        throw AssayError(.ledger, "The ledger holds a text without facts; make it again with `assay ingest`.")
      }
      let statement = try redaction.statement(row[2].text ?? "", facts, row[7].integer == 1)
      return [row[0], row[1], .text(statement.sql), row[3], row[4], row[5], .bytes(statement.facts)]
    }
  }

  private borrowing func copy(
    to target: borrowing Ledger, _ table: String, _ columns: Int, _ sql: String,
    _ change: ([LedgerValue]) throws -> [LedgerValue]
  ) throws {
    let marks = (1...columns).map { "?\($0)" }.joined(separator: ", ")
    var insert = try target.database.prepare("INSERT INTO \(table) VALUES (\(marks))", persistent: true)
    for row in try rows(sql) { try insert.run(try change(row)) }
  }

  /// The sessions that examples name.
  private borrowing func copySessions(to target: borrowing Ledger, _ redaction: LedgerRedaction?) throws {
    let ids = try target.rows("SELECT id FROM traffic").compactMap { $0.first?.integer }
    var named: Set<Int64> = []
    try target.forEachPlaces(ofEntries: ids) { _, places in named.formUnion(places.examples.map(\.session)) }
    var find = try database.prepare("SELECT proxy, key, connection, client FROM sessions WHERE id = ?1")
    for id in named.sorted() {
      try find.bind(1, id)
      guard try find.step() else { continue }
      let key = find.text(1)
      // Two keys that differ in what is not shown stay apart.
      let shown = redaction.map { $0.name(key) } ?? key
      try target.write(
        """
        INSERT INTO sessions (id, proxy, key, connection, client, last_sequence, archive, entry)
        VALUES (?1, ?2, ?3, ?4, ?5, 0, 0, 0)
        """,
        [
          .integer(id), .text(find.text(0)), .text(shown == key ? key : "\(shown)-\(id)"), .integer(find.int64(2)),
          .integer(find.int64(3)),
        ])
      find.reset()
    }
  }

  private borrowing func redactEffects(_ redaction: LedgerRedaction) throws {
    var stored = StoredJSON()
    for row in try rows("SELECT id, effect FROM traffic_effects ORDER BY id") {
      guard let measured = stored.measurement(row[1].text ?? "") else { continue }
      var bytes: [UInt8] = []
      encode(
        GradedStatement(
          statement: 0, replay: nil, effect: redaction.effect(measured.effect), verdict: Verdict(.ungraded),
          isReadOnly: measured.isReadOnly, sensitiveOutputs: measured.sensitiveOutputs), into: &bytes)
      try write(
        "UPDATE traffic_effects SET effect = ?2 WHERE id = ?1",
        [row[0], .text(String(decoding: bytes, as: UTF8.self))])
    }
  }
}
