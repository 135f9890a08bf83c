public import AuditTrail

/// Statements that are alike in all that a decision and its grade depend on, but for the time: one text in one context,
/// decided, ended and measured alike.
public struct TrafficEntry: Sendable, Hashable {
  /// The row's id.
  public var id: Int64
  /// The text's row id.
  public var text: Int64
  /// The context's row id.
  public var context: Int64
  /// The recorded decision's row id.
  public var decision: Int64
  /// What happened to them.
  public var outcome: Outcome
  /// Whether the archive holds only a part of the text.
  public var isCut: Bool
  /// The distinct script they belong to, numbered from 1; `nil` for statements that are decided by themselves.
  public var script: Int64?
  /// Their place in the script, from 0.
  public var position: Int64
  /// What the shadow measured, by its id in ``Ledger/effects(_:)``; `nil` where nothing was.
  public var effect: Int64?
  /// The grade; `nil` where there is none.
  public var verdict: VerdictName?
  /// The grade's reason.
  public var reason: String?
  /// How many they are.
  public var statements: Int64
  /// The earliest.
  public var first: Timestamp
  /// The latest.
  public var last: Timestamp
}

/// Which sessions statements belong to, and the first of them.
public struct TrafficPlaces: Sendable, Hashable {
  /// The sessions' row ids, ascending.
  public var sessions: [Int64]
  /// At most three statements by session and sequence, in that order.
  public var examples: [StatementPlace]

  /// Places.
  public init(sessions: [Int64], examples: [StatementPlace]) {
    self.sessions = sessions
    self.examples = examples
  }
}

/// A statement by its session's row id and its number there.
public struct StatementPlace: Sendable, Hashable, Comparable {
  /// The session's row id.
  public var session: Int64
  /// Its number in the session.
  public var sequence: Int64

  /// A place.
  public init(session: Int64, sequence: Int64) {
    self.session = session
    self.sequence = sequence
  }

  /// By session, then sequence.
  public static func < (left: Self, right: Self) -> Bool {
    (left.session, left.sequence) < (right.session, right.sequence)
  }
}
