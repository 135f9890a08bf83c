import AuditTrail
import SQLAnalysis
import Testing

@Suite struct HostileTests {
  private func times(_ count: Int, _ text: String) -> String { String(repeating: text, count: count) }

  @Test func `nested a hundred thousand deep does not overrun the stack`() {
    for sql in [
      "SELECT " + times(100_000, "("), "SELECT " + times(100_000, "(") + "1" + times(100_000, ")"),
      "SELECT 1" + times(100_000, "+1"), "SELECT " + times(100_000, "- ") + "1", "SELECT 1" + times(100_000, "::int"),
      "SELECT " + times(100_000, "NOT ") + "true", "SELECT a" + times(100_000, "[1]"),
      "SELECT 1" + times(100_000, " UNION SELECT 1"), "SELECT * FROM a" + times(100_000, " JOIN a ON true"),
      "SELECT " + times(100_000, "CASE WHEN true THEN ") + "1" + times(100_000, " END"),
      times(100_000, "EXPLAIN ") + "SELECT 1", "SELECT a" + times(100_000, " IS NULL"),
      "DO $$ " + times(100_000, "BEGIN ") + times(100_000, "END; ") + "$$",
      "DO $$ BEGIN " + times(100_000, "IF true THEN ") + "DELETE FROM t; " + times(100_000, "END IF; ") + "END $$",
    ] {
      let facts = analyze(sql)
      #expect(facts.fingerprint.count == 16)
      #expect(facts.commandCount == 1)
    }
  }

  @Test func `of moderate depth is still read`() {
    #expect(analyze("SELECT " + times(200, "(SELECT ") + "1" + times(200, ")")).parsed)
    #expect(analyze("SELECT 1" + times(400, "+1")).parsed)
    #expect(analyze("SELECT 1 FROM t WHERE a = 0" + times(5_000, " OR a = 1")).parsed)
    #expect(analyze("INSERT INTO t VALUES (0, 'a')" + times(5_000, ", (1, 'b')")).parsed)
    #expect(analyze("SELECT 1" + times(500, " UNION ALL SELECT 2")).parsed)
  }

  @Test func `with a zero byte shows what is behind it`() {
    let facts = analyze("SELECT 1\u{0}; DROP TABLE t")
    #expect(!facts.parsed)
    #expect(facts.commands.map(\.kinds) == [[.select], [.drop]])
  }

  @Test func `of ten megabytes is counted, not parsed`() {
    let sql = "INSERT INTO t VALUES (1, 's3cret')" + times(700_000, ", (2, 's3cret')")
    #expect(sql.utf8.count > 10_000_000)
    let facts = analyze(sql)
    #expect(!facts.parsed)
    #expect(facts.kinds == [.insert])
    #expect(!facts.normalized.contains("s3cret"))
  }

  @Test func `that would multiply columns is given up, not computed`() {
    var doubling = "WITH c0 AS (SELECT a AS x FROM t)"
    for index in 1...60 { doubling += ", c\(index) AS (SELECT *, * FROM c\(index - 1))" }
    #expect(!analyze(doubling + " SELECT * FROM c60").parsed)
    var adding = "WITH c0 AS (SELECT a AS x FROM t)"
    for index in 1...60 { adding += ", c\(index) AS (SELECT x || x AS x FROM c\(index - 1))" }
    let facts = analyze(adding + " SELECT x FROM c60")
    #expect(facts.parsed)
    #expect(facts.commands.first?.outputs.map(\.description) == ["t.a"])
    let tables = (0..<3_000).map { "t\($0)" }.joined(separator: ", ")
    let columns = (0..<3_000).map { "c\($0)" }.joined(separator: ", ")
    #expect(!analyze("SELECT \(columns) FROM \(tables)").parsed)
  }

  @Test func `with predicates nested in predicates takes no longer for it`() {
    var predicate = "1"
    for _ in 0..<60 { predicate = "(\(predicate) BETWEEN 0 AND 2)::int" }
    #expect(analyze("DELETE FROM t WHERE \(predicate) = 1").parsed)
    var nullIf = "1"
    for _ in 0..<60 { nullIf = "NULLIF(\(nullIf), 2)" }
    #expect(analyze("DELETE FROM t WHERE \(nullIf) = 1").commands.map(\.predicate) == [.alwaysTrue])
  }

  @Test(arguments: [
    "\u{2018}s3cret\u{2019}", "\u{201C}s3cret\u{201D}", "\u{201E}s3cret", "\u{AB}s3cret\u{BB}", "s3cret\u{B4}",
    "\u{FF07}s3cret\u{FF07}", "\u{300C}s3cret\u{300D}", "\u{2032}s3cret\u{2032}", "\u{2018}ana@s3cret.example\u{2019}",
    "\u{2018}+49-s3cret-1\u{2019}",
    "\u{201C}a-s3cret-b\u{201D}",
  ])
  func `with a value in quotes of print has the value in no shape`(value: String) {
    let frames = [
      "SELECT * FROM t WHERE a = @", "UPDATE t SET a = @ WHERE b = 1", "INSERT INTO t VALUES (@)",
      "SELECT a AS @ FROM t",
      "DELETE FROM t WHERE a IN (@, 'x')", "CALL p(@)", "EXEC p @ @",
    ]
    for dialect in [SQLDialect.postgreSQL, .looseQuotes, .mySQL] {
      for frame in frames {
        let sql = frame.replacing("@", with: value)
        let other = analyze(frame.replacing("@", with: value.replacing("s3cret", with: "word")), as: dialect)
        var analyzer = Analyzer()
        _ = analyzer.analyze(frame.replacing("@", with: "'s3cret'"), as: dialect)
        for facts in [analyze(sql, as: dialect), analyzer.analyze(sql, as: dialect)] {
          #expect(!facts.normalized.contains("s3cret"), "\(sql)")
          #expect(facts.normalized == other.normalized)
          #expect(facts.fingerprint == analyze(sql, as: dialect).fingerprint)
        }
        #expect(!redact(sql, as: dialect).contains("s3cret"), "\(sql)")
      }
    }
    #expect(analyze("SELECT caf\u{e9}, o\u{2019}neill FROM t").normalized == "SELECT caf\u{e9}, o\u{2019}neill FROM t")
  }

  @Test func `of bytes that are no UTF-8 is not parsed`() {
    var analyzer = Analyzer()
    let facts = analyzer.analyze(Array("SELECT '".utf8) + [0xff, 0xfe] + Array("'".utf8))
    #expect(facts.normalized == "SELECT $1")
    #expect(facts.kinds == [.select])
  }
}
