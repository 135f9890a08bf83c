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

  @Test func `no value of it stands in its shape or its redacted form`() {
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
