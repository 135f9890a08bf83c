import AuditTrail
import Ledger

extension LedgerTotals {
  /// Counts the ledger's tables.
  init(_ ledger: borrowing Ledger, _ period: Period) throws(AssayError) {
    let bounds: [Cell] = [.time(period.start), .time(period.end)]
    self.init()
    rejectedKept = try ledger.count("SELECT count(*) FROM rejected", [])
    recordsRead = try ledger.count("SELECT coalesce(sum(records), 0) FROM archives", [])
    recordsStored = try ledger.count(
      """
      SELECT (SELECT count(*) FROM statements) + (SELECT count(*) FROM sessions WHERE opening_digest IS NOT NULL)
        + (SELECT count(*) FROM sessions WHERE closed IS NOT NULL) + (SELECT count(*) FROM approvals)
        + (SELECT count(*) FROM policy_changes) + (SELECT count(*) FROM access_changes)
        + (SELECT count(*) FROM heartbeats)
      """, [])
    statements = try ledger.count("SELECT count(*) FROM statements", [])
    rolledUp = try ledger.count("SELECT coalesce(sum(statements), 0) FROM rollup", [])
    before = try ledger.count("SELECT count(*) FROM statements WHERE time < ?1", [bounds[0]])
    inside = try ledger.count("SELECT count(*) FROM counted_statements WHERE time >= ?1 AND time < ?2", bounds)
    let all = try ledger.count("SELECT count(*) FROM statements WHERE time >= ?1 AND time < ?2", bounds)
    if all > inside { witnessed = all - inside }
    after = try ledger.count("SELECT count(*) FROM statements WHERE time >= ?1", [bounds[1]])
    joined = try ledger.count("SELECT count(*) FROM statement_view WHERE time >= ?1 AND time < ?2", bounds)
    var counts: [String: Int64] = [:]
    try ledger.query(
      "SELECT action, count(*) FROM statement_view WHERE time >= ?1 AND time < ?2 GROUP BY action",
      bounds.map(\.ledgerValue)
    ) { row in counts[row[0].text ?? ""] = row[1].integer ?? 0 }
    decided = Action.allCases.map { ActionCount(action: $0, statements: counts[$0.rawValue] ?? 0) }
  }
}
