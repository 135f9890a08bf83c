import SQLite
import Testing

/// What bounds one step of the virtual machine: the functions that searched for hours, and the clock behind everything.
@Suite struct SQLiteBoundsTests {
  private func shadow(seconds: Double = 30) throws -> SQLiteShadowConnection {
    var settings = SQLiteShadowSettings()
    settings.secondLimit = seconds
    return try SQLiteShadowConnection(image: try SQLiteDatabase.inMemory().serialize(), settings: settings)
  }

  /// The first value of a query, or the error's message.
  private func answer(_ sql: String, _ database: borrowing SQLiteDatabase) -> String {
    do throws(SQLiteError) {
      var statement = try database.prepare(sql)
      guard try statement.step() else { return "no row" }
      return "\(statement.type(0)) \(statement.bytes(0))"
    } catch {
      return error.message
    }
  }

  private static func expressions(_ count: Int, _ form: String) -> String {
    let all = (0..<count).map { "c\($0) \(form)(SELECT \($0 == 0 ? "1 AS a" : "a FROM c\($0 - 1)"))" }
    return "WITH " + all.joined(separator: ", ") + " SELECT a FROM c\(count - 1)"
  }

  // To look up each of them takes hours.
  @Test(.timeLimit(.minutes(10)))
  func `a statement has as many parameters as a protocol can number, and the others are not looked up`() throws {
    let clone = try shadow()
    func text(_ count: Int) -> String { "SELECT 0 IN (\((1...count).map { "$\($0)" }.joined(separator: ", ")))" }
    #expect(
      answer(text(20_000), clone.database) == "integer [48]" || answer(text(20_000), clone.database).hasPrefix("null"))
    #expect(answer(text(200_000), clone.database) == "too many SQL variables")
  }

  /// Each is expanded within the one that names it, on the stack.
  @Test(arguments: ["AS ", "as", "As /* ( ; */ ", "AS MATERIALIZED", "as not\nmaterialized -- ;\n "])
  func `a query of more common table expressions than are read is refused`(form: String) throws {
    let clone = try shadow()
    #expect(answer(Self.expressions(300, form), clone.database) == "integer [49]")
    for count in [1_002, 40_000] {
      #expect(answer(Self.expressions(count, form), clone.database).contains("too"), "\(count)")
      let trigger = "CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; \(Self.expressions(count, form)); END"
      #expect(answer(trigger, clone.database).contains("too"), "\(count) in a trigger")
    }
    // The limit is that of a command.
    #expect(answer("SELECT 1 /* \(String(repeating: "as (", count: 5_000)) */", clone.database) == "integer [49]")
    #expect(answer("SELECT '\(String(repeating: "as (", count: 5_000))' = 'a'", clone.database) == "integer [48]")
  }

  @Test func `a session makes no more views than are read`() throws {
    let clone = try shadow()
    try clone.database.execute("CREATE TABLE t (a)")
    var made = 0
    for view in 0..<1_100 {
      let before = view == 0 ? "t" : "v\(view - 1)"
      if answer("CREATE VIEW v\(view) AS SELECT * FROM \(before)", clone.database) == "no row" { made += 1 }
    }
    #expect(made == 1_000)
    try clone.database.requireFewViews()
  }

  private struct Numbers: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state ^ (state >> 29)
    }
  }

  /// A value as SQL writes it: mostly short texts of few letters and marks, some of them no UTF-8.
  private func value(_ numbers: inout Numbers, upTo length: Int) -> String {
    let common = ["61", "41", "62", "25", "5f", "2a"]
    let rare = ["3f", "5b", "5d", "5e", "2d", "c3a9", "c389", "ff", "80", "c3", "f09f9880"]
    switch Int.random(in: 0..<40, using: &numbers) {
    case 0: return "NULL"
    case 1: return "12.5"
    case let kind:
      let bytes = (0..<Int.random(in: 0...length, using: &numbers)).map { _ in
        (Int.random(in: 0..<3, using: &numbers) > 0 ? common : rare).randomElement(using: &numbers) ?? ""
      }
      return kind < 4 ? "x'\(bytes.joined())'" : "CAST(x'\(bytes.joined())' AS TEXT)"
    }
  }

  @Test(arguments: [
    "instr($1, $2)", "replace($1, $2, $3)", "trim($1, $2)", "ltrim($1, $2)", "rtrim($1, $2)", "trim($1)",
    "$1 GLOB $2", "$1 LIKE $2", "$1 LIKE $2 ESCAPE $3", "$1 NOT LIKE $2", "instr($1, $2) || typeof($1)",
    "json_patch(json_object('a', 1), json_object('b', 2))", "json_group_array(json_patch('{}', '{\"a\":[1]}'))",
    "json_patch('{', '{}')", "json_patch(NULL, '{}')",
  ])
  func `a function that searches a text says what the library's own says`(form: String) throws {
    let shadow = try shadow()
    let plain = try SQLiteDatabase.inMemory()
    var numbers = Numbers(state: 7)
    for isCaseSensitive in [false, true] {
      let pragma = "PRAGMA case_sensitive_like = \(isCaseSensitive ? "ON" : "OFF")"
      try plain.execute(pragma)
      try shadow.database.execute(pragma)
      for _ in 0..<1500 {
        var sql = "SELECT \(form)"
        for (name, length) in [("$1", 12), ("$2", 8), ("$3", 2)] {
          sql = sql.replacing(name, with: value(&numbers, upTo: length))
        }
        #expect(answer(sql, shadow.database) == answer(sql, plain), "\(sql)")
      }
    }
  }

  /// Each was one step that took from a minute to days.
  @Test(arguments: [
    "instr(hex(zeroblob(8000000)), hex(zeroblob(4000000)) || '1')",
    "replace(hex(zeroblob(8000000)), hex(zeroblob(4000000)) || '1', '')",
    "trim(hex(zeroblob(8000000)), replace(hex(zeroblob(4000000)), '0', '1') || '0')",
    "hex(zeroblob(8000000)) LIKE '%' || hex(zeroblob(20000)) || '1%'",
    "hex(zeroblob(8000000)) GLOB '*[' || hex(zeroblob(20000)) || '1]x'",
    "json_patch((SELECT json_group_object(value, 1) FROM n), (SELECT json_group_object('x' || value, 1) FROM n))",
  ])
  func `a search that would take hours in one step ends`(expression: String) throws {
    let shadow = try shadow()
    shadow.beginStatement(unixMilliseconds: 0, seed: 1)
    let numbers = "WITH RECURSIVE n(value) AS (VALUES (1) UNION ALL SELECT value + 1 FROM n WHERE value < 100000)"
    let said = answer("\(numbers) SELECT length(\(expression))", shadow.database)
    #expect(said.hasPrefix("integer") || shadow.stepBudgetExhausted, "\(said)")
  }

  @Test(arguments: [
    // Long in memory, by steps few.
    """
    WITH RECURSIVE s(v) AS (VALUES (1) UNION ALL SELECT v + 1 FROM s WHERE v < 100000)
    SELECT sum(length(upper(hex(zeroblob(4000000 + v))))) FROM s
    """,
    // Long before the first step.
    "SELECT 1 IN (0" + (0..<60_000).map { ", a + \($0)" }.joined() + ") FROM (SELECT 1 AS a) GROUP BY a",
  ])
  func `a statement whose time is up ends, and says so`(sql: String) throws {
    var shadow = try shadow(seconds: 0.2)
    shadow.beginStatement(unixMilliseconds: 0, seed: 1)
    shadow.startClock()
    let said = answer(sql, shadow.database)
    let wasUp = shadow.stopClock()
    #expect(wasUp)
    #expect(!said.hasPrefix("integer"))
    try shadow.reload(image: [])
    shadow.startClock()
    #expect(answer("SELECT 1", shadow.database).hasPrefix("integer"))
    let isUp = shadow.stopClock()
    #expect(!isUp)
  }
}
