public import AuditTrail
public import Policies

/// Which hours of the period the records of each source cover.
public struct Coverage: Sendable, Hashable {
  /// One row a source (proxy instance), by name.
  public var sources: [SourceCoverage]
  /// Runs of hours that are `gap` or `unproven`, by source and time.
  public var gaps: [CoverageGap]

  /// Coverage.
  public init(sources: [SourceCoverage], gaps: [CoverageGap]) {
    self.sources = sources
    self.gaps = gaps
  }
}

/// What an hour of a source is.
public enum HourState: String, Sendable, Hashable, CaseIterable {
  /// There are records.
  case active
  /// There are none, and something shows that there was nothing to record.
  case nilProven = "nil_proven"
  /// There are none, and something contradicts the silence.
  case gap
  /// There are none, and nothing says why.
  case unproven
}

/// How many hours of a source are what; `hours = active + nilProven + gap + unproven`.
public struct SourceCoverage: Sendable, Hashable {
  /// The source: the proxy's product name and instance.
  public let source: String
  /// Hours of the period, or of the part of it in which the source is expected.
  public let hours: Int64
  /// Hours with records.
  public let active: Int64
  /// Hours shown to be empty.
  public let nilProven: Int64
  /// Hours that something contradicts.
  public let gap: Int64
  /// Hours that nothing speaks for.
  public let unproven: Int64

  /// The hours that are accounted for, of all.
  public var covered: Share { Share(active + nilProven, of: hours) }

  /// A source's hours.
  public init(source: String, hours: Int64, active: Int64, nilProven: Int64, gap: Int64, unproven: Int64) {
    self.source = source
    self.hours = hours
    self.active = active
    self.nilProven = nilProven
    self.gap = gap
    self.unproven = unproven
  }
}

/// A run of hours without records that are not shown to be empty.
public struct CoverageGap: Sendable, Hashable {
  /// The source.
  public let source: String
  /// `gap` or `unproven`.
  public let state: HourState
  /// Its first moment.
  public let start: Timestamp
  /// The first moment after it.
  public let end: Timestamp
  /// Its hours.
  public let hours: Int64
  /// What contradicts the silence, or what would prove it.
  public let reason: String

  /// A gap.
  public init(source: String, state: HourState, start: Timestamp, end: Timestamp, hours: Int64, reason: String) {
    self.source = source
    self.state = state
    self.start = start
    self.end = end
    self.hours = hours
    self.reason = reason
  }
}

/// An equation between two totals that were counted apart.
public struct TieOut: Sendable, Hashable {
  /// Its name, such as `TO-01`.
  public let id: String
  /// What it shows.
  public let title: String
  /// The left side in words.
  public let left: String
  /// Its value.
  public let leftValue: Int64
  /// The right side in words.
  public let right: String
  /// Its value.
  public let rightValue: Int64

  /// Left less right.
  public var difference: Int64 { leftValue &- rightValue }
  /// Whether both sides are equal.
  public var holds: Bool { leftValue == rightValue }

  /// An equation.
  public init(id: String, title: String, left: String, leftValue: Int64, right: String, rightValue: Int64) {
    self.id = id
    self.title = title
    self.left = left
    self.leftValue = leftValue
    self.right = right
    self.rightValue = rightValue
  }
}

/// Statements of one ISO week by the action decided.
public struct WeeklyDecisions: Sendable, Hashable {
  /// The week's year (ISO 8601).
  public let year: Int
  /// The week's number, 1 to 53.
  public let week: Int
  /// Its Monday.
  public let monday: CivilDate
  /// Statements by action, every action among them, in the order of `Action.allCases`.
  public var counts: [ActionCount]

  /// `2026-W27`.
  public var label: String { "\(year)-W\(week < 10 ? "0" : "")\(week)" }

  /// A week.
  public init(year: Int, week: Int, monday: CivilDate, counts: [ActionCount]) {
    self.year = year
    self.week = week
    self.monday = monday
    self.counts = counts
  }
}

/// How many statements an action was decided on.
public struct ActionCount: Sendable, Hashable, Codable {
  /// The action.
  public let action: Action
  /// How many.
  public var statements: Int64

  /// A count.
  public init(action: Action, statements: Int64) {
    self.action = action
    self.statements = statements
  }
}

/// What replay made of the period's decisions.
public struct Grading: Sendable, Hashable {
  /// Statements in the period.
  public var statements: Int64
  /// Those that replay has not seen at all: no verdict is stored.
  public var notReplayed: Int64
  /// Every verdict with its counts, in the order of `VerdictName.allCases`; with ``notReplayed`` they add up to
  /// ``statements``.
  public var verdicts: [VerdictCount]
  /// Inconclusive statements by reason, by name.
  public var inconclusive: [ReasonCount]
  /// `false_allow` where a rule was evaluated.
  public var falseAllowEvaluated: Int64
  /// `false_allow` where the archive does not show that one was.
  public var falseAllowEvaluationUnknown: Int64
  /// The units by kind of harm and fate, and the matrices that follow from them.
  public var units: GradedUnits
  /// What each decision came to, in units.
  public var effects: [DecisionEffects]
  /// How much of each connection's decided statements, and of all writes and changes of schema, was graded.
  public var graded: [GradedShare]
  /// Recall, precision, specificity, balanced accuracy, coverage, ….
  public var metrics: [Metric]

  /// Grading.
  public init(
    statements: Int64, notReplayed: Int64, verdicts: [VerdictCount], inconclusive: [ReasonCount],
    falseAllowEvaluated: Int64, falseAllowEvaluationUnknown: Int64, units: GradedUnits = GradedUnits(),
    effects: [DecisionEffects] = [], graded: [GradedShare] = [], metrics: [Metric]
  ) {
    self.statements = statements
    self.notReplayed = notReplayed
    self.verdicts = verdicts
    self.inconclusive = inconclusive
    self.falseAllowEvaluated = falseAllowEvaluated
    self.falseAllowEvaluationUnknown = falseAllowEvaluationUnknown
    self.units = units
    self.effects = effects
    self.graded = graded
    self.metrics = metrics
  }
}

/// How often a verdict was drawn.
public struct VerdictCount: Sendable, Hashable {
  /// The verdict.
  public let verdict: VerdictName
  /// Statements.
  public let statements: Int64
  /// Units: a script counts once.
  public let units: Int64

  /// A count.
  public init(verdict: VerdictName, statements: Int64, units: Int64) {
    self.verdict = verdict
    self.statements = statements
    self.units = units
  }
}

/// How often a reason was given.
public struct ReasonCount: Sendable, Hashable {
  /// The reason.
  public let reason: String
  /// Statements.
  public let statements: Int64

  /// A count.
  public init(reason: String, statements: Int64) {
    self.reason = reason
    self.statements = statements
  }
}

/// What the units of one decision came to.
public struct DecisionEffects: Sendable, Hashable {
  /// The decision.
  public let action: Action
  /// Units that are harmful.
  public var harmful: Int64 = 0
  /// Units that change data within limits.
  public var withinLimits: Int64 = 0
  /// Units that do neither.
  public var harmless: Int64 = 0
  /// Units that would have failed anyway.
  public var wouldHaveFailed: Int64 = 0
  /// Units without a conclusive verdict.
  public var open: Int64 = 0

  /// Nothing counted.
  public init(_ action: Action) { self.action = action }
}

/// How many of some decided statements have a conclusive verdict.
public struct GradedShare: Sendable, Hashable {
  /// Which: `connection NAME`, `writes` or `changes of schema and rights`.
  public let part: String
  /// The statements, and those with a conclusive verdict.
  public var share: Share

  /// A share.
  public init(part: String, share: Share) {
    self.part = part
    self.share = share
  }
}

/// Something a session did that no single verdict shows.
public struct FindingNoted: Sendable, Hashable, Codable {
  /// `approved_harm`, `accumulated_harm`, ….
  public let kind: String
  /// The session's key.
  public let session: String
  /// The statement's number in it.
  public let sequence: Int64
  /// When.
  public let time: Timestamp
  /// Who.
  public let user: String?
  /// Where.
  public let connection: String
  /// What people should know, without literals.
  public let detail: String

  /// A finding.
  public init(
    kind: String, session: String, sequence: Int64, time: Timestamp, user: String?, connection: String, detail: String
  ) {
    self.kind = kind
    self.session = session
    self.sequence = sequence
    self.time = time
    self.user = user
    self.connection = connection
    self.detail = detail
  }
}
