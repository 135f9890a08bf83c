import Archives
import AuditTrail
import Testing

/// What a log of PostgreSQL cannot show, and says so.
struct PostgresBlindSpotTests {
  private static func line(
    _ number: Int, _ message: String, command: String = "idle", severity: String = "LOG", state: String = "00000",
    query: String = "", user: String = "app", session: String = "6b03ea39.7099", quoted: Bool = false
  ) -> String {
    func field(_ text: String) -> String {
      text.isEmpty ? "" : "\"\(text.replacing("\"", with: "\"\""))\""
    }
    let time = "2026-11-23 07:24:41.952 UTC"
    let fields = [
      quoted ? field(time) : time, field(user), field("shop"), "28825", field("10.0.0.7:5432"), session, "\(number)",
      field(command), "2026-11-23 07:24:41 UTC", "3/1", "0", severity, state, field(message), "", "", "", "", "",
      field(query), "", "", field("tool"), field("client backend"), "", "0",
    ]
    return fields.joined(separator: ",") + "\n"
  }

  private static let whole = line(1, "statement: SELECT 1") + line(2, "duration: 1 ms", command: "SELECT")

  @Test func `a log that shows everything is flagged with nothing`() throws {
    #expect(try read(Self.whole).summary.lacks == [])
  }

  @Test(arguments: [
    (
      "messages_localized", line(3, "Anweisung: DELETE FROM orders") + line(4, "Dauer: 0.5 ms", command: "DELETE"),
      "2 lines"
    ),
    ("messages_localized", line(3, "instruction : DROP TABLE orders") + line(4, "durée : 0,5 ms"), "2 lines"),
    ("messages_localized", line(3, "語句: TRUNCATE orders"), "1 lines"),
    ("statements_not_logged", line(3, "duration: 12 ms", command: "DROP TABLE"), "DROP TABLE 1"),
    ("logging_changed", line(3, #"parameter "log_statement" changed to "none""#, user: ""), "log_statement to none"),
    (
      "logging_settings_named",
      line(3, "statement: SET log_statement = 'none'") + line(4, "duration: 1 ms", command: "SET"), "1 statements"
    ),
    (
      "statements_from_pgaudit",
      line(3, "AUDIT: SESSION,1,1,WRITE,DELETE,,,DELETE FROM t,<none>", command: "DELETE")
        + line(4, "duration: 1 ms", command: "DELETE"), "1 are in lines of pgaudit alone"
    ),
    (
      "raised_lines",
      line(3, "statement: DROP TABLE t", query: "DO $$ BEGIN RAISE LOG 'statement: DROP TABLE t'; END $$"),
      "1 lines look"
    ),
    ("plans_not_read", line(3, "duration: 9 ms  plan:\nQuery Text: DELETE FROM t"), "1 plans"),
    (
      "logins_refused",
      line(1, "no", command: "authentication", severity: "FATAL", state: "28P01", session: "6b03ea39.7098"), "1 logins"
    ),
    ("replication_commands", line(3, "received replication command: BASE_BACKUP ( LABEL 'x' )"), "whole cluster"),
    ("fastpath_calls", line(3, #"fastpath function call: "lo_unlink" (OID 964)"#), "1 fastpath"),
  ]) func `a blind spot is flagged and counted`(_ flag: String, _ text: String, _ note: String) throws {
    let reading = try read(Self.whole + text)
    #expect(reading.summary.lacks.filter { $0 != "session_id_mismatch" } == [flag])
    #expect(reading.summary.notes.contains { $0.contains(note) })
  }

  @Test func `durations of fetches, fastpath calls and statements of an earlier file are not lost statements`() throws {
    let text =
      Self.whole + Self.line(3, "execute fetch from s1: SELECT 1") + Self.line(4, "duration: 2 ms", command: "SELECT")
      + Self.line(5, #"fastpath function call: "lo_open" (OID 952)"#) + Self.line(6, "duration: 2 ms", command: "idle")
      + Self.line(7, "duration: 2 ms", command: "DELETE", session: "6b03ea39.709a")
    #expect(try read(text).summary.lacks.contains("statements_not_logged") == false)
  }

  @Test func `a log of slow statements only says that faster ones may be missing`() throws {
    let text = Self.line(1, "duration: 300 ms  statement: SELECT 1")
    #expect(try read(text).summary.lacks == ["slow_statements_only"])
    #expect(try read(text + Self.line(2, "statement: SELECT 2")).summary.lacks == ["results_missing"])
  }

  @Test func `without statements no advice is given that was followed`() throws {
    let localized = try read(Self.line(1, "Dauer: 0.5 ms", command: "DELETE"))
    #expect(localized.summary.lacks == ["messages_localized", "no_statements"])
    #expect(!localized.summary.notes.contains { $0.contains("set log_statement") })
    let nothing = try read(Self.line(1, "checkpoint complete", user: ""))
    #expect(nothing.summary.notes.contains { $0.contains("set log_statement = all") })
  }

  @Test func `a first field in quotes is a first field`() throws {
    let text = (1...2).map { Self.line($0, $0 == 1 ? "statement: SELECT 1" : "duration: 1 ms", quoted: true) }.joined()
    let reading = try read(text)
    #expect(reading.summary.format == "postgresql.csvlog")
    #expect(reading.statements.map(\.sql) == ["SELECT 1"])
    #expect(reading.summary.lacks == [])
  }

  @Test func `an error at a file's beginning belongs to the last statement of the file before`() throws {
    let error = Self.line(8, "boom", severity: "ERROR", state: "22012", query: "SELECT 1/0")
    let reading = try read(error)
    #expect(reading.statements.map(\.sequence) == [7])
    #expect(reading.statements.first?.completeness.contains(.statementLineMissing) == true)
    // A text that does not parse is logged nowhere else.
    let syntax = try read(Self.line(8, "syntax error", severity: "ERROR", state: "42601", query: "SELEC 1"))
    #expect(syntax.statements.map(\.sequence) == [8])
    #expect(
      try read(Self.whole + Self.line(3, "boom", severity: "ERROR", query: "X")).statements.map(\.sequence) == [1, 3])
  }

  @Test func `a quote that is never closed in the middle is not an end of the archive`() throws {
    let reading = try read(Self.whole + "2026-11-23 07:24:41 UTC,\"app\n" + Self.line(5, "statement: SELECT 2"))
    #expect(reading.addsUp)
    #expect(reading.rejected.map(\.reason) == ["invalid_csv"])
    #expect(reading.statements.count == 2)
  }
}
