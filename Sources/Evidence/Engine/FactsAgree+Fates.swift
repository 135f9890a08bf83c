import AuditTrail
import Policies

/// What T-19 says of harm, held against the rest of the same row: what was decided, whether it ran, who approved it.
extension FactsAgree {
  /// A unit is harmful where it has a kind of harm, of which the verdict tells; its fate follows from the decision, the
  /// outcome and what its approvals are worth.
  mutating func holdFates() throws(AssayError) {
    var units: [[Cell]: [Item]] = [:]
    var order: [[Cell]] = []
    try items(.t19).forEach { item in
      holdHarm(item)
      guard item.cell("kind") != .empty || item.cell("fate") != .empty || item.flag("harmful") else { return }
      let unit = item.cell("unit")
      let key = [item.cell("proxy"), item.cell("session"), unit, unit == .empty ? item.cell("sequence") : .empty]
      if units[key] == nil { order.append(key) }
      units[key, default: []].append(item)
    }
    for key in order {
      guard let unit = units[key], let first = unit.first else { continue }
      let held = fate(of: unit.map(\.gradeInput), first.verdict)
      for item in unit {
        hold("populations/T-19.csv: fate of \(item.statementKey)", item.cell("fate"), is: .shown(held?.rawValue))
        hold("populations/T-19.csv: kind of \(item.statementKey)", item.cell("kind"), is: first.cell("kind"))
      }
    }
  }

  private mutating func holdHarm(_ item: Item) {
    let kind = item.text("kind").flatMap(HarmKind.init)
    let isVerdictHarmful =
      switch item.text("verdict").flatMap(VerdictName.init) {
      case .falseAllow, .confirmedBlock, .confirmedReview, .maskLeak: true
      case .confirmedMask: kind == .discloses
      case .confirmedAllow, .falseBlock, .debatableBlock, .debatableReview, .needlessReview, .mootBlock, .diverged,
        .inconclusive, .ungraded, nil:
        false
      }
    if (kind != nil) != isVerdictHarmful {
      contradict(
        "populations/T-19.csv: kind of \(item.statementKey)", item.cell("kind").plainText,
        isVerdictHarmful ? "a kind of harm, by its verdict" : "nothing, by its verdict")
    }
    if item.flag("harmful") != (kind != nil) {
      contradict("populations/T-19.csv: harmful of \(item.statementKey)", "\(item.flag("harmful"))", "\(kind != nil)")
    }
    if kind == .discloses, !item.flag("would_disclose") {
      contradict("populations/T-19.csv: would_disclose of \(item.statementKey)", "false", "true, by its kind")
    }
  }
}

extension Item {
  fileprivate var verdict: Verdict {
    Verdict(
      text("verdict").flatMap(VerdictName.init) ?? .inconclusive, kind: text("kind").flatMap(HarmKind.init),
      wouldDisclose: flag("would_disclose"))
  }

  /// What a fate follows from.
  fileprivate var gradeInput: GradeInput {
    let standing = text("approval").flatMap(ApprovalStanding.init)
    let scope = text("approval_scope").flatMap(ApprovalScope.init)
    return GradeInput(
      decision: Decision(action: text("action").flatMap(Action.init) ?? .observed),
      outcome: text("outcome").flatMap(Outcome.init) ?? .unknown, effect: Effect(.ran),
      completeness: flag("evaluation_unknown") ? .evaluationUnknown : [], connectionEngine: "", shadowEngine: "",
      approval: standing.flatMap { standing in scope.map { ApprovalJudgement(standing, for: $0) } })
  }
}
