import Archives
import AuditTrail
import Testing

struct HoopinspectTests {
  private func read(_ lines: String...) throws -> Reading {
    try ArchivesTests.read(lines.map { $0 + "\n" }.joined())
  }

  private static let start = line("session_start", #","protocol":"postgres","connection":"appdb""#)

  private static func line(_ kind: String, _ rest: String) -> String {
    #"{"kind":"\#(kind)","timestamp":"2026-08-21T03:00:00Z","session_id":"s1","principal":"bob@acme.io"\#(rest)}"#
  }

  @Test func `a session is read with its statements, and the totals tie out`() throws {
    let reading = try read(
      Self.start, Self.line("statement", #","statement":"SELECT 1","allowed":true,"duration_ns":1500000"#),
      Self.line(
        "violation",
        #","statement":"DELETE FROM t","allowed":false,"rule":"no-destructive-sql","message":"not permitted""#),
      Self.line("session_end", #","statement_count":2,"denied_count":1"#))
    #expect(reading.addsUp)
    #expect(reading.summary.format == "hoopinspect")
    #expect(reading.summary.lacks == [])
    #expect(reading.openings.first?.connection == Connection(name: "appdb", engine: "postgresql"))
    #expect(reading.statements.map(\.sequence) == [1, 2])
    #expect(reading.statements.map(\.decision.action) == [.allow, .block])
    #expect(reading.statements.last?.decision.rule == "no-destructive-sql")
    #expect(reading.statements.first?.result?.durationMicroseconds == 1500)
    #expect(reading.statements.last?.completeness == [])
    #expect(reading.closings.map(\.statements) == [2])
  }

  @Test(arguments: [(1, 0, true), (2, 1, true), (1, 1, true), (3, 1, false), (2, 0, false)])
  func `totals that count other statements than were read are a finding`(
    _ declared: Int, _ denied: Int, _ fits: Bool
  ) throws {
    var lines = [Self.start, Self.line("statement", #","statement":"SELECT 1","allowed":true"#)]
    if denied > 0 || declared > 1 {
      lines.append(Self.line("violation", #","statement":"DROP TABLE t","allowed":false"#))
    }
    lines.append(Self.line("session_end", #","statement_count":\#(declared),"denied_count":\#(denied)"#))
    let reading = try ArchivesTests.read(lines.map { $0 + "\n" }.joined())
    #expect(reading.summary.lacks == (fits ? [] : ["count_mismatch"]))
  }

  @Test func `what the sidecar cut, hid or did not understand is flagged`() throws {
    let cases: [(String, Completeness)] = [
      (#","statement":"SELECT 'aaaa...[truncated]""#, .statementTruncated),
      (#","statement":"sha256:0123456789abcdef""#, .redacted),
      (#","statement":"SELECT 1","metadata":{"sql.incomplete":"true"}"#, .sqlIncomplete),
      (#","statement":"SELECT $1""#, .paramsNotLogged),
    ]
    for (rest, flag) in cases {
      let reading = try read(Self.start, Self.line("statement", rest + #","allowed":true"#))
      #expect(reading.statements.first?.completeness == [flag, .resultsAbsent])
    }
  }

  @Test func `masked entities belong to the statement before`() throws {
    let reading = try read(
      Self.start, Self.line("statement", #","statement":"SELECT 1","allowed":true"#),
      Self.line("masked", #","masked_entities":["PERSON","EMAIL_ADDRESS"],"masked_count":3"#))
    #expect(reading.statements.count == 1)
    #expect(
      reading.statements.first?.decision
        == Decision(action: .mask, masked: ["detector:EMAIL_ADDRESS", "detector:PERSON"]))
  }

  @Test func `a log that was begun in the middle still names its session`() throws {
    let reading = try read(Self.line("statement", #","statement":"SELECT 1","allowed":true,"connection":"appdb""#))
    #expect(reading.openings.map(\.session) == ["s1"])
    #expect(reading.statements.count == 1)
  }

  @Test func `other kinds and broken lines are rejected, errors counted`() throws {
    let reading = try read(
      Self.start, Self.line("error", #","error":"upstream closed""#), Self.line("gossip", ""), "{",
      Self.line("statement", #","allowed":true"#), "")
    #expect(reading.addsUp)
    #expect(reading.rejected.map(\.reason) == ["unknown_record_type", "invalid_json", "missing_key"])
    #expect(reading.summary.lacks == ["proxy_errors"])
    #expect(reading.summary.blank == 1)
  }

  /// A line of one direction, as hoop 1.148 writes both.
  private static func sent(_ sql: String, _ message: String = "Query", name: String? = nil) -> String {
    let prepared = name.map { #","pg.statement":"\#($0)""# } ?? ""
    return line(
      "statement",
      #","statement":"\#(sql)","allowed":true,"direction":"client","metadata":{"pg.message":"\#(message)"\#(prepared)}"#
    )
  }

  private static func answered(_ text: String, _ message: String = "CommandComplete") -> String {
    line(
      "statement",
      #","statement":"\#(text)","allowed":true,"direction":"server","metadata":{"pg.message":"\#(message)"}"#)
  }

  @Test func `what the server sent is an answer and no statement`() throws {
    let reading = try read(
      Self.start, Self.sent("SELECT email FROM customers"), Self.answered("SELECT 7"),
      Self.line("masked", #","direction":"server","masked_entities":["EMAIL_ADDRESS"],"masked_count":7"#),
      Self.sent("DELETE FROM visits WHERE id = 3"), Self.answered("SERROR", "ErrorResponse"),
      Self.sent("UPDATE visits SET status = 'done'"), Self.answered("UPDATE 12"),
      Self.line("session_end", #","statement_count":6,"denied_count":0"#))
    #expect(reading.summary.lacks == [])
    #expect(reading.statements.map(\.sequence) == [1, 2, 3])
    #expect(reading.statements.map(\.decision.action) == [.mask, .allow, .allow])
    #expect(reading.statements[0].decision.masked == ["detector:EMAIL_ADDRESS"])
    #expect(reading.statements.map(\.result?.rows) == [7, nil, 12])
    #expect(reading.statements.map(\.result?.rowsKind) == [.returned, .unknown, .affected])
    #expect(reading.statements.map { $0.result?.error?.message } == [nil, "ERROR", nil])
    #expect(reading.statements.allSatisfy { !$0.completeness.contains(.resultsAbsent) })
    #expect(reading.closings.map(\.statements) == [3])
  }

  @Test func `answers find their statements though several were sent before the first came`() throws {
    let reading = try read(
      Self.start, Self.sent("SELECT 1"), Self.sent("INSERT INTO notes VALUES (1), (2)"), Self.sent("SELECT 2"),
      Self.answered("SELECT 1"), Self.answered("INSERT 0 2"), Self.answered("SELECT 1"),
      Self.sent("BEGIN; DELETE FROM notes; DELETE FROM visits; COMMIT"), Self.answered("BEGIN"),
      Self.answered("DELETE 4"), Self.answered("DELETE 9"), Self.answered("COMMIT"), Self.sent("SELECT 3"))
    #expect(reading.statements.map(\.result?.rows) == [1, 2, 1, nil, nil])
    #expect(reading.statements[3].completeness == [])
    #expect(reading.statements[4].completeness == [.resultsAbsent])
    #expect(reading.statements.map(\.sequence) == [1, 2, 3, 4, 5])
  }

  @Test func `an answer that a rule refused names the rule, and its statement ran`() throws {
    let reading = try read(
      Self.start, Self.sent("SELECT token FROM tokens"),
      Self.line(
        "violation",
        #","statement":"SELECT 99","allowed":false,"rule":"no-tokens","message":"too many","direction":"server","metadata":{"pg.message":"CommandComplete"}"#
      ),
      Self.line("session_end", #","statement_count":2,"denied_count":1"#))
    #expect(reading.summary.lacks == ["output_guardrail"])
    #expect(reading.statements.map(\.decision) == [Decision(action: .allow, rule: "no-tokens", message: "too many")])
    #expect(reading.statements.first?.result?.rows == 99)
  }

  @Test func `a text that was prepared under a name ran any number of times`() throws {
    let reading = try read(
      Self.start, Self.sent("DELETE FROM visits WHERE id = $1", "Parse", name: "S_1"), Self.answered("DELETE 1"),
      Self.answered("DELETE 1"), Self.sent("SELECT 1"), Self.answered("SELECT 1"), Self.answered("DELETE 1"))
    #expect(reading.summary.lacks == ["executions_not_recorded"])
    #expect(reading.summary.notes.first?.contains("2 answers") == true)
    #expect(reading.statements.map(\.result?.rows) == [1, 1])
    #expect(reading.statements[0].completeness == [.paramsNotLogged, .executionsNotRecorded])
  }
}
