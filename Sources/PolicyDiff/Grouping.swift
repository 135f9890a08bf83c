import AuditTrail
import Ledger
import Policies

/// What statements of one group share.
private struct GroupKey: Hashable {
  var change: Change
  var reason: String?
  var identityKind: String
  var oldRule: String?
  var newRule: String?
  var fingerprint: String
}

extension Comparison {
  /// The difference: counts, figures and groups.
  func difference(_ ledger: borrowing Ledger) throws(AssayError) -> PolicyDifference {
    var difference = PolicyDifference()
    difference.statements = traffic.rows.reduce(0) { $0 + $1.statements }
    difference.unchanged = unchanged
    difference.traffic.first = traffic.rows.map(\.first).min()
    difference.traffic.last = traffic.rows.map(\.last).max()
    difference.traffic.conclusive = try traffic.conclusive(ledger)
    difference.traffic.isMeasured = try !ledger.rows("SELECT 1 FROM measurements LIMIT 1").isEmpty
    difference.harmChanged = changesHarm
    if difference.harmChanged { difference.harmFlips = try harmFlips(ledger) }
    difference.groups = try groups(ledger)
    for group in difference.groups {
      difference.changes[group.change, default: 0] += group.count
      if let reason = group.reason { difference.unreplayable[reason, default: 0] += group.count }
      difference.figures += group.figures
      if group.change == .newlyAllowed { difference.newlyAllowedUnknown += group.figures.riskUnknown }
    }
    return difference
  }

  /// The groups, by severity, then count.
  private func groups(_ ledger: borrowing Ledger) throws(AssayError) -> [DiffGroup] {
    let shapes = try readShapes(ledger, ofTexts: Set(changed.map(\.occurrence.key.text)))
    let scripts = try scriptHarmfulness(ledger)
    let harms = harmInForce
    var groups: [GroupKey: GroupBuilder] = [:]
    try forEachGraded(ledger, changed, \.occurrence) { statement, graded in
      let occurrence = statement.occurrence
      guard let context = traffic.contexts[occurrence.key.context],
        let recorded = traffic.decisions[occurrence.key.decision]
      else { return }
      let harm = harms.harm(at: occurrence.time, on: context.connection)
      let own = Harmfulness(graded, harm)
      let crossing = Crossing(
        changed: statement, graded: graded, harm: harm,
        harmfulness: occurrence.unit.flatMap { scripts[$0] }.map { max($0, own) } ?? own, recorded: recorded,
        outputs: texts[occurrence.key.text]?.outputs ?? [])
      let shape = shapes[occurrence.key.text] ?? ("", "")
      let key = GroupKey(
        change: statement.transition.change, reason: statement.transition.reason,
        identityKind: context.identity?.kind.rawValue ?? "unknown", oldRule: statement.old.rule,
        newRule: statement.new.rule, fingerprint: shape.fingerprint)
      groups[key, default: GroupBuilder(key, sql: shape.sql, at: occurrence.time)].add(crossing)
    }
    return groups.values.map(\.finished).sorted(by: isGraver)
  }

  /// The gravest statement of each script, which justifies what is decided about all of it.
  private func scriptHarmfulness(_ ledger: borrowing Ledger) throws(AssayError) -> [Int64: Harmfulness] {
    let harms = harmInForce
    var gravest: [Int64: Harmfulness] = [:]
    try forEachGraded(ledger, try traffic.occurrences(ledger, ofTexts: nil, inScripts: true), \.self) {
      occurrence, graded in
      guard let unit = occurrence.unit, let context = traffic.contexts[occurrence.key.context] else { return }
      let own = Harmfulness(graded, harms.harm(at: occurrence.time, on: context.connection))
      gravest[unit] = max(gravest[unit] ?? own, own)
    }
    return gravest
  }

  private func isGraver(_ left: DiffGroup, _ right: DiffGroup) -> Bool {
    if left.severity != right.severity { return left.severity < right.severity }
    let (one, other) = (left.figures.riskUnknown > 0, right.figures.riskUnknown > 0)
    if one != other { return one }
    if left.count != right.count { return left.count > right.count }
    func names(_ group: DiffGroup) -> [String] {
      [
        group.change.rawValue, group.fingerprint, group.identityKind, group.oldRule ?? "", group.newRule ?? "",
        group.reason ?? "", group.sql,
      ]
    }
    return names(left).lexicographicallyPrecedes(names(right))
  }
}

/// A group that is being counted.
private struct GroupBuilder {
  private var group: DiffGroup
  private var sessions: Set<Int64> = []
  /// At most three, the gravest first, then in the order of the ledger.
  private var examples: [(severity: DiffSeverity, name: String)] = []

  init(_ key: GroupKey, sql: String, at time: Timestamp) {
    group = DiffGroup(
      change: key.change, reason: key.reason, identityKind: key.identityKind, fingerprint: key.fingerprint, sql: sql,
      oldRule: key.oldRule, newRule: key.newRule, first: time, last: time)
  }

  mutating func add(_ crossing: Crossing) {
    let occurrence = crossing.changed.occurrence
    let finding = crossing.finding()
    group.count += 1
    sessions.insert(occurrence.session)
    group.first = min(group.first, occurrence.time)
    group.last = max(group.last, occurrence.time)
    group.severity = min(group.severity, finding.severity)
    switch finding.severity {
    case .risk:
      var risk = DiffFigures()
      risk.risk = 1
      risk.riskRows = max(0, crossing.graded?.effect.rowsDestroyed ?? 0)
      group.figures += risk
    case .friction: group.figures.friction += 1
    case .fixedMiss: group.figures.fixedMiss += 1
    case .fixedFriction: group.figures.fixedFriction += 1
    case .leak, .none: break
    }
    if finding.isLeak { group.figures.leak += 1 }
    if finding.isUnknown { group.figures.riskUnknown += 1 }
    let place = examples.firstIndex { finding.severity < $0.severity } ?? examples.count
    examples.insert((finding.severity, occurrence.name), at: place)
    if examples.count > 3 { examples.removeLast() }
  }

  var finished: DiffGroup {
    var group = group
    group.sessions = Int64(sessions.count)
    group.examples = examples.map(\.name)
    return group
  }
}
