import AuditTrail
import PgQuery
import SeededRandom
import Testing

@testable import SQLAnalysis

@Suite struct LexerTests {
  private func difference(_ sql: String) -> String? {
    // libpg_query's scanner gives `N'a'` as two tokens, and wrong lengths for `U&'a'`.
    guard !sql.contains("U&"), !sql.contains("N'") else { return nil }
    let bytes = Array(sql.utf8)
    guard let theirs = try? PostgresSQL.scan(bytes.span) else { return nil }
    let ours = Lexer.tokens(bytes)
    guard ours.map({ $0.start..<$0.end }) != theirs.map(\.range) else {
      for (our, their) in zip(ours, theirs)
      where our.isLiteral != (their.category == .string || their.category == .number) {
        return "\(our) is \(their.category)"
      }
      return ""
    }
    return "\(ours.map { $0.start..<$0.end }) is not \(theirs.map(\.range))"
  }

  @Test func `cuts texts where PostgreSQL's scanner does`() throws {
    var compared = 0
    for text in try Case.all() {
      guard let difference = difference(text.sql) else { continue }
      compared += 1
      #expect(difference == "", "\(text.sql)")
    }
    #expect(compared > 200)
  }

  @Test func `cuts random texts where PostgreSQL's scanner does`() {
    var random = SplitMix64(seed: 7)
    let pieces = [
      "a", "B1", "_x$", "é", "1", "12", ".5", "1.", "1.5", "1e5", "1E-7", "'a'", "'it''s'", "E'a\\'b'", "e'\\\\'",
      "B'01'", "x'ff'",
      "\"q\"\"r\"", "$$a$$", "$t$ $$ $t$", "$1", "$12", "-- c\n", "--\n", "/* a */",
      "/* /* b */ */", "+",
      "-", "*", "/", "<=", ">=", "<>", "!=", "=>", "::", ":=", ":", "||", "->", "->>", "@>", "#>", "?", "~", "!~*", "%",
      "^", "&", "(",
      ")", "[", "]", ",", ";", ".", "..", " ", "\n", "\t", "=-", "@-", "a-1", "'a'\n'b'", "'a' 'b'", "'a' --x\n 'b'",
      "'a'\r\n\t'b'",
    ]
    var compared = 0
    for _ in 0..<20_000 {
      let sql = (0..<Int.random(in: 1...8, using: &random)).map { _ in pieces.randomElement(using: &random) ?? "" }
        .joined()
      guard let difference = difference(sql) else { continue }
      compared += 1
      #expect(difference == "", "\(sql.debugDescription)")
    }
    #expect(compared > 10_000)
  }

  @Test func `remembers shapes by their tokens as libpg_query names them`() throws {
    var analyzer = Analyzer()
    for round in 0..<3 {
      for text in try Case.all() {
        let facts = analyzer.analyze(text.sql)
        guard facts.parsed else { continue }
        #expect(try facts.fingerprint == PostgresSQL.fingerprint(text.sql).hex, "\(text.sql), round \(round)")
      }
    }
    let near = [
      "SELECT - 1", "SELECT -'1'", "SELECT '1'", "SELECT 1", "SELECT N'1'", "SELECT B'1'", "SELECT 1.5",
      "SELECT a::float(3)",
      "SELECT a::float(30)", "SELECT a FROM t LIMIT 1", "SELECT interval '1 day'", "SELECT date '2026-01-01'",
      "SELECT a FROM t ORDER BY 1", "SELECT a FROM t ORDER BY 'x'", "SELECT x::varchar(1)", "SELECT x::varchar(2)",
      "SELECT $1", "SELECT $2", "INSERT INTO t VALUES (1, 2)", "INSERT INTO t VALUES (1, '2')", "SELECT \"a\"",
      "SELECT a",
      "SELECT 1 AS b", "SELECT 1 b", "SELECT U&'a' UESCAPE '!'", "SELECT 'a' UESCAPE", "SELECT interval(3) '1'",
      "SELECT interval(4) '1'",
    ]
    for sql in near + near.reversed() + near {
      let facts = analyzer.analyze(sql)
      if facts.parsed { #expect(try facts.fingerprint == PostgresSQL.fingerprint(sql).hex, "\(sql)") }
    }
  }
  @Test(arguments: ["SELECT a FROM t WHERE b = $1ORDER BY a", "SELECT a FROM t WHERE b = 1ORDER BY a"])
  func `a remembered shape says nothing of a text that only looks like it`(faulty: String) {
    var analyzer = Analyzer()
    for value in ["$1", "1", "2"] {
      for _ in 0..<3 { #expect(analyzer.analyze("SELECT a FROM t WHERE b = \(value) ORDER BY a").parsed) }
    }
    #expect(!analyzer.analyze(faulty).parsed)
  }
}
