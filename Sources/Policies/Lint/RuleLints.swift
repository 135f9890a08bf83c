import AuditTrail

extension Rule {
  /// What is odd about the rule by itself.
  var lints: [PolicyLint] {
    var lints = predicates.flatMap { $0.alternatives.flatMap { $0.lints(rule: id) } }
    if let unless {
      let place = unless.place ?? place
      if when.implies(unless) {
        lints.append(
          PolicyLint(
            .unreachableRule, rule: id,
            "`unless` holds wherever `when` does, so the rule never applies; narrow `unless`",
            at: place))
      } else if when.excludes(unless) {
        lints.append(unused("`unless`", place))
      }
    }
    if case .review(_, let approval?) = action, when.excludes(approval.when) {
      lints.append(unused("`auto_approve`", approval.when.place ?? place))
    }
    return lints
  }

  private func unused(_ what: String, _ place: Place) -> PolicyLint {
    PolicyLint(
      .unusedCarveOut, rule: id, "\(what) never holds where `when` does, so it changes nothing; drop it or mend it",
      at: place)
  }
}

extension Predicate {
  /// Where its first condition stands.
  var place: Place? { alternatives.lazy.flatMap(\.conditions).first?.place }
}

extension Policy {
  /// What is odd about two rules together. Of rules that say the same, the later in the file is named.
  var pairLints: [PolicyLint] {
    var lints: [PolicyLint] = []
    let index = WiderRules(rules)
    let stricter = rules.filter { $0.action.action != .allow }
    for (position, rule) in rules.enumerated() {
      if case .allow = rule.action {
        if let lint = allowLint(rule, beside: stricter) { lints.append(lint) }
        continue
      }
      for other in index.candidates(for: rule) where other != position {
        let wider = rules[other]
        guard rule.implies(wider), !(wider.implies(rule) && wider.action == rule.action && other > position) else {
          continue
        }
        guard let lint = lint(rule, within: wider) else { continue }
        lints.append(lint)
        break
      }
    }
    return lints
  }

  private func lint(_ rule: Rule, within wider: Rule) -> PolicyLint? {
    let line = wider.place.line.map { " (line \($0))" } ?? ""
    switch (rule.action, wider.action) {
    case (.block, .block): break
    case (.review(let reviewers, nil), .review(let others, nil)) where Set(reviewers) == Set(others): break
    case (.mask(let columns, let method), .mask(let others, let otherMethod))
    where method == otherMethod && Set(columns).isSubset(of: others): break
    case (_, .block):
      return PolicyLint(
        .shadowedRule, rule: rule.id,
        "rule `\(wider.id)`\(line) blocks whatever this one applies to, so it never decides; drop it, or narrow `\(wider.id)`",
        at: rule.place)
    default: return nil
    }
    return PolicyLint(
      .redundantRule, rule: rule.id,
      "rule `\(wider.id)`\(line) does the same wherever this one applies; drop it, unless its name or reason is wanted",
      at: rule.place)
  }

  /// The strictest action wins, so an `allow` takes nothing away from another rule.
  private func allowLint(_ rule: Rule, beside stricter: [Rule]) -> PolicyLint? {
    guard let first = stricter.first(where: { !$0.excludes(rule) }) else { return nil }
    return PolicyLint(
      .allowNeverWins, rule: rule.id,
      "`allow` takes nothing from stricter rules such as `\(first.id)`: the strictest action wins; write the case under "
        + "their `unless`", at: rule.place)
  }
}

extension RuleAction: Equatable {
  /// Whether both call for the same; predicates that approve by themselves are never taken for the same.
  public static func == (left: Self, right: Self) -> Bool {
    switch (left, right) {
    case (.allow, .allow), (.block, .block): true
    case (.mask(let a, let b), .mask(let c, let d)): a == c && b == d
    case (.review(let a, nil), .review(let b, nil)): Set(a) == Set(b)
    default: false
    }
  }
}
