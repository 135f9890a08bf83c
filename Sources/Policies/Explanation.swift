public import AuditTrail

/// Why a policy decides as it does: every rule, matched or not, with the predicate that decided.
public struct Explanation: Sendable, Hashable {
  /// The decision.
  public var decision: PolicyDecision
  /// Every rule, in the order of the policy.
  public var rules: [RuleExplanation]
}

/// Why a rule matched or not.
public struct RuleExplanation: Sendable, Hashable {
  /// The rule's name.
  public var rule: String
  /// Where it stands.
  public var place: Place
  /// What it calls for.
  public var action: Action
  /// Whether it applies.
  public var applies: Truth
  /// Whether its review approves itself; `no` where it does not review.
  public var approvesItself: Truth
  /// The predicates that decided: the first that failed, or else all that are unknown, or else all that hold. Empty where
  /// the rule applies to everything.
  public var deciding: [PredicateExplanation]
  /// The rule's own reason.
  public var because: String?
}

/// One predicate's part in a decision.
public struct PredicateExplanation: Sendable, Hashable {
  /// The keys on the way to it, such as `when.statement.kind`.
  public var path: String
  /// Where it stands.
  public var place: Place
  /// Whether it holds.
  public var holds: Truth
  /// What the policy expects, as the file spells it.
  public var expected: String
}

extension CompiledPolicy {
  /// Why the policy decides as it does. Allocates freely; ``decide(_:)`` is for many.
  public func explain(_ request: borrowing Request) -> Explanation {
    var evaluation = Evaluation(program, request)
    var byRule: [String: RuleExplanation] = [:]
    for (compiled, rule) in zip(rules, program.rules) {
      byRule[compiled.rule.id] = RuleExplanation(
        rule: compiled.rule.id, place: compiled.rule.place, action: compiled.action,
        applies: evaluation.applies(rule, program, request),
        approvesItself: evaluation.approves(rule, program, request), deciding: compiled.deciding(request),
        because: compiled.rule.because)
    }
    return Explanation(decision: decide(request), rules: policy.rules.compactMap { byRule[$0.id] })
  }
}

extension CompiledPolicy.CompiledRule {
  fileprivate func deciding(_ request: borrowing Request) -> [PredicateExplanation] {
    let (truth, deciding) = rule.when.explain(request)
    guard truth != .no, let unless = rule.unless else { return deciding }
    let (carved, why) = unless.explain(request)
    // A carve-out that holds decides alone; one that may hold leaves the rule open.
    return carved == .yes ? why : deciding + why
  }
}

extension Predicate {
  /// The alternative that comes closest, and which of its conditions decided.
  fileprivate func explain(_ request: borrowing Request) -> (Truth, [PredicateExplanation]) {
    var best: (truth: Truth, why: [PredicateExplanation])?
    for alternative in alternatives {
      let candidate = alternative.explain(request)
      if best.map({ candidate.0 > $0.truth }) ?? true { best = candidate }
    }
    return best ?? (.yes, [])
  }
}

extension Conjunction {
  fileprivate func explain(_ request: borrowing Request) -> (Truth, [PredicateExplanation]) {
    let truth = matches(request)
    let whole = conditions.filter { !$0.test.isAboutCommand }.map { ($0, $0.test.matches(request)) }
    let parts = whole + commandParts(request)
    let deciding = parts.filter { $0.1 == truth }.sorted { left, right in
      (left.0.place.line ?? 0, left.0.place.column ?? 0) < (right.0.place.line ?? 0, right.0.place.column ?? 0)
    }
    let why = (truth == .no ? Array(deciding.prefix(1)) : deciding).map { condition, holds in
      PredicateExplanation(path: condition.path, place: condition.place, holds: holds, expected: condition.expected)
    }
    return (truth, why)
  }

  /// The conditions about commands, for the command that comes closest to meeting them all.
  private func commandParts(_ request: borrowing Request) -> [(Condition, Truth)] {
    let command = conditions.filter(\.test.isAboutCommand)
    guard !command.isEmpty else { return [] }
    guard let facts = request.facts else { return command.map { ($0, .unknown) } }
    func met(_ parts: [(Condition, Truth)]) -> Int { parts.count { $0.1 != .no } }
    var best: [(Condition, Truth)]?
    for fact in facts.commands {
      let parts = command.map { ($0, $0.test.matches(fact, parsed: facts.parsed)) }
      guard let current = best else {
        best = parts
        continue
      }
      let (new, old) = (parts.map(\.1).min() ?? .yes, current.map(\.1).min() ?? .yes)
      if new > old || new == old && met(parts) > met(current) { best = parts }
    }
    return best ?? command.map { ($0, facts.parsed ? .no : .unknown) }
  }
}
