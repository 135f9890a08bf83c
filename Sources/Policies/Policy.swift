public import AuditTrail

/// A versioned set of rules, with the harm they are to prevent.
public struct Policy: Sendable {
  /// The policy's name.
  public var name: String
  /// Its version.
  public var version: String
  /// From when it is in force; counts where several versions lie in one directory.
  public var effective: Timestamp?
  /// Who approved it, thresholds included.
  public var approvedBy: String?
  /// When.
  public var approvedAt: Timestamp?
  /// The rules, in the order of the file.
  public var rules: [Rule]
  /// What counts as harm, and where.
  public var harm: HarmRules
  /// The path of the file, as the user gave it.
  public var path: String
}

/// A predicate and the action it calls for.
public struct Rule: Sendable {
  /// Its name, unique in the policy.
  public var id: String
  /// When it applies.
  public var when: Predicate
  /// The carve-out: when it does not apply after all.
  public var unless: Predicate?
  /// What it calls for.
  public var action: RuleAction
  /// Why, in the policy's own words.
  public var because: String?
  /// Where it stands.
  public var place: Place
}

/// What a rule calls for.
public enum RuleAction: Sendable {
  case allow
  /// Hide columns, given as `table.column` or `detector:NAME`, sorted.
  case mask(columns: [String], method: MaskMethod)
  /// Wait for one of the reviewers (any, where none is named), unless the predicate approves by itself.
  case review(reviewers: [String], autoApprove: AutoApproval?)
  case block

  /// The decision it leads to.
  public var action: Action {
    switch self {
    case .allow: .allow
    case .mask: .mask
    case .review: .review
    case .block: .block
    }
  }
}

/// What approves a review without a person.
public struct AutoApproval: Sendable {
  /// When it approves.
  public var when: Predicate
  /// When it does not after all.
  public var unless: Predicate?
}

/// How a value is hidden.
public enum MaskMethod: String, Sendable, Hashable, CaseIterable {
  /// Replaced by a fixed text.
  case redact
  /// Replaced by a keyed digest: equal values stay equal.
  case pseudonym
  /// Replaced by NULL.
  case null
}
