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

  /// The policy, compiled.
  public init(_ policy: Policy) {
    self.policy = policy
    rules = policy.rules.map(CompiledRule.init).sorted { left, right in
      (right.action.strictness, left.rule.id) < (left.action.strictness, right.rule.id)
    }
  }

  /// What the policy decides.
  public func decide(_ request: borrowing Request) -> PolicyDecision {
    let kinds = request.facts?.kinds ?? .max
    var outcome = RuleOutcome()
    for index in rules.indices {
      guard rules[index].kinds & kinds != 0 || kinds == 0 && rules[index].kinds == .max else { continue }
      if outcome.isSettled(before: rules[index].action) { break }
      outcome.add(rules[index], request)
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
    readsColumns = alternatives.contains { conjunction in
      conjunction.command.contains { condition in
        switch condition.test {
        case .reads, .writes: true
        default: false
        }
      }
    }
  }

  /// Whether the rule applies: `when` and not `unless`.
  func applies(_ request: borrowing Request) -> Truth {
    let when = rule.when.matches(request)
    guard when != .no, let unless = rule.unless else { return when }
    return when.and(unless.matches(request).negated)
  }
}

extension AutoApproval {
  /// Whether it approves the request.
  func applies(_ request: borrowing Request) -> Truth {
    let matched = when.matches(request)
    guard matched != .no, let unless else { return matched }
    return matched.and(unless.matches(request).negated)
  }
}

extension Conjunction {
  /// The kinds of command without which it cannot match.
  fileprivate var kinds: UInt32 {
    command.reduce(UInt32.max) { mask, condition in
      if case .kind(let kinds) = condition.test { mask & kinds } else { mask }
    }
  }
}
