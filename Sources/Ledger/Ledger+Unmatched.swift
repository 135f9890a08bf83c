public import AuditTrail

/// A session of a database's log of which no proxy tells, or less than half.
public struct BypassingSession: Sendable, Hashable {
  /// The session, as the log tells of it.
  public var session: SessionEntry
  /// Its first statement.
  public var first: Timestamp
  /// Its statements.
  public var statements: Int64
  /// Those that a proxy tells of.
  public var matched: Int64
  /// Those from a time that no archive of a proxy reaches over.
  public var outside: Int64
}

/// A statement that ran by a proxy's word, and that the database's log does not hold though it reaches over that time.
public struct UnloggedStatement: Sendable, Hashable {
  /// The session's key.
  public var session: String
  /// Its number in the session.
  public var sequence: Int64
  /// When it was sent.
  public var time: Timestamp
  /// The connection.
  public var connection: String
  /// The text without its literals.
  public var shape: String
}

extension Ledger {
  /// Calls `body` with each session of a log that is not a witness of a proxy's, in the order of time.
  public borrowing func forEachBypass(_ body: (BypassingSession) throws(AssayError) -> Void) throws(AssayError) {
    var lists = StoredJSON()
    try query(
      """
      SELECT c.*, b.first, b.statements, b.matched, b.outside FROM (
        SELECT s.session, min(s.time) AS first, count(*) AS statements, count(r.statement) AS matched,
          sum(r.statement IS NULL AND s.time NOT BETWEEN x.proxy_first + x.skew AND x.proxy_last + x.skew) AS outside
        FROM sessions se JOIN parties p ON p.connection = se.connection AND p.is_log = 1
          JOIN reconciliations x ON x.party = p.party JOIN statements s ON s.session = se.id
          LEFT JOIN reconciled r ON r.statement = s.id
        WHERE se.id NOT IN (SELECT session FROM witnesses) GROUP BY s.session) b
        JOIN (\(Self.sessionColumns)) c ON c.id = b.session
      ORDER BY b.first, c.proxy, c.key
      """
    ) { (row) throws(AssayError) in
      let counts = row.suffix(4).map { $0.integer ?? 0 }
      try body(
        BypassingSession(
          session: Self.sessionEntry(row, &lists), first: Timestamp(nanoseconds: counts[0]), statements: counts[1],
          matched: counts[2], outside: counts[3]))
    }
  }

  /// Calls `body` with each statement that only a proxy tells of, in the order of time.
  public borrowing func forEachUnlogged(_ body: (UnloggedStatement) throws(AssayError) -> Void) throws(AssayError) {
    try query(
      """
      SELECT se.key, s.sequence, s.time, cn.name, h.normalized
      FROM parties p JOIN reconciliations x ON x.party = p.party JOIN connections cn ON cn.id = p.connection
        JOIN contexts c ON c.connection = p.connection JOIN statements s ON s.context = c.id
        JOIN sessions se ON se.id = s.session JOIN texts t ON t.id = s.text JOIN shapes h ON h.id = t.shape
      WHERE p.is_log = 0 AND s.outcome <> \(Outcome.notRun.code) AND s.id NOT IN (SELECT twin FROM reconciled)
        AND s.time BETWEEN x.log_first - x.skew AND x.log_last - x.skew
      ORDER BY s.time, se.proxy, se.key, s.sequence
      """
    ) { (row) throws(AssayError) in
      try body(
        UnloggedStatement(
          session: row[0].text ?? "", sequence: row[1].integer ?? 0, time: Timestamp(nanoseconds: row[2].integer ?? 0),
          connection: row[3].text ?? "", shape: row[4].text ?? ""))
    }
  }
}
