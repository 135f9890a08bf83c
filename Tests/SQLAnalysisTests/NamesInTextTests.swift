import SQLAnalysis
import Testing

@Suite struct NamesInTextTests {
  @Test(arguments: [
    ("SELECT * FROM visits", "visits", true), ("SELECT * FROM Public.\"Visits\"", "public.visits", true),
    ("SELECT 'visits'::regclass", "visits", false), ("SELECT nextval('a.visits')", "a.visits", false),
    ("SELECT 1 -- visits", "visits", false), ("SELECT $$visits$$", "visits", false),
    ("SELECT lower('x')", "lower", true), ("", "visits", false), ("visits", "visits", true),
  ])
  func `a text holds a name outside of its values`(sql: String, name: String, holds: Bool) {
    for dialect in SQLDialect.allCases where dialect != .mySQL || !sql.contains(where: { "$\"".contains($0) }) {
      #expect(holdsName(name, in: sql, as: dialect) == holds, "\(dialect)")
    }
  }

  @Test func `what may be a value between double quotes is not a name`() {
    #expect(holdsName("smith", in: "SELECT * FROM t WHERE a = \"Smith\""))
    #expect(!holdsName("smith", in: "SELECT * FROM t WHERE a = \"Smith\"", as: .looseQuotes))
    #expect(!holdsName("smith", in: "SELEC \"Smith\"", as: .looseQuotes))
    #expect(!holdsName("smith", in: "SELECT * FROM t WHERE a = \"Smith\"", as: .mySQL))
    #expect(holdsName("smith", in: "SELECT * FROM \"Smith\"", as: .looseQuotes))
  }

  @Test func `the values of a text are its numbers and strings, and no names`() {
    let sql = "DELETE FROM t7 WHERE a = 12 AND b IN ('x', 'it''s', N'n') AND c = $1 -- 9"
    #expect(literalValues(in: sql) == ["12", "x", "it's", "n"])
    #expect(literalValues(in: "DELETE FROM `t7` WHERE a = \"x\"", as: .mySQL) == ["x"])
    #expect(literalValues(in: "DELETE FROM t WHERE a = \"x\"").isEmpty)
  }
}
