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
  }

  /// Statements graded.
  public internal(set) var statements = 0
  /// Statements by verdict.
  public internal(set) var verdicts: [VerdictName: Int] = [:]
  /// Inconclusive statements by reason.
  public internal(set) var inconclusive: [String: Int] = [:]
  /// Units counted: the metrics.
  public internal(set) var matrix = ConfusionMatrix()
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
  private var tallies: [String: RuleTally] = [:]

  /// The rules that decided something, by policy and name.
  public var rules: [RuleTally] {
    tallies.values.sorted { ($0.policy ?? "", $0.rule) < ($1.policy ?? "", $1.rule) }
  }

  /// An empty report.
  public init() {}

  /// Counts a session. The order in which sessions come depends on the threads: no figure may.
  mutating func add(_ result: SessionResult, _ found: [Finding]) {
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
      if entry.statement.unit == nil || entry.statement.unit != lastUnit {
        matrix.count(verdict, action: entry.statement.decision.action, evaluationUnknown: isUnknown)
      }
      lastUnit = entry.statement.unit
      add(entry)
    }
    for finding in found { findings[finding.kind, default: 0] += 1 }
  }

  private mutating func add(_ entry: GradedEntry) {
    guard let rule = entry.statement.decision.rule else { return }
    let policy = entry.statement.decision.policy
    let key = "\(policy ?? "")\u{0}\(rule)"
    var tally = tallies[key] ?? RuleTally(rule: rule, policy: policy)
    tally.statements += 1
    tally.verdicts[entry.verdict.name, default: 0] += 1
    if entry.verdict.name == .confirmedBlock { tally.rowsSaved &+= entry.input.effect.rowsDestroyed }
    tallies[key] = tally
  }
}
