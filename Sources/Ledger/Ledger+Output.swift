public import AuditTrail
import SQLite

/// What archives' own records of output hold.
extension Ledger {
  /// Stores what was recognised in a session's output; of two archives of the session the one counts that shows more.
  borrowing func insert(_ finding: OutputFinding, session: Int64) throws(SQLiteError) {
    try write(
      """
      INSERT INTO recorded_outputs (session, detector, count) VALUES (?1, ?2, ?3)
      ON CONFLICT DO UPDATE SET count = max(count, excluded.count)
      """,
      [.integer(session), .text(finding.detector), .integer(finding.count)])
  }

  /// What was recognised in a session's recorded output, in order of the detectors' names.
  public borrowing func recordedOutput(of session: Int64) throws(AssayError) -> [OutputFinding] {
    var found: [OutputFinding] = []
    try query(
      """
      SELECT se.key, r.detector, r.count FROM recorded_outputs r JOIN sessions se ON se.id = r.session
      WHERE r.session = ?1 ORDER BY r.detector
      """, [.integer(session)]
    ) { row in
      found.append(
        OutputFinding(session: row[0].text ?? "", detector: row[1].text ?? "", count: row[2].integer ?? 0))
    }
    return found
  }

  /// The finding `recorded_output` of each session whose recorded output holds something, at its first statement.
  public borrowing func recordedOutputFindings(_ period: Period?) throws(AssayError) -> [Finding] {
    var found: [Finding] = []
    var (session, statement, parts): (Int64?, Int64, [String]) = (nil, 0, [])
    func end() {
      guard let session else { return }
      found.append(
        Finding(
          kind: "recorded_output", session: session, statement: statement,
          detail:
            "the output that the archive holds of this session shows \(parts.joined(separator: ", ")); the client "
            + "saw it"))
    }
    try query(
      """
      SELECT r.session, f.statement, r.detector, r.count
      FROM recorded_outputs r JOIN (SELECT session, min(sequence), id AS statement, time FROM statements
        WHERE session IN (SELECT session FROM recorded_outputs) GROUP BY session) f ON f.session = r.session
      WHERE f.time >= ?1 AND f.time < ?2 ORDER BY r.session, r.detector
      """,
      [
        .integer(period?.start.nanoseconds ?? .min), .integer(period?.end.nanoseconds ?? .max),
      ]
    ) { row in
      if row[0].integer != session {
        end()
        (session, statement, parts) = (row[0].integer, row[1].integer ?? 0, [])
      }
      parts.append("\(row[3].integer ?? 0) \(row[2].text ?? "")")
    }
    end()
    return found
  }
}
