import AuditTrail
import SeededRandom
import SQLAnalysis
import Testing

@Suite struct MySQLTests {
  @Test func `facts of MySQL texts are those that the case file lists`() throws {
    let cases = try Case.read("mysql")
    #expect(cases.count > 25)
    for expected in cases {
      let facts = analyze(expected.sql, as: .mySQL)
      let parsed = expected.parsed ?? true
      #expect(facts.parsed == parsed, "\(expected.sql)")
      #expect(
        facts.commands.map { lines($0) } == expected.commands.map { lines($0, parsed: parsed) }, "\(expected.sql)")
      if let shape = expected.shape { #expect(facts.normalized == shape, "\(expected.sql)") }
    }
  }

  @Test(arguments: [
    ("mysql", SQLDialect.mySQL), ("MySQL", .mySQL), ("mariadb", .mySQL), ("aurora-mysql", .mySQL),
    ("postgresql", .postgreSQL), ("oracle", .postgreSQL), ("", .postgreSQL), ("sqlite", .looseQuotes),
    ("SQLite3", .looseQuotes), ("mssql", .looseQuotes),
  ])
  func `an engine's name says the dialect`(engine: String, dialect: SQLDialect) {
    #expect(SQLDialect(engine: engine) == dialect)
  }

  @Test func `its shape is its own shape, and plain SQL says the same in both`() throws {
    for text in try Case.read("mysql") {
      let facts = analyze(text.sql, as: .mySQL)
      let again = analyze(facts.normalized, as: .mySQL)
      if facts.parsed, !again.parsed { continue }
      #expect(again.normalized == facts.normalized, "\(text.sql)")
    }
    for sql in [
      "SELECT a, b FROM t WHERE a = 1 AND b LIKE 'x%' ORDER BY a LIMIT 5", "UPDATE t SET a = 1", "DELETE FROM t",
      "WITH x AS (SELECT a FROM t) SELECT * FROM x JOIN u USING (a)", "DROP TABLE t", "TRUNCATE TABLE t",
      "GRANT SELECT ON t TO bob",
    ] {
      #expect(analyze(sql, as: .mySQL) == analyze(sql), "\(sql)")
    }
  }

  /// Text of an engine whose mode is not known must not show what any of its modes holds for a value.
  @Test func `no value of it is in its shape or its redacted form`() {
    var random = SplitMix64(seed: 11)
    let secret = "zq7xw"
    let values = [
      "'\(secret)'", "\"\(secret)\"", "'a\\'\(secret)'", "\"a\\\"\(secret)\"", "'a''\(secret)'", "\"a\"\"\(secret)\"",
      "N'\(secret)'", "_utf8mb4'\(secret)'", "x'\(secret)'", "0x7\(secret)", "7\(secret)", "'a' '\(secret)'",
      "/* \(secret) */ 1", "-- \(secret)\n 1", "# \(secret)\n 1", "'\\\\', '\(secret)'", "'\(secret)", "\"\(secret)",
      "'\\'', '\(secret)', '\\''", "'a\\', '\(secret)'", "\"it's \(secret)\"", "'say \"\(secret)\"'", "'\(secret)\\'",
    ]
    let frames: [(String) -> String] = [
      { "SELECT * FROM t WHERE a = \($0)" }, { "SELECT `b` FROM t WHERE a = \($0) LIMIT 1, 2" },
      { "REPLACE INTO t VALUES (1, \($0), 'x')" }, { "SET @a = \($0)" }, { "CALL p(\($0))" }, { "\($0)" },
      { "LOAD DATA INFILE \($0) INTO TABLE t" }, { "CREATE USER a IDENTIFIED BY \($0)" }, { "SELECT \($0) REGEXP 1" },
      { "INSERT INTO t VALUES (1) ON DUPLICATE KEY UPDATE a = \($0)" }, { "/*!50000 SELECT \($0) */" },
      { "UPDATE t SET a = \($0) ORDER BY b LIMIT 3" }, { "DELIMITER // SELECT \($0) //" },
    ]
    var analyzer = Analyzer()
    for frame in frames {
      for value in values {
        for other in [nil, values.randomElement(using: &random)] {
          let sql = frame(value) + (other.map { " AND c = \($0)" } ?? "")
          #expect(!analyzer.analyze(sql, as: .mySQL).normalized.contains(secret), "\(sql)")
          #expect(!redact(sql, as: .mySQL).contains(secret), "\(sql)")
        }
      }
    }
  }

  @Test func `random pieces neither crash nor leak, and bytes of any kind are read`() {
    var random = SplitMix64(seed: 12)
    let words = [
      "SELECT", "FROM", "WHERE", "t", "`a`", ".", ",", "(", ")", ";", "'s3cret'", "\"s3cret\"", "$1", "?", "1", "0x1f",
      "=", "&&", "||", "<=>", "!", ":=", "@v", "@@x", "LIMIT", "1,", "REPLACE", "INTO", "INSERT", "IGNORE", "VALUES",
      "ON DUPLICATE KEY UPDATE", "INTERVAL", "DAY", "REGEXP", "NOT", "DIV", "MOD", "USER", "SET", "DELETE", "UPDATE",
      "/*!50000", "*/", "/*", "#", "--", "\n", "'", "\"", "`", "\\", "N'", "_utf8", "é", "$", "FROM DUAL",
    ]
    var analyzer = Analyzer()
    var parsed = 0
    for _ in 0..<6_000 {
      let sql = (0..<Int.random(in: 1...12, using: &random)).map { _ in words.randomElement(using: &random) ?? "" }
        .joined(separator: " ")
      let facts = analyzer.analyze(sql, as: .mySQL)
      parsed += facts.parsed ? 1 : 0
      #expect((try? Facts(encoded: facts.encoded)) == facts)
    }
    #expect(parsed > 20)
    for _ in 0..<2_000 {
      let bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ in
        Bool.random(using: &random)
          ? UInt8.random(in: 0...255, using: &random)
          : Array("'\"`\\#-/*!;$@?0x ".utf8).randomElement(using: &random) ?? 0
      }
      #expect(analyzer.analyze(bytes, as: .mySQL).fingerprint.count == 16)
      #expect(analyzer.analyze(bytes).fingerprint.count == 16)
    }
  }
}
