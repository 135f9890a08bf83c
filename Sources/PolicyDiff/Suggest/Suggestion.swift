public import AuditTrail

/// A proposed rule with what it would have done to the ledger's traffic; counts of statements.
public struct SuggestedRule: Sendable, Hashable {
  /// A name, unique among the proposals.
  public var id: String
  /// The predicate in the policy language, on one line.
  public var when: String
  /// `block` where it would have held up nothing harmless, otherwise `review`.
  public var action: Action
  /// The statements that were let through and did harm, and that it would have stopped, as `SESSION/SEQ`.
  public var stopped: [String]
  /// Rows that they destroyed on the shadow.
  public var stoppedRows: Int64
  /// Harmful statements that it matches, whatever was decided.
  public var harmful: Int64
  /// Harmless statements that it matches, whatever was decided.
  public var harmless: Int64
  /// Harmless statements that were let through, and that it would hold up.
  public var friction: Int64
  /// Of all harmful statements, those it matches.
  public var recall: Double
  /// Of the harmful and harmless statements it matches, the harmful ones.
  public var precision: Double
  /// Of all rows that harmful statements destroyed, those of the ones it matches; `nil` where none was destroyed.
  public var rowWeightedRecall: Double?
}

/// Reviews that could approve themselves, since every such statement was harmless.
public struct SuggestedApproval: Sendable, Hashable {
  /// The rule whose reviews they are; `nil` where the archive names none.
  public var rule: String?
  /// The predicate for its `auto_approve`, on one line.
  public var when: String
  /// The reviewed statements, all harmless, as `SESSION/SEQ`.
  public var statements: [String]
  /// The upper limit, at 95 %, of the share that is not harmless, given that none of so many was.
  public var upperLimit: Double
}

/// What a ledger's traffic proposes.
public struct PolicySuggestion: Sendable, Hashable {
  /// How many reviews the least evidence for an automatic approval is: with 30 the upper limit is below 10 %.
  public static let leastEvidence = 30

  /// Whether the ledger was ever replayed; without effects nothing is proposed.
  public var isMeasured = false
  /// Statements.
  public var statements: Int64 = 0
  /// Those with a conclusive verdict.
  public var conclusive: Int64 = 0
  /// The earliest.
  public var first: Timestamp?
  /// The latest.
  public var last: Timestamp?
  /// Statements that were let through and did harm (that the policy in hand, if one was given, does not stop).
  public var misses: Int64 = 0
  /// Rules that together stop what can be stopped, in the order in which they were chosen.
  public var rules: [SuggestedRule] = []
  /// Misses that no candidate matches for certain, as `SESSION/SEQ`.
  public var unstopped: [String] = []
  /// Reviews that could approve themselves, most first.
  public var approvals: [SuggestedApproval] = []

  /// Misses that the rules stop.
  public var stopped: Int64 { misses - Int64(unstopped.count) }
}
