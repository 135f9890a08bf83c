import AuditTrail
import Policies

/// A distinct text in the form that is decided on.
struct PreparedText {
  var sql: String
  var facts: PreparedFacts
}

extension PolicySet {
  /// The version in force at the moment, or `nil` before the first.
  func index(at time: Timestamp) -> Int? {
    versions.lastIndex { $0.effective.map { $0 <= time } ?? true }
  }
}

extension PolicySource {
  /// What the side decides about every statement of a row; `script` is the whole text it was sent with, where that is
  /// more. `nil` where it depends on each statement's time.
  func decision(
    on row: Traffic.Row, _ text: PreparedText, script: String? = nil, _ traffic: Traffic
  ) -> SideDecision? {
    guard case .policies(let set) = self else { return recorded(traffic.decisions[row.key.decision]) }
    guard let context = traffic.contexts[row.key.context] else { return .absent(.noPolicy) }
    let time = row.first == row.last ? row.first : nil
    let request = Request(text, context, script: script, time: time, isRedacted: traffic.isRedacted)
    var found: SideDecision?
    // Nearly always every version says the same, and then the borders between them do not matter.
    for index in (set.index(at: row.first) ?? -1)...(set.index(at: row.last) ?? -1) {
      var decision = SideDecision.absent(.noPolicy)
      if index >= 0 {
        guard let known = self.decision(on: request, by: set.versions[index].policy, traffic) else { return nil }
        decision = known
      }
      guard let before = found, before != decision else {
        found = decision
        continue
      }
      guard traffic.isTimeless else { return nil }
      found = before.or(decision)
    }
    return found
  }

  private func decision(on request: Request, by policy: LoadedPolicy, _ traffic: Traffic) -> SideDecision? {
    let decision = policy.decide(request)
    guard decision.maybe else { return SideDecision(decision: decision) }
    if request.time == nil, policy.asksForTime, !traffic.isTimeless { return nil }
    return SideDecision(decision: decision, unknown: policy.explain(request).unknown)
  }

  private func recorded(_ decision: Decision?) -> SideDecision {
    guard let decision, decision.action != .observed else { return .absent(.noDecision) }
    return SideDecision(
      decision: PolicyDecision(
        decision.action, rule: decision.rule, masked: decision.action == .mask ? decision.masked : []))
  }
}

extension SideDecision {
  /// Either of both: it depends on a time that is not known.
  fileprivate func or(_ other: Self) -> Self {
    if absence != nil { return self }
    if other.absence != nil { return other }
    var either = decision.action.strictness >= other.decision.action.strictness ? self : other
    either.decision.possible = decision.possible.union(other.decision.possible)
    either.decision.masked = decision.masked.filter(other.decision.masked.contains)
    let masks = decision.masked + decision.maybeMasked + other.decision.masked + other.decision.maybeMasked
    either.decision.maybeMasked = Set(masks).subtracting(either.decision.masked).sorted()
    either.decision.maybe = true
    either.unknown = Set(unknown + other.unknown + ["time"]).sorted()
    return either
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
  fileprivate init(
    _ text: PreparedText, _ context: Traffic.Context, script: String?, time: Timestamp?, isRedacted: Bool
  ) {
    self.init(
      facts: text.facts, text: text.sql, script: script, identity: context.identity, connection: context.connection,
      client: context.client, purposeGiven: context.purposeGiven, approved: context.approved, time: time,
      isRedacted: isRedacted)
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
