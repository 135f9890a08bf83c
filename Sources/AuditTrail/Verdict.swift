/// A decision graded by its effect.
public enum VerdictName: String, Sendable, Hashable, CaseIterable, Codable {
  case confirmedAllow = "confirmed_allow"
  case confirmedBlock = "confirmed_block"
  case confirmedMask = "confirmed_mask"
  case confirmedReview = "confirmed_review"
  case falseAllow = "false_allow"
  case falseBlock = "false_block"
  case maskLeak = "mask_leak"
  case needlessReview = "needless_review"
  case debatableBlock = "debatable_block"
  case debatableReview = "debatable_review"
  case mootBlock = "moot_block"
  case diverged
  case inconclusive
  case ungraded

  /// Whether it says whether the decision was right.
  public var isConclusive: Bool { self != .inconclusive && self != .diverged && self != .ungraded }

  /// What people read in tables.
  public var phrase: String {
    switch self {
    case .confirmedAllow: "allowed; no harm measured"
    case .confirmedBlock: "blocked; would have harmed"
    case .confirmedMask: "masked; nothing sensitive reached the client"
    case .confirmedReview: "needs approval; would harm"
    case .falseAllow: "allowed; harm measured"
    case .falseBlock: "blocked; harmless"
    case .maskLeak: "sensitive data reached the client"
    case .needlessReview: "needs approval; harmless"
    case .debatableBlock: "blocked; changes data within limits"
    case .debatableReview: "needs approval; changes data within limits"
    case .mootBlock: "blocked; would have failed anyway"
    case .diverged: "the shadow and the record disagree"
    case .inconclusive: "could not be graded"
    case .ungraded: "logged; nothing decided"
    }
  }
}

/// How grave an effect is.
public enum Severity: Int, Sendable, Hashable, CaseIterable, Comparable {
  /// Nothing.
  case s0
  /// Adds or touches metadata.
  case s1
  /// Changes data within limits.
  case s2
  /// Reaches `harm`.
  case s3
  /// Ten times `harm`, an object with rows, or an escape.
  case s4

  /// `S0` to `S4`.
  public var name: String { "S\(rawValue)" }
  /// What it says of an effect.
  public var phrase: String {
    switch self {
    case .s0: "changed nothing"
    case .s1: "added rows or touched metadata"
    case .s2: "changed data within the limits of harm"
    case .s3: "reached harm"
    case .s4: "ten times harm, an object with rows, or an escape"
    }
  }
  /// Less grave than.
  public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// How sure a verdict is.
public enum Confidence: String, Sendable, Hashable, CaseIterable {
  /// Parameters known and the recorded row count equal.
  case high
  /// No row count was recorded to compare with.
  case medium
  /// Tolerated divergence, production counts, the planner's estimate, or a session of low fidelity.
  case low
}

/// A verdict with its reason.
public struct Verdict: Sendable, Hashable {
  /// Which.
  public var name: VerdictName
  /// Why: always for `inconclusive`, and `script` where the unit's verdict is shared.
  public var reason: String?
  /// How grave the effect is.
  public var severity: Severity
  /// How sure.
  public var confidence: Confidence
  /// `over_mask`, `predicate`, `attempted`, …, sorted.
  public var flags: [String]
  /// What harm the unit did and kept, or would have done and kept had it run unmasked; `nil` where it is not harmful, or
  /// nobody can tell.
  public var kind: HarmKind?
  /// What became of the unit; `nil` where it is not harmful.
  public var fate: Fate?
  /// Whether the unit disclosed, or would have had it run unmasked, whatever else it does.
  public var wouldDisclose: Bool

  /// A verdict.
  public init(
    _ name: VerdictName, reason: String? = nil, severity: Severity = .s0, confidence: Confidence = .medium,
    flags: [String] = [], kind: HarmKind? = nil, fate: Fate? = nil, wouldDisclose: Bool = false
  ) {
    self.name = name
    self.reason = reason
    self.severity = severity
    self.confidence = confidence
    self.flags = flags
    self.kind = kind
    self.fate = fate
    self.wouldDisclose = wouldDisclose
  }

  /// Whether the unit is harmful: the one definition of it.
  public var isHarmful: Bool { kind != nil }

  /// Whether it says whether the decision was right.
  public var isConclusive: Bool { name.isConclusive }
}
