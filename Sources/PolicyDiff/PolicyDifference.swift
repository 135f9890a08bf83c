public import AuditTrail

/// What a group of changed statements means, crossed with what they did; the gravest first.
public enum DiffSeverity: String, Sendable, Hashable, CaseIterable, Comparable {
  /// Harmful, and less is in its way than before.
  case risk
  /// Sensitive values would reach the client.
  case leak
  /// Harmless, and held up.
  case friction
  /// Harmful, and held up at last.
  case fixedMiss = "fixed_miss"
  /// Harmless, and no longer held up.
  case fixedFriction = "fixed_friction"
  case none

  var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
  /// Graver than.
  public static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }
}

/// How many statements a diff finds harmful or harmless; counts of statements.
public struct DiffFigures: Sendable, Hashable {
  /// Newly allowed or no longer reviewed, and harmful.
  public var risk: Int64 = 0
  /// Less protection than before, and no conclusive verdict.
  public var riskUnknown: Int64 = 0
  /// Newly blocked or reviewed, and harmless.
  public var friction: Int64 = 0
  /// Unmasked or newly allowed, and disclosing.
  public var leak: Int64 = 0
  /// Newly blocked, reviewed or masked, and harmful or disclosing.
  public var fixedMiss: Int64 = 0
  /// Newly allowed or no longer reviewed, and harmless.
  public var fixedFriction: Int64 = 0
  /// Changed, and harmful had what they did not been rolled back.
  public var attempted: Int64 = 0
  /// Rows that the statements of `risk` destroyed on the shadow.
  public var riskRows: Int64 = 0

  static func += (left: inout Self, right: Self) {
    left.risk += right.risk
    left.riskUnknown += right.riskUnknown
    left.friction += right.friction
    left.leak += right.leak
    left.fixedMiss += right.fixedMiss
    left.fixedFriction += right.fixedFriction
    left.attempted += right.attempted
    let (rows, overflow) = left.riskRows.addingReportingOverflow(right.riskRows)
    left.riskRows = overflow ? .max : rows
  }
}

/// Statements of one shape whose decision changes in one way, by the same rules.
public struct DiffGroup: Sendable, Hashable {
  /// What changes.
  public var change: Change
  /// Why it cannot be told, for `unreplayable`.
  public var reason: String?
  /// `human`, `service`, `agent`, or `unknown`.
  public var identityKind: String
  /// The shape's fingerprint.
  public var fingerprint: String
  /// The shape: the statement without its literals.
  public var sql: String
  /// The rule that decided before.
  public var oldRule: String?
  /// The rule that decides now.
  public var newRule: String?
  /// Statements.
  public var count: Int64 = 0
  /// Sessions they belong to.
  public var sessions: Int64 = 0
  /// The earliest.
  public var first: Timestamp
  /// The latest.
  public var last: Timestamp
  /// At most three statements, as `SESSION/SEQ`, the gravest first.
  public var examples: [String] = []
  /// The gravest of its statements.
  public var severity = DiffSeverity.none
  /// Its part of the figures.
  public var figures = DiffFigures()
}

/// Verdicts that another `harm` would flip.
public struct HarmFlip: Sendable, Hashable {
  /// The verdict by the old side's harm.
  public var from: VerdictName
  /// The verdict by the new side's.
  public var to: VerdictName
  /// The shape's fingerprint.
  public var fingerprint: String
  /// The shape.
  public var sql: String
  /// Statements.
  public var count: Int64
  /// One of them, as `SESSION/SEQ`.
  public var example: String
}

/// Which traffic a diff is about.
public struct DiffTraffic: Sendable, Hashable {
  /// The earliest statement; `nil` where there is none.
  public var first: Timestamp?
  /// The latest.
  public var last: Timestamp?
  /// Statements with a conclusive verdict.
  public var conclusive: Int64 = 0
  /// Whether the ledger was ever replayed.
  public var isMeasured = false
  /// Whole days from the latest statement to the day of the diff; `nil` where nobody said which day that is.
  public var ageInDays: Int?

  /// Counts the age up to a day.
  public mutating func setAge(on day: CivilDate) {
    ageInDays = last.map { max(0, day.daysSinceEpoch - $0.day) }
  }
}

/// What another policy would have decided about past traffic.
public struct PolicyDifference: Sendable, Hashable {
  /// Statements compared: `unchanged` and all of `changes` together.
  public var statements: Int64 = 0
  /// Statements that both sides treat alike.
  public var unchanged: Int64 = 0
  /// Statements by change; every change has its entry.
  public var changes = Dictionary(uniqueKeysWithValues: Change.allCases.map { ($0, Int64(0)) })
  /// The unreplayable ones by reason.
  public var unreplayable: [String: Int64] = [:]
  /// The changes in groups: by severity, then count.
  public var groups: [DiffGroup] = []
  /// All groups' figures.
  public var figures = DiffFigures()
  /// Newly allowed statements without a conclusive verdict.
  public var newlyAllowedUnknown: Int64 = 0
  /// Whether the two sides call different things harmful.
  public var harmChanged = false
  /// The verdicts that flips.
  public var harmFlips: [HarmFlip] = []
  /// Which traffic.
  public var traffic = DiffTraffic()

  /// Statements whose decision changes or may change.
  public var changed: Int64 { changes.reduce(0) { $0 + ($1.key == .unreplayable ? 0 : $1.value) } }
}
