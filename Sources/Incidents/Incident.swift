public import AuditTrail
public import Ledger
import Sensitivity

/// What one or several sessions did, statement by statement, and what came of it.
public struct Incident: Sendable {
  /// Whose window it is; `nil` where sessions were named.
  public var window: Window?
  /// The sessions, by their first statement.
  public var sessions: [IncidentSession] = []
  /// Every statement in order of time: those that matter one by one, dull ones in runs.
  public var timeline: [TimelineItem] = []
  /// What was lost and seen.
  public var blast = BlastRadius()
  /// What each policy says of the statements that did harm or were to.
  public var judgements: [PolicyJudgement] = []
  /// The approvals that the sessions' statements depend on, by id.
  public var approvals: [IncidentApproval] = []
  /// What no single verdict shows.
  public var findings: [IncidentFinding] = []
  /// The shadows on which it was measured, by id.
  public var shadows: [ReplayEntry] = []
  /// Statements, measured ones and verdicts.
  public var totals = IncidentTotals()
  /// Whether literals are shown.
  public var showsLiterals = false
  /// How the end would differ under another policy.
  public var counterfactual: Counterfactual?

  /// Nothing yet.
  init() {}

  /// One identity's time across sessions.
  public struct Window: Sendable, Hashable {
    /// Who.
    public var actors: Actors
    /// When.
    public var period: Period

    /// Somebody's time.
    public init(actors: Actors, period: Period) {
      self.actors = actors
      self.period = period
    }
  }

  /// The steps that are in the timeline one by one.
  public var steps: [IncidentStep] {
    timeline.compactMap { if case .step(let step) = $0 { step } else { nil } }
  }
}

/// One session of an incident: who, what, why, when.
public struct IncidentSession: Sendable {
  /// The session.
  public let entry: SessionEntry
  /// Its first statement of the incident.
  public var first: Timestamp
  /// Its last.
  public var last: Timestamp
  /// How many it holds.
  public var statements: Int64
}

/// What was counted over every statement of an incident, folded or not.
public struct IncidentTotals: Sendable, Hashable {
  /// Statements.
  public var statements: Int64 = 0
  /// Those whose effect was measured.
  public var measured: Int64 = 0
  /// Statements by verdict; those that were not replayed have none.
  public var verdicts: [VerdictName: Int64] = [:]
  /// Statements without a verdict.
  public var notReplayed: Int64 = 0
  /// Changing statements that took place and whose row count the archive records, and those whose it does not.
  public var recordedChanges: Int64 = 0
  /// See ``recordedChanges``.
  public var unrecordedChanges: Int64 = 0
  /// Rows affected, as the archive records them; cascades and triggers are not in such a count.
  public var recordedRows: Int64 = 0
  /// What the archive records of changes that no shadow could measure.
  public var recordedOnly = RecordedLoss()
}

/// Rows that the archive itself records as deleted or overwritten, by statements whose effect could not be measured.
public struct RecordedLoss: Sendable, Hashable {
  /// Rows deleted, by the table that the text names.
  public var deleted: [String: Int64] = [:]
  /// Rows updated, or changed in another way.
  public var updated: [String: Int64] = [:]
  /// Why they were not measured: the reasons of verdicts, `diverged`, or `not_replayed`.
  public var reasons: Set<String> = []

  /// All of them.
  public var rows: Int64 { (Array(deleted.values) + Array(updated.values)).reduce(0) { $0 &+ $1 } }

  mutating func add(_ step: IncidentStep, _ facts: Facts) {
    guard step.standing == .unmeasured, let recorded = step.recorded, recorded.kind == .affected, recorded.rows > 0,
      step.failure == nil, step.outcome != .notRun, step.decision.action.reachesDatabase(step.outcome),
      let command = facts.commands.first(where: { !$0.kinds.isDisjoint(with: [.delete, .update, .merge]) })
    else { return }
    let table = command.writes.first.map { redactingNames(in: $0.table.description) } ?? "an unnamed table"
    if command.kinds.contains(.delete) {
      deleted[table, default: 0] &+= recorded.rows
    } else {
      updated[table, default: 0] &+= recorded.rows
    }
    reasons.insert(
      step.graded.map { $0.verdict.name == .diverged ? "diverged" : $0.verdict.reason ?? "" } ?? "not_replayed")
  }
}

/// An approval with the steps that depend on it.
public struct IncidentApproval: Sendable {
  /// The approval.
  public let approval: Approval
  /// How it was joined.
  public let link: ApprovalLink
  /// The statements, as `SESSION/SEQ`.
  public var steps: [String]
}

/// Something that no single verdict shows.
public struct IncidentFinding: Sendable, Hashable {
  /// `approved_harm`, `accumulated_harm`, `bypass_after_block`, ….
  public let kind: String
  /// The statement at which it came about, as `SESSION/SEQ`.
  public let step: String
  /// What people should know, without literals.
  public let detail: String
}

/// Where a figure was learnt.
public enum Provenance: String, Sendable, Hashable, CaseIterable {
  /// The archive says so.
  case recorded
  /// It was found in output that the archive holds, so the client saw it.
  case recordedOutput = "recorded_output"
  /// A shadow measured it.
  case shadow
}

/// One statement of an incident.
public struct IncidentStep: Sendable {
  /// `SESSION/SEQ`.
  public let id: String
  /// The position of its session in the incident's.
  public let session: Int
  /// The number in its session.
  public let sequence: Int64
  /// When.
  public let time: Timestamp
  /// The text, without its literals unless they were asked for.
  public let text: String
  /// The fingerprint of its shape.
  public let fingerprint: String
  /// The kinds of its commands, sorted.
  public let kinds: [String]
  /// The tables that it names, sorted.
  public let tables: [String]
  /// What the proxy did.
  public let decision: Decision
  /// What happened to it.
  public let outcome: Outcome
  /// The approval it depends on, by the proxy's name for it.
  public let approval: String?
  /// Whether an approval was in force when it ran.
  public let approved: Bool
  /// Rows returned or affected as the archive records them, and which of the two.
  public let recorded: (rows: Int64, kind: RowsKind)?
  /// The SQLSTATE (or `error`) it failed with when it was recorded; never the message.
  public let failure: String?
  /// What the source could not show.
  public let completeness: Completeness
  /// What was measured and concluded; `nil` where it was not replayed.
  public let graded: GradedStatement?
  /// The archive and the entry it was read from.
  public let source: (archive: String, entry: Int64)?
  /// What it comes to.
  public let standing: Standing

  /// What a statement comes to, the gravest first.
  public enum Standing: String, Sendable, Hashable, CaseIterable {
    /// Harm was measured, and it took place.
    case harm
    /// Harm was measured, and the statement was stopped.
    case stopped
    /// It changed rows, objects or settings within limits.
    case changed
    /// It would have changed something and did not: stopped, rolled back, failed.
    case undone
    /// It was not measured, or could not be.
    case unmeasured
    /// It changed and disclosed nothing.
    case harmless
  }

  /// Whether what it did took place.
  public var tookPlace: Bool { graded?.effect.tookPlace(outcome) ?? false }
}
