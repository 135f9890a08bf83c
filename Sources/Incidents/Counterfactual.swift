/// How the end of sessions would differ had another policy decided: its blocks undone, its reviews held back, its masks
/// applied. Measured on shadows, kept nowhere.
public struct Counterfactual: Sendable, Hashable {
  /// What becomes of statements under the other policy.
  public struct Counts: Sendable, Hashable {
    /// Statements looked at.
    public var statements: Int64 = 0
    /// Decided as they were recorded.
    public var same: Int64 = 0
    /// Ran, and would have been blocked.
    public var blocked: Int64 = 0
    /// Ran, and would have waited for an approval that no one gave.
    public var held: Int64 = 0
    /// Would have waited, and an approval that is on record covers them: they run.
    public var approved: Int64 = 0
    /// Would have been masked otherwise: more columns, fewer, others.
    public var masked: Int64 = 0
    /// Did not run, and would have.
    public var released: Int64 = 0
    /// Decided on what is known, though the outcome depends on something that is not recorded.
    public var maybe: Int64 = 0
    /// Sent before any version of the policy was in force, or cut by the source: taken as recorded.
    public var undecided: Int64 = 0
  }

  /// How a table ends, over all sessions.
  public struct TableEnd: Sendable, Hashable {
    /// The connection.
    public let connection: String
    /// The table.
    public let table: String
    /// Rows at the start; `nil` for a table that was not there.
    public var before: Int64?
    /// By how many rows it grew (or shrank) as recorded.
    public var recordedChange: Int64 = 0
    /// And under the other policy.
    public var changeAsIf: Int64 = 0
    /// Rows overwritten as recorded.
    public var recordedOverwritten: Int64 = 0
    /// And under the other policy.
    public var overwrittenAsIf: Int64 = 0

    /// Whether other values stand at some key, in one session or more.
    public var contentsDiffer = false

    /// Whether as many rows are there, and as many were overwritten.
    public var hasSameCounts: Bool { recordedChange == changeAsIf && recordedOverwritten == overwrittenAsIf }
    /// Whether both ends are the same.
    public var isSame: Bool { hasSameCounts && !contentsDiffer }
  }

  /// What one end has and the other has not, with its connection.
  public struct Difference: Sendable, Hashable, Comparable {
    /// The connection.
    public let connection: String
    /// An object as `index visits_by_customer`, or a column as `table.column`.
    public let name: String

    /// By connection and name.
    public static func < (left: Self, right: Self) -> Bool {
      (left.connection, left.name) < (right.connection, right.name)
    }
  }

  /// The policy, with its version.
  public let policy: String
  /// Sessions looked at.
  public var sessions = 0
  /// Sessions in which something would have been decided otherwise: only these were measured.
  public var sessionsDiffering = 0
  /// Of these, sessions for whose connection there is no shadow: their ends are not known.
  public var sessionsWithoutShadow = 0
  /// What becomes of statements.
  public var counts = Counts()
  /// Tables that end otherwise than they began, on one side or the other, by connection and name.
  public var tables: [TableEnd] = []
  /// Objects that were dropped as recorded and would be there.
  public var objectsKept: [Difference] = []
  /// Objects that were there as recorded and would be gone.
  public var objectsGone: [Difference] = []
  /// Sensitive columns that clients saw and would not have seen.
  public var columnsHidden: [Difference] = []
  /// Sensitive columns that clients would have seen and did not.
  public var columnsShown: [Difference] = []
  /// Sensitive columns seen either way.
  public var columnsSeenStill: [Difference] = []
  /// Whether ends were counted on the clones; else they are sums of effects.
  public var isCounted = true

  /// Whether the end is the same.
  public var isSame: Bool {
    tables.allSatisfy(\.isSame) && objectsKept.isEmpty && objectsGone.isEmpty && columnsHidden.isEmpty
      && columnsShown.isEmpty
  }
}
