public import AuditTrail
import SQLite

/// What is concluded over all archives together, after the last one: indexes, approvals' joins, reviews' outcomes, roll-up.
///
/// Every step starts from the stored records and overwrites what an earlier run concluded, so a run that was killed and
/// begun again ends with the ledger of an undisturbed one.
extension Ledger {
  /// Finishes loading. Readers see a ledger that is whole only after it.
  public borrowing func finishIngest() throws(AssayError) {
    var nothing = Rollup()
    nothing.forgetAll()
    try finishIngest(&nothing, inTransaction: false)
  }

  /// Sorts take as much memory as the page cache and no more, and a second thread. SQLite unlinks its temporary files as it
  /// makes them (sqlite.org/tempfiles.html). To be called before a transaction.
  borrowing func sortOutsideOfMemory() throws(SQLiteError) {
    try database.execute("PRAGMA temp_store = FILE; PRAGMA threads = 1")
  }

  /// Sets how many pages are kept, by what they take. A sort outside of memory takes as much again, twice with its thread.
  borrowing func keepPages(megabytes: Int) throws(SQLiteError) {
    try database.execute("PRAGMA cache_size = -\(megabytes << 10)")
  }

  /// Finishes loading, with what the loader counted, in the transaction that is open or one of its own.
  borrowing func finishIngest(_ counted: inout Rollup, inTransaction: Bool) throws(AssayError) {
    do {
      guard try meta("finished") != "1" else { return }
      try lockForWriting()
      if !inTransaction {
        try sortOutsideOfMemory()
        try begin()
      }
      // Only approvals move statements to other contexts, so that they are counted again.
      if try hasRows("approvals") { counted.startCounting() }
      try keepPages(megabytes: 16)
      try database.execute(Schema.indexes)
      try linkApprovals()
      try concludeReviews()
      try moveApprovedContexts()
      if try meta("rollup_stale") == "1" { try rebuildRollup(&counted) }
      try flagChains()
      try setMeta("rollup_stale", "0")
      try setMeta("finished", "1")
      try commit()
      try database.execute("PRAGMA temp_store = MEMORY")
      try keepPages(megabytes: LedgerFile.cachedMegabytes)
      try useLog()
    } catch let error as AssayError {
      throw error
    } catch let error as SQLiteError {
      throw Ledger.failure(error, path: path)
    } catch {
      throw AssayError(.internalFault, "An unknown failure in finishing a load.", at: Place(path))
    }
  }

  /// Joins approvals to statements: as the archive names them, by session, then by person, connection and time.
  ///
  /// Each step starts from the approvals, or from a sparse index: nothing here costs more for statements without one.
  private borrowing func linkApprovals() throws(SQLiteError) {
    let (recorded, inferred) = (ApprovalLink.recorded.code, ApprovalLink.inferred.code)
    try write(
      """
      UPDATE OR ROLLBACK statements INDEXED BY statements_by_approval
      SET approval = NULL, approval_link = NULL, outcome = CASE
        WHEN decision NOT IN (SELECT id FROM decisions WHERE action = 'review') THEN outcome
        WHEN has_result = 1 AND error IS NULL THEN ?1 ELSE ?2 END
      WHERE approval IS NOT NULL
      """, [Self.code(.ranUnapproved), Self.code(.notRun)])
    try write(
      """
      UPDATE OR ROLLBACK statements INDEXED BY statements_by_approval_key SET approval_link = ?1, approval = (
        SELECT a.id FROM approvals a JOIN sessions se ON se.id = statements.session
        WHERE a.proxy = se.proxy AND a.key = statements.approval_key)
      WHERE approval_key IS NOT NULL
      """, [.integer(recorded)])
    try write(
      """
      UPDATE OR ROLLBACK statements INDEXED BY statements_by_approval_key SET approval_link = NULL
      WHERE approval_key IS NOT NULL AND approval IS NULL
      """, [])
    // An approval that names a session is for the whole of it, unless it is bound to one unit's text; of several the
    // closest fits: one for the unit, then the latest grant.
    try link(
      recorded,
      pairs: """
        SELECT se.id, a.id FROM approvals a JOIN sessions se ON se.proxy = a.proxy AND se.key = a.session_key
        ORDER BY se.id, a.unit_sha256 IS NULL, a.granted_at DESC, a.id DESC
        """)
    // Just-in-time approvals name no session: joined to the sessions that the person opened on the connection from the
    // grant until the expiry; the latest grant before the opening counts. Statements after the expiry stay joined, so
    // that using an expired approval shows. (The plus signs have SQLite look approvals up by person, not by proxy.)
    try link(
      inferred,
      pairs: """
        SELECT session, approval FROM (
          SELECT se.id AS session, a.id AS approval,
            row_number() OVER (PARTITION BY se.id ORDER BY a.granted_at DESC, a.id DESC) AS place
          FROM sessions se JOIN identities i ON i.id = se.identity AND i.recorded_basis <> 'login'
            JOIN connections c ON c.id = se.connection
            JOIN approvals a ON +a.proxy = +se.proxy AND a.session_key IS NULL AND a.requested_by = i.user
              AND a.connection = c.name AND a.granted_at IS NOT NULL AND a.granted_at <= se.opened
              AND (a.expires_at IS NULL OR se.opened <= a.expires_at) AND a.unit_sha256 IS NULL)
        WHERE place = 1 ORDER BY session
        """)
  }

  /// Joins each session's statements that have no approval yet to the approval it is paired with.
  private borrowing func link(_ link: Int64, pairs: String) throws(SQLiteError) {
    guard try hasRows("approvals") else { return }
    var found: [(session: Int64, approval: Int64)] = []
    var find = try database.prepare(pairs)
    while try find.step() { found.append((find.int64(0), find.int64(1))) }
    var join = try database.prepare(
      """
      UPDATE OR ROLLBACK statements SET approval = ?2, approval_link = ?3
      WHERE session = ?1 AND approval IS NULL AND EXISTS (
        SELECT 1 FROM approvals a WHERE a.id = ?2 AND (a.unit_sha256 IS NULL OR EXISTS (
          SELECT 1 FROM units u WHERE u.id = statements.unit AND u.sha256 = a.unit_sha256)))
      """, persistent: true)
    for pair in found {
      try join.bind(1, pair.session)
      try join.bind(2, pair.approval)
      try join.bind(3, link)
      try join.run()
    }
  }

  private borrowing func hasRows(_ table: String) throws(SQLiteError) -> Bool {
    var find = try database.prepare("SELECT 1 FROM \(table) LIMIT 1")
    return try find.step()
  }

  /// Says what happened to each statement that waited for approval and has one now; without one it stays as the loader
  /// found it, see `ArchiveLoader.outcome(of:)`.
  private borrowing func concludeReviews() throws(SQLiteError) {
    // It ran if it has a result without an error; where the archive holds no results, if an approval was granted.
    let absent = LedgerValue.integer(Int64(Completeness.resultsAbsent.rawValue))
    let outcome = """
      CASE
        WHEN has_result = 1 AND error IS NULL THEN
          CASE WHEN EXISTS (SELECT 1 FROM approvals a WHERE a.id = statements.approval AND \(Self.inForce))
            THEN ?1 ELSE ?2 END
        WHEN has_result = 0 AND completeness & ?4 <> 0
          AND EXISTS (SELECT 1 FROM approvals a WHERE a.id = statements.approval AND \(Self.inForce)) THEN ?1
        ELSE ?3 END
      """
    // (OR ROLLBACK: nothing is kept for undoing this one statement alone.)
    try write(
      """
      UPDATE OR ROLLBACK statements INDEXED BY statements_by_approval SET outcome = \(outcome)
      WHERE approval IS NOT NULL AND decision IN (SELECT id FROM decisions WHERE action = 'review')
      """, [Self.code(.ran), Self.code(.ranUnapproved), Self.code(.notRun), absent])
  }

  private static func code(_ outcome: Outcome) -> LedgerValue { .integer(outcome.code) }

  /// Whether approval `a` was granted and in force when the statement ran; as `Approval.isInForce(at:)` says.
  static let inForce = """
    a.status IN ('approved', 'expired', 'revoked') AND a.granted_at IS NOT NULL AND a.granted_at <= statements.time \
    AND (a.valid_from IS NULL OR a.valid_from <= statements.time) \
    AND (a.expires_at IS NULL OR statements.time <= a.expires_at) \
    AND (a.status <> 'revoked' OR statements.time < (SELECT coalesce(min(r.time), statements.time) \
    FROM approval_decisions r WHERE r.approval = a.id AND r.decision = 'revoked'))
    """

  /// A statement that ran under an approval in force has the context `approved`.
  private borrowing func moveApprovedContexts() throws(SQLiteError) {
    var find = try database.prepare(
      """
      SELECT DISTINCT statements.context, c.identity, c.connection, c.client, c.purpose_given
      FROM statements INDEXED BY statements_by_approval JOIN approvals a ON a.id = statements.approval
        JOIN contexts c ON c.id = statements.context
      WHERE statements.approval IS NOT NULL AND c.approved = 0 AND \(Self.inForce) ORDER BY 1
      """)
    guard try find.step() else { return }
    var tables = try LoaderTables(database, seals)
    try database.execute("CREATE TEMP TABLE moves (source INTEGER PRIMARY KEY, target INTEGER NOT NULL)")
    repeat {
      let approved = try tables.contextID(
        identity: find.optionalInt64(1), connection: find.int64(2), client: find.int64(3),
        purposeGiven: find.int64(4) != 0, approved: true)
      try write("INSERT INTO moves VALUES (?1, ?2)", [.integer(find.int64(0)), .integer(approved)])
    } while try find.step()
    try write(
      """
      UPDATE OR ROLLBACK statements INDEXED BY statements_by_approval
      SET context = (SELECT target FROM moves WHERE source = statements.context)
      WHERE approval IS NOT NULL AND context IN (SELECT source FROM moves)
        AND EXISTS (SELECT 1 FROM approvals a WHERE a.id = statements.approval AND \(Self.inForce))
      """, [])
    try database.execute("DROP TABLE moves")
    try setMeta("rollup_stale", "1")
  }

  /// A segment whose `previous` names no archive of the ledger has a gap before it, in whatever order they were read. Where
  /// another one follows the same segment, the chain forks: one of them was made instead of the other.
  private borrowing func flagChains() throws(SQLiteError) {
    let isGap = """
      previous IS NOT NULL AND NOT EXISTS (SELECT 1 FROM archives b WHERE b.root = archives.previous AND b.id <> archives.id)
      """
    let isFork = """
      EXISTS (SELECT 1 FROM archives b WHERE b.previous = archives.previous AND b.root <> archives.root)
      """
    try database.execute(
      """
      UPDATE archives SET flags = (
        SELECT json_group_array(value) FROM (
          SELECT value FROM json_each(archives.flags) WHERE value NOT IN ('chain_gap', 'chain_fork')
          UNION SELECT 'chain_gap' WHERE \(isGap) UNION SELECT 'chain_fork' WHERE \(isFork) ORDER BY 1))
      WHERE previous IS NOT NULL
      """)
  }

  /// Counts every statement again: as the loader remembers them, or by reading them again. In memory: a sort of all
  /// statements would take several times as long.
  private borrowing func rebuildRollup(_ counted: inout Rollup) throws(SQLiteError) {
    try seals.empty(["rollup"], in: database)
    var tables = try LoaderTables(database, seals)
    if counted.recount(statements: try statementCount(), moved: try approvedContexts()) {
      return try counted.flush(to: &tables)
    }
    var rollup = Rollup()
    var find = try database.prepare("SELECT text, context, decision, time, id FROM statements")
    while try find.step() {
      let key = RollupKey(text: find.int64(0), context: find.int64(1), decision: find.int64(2))
      if !rollup.add(key, statement: find.int64(4), time: find.int64(3)) {
        try tables.addToRollup(key, RollupValue(of: find.int64(3)))
      }
      if rollup.isFull {
        try rollup.flush(to: &tables)
        rollup.forgetAll()
      }
    }
    try rollup.flush(to: &tables)
  }

  /// How many statements there are; ids are given without gaps.
  private borrowing func statementCount() throws(SQLiteError) -> Int64 {
    var find = try database.prepare("SELECT coalesce(max(id), 0) FROM statements")
    try find.step()
    return find.int64(0)
  }

  /// The contexts of the statements that have an approval: no others were moved.
  private borrowing func approvedContexts() throws(SQLiteError) -> [(statement: Int64, context: Int64)] {
    var contexts: [(statement: Int64, context: Int64)] = []
    var find = try database.prepare(
      "SELECT id, context FROM statements INDEXED BY statements_by_approval WHERE approval IS NOT NULL")
    while try find.step() { contexts.append((find.int64(0), find.int64(1))) }
    return contexts
  }
}
