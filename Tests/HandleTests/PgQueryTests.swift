import JSONReader
import PgQuery
import Testing

@Suite struct PgQueryTests {
  private func failure<Result>(_ body: () throws(PgQueryError) -> Result) -> PgQueryError? {
    do throws(PgQueryError) {
      _ = try body()
      return nil
    } catch {
      return error
    }
  }

  private func parseFailure(_ sql: String) -> PgQueryError? {
    failure { () throws(PgQueryError) in try PostgresSQL.parse(sql).byteCount }
  }

  private func texts(of sql: String, _ ranges: [Range<Int>]) -> [String] {
    ranges.map { String(decoding: Array(sql.utf8)[$0], as: UTF8.self) }
  }

  @Test func `a tree is read without a String`() throws {
    let tree = try PostgresSQL.parse("DELETE FROM orders WHERE id = 17; SELECT 'é'")
    var parser = JSONParser()
    let root = try tree.load(into: &parser)
    let list = parser.value(of: root, "stmts")
    let statements = parser.elements(of: try #require(list))
    #expect(statements.count == 2)
    let command = parser.value(of: statements[0], "stmt")
    let kind = parser.firstMember(of: try #require(command))
    #expect(kind.map { parser.key($0) } == "DeleteStmt")
    #expect(tree.withJSON { $0.count } == tree.byteCount)
    #expect(tree.byteCount > 100)
  }

  @Test func `fingerprints are equal for equal shapes only`() throws {
    let one = try PostgresSQL.fingerprint("SELECT * FROM t WHERE a = 1 AND b IN (1, 2)")
    let same = try PostgresSQL.fingerprint("select *  from t where a = 99 /* x */ and b in (4, 5, 6)")
    let other = try PostgresSQL.fingerprint("SELECT * FROM u WHERE a = 1 AND b IN (1, 2)")
    #expect(one == same)
    #expect(one != other)
    #expect(try PostgresSQL.fingerprint("SELECT 1").hex == "50fde20626009aba")
    #expect(Fingerprint(value: 0xAB).hex == "00000000000000ab")
  }

  @Test func `normalising takes the literals out`() throws {
    #expect(
      try PostgresSQL.normalize("SELECT 'sécret' FROM t WHERE a = 1 AND b = $1")
        == "SELECT $2 FROM t WHERE a = $3 AND b = $1")
  }

  @Test func `tokens carry their places, kinds and categories`() throws {
    let sql = #"SELECT "A b", 'é', 1.5, $1, x'1f' FROM tbl -- c"# + "\n/* d */ WHERE n <= 17;"
    let tokens = try PostgresSQL.scan(sql)
    #expect(
      texts(of: sql, tokens.map(\.range)) == [
        "SELECT", #""A b""#, ",", "'é'", ",", "1.5", ",", "$1", ",", "x'1f'", "FROM", "tbl", "-- c", "/* d */", "WHERE",
        "n", "<=", "17", ";",
      ])
    #expect(
      tokens.map(\.category) == [
        .keyword, .identifier, .symbol, .string, .symbol, .number, .symbol, .parameter, .symbol, .string, .keyword,
        .identifier, .comment, .comment, .keyword, .identifier, .symbol, .number, .symbol,
      ])
    #expect(tokens[0].keyword == .reserved)
    #expect(tokens[2].token == UInt32(UInt8(ascii: ",")))
    #expect(try PostgresSQL.scan("").isEmpty)
  }

  @Test(arguments: [
    ("SELECT 1; SELECT ';' ;", ["SELECT 1", "SELECT ';'"]),
    (
      "CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2); SELECT 3",
      ["CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2)", "SELECT 3"]
    ),
    ("DO $$ BEGIN; END $$; x y z", ["DO $$ BEGIN; END $$", "x y z"]), ("", []), (" ;; -- c\n", []),
    ("SELECT 'é'; DELETE FROM t", ["SELECT 'é'", "DELETE FROM t"]),
    ("SELECT 1; SELECT (1; SELECT 2", ["SELECT 1", "SELECT (1; SELECT 2"]), ("((", ["(("]),
  ])
  func `a text splits into its commands and nothing is lost`(sql: String, commands: [String]) throws {
    let trimmed = texts(of: sql, try PostgresSQL.split(sql)).map { text in
      text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()
    }
    #expect(trimmed.map { String($0) } == commands)
  }

  @Test func `the body of a PL/pgSQL function is parsed`() throws {
    let tree = try PostgresSQL.parsePlpgsql(
      "CREATE FUNCTION f() RETURNS void AS $$ BEGIN DELETE FROM t; END $$ LANGUAGE plpgsql")
    var parser = JSONParser()
    let root = try tree.load(into: &parser)
    #expect(parser.elements(of: root).count == 1)
    #expect(
      failure { () throws(PgQueryError) in
        try PostgresSQL.parsePlpgsql("CREATE FUNCTION f() RETURNS void AS $$ BEGIN nonsense $$ LANGUAGE plpgsql")
          .byteCount
      }?.code == .syntax)
  }

  @Test(arguments: [
    ("SELECT * FRM secret", 9), ("SELECT 'é' FROM", 16), ("SELECT 'secret", 7), ("SELEC 1", 0),
    ("SELECT \"secret\" \"se\"\"cret\" 'secret'", 27), ("SELECT U&'\\secret'", 10),
    ("INSERT INTO t VALUES (1secret)", 22),
  ])
  func `an error has its place and quotes nothing of the text`(sql: String, offset: Int) throws {
    let error = try #require(parseFailure(sql))
    #expect(error.code == .syntax)
    #expect(error.offset == offset, "\(sql)")
    for text in ["\(error)", String(reflecting: error), error.message] {
      #expect(!text.contains("ecret"), "\(text)")
    }
    #expect(!error.message.isEmpty)
  }

  @Test func `texts that are no SQL text are refused before the parser sees them`() {
    let cases: [([UInt8], PgQueryError.Code, Int?)] = [
      (Array("SELECT 1\0; DROP TABLE t".utf8), .containsNUL, 8), ([0], .containsNUL, 0),
      ([0x27, 0xFF, 0x27], .invalidUTF8, 1), (Array("SELECT '".utf8) + [0xC3], .invalidUTF8, 8),
    ]
    for (bytes, code, offset) in cases {
      let errors = [
        failure { () throws(PgQueryError) in try PostgresSQL.parse(bytes.span).byteCount },
        failure { () throws(PgQueryError) in try PostgresSQL.parsePlpgsql(bytes.span).byteCount },
        failure { () throws(PgQueryError) in try PostgresSQL.fingerprint(bytes.span) },
        failure { () throws(PgQueryError) in try PostgresSQL.normalize(bytes.span) },
        failure { () throws(PgQueryError) in try PostgresSQL.scan(bytes.span) },
        failure { () throws(PgQueryError) in try PostgresSQL.split(bytes.span) },
      ]
      for error in errors {
        #expect(error?.code == code)
        #expect(error?.offset == offset)
      }
    }
  }

  /// Shapes that crash or hang bare libpg_query: too deep for its grammar, deep trees on a small stack, quadratic scans.
  private static let hostile: [(prefix: String, unit: String, count: Int)] = [
    ("SELECT ", "(", 100_000), ("SELECT ", "NOT ", 100_000), ("SELECT f(", "f(", 100_000),
    ("SELECT 1", "+1", 30_000), ("SELECT 1", " UNION SELECT 1", 20_000), ("SELECT 1", "::text", 30_000),
    ("SELECT * FROM a", " JOIN b ON true", 15_000), ("SELECT 1", " COLLATE c", 20_000),
    ("SELECT 1", " AT TIME ZONE 'x'", 15_000), ("SELECT 1", " IS NULL", 25_000), ("SELECT ", "- ", 100_000),
    ("", "/**/", 100_000), ("", "/*", 100_000), ("", "+", 100_000), ("SELECT 1", "+-", 50_000), ("", "$a$", 50_001),
    ("SELECT ", "$1,", 20_000), ("", "SELECT 1;", 20_000),
  ]

  @Test(arguments: hostile.indices)
  func `hostile text gets an answer or an error`(index: Int) throws {
    let (prefix, unit, count) = Self.hostile[index]
    let sql = Array((prefix + String(repeating: unit, count: count)).utf8)
    let errors = [
      failure { () throws(PgQueryError) in try PostgresSQL.parse(sql.span).byteCount },
      failure { () throws(PgQueryError) in try PostgresSQL.fingerprint(sql.span) },
      failure { () throws(PgQueryError) in try PostgresSQL.normalize(sql.span) },
      failure { () throws(PgQueryError) in try PostgresSQL.scan(sql.span) },
      failure { () throws(PgQueryError) in try PostgresSQL.split(sql.span) },
      failure { () throws(PgQueryError) in try PostgresSQL.parsePlpgsql(sql.span).byteCount },
    ]
    for error in errors.compactMap({ $0 }) {
      #expect([.syntax, .tooDeep, .tooComplex, .tooLong].contains(error.code))
    }
  }

  @Test func `deep nesting and quadratic text are told apart`() {
    #expect(parseFailure("SELECT " + String(repeating: "(", count: 100_000))?.code == .tooDeep)
    #expect(parseFailure(String(repeating: "/**/", count: 100_000))?.code == .tooComplex)
    #expect(parseFailure("/*" + String(repeating: "=", count: 100_000) + "*/ SELECT 1") == nil)
    #expect(parseFailure("--" + String(repeating: "-", count: 100_000) + "\nSELECT 1") == nil)
    #expect(parseFailure("SELECT 1" + String(repeating: " + 1", count: 40_000)) == nil)
  }

  @Test func `text of ten megabytes is fingerprinted and split, and too long for a tree`() throws {
    let sql = Array(("INSERT INTO t VALUES (1)" + String(repeating: ",(1)", count: 2_600_000)).utf8)
    #expect(try PostgresSQL.split(sql.span) == [0..<sql.count])
    #expect(
      try PostgresSQL.fingerprint(sql.span) == PostgresSQL.fingerprint("INSERT INTO t VALUES (1)"))
    #expect(failure { () throws(PgQueryError) in try PostgresSQL.parse(sql.span).byteCount }?.code == .tooLong)
    #expect(failure { () throws(PgQueryError) in try PostgresSQL.normalize(sql.span) }?.code == .tooLong)
  }

  @Test func `many threads get the answers of one`() async throws {
    let texts = (0..<64).map {
      "SELECT \($0) FROM t\($0 % 7) WHERE a = '\($0)'" + String(repeating: " + 1", count: $0 * 40)
    }
    let expected = try texts.map { try PostgresSQL.fingerprint($0) }
    let results = await withTaskGroup(of: (Int, Fingerprint?, Int?).self) { group in
      for (index, text) in texts.enumerated() {
        group.addTask {
          let size = try? PostgresSQL.parse(text).byteCount
          _ = try? PostgresSQL.parse("SELEC")
          return (index, try? PostgresSQL.fingerprint(text), size)
        }
      }
      return await group.reduce(into: [Int: (Fingerprint?, Int?)]()) { $0[$1.0] = ($1.1, $1.2) }
    }
    for (index, text) in texts.enumerated() {
      #expect(results[index]?.0 == expected[index])
      #expect(results[index]?.1 == (try PostgresSQL.parse(text).byteCount))
    }
  }

  @Test func `texts broken at any byte never crash`() {
    let sql = Array(
      "WITH d AS (DELETE FROM \"t é\" WHERE a = E'x\\'y' RETURNING *) SELECT $1, $q$ z $q$ FROM d; DO $$ BEGIN NULL; END $$"
        .utf8)
    for index in sql.indices {
      for bytes in [Array(sql[..<index]), Array(sql[index...]), Array(sql[..<index] + [0x27] + sql[index...])] {
        for error in [
          failure({ () throws(PgQueryError) in try PostgresSQL.parse(bytes.span).byteCount }),
          failure({ () throws(PgQueryError) in try PostgresSQL.parsePlpgsql(bytes.span).byteCount }),
          failure({ () throws(PgQueryError) in try PostgresSQL.split(bytes.span) }),
          failure({ () throws(PgQueryError) in try PostgresSQL.normalize(bytes.span) }),
        ].compactMap({ $0 }) {
          #expect(error.code == .syntax || error.code == .invalidUTF8)
          #expect(error.offset.map { $0 <= bytes.count } ?? true)
        }
      }
    }
  }
}
