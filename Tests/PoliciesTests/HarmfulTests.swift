import AuditTrail
import Policies
import SeededRandom
import Testing

/// One definition of harm, of a unit: kinds, fates, and what approvals are worth.
struct HarmfulTests {
  /// A unit of one to three statements of one decision.
  private func randomUnit(_ random: inout SplitMix64) -> [GradeInput] {
    var unit = (0..<Int.random(in: 1...3, using: &random)).map { _ in VerdictTests.randomInput(&random) }
    for index in unit.indices { unit[index].decision.action = unit[0].decision.action }
    return unit
  }

  @Test func `fates add up to harmful units, and only harmful units have one`() {
    var random = SplitMix64(seed: 11)
    var units = GradedUnits()
    var (harmful, disclosing) = (0, 0)
    for _ in 0..<20_000 {
      let unit = randomUnit(&random)
      guard let verdict = gradeUnit(unit, harm: .standard).first else { continue }
      #expect((verdict.kind == nil) == (verdict.fate == nil))
      #expect(verdict.kind != .discloses || verdict.wouldDisclose)
      let action = unit[0].decision.action
      units.count(verdict, action: action, evaluationUnknown: unit[0].completeness.contains(.evaluationUnknown))
      harmful += verdict.isHarmful ? 1 : 0
      disclosing += verdict.wouldDisclose && verdict.isHarmful ? 1 : 0
      #expect((verdict.fate == .observed) == (action == .observed && verdict.isHarmful))
      // What is named harmful is, and what is not is not.
      switch verdict.name {
      case .falseAllow, .maskLeak, .confirmedBlock, .confirmedReview: #expect(verdict.isHarmful)
      case .confirmedMask, .ungraded: break
      default: #expect(!verdict.isHarmful)
      }
    }
    #expect(units.all.harmful() == harmful)
    #expect(units.all.disclosing.values.reduce(0, +) == disclosing)
    let byFate = Fate.allCases.map { fate in units.all.harmful({ _ in true }, { $0 == fate }) }
    #expect(byFate.reduce(0, +) == harmful)
    #expect(byFate.allSatisfy { $0 > 0 }, "\(byFate)")
  }

  @Test func `raising a threshold never raises harmful units on either side`() {
    var random = SplitMix64(seed: 12)
    func harm(_ rows: Int64, _ share: Double, _ shown: Int64) -> Harm {
      Harm(
        destroys: Harm.Destruction(limit: Harm.Limit(rows: rows, share: share, shareOfAtLeast: 50)),
        discloses: Harm.Disclosure(rows: shown), escalates: true)
    }
    let harms = [harm(1, 0.1, 1), harm(1, 0.1, 10), harm(100, 0.1, 10), harm(100, 0.9, 10), harm(100_000, 1, 1000)]
    for _ in 0..<10_000 {
      let unit = randomUnit(&random)
      let verdicts = harms.compactMap { gradeUnit(unit, harm: $0).first }
      for (lower, higher) in zip(verdicts, verdicts.dropFirst()) {
        #expect(!higher.isHarmful || lower.isHarmful)
        #expect(higher.kind?.isAction != true || lower.kind?.isAction == true)
        #expect(!higher.wouldDisclose || lower.wouldDisclose)
      }
    }
  }

  @Test func `rows of a whole session make no unit harmful`() {
    let session = Harm(
      destroys: Harm.Destruction(limit: Harm.Limit(rows: 1000), sessionRows: 1), discloses: nil, escalates: false)
    var effect = Effect(.ran)
    var table = TableEffect()
    (table.deleted, table.before) = (999, 5000)
    effect.tables = ["visits": table]
    let input = GradeInput(
      decision: Decision(action: .allow), outcome: .ran, effect: effect, connectionEngine: "sqlite",
      shadowEngine: "sqlite")
    #expect(!grade(input, harm: session).isHarmful)
  }

  // MARK: Fates

  struct Case: Sendable, CustomTestStringConvertible {
    let action: Action
    let outcome: Outcome
    var approval: ApprovalJudgement?
    var isUnevaluated = false
    let fate: Fate
    var testDescription: String { "\(action) \(outcome) \(approval.map { "\($0)" } ?? "-") is \(fate)" }

    static func review(_ standing: ApprovalStanding, _ scope: ApprovalScope, _ fate: Fate) -> Case {
      Case(action: .review, outcome: .ran, approval: ApprovalJudgement(standing, for: scope), fate: fate)
    }
  }

  @Test(arguments: [
    Case(action: .block, outcome: .notRun, fate: .blocked), Case(action: .block, outcome: .ran, fate: .letThrough),
    Case(action: .block, outcome: .unknown, fate: .letThrough), Case(action: .review, outcome: .notRun, fate: .held),
    Case(action: .review, outcome: .ran, fate: .unapproved), .review(.anotherPerson, .unit, .approved),
    .review(.anotherPerson, .session, .unapproved), .review(.anotherPerson, .window, .unapproved),
    .review(.automatic, .unit, .autoApproved), .review(.own, .unit, .unapproved), .review(.late, .unit, .unapproved),
    .review(.expired, .unit, .unapproved), .review(.revoked, .unit, .unapproved),
    .review(.unnamed, .unit, .unapproved),
    Case(
      action: .review, outcome: .ranUnapproved, approval: ApprovalJudgement(.anotherPerson, for: .unit),
      fate: .unapproved),
    Case(action: .allow, outcome: .ran, fate: .letThrough), Case(action: .allow, outcome: .unknown, fate: .letThrough),
    Case(action: .allow, outcome: .unknown, isUnevaluated: true, fate: .letThroughUnevaluated),
    Case(
      action: .allow, outcome: .ran, approval: ApprovalJudgement(.anotherPerson, for: .window), fate: .letThrough),
    Case(action: .allow, outcome: .ran, approval: ApprovalJudgement(.anotherPerson, for: .unit), fate: .approved),
    Case(action: .observed, outcome: .ran, fate: .observed),
  ])
  func `a harmful unit has the fate that decision, outcome and approval give it`(_ example: Case) {
    var effect = Effect(.ran)
    effect.kept = example.outcome != .notRun
    effect.escalated = ["role"]
    let input = GradeInput(
      decision: Decision(action: example.action), outcome: example.outcome, effect: effect,
      completeness: example.isUnevaluated ? .evaluationUnknown : [], connectionEngine: "sqlite",
      shadowEngine: "sqlite", approval: example.approval)
    #expect(grade(input, harm: .standard).fate == example.fate)
  }

  /// What was held back is judged by all that it would have done: that its client rolled back afterwards may be the answer to
  /// being refused. What ran is judged by what it kept, whatever the decision was.
  @Test(arguments: [
    (Action.block, Outcome.notRun, true), (.block, .unknown, true), (.review, .notRun, true), (.block, .ran, false),
    (.review, .ran, false), (.review, .ranUnapproved, false), (.allow, .ran, false),
  ])
  func `what did not stay counts as harm only where it was held back`(
    action: Action, outcome: Outcome, isHarmful: Bool
  ) {
    var effect = Effect(.ran)
    effect.kept = false
    effect.escalated = ["role"]
    let input = GradeInput(
      decision: Decision(action: action), outcome: outcome, effect: effect, connectionEngine: "sqlite",
      shadowEngine: "sqlite")
    #expect(grade(input, harm: .standard).isHarmful == isHarmful)
  }

  // MARK: Approvals

  private func approval(
    by users: [String] = ["bo@example.org"], status: ApprovalStatus = .approved, automatic: Bool = false,
    granted: Int64 = 10, from: Int64? = nil, until: Int64? = nil, revoked: Int64? = nil, session: String? = nil,
    unit: String? = nil
  ) -> Approval {
    func time(_ seconds: Int64) -> Timestamp { Timestamp(nanoseconds: seconds * 1_000_000_000) }
    var decisions = users.map {
      ApprovalDecision(user: $0, group: nil, decision: "approved", time: time(granted), forced: false)
    }
    if let revoked {
      decisions.append(
        ApprovalDecision(user: "cy@example.org", group: nil, decision: "revoked", time: time(revoked), forced: false))
    }
    return Approval(
      id: "a", connection: "clinic", session: session, requestedBy: "ana@example.org", requestedAt: time(1),
      reason: nil, status: status, automatic: automatic, rule: nil, decisions: decisions, validFrom: from.map(time),
      expiresAt: until.map(time), unitSHA256: unit)
  }

  private func standing(_ approval: Approval, at seconds: Int64 = 20) -> ApprovalStanding {
    judge(
      approval, at: Timestamp(nanoseconds: seconds * 1_000_000_000), for: ["bot@example.org", "lee@example.org"],
      link: .recorded, isShared: false
    ).standing
  }

  @Test func `an approval is worth what it is when the unit is sent`() {
    #expect(standing(approval()) == .anotherPerson)
    #expect(standing(approval(by: ["ANA@example.org"])) == .own)
    #expect(standing(approval(by: ["lee@example.org"])) == .own)
    #expect(standing(approval(by: ["ana@example.org", "bo@example.org"])) == .anotherPerson)
    #expect(standing(approval(automatic: true)) == .automatic)
    #expect(standing(approval(by: [], from: 5)) == .unnamed)
    #expect(standing(approval(granted: 21)) == .late)
    #expect(standing(approval(from: 21)) == .late)
    #expect(standing(approval(until: 19)) == .expired)
    #expect(standing(approval(until: 20)) == .anotherPerson)
    #expect(standing(approval(status: .revoked, revoked: 15)) == .revoked)
    #expect(standing(approval(status: .revoked, revoked: 25)) == .anotherPerson)
    #expect(standing(approval(status: .rejected)) == .rejected)
    #expect(standing(approval(status: .pending)) == .pending)
  }

  @Test func `an approval is for a unit only where nothing else refers to it`() {
    func scope(_ approval: Approval, _ link: ApprovalLink, isShared: Bool) -> ApprovalScope {
      judge(approval, at: Timestamp(nanoseconds: 20_000_000_000), for: [], link: link, isShared: isShared).scope
    }
    #expect(scope(approval(), .recorded, isShared: false) == .unit)
    #expect(scope(approval(), .recorded, isShared: true) == .window)
    #expect(scope(approval(session: "s"), .recorded, isShared: true) == .session)
    #expect(scope(approval(session: "s"), .inferred, isShared: false) == .session)
    #expect(scope(approval(), .inferred, isShared: false) == .window)
    #expect(scope(approval(unit: "ab"), .recorded, isShared: true) == .unit)
  }
}
