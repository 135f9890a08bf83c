import AuditTrail
import JSONReader
import Ledger
import Policies
import Testing

@testable import Incidents

@Suite struct HeadlineTests {
  private static let blocking = "- { id: no-deletes, when: { statement: { kind: delete } }, then: block }"
  private static let holding = "- { id: ask-first, when: { statement: { kind: delete } }, then: { review: [dba] } }"
  private static let masking =
    "- { id: hide, when: { statement: { reads: [customers.email] } }, then: { mask: [customers.email], method: redact } }"

  private static func incident(_ sent: [Sent], rules: [String]?, candidate: [String]? = nil) throws -> Incident {
    var plan = IncidentPlan()
    plan.policies = try rules.map { try Fixture.policy($0) }
    plan.candidate = try candidate.map { try Fixture.policy($0, version: "2") }
    return try Fixture.incident(of: sent, plan: plan)
  }

  private static let destroys = Sent(
    sql: "DELETE FROM visits WHERE 1 = 1", user: "bot@example.org", kind: .agent, actsFor: "ana@example.org",
    at: "2026-07-21T14:03:09Z", rows: 9000, effect: Fixture.deleted(9000), verdict: Fixture.harm)

  @Test func `it says when, who and for whom, what was lost, how it was decided and what would have stopped it`() throws
  {
    let incident = try Self.incident([Self.destroys], rules: [Self.blocking])
    #expect(
      incident.headline
        == "2026-07-21 14:03 UTC, bot@example.org (AI agent) for ana@example.org on clinic: on a shadow of 2026-07-01 "
        + "(copy) 9,000 rows of visits were deleted; the archive records 9,000 rows. It was allowed. "
        + "Rule no-deletes of p 1 (in force then) would have blocked it.")
  }

  @Test func `a missing row count and a rule that nobody evaluated are said`() throws {
    var sent = Self.destroys
    (sent.rows, sent.completeness) = (nil, .evaluationUnknown)
    let headline = try Self.incident([sent], rules: []).headline
    #expect(headline.contains("the archive records no row count"))
    #expect(headline.contains("the archive does not show that a rule was evaluated"))
    #expect(headline.contains("No rule would have stopped it: p 1 (in force then)."))
  }

  @Test(arguments: [
    (blocking, "Rule no-deletes of p 2 (to be tried) would have blocked it."),
    (holding, "Rule ask-first of p 2 (to be tried) would have held it for approval."),
  ])
  func `a policy to be tried is named first`(rule: String, sentence: String) throws {
    let incident = try Self.incident([Self.destroys], rules: [], candidate: [rule])
    #expect(incident.headline.hasSuffix(sentence))
    #expect(incident.judgements.map(\.role) == [.inForce, .candidate])
    #expect(incident.judgements.map { $0.firstStop?.step } == [nil, "s1/1"])
  }

  @Test func `what was blocked already needs no rule, and what went round the block is told`() throws {
    var blocked = Self.destroys
    (blocked.sql, blocked.decision, blocked.hasResult) = ("DELETE FROM visits", Decision(action: .block), false)
    blocked.rows = nil
    blocked.verdict = Verdict(.confirmedBlock, severity: .s4)
    var variant = Self.destroys
    variant.at = "2026-07-21T14:03:29Z"
    let onlyUnbounded = "- { id: bare, when: { statement: { kind: delete, where: [missing] } }, then: block }"
    var plan = IncidentPlan()
    plan.candidate = try Fixture.policy([onlyUnbounded])
    let found = [(kind: "bypass_after_block", statement: "s1/2")]
    let passes = try Fixture.incident(of: [blocked, variant], findings: found, plan: plan).headline
    #expect(passes.contains("It was allowed, after a variant of it had been blocked."), "\(passes)")
    #expect(passes.hasSuffix("No rule would have stopped it: p 1 (to be tried)."), "\(passes)")
    plan.candidate = try Fixture.policy([Self.blocking])
    let stops = try Fixture.incident(of: [blocked, variant], findings: found, plan: plan).headline
    #expect(stops.hasSuffix("Rule no-deletes of p 1 (to be tried) would have blocked it."), "\(stops)")
  }

  @Test func `without a policy it says so`() throws {
    #expect(
      try Self.incident([Self.destroys], rules: nil).headline.hasSuffix(
        "No policy was given that could have stopped it (--policy)."))
  }

  @Test(arguments: [(Leak.raw, true), (.derived, false)])
  func `a mask hides a value as it stands, not what is derived from it`(leak: Leak, stops: Bool) throws {
    var effect = Fixture.leaked(leak)
    if leak == .derived { effect.unmaskableColumns = effect.leakedColumns }
    let sent = Sent(
      sql: "SELECT email FROM customers", effect: effect, verdict: Verdict(.maskLeak, severity: .s3))
    let incident = try Self.incident([sent], rules: [Self.masking])
    #expect(incident.judgements.first?.steps.map(\.reach) == [stops ? .stops : .passes])
    #expect(incident.headline.contains("customers.email was seen in 100 rows"))
  }

  @Test func `what was stopped is told as what stood to be lost`() throws {
    var sent = Self.destroys
    sent.decision = Decision(action: .block, rule: "r7")
    sent.hasResult = false
    sent.verdict = Verdict(.confirmedBlock, severity: .s4)
    let headline = try Self.incident([sent], rules: [Self.blocking]).headline
    #expect(headline.contains("nothing was lost; on a shadow of 2026-07-01 (copy) 9,000 rows of visits stood to be"))
    #expect(headline.hasSuffix("It was blocked, by rule r7."))
  }

  @Test func `a script is judged as one: the block of another statement stops it`() throws {
    let read = Sent(
      sql: "SELECT email FROM customers", unit: "u", effect: Fixture.leaked(),
      verdict: Verdict(.maskLeak, severity: .s3))
    let delete = Sent(sql: "DELETE FROM visits WHERE id = 1", unit: "u", effect: Fixture.deleted(1))
    let incident = try Self.incident([read, delete], rules: [Self.blocking])
    let judged = try #require(incident.judgements.first?.steps.first)
    #expect(judged.step == "s1/1" && judged.action == .block && judged.rule == "no-deletes")
  }

  @Test func `small steps are told as such, and every policy is asked about each`() throws {
    let step = Sent(
      sql: "DELETE FROM visits WHERE id < 5", effect: Fixture.deleted(5000),
      verdict: Verdict(.confirmedAllow, severity: .s2))
    let incident = try Fixture.incident(
      of: [step, step, step], findings: [("accumulated_harm", "s1/2")],
      plan: {
        var plan = IncidentPlan()
        plan.candidate = try Fixture.policy([Self.holding], version: "2")
        return plan
      }())
    #expect(incident.headline.contains("15,000 rows of visits were deleted by 3 statements"))
    #expect(incident.headline.contains("together they passed a session's limit at #2"))
    #expect(incident.headline.contains("first at #1, 3 of 3 such statements"))
    #expect(incident.findings.map(\.kind) == ["accumulated_harm"])
  }

  @Test(arguments: [
    (3, "10 rows of customers, 900 rows of t1, 800 rows of t2 and 700 rows of t3 were deleted"),
    (4, "10 rows of customers, 900 rows of t1, 800 rows of t2 and 1,300 rows of 2 more tables were deleted"),
  ])
  func `the table that a statement names comes before those that cascades emptied`(_ cascades: Int, told: String) throws
  {
    var effect = Fixture.deleted(10, of: "customers")
    for number in 1...cascades {
      let rows = Int64(1000 - 100 * number)
      effect.tables.merge(Fixture.deleted(rows, of: "t\(number)", cascade: rows).tables) { $1 }
    }
    let sent = Sent(sql: "DELETE FROM customers WHERE id < 11", effect: effect, verdict: Fixture.harm)
    #expect(try Fixture.incident(of: [sent]).headline.contains(told))
  }

  @Test func `several identities are not told as one`() throws {
    let other = Sent(
      sql: "DROP INDEX visits_idx", user: "ana@example.org", at: "2026-07-20T09:00:00Z", session: "s2",
      effect: Fixture.dropped, verdict: Verdict(.falseAllow, severity: .s3))
    let headline = try Self.incident([Self.destroys, other], rules: [Self.blocking]).headline
    #expect(
      headline.hasPrefix("2026-07-20 09:00 to 2026-07-21 14:03 UTC, ana@example.org and bot@example.org on clinic: "))
    #expect(headline.contains("index visits_idx was dropped and 9,000 rows of visits were deleted"))
    #expect(headline.contains("Of 2 harmful statements: 2 allowed."))
    #expect(headline.contains("first at s1/1, 1 of 2 such statements"))
    let drops = "- { id: no-drops, when: { statement: { kind: drop } }, then: block }"
    let both = try Self.incident([Self.destroys, other], rules: [Self.blocking, drops]).headline
    #expect(
      both.hasSuffix("p 1 (in force then) would have stopped 2 of 2 such statements, first s2/1 by rule no-drops."))
  }

  @Test func `many sessions of one identity are one line`() throws {
    let incident = try Fixture.incident(of: (0..<12).map { Sent(session: "s\($0)") })
    #expect(incident.sessionTable.rows.map { $0[0] } == ["12 sessions"])
    #expect(incident.sessionTable.rows.map { $0.last } == ["12"])
  }

  @Test func `nothing measured is not comfort`() throws {
    let headline = try Self.incident([Sent(sql: "DELETE FROM visits")], rules: nil).headline
    #expect(headline.contains("1 statement, no effect measured"))
  }

  @Test func `no literal, parameter or address is in the document unless asked for`() throws {
    let secret = Sent(
      sql: "SELECT id FROM customers WHERE email = 'zoe@canary.example' AND ssn = '900-11-2222'",
      parameters: [Parameter(type: "text", value: "canary-parameter")], effect: Fixture.read,
      reason: "call zoe@canary.example back")
    var plan = IncidentPlan()
    plan.foldsNothing = true
    let hidden = try Fixture.incident(of: [secret], plan: plan)
    let document = String(decoding: hidden.json, as: UTF8.self)
    #expect(!document.contains("canary"))
    #expect(!document.contains("900-11-2222"))
    #expect(document.contains("OPS-1"))
    plan.showsLiterals = true
    let shown = try Fixture.incident(of: [secret], plan: plan)
    #expect(String(decoding: shown.json, as: UTF8.self).contains("zoe@canary.example"))
  }
}
