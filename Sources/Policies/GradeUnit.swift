public import AuditTrail

/// Grades the statements of one unit, in order.
///
/// A unit of one statement is graded as that statement. A decision made on a script is graded on the script's whole
/// effect: its statements share the verdict of the gravest of them (or of all together, where rows only reach harm
/// together), with reason `script`; an inconclusive verdict keeps its own reason and is flagged `script`.
public func gradeUnit(_ statements: [GradeInput], harm: Harm) -> [Verdict] {
  let single = statements.map { grade($0, harm: harm) }
  guard single.count > 1, var shared = gravest(single) else { return single }
  if shared.rank < Verdict.harmfulRank, let together = gradedTogether(statements, harm), together.rank > shared.rank {
    shared = together
  }
  shared.severity = max(shared.severity, single.map(\.severity).max() ?? .s0)
  shared.flags = Set(single.flatMap(\.flags) + shared.flags).sorted()
  if shared.name == .inconclusive {
    shared.flags = Set(shared.flags + ["script"]).sorted()
  } else {
    shared.reason = "script"
  }
  return Array(repeating: shared, count: single.count)
}

private func gravest(_ verdicts: [Verdict]) -> Verdict? {
  var worst: Verdict?
  for verdict in verdicts {
    guard let current = worst else {
      worst = verdict
      continue
    }
    if (verdict.rank, verdict.severity.rawValue) > (current.rank, current.severity.rawValue) { worst = verdict }
  }
  return worst
}

/// The verdict on the summed effect of every statement that ran, where all of them did.
private func gradedTogether(_ statements: [GradeInput], _ harm: Harm) -> Verdict? {
  guard var sum = statements.first else { return nil }
  var effect = Effect(.ran)
  effect.kept = false
  for statement in statements where statement.effect.tookEffect {
    guard statement.effect.leavesChanges || !statement.failedWhenRecorded else { continue }
    guard statement.effect.emptyTables.isEmpty else { continue }
    let counts = statement.happened || !statement.decision.action.letsThrough
    guard counts else { continue }
    effect.kept = true
    for (name, table) in statement.effect.tables { effect.tables[name, default: TableEffect()].add(table) }
  }
  sum.effect = effect
  if effect.kept, sum.outcome == .notRun { sum.outcome = .ran }
  sum.recorded = nil
  let verdict = grade(sum, harm: harm)
  return verdict.rank >= Verdict.harmfulRank && verdict.severity >= .s3 ? verdict : nil
}

extension TableEffect {
  /// Adds a later statement's effect on the table; `before` stays that of the first.
  fileprivate mutating func add(_ later: TableEffect) {
    if self == TableEffect() { (before, isScratch) = (later.before, later.isScratch) }
    inserted = inserted.addingSaturated(later.inserted)
    updated = updated.addingSaturated(later.updated)
    deleted = deleted.addingSaturated(later.deleted)
    unchanged = unchanged.addingSaturated(later.unchanged)
    restored = restored.addingSaturated(later.restored)
    indirect = indirect.addingSaturated(later.indirect)
  }
}

extension Verdict {
  fileprivate static let harmfulRank = 90

  /// How much the verdict weighs in its unit: harm first, then what could not be told, then the rest.
  fileprivate var rank: Int {
    switch name {
    case .falseAllow, .confirmedBlock: 100
    case .confirmedReview: severity >= .s3 ? 100 : 90
    case .maskLeak: 95
    case .inconclusive: 50
    case .diverged: 40
    case .debatableBlock: 30
    case .falseBlock, .needlessReview: 20
    case .confirmedMask: 15
    case .confirmedAllow, .mootBlock: 10
    case .ungraded: 0
    }
  }
}
