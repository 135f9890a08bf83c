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
    difference.statements = traffic.statements
    difference.unchanged = unchanged
    difference.traffic.first = traffic.first
    difference.traffic.last = traffic.last
    difference.traffic.conclusive = traffic.conclusive
    difference.traffic.isMeasured = try ledger.isMeasured()
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
    try forEachGraded(ledger, changed, \.occurrence) { statement, graded, places in
      let occurrence = statement.occurrence
      guard let context = traffic.contexts[occurrence.key.context],
        let recorded = traffic.decisions[occurrence.key.decision]
      else { return }
      let harm = harms.harm(at: occurrence.row.first, on: context.connection)
      let own = Harmfulness(graded, harm, recorded, occurrence.outcome)
      let crossing = Crossing(
        changed: statement, graded: graded, harm: harm,
        harmfulness: occurrence.script.flatMap { scripts[$0] }.map { max($0, own) } ?? own, recorded: recorded)
      let shape = shapes[occurrence.key.text] ?? ("", "")
      let key = GroupKey(
        change: statement.transition.change, reason: statement.transition.reason,
        identityKind: context.identity?.kind.rawValue ?? "unknown", oldRule: statement.old.rule,
        newRule: statement.new.rule, fingerprint: shape.fingerprint)
      groups[key, default: GroupBuilder(key, at: occurrence.row.first)].add(crossing, places, shape.sql)
    }
    let names = try ledger.sessionKeys(Set(groups.values.flatMap { $0.examples.map(\.place.session) }))
    var finished: [DiffGroup] = []
    for var group in groups.values { finished.append(group.finish(names)) }
    return finished.sorted(by: isGraver)
  }

  /// The gravest statement of each script, which justifies what is decided about all of it.
  private func scriptHarmfulness(_ ledger: borrowing Ledger) throws(AssayError) -> [Int64: Harmfulness] {
    let harms = harmInForce
    let changing = Set(changed.compactMap(\.occurrence.script))
    let statements = scripts.flatMap { $0 }.filter { $0.script.map(changing.contains) ?? false }
    var gravest: [Int64: Harmfulness] = [:]
    try forEachGraded(ledger, statements, \.self) { occurrence, graded, _ in
      guard let script = occurrence.script, let context = traffic.contexts[occurrence.key.context] else { return }
      let recorded = traffic.decisions[occurrence.key.decision] ?? Decision(action: .observed)
      let own = Harmfulness(
        graded, harms.harm(at: occurrence.row.first, on: context.connection), recorded, occurrence.outcome)
      gravest[script] = max(gravest[script] ?? own, own)
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

/// A group that is being counted; the order of what is added does not matter.
private struct GroupBuilder {
  private var group: DiffGroup
  private var sessions = DistinctSessions()
  /// At most three, the gravest first, then in the order of the ledger.
  private(set) var examples: [(severity: DiffSeverity, place: StatementPlace)] = []

  init(_ key: GroupKey, at time: Timestamp) {
    group = DiffGroup(
      change: key.change, reason: key.reason, identityKind: key.identityKind, fingerprint: key.fingerprint, sql: "",
      oldRule: key.oldRule, newRule: key.newRule, first: time, last: time)
  }

  mutating func add(_ crossing: Crossing, _ places: TrafficPlaces, _ sql: String) {
    let row = crossing.changed.occurrence.row
    let finding = crossing.finding()
    // Texts of one fingerprint may differ in their spaces.
    group.sql = group.count == 0 ? sql : min(group.sql, sql)
    group.count += row.statements
    sessions.add(places.sessions)
    group.first = min(group.first, row.first)
    group.last = max(group.last, row.last)
    group.severity = min(group.severity, finding.severity)
    var figures = DiffFigures()
    switch finding.severity {
    case .risk:
      figures.risk = row.statements
      let rows = max(0, crossing.graded?.effect.rowsDestroyed ?? 0).multipliedReportingOverflow(by: row.statements)
      figures.riskRows = rows.overflow ? .max : rows.partialValue
    case .friction: figures.friction = row.statements
    case .fixedMiss: figures.fixedMiss = row.statements
    case .fixedFriction: figures.fixedFriction = row.statements
    case .leak, .none: break
    }
    if crossing.isAttempt { figures.attempted = row.statements }
    if finding.isLeak { figures.leak = row.statements }
    if finding.isUnknown { figures.riskUnknown = row.statements }
    group.figures += figures
    for place in places.examples {
      examples.append((finding.severity, place))
    }
    examples.sort { ($0.severity.rank, $0.place) < ($1.severity.rank, $1.place) }
    examples.removeLast(max(0, examples.count - 3))
  }

  mutating func finish(_ names: [Int64: String]) -> DiffGroup {
    group.sessions = sessions.count()
    group.examples = examples.map { "\(names[$0.place.session] ?? "")/\($0.place.sequence)" }
    return group
  }
}
