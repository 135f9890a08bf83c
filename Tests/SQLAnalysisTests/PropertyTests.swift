import AuditTrail
import SeededRandom
import SQLAnalysis
import Testing

@Suite struct PropertyTests {
  /// A text as pieces of which each stands for a token, by cutting at spaces outside quotes.
  private func pieces(_ sql: String) -> [Substring]? {
    guard !sql.contains("'"), !sql.contains("\""), !sql.contains("$"), !sql.contains("-"), !sql.contains("/"),
      !sql.contains("\\"), !sql.contains("#"), !sql.contains("`")
    else { return nil }
    return sql.split(separator: " ")
  }

  @Test func `facts do not depend on white space and comments`() throws {
    var random = SplitMix64(seed: 1)
    let fillers = [" ", "  ", "\n", "\t", " /* DELETE 'x' */ ", " -- ; DROP TABLE t\n", "/* a /* b */ c */", "\r\n"]
    var tried = 0
    for text in try Case.all() {
      guard let pieces = pieces(text.sql) else { continue }
      tried += 1
      let plain = analyze(text.sql)
      for _ in 0..<4 {
        var changed = fillers.randomElement(using: &random) ?? " "
        for piece in pieces { changed += piece + (fillers.randomElement(using: &random) ?? " ") }
        #expect(analyze(changed) == plain, "\(changed)")
      }
    }
    #expect(tried > 120)
  }

  @Test func `the order of commands only orders their facts`() throws {
    var random = SplitMix64(seed: 2)
    let texts = try Case.all().map(\.sql).filter { sql in
      let facts = analyze(sql)
      return facts.parsed && facts.commandCount == 1
    }
    #expect(texts.count > 150)
    for _ in 0..<200 {
      let chosen = (0..<3).map { _ in texts.randomElement(using: &random) ?? "" }
      let shuffled = chosen.shuffled(using: &random)
      // A line break ends a comment at the end of a text.
      let first = analyze(chosen.joined(separator: "\n;"))
      let second = analyze(shuffled.joined(separator: "\n;"))
      #expect(first.commandCount == 3 && second.commandCount == 3)
      #expect(first.commands == chosen.flatMap { analyze($0).commands })
      #expect(second.commands == shuffled.flatMap { analyze($0).commands })
      #expect(first.overApproximate == second.overApproximate)
    }
  }

  @Test func `no value of it is in its shape or its redacted form`() {
    var random = SplitMix64(seed: 3)
    let secret = "zq7xw"
    let values = [
      "'\(secret)'", "E'a\\'\(secret)'", "$$\(secret)$$", "$t$ '\(secret)' $t$", "N'\(secret)'", "U&'\(secret)'",
      "'a''\(secret)'", "'a'\n'\(secret)'", "/* \(secret) */ 1", "-- \(secret)\n 2", "/* /* */ \(secret) */ 3",
      "'\(secret)", "\"\(secret)", "# \(secret)\n 4", "'it\\'s \(secret)'", "\"it\\\"s \(secret)\"", "0x7\(secret)",
      "7\(secret)", "$x$\(secret)", "/* \(secret)", "'\\' || '\(secret)'", "\"\\\", '\(secret)'",
    ]
    let frames: [(String) -> String] = [
      { "SELECT * FROM t WHERE a = \($0)" }, { "SELECT `b` FROM t WHERE a = \($0) LIMIT 1, 2" },
      { "INSERT INTO t VALUES (1, \($0), 'x')" }, { "COMMENT ON TABLE t IS \($0)" }, { "PRAGMA a = \($0); SELECT 'b'" },
      { "COPY t FROM \($0)" }, { "CREATE ROLE r PASSWORD \($0)" }, { "NOTIFY a, \($0)" }, { "\($0)" },
      { "DO \($0)" }, { "EXEC p @a = \($0), @b = 'c'" },
    ]
    var analyzer = Analyzer()
    for frame in frames {
      for value in values {
        for other in [nil, values.randomElement(using: &random)] {
          let sql = frame(value) + (other.map { " AND c = \($0)" } ?? "")
          // A name in double quotes stays where the grammar reads the text.
          let facts = analyzer.analyze(sql)
          if facts.parsed, sql.contains("\"") { continue }
          #expect(!facts.normalized.contains(secret), "\(sql)")
          #expect(!redact(sql).contains(secret), "\(sql)")
        }
      }
    }
  }

  /// What is in no quotes, and is a value all the same.
  @Test func `no word of it that may be a value is in its shape or its redacted form`() {
    let secret = "zq7xw"
    let texts = [
      "COPY t FROM STDIN;\n1\t\(secret)\n\\.\n",
      "COPY t (a, b) FROM stdin WITH (FORMAT csv);\n1,\(secret)\n\\.\nSELECT 1;",
      "COPY t FROM STDIN;\nx; SELECT \(secret); y\n\\.\n",
      "COPY t FROM STDIN; -- rows\r\nit's;SELECT \(secret)\r\n\\.\r\n",
      "COPY t FROM STDIN;\n\(secret)", "BEGIN; COPY t FROM STDIN;\n\\.x\t\(secret)\n\\.\n; COMMIT",
      "\\copy t from stdin\nx; SELECT \(secret); y\n\\.\n", "\\copy t from pstdin\n\(secret)\n\\.\n",
      "SET x.y TO \(secret)", "SET x.y = \(secret)", "SET LOCAL x.y TO a, \(secret)",
      "SET SESSION x.y TO \"\(secret)\"",
      "SET TIME ZONE \(secret)", "BEGIN; SET x.y TO \(secret); COMMIT", "/* a */ set x.y /* b */ to /* c */ \(secret)",
      "ALTER ROLE r SET x.y TO \(secret)", "ALTER ROLE r IN DATABASE d SET x TO a, \(secret)",
      "ALTER DATABASE d SET x.y = \(secret)", "ALTER SYSTEM SET x TO \(secret)", "ALTER ROLE r SET TIME ZONE \(secret)",
      "ALTER FUNCTION f(int) SET x.y TO \(secret) STRICT",
      "CREATE FUNCTION f() RETURNS int SET x.y TO \(secret) LANGUAGE sql AS 'SELECT 1'",
      "SELECT 'x' \\gset \(secret)", "SELECT 1 \\g \(secret)", "\\set pw \(secret)", "\\connect host \(secret)",
      "\\password \(secret)", "SELEC \(secret) FRM t", "\(secret)", "SET @pw := \(secret) !",
      "SELECT TOP 5 \(secret) FROM [t]",
      "EXEC p @a = \(secret)", "SELECT `\(secret)` FROM", "SELECT 1; \(secret) \(secret); SELECT 2",
      "SET x.y TO \(secret) TO b", "COPY t FROM STDIN (NULL \(secret))",
      "COPY t TO 'f' WITH (DELIMITER \(secret), FORMAT csv)",
      "CREATE AGGREGATE a(text) (SFUNC = f, STYPE = text, INITCOND = \(secret))",
      "CREATE TYPE t (INPUT = f, DEFAULT = \(secret))",
      "CREATE TEXT SEARCH DICTIONARY d (TEMPLATE = simple, STOPWORDS = \(secret))",
      "ALTER TEXT SEARCH DICTIONARY d (STOPWORDS = \(secret))", "CREATE TABLE t (a int) WITH (x.y = \(secret))",
      "ALTER TABLE t SET (x = \(secret))", "CREATE COLLATION c (LOCALE = \(secret))",
      "CREATE DATABASE d ENCODING \(secret) LC_COLLATE = \(secret)", "EXPLAIN (FORMAT \(secret)) SELECT 1",
      "CREATE SERVER s FOREIGN DATA WRAPPER w OPTIONS (host \(secret))",
      "\\echo \(secret); SELECT 1", "SELECT [\(secret)] FROM t", "é\(secret) ü", "SELECT 1 AS \"\(secret)\" FROM FROM",
    ]
    var analyzer = Analyzer()
    for sql in texts {
      for dialect in SQLDialect.allCases {
        // Whichever engine's it is, what one of them reads as SQL has names.
        #expect(!analyzer.analyze(sql, as: dialect).normalized.contains(secret), "\(sql)")
        #expect(!redact(sql, as: dialect).contains(secret), "\(sql)")
        #expect(!hidingWords(in: sql, as: [dialect], behind: "?").contains(secret) || sql.contains("\""), "\(sql)")
      }
    }
  }

  /// Names and keywords stay, and shapes are what they were.
  @Test(arguments: [
    ("SET x.y TO a, b", "SET x.y TO $1, $2"), ("SET x TO DEFAULT", "SET x TO DEFAULT"), ("SET x = on", "SET x = on"),
    ("SET ROLE app", "SET ROLE app"), ("SET SESSION AUTHORIZATION app", "SET SESSION AUTHORIZATION app"),
    ("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE", "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE"),
    ("UPDATE t SET a = b, c = d WHERE e = f", "UPDATE t SET a = b, c = d WHERE e = f"),
    ("ALTER TABLE t ALTER a SET DEFAULT b", "ALTER TABLE t ALTER a SET DEFAULT b"),
    ("ALTER TABLE t SET SCHEMA s", "ALTER TABLE t SET SCHEMA s"),
    (
      "INSERT INTO t VALUES (1) ON CONFLICT (a) DO UPDATE SET a = excluded.a",
      "INSERT INTO t VALUES ($1) ON CONFLICT (a) DO UPDATE SET a = excluded.a"
    ),
    ("DELETE FROM t; SELECT `a`, t FROM t; DROP TABLE u", "DELETE FROM t; SELECT $1, t FROM t; DROP TABLE u"),
    ("COPY t FROM STDIN;\n1\n\\.\nSELECT a FROM t; DROP u", "COPY t FROM STDIN; $1 SELECT a FROM t; DROP $2"),
    ("COPY t FROM STDIN", "COPY t FROM STDIN"),
    (
      "COPY t (a, b) FROM STDIN WITH (FORMAT csv, HEADER true)",
      "COPY t(a, b) FROM STDIN WITH (FORMAT csv, HEADER true)"
    ),
    ("CREATE TABLE t (a int DEFAULT b)", "CREATE TABLE t(a int DEFAULT b)"),
    ("CREATE TYPE t AS (a int)", "CREATE TYPE t AS (a int)"),
    ("CREATE VIEW v AS SELECT a FROM t WHERE b = c", "CREATE VIEW v AS SELECT a FROM t WHERE b = c"),
    ("CREATE OPERATOR = (LEFTARG = a, FUNCTION = f)", "CREATE OPERATOR = (LEFTARG = a, FUNCTION = f)"),
    ("EXPLAIN (ANALYZE, FORMAT json) SELECT a FROM t", "EXPLAIN (ANALYZE, FORMAT json) SELECT a FROM t"),
    ("SELECT a FROM t WHERE \\gx", "SELECT $1 FROM $2 WHERE \\ $3"),
  ])
  func `only words that may be values are hidden`(sql: String, shape: String) {
    #expect(analyze(sql).normalized == shape)
  }

  @Test func `what is hidden in a text to be held against rules is marked, and nothing else`() {
    for (sql, shown) in [
      ("SELECT  'a' -- b\n FROM t", "SELECT  'a' -- b\n FROM t"), ("SET x.y  TO s3cret;", "SET x.y  TO ?;"),
      ("SET x TO 's3cret'", "SET x TO 's3cret'"), ("SET x TO E'a', b", "SET x TO E'a', ?"),
      ("SELEC s3cret FROM 'x'", "? ? FROM ?"), ("COPY t FROM STDIN;\ns3cret\n\\.\n", "COPY t FROM STDIN;?\n"),
      ("SELECT `a` FROM t", "SELECT `a` FROM t"),
    ] {
      #expect(hidingWords(in: sql, as: [.mySQL, .postgreSQL], behind: "?") == shown, "\(sql)")
    }
  }

  /// An analyzer that has read other texts of a shape must say of each what one that has read none says.
  @Test func `what is remembered of a shape is what each of its texts says`() {
    var random = SplitMix64(seed: 21)
    let values = [
      "1", "0", "2", "1.5", "'a'", "'%'", "'x%'", "'t'", "''", "E'a'", "E'\\x41'", "U&'a'", "B'1'", "0x1F", "1e5",
      "true",
      "null", "$1", "'1'", "N'a'", "$$a$$", "-1", "'a''b'", "\"q\"", "1_0", "'a\\'",
    ]
    let columns = ["a", "t.b", "1", "'a'", "a + 1", "lower(a)", "a::text", "(SELECT 1)", "NOT a"]
    let operators = ["=", "<>", "<", "LIKE", "IN (", "BETWEEN 0 AND", "~", "IS DISTINCT FROM", "||"]
    let frames = ["DELETE FROM t WHERE ", "UPDATE t SET c = 'v' WHERE ", "SELECT a FROM t WHERE ", "SELECT 1 LIMIT "]
    var analyzer = Analyzer()
    for _ in 0..<6_000 {
      func pick(_ words: [String]) -> String { words.randomElement(using: &random) ?? "" }
      func part() -> String {
        let sign = pick(operators)
        return "\(pick(columns)) \(sign) \(pick(values))" + (sign == "IN (" ? ", \(pick(values)))" : "")
      }
      var sql = pick(frames) + part()
      for _ in 0..<Int.random(in: 0...2, using: &random) { sql += " \(pick(["AND", "OR", "AND NOT"])) \(part())" }
      if Bool.random(using: &random) { sql += " LIMIT \(pick(values))" }
      #expect(analyzer.analyze(sql) == analyze(sql), "\(sql)")
    }
  }

  @Test func `its shape is its own shape`() throws {
    for text in try Case.all() {
      let facts = analyze(text.sql)
      let again = analyze(facts.normalized)
      // A placeholder where the grammar takes only a value makes a shape that it does not read, and hides its names.
      if facts.parsed, !again.parsed { continue }
      #expect(again.normalized == facts.normalized, "\(text.sql)")
    }
  }

  @Test func `splitting it loses no command`() throws {
    for text in try Case.all() {
      let facts = analyze(text.sql)
      let units = unitTexts(text.sql)
      #expect(units.count == facts.commandCount, "\(text.sql)")
      if facts.parsed { #expect(units.flatMap { analyze($0).commands } == facts.commands, "\(text.sql)") }
      let bytes = Array(text.sql.utf8)
      #expect(split(text.sql).map { String(decoding: bytes[$0], as: UTF8.self) } == units)
    }
  }

  @Test func `random pieces of SQL neither crash nor leak`() {
    var random = SplitMix64(seed: 4)
    let words = [
      "SELECT", "FROM", "WHERE", "t", "a", ".", ",", "(", ")", "(", ")", ";", "'s3cret'", "\"n\"", "$1", "$$", "$q$",
      "1", "0.5",
      "=", "AND", "OR", "NOT", "IN", "WITH", "x", "AS", "DELETE", "UPDATE", "SET", "INSERT", "INTO", "VALUES", "BEGIN",
      "END",
      "--", "/*", "*/", "'", "\"", "\\", "`", "#", "::", "int", "DO", "$$BEGIN DELETE FROM t; END$$", "*", "JOIN", "ON",
      "USING",
      "UNION", "ALL", "EXISTS", "CASE", "WHEN", "THEN", "ELSE", "\u{0}", "é", "🙂", "\n", "[", "]", "{", "}", ":x", "?",
      "@v",
    ]
    var analyzer = Analyzer()
    var parsed = 0
    for _ in 0..<4_000 {
      let count = Int.random(in: 1...14, using: &random)
      let sql = (0..<count).map { _ in words.randomElement(using: &random) ?? "" }.joined(separator: " ")
      let facts = analyzer.analyze(sql)
      parsed += facts.parsed ? 1 : 0
      #expect(
        !facts.normalized.contains("s3cret") || sql.contains("s3cret") && facts.parsed && sql.contains("\""), "\(sql)")
      #expect((try? Facts(encoded: facts.encoded)) == facts)
    }
    #expect(parsed > 20)
  }
}
