import Archives
import AuditTrail
import Testing

struct PostgresLogTests {
  /// One record with the columns a test cares about.
  private static func line(
    _ message: String, number: Int = 2, severity: String = "LOG", detail: String = "", query: String = "",
    time: String = "2026-11-23 07:24:41.952 UTC", start: String = "2026-11-23 07:24:41 UTC", command: String = "idle",
    session: String = "6b03ea39.7099", columns: Int = 26
  ) -> String {
    func quoted(_ text: String) -> String { text.isEmpty ? "" : "\"\(text.replacing("\"", with: "\"\""))\"" }
    let fields = [
      time, quoted("app"), quoted("shop"), "28825", quoted("10.0.0.7:5432"), session, "\(number)", quoted(command),
      start,
      "3/1", "0", severity, severity == "LOG" ? "00000" : "42601", quoted(message), quoted(detail), "", "", "", "",
      quoted(query), "", "", quoted("tool"), quoted("client backend"), "", "0",
    ]
    return fields.prefix(columns).joined(separator: ",") + "\n"
  }

  @Test func `a log that PostgreSQL 15 wrote is read whole`() throws {
    let reading = try read(try fixture("postgresql-15.csv"))
    #expect(reading.addsUp)
    #expect(reading.summary.format == "postgresql.csvlog")
    #expect(reading.summary.lacks == [])
    #expect([reading.summary.entries, reading.summary.accepted] == [208, 208])
    #expect(reading.statements.count == 69)
    #expect(reading.statements.allSatisfy { $0.decision.action == .observed && $0.result != nil })
    #expect(reading.statements.allSatisfy { $0.completeness == [.noIdentity, .noDecision] })
    #expect(reading.openings.count == reading.closings.count)
    let opening = reading.openings.last
    #expect(opening?.session == "6b03ea39.7099")
    #expect(opening?.client == Client(address: "[local]", application: "fixture"))
    #expect(opening?.connection.database == "shop")
    #expect(opening?.connection.databaseUser == "postgres")
    #expect(opening?.identity == nil)
    #expect(opening?.time == Timestamp("2026-11-23T07:24:41Z"))
  }

  @Test func `parameters, errors and texts of several lines are read as they were`() throws {
    let statements = try read(try fixture("postgresql-15.csv")).statements
    let bound = statements.first { $0.sql == "SELECT $1::text, $2::int" }
    #expect(bound?.parameters?.map(\.value) == ["it's\ntwo lines", nil])
    #expect(bound?.result?.durationMicroseconds == 16)
    let quoted = statements.first { $0.sql.contains("quoted") }
    #expect(quoted?.sql == "INSERT INTO notes VALUES (1, 'a \"quoted\" word, and\na second line');")
    #expect(statements.first { $0.result?.error?.sqlstate == "42P01" }?.sql == "SELECT * FROM missing;")
    let again = statements.filter { $0.sql == "INSERT INTO notes VALUES ($1, $2)" }
    #expect(again.map { $0.result?.error?.sqlstate } == [nil, "23505"])
  }

  @Test func `only an execution is a statement`() throws {
    let reading = try read(
      Self.line("duration: 0.1 ms  parse s1: SELECT $1", number: 1, command: "PARSE")
        + Self.line("duration: 0.1 ms  bind s1: SELECT $1", number: 2, command: "BIND")
        + Self.line("execute s1: SELECT $1", number: 3, detail: "parameters: $1 = '1'")
        + Self.line("duration: 0.25 ms", number: 4, command: "BIND")
        + Self.line("duration: 1.25 ms", number: 5, command: "SELECT")
        + Self.line("execute fetch from s1: SELECT $1", number: 6)
        + Self.line("duration: 2.000 ms  statement: SELECT 2", number: 7))
    #expect(reading.statements.map(\.sql) == ["SELECT $1", "SELECT 2"])
    #expect(reading.statements.map { $0.result?.durationMicroseconds } == [1250, 2000])
    #expect(reading.statements.map(\.sequence) == [3, 7])
  }

  @Test func `what the log lacks is flagged`() throws {
    let cases: [(String, String)] = [
      (Self.line("statement: SELECT 1"), "results_missing"),
      (Self.line("execute s: SELECT $1") + Self.line("duration: 1 ms", number: 3), "parameters_missing"),
      (
        Self.line("execute s: SELECT $1", detail: "parameters: $1 = 'abc...'")
          + Self.line("duration: 1 ms", number: 3), "parameters_missing"
      ),
      (Self.line("duration: 1 ms  statement: SELECT 1") + Self.line("checkpoint", number: 9), "lines_missing"),
      (Self.line("duration: 1 ms  statement: SELECT 1", session: "6b03ea39.7098"), "session_id_mismatch"),
      (Self.line("duration: 1 ms  statement: SELECT 1", columns: 25), "columns_guessed"),
      (Self.line("connection received"), "no_statements"),
    ]
    for (text, flag) in cases {
      #expect(try read(text).summary.lacks.filter { $0 != "slow_statements_only" } == [flag])
    }
  }

  @Test func `an error without its statement's line still gives the statement`() throws {
    let reading = try read(
      Self.line("syntax error", severity: "ERROR", query: "SELEC 1") + Self.line("password failed", severity: "FATAL"))
    #expect(reading.statements.map(\.sql) == ["SELEC 1"])
    #expect(reading.statements.first?.result?.error?.sqlstate == "42601")
  }

  @Test(arguments: [
    ("2026-11-23 08:24:41 CET", "2026-11-23 08:24:41 CET", "2026-11-23T07:24:41Z"),
    ("2026-11-23 12:54:41.5 IST", "2026-11-23 12:54:41 IST", "2026-11-23T07:24:41.5Z"),
    ("2026-11-23 09:24:41 +02", "2026-11-23 08:24:41 CET", "2026-11-23T07:24:41Z"),
    ("2026-11-23 04:54:41 -0230", "2026-11-23 08:24:41 CET", "2026-11-23T07:24:41Z"),
    // The session began before the clock was moved.
    ("2026-11-23 10:24:41 CEST", "2026-11-23 08:24:41 CET", "2026-11-23T08:24:41Z"),
    ("2026-11-23 02:30:00 EST", "2026-11-23 03:24:41 EDT", "2026-11-23T07:30:00Z"),
  ]) func `a zone's abbreviation is explained by the session's id`(
    _ time: String, _ start: String, _ expected: String
  ) throws {
    let reading = try read(Self.line("duration: 1 ms  statement: SELECT 1", time: time, start: start))
    #expect(reading.statements.map(\.time) == [Timestamp(expected)])
  }

  @Test func `a record that cannot be read is rejected with its reason, the others are read`() throws {
    let good = Self.line("duration: 1 ms  statement: SELECT 1")
    let cases: [(String, String)] = [
      (Self.line("x", time: "2026-11-23 08:24:41 CEST"), "ambiguous_time_zone"),
      (Self.line("x", time: "2026-13-23 08:24:41 UTC"), "ill_typed"), (Self.line("x", columns: 21), "bad_arity"),
      (Self.line("x", severity: "FEHLER"), "bad_value"), (Self.line("x", session: ""), "missing_key"),
      (Self.line("x", number: 0), "ill_typed"), ("2026-11-23 07:24:41 UTC,a\"b\",c\n", "invalid_csv"),
      (String(repeating: ",", count: 100) + "\n", "bad_arity"),
    ]
    for (text, reason) in cases {
      let reading = try read(good + text + good.replacing(",2,", with: ",3,"))
      #expect(reading.addsUp)
      #expect(reading.rejected.map(\.reason) == [reason])
      #expect(reading.rejected.first?.byteOffset ?? 0 >= Int64(good.utf8.count))
      #expect(reading.statements.count == 2, "\(reason)")
    }
  }

  @Test func `a quote that is never closed takes no other record with it`() throws {
    let good = Self.line("duration: 1 ms  statement: SELECT 1")
    let open = "2026-11-23 07:24:41 UTC,\"app\n"
    let reading = try read(good + open + good)
    #expect(reading.addsUp)
    #expect(reading.rejected.map(\.reason).allSatisfy { ["invalid_csv", "entry_cut"].contains($0) })
    #expect(reading.statements.count >= 1)
  }

  @Test func `a record longer than the limit is rejected unread and the next is read`() throws {
    var options = ReadOptions()
    options.maximumEntryBytes = 1000
    let good = Self.line("duration: 1 ms  statement: SELECT 1")
    let long = Self.line("statement: SELECT '" + String(repeating: "x\n", count: 400_000) + "'")
    let reading = try read(good + long + good.replacing(",2,", with: ",4,"), as: nil, options)
    #expect(reading.addsUp)
    #expect(reading.rejected.map(\.reason) == ["record_too_long"])
    #expect(reading.rejected.first?.bytes == Int64(long.utf8.count - 1))
    #expect(reading.statements.count == 2)
  }

  @Test func `a log cut anywhere adds up`() throws {
    let bytes = Array(try fixture("postgresql-15.csv").utf8)
    for end in stride(from: 40_000, to: bytes.count, by: 97) {
      let reading = try read(Array(bytes[..<end]))
      #expect(reading.addsUp)
      #expect(reading.rejected.count <= 1)
    }
  }
}
