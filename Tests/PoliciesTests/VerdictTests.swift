import AuditTrail
import Policies
import SeededRandom
import Testing

struct VerdictTests {
  static let file = Result { try cases("verdicts.yaml", as: VerdictFile.self) }

  static func harm(_ name: String?) throws -> Harm {
    guard let name else { return .standard }
    let text = try #require(try file.get().harms[name])
    return try policy(rules: "[]", harm: text).harm.harm(on: nil)
  }

  @Test(arguments: (try? file.get().cases) ?? [])
  func `a verdict is drawn as the case says`(_ example: VerdictCase) throws {
    let harm = try Self.harm(example.harm)
    let input = try example.input()
    let verdict = grade(input, harm: harm)
    #expect(verdict.name.rawValue == example.verdict)
    if let reason = example.reason { #expect(verdict.reason == reason) }
    if let severity = example.severity { #expect(verdict.severity.name == severity) }
    if let confidence = example.confidence { #expect(verdict.confidence.rawValue == confidence) }
    if let flags = example.flags { #expect(verdict.flags == flags) }
    if let kind = example.kind { #expect(verdict.kind?.rawValue ?? "none" == kind) }
    if let fate = example.fate { #expect(verdict.fate?.rawValue ?? "none" == fate) }
    if let would = example.would_disclose { #expect(verdict.wouldDisclose == would) }
    // A unit of one statement is graded as that statement, and grading again gives the same.
    #expect(gradeUnit([input], harm: harm) == [verdict])
    #expect(grade(input, harm: harm) == verdict)
  }

  @Test(arguments: (try? file.get().units) ?? [])
  func `a script's statements share the verdict of its whole effect`(_ example: UnitCase) throws {
    let inputs = try example.effects.map { effect in
      GradeInput(
        decision: Decision(action: try #require(Action(rawValue: example.decision))),
        outcome: try #require(Outcome(rawValue: example.outcome ?? "ran")), effect: try effect.effect(),
        connectionEngine: "sqlite", shadowEngine: "sqlite")
    }
    let verdicts = gradeUnit(inputs, harm: .standard)
    #expect(verdicts.count == inputs.count)
    #expect(Set(verdicts).count == 1)
    let verdict = try #require(verdicts.first)
    #expect(verdict.name.rawValue == example.verdict)
    #expect(verdict.reason == example.reason)
    if let severity = example.severity { #expect(verdict.severity.name == severity) }
    if let flags = example.flags { #expect(verdict.flags == flags) }
    if let kind = example.kind { #expect(verdict.kind?.rawValue ?? "none" == kind) }
    if let fate = example.fate { #expect(verdict.fate?.rawValue ?? "none" == fate) }
  }

  @Test func `the cases cover every verdict and every reason`() throws {
    let cases = try Self.file.get().cases
    #expect(cases.count >= 80)
    #expect(Set(cases.map(\.name)).count == cases.count)
    #expect(Set(VerdictName.allCases.map(\.rawValue)) == Set(cases.map(\.verdict)))
    let reasons = Set(cases.filter { $0.verdict == "inconclusive" }.compactMap(\.reason))
    #expect(Set(InconclusiveReason.allCases.map(\.rawValue)) == reasons)
  }

  @Test func `every effect has a verdict, and inconclusive has a reason`() throws {
    var random = SplitMix64(seed: 3)
    let harms = [Harm.standard, .none, try Self.harm("strict"), try Self.harm("payments"), try Self.harm("emails")]
    for _ in 0..<20_000 {
      let input = Self.randomInput(&random)
      let harm = try #require(harms.randomElement(using: &random))
      let verdict = grade(input, harm: harm)
      #expect(grade(input, harm: harm) == verdict)
      if verdict.name == .inconclusive { #expect(InconclusiveReason(rawValue: verdict.reason ?? "") != nil) }
      #expect(verdict.flags == Set(verdict.flags).sorted())
      #expect(allowed(input.decision.action).contains(verdict.name), "\(input.decision.action) \(verdict.name)")
      if verdict.name == .falseAllow { #expect(verdict.severity >= .s3) }
      if verdict.name == .falseBlock || verdict.name == .needlessReview { #expect(verdict.severity < .s3) }
      let unit = gradeUnit([input, Self.randomInput(&random)], harm: harm)
      #expect(unit.count == 2)
    }
  }

  @Test func `a stricter harm never makes a miss of a miss less`() {
    var random = SplitMix64(seed: 5)
    for _ in 0..<5000 {
      var input = Self.randomInput(&random)
      input.decision.action = .allow
      input.recorded = nil
      let limits = [Int64(1), 10, 1000].map { rows in
        Harm(destroys: Harm.Destruction(limit: Harm.Limit(rows: rows)), discloses: nil, escalates: true)
      }
      let misses = limits.map { grade(input, harm: $0).name == .falseAllow }
      #expect(!misses[2] || misses[1])
      #expect(!misses[1] || misses[0])
    }
  }

  /// The verdicts that a decision can come to.
  private func allowed(_ action: Action) -> Set<VerdictName> {
    switch action {
    case .allow: [.confirmedAllow, .falseAllow, .maskLeak, .diverged, .inconclusive]
    case .mask: [.confirmedMask, .falseAllow, .maskLeak, .diverged, .inconclusive]
    case .review: [.confirmedReview, .debatableReview, .needlessReview, .diverged, .inconclusive]
    case .block: [.confirmedBlock, .falseBlock, .debatableBlock, .mootBlock, .diverged, .inconclusive]
    case .observed: [.ungraded]
    }
  }

  static func randomInput(_ random: inout SplitMix64) -> GradeInput {
    func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }
    func number() -> Int64 {
      switch Int.random(in: 0..<5, using: &random) {
      case 0: 0
      case 1: Int64.random(in: 1...60, using: &random)
      case 2: Int64.random(in: 1...20_000, using: &random)
      case 3: Int64.random(in: Int64.min...Int64.max, using: &random)
      default: [Int64.max, Int64.min, -1, 1].randomElement(using: &random) ?? 0
      }
    }
    func names(_ choices: [String]) -> [String] { choices.filter { _ in chance(30) } }
    var execution = Execution.ran
    if chance(20) {
      execution = .failed(
        code: ["syntax", "42P01", "constraint", "", "no_such_function"].randomElement(using: &random) ?? "",
        missingObject: chance(50) ? "t" : nil)
    } else if chance(10) {
      execution = .notRun(InconclusiveReason.allCases.randomElement(using: &random) ?? .noShadow)
    }
    var effect = Effect(execution)
    for name in names(["visits", "payments", "logs", "public.payments", "", "."]) {
      var table = TableEffect()
      (table.inserted, table.updated, table.deleted) = (number(), number(), number())
      (table.unchanged, table.restored, table.indirect) = (number(), number(), number())
      table.before = chance(70) ? number() : nil
      table.isScratch = chance(20)
      effect.tables[name] = table
    }
    if chance(20) { effect.dropped = [DroppedObject(type: "table", name: "t", rows: number(), isScratch: chance(30))] }
    effect.truncated = names(["visits", "gone"])
    effect.altered = names(["create table t"])
    if chance(10) { effect.escalated = ["grant"] }
    if chance(10) { effect.refused = ["ATTACH"] }
    effect.reads = names(["customers.email", "x", ""])
    effect.leak = Leak.allCases.randomElement(using: &random) ?? .none
    effect.leakedColumns = names(["customers.email", "a.b.c"])
    (effect.rowsReturned, effect.ownCount) = (number(), chance(50) ? number() : nil)
    effect.kept = chance(80)
    if chance(15) { effect.emptyTables = names(["visits", "logs"]) }
    if chance(15) { effect.countedInProduction = names(["visits", "logs"]) }
    if chance(15) { effect.estimate = RowEstimate.allCases.randomElement(using: &random) }
    let error = chance(20) ? RecordedError(sqlstate: chance(50) ? "42P01" : nil, message: nil) : nil
    let recorded = RecordedResult(
      rows: chance(70) ? number() : nil, rowsKind: RowsKind.allCases.randomElement(using: &random) ?? .unknown,
      durationMicroseconds: nil, error: error)
    return GradeInput(
      decision: Decision(
        action: Action.allCases.randomElement(using: &random) ?? .allow,
        masked: names(["customers.email", "detector:X", "\"", ""])),
      outcome: Outcome.allCases.randomElement(using: &random) ?? .unknown, effect: effect,
      recorded: chance(70) ? recorded : nil, completeness: chance(20) ? .evaluationUnknown : [],
      connectionEngine: chance(70) ? "sqlite" : "postgresql", shadowEngine: "sqlite", objectUsedElsewhere: chance(20),
      isReadOnly: chance(20), sensitiveOutputs: names(["customers.email", "t.ssn"]), isLowFidelity: chance(20),
      approval: chance(50)
        ? ApprovalJudgement(
          ApprovalStanding.allCases.randomElement(using: &random) ?? .own,
          for: ApprovalScope.allCases.randomElement(using: &random) ?? .unit) : nil)
  }
}
