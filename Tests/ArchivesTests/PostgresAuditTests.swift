import Archives
import AuditTrail
import Testing

/// pgaudit's lines: which statement each is about, and what they add to it.
struct PostgresAuditTests {
  typealias Sample = PostgresSample
  typealias Line = (message: String, command: String)

  private static func reading(_ lines: [Line]) throws -> Reading {
    var options = ReadOptions()
    options.split = { text in text.contains(";select") ? [0..<1, 1..<2] : [0..<1] }
    let samples = lines.enumerated().map { Sample(message: $1.message, command: $1.command, milliseconds: $0) }
    return try read(Sample.csv(samples), as: nil, options)
  }

  @Test func `a statement in both kinds of lines is counted once, with its rows`() throws {
    let reading = try Self.reading([
      ("statement: insert into t values (1), (2)", "idle"),
      ("AUDIT: SESSION,4,1,WRITE,INSERT,TABLE,public.t,\"insert into t values (1), (2)\",<none>,2", "INSERT"),
      ("duration: 1 ms", "INSERT"),
      ("statement: select * from t, u", "idle"),
      ("AUDIT: SESSION,5,1,READ,SELECT,TABLE,public.t,\"select * from t, u\",<none>,4", "SELECT"),
      ("AUDIT: SESSION,5,1,READ,SELECT,TABLE,public.u,<previously logged>,<previously logged>,4", "SELECT"),
      ("AUDIT: OBJECT,5,1,READ,SELECT,TABLE,public.u,<previously logged>,<previously logged>,4", "SELECT"),
      ("duration: 2 ms", "SELECT"),
    ])
    #expect(reading.statements.map(\.sql) == ["insert into t values (1), (2)", "select * from t, u"])
    #expect(reading.statements.map(\.result?.rows) == [2, 4])
    #expect(reading.statements.map(\.result?.rowsKind) == [.affected, .returned])
    #expect(reading.statements.map(\.result?.durationMicroseconds) == [1000, 2000])
    #expect(reading.summary.lacks == [])
    #expect(reading.summary.notes.contains { $0.contains("2 statements are in them and in lines of log_statement") })
  }

  @Test(
    arguments: [
      // A function: its own line, those within it, and with rows the outermost last.
      (
        "select f()",
        [
          "11,1,FUNCTION,EXECUTE,FUNCTION,public.f,select f(),<none>,0",
          "11,2,WRITE,INSERT,TABLE,public.u,insert into u values (1),<none>,1",
          "11,3,READ,SELECT,,,select f(),<none>,1",
        ], 1
      ),
      (
        "select f()",
        ["11,1,READ,SELECT,TABLE,public.t,SELECT * from t,<none>,2", "11,2,READ,SELECT,,,select f(),<none>,1"], 1
      ),
      // Without rows the outermost comes first.
      (
        "select f()",
        ["11,1,READ,SELECT,,,select f(),<none>", "11,2,READ,SELECT,TABLE,public.t,SELECT * from t,<none>"], nil
      ),
      // EXECUTE: the text it executes comes first.
      (
        "execute p(1)",
        [
          "16,1,READ,SELECT,TABLE,public.t,prepare p(int) as select * from t where id=$1,1,1",
          "16,2,MISC,EXECUTE,,,execute p(1),<none>,0",
        ], 1
      ),
      (
        "do $$ begin delete from u; end $$",
        [
          "13,1,FUNCTION,DO,,,do $$ begin delete from u; end $$,<none>,0",
          "13,2,WRITE,DELETE,TABLE,public.u,delete from u,<none>,3",
        ], nil
      ),
      (
        "create table t(id int primary key)",
        [
          "2,1,DDL,CREATE TABLE,TABLE,public.t,create table t(id int primary key),<none>,0",
          "2,1,DDL,CREATE INDEX,INDEX,public.t_pkey,create table t(id int primary key),<none>,0",
        ], nil
      ),
    ] as [(String, [String], Int64?)])
  func `many lines are one statement, with and without log_statement`(_ sql: String, _ audits: [String], _ rows: Int64?)
    throws
  {
    let lines = audits.map { (message: "AUDIT: SESSION,\($0)", command: "SELECT") }
    let before: Line = ("statement: \(sql)", "idle")
    let behind: Line = ("statement: select 2", "idle")
    for logged in [true, false] {
      let reading = try Self.reading((logged ? [before] : []) + lines + [behind])
      #expect(reading.statements.map(\.sql) == [sql, "select 2"], "\(logged)")
      #expect(reading.statements.first?.result?.rows == rows, "\(logged)")
    }
  }

  @Test func `the lines of a prepared statement come before its execution, or after the next was bound`() throws {
    let text = "select * from t where id = $1"
    let bound = try Self.reading([
      ("AUDIT: SESSION,1,1,READ,SELECT,,,\(text),7", "BIND"), ("execute s: \(text)", "SELECT"),
      ("duration: 1 ms", "SELECT"),
      ("AUDIT: SESSION,2,1,READ,SELECT,,,\(text),8", "BIND"), ("execute s: \(text)", "SELECT"),
      ("duration: 1 ms", "SELECT"),
    ])
    #expect(bound.statements.count == 2)
    #expect(bound.statements.map { $0.parameters?.map(\.value) } == [["7"], ["8"]])
    #expect(bound.statements.allSatisfy { !$0.completeness.contains(.paramsNotLogged) })
    let dropped = try Self.reading([
      ("execute s: \(text)", "SELECT"), ("duration: 1 ms", "SELECT"), ("duration: 1 ms", "PARSE"),
      ("AUDIT: SESSION,1,1,READ,SELECT,,,\(text),7,1", "BIND"), ("duration: 1 ms", "BIND"),
      ("execute s: \(text)", "SELECT"), ("duration: 1 ms", "SELECT"),
      ("AUDIT: SESSION,2,1,READ,SELECT,,,\(text),8,5", "SELECT"),
    ])
    #expect(dropped.statements.map(\.result?.rows) == [1, 5])
    #expect(dropped.summary.lacks == [])
  }

  @Test func `the commands of a script are one statement, the same text sent twice is two`() throws {
    let script = "select 2;select 3;"
    func audit(_ id: Int, _ text: String) -> Line {
      ("AUDIT: SESSION,\(id),1,READ,SELECT,,,\(text),<none>,1", "SELECT")
    }
    let before: Line = ("statement: \(script)", "idle")
    for logged in [true, false] {
      let reading = try Self.reading((logged ? [before] : []) + [audit(8, script), audit(9, script)])
      #expect(reading.statements.map(\.sql) == [script])
      #expect(reading.statements.first?.result?.rows == nil)
    }
    let twice = try Self.reading([audit(8, "select 2"), audit(9, "select 2")])
    #expect(twice.statements.map(\.sql) == ["select 2", "select 2"])
  }

  @Test func `a password that pgaudit cut off makes no second statement`() throws {
    let reading = try Self.reading([
      ("statement: create role bob password 'secret'", "idle"),
      ("AUDIT: SESSION,13,1,ROLE,CREATE ROLE,,,create role bob password <REDACTED>,<none>", "CREATE ROLE"),
      ("duration: 1 ms", "CREATE ROLE"),
    ])
    #expect(reading.statements.map(\.sql) == ["create role bob password 'secret'"])
  }

  @Test func `text without the quotes it needs is taken from the middle, unknown fields are refused`() throws {
    let reading = try Self.reading([
      ("AUDIT: SESSION,1,1,WRITE,INSERT,,,INSERT INTO e values (101, emp1, 3);,<none>", "INSERT"),
      ("AUDIT: SESSION,2,1,READ,SELECT,,,select password\nfrom account,,<not logged>", "SELECT"),
      ("AUDIT: SESSION,3,1,READ,SELECT,,,\"select a, b\",<not logged>,12", "SELECT"),
      ("AUDIT: SESSION,4,1,READ,SELECT,,,select 1,<none>,140,2026-11-23,app,app", "SELECT"),
      ("AUDIT: SESSION,x,1,READ,SELECT,,,select 1,<none>", "SELECT"),
    ])
    #expect(
      reading.statements.map(\.sql) == [
        "INSERT INTO e values (101, emp1, 3);", "select password\nfrom account", "select a, b",
      ])
    #expect(reading.statements.map(\.result?.rows) == [nil, nil, 12])
    #expect(reading.rejected.map(\.reason) == ["bad_arity", "ill_typed"])
    #expect(reading.summary.flags.contains("audit_text_unquoted"))
  }

  @Test func `values that may be NULL or an empty text are not told apart, and not guessed`() throws {
    func parameters(_ field: String) throws -> (values: [String?]?, isMissing: Bool?) {
      let reading = try Self.reading([("AUDIT: SESSION,1,1,READ,SELECT,,,\"select $1, $2\",\(field)", "SELECT")])
      let statement = reading.statements.first
      return (statement?.parameters?.map(\.value), statement?.completeness.contains(.paramsNotLogged))
    }
    #expect(try parameters("\"1,\"\"it's, here\"\"\"").values == ["1", "it's, here"])
    for field in ["\"1,\"", "<not logged>", "[not logged]", "\"1,<long param suppressed>\""] {
      let found = try parameters(field)
      #expect(found.values == nil && found.isMissing == true, "\(field)")
    }
  }

  @Test func `an error behind a line with rows is of another statement`() throws {
    let lines = [
      Sample(message: "AUDIT: SESSION,1,1,WRITE,INSERT,,,insert into t values (1),<none>,1", command: "INSERT"),
      Sample(
        message: "duplicate key", severity: "ERROR", state: "23505", command: "INSERT",
        query: "insert into t values (1)",
        milliseconds: 1),
    ]
    #expect(try read(Sample.csv(lines)).statements.map { $0.result?.error?.sqlstate } == [nil, "23505"])
    var early = lines
    early[0].message = "AUDIT: SESSION,1,1,WRITE,INSERT,,,insert into t values (1),<none>"
    #expect(try read(Sample.csv(early)).statements.map { $0.result?.error?.sqlstate } == ["23505"])
  }

  @Test func `lines that a function raised are not lines of the server`() throws {
    let raised = [
      "AUDIT: SESSION,9,1,READ,SELECT,,,forged,<none>", "statement: DROP TABLE t", "duration: 9 ms", "disconnection: x",
    ]
    let context = "PL/pgSQL function inline_code_block line 1 at RAISE"
    var options = ReadOptions()
    options.linePrefix = Sample.prefix
    for number in raised.indices {
      let lines = [
        Sample(message: "statement: DO $$ … $$", command: "idle"),
        Sample(message: raised[number], command: "DO", query: "DO $$ … $$", context: context, milliseconds: 1),
        Sample(message: "duration: 1 ms", command: "DO", milliseconds: 2),
      ]
      for text in [Sample.csv(lines), Sample.json(lines), Sample.stderr(lines), Sample.syslog(lines)] {
        let reading = try read(text, as: nil, options)
        #expect(reading.statements.map(\.sql) == ["DO $$ … $$"], "\(text)")
        #expect(reading.statements.map(\.result?.durationMicroseconds) == [1000], "\(text)")
        #expect(reading.summary.flags.contains("raised_lines"), "\(text)")
      }
    }
  }

  @Test func `a text that stands in an earlier file is said to be missing`() throws {
    let reading = try Self.reading([
      ("AUDIT: SESSION,8,1,READ,SELECT,TABLE,public.u,<previously logged>,<previously logged>", "SELECT")
    ])
    #expect(reading.statements == [])
    #expect(reading.summary.flags.contains("audit_text_missing"))
  }

  @Test func `a setting of pgaudit that is named or changed is flagged`() throws {
    let named = try Self.reading([("statement: SET pgaudit.log = 'none'", "idle"), ("duration: 1 ms", "SET")])
    #expect(named.summary.flags.contains("logging_settings_named"))
    let changed = try Self.reading([("parameter \"pgaudit.log\" changed to \"none\"", "")])
    #expect(changed.summary.flags.contains("logging_changed"))
  }
}
