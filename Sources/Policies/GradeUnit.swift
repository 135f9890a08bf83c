public import AuditTrail

/// Grades the statements of one unit, in order.
///
/// A unit of one statement is graded as that statement. A decision made on a script is graded on the script's whole
/// effect, the sum over its statements: they share the verdict of the gravest of them, or of the sum where only together
/// they reach harm, with reason `script`; an inconclusive verdict keeps its own reason and is flagged `script`.
public func gradeUnit(_ statements: [GradeInput], harm: Harm) -> [Verdict] {
  let single = statements.map { grade($0, harm: harm) }
  guard single.count > 1, var shared = gravest(single) else { return single }
  let sum = gradedTogether(statements, harm)
  if let sum, sum.rank > shared.rank || sum.name == shared.name && shared.kind == nil { shared = sum }
  let all = single + (sum.map { [$0] } ?? [])
  shared.severity = all.map(\.severity).max() ?? shared.severity
  shared.flags = Set(single.flatMap(\.flags) + shared.flags).sorted()
  if shared.kind != nil { shared.kind = all.compactMap(\.kind).min() }
  shared.wouldDisclose =
    (shared.isConclusive || shared.name == .ungraded) && all.contains(where: \.wouldDisclose)
  shared.fate = fate(of: statements, shared)
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

/// The verdict on the sum of what every statement did that ran, or failed and left its changes; `nil` where the sum is not
/// harmful.
private func gradedTogether(_ statements: [GradeInput], _ harm: Harm) -> Verdict? {
  guard var sum = statements.first else { return nil }
  let ran = statements.filter {
    $0.effect.tookEffect && ($0.effect.leavesChanges || !$0.failedWhenRecorded) && $0.effect.emptyTables.isEmpty
  }
  var effect = Effect(.ran)
  effect.kept = false
  for statement in ran where statement.isDone {
    effect.kept = true
    for (name, table) in statement.effect.tables { effect.tables[name, default: TableEffect()].add(table) }
  }
  add(disclosures: ran.filter(\.isDisclosed), to: &effect)
  sum.effect = effect
  // A sum is of what happened, or of what would have; it has no count of its own that was recorded.
  if sum.decision.action.letsThrough || sum.decision.action == .observed { sum.outcome = .ran }
  if sum.decision.action == .review, statements.contains(where: { $0.outcome != .notRun }) { sum.outcome = .ran }
  sum.recorded = nil
  let verdict = grade(sum, harm: harm)
  return verdict.isHarmful ? verdict : nil
}

/// Adds up the rows that disclosed, or, where nothing did, those that a mask kept from it.
private func add(disclosures statements: [GradeInput], to effect: inout Effect) {
  let leaking = statements.filter { $0.effect.leak >= .derived }
  effect.leak = leaking.map(\.effect.leak).max() ?? .none
  effect.leakedColumns = leaking.flatMap(\.effect.leakedColumns).sortedExactly()
  let shown = leaking.isEmpty ? statements.filter { $0.decision.action == .mask && !$0.isOverMask } : leaking
  effect.reads = shown.flatMap(\.effect.reads).sortedExactly()
  effect.rowsReturned = shown.reduce(0) { $0.addingSaturated($1.effect.rowsReturned) }
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
    cascaded = cascaded.addingSaturated(later.cascaded)
    coded = coded.addingSaturated(later.coded)
  }
}

extension Verdict {
  /// How much the verdict weighs in its unit: harm first, then what could not be told, then the rest.
  fileprivate var rank: Int {
    switch name {
    case .falseAllow, .confirmedBlock, .confirmedReview: 100
    case .maskLeak: 95
    case .inconclusive: 50
    case .diverged: 40
    case .debatableBlock, .debatableReview: 30
    case .falseBlock, .needlessReview: 20
    case .confirmedMask: 15
    case .confirmedAllow, .mootBlock: 10
    case .ungraded: 0
    }
  }
}
