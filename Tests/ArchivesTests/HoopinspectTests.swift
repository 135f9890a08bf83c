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
}
