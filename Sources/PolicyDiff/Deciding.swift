import AuditTrail
import Policies

/// A distinct text in the form that is decided on.
struct PreparedText {
  var sql: String
  var facts: PreparedFacts
  /// Columns that stand in its output expressions, as `table.column`.
  var outputs: [String]
}

extension PolicySet {
  /// The version in force at the moment, or `nil` before the first.
  func index(at time: Timestamp) -> Int? {
    versions.lastIndex { $0.effective.map { $0 <= time } ?? true }
  }
}

extension PolicySource {
  /// What the side decides about every statement of a row; `nil` where it depends on each one's time.
  func decision(on row: Traffic.Row, _ text: PreparedText, _ traffic: Traffic) -> SideDecision? {
    guard case .policies(let set) = self else { return recorded(traffic.decisions[row.key.decision]) }
    let index = set.index(at: row.first)
    guard index == set.index(at: row.last) else { return nil }
    guard let index, let context = traffic.contexts[row.key.context] else { return .absent(.noPolicy) }
    let decision = set.versions[index].policy.decide(Request(text, context, time: nil))
    // Without a time `hours` is unknown; where the outcome hangs on something unknown, each time is looked at.
    return decision.maybe ? nil : SideDecision(decision: decision)
  }

  /// What the side decides about one statement; `script` is the whole text it was sent with, where that is more.
  func decision(
    on occurrence: Traffic.Occurrence, _ text: PreparedText, script: String? = nil, _ traffic: Traffic
  ) -> SideDecision {
    guard case .policies(let set) = self else { return recorded(traffic.decisions[occurrence.key.decision]) }
    guard let index = set.index(at: occurrence.time), let context = traffic.contexts[occurrence.key.context] else {
      return .absent(.noPolicy)
    }
    let request = Request(text, context, script: script, time: occurrence.time)
    let policy = set.versions[index].policy
    let decision = policy.decide(request)
    guard decision.maybe else { return SideDecision(decision: decision) }
    return SideDecision(decision: decision, unknown: policy.explain(request).unknown)
  }

  private func recorded(_ decision: Decision?) -> SideDecision {
    guard let decision, decision.action != .observed else { return .absent(.noDecision) }
    return SideDecision(
      decision: PolicyDecision(
        decision.action, rule: decision.rule, masked: decision.action == .mask ? decision.masked : []))
  }
}

/// What is decided about each statement of a script that is decided as one: the strictest block or review takes all.
func decidedAsOne(_ decisions: [SideDecision]) -> [SideDecision] {
  guard decisions.count > 1, !decisions.contains(where: { $0.absence != nil }) else { return decisions }
  let strictest = decisions.map(\.decision.action.strictness).max() ?? 0
  var together = decisions.first { $0.decision.action.strictness == strictest } ?? decisions[0]
  let possible = decisions.reduce(into: ActionSet()) { $0.formUnion($1.decision.possible) }
  let mayBeHeld = possible.contains(ActionSet(.block)) || possible.contains(ActionSet(.review))
  guard mayBeHeld else { return decisions }
  for action in possible.actions where action.strictness > strictest {
    together.decision.possible.insert(ActionSet(action))
    together.decision.maybe = true
  }
  together.unknown = Set(decisions.flatMap(\.unknown)).sorted()
  if !together.decision.maybe { together.unknown = [] }
  return strictest >= Action.review.strictness || together.decision.maybe
    ? decisions.map { _ in together } : decisions
}

extension Request {
  fileprivate init(_ text: PreparedText, _ context: Traffic.Context, script: String? = nil, time: Timestamp?) {
    self.init(
      facts: text.facts, text: text.sql, script: script, identity: context.identity, connection: context.connection,
      client: context.client, purposeGiven: context.purposeGiven, approved: context.approved, time: time)
  }
}

extension Explanation {
  /// The predicates on which the outcome hangs, so that equal outcomes on other unknowns are told apart.
  fileprivate var unknown: [String] {
    rules.flatMap { rule -> [String] in
      guard rule.applies == .unknown || rule.approvesItself == .unknown else { return [] }
      let action = rule.action.rawValue
      return rule.deciding.map { "\(action) \($0.path) \($0.expected) \($0.holds.name)" } + [rule.rule]
    }.sorted()
  }
}
