public import AuditTrail

/// A set of actions.
public struct ActionSet: OptionSet, Sendable, Hashable {
  /// One bit an action.
  public let rawValue: UInt8
  /// Actions from their bits.
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  static let allow = Self(rawValue: 1)
  static let mask = Self(rawValue: 2)
  static let review = Self(rawValue: 4)
  static let block = Self(rawValue: 8)

  /// The set of one action; `observed` is none.
  public init(_ action: Action) {
    switch action {
    case .allow: self = .allow
    case .mask: self = .mask
    case .review: self = .review
    case .block: self = .block
    case .observed: self = []
    }
  }

  /// The actions, from the least strict.
  public var actions: [Action] {
    [.allow, .mask, .review, .block].filter { contains(ActionSet($0)) }
  }
}

/// What limits or qualifies a decision.
public struct DecisionFlags: OptionSet, Sendable, Hashable {
  /// One bit a flag, in the order of ``names``.
  public let rawValue: UInt8
  /// Flags from their bits.
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// A review approved itself.
  public static let autoApproved = Self(rawValue: 1)
  /// A rule matched on columns that `*` or an unqualified name may stand for.
  public static let overApproximate = Self(rawValue: 2)
  /// The proxy's matching is imitated by another engine (the Presidio dialect).
  public static let approximate = Self(rawValue: 4)
  /// The proxy's rule cannot be evaluated, so it blocks.
  public static let failedClosed = Self(rawValue: 8)

  static let names = ["auto_approved", "over_approximate", "approximate", "failed_closed"]

  /// The names of the flags that are set, in the order of the bits.
  public var flagNames: [String] {
    Self.names.enumerated().filter { rawValue & (1 << UInt8($0.offset)) != 0 }.map(\.element)
  }
}

/// What a policy decides about a request.
public struct PolicyDecision: Sendable, Hashable {
  /// The action, on what is known.
  public var action: Action
  /// The rule that decided; `nil` where none matched.
  public var rule: String?
  /// The columns to mask, as `table.column` or `detector:NAME`, sorted; empty for `allow` and `block`.
  public var masked: [String]
  /// What qualifies it.
  public var flags: DecisionFlags
  /// Whether the outcome depends on something unknown.
  public var maybe: Bool
  /// Every action it may come to.
  public var possible: ActionSet
  /// Columns that are masked only if something unknown holds, sorted.
  public var maybeMasked: [String]

  /// A decision on known facts.
  public init(_ action: Action, rule: String? = nil, masked: [String] = [], flags: DecisionFlags = []) {
    self.action = action
    self.rule = rule
    self.masked = masked
    self.flags = flags
    maybe = false
    possible = ActionSet(action)
    maybeMasked = []
  }
}
