public import AuditTrail
import Ledger
public import Policies

/// What one policy says of the statements of an incident that did harm, or were to.
public struct PolicyJudgement: Sendable {
  /// Why the policy is asked.
  public enum Role: String, Sendable, Hashable {
    /// It was in force when the statements were sent.
    case inForce = "in_force"
    /// It is the latest version.
    case latest
    /// It was named to be tried.
    case candidate
  }

  /// What the policy does with one statement.
  public struct Step: Sendable, Hashable {
    /// The statement, as `SESSION/SEQ`.
    public let step: String
    /// When it was sent.
    public let time: Timestamp
    /// What it decides.
    public let action: Action
    /// The rule that decides; `nil` where none matches.
    public let rule: String?
    /// The rule's own reason.
    public let because: String?
    /// Where the rule stands.
    public let place: Place?
    /// The columns it masks.
    public let masked: [String]
    /// Whether it is in the harm's way.
    public let reach: Reach
    /// Every rule: its name, whether it applies, and the predicates that decide.
    public let rules: [RuleExplanation]
  }

  /// Whether a decision is in the way of harm.
  public enum Reach: String, Sendable, Hashable {
    /// Blocked, held for approval, or every column that leaked is masked.
    case stops
    /// Only if something unknown holds.
    case maybe
    /// It lets the harm through.
    case passes
  }

  /// The policy's name.
  public let policy: String
  /// Its version.
  public let version: String?
  /// Why it is asked.
  public let role: Role
  /// What it says, in order of time; only statements that did harm or were to.
  public internal(set) var steps: [Step] = []

  /// The first statement that it stops.
  public var firstStop: Step? { steps.first { $0.reach == .stops } }
  /// How many it stops.
  public var stopped: Int { steps.count { $0.reach == .stops } }
  /// `production-guardrails 2026.3`.
  public var title: String { version.map { "\(policy) \($0)" } ?? policy }
}

/// The policies that an incident is held against.
struct PolicyJury {
  fileprivate struct Juror {
    let policy: LoadedPolicy
    var judgement: PolicyJudgement
  }

  private let policies: PolicySet?
  private var inForce: [Int: Juror] = [:]
  private var others: [Juror] = []

  /// - Parameter last: the moment of the last statement: a version after it is the latest.
  init(policies: PolicySet?, candidate: PolicySet?, last: Timestamp) {
    self.policies = policies
    if let versions = policies?.versions, let latest = versions.last, versions.count > 1,
      latest.effective.map({ $0 > last }) ?? false,
      candidate?.versions.last.map({
        $0.policy.name == latest.policy.name && $0.policy.version == latest.policy.version
      }) != true
    {
      others.append(Self.juror(.latest, latest.policy))
    }
    if let version = candidate?.versions.last { others.append(Self.juror(.candidate, version.policy)) }
  }

  private static func juror(_ role: PolicyJudgement.Role, _ policy: LoadedPolicy) -> Juror {
    Juror(policy: policy, judgement: PolicyJudgement(policy: policy.name, version: policy.version, role: role))
  }

  /// Asks every policy about a statement that did harm or was to; `unit` is the whole script with it, itself included.
  mutating func hear(_ step: IncidentStep, _ request: Request, unit: [Request]) {
    if let policies, let index = policies.versions.lastIndex(where: { $0.effective.map { $0 <= step.time } ?? true }) {
      var juror = inForce[index] ?? Self.juror(.inForce, policies.versions[index].policy)
      juror.judge(step, request, unit)
      inForce[index] = juror
    }
    for index in others.indices { others[index].judge(step, request, unit) }
  }

  /// What they say: those in force in order of time, then the latest, then the candidate.
  var judgements: [PolicyJudgement] {
    (inForce.sorted { $0.key < $1.key }.map(\.value) + others).map { juror in
      var judgement = juror.judgement
      // Sessions are heard one after another; a window's overlap.
      judgement.steps.sort { ($0.time, $0.step) < ($1.time, $1.step) }
      return judgement
    }.filter { !$0.steps.isEmpty }
  }
}

extension PolicyJury.Juror {
  /// Decides the statement, and the script it belongs to: the strictest block or review of a script takes all of it.
  fileprivate mutating func judge(_ step: IncidentStep, _ request: Request, _ unit: [Request]) {
    let explained = policy.explain(request)
    var (decision, rules) = (explained.decision, explained.rules)
    for other in unit {
      let decided = policy.decide(other)
      guard decided.action.strictness >= Action.review.strictness,
        decided.action.strictness > decision.action.strictness
      else { continue }
      decision = decided
      rules = policy.explain(other).rules
    }
    let decisive = rules.first { $0.rule == decision.rule }
    judgement.steps.append(
      PolicyJudgement.Step(
        step: step.id, time: step.time, action: decision.action, rule: decision.rule, because: decisive?.because,
        place: decisive?.place, masked: decision.masked,
        reach: PolicyJudgement.Reach(decision, step, policy.harm.harm(on: request.connection)), rules: rules))
  }
}

extension PolicyJudgement.Reach {
  fileprivate init(_ decision: PolicyDecision, _ step: IncidentStep, _ harm: Harm) {
    switch decision.action {
    case .block: self = .stops
    // Held it was, and let go: an approval that is on record would have covered it again.
    case .review: self = step.approved && step.tookPlace ? .passes : .stops
    case .allow, .mask, .observed:
      let masked = decision.masks(step, harm)
      if masked == .stops {
        self = .stops
      } else if masked == .maybe {
        self = .maybe
      } else {
        let mayStop = decision.possible.actions.contains { $0.strictness >= Action.review.strictness }
        self = mayStop ? .maybe : .passes
      }
    }
  }
}

extension PolicyDecision {
  /// What its masks come to where a disclosure was all the harm.
  fileprivate func masks(_ step: IncidentStep, _ harm: Harm) -> PolicyJudgement.Reach {
    guard !masked.isEmpty, let graded = step.graded, graded.verdict.name == .maskLeak,
      !graded.effect.leakedColumns.isEmpty
    else { return .passes }
    let shown = graded.effect.shown(behind: masked, recorded: step.decision)
    if shown.isUnknown { return .maybe }
    return graded.effect.disclosesHarmfully(shown.columns, harm: harm) ? .passes : .stops
  }
}
