public import AuditTrail

/// Something in a policy that is not an error and yet hardly what its author meant.
public struct PolicyLint: Sendable, Hashable {
  /// Which kind; `docs/policy-lints.md` lists them all.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// A predicate that nothing can meet.
    case contradiction
    /// One of several kinds of command that the other keys rule out.
    case deadKind = "dead-kind"
    /// What a text that does not parse never tells for certain.
    case unknownWhenUnparsed = "unknown-when-unparsed"
    /// `unless` holds wherever `when` does.
    case unreachableRule = "unreachable-rule"
    /// `unless` or `auto_approve` never holds where `when` does.
    case unusedCarveOut = "unused-carve-out"
    /// A stricter rule decides wherever this one applies.
    case shadowedRule = "shadowed-rule"
    /// Another rule does the same wherever this one applies.
    case redundantRule = "redundant-rule"
    /// An `allow` beside stricter rules, which win.
    case allowNeverWins = "allow-never-wins"
    /// A type of object that no command has.
    case unknownObjectType = "unknown-object-type"
    /// A table that no shadow has.
    case unknownTable = "unknown-table"
    /// A column that no shadow has.
    case unknownColumn = "unknown-column"
    /// No statement of the ledger matched.
    case neverMatched = "never-matched"
    /// It matched statements of the ledger, and a stricter rule decided each.
    case neverDecided = "never-decided"
    /// hoop cannot evaluate the rule, and refuses every text.
    case hoopRefusedPattern = "hoop-refused-pattern"
    /// A guardrail that is bound to no connection.
    case hoopUnboundRule = "hoop-unbound-rule"
    /// Denied words count in one case of letters only.
    case hoopCaseSensitiveWord = "hoop-case-sensitive-word"
    /// A pattern that sees only the beginning of a text.
    case hoopAnchoredPattern = "hoop-anchored-pattern"
    /// Rules on the output, which need what the database answered.
    case hoopOutputRule = "hoop-output-rule"

    /// Whether the policy does less than it says; the others are worth a look.
    public var isWarning: Bool {
      switch self {
      case .contradiction, .deadKind, .unknownWhenUnparsed, .unreachableRule, .shadowedRule, .allowNeverWins,
        .unknownObjectType, .unknownTable, .unknownColumn, .hoopRefusedPattern, .hoopUnboundRule, .hoopAnchoredPattern,
        .hoopCaseSensitiveWord:
        true
      case .unusedCarveOut, .redundantRule, .neverMatched, .neverDecided, .hoopOutputRule: false
      }
    }

    /// `warning` or `note`.
    public var severity: String { isWarning ? "warning" : "note" }
  }

  /// Which kind.
  public var kind: Kind
  /// The rule; `nil` for what belongs to none.
  public var rule: String?
  /// What it is, and what to do about it.
  public var message: String
  /// Where it stands.
  public var place: Place

  /// A lint.
  public init(_ kind: Kind, rule: String?, _ message: String, at place: Place) {
    self.kind = kind
    self.rule = rule
    self.message = message
    self.place = place
  }
}

extension [PolicyLint] {
  /// In the order of place, then kind and message; equal ones once.
  public var inOrder: [PolicyLint] {
    func key(_ lint: PolicyLint) -> (String, Int, Int, Int64, String) {
      let place = lint.place
      return (
        place.path, place.line ?? 0, place.column ?? 0, Int64(place.entry ?? 0), lint.kind.rawValue + lint.message
      )
    }
    return Set(self).sorted { key($0) < key($1) }
  }
}

extension LoadedPolicy {
  /// What is odd about it by itself, in the order of place.
  public var lints: [PolicyLint] {
    switch self {
    case .rules(let compiled): compiled.policy.lints.inOrder
    case .hoop(let policy): policy.lints.inOrder
    }
  }
}

extension Policy {
  /// What is odd about the policy by itself.
  var lints: [PolicyLint] {
    rules.flatMap(\.lints) + pairLints
  }
}
