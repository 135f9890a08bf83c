import AuditTrail

/// A policy in the form that decides: rules from the strictest, ties by name, each with the kinds it can match at all.
public struct CompiledPolicy: Sendable {
  struct CompiledRule: Sendable {
    let rule: Rule
    let action: Action
    /// The kinds of command without which the rule cannot match; all bits where any may.
    let kinds: UInt32
    /// The columns it masks.
    let masks: [String]
    let autoApproval: AutoApproval?
    let readsColumns: Bool
  }

  /// The policy as written.
  public let policy: Policy
  let rules: [CompiledRule]
  let program: PolicyProgram

  /// The policy, compiled.
  public init(_ policy: Policy) {
    self.policy = policy
    rules = policy.rules.map(CompiledRule.init).sorted { left, right in
      (right.action.strictness, left.rule.id) < (left.action.strictness, right.rule.id)
    }
    program = PolicyProgram(rules)
  }

  /// Whether a rule asks for the time of a statement.
  public var asksForTime: Bool {
    program.wholeTests.contains { if case .hours = $0 { true } else { false } }
  }

  /// What the policy decides.
  public func decide(_ request: borrowing Request) -> PolicyDecision {
    let kinds = request.facts?.kinds ?? .max
    var evaluation = Evaluation(program, request)
    var outcome = RuleOutcome()
    for index in 0..<program.rules.count {
      let rule = program.rules[index]
      guard rule.kinds & kinds != 0 || kinds == 0 && rule.kinds == .max else { continue }
      if outcome.isSettled(before: rule.action) { break }
      let applies = evaluation.applies(rule, program, request)
      guard applies != .no else { continue }
      let approved = evaluation.approves(rule, program, request)
      outcome.add(rules[index], applies: applies, approvesItself: approved)
      if applies == .yes, rules[index].readsColumns, request.facts?.isOverApproximate == true {
        outcome.isOverApproximate = true
      }
    }
    return outcome.decision
  }
}

extension CompiledPolicy.CompiledRule {
  init(_ rule: Rule) {
    self.rule = rule
    action = rule.action.action
    switch rule.action {
    case .mask(let columns, _): (masks, autoApproval) = (columns, nil)
    case .review(_, let approval): (masks, autoApproval) = ([], approval)
    case .allow, .block: (masks, autoApproval) = ([], nil)
    }
    let alternatives = rule.when.alternatives
    kinds = alternatives.isEmpty ? .max : alternatives.reduce(0) { $0 | $1.kinds }
    readsColumns = alternatives.contains { $0.command.contains { $0.columns != nil } }
  }
}

extension Conjunction {
  /// The kinds of command without which it cannot match.
  fileprivate var kinds: UInt32 {
    command.reduce(UInt32.max) { mask, test in
      if case .kind(let kinds) = test { mask & kinds } else { mask }
    }
  }
}
