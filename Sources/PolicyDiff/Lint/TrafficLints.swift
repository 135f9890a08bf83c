public import AuditTrail
public import Ledger
public import Policies
import SQLAnalysis

/// What a ledger's traffic says about a policy: rules that matched nothing, and rules that never decided.
///
/// Every version is held against all of the traffic, not only that of its own time. A rule whose match depends on something
/// unknown (such as the hour) is not named.
public func trafficLints(
  _ ledger: borrowing Ledger, _ policies: PolicySet, filter: SessionFilter = SessionFilter()
) throws(AssayError) -> [PolicyLint] {
  let traffic = try Traffic(ledger, filter)
  var counts = policies.versions.map { TrafficCounts($0.policy) }
  var text: (id: Int64, prepared: PreparedText)?
  var statements: Int64 = 0
  var (first, last) = (Int64.max, Int64.min)
  try ledger.query(
    """
    SELECT t.id, t.sql, t.facts, r.context, sum(r.statements), min(r.first), max(r.last)
    FROM rollup r JOIN texts t ON t.id = r.text GROUP BY r.text, r.context ORDER BY r.text, r.context
    """
  ) { (row) throws(AssayError) in
    let integers = row.map { $0.integer ?? 0 }
    guard let context = traffic.contexts[integers[3]] else { return }
    if text?.id != integers[0] { text = (integers[0], try PreparedText(row)) }
    guard let prepared = text?.prepared else { return }
    statements += integers[4]
    first = min(first, integers[5])
    last = max(last, integers[6])
    let request = Request(
      facts: prepared.facts, text: prepared.sql, identity: context.identity, connection: context.connection,
      client: context.client, purposeGiven: context.purposeGiven, approved: context.approved,
      isRedacted: traffic.isRedacted)
    for index in counts.indices { counts[index].add(request) }
  }
  guard statements > 0 else { return [] }
  let days = [first, last].map { Timestamp(nanoseconds: $0).description.prefix(10) }
  return counts.flatMap { $0.lints(of: statements, "from \(days[0]) to \(days[1])") }.inOrder
}

/// What a policy's rules came to.
private struct TrafficCounts {
  let policy: LoadedPolicy
  /// By rule: whether it applied or may have, and whether it decided.
  private var matched: [Bool]
  private var decided: [Bool]
  private let references: [RuleReference]

  init(_ policy: LoadedPolicy) {
    self.policy = policy
    references = policy.ruleReferences
    matched = references.map { _ in false }
    decided = matched
  }

  mutating func add(_ request: borrowing Request) {
    let decision = policy.decide(request)
    for (index, applies) in policy.applying(request).enumerated() where applies != .no {
      matched[index] = true
      // What is unknown may decide; masks of every rule that matches unite unless the statement is blocked.
      let isMask = decision.action != .block && !decision.masked.isEmpty
      if applies == .unknown || decision.maybe || decision.rule == references[index].name || isMask {
        decided[index] = true
      }
    }
  }

  func lints(of statements: Int64, _ period: String) -> [PolicyLint] {
    references.indices.compactMap { index in
      let reference = references[index]
      if !matched[index] {
        return PolicyLint(
          .neverMatched, rule: reference.name,
          "none of the ledger's \(grouped(statements)) statements \(period) matched the rule; see whether it says what is meant",
          at: reference.place)
      }
      guard !decided[index] else { return nil }
      return PolicyLint(
        .neverDecided, rule: reference.name,
        "the rule matched statements of the ledger \(period), and a stricter rule decided every one; see whether it is "
          + "still needed", at: reference.place)
    }
  }
}
