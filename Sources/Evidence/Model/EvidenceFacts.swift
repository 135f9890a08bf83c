public import AuditTrail
import Digests
public import Ledger

/// Everything that a report follows from, as it was declared, counted or drawn from the ledger. ``conclude(_:)`` makes the
/// model of it and of nothing else: whoever holds these facts can judge them again.
public struct EvidenceFacts: Sendable, Hashable, Codable {
  /// What was declared: scope, side files, catalogs, thresholds, floors.
  public var plan: EvidencePlan
  /// What was read.
  public var inputs: [ArchiveInput] = []
  /// What each test looked at. The rows are kept apart, in the package's populations.
  public var drawn: [TestID: DrawnPopulation] = [:]
  /// What passed through each connection that was seen, by name.
  public var connections: [ConnectionTraffic] = []
  /// The shadows that statements were replayed on.
  public var shadows: [ShadowUsed] = []
  /// The policies in force over the period.
  public var policies: [PolicyInForce] = []
  /// What sessions did that no single verdict shows.
  public var findings: [FindingNoted] = []
  /// The sources' own counts beside what was read; `nil` where no counts were given.
  public var countedDays: [CountedDay]?
  /// Sessions of which less, or other, was read than they held.
  public var shortSessions: [ShortSession] = []
  /// Stretches before a segment whose predecessor was not read.
  public var chainBreaks: [ChainBreak] = []
  /// Which plain reads were replayed, where not all were.
  public var sample: SampleTaken?
  /// Statements of the period that are not items of T-19, by day.
  public var unlistedDays: [UnlistedDay] = []
  /// The same statements by what replay made of them.
  public var unlistedVerdicts: [GradedGroup] = []
  /// What the ledger counts of itself.
  public var totals = LedgerTotals()
  /// Sessions that reach over a bound of the period; `nil` where none does.
  public var straddling: [StraddlingSession]?
  /// The files that were not read; `nil` where all were.
  public var unread: [UnreadFile]?
  /// The identities whose kind is not said alike; `nil` where there are none.
  public var kindConflicts: [KindConflict]?
  /// Whether a replay was begun that had not ended; `nil` where none was.
  public var hasUnfinishedReplay: Bool?

  /// Facts with nothing drawn yet.
  public init(plan: EvidencePlan) { self.plan = plan }

  /// What the test looked at.
  subscript(test: TestID) -> DrawnPopulation { drawn[test] ?? DrawnPopulation() }
}

/// What a test looked at, as it was drawn.
public struct DrawnPopulation: Sendable, Hashable, Codable {
  /// The items, in the query's order and with the query's columns.
  public var rows = ItemRows()
  /// What the query left out, with how many and why.
  public var exclusions: [Exclusion] = []
  /// Parameters of the query that only the ledger knows, after those that follow from the plan.
  public var parameters: [String] = []

  /// Nothing.
  public init() {}

  private enum CodingKeys: String, CodingKey {
    case exclusions, parameters
  }
}

/// What passed through a connection in the period.
public struct ConnectionTraffic: Sendable, Hashable, Codable {
  /// The connection.
  public var name: String
  /// Its environment, as the configuration says it, else as recorded.
  public var environment: String?
  /// The environments that the archives record, in order; `nil` where they record none.
  public var recordedEnvironments: [String]?
  /// Sessions in the period.
  public var sessions: Int64
  /// Statements in the period.
  public var statements: Int64
}

/// A session that says, or whose numbers say, that it held more than was read.
public struct ShortSession: Sendable, Hashable, Codable {
  /// The session.
  public var item: ItemReference
  /// The source that recorded it.
  public var source: String
  /// When it began.
  public var opened: Timestamp
  /// When it ended.
  public var closed: Timestamp
  /// Statements it held.
  public var declared: Int64
  /// Statements that were read.
  public var read: Int64
  /// Bytes of its recording by the source's own count, where that is not what was read.
  public var countedBytes: Int64?
  /// Bytes of its recording that were read; `nil` where they are as many as counted.
  public var readBytes: Int64?
}

/// A stretch before a segment whose predecessor was not read.
public struct ChainBreak: Sendable, Hashable, Codable {
  /// The source.
  public var source: String
  /// Its first moment.
  public var start: Timestamp
  /// Its last.
  public var end: Timestamp
  /// The segment after it.
  public var archive: String
}

/// A source's own count of a day beside what was read of it.
public struct CountedDay: Sendable, Hashable, Codable {
  /// The count.
  public var count: SourceCount
  /// Sessions read.
  public var sessions: Int64
  /// Statements read.
  public var statements: Int64
}

/// A sample of plain reads that was replayed in place of all.
public struct SampleTaken: Sendable, Hashable, Codable {
  /// Plain reads that it was taken from.
  public var population: Int64
  /// Those that were replayed.
  public var taken: Int64
  /// Where the choice starts.
  public var seed: String
}

/// Statements of a day that are not items of T-19: observed ones, and those that a sample left out.
public struct UnlistedDay: Sendable, Hashable, Codable {
  /// The day, in UTC.
  public var day: CivilDate
  /// What was decided on them.
  public var action: Action
  /// How many.
  public var statements: Int64
}

/// Statements of which replay made the same.
public struct GradedGroup: Sendable, Hashable, Codable {
  /// The verdict; `nil` where there is none.
  public var verdict: VerdictName?
  /// Its reason.
  public var reason: String?
  /// What was decided on them.
  public var action: Action
  /// Whether the archive does not show that a rule was evaluated.
  public var isEvaluationUnknown: Bool
  /// The kind of harm of the unit; `nil` where it is not harmful.
  public var kind: HarmKind?
  /// What became of the unit; `nil` where it is not harmful.
  public var fate: Fate?
  /// `true` where the unit discloses, or would have unmasked; `nil` else.
  public var wouldDisclose: Bool?
  /// How grave the effect is, 0 to 4.
  public var severity: Int64?
  /// How many.
  public var statements: Int64 = 0
  /// How many units.
  public var units: Int64 = 0
}

/// What the ledger counts of itself, for the control totals.
public struct LedgerTotals: Sendable, Hashable, Codable {
  /// Rejected entries that are kept with place and reason.
  public var rejectedKept: Int64 = 0
  /// Records that the archives gave.
  public var recordsRead: Int64 = 0
  /// Records of every kind that are stored.
  public var recordsStored: Int64 = 0
  /// Statements that are stored.
  public var statements: Int64 = 0
  /// Statements in the roll-up.
  public var rolledUp: Int64 = 0
  /// Statements before the period.
  public var before: Int64 = 0
  /// Statements in the period, those left out that a database's log tells of and a proxy as well.
  public var inside: Int64 = 0
  /// Statements in the period that sessions of a database's log hold of which a proxy tells as well; `nil` where there are none.
  public var witnessed: Int64?
  /// Statements after the period.
  public var after: Int64 = 0
  /// Statements in the period, joined with all that they refer to.
  public var joined: Int64 = 0
  /// Those by what was decided on them.
  public var decided: [ActionCount] = []
}

extension EvidenceFacts {
  /// The statements, by session and number, whose output the archive holds with sensitive values in it.
  var recordedOutput: Set<ExactText> {
    Set(findings.filter { $0.kind == "recorded_output" }.map { ExactText("\($0.session)/\($0.sequence)") })
  }
}
