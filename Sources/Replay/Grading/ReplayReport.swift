public import AuditTrail
public import Ledger
public import Policies

/// What a replay came to. The verdicts add up to the statements.
public struct ReplayReport: Sendable {
  /// How one recorded rule fared.
  public struct RuleTally: Sendable, Hashable {
    /// The rule.
    public let rule: String
    /// Its policy, where recorded.
    public let policy: String?
    /// Statements it decided.
    public var statements = 0
    /// Those by verdict.
    public var verdicts: [VerdictName: Int] = [:]
    /// Rows that its true stops kept from being destroyed.
    public var rowsSaved: Int64 = 0
    /// The units it decided.
    public var units = GradedUnits()
  }

  /// Statements graded.
  public internal(set) var statements = 0
  /// Sessions that were run on a shadow.
  public internal(set) var sessionsMeasured = 0
  /// Sessions of which nothing was run: the ledger held their measurements.
  public internal(set) var sessionsReused = 0
  /// Statements by verdict.
  public internal(set) var verdicts: [VerdictName: Int] = [:]
  /// Inconclusive statements by reason.
  public internal(set) var inconclusive: [String: Int] = [:]
  /// Units counted: the metrics, the fates of harmful ones.
  public internal(set) var units = GradedUnits()
  /// Statements let through with harm, by whether the archive shows that a rule was evaluated.
  public internal(set) var falseAllowEvaluated = 0
  /// The same, where it does not.
  public internal(set) var falseAllowUnknown = 0
  /// The shadows.
  public internal(set) var shadows: [ReplayEntry] = []
  /// Findings by kind.
  public internal(set) var findings: [String: Int] = [:]
  /// Statements in scope that a sample left out: with ``statements`` they are all.
  public internal(set) var notSampled = 0
  /// The sample; `nil` where every statement was replayed.
  public internal(set) var sample: SampleFigures?
  /// The metrics by who acted, by session, by rows and by class.
  public internal(set) var groups = GroupedMetrics()
  /// How far the archive's row counts and the shadow's agree.
  public internal(set) var fidelity = Fidelity()
  /// What the shadow's schema lacks.
  public internal(set) var gaps = SchemaGaps()
  private var tallies: [String: RuleTally] = [:]

  /// The kinds of findings that a replay makes or repeats.
  public static let findingKinds = [
    "approved_harm", "accumulated_harm", "observed_harm", "bypass_after_block", "recorded_output",
  ]

  /// The rules that decided something, by policy and name.
  public var rules: [RuleTally] {
    tallies.values.sorted { ($0.policy ?? "", $0.rule) < ($1.policy ?? "", $1.rule) }
  }

  /// An empty report.
  public init() {}

  /// Counts a session. The order in which sessions come depends on the threads: no figure may.
  mutating func add(_ result: SessionResult, _ found: [Finding], fingerprint: (StatementEntry) -> String) {
    var lastUnit: Int64?
    for entry in result.entries {
      let verdict = entry.verdict
      let isUnknown = entry.statement.completeness.contains(.evaluationUnknown)
      statements += 1
      verdicts[verdict.name, default: 0] += 1
      if verdict.name == .inconclusive { inconclusive[verdict.reason ?? "", default: 0] += 1 }
      if verdict.name == .falseAllow {
        if isUnknown { falseAllowUnknown += 1 } else { falseAllowEvaluated += 1 }
      }
      let isFirst = entry.statement.unit == nil || entry.statement.unit != lastUnit
      if isFirst { units.count(verdict, action: entry.statement.decision.action, evaluationUnknown: isUnknown) }
      lastUnit = entry.statement.unit
      add(entry, countsUnit: isFirst)
    }
    groups.add(result, fingerprint: fingerprint)
    fidelity.add(result)
    gaps.add(result)
    for finding in found { findings[finding.kind, default: 0] += 1 }
  }

  private mutating func add(_ entry: GradedEntry, countsUnit: Bool) {
    guard let rule = entry.statement.decision.rule else { return }
    let policy = entry.statement.decision.policy
    let key = "\(policy ?? "")\u{0}\(rule)"
    var tally = tallies[key] ?? RuleTally(rule: rule, policy: policy)
    tally.statements += 1
    tally.verdicts[entry.verdict.name, default: 0] += 1
    if countsUnit {
      tally.units.count(
        entry.verdict, action: entry.statement.decision.action,
        evaluationUnknown: entry.statement.completeness.contains(.evaluationUnknown))
    }
    if entry.verdict.name == .confirmedBlock { tally.rowsSaved &+= entry.input.effect.rowsDestroyed }
    tallies[key] = tally
  }
}
