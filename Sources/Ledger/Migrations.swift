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
    // The last step names the tables as they are now; who adds another one writes them out here first.
    Migration(
      version: 6, name: "databases' logs stand beside what proxies tell",
      sql: "DROP VIEW statement_view; \(Schema.reconciliation) \(Schema.statementView)"),
  ]

  /// The oldest version that opens.
  static let oldest = all.map(\.version).min() ?? Schema.version

  /// Takes the steps that a ledger of that version needs, in the transaction that is open.
  static func migrate(_ database: borrowing SQLiteDatabase, from version: Int) throws(SQLiteError) {
    for step in all.sorted(by: { $0.version < $1.version }) where step.version >= version {
      try database.execute(step.sql)
    }
  }
}
