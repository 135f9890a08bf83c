import AuditTrail
import SQLAnalysis
import Testing

/// SQLite takes text in double quotes for a value where no column has the name.
@Suite struct LooseQuotesTests {
  @Test(arguments: [
    "SELECT %", "SELECT * FROM t WHERE a = %", "SELECT * FROM t WHERE a IN ('b', %)", "SELECT upper(%) FROM t",
    "INSERT INTO t (a, b) VALUES (1, %)", "UPDATE t SET a = % WHERE b = 2", "DELETE FROM t WHERE a LIKE %",
    "SELECT CASE WHEN a = % THEN 1 END FROM t", "SELECT 1; SELECT 2 WHERE % = a", "SELECT a FROM t ORDER BY %",
    "CREATE TABLE t (a text DEFAULT (%))", "SELECT a FROM t GROUP BY a HAVING max(b) > %",
    "WITH x AS (SELECT % AS a) SELECT * FROM x", "INSERT INTO t VALUES (1) RETURNING %", "SELEC %",
    "SELECT a FROM t WHERE a = %; SELEC b FRM c",
  ])
  func `no value in double quotes is in its shape or its redacted form`(frame: String) {
    let secret = "Smith zq7xw"
    let sql = frame.replacing("%", with: "\"\(secret)\"")
    #expect(!analyze(sql, as: .looseQuotes).normalized.contains(secret))
    #expect(!redact(sql, as: .looseQuotes).contains(secret))
    let other = frame.replacing("%", with: "\"another\"")
    #expect(analyze(sql, as: .looseQuotes).fingerprint == analyze(other, as: .looseQuotes).fingerprint)
  }

  @Test(arguments: [
    "SELECT \"t\".\"a b\" FROM \"t\"", "INSERT INTO \"t\"(\"a b\", \"c\") VALUES ($1, $2)",
    "UPDATE \"t\" SET \"a b\" = $1 WHERE \"t\".\"id\" = $2", "CREATE TABLE \"t\"(\"a b\" text)",
    "DROP TABLE IF EXISTS \"a b\"", "SELECT count(*) AS \"how many\" FROM \"a b\"",
  ])
  func `what can only be a name stays`(sql: String) {
    #expect(analyze(sql, as: .looseQuotes).normalized == sql)
  }

  @Test func `without double quotes a text says what it says on PostgreSQL`() throws {
    for text in try Case.all() where !text.sql.contains("\"") {
      #expect(analyze(text.sql, as: .looseQuotes) == analyze(text.sql), "\(text.sql)")
    }
  }
}
