import AuditTrail
import Foundation
import Postgres
import Testing

@testable import Replay
@testable import PostgresShadows
@testable import SQLiteShadows
@testable import SyntheticShadows

@Suite struct DumpScannerTests {
  private func statements(_ sql: String) throws -> [(line: Int, text: String)] {
    let folder = try Folder()
    let path = folder.path + "/dump.sql"
    try Data(sql.utf8).write(to: URL(filePath: path))
    var scanner = DumpScanner(try DumpInput(path, programs: ServerPrograms(folder: "/nonexistent", version: 15)))
    var found: [(line: Int, text: String)] = []
    while let statement = try scanner.next() {
      let text = String(decoding: statement.bytes, as: UTF8.self)
      found.append((statement.line, text))
      guard text.hasPrefix("COPY") else { continue }
      while let rows = try scanner.nextRows() { found.append((0, String(decoding: rows, as: UTF8.self))) }
    }
    return found
  }

  @Test(arguments: [
    ("SELECT 1; SELECT 2;", ["SELECT 1", "SELECT 2"]),
    ("SELECT ';' ; SELECT 'it''s;';", ["SELECT ';' ", "SELECT 'it''s;'"]),
    (#"SELECT E'\';' ; SELECT '\';"#, [#"SELECT E'\';' "#, #"SELECT '\'"#]),
    (#"SELECT E'a''\';'; SELECT 2;"#, [#"SELECT E'a''\';'"#, "SELECT 2"]),
    ("SELECT \"a;b\";", ["SELECT \"a;b\""]),
    ("SELECT $$;$$; SELECT $a$ $$;$a$;", ["SELECT $$;$$", "SELECT $a$ $$;$a$"]),
    ("SELECT $1; SELECT a$b$c;", ["SELECT $1", "SELECT a$b$c"]),
    ("-- a;\nSELECT 1 -- b;\n;", ["SELECT 1 \n"]),
    ("/* a; /* b; */ c; */ SELECT 1;", ["SELECT 1"]),
    ("SELECT 4/*;*/-1;", ["SELECT 4-1"]),
    (
      "CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2);",
      ["CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2)"]
    ),
    (
      "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END; SELECT 3;",
      ["CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END", "SELECT 3"]
    ),
    ("BEGIN; SELECT 1; END;", ["BEGIN", "SELECT 1", "END"]),
    ("\\restrict abc\nSELECT 1;\n\\unrestrict abc\n", ["SELECT 1"]),
    ("COPY t FROM stdin;\n1\t;\\.x\n\\.\nSELECT 1;", ["COPY t FROM stdin", "1\t;\\.x\n", "SELECT 1"]),
    ("COPY t FROM stdin;\n\\.\nCOPY u FROM stdin;\na\n\\.\n", ["COPY t FROM stdin", "COPY u FROM stdin", "a\n"]),
  ])
  func `statements end where psql ends them`(_ sql: String, _ expected: [String]) throws {
    #expect(try statements(sql).map(\.text) == expected)
  }

  @Test(arguments: ["\\connect other", "\\i file.sql", "\\! rm file", "\\copy t from x", "\\set a b", "\\gexec", "\\."])
  func `any other meta-command is refused with its line`(_ command: String) throws {
    for prefix in ["SELECT 1;\n-- note\n", "COPY t FROM stdin;\n1\n\\.\n"] {
      let error = #expect(throws: AssayError.self) { try statements(prefix + command + "\nSELECT 2;") }
      #expect(error?.code == .invalidFile)
      #expect(error?.place?.line == prefix.split(separator: "\n").count + 1)
      #expect(error?.message.contains("rm file") == false)
    }
  }

  @Test func `a statement's line is that of its first word`() throws {
    let lines = try statements("\n-- note\n\nSELECT 1;\nSELECT\n 2;\nCOPY t FROM stdin;\n1\n2\n\\.\n\nSELECT 3;")
    #expect(lines.filter { $0.line > 0 }.map(\.line) == [4, 5, 7, 12])
  }

  @Test(arguments: [
    "SELECT 'a", "SELECT $$ a;", "SELECT 1 /* a", "SELECT 1", "COPY t FROM stdin;\n1\n", "CREATE TABLE \"t",
  ])
  func `a dump that was cut short is refused`(_ sql: String) throws {
    let error = #expect(throws: AssayError.self) { try statements(sql) }
    #expect(error?.message.contains("cut short") == true)
  }

  @Test(arguments: [
    ("CREATE SERVER x FOREIGN DATA WRAPPER w OPTIONS (password 'secret')", DumpAction.skip("foreign server x")),
    ("CREATE USER MAPPING FOR PUBLIC SERVER x OPTIONS (password 'secret')", .skip("user mapping on x")),
    ("CREATE SUBSCRIPTION s CONNECTION 'password=secret' PUBLICATION p", .skip("subscription s")),
    ("CREATE PUBLICATION p FOR ALL TABLES", .skip("publication p")),
    ("ALTER SUBSCRIPTION s OWNER TO x", .skip("")),
    ("CREATE EXTENSION IF NOT EXISTS dblink WITH SCHEMA public", .makeExtension("dblink", schema: "public")),
    ("CREATE OR REPLACE PROCEDURAL LANGUAGE plpython3u", .skip("untrusted language plpython3u")),
    (
      "CREATE FUNCTION public.f(x text) RETURNS text LANGUAGE plpython3u AS $$ LANGUAGE sql $$",
      .skip("function public.f in the untrusted language plpython3u")
    ),
    ("CREATE FUNCTION f() RETURNS int LANGUAGE c AS '/x.so', 'f'", .skip("function f in the untrusted language c")),
    ("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'", .run),
    ("CREATE OR REPLACE TRUSTED PROCEDURAL LANGUAGE plperl", .makeExtension("plperl", schema: nil)),
    ("CREATE OR REPLACE PROCEDURAL LANGUAGE plpgsql", .skip("")),
    ("CREATE EVENT TRIGGER e ON sql_drop EXECUTE FUNCTION f()", .skip("event trigger e")),
    ("ALTER EVENT TRIGGER e ENABLE ALWAYS", .skip("")),
    ("COMMENT ON EXTENSION x IS 'y'", .skip("")),
    ("ALTER TABLE ONLY public.t OWNER TO \"Strange Role\"", .makeRole("Strange Role")),
    ("ALTER FUNCTION public.f(int) OWNER TO app", .makeRole("app")),
    ("ALTER SEQUENCE s OWNER TO CURRENT_USER", .skip("")),
    ("ALTER SEQUENCE s OWNED BY t.id", .run),
    ("SET SESSION AUTHORIZATION app", .makeRole("app")), ("SET LOCAL ROLE 'app'", .skip("")),
    ("SET ROLE app", .makeRole("app")), ("RESET SESSION AUTHORIZATION", .skip("")),
    ("SET search_path = app", .run),
    (
      "ALTER TABLE t DISABLE TRIGGER ALL",
      .rewrite([Array("SET session_replication_role = replica".utf8), Array("ALTER TABLE t DISABLE TRIGGER USER".utf8)])
    ),
    ("ALTER TABLE t DISABLE TRIGGER x", .run),
    (
      "CREATE FUNCTION f() RETURNS int LEAKPROOF LANGUAGE sql AS 'SELECT 1'",
      .rewrite([Array("CREATE FUNCTION f() RETURNS int  LANGUAGE sql AS 'SELECT 1'".utf8)])
    ),
    ("CREATE ROLE app LOGIN PASSWORD 'secret'", .skip("the rights of role app")),
    ("ALTER ROLE app WITH SUPERUSER PASSWORD 'secret'", .skip("the rights of role app")),
    ("GRANT app TO other", .skip("membership of a role in another")),
    ("GRANT SELECT ON TABLE t TO app", .run),
    (
      "GRANT ALL ON FUNCTION pg_catalog.pg_read_file(text) TO PUBLIC", .skip("a right on an object of the server's own")
    ),
    ("COPY public.t (a, b) FROM stdin", .rows),
    ("COPY cron.job (jobid) FROM stdin", .skipRows("rows of cron.job")),
    ("COPY t FROM '/etc/passwd'", .refuse("COPY from or to a file, a program or a query")),
    ("COPY t TO PROGRAM 'cat'", .refuse("COPY from or to a file, a program or a query")),
    ("ALTER SYSTEM SET x = 1", .refuse("ALTER SYSTEM")),
    ("CREATE DATABASE x", .refuse("CREATE DATABASE")),
    ("SELECT cron.schedule('* * * * *', 'secret')", .skip("a job")),
    ("SELECT pg_catalog.set_config('search_path', '', false)", .run),
    ("SET default_tablespace = fast", .skip("")),
  ])
  func `what reaches outside is named without its options`(_ sql: String, _ expected: DumpAction) {
    var filter = DumpFilter()
    #expect(filter.action(for: Array(sql.utf8)) == expected)
  }

  @Test(arguments: [
    ("SET search_path = x", false), ("SELECT pg_catalog.set_config('search_path', '', false)", false),
    ("CREATE SCHEMA s", false), ("COMMENT ON SCHEMA s IS 'x'", false), ("CREATE EXTENSION pgcrypto", false),
    ("CREATE SCHEMA s CREATE TABLE t (id int DEFAULT f())", true), ("SELECT f()", true),
    ("SELECT x.set_config('a', 'b', false)", true), ("CREATE TYPE t AS (a int)", true),
    ("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'", true), ("DO 'BEGIN END'", true),
    ("CREATE FOREIGN TABLE f (a int) SERVER s", true), ("COPY t FROM stdin", true),
  ])
  func `a superuser makes extensions only before the dump could have made code`(_ sql: String, _ hasCode: Bool) {
    var filter = DumpFilter()
    _ = filter.action(for: Array(sql.utf8))
    #expect(filter.hasCode == hasCode)
  }

  /// A statement of as many bytes, or a few more.
  private func large(_ start: String, _ piece: String, _ end: String, bytes: Int) -> [UInt8] {
    let count = (bytes - start.utf8.count - end.utf8.count) / piece.utf8.count + 1
    return Array((start + String(repeating: piece, count: count) + end).utf8)
  }

  @Test(arguments: [
    ("GRANT SELECT ON TABLE t TO a", ", b", ""), ("REVOKE ALL ON t FROM a", ", b", ""),
    ("GRANT SELECT (a", ", b", ") ON TABLE pg_catalog.t TO x"), ("ALTER TABLE t ADD a int", ", ADD b int", ""),
    ("ALTER VIEW v SET (a = 'x", "x", "')"), ("COPY t (a", ", a", ") FROM stdin"),
    ("COPY (SELECT 1", ", 1", ") TO 'f'"),
    ("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS '", "--", "'"), ("CREATE EXTENSION e", " ", "SCHEMA s"),
    ("CREATE FOREIGN TABLE f (a int", ", b int", ") SERVER s"), ("DROP TABLE a", ", b", ""),
  ])
  func `what is looked through to its end is refused where it is too large`(
    _ start: String, _ piece: String, _ end: String
  ) {
    var filter = DumpFilter()
    let action = filter.action(for: large(start, piece, end, bytes: DumpFilter.limit + 1))
    #expect(action == .tooLarge(String(start.prefix { $0 != " " })))
    #expect(!filter.hasCode)
    if case .tooLarge = filter.action(for: large(start, piece, end, bytes: 4_096)) { Issue.record("\(start)") }
  }

  @Test(arguments: [
    ("INSERT INTO t VALUES (1)", ", (2)", ""), ("INSERT INTO t VALUES ('", "x", "')"), ("SELECT 1", ", 1", ""),
    ("COMMENT ON TABLE t IS '", "x", "'"),
  ])
  func `of a large statement of rows only the first words are read`(_ start: String, _ piece: String, _ end: String) {
    var filter = DumpFilter()
    #expect(filter.action(for: large(start, piece, end, bytes: DumpFilter.limit + 1)) == .run)
  }

  @Test func `an error's names are told only where they are plain`() {
    let long = String(repeating: "a", count: 64)
    for (name, isTold) in [
      ("customers", true), ("t_1", true), ("Customers", true), (String(long.dropLast()), true), ("", false),
      (long, false),
      ("a b", false), ("ana@example.org", false), ("x\u{1B}[2J", false), ("4111-1111", false), ("é", false),
      ("a'b", false),
      ("a.b", false), ("a\nb", false), ("a\u{202E}b", false),
    ] {
      for field in [\PostgresError.schema, \.table, \.column, \.constraint] {
        var error = PostgresError(sqlstate: "P0001", message: "secret")
        error.table = "t"
        error[keyPath: field] = name
        let told = error.withoutLiterals
        #expect(isTold == (told.contains(name) && !name.isEmpty), "\(told)")
        #expect(told.hasPrefix("SQLSTATE P0001") && !told.contains("secret"))
      }
    }
    #expect(PostgresError(sqlstate: "a\u{1B}bcd", message: "").withoutLiterals == "SQLSTATE unknown")
  }

  @Test func `a foreign table becomes a plain one`() {
    var filter = DumpFilter()
    let sql =
      "CREATE FOREIGN TABLE public.f (a int OPTIONS (column_name 'x'), b text NOT NULL) SERVER s OPTIONS (t 'u')"
    #expect(
      filter.action(for: Array(sql.utf8))
        == .rewrite([Array("CREATE TABLE public.f (a int, b text NOT NULL)".utf8)]))
    #expect(filter.changed == ["foreign table public.f (loaded as an empty table)"])
  }
}
