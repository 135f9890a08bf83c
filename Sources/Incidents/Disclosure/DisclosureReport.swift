public import AuditTrail
public import Ledger

/// Whose data somebody saw: which sensitive columns reached a client, how many values at most, through which statements; and
/// what cannot be known of it. Counts, and never a value.
public struct DisclosureReport: Sendable {
  /// Whom it is about, as people read it: sessions, or users and database logins.
  public var subject: [String]
  /// The time that was looked at; `nil` where all of it was.
  public var period: Period?
  /// The columns that were looked for, as `table.column`, sorted.
  public var lookedFor: [String]
  /// Sessions with a statement of that time.
  public var sessions: Int64 = 0
  /// Their statements of that time.
  public var statements: Int64 = 0
  /// Those whose effect was measured, and counts.
  public var measured: Int64 = 0
  /// Statements that showed something on the shadow, and of which the archive does not say whether they ran: they count as run.
  public var assumedRun: Int64 = 0
  /// Statements of the same sessions outside of that time.
  public var outside: Int64 = 0
  /// Columns that reached a client, by name.
  public var columns: [ShownColumn] = []
  /// The statements that showed them, by shape, in order of time.
  public var shapes: [ShownShape] = []
  /// Statements whose answers depend on sensitive columns without showing a value: what can be inferred is not counted.
  public var inferred: [ShownShape] = []
  /// Statements that would have shown something and were stopped or failed, by shape.
  public var stopped: [ShownShape] = []
  /// Columns that the recorded mask hid, with how many statements.
  public var masked: [String: Int64] = [:]
  /// Statements of which nothing is known, by reason.
  public var unknown: [UnknownStatements] = []
  /// What detectors recognised in output that the archive itself holds: the clients saw it.
  public var recordedOutput: [OutputFinding] = []
  /// The shadows that it was measured on.
  public var shadows: [ReplayEntry] = []

  /// Nothing yet.
  init(subject: [String], period: Period?, lookedFor: [String]) {
    (self.subject, self.period, self.lookedFor) = (subject, period, lookedFor)
  }

  /// A sensitive column that reached a client.
  public struct ShownColumn: Sendable {
    /// `table.column`.
    public let column: String
    /// The connection.
    public let connection: String
    /// Who saw it: the identity's user, or the database login where no identity is recorded.
    public let whom: String
    /// For whom.
    public let actsFor: String?
    /// Statements that showed it.
    public var statements: Int64 = 0
    /// Those of them that showed values as they stand, which are counted.
    public var counted: Int64 = 0
    /// The sum of those statements' values: an upper limit of distinct values as they stand, and never a union.
    public var valuesAtMost: Int64 = 0
    /// Rows that all of them returned on the shadow.
    public var rows: Int64 = 0
    /// The same as the archive records it; `nil` where it does not for each of them.
    public var recordedRows: Int64? = 0
    /// The first of them.
    public var first: Timestamp
    /// The last of them.
    public var last: Timestamp
    /// How it was shown; the gravest.
    public var leak: Leak

    /// Whether each statement showed values as they stand: then there are no more people than values.
    public var isBounded: Bool { counted == statements }
  }

  /// Statements of one shape by one identity that showed the same columns.
  public struct ShownShape: Sendable {
    /// The shape.
    public let fingerprint: String
    /// The text without literals.
    public let text: String
    /// The connection.
    public let connection: String
    /// Who sent them.
    public let whom: String
    /// For whom.
    public let actsFor: String?
    /// The columns.
    public let columns: [String]
    /// How they were shown.
    public let leak: Leak
    /// What the proxy decided.
    public let action: Action
    /// The gravest severity.
    public var severity: Severity
    /// What the shadow's rows are.
    public let basis: Basis
    /// The statements, as `SESSION/SEQ`.
    public var steps: [String] = []
    /// The first.
    public var first: Timestamp
    /// The last.
    public var last: Timestamp
    /// Rows that they returned on the shadow.
    public var rows: Int64 = 0
    /// Values that stood there as they are, of the column of which most did.
    public var values: Int64 = 0
  }

  /// Statements of which it is not known what they showed.
  public struct UnknownStatements: Sendable {
    /// Why: the reason of their verdicts, `diverged`, `not_replayed`, or `not_sampled`.
    public let reason: String
    /// The statements, as `SESSION/SEQ`.
    public var steps: [String] = []
    /// Sensitive columns that their texts read, or that a run that does not count showed.
    public var columns: Set<String> = []
  }

  /// Whether all of it was measured, so that what is not here did not happen.
  public var isComplete: Bool { unknown.isEmpty && outside == 0 && !lookedFor.isEmpty && statements > 0 }
  /// Statements of which nothing is known.
  public var unknownCount: Int64 { unknown.reduce(0) { $0 + Int64($1.steps.count) } }
}
