public import AuditTrail
import SQLite

/// What is concluded over all archives together, after the last one: indexes, approvals' joins, reviews' outcomes, roll-up.
///
/// Every step starts from the stored records and overwrites what an earlier run concluded, so a run that was killed and
/// begun again ends with the ledger of an undisturbed one.
extension Ledger {
  /// Finishes loading. Readers see a ledger that is whole only after it.
  public borrowing func finishIngest() throws(AssayError) {
    do {
      guard try meta("finished") != "1" else { return }
      try database.begin()
      try database.execute(Schema.indexes)
      try linkApprovals()
      try concludeReviews()
      try moveApprovedContexts()
      if try meta("rollup_stale") == "1" { try rebuildRollup() }
      try flagChainGaps()
      try setMeta("rollup_stale", "0")
      try setMeta("finished", "1")
      try database.commit()
    } catch {
      throw Ledger.failure(error, path: path)
    }
  }

  /// Joins approvals to statements: as the archive names them, by session, then by person, connection and time.
  private borrowing func linkApprovals() throws(SQLiteError) {
    let recorded = Int64(ApprovalLink.allCases.firstIndex(of: .recorded) ?? 0)
    let inferred = Int64(ApprovalLink.allCases.firstIndex(of: .inferred) ?? 1)
    try write("UPDATE statements SET approval = NULL, approval_link = NULL WHERE approval IS NOT NULL", [])
    try write(
      """
      UPDATE statements SET approval_link = ?1, approval = (
        SELECT a.id FROM approvals a JOIN sessions se ON se.id = statements.session
        WHERE a.proxy = se.proxy AND a.key = statements.approval_key)
      WHERE approval_key IS NOT NULL
      """, [.integer(recorded)])
    try write("UPDATE statements SET approval_link = NULL WHERE approval IS NULL AND approval_link IS NOT NULL", [])
    // An approval that names a session is for the whole of it, unless it is bound to one unit's text.
    try write(
      """
      UPDATE statements SET approval = a.id, approval_link = ?1
      FROM approvals a JOIN sessions se ON se.proxy = a.proxy AND se.key = a.session_key
      WHERE statements.session = se.id AND statements.approval IS NULL
        AND (a.unit_sha256 IS NULL OR EXISTS (
          SELECT 1 FROM units u WHERE u.id = statements.unit AND u.sha256 = a.unit_sha256))
      """, [.integer(recorded)])
    // Just-in-time approvals name no session: joined to the sessions that the person opened on the connection from the
    // grant until the expiry; the latest grant before the opening counts. Statements after the expiry stay joined, so
    // that using an expired approval shows.
    try write(
      """
      UPDATE statements SET approval = j.approval, approval_link = ?1
      FROM (
        SELECT se.id AS session, a.id AS approval,
          row_number() OVER (PARTITION BY se.id ORDER BY a.granted_at DESC, a.id DESC) AS place
        FROM sessions se JOIN identities i ON i.id = se.identity JOIN connections c ON c.id = se.connection
          JOIN approvals a ON a.proxy = se.proxy AND a.session_key IS NULL AND a.requested_by = i.user
            AND a.connection = c.name AND a.granted_at IS NOT NULL AND a.granted_at <= se.opened
            AND (a.expires_at IS NULL OR se.opened <= a.expires_at) AND a.unit_sha256 IS NULL
      ) j
      WHERE j.place = 1 AND statements.session = j.session AND statements.approval IS NULL
      """, [.integer(inferred)])
  }

  /// Says what happened to each statement that waited for approval.
  private borrowing func concludeReviews() throws(SQLiteError) {
    func code(_ outcome: Outcome) -> LedgerValue {
      .integer(Int64(Outcome.allCases.firstIndex(of: outcome) ?? 0))
    }
    // It ran if it has a result without an error; where the archive holds no results, if an approval was granted.
    let absent = LedgerValue.integer(Int64(Completeness.resultsAbsent.rawValue))
    try write(
      """
      UPDATE statements SET outcome = CASE
        WHEN has_result = 1 AND error IS NULL THEN
          CASE WHEN EXISTS (SELECT 1 FROM approvals a WHERE a.id = statements.approval AND \(Self.inForce))
            THEN ?1 ELSE ?2 END
        WHEN has_result = 0 AND completeness & ?4 <> 0
          AND EXISTS (SELECT 1 FROM approvals a WHERE a.id = statements.approval AND \(Self.inForce)) THEN ?1
        ELSE ?3 END
      WHERE decision IN (SELECT id FROM decisions WHERE action = 'review')
      """, [code(.ran), code(.ranUnapproved), code(.notRun), absent])
  }

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
    var tables = try LoaderTables(database)
    var find = try database.prepare(
      """
      SELECT DISTINCT statements.context, c.identity, c.connection, c.client, c.purpose_given
      FROM statements JOIN approvals a ON a.id = statements.approval JOIN contexts c ON c.id = statements.context
      WHERE c.approved = 0 AND \(Self.inForce) ORDER BY 1
      """)
    var moves: [(from: Int64, to: Int64)] = []
    while try find.step() {
      let approved = try tables.contextID(
        identity: find.optionalInt64(1), connection: find.int64(2), client: find.int64(3),
        purposeGiven: find.int64(4) != 0, approved: true)
      moves.append((find.int64(0), approved))
    }
    for move in moves {
      try write(
        """
        UPDATE statements SET context = ?2 WHERE context = ?1
          AND EXISTS (SELECT 1 FROM approvals a WHERE a.id = statements.approval AND \(Self.inForce))
        """, [.integer(move.from), .integer(move.to)])
    }
    if !moves.isEmpty { try setMeta("rollup_stale", "1") }
  }

  /// A segment whose `previous` names no archive of the ledger has a gap before it, in whatever order they were read.
  private borrowing func flagChainGaps() throws(SQLiteError) {
    let isGap = """
      previous IS NOT NULL AND NOT EXISTS (SELECT 1 FROM archives b WHERE b.root = archives.previous AND b.id <> archives.id)
      """
    try database.execute(
      """
      UPDATE archives SET flags = (
        SELECT json_group_array(value) FROM (
          SELECT value FROM json_each(archives.flags) WHERE value <> 'chain_gap'
          UNION SELECT 'chain_gap' WHERE \(isGap) ORDER BY 1))
      WHERE previous IS NOT NULL
      """)
  }

  private borrowing func rebuildRollup() throws(SQLiteError) {
    try database.execute(
      """
      DELETE FROM rollup;
      INSERT INTO rollup SELECT text, context, decision, count(*), min(time), max(time)
        FROM statements GROUP BY text, context, decision;
      """)
  }
}
