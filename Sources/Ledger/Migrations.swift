import AuditTrail
import SQLite

/// A step from the tables of one version to those of the next. Steps stay as they are for ever: a ledger of any version
/// that is listed here opens, and every row of it is kept.
struct Migration: Sendable {
  /// The version that it begins with; the next one is one more.
  let version: Int
  /// What it brings, in words.
  let name: String
  /// The commands that make it so. Rows that they write are followed by no digest, so they write none.
  let sql: String

  /// All steps, from the oldest version that opens.
  static let all = [
    Migration(
      version: 5, name: "sessions keep what their measurements depend on",
      sql: "CREATE TABLE measured_sessions (session INTEGER PRIMARY KEY, key BLOB NOT NULL);"),
    Migration(version: 6, name: "databases' logs are held against what proxies tell", sql: reconciliation),
    // The last step names the tables as they are now; who adds another one writes them out here first.
    Migration(version: 7, name: "cursors say how far other systems were sent it", sql: Schema.exports),
  ]

  /// The oldest version that opens.
  static let oldest = all.map(\.version).min() ?? Schema.version

  /// Takes the steps that a ledger of that version needs, in the transaction that is open.
  static func migrate(_ database: borrowing SQLiteDatabase, from version: Int) throws(SQLiteError) {
    for step in all.sorted(by: { $0.version < $1.version }) where step.version >= version {
      try database.execute(step.sql)
    }
  }

  private static let reconciliation = """
    DROP VIEW statement_view;
    CREATE TABLE reconciliations (
      party INTEGER PRIMARY KEY, basis TEXT NOT NULL, skew INTEGER NOT NULL, least_skew INTEGER, most_skew INTEGER,
      compared INTEGER NOT NULL, window INTEGER NOT NULL,
      proxy_first INTEGER, proxy_last INTEGER, log_first INTEGER, log_last INTEGER);
    CREATE TABLE parties (connection INTEGER PRIMARY KEY, party INTEGER NOT NULL, is_log INTEGER NOT NULL);
    CREATE TABLE reconciled (statement INTEGER PRIMARY KEY, twin INTEGER NOT NULL UNIQUE);
    CREATE TABLE witnesses (session INTEGER PRIMARY KEY);
    CREATE VIEW counted_sessions AS SELECT * FROM sessions WHERE id NOT IN (SELECT session FROM witnesses);
    CREATE VIEW counted_statements AS SELECT * FROM statements WHERE session NOT IN (SELECT session FROM witnesses);
    CREATE VIEW statement_view AS
      SELECT s.id, se.proxy, se.key AS session_key, s.session, s.sequence, s.time, s.text, t.shape, t.parsed, t.kinds,
        d.action, d.rule, d.policy, d.policy_version, d.masked, o.name AS outcome, s.has_result, s.rows,
        rk.name AS rows_kind, s.duration, e.sqlstate, s.error IS NOT NULL AS failed, s.unit, s.unit_position,
        s.completeness, s.archive, s.entry, s.approval, al.name AS approval_link, c.approved, c.purpose_given,
        cn.name AS connection, cn.engine, cn.environment, i.user, i.kind AS identity_kind, i.kind_basis,
        v.verdict, v.reason AS verdict_reason, v.severity, v.kind AS harm_kind, v.fate, v.would_disclose,
        v.approval AS approval_standing, v.approval_scope, m.rows_destroyed, m.kept, m.leak, m.basis
      FROM statements s
        JOIN sessions se ON se.id = s.session JOIN texts t ON t.id = s.text JOIN decisions d ON d.id = s.decision
        JOIN contexts c ON c.id = s.context JOIN connections cn ON cn.id = c.connection
        JOIN outcomes o ON o.id = s.outcome JOIN rows_kinds rk ON rk.id = s.rows_kind
        LEFT JOIN identities i ON i.id = c.identity LEFT JOIN errors e ON e.id = s.error
        LEFT JOIN approval_links al ON al.id = s.approval_link
        LEFT JOIN verdicts v ON v.statement = s.id LEFT JOIN measurements m ON m.statement = s.id
      WHERE s.session NOT IN (SELECT session FROM witnesses);
    """
}
