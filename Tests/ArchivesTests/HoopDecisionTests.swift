import Archives
import AuditTrail
import Digests
import Testing

struct HoopDecisionTests {
  private func one(_ changes: [String: String?]) throws -> StatementRecord {
    let reading = try HoopSamples.read(HoopSamples.session(changes))
    return try #require(reading.statements.first)
  }

  private static func hit(_ word: String, direction: String = "input", rule: String = "deny-drop") -> String {
    """
    [{"rule_name":"\(rule)","rule":{"type":"deny_words_list","words":["\(word)"]},"direction":"\(direction)",\
    "matched_words":["\(word)"],"message":"not here"}]
    """
  }

  @Test func `a session's opening says who, what and why`() throws {
    let text = HoopSamples.session([
      "metadata": #"{"reason":"fix-issue","ticket":"OPS-1"}"#, "correlation_id": #""task-1""#,
      "identity_type": #""machine""#,
    ])
    let reading = try HoopSamples.read(text)
    let opening = try #require(reading.openings.first)
    #expect(opening.session == "1cbc8db5-fbf8-4293-8e35-59a6eea40207")
    #expect(opening.identity == Identity(user: "ana@example.org", kind: .service))
    #expect(
      opening.connection
        == Connection(
          name: "clinic", engine: "postgresql", environment: "production",
          tags: ["environment": "production", "team": "care"]))
    #expect(opening.purpose == Purpose(ticket: "OPS-1", reason: "fix-issue"))
    #expect(opening.correlation == "task-1")
    #expect(
      reading.closings == [
        SessionClosing(session: opening.session, time: NativeSamples.time("2026-07-01T09:10:00Z"), statements: nil)
      ])
  }

  @Test func `without a hit nothing is called evaluated`() throws {
    let statement = try one([:])
    #expect(statement.decision == Decision(action: .allow))
    #expect(statement.completeness == [.evaluationUnknown, .resultsAbsent])
  }

  @Test func `a person who is not named is flagged`() throws {
    let statement = try one(["user": #""""#, "user_name": "null", "user_id": "null"])
    #expect(statement.completeness.contains(.noIdentity))
  }

  @Test func `a script is one unit, and a refused one is refused whole`() throws {
    let script = "SELECT 1;\nDROP TABLE a;\nSELECT 2"
    let text = HoopSamples.session([
      "script": #"{"data":"SELECT 1;\nDROP TABLE a;\nSELECT 2"}"#, "guardrails_info": Self.hit("DROP"),
      "exit_code": "254",
    ])
    let statements = try HoopSamples.read(text).statements
    #expect(statements.map(\.sql) == ["SELECT 1", "DROP TABLE a", "SELECT 2"])
    let digest = SHA256Digest(of: script).hex
    #expect(
      statements.map(\.unit)
        == (1...3).map { UnitReference(id: "script", sha256: digest, position: $0, count: 3) })
    for statement in statements {
      #expect(statement.decision == Decision(action: .block, rule: "deny-drop", message: "not here"))
      #expect(statement.completeness == [])
      #expect(statement.result == nil)
    }
  }

  @Test func `in a native session the refused statement is the last, or the only other that holds the word`() throws {
    let cases: [(sql: [String], blocked: Int)] = [
      (["DROP TABLE a", "SELECT 1", "DROP TABLE b"], 2), (["SELECT 1", "DROP TABLE a", "SELECT 2"], 1),
      (["DROP TABLE a", "DROP TABLE b", "SELECT 2"], 2), (["SELECT 1", "drop table a"], 1),
    ]
    for (sql, blocked) in cases {
      let text = HoopSamples.native(sql.map { Wire.query($0) }, ["guardrails_info": Self.hit("DROP")])
      let statements = try HoopSamples.read(text).statements
      for (index, statement) in statements.enumerated() {
        #expect(statement.decision.action == (index == blocked ? .block : .allow))
        #expect(statement.completeness.contains(.decisionBySession) == (index == blocked))
        #expect(statement.completeness.contains(.evaluationUnknown) == (index != blocked))
      }
    }
  }

  @Test func `a refused parse is the refused statement though nothing was executed`() throws {
    let events = [Wire.query("SELECT 1"), Wire.parse("", "DROP TABLE a") + Wire.sync]
    let refused = try HoopSamples.read(HoopSamples.native(events, ["guardrails_info": Self.hit("DROP")]))
    #expect(refused.statements.map(\.decision.action) == [.allow, .block])
    let harmless = try HoopSamples.read(HoopSamples.native(events))
    #expect(harmless.statements.map(\.sql) == ["SELECT 1"])
  }

  @Test func `a rule on the output stops nothing that ran`() throws {
    let text = HoopSamples.session(["guardrails_info": Self.hit("SSN", direction: "output")])
    let reading = try HoopSamples.read(text)
    #expect(reading.statements.first?.decision == Decision(action: .allow, rule: "deny-drop", message: "not here"))
    #expect(reading.summary.lacks == ["output_guardrail"])
  }

  @Test func `a one-time review is the decision, and the time is bounded by it`() throws {
    let text = HoopSamples.session([
      "review": HoopSamples.review(groups: HoopSamples.approvedGroup), "end_date": #""2026-07-01T12:01:00Z""#,
      "event_stream": "[\(HoopSamples.event(0.25, "i", "SELECT 1"))]", "metadata": #"{"reason":"close"}"#,
    ])
    let reading = try HoopSamples.read(text)
    let statement = try #require(reading.statements.first)
    #expect(statement.decision == Decision(action: .review, rule: "writes-need-review"))
    #expect(statement.approval == "r1")
    #expect(statement.time == NativeSamples.time("2026-07-01T12:00:00Z"))
    #expect(statement.completeness == [.approximateTime, .resultsAbsent])
    #expect(
      reading.approvals == [
        Approval(
          id: "r1", connection: "clinic", session: "1cbc8db5-fbf8-4293-8e35-59a6eea40207",
          requestedBy: "ana@example.org", requestedAt: NativeSamples.time("2026-07-01T09:00:00.500Z"), reason: "close",
          status: .approved, automatic: false, rule: "writes-need-review",
          decisions: [
            ApprovalDecision(
              user: "bo@example.org", group: "dba", decision: "approved",
              time: NativeSamples.time("2026-07-01T12:00:00Z"), forced: false)
          ],
          validFrom: NativeSamples.time("2026-07-01T12:00:00Z"), expiresAt: NativeSamples.time("2026-07-01T12:30:00Z"),
          unitSHA256: nil)
      ])
  }

  @Test func `what a review's status says of the approval`() throws {
    let expected: [(String, ApprovalStatus)] = [
      ("PENDING", .pending), ("APPROVED", .approved), ("REJECTED", .rejected), ("REVOKED", .revoked),
      ("PROCESSING", .approved), ("EXECUTED", .approved), ("UNKNOWN", .pending),
    ]
    for (status, expected) in expected {
      let text = HoopSamples.session(["review": HoopSamples.review(status, groups: HoopSamples.approvedGroup)])
      #expect(try HoopSamples.read(text).approvals.first?.status == expected)
    }
  }

  @Test func `every group's decision is kept, forced ones too, in the order of time`() throws {
    let groups = """
      \(HoopSamples.approvedGroup),
      {"id":"g2","group_name":"sec","status":"REJECTED","owner_email":"cy@example.org",\
      "reviewed_at":"2026-07-01T11:00:00Z","forced_review":true},
      {"id":"g3","group":"ops","status":"PENDING","reviewed_by":null,"review_date":"0001-01-01T00:00:00Z"}
      """
    let reading = try HoopSamples.read(HoopSamples.session(["review": HoopSamples.review(groups: groups)]))
    let decisions = try #require(reading.approvals.first?.decisions)
    #expect(decisions.map(\.user) == ["cy@example.org", "bo@example.org"])
    #expect(decisions.map(\.group) == ["sec", "dba"])
    #expect(decisions.map(\.decision) == ["rejected", "approved"])
    #expect(decisions.map(\.forced) == [true, false])
  }

  @Test func `an approval without a person is automatic`() throws {
    let group = #"{"id":"g1","group":"dba","status":"APPROVED","reviewed_by":null,"review_date":null}"#
    let reading = try HoopSamples.read(HoopSamples.session(["review": HoopSamples.review("APPROVED", groups: group)]))
    #expect(reading.approvals.first?.automatic == true)
  }

  @Test func `a review of access for a time decides no statement; the join is made later`() throws {
    let text = HoopSamples.native(
      [Wire.query("SELECT 1")],
      ["review": HoopSamples.review("APPROVED", type: "jit", groups: HoopSamples.approvedGroup)])
    let reading = try HoopSamples.read(text)
    #expect(reading.approvals.count == 1)
    #expect(reading.statements.first?.decision.action == .allow)
    #expect(reading.statements.first?.approval == nil)
    #expect(reading.statements.first?.completeness.contains(.approximateTime) == false)
  }

  @Test func `masking belongs to the statement only where the session is one statement`() throws {
    let metrics =
      #"{"data_masking":{"err_count":0,"info_types":{"EMAIL_ADDRESS":2,"PERSON":0},"total_redact_count":2}}"#
    let single = try one(["metrics": metrics])
    #expect(single.decision == Decision(action: .mask, masked: ["detector:EMAIL_ADDRESS"]))
    #expect(!single.completeness.contains(.evaluationUnknown))
    let several = try one(["metrics": metrics, "script": #"{"data":"SELECT 1; SELECT 2"}"#])
    #expect(several.decision == Decision(action: .allow))
    #expect(several.completeness.isSuperset(of: [.maskingBySession, .evaluationUnknown]))
    let none = try one(["metrics": #"{"data_masking":{"info_types":{},"total_redact_count":0}}"#])
    #expect(none.decision.action == .allow)
    #expect(!none.completeness.contains(.maskingBySession))
  }

  @Test func `the analyzer's verdict on a script is a decision`() throws {
    let blocked = try one(["ai_analysis": #"{"risk_level":"high","title":"risky","action":"block_execution"}"#])
    #expect(blocked.decision == Decision(action: .block, rule: "ai_analyzer", message: "risky; risk high"))
    let allowed = try one(["ai_analysis": #"{"risk_level":"low","title":"fine","action":"allow_execution"}"#])
    #expect(!allowed.completeness.contains(.evaluationUnknown))
  }

  @Test func `printed output tells the rows of a script that is one statement`() throws {
    let cases: [(output: String, rows: Int64?, kind: RowsKind?)] = [
      ("id\tname\n1\tana\n2\tbo\n(2 rows)\n", 2, .returned), ("id\n1\n(1 row)\n", 1, .returned),
      ("DELETE 5\n", 5, .affected), ("INSERT 0 3\n", 3, .affected), ("id\nDELETE 5\n", nil, nil), ("done\n", nil, nil),
      ("ERROR:  permission denied for table t\n", nil, .unknown),
    ]
    for (output, rows, kind) in cases {
      let stream = "[\(HoopSamples.event(0, "i", "SELECT 1")),\(HoopSamples.event(0.1, "o", output))]"
      let statement = try one(["event_stream": stream])
      #expect(statement.result?.rows == rows, "\(output)")
      #expect(statement.result?.rowsKind == kind)
      #expect((statement.result?.error != nil) == output.hasPrefix("ERROR"))
      #expect(statement.completeness.contains(.resultsAbsent) == (kind == nil))
      let several = try one(["event_stream": stream, "script": #"{"data":"SELECT 1; SELECT 2"}"#])
      #expect(several.result == nil)
      #expect(several.completeness.contains(.resultsAbsent))
    }
  }

  @Test func `the whole output as one text is read, plain or base64`() throws {
    for output in ["1\n(1 row)\n", Base64.encode(Array("1\n(1 row)\n".utf8))] {
      let escaped = output.replacing("\n", with: "\\n")
      #expect(try one(["event_stream": "[\"\(escaped)\"]"]).result?.rows == 1)
    }
  }

  @Test func `what a stream lacks is said`() throws {
    let fallback = """
      ["An internal error occurred: unable to decode the event stream due to invalid characters.\\n\
      Please download the session as an alternative."]
      """
    let cases: [([String: String?], String)] = [
      (["event_stream": fallback], "event_stream_undecodable"),
      (["event_stream": #"[[0,"e","bm8gbG9nIGZvdW5kIG9uIGRpc2s="]]"#], "event_stream_lost"),
      (["verb": #""connect""#, "script": #"{"data":""}"#], "event_stream_missing"),
      (["script": #"{"data":""}"#, "event_stream": nil as String?], "event_stream_missing"),
      (["metrics": #"{"truncated":true}"#], "event_stream_truncated"),
      (["event_stream": #"[[0,"o","%%%"],[1],"x"]"#], "events_unreadable"),
    ]
    for (changes, flag) in cases {
      let reading = try HoopSamples.read(HoopSamples.session(changes))
      #expect(reading.addsUp)
      #expect(reading.summary.lacks == [flag])
      #expect(reading.summary.notes.count == 1)
    }
  }

  @Test func `a script that only the stream holds is read from there`() throws {
    let stream = "[\(HoopSamples.event(1.5e-05, "i", "SELECT 7"))]"
    let statement = try one(["script": #"{"data":""}"#, "event_stream": stream])
    #expect(statement.sql == "SELECT 7")
    #expect(statement.time.nanoseconds % 1_000_000_000 == 500_015_000)
  }

  @Test func `entries that are not sessions are rejected by what they lack`() throws {
    let cases: [(String, String)] = [
      ("17", "not_a_session"), (#"{"id":"a"}"#, "missing_key"), (#"{"connection":"c"}"#, "missing_key"),
      (HoopSamples.session(["id": "7"]), "ill_typed"),
      (HoopSamples.session(["start_date": #""9999-01-01T00:00:00Z""#]), "time_out_of_range"),
      (HoopSamples.session(["end_date": #""soon""#]), "invalid_time"),
    ]
    for (text, reason) in cases {
      let reading = try HoopSamples.read("[\(text),\(HoopSamples.session())]")
      #expect(reading.addsUp)
      #expect(reading.rejected.map(\.reason) == [reason])
      #expect(reading.openings.count == 1)
    }
  }
}
