public import AuditTrail
public import Ledger
public import Policies
import SQLAnalysis
public import Replay

/// Replays sessions as recorded and as if another policy had decided, and says how the ends differ. The ledger is only
/// read. Sessions in which nothing would have been decided otherwise end as they did and are not run.
public func replayAsIf(
  _ ledger: borrowing Ledger, policy: PolicySet, plan: ReplayPlan, sessions: [SessionEntry]? = nil,
  progress: (Int64) -> Void = { _ in }
) throws(AssayError) -> Counterfactual {
  var entries = sessions ?? []
  if sessions == nil { try ledger.forEachSession(plan.filter) { session in entries.append(session) } }
  var run = AsIfRun(policy: policy, plan: plan)
  for session in entries {
    try run.add(session, ledger)
    progress(run.result.counts.statements)
  }
  return run.finish()
}

private struct AsIfRun {
  private let policy: PolicySet
  private let plan: ReplayPlan
  private(set) var result: Counterfactual
  private var facts: [Int64: Facts] = [:]
  private var replays: [Int: any SessionReplay] = [:]
  private var starts: [Int: EndState] = [:]
  private var startContents: [Int: [String: [String: UInt64?]]] = [:]
  private var tables: [Counterfactual.Difference: Counterfactual.TableEnd] = [:]
  private var objects: (kept: Set<Counterfactual.Difference>, gone: Set<Counterfactual.Difference>) = ([], [])
  private var seen: (recorded: Set<Counterfactual.Difference>, asIf: Set<Counterfactual.Difference>) = ([], [])

  init(policy: PolicySet, plan: ReplayPlan) {
    self.policy = policy
    self.plan = plan
    let title = policy.versions.map { version in
      version.policy.version.map { "\(version.policy.name) \($0)" } ?? version.policy.name
    }
    result = Counterfactual(policy: title.joined(separator: ", "))
  }

  mutating func add(_ session: SessionEntry, _ ledger: borrowing Ledger) throws(AssayError) {
    let all = try ledger.statements(of: session.id, in: nil)
    guard let first = all.first else { return }
    var changed = all
    var differs = false
    var start = 0
    while start < all.count {
      var end = start + 1
      if let unit = all[start].unit { while end < all.count, all[end].unit == unit { end += 1 } }
      // A session runs whole; only statements of the period are decided again.
      if plan.filter.period?.contains(all[start].time) ?? true {
        let decided = try decide(Array(all[start..<end]), session, ledger)
        for (index, statement) in zip(start..<end, decided) {
          if let statement { (changed[index], differs) = (statement, true) }
        }
      }
      start = end
    }
    result.sessions += 1
    guard differs else { return }
    result.sessionsDiffering += 1
    guard let shadow = plan.shadow(for: session, at: first.time) else {
      result.sessionsWithoutShadow += 1
      return
    }
    let recorded = try measure(all, session, shadow)
    let asIf = try measure(changed, session, shadow)
    compare(recorded, asIf, session.connection.name, differing: try tablesDiffering(recorded, asIf, shadow))
  }

  // MARK: Deciding

  /// The statements of a unit as they would be; `nil` for one that stays as it was recorded.
  private mutating func decide(
    _ unit: [StatementEntry], _ session: SessionEntry, _ ledger: borrowing Ledger
  ) throws(AssayError) -> [StatementEntry?] {
    result.counts.statements += Int64(unit.count)
    let script = unit.count > 1 ? unit.map(\.sql).joined(separator: ";\n") : nil
    var decisions: [PolicyDecision] = []
    for statement in unit {
      guard let version = policy.version(at: statement.time),
        !statement.completeness.contains(.statementTruncated)
      else {
        result.counts.undecided += Int64(unit.count)
        return unit.map { _ in nil }
      }
      decisions.append(
        version.decide(
          Request(statement, of: session, facts: try facts(of: statement, ledger), script: script)))
    }
    // A script is decided as one: the strictest block or review takes all of it.
    if let strictest = decisions.max(by: { $0.action.strictness < $1.action.strictness }),
      strictest.action.strictness >= Action.review.strictness
    {
      decisions = decisions.map { _ in strictest }
    }
    return zip(unit, decisions).map { statement, decision in changed(statement, decision) }
  }

  private mutating func facts(of statement: StatementEntry, _ ledger: borrowing Ledger) throws(AssayError) -> Facts {
    if let known = facts[statement.textID] { return known }
    let read = try Facts(encoded: try ledger.encodedFacts(ofText: statement.textID))
    facts[statement.textID] = read
    return read
  }

  /// The statement as it would be under the decision; `nil` where that is as it was recorded.
  private mutating func changed(_ statement: StatementEntry, _ decision: PolicyDecision) -> StatementEntry? {
    if decision.maybe { result.counts.maybe += 1 }
    let ran = statement.reachedDatabase
    switch decision.action {
    case .block:
      guard ran else { return same() }
      result.counts.blocked += 1
      return statement.asIf(Decision(action: .block, rule: decision.rule), outcome: .notRun)
    case .review:
      guard ran else { return same() }
      if statement.decision.action == .review, statement.outcome != .ranUnapproved { return same() }
      if statement.approved {
        result.counts.approved += 1
        return nil
      }
      result.counts.held += 1
      return statement.asIf(Decision(action: .review, rule: decision.rule), outcome: .notRun)
    case .allow, .mask, .observed:
      let masked = decision.action == .mask ? decision.masked : []
      let new = Decision(action: decision.action, rule: decision.rule, masked: masked)
      guard ran else {
        result.counts.released += 1
        return statement.asIf(new, outcome: .ran)
      }
      guard masked != statement.decision.masked.sorted() else { return same() }
      result.counts.masked += 1
      return statement.asIf(new, outcome: statement.outcome, result: statement.result)
    }
  }

  private mutating func same() -> StatementEntry? {
    result.counts.same += 1
    return nil
  }

  // MARK: Measuring

  fileprivate struct End {
    var start: EndState?
    var state: EndState?
    var effects: [String: (net: Int64, overwritten: Int64)] = [:]
    var dropped: Set<String> = []
    var columns: Set<String> = []
  }

  private mutating func replay(_ shadow: Int) throws(AssayError) -> any SessionReplay {
    if let known = replays[shadow] { return known }
    let planned = plan.shadows[shadow]
    var measuring = Measuring(sensitive: planned.sensitive, analyze: plan.analyze)
    measuring.seed = plan.seed
    let replay = try planned.shadow.clones(measuring).open()
    _ = try replay.measure([], engine: planned.shadow.engine)
    starts[shadow] = try replay.endState(contentsOf: [])
    replays[shadow] = replay
    return replay
  }

  private mutating func measure(
    _ statements: [StatementEntry], _ session: SessionEntry, _ shadow: Int
  ) throws(AssayError) -> End {
    let replay = try replay(shadow)
    var end = End()
    for (statement, measured) in zip(
      statements, try replay.measure(statements, engine: session.connection.engine))
    {
      let effect = measured.effect
      if effect.reachedClient(statement.decision, statement.outcome) {
        end.columns.formUnion(effect.shown(behind: statement.decision.masked, recorded: statement.decision).columns)
      }
      guard effect.tookPlace(statement.outcome) else { continue }
      for (name, table) in effect.tables where !table.isScratch {
        let before = end.effects[name] ?? (0, 0)
        end.effects[name] = (
          before.net &+ table.inserted &- table.deleted,
          before.overwritten &+ max(0, table.updated &- table.unchanged)
        )
      }
      for object in effect.dropped where !object.isScratch { end.dropped.insert("\(object.type) \(object.name)") }
    }
    end.start = starts[shadow]
    end.state = try replay.endState(contentsOf: Set(end.effects.keys))
    return end
  }

  /// Which of the tables that one of two runs touched hold other values at the end of the other.
  private mutating func tablesDiffering(_ one: End, _ other: End, _ shadow: Int) throws(AssayError) -> Set<String> {
    guard let state = one.state, let otherState = other.state else { return [] }
    let touched = Set(state.contents.keys).union(otherState.contents.keys)
    // A table that a run left alone holds what it held at the start.
    let alone = touched.filter { state.contents[$0] == nil || otherState.contents[$0] == nil }
      .filter { startContents[shadow]?[$0] == nil }
    if !alone.isEmpty {
      let replay = try replay(shadow)
      _ = try replay.measure([], engine: plan.shadows[shadow].shadow.engine)
      let start = try replay.endState(contentsOf: alone)?.contents ?? [:]
      startContents[shadow, default: [:]].merge(start) { $1 }
    }
    return touched.filter { table in
      guard state.rows[table] != nil, otherState.rows[table] != nil,
        let columns = state.contents[table] ?? startContents[shadow]?[table],
        let others = otherState.contents[table] ?? startContents[shadow]?[table]
      else { return false }
      return Set(columns.keys) != Set(others.keys)
        || columns.contains { column, number in
          guard let number, case .some(.some(let other)) = others[column] else { return false }
          return number != other
        }
    }
  }

  private mutating func compare(_ recorded: End, _ asIf: End, _ connection: String, differing: Set<String>) {
    func named(_ names: some Sequence<String>) -> Set<Counterfactual.Difference> {
      Set(names.map { Counterfactual.Difference(connection: connection, name: $0) })
    }
    seen.recorded.formUnion(named(recorded.columns))
    seen.asIf.formUnion(named(asIf.columns))
    var names = Set(recorded.effects.keys).union(asIf.effects.keys)
    if let start = recorded.start, let one = recorded.state, let other = asIf.state {
      objects.kept.formUnion(named(other.objects.subtracting(one.objects)))
      objects.gone.formUnion(named(one.objects.subtracting(other.objects)))
      for state in [one, other] {
        names.formUnion(Set(start.rows.keys).union(state.rows.keys).filter { start.rows[$0] != state.rows[$0] })
      }
    } else {
      result.isCounted = false
      objects.kept.formUnion(named(recorded.dropped.subtracting(asIf.dropped)))
      objects.gone.formUnion(named(asIf.dropped.subtracting(recorded.dropped)))
    }
    for name in names {
      let key = Counterfactual.Difference(connection: connection, name: name)
      var table =
        tables[key]
        ?? Counterfactual.TableEnd(connection: connection, table: name, before: recorded.start?.rows[name])
      table.recordedChange = table.recordedChange &+ recorded.change(of: name)
      table.changeAsIf = table.changeAsIf &+ asIf.change(of: name)
      table.recordedOverwritten = table.recordedOverwritten &+ (recorded.effects[name]?.overwritten ?? 0)
      table.overwrittenAsIf = table.overwrittenAsIf &+ (asIf.effects[name]?.overwritten ?? 0)
      if differing.contains(name) { table.contentsDiffer = true }
      tables[key] = table
    }
  }

  /// The sums, in order.
  func finish() -> Counterfactual {
    var result = result
    result.tables = tables.sorted { $0.key < $1.key }.map(\.value)
    result.objectsKept = objects.kept.subtracting(objects.gone).sorted()
    result.objectsGone = objects.gone.subtracting(objects.kept).sorted()
    result.columnsHidden = seen.recorded.subtracting(seen.asIf).sorted()
    result.columnsShown = seen.asIf.subtracting(seen.recorded).sorted()
    result.columnsSeenStill = seen.asIf.intersection(seen.recorded).sorted()
    return result
  }
}

extension AsIfRun.End {
  /// By how many rows the table grew: counted on the clone, else summed up from effects.
  func change(of table: String) -> Int64 {
    guard let start, let state else { return effects[table]?.net ?? 0 }
    return (state.rows[table] ?? 0) &- (start.rows[table] ?? 0)
  }
}

extension StatementEntry {
  /// Whether it reached the database, as far as that is recorded.
  fileprivate var reachedDatabase: Bool {
    switch outcome {
    case .ran, .ranUnapproved: true
    case .notRun: false
    case .unknown: decision.action.letsThrough || decision.action == .observed
    }
  }

  /// The statement under another decision.
  fileprivate func asIf(_ decision: Decision, outcome: Outcome, result: RecordedResult? = nil) -> StatementEntry {
    StatementEntry(
      id: id, session: session, sequence: sequence, time: time, textID: textID, sql: sql, parameters: parameters,
      decision: decision, outcome: outcome, approval: approval, approved: approved, result: result, unit: unit,
      completeness: completeness, dialect: dialect, chance: chance)
  }
}
