import AuditTrail
import Ledger
import SQLAnalysis
import Testing

@Suite struct DialectTests {
  private static let sql = "DELETE FROM customers WHERE email = \"bob@example.org\""

  private func load(_ batches: [RecordBatch], into ledger: borrowing Ledger) throws {
    var analyzer = Analyzer()
    _ = try Fixture.load(batches, into: ledger) { sql, dialect in
      let facts = analyzer.analyze(sql, as: dialect)
      return ArchiveLoader.TextAnalysis(facts: facts, encoded: facts.encoded)
    }
  }

  private func opening(_ session: String, _ engine: String) -> SessionOpening {
    var opening = Fixture.opening(session)
    opening.connection.engine = engine
    return opening
  }

  private func shapes(_ ledger: borrowing Ledger) throws -> [[LedgerValue]] {
    try ledger.rows(
      """
      SELECT cn.engine, sh.normalized FROM statements s JOIN texts t ON t.id = s.text JOIN shapes sh ON sh.id = t.shape
        JOIN contexts c ON c.id = s.context JOIN connections cn ON cn.id = c.connection ORDER BY 1
      """)
  }

  @Test func `a text is read as its connection's engine reads it, and another engine's is another text`() throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    try load(
      [
        Fixture.batch(
          openings: [opening("m", "mysql"), opening("p", "postgresql")],
          statements: [Fixture.statement("m", 1, Self.sql), Fixture.statement("p", 1, Self.sql)])
      ], into: ledger)
    #expect(
      try shapes(ledger) == [
        [.text("mysql"), .text("DELETE FROM customers WHERE email = $1")],
        [.text("postgresql"), .text("DELETE FROM customers WHERE email = \"bob@example.org\"")],
      ])
    #expect(try ledger.rows("SELECT count(*), count(DISTINCT sql) FROM texts") == [[.integer(2), .integer(1)]])
  }

  @Test func `an opening that comes late has the texts before it read again`() throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    try load(
      [
        Fixture.batch(statements: [Fixture.statement("m", 1, Self.sql)]),
        Fixture.batch(openings: [opening("m", "mariadb")], statements: [Fixture.statement("m", 2, Self.sql)]),
      ], into: ledger)
    let shape = LedgerValue.text("DELETE FROM customers WHERE email = $1")
    #expect(try shapes(ledger) == [[.text("mariadb"), shape], [.text("mariadb"), shape]])
    #expect(try ledger.rows("SELECT statements FROM rollup") == [[.integer(2)]])
  }
}
