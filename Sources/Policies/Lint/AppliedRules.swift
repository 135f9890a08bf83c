public import AuditTrail

/// A rule of any policy: its name, and where it stands.
public struct RuleReference: Sendable, Hashable {
  /// Its name.
  public var name: String
  /// Where it stands.
  public var place: Place
}

extension LoadedPolicy {
  /// Its rules, in the order of the policy.
  public var ruleReferences: [RuleReference] {
    switch self {
    case .rules(let compiled): compiled.policy.rules.map { RuleReference(name: $0.id, place: $0.place) }
    case .hoop(let policy): policy.rules.map { RuleReference(name: $0.name, place: $0.place) }
    }
  }

  /// Whether each of its rules applies to a request, in the order of ``ruleReferences``.
  public func applying(_ request: borrowing Request) -> [Truth] {
    switch self {
    case .rules(let compiled): compiled.policy.rules.map { $0.applies(to: request) }
    case .hoop(let policy): policy.rules.map { $0.applies(request) }
    }
  }
}

extension Rule {
  /// Whether the rule applies to a request: `when` holds and `unless` does not.
  public func applies(to request: borrowing Request) -> Truth {
    let matched = when.matches(request)
    guard matched != .no, let unless else { return matched }
    return matched.and(unless.matches(request).negated)
  }
}

extension Predicate {
  /// Whether any alternative holds.
  func matches(_ request: borrowing Request) -> Truth {
    guard !alternatives.isEmpty else { return .yes }
    var result = Truth.no
    for alternative in alternatives {
      result = result.or(alternative.matches(request))
      if result == .yes { break }
    }
    return result
  }
}
