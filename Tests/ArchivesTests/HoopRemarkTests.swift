import Archives
import AuditTrail
import Testing

/// What a hoop session says besides its statements.
struct HoopRemarkTests {
  private static func hit(_ rule: String, _ message: String, word: String) -> String {
    #"{"rule_name":"\#(rule)","rule":{"type":"deny_words_list"},"direction":"input","matched_words":["\#(word)"],"message":"\#(message)"}"#
  }

  @Test func `of two hits the first gives both rule and message, reviewed or not`() throws {
    let hits = "[\(Self.hit("first", "message one", word: "SELECT")),\(Self.hit("second", "message two", word: "1"))]"
    let review = HoopSamples.review(groups: HoopSamples.approvedGroup)
    for changes in [["guardrails_info": hits], ["guardrails_info": hits, "review": review]] {
      let statement = try #require(try HoopSamples.read(HoopSamples.session(changes)).statements.first)
      #expect(statement.decision == Decision(action: .block, rule: "first", message: "message one"))
    }
  }

  @Test(arguments: [
    ([#""a@example.org""#, #""Ana""#, #""u1""#, #""m1""#], "a@example.org"),
    (["null", #""Ana""#, #""u1""#, #""m1""#], "Ana"),
    ([#""""#, #""""#, #""u1""#, #""m1""#], "u1"), (["null", "null", "null", #""m1""#], "m1"),
    (["null", "null", "null", "null"], nil),
  ]) func `who acted is named as far as anything names them`(_ names: [String], _ user: String?) throws {
    let changes: [String: String?] = [
      "user": names[0], "user_name": names[1], "user_id": names[2], "machine_identity_id": names[3],
      "review": HoopSamples.review(groups: HoopSamples.approvedGroup),
    ]
    let reading = try HoopSamples.read(HoopSamples.session(changes))
    #expect(reading.openings.first?.identity?.user == user)
    #expect(reading.approvals.first?.requestedBy == user ?? "unknown")
  }

  @Test(arguments: [
    ("exec", "postgres", "user", KindBasis.assumed), ("connect", "postgres", "user", .recorded),
    ("connect", "mcp", "user", .assumed), ("exec", "postgres", "machine", .recorded),
  ]) func `the kind is recorded only where hoop tells kinds apart`(
    _ verb: String, _ engine: String, _ type: String, _ basis: KindBasis
  ) throws {
    let text = HoopSamples.session([
      "verb": "\"\(verb)\"", "connection_subtype": "\"\(engine)\"", "identity_type": "\"\(type)\"",
    ])
    let identity = try #require(try HoopSamples.read(text).openings.first?.identity)
    #expect(identity.kindBasis == basis)
    #expect(identity.kind == (type == "machine" ? .service : .human))
  }

  @Test func `a refusal that is in the event stream only is a refusal`() throws {
    let input = HoopSamples.event(0.1, "i", "DROP TABLE visits")
    let text = "Blocked by the following Guardrails rule: no-drop"
    let refused = "[\(input),\(HoopSamples.event(0.3, "e", text))]"
    let late = "[\(input),\(HoopSamples.event(0.2, "o", "DROP TABLE")),\(HoopSamples.event(0.3, "e", text))]"
    let failed = "[\(input),\(HoopSamples.event(0.3, "e", "connection reset"))]"
    for (stream, action, rule) in [
      (refused, Action.block, "no-drop"), (late, .allow, "no-drop"), (failed, .allow, nil),
    ] {
      let decision = try HoopSamples.read(HoopSamples.session(["event_stream": stream])).statements.first?.decision
      #expect(decision?.action == action)
      #expect(decision?.rule == rule)
    }
  }

  @Test(arguments: [
    ("metrics", #"{"data_masking":{"err_count":3,"info_types":{}}}"#, "masking_errors"),
    ("metrics", #"{"data_analyzer":{"US_SSN":12}}"#, "output_analyzed"),
    ("ai_analysis", #"{"action":"allow_execution","steps":[{"type":"tool_call"}]}"#, "analyzer_steps"),
    ("review", review(#""time_window":{"type":"time_range"}"#), "time_windows"),
    ("review", review(#""min_approvals":2"#), "approvals_missing"),
  ]) func `what no record holds is flagged on the archive`(_ key: String, _ value: String, _ flag: String) throws {
    #expect(try HoopSamples.read(HoopSamples.session([key: value])).summary.flags.contains(flag))
    #expect(try !HoopSamples.read(HoopSamples.session()).summary.flags.contains(flag))
  }

  private static func review(_ member: String) -> String {
    #"{"id":"r1","type":"onetime","status":"APPROVED","created_at":"2026-07-01T09:00:00Z",\#(member),"review_groups_data":[\#(HoopSamples.approvedGroup)]}"#
  }

  @Test func `a group that may approve alone needs no second person`() throws {
    let member = #""min_approvals":2,"force_approval_groups":["dba"]"#
    let reading = try HoopSamples.read(HoopSamples.session(["review": Self.review(member)]))
    #expect(!reading.summary.flags.contains("approvals_missing"))
  }

  @Test func `why a review was rejected and what the analyzer found are the decision's message`() throws {
    let rejected =
      #"{"id":"r1","type":"onetime","status":"REJECTED","created_at":"2026-07-01T09:00:00Z","rejection_reason":"no ticket"}"#
    let analysis = #"{"action":"block_execution","title":"Deletes all","risk_level":"high","explanation":"no WHERE"}"#
    let cases = [
      (["review": rejected], "no ticket"), (["ai_analysis": analysis], "Deletes all; risk high: no WHERE"),
    ]
    for (changes, message) in cases {
      #expect(try HoopSamples.read(HoopSamples.session(changes)).statements.first?.decision.message == message)
    }
  }

  @Test func `a refusal keeps why the review was rejected and what the analyzer said, and its counts are said`() throws
  {
    let rejected =
      #"{"id":"r1","type":"onetime","status":"REJECTED","created_at":"2026-07-01T09:00:00Z","rejection_reason":"no ticket"}"#
    let analysis =
      #"{"action":"require_access_request","title":"Deletes all","risk_level":"high","explanation":"no WHERE"}"#
    let reading = try HoopSamples.read(
      HoopSamples.session([
        "guardrails_info": "[\(Self.hit("first", "message one", word: "SELECT"))]", "review": rejected,
        "ai_analysis": analysis, "metrics": #"{"data_analyzer":{"US_SSN":12,"EMAIL_ADDRESS":3}}"#,
        "metadata": #"{"reason":"cleanup"}"#, "labels": #"{"runbookFile":"ops/purge.sql"}"#,
      ]))
    let decision = try #require(reading.statements.first?.decision)
    #expect(decision.rule == "first")
    #expect(decision.message == "message one; review rejected: no ticket; Deletes all; risk high: no WHERE")
    #expect(reading.summary.notes.contains { $0.contains("which found EMAIL_ADDRESS 3, US_SSN 12") })
    #expect(reading.openings.first?.purpose?.reason == "cleanup; runbook ops/purge.sql")
  }

  @Test func `keys that are not known are counted, and a runbook is the reason`() throws {
    let reading = try HoopSamples.read(
      HoopSamples.session(["from_the_future": "true", "labels": #"{"runbookFile":"ops/purge.sql"}"#]))
    #expect(reading.summary.unknownKeys == ["from_the_future": 1])
    #expect(reading.openings.first?.purpose?.reason == "runbook ops/purge.sql")
  }
}
