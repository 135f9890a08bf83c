public import AuditTrail
public import Ledger
public import Policies
import SQLAnalysis

/// What a ledger's traffic says about a policy: rules that matched nothing, and rules that never decided.
///
/// Every version is held against all of the traffic, not only that of its own time. A rule whose match hangs on something
/// unknown (such as the hour) is not named.
public func trafficLints(
  _ ledger: borrowing Ledger, _ policies: PolicySet, filter: SessionFilter = SessionFilter()
) throws(AssayError) -> [PolicyLint] {
  let traffic = try Traffic(ledger, filter)
  var counts = policies.versions.map { TrafficCounts($0.policy) }
  var next = 0
  var statements: Int64 = 0
  try ledger.query("SELECT id, sql, facts FROM texts ORDER BY id") { (values) throws(AssayError) in
    let id = values[0].integer ?? 0
    guard next < traffic.rows.count, traffic.rows[next].key.text == id else { return }
    let text = try PreparedText(values)
    while next < traffic.rows.count, traffic.rows[next].key.text == id {
      let row = traffic.rows[next]
      next += 1
      guard let context = traffic.contexts[row.key.context] else { continue }
      statements += row.statements
      let request = Request(
        facts: text.facts, text: text.sql, identity: context.identity, connection: context.connection,
        client: context.client, purposeGiven: context.purposeGiven, approved: context.approved)
      for index in counts.indices { counts[index].add(request) }
    }
  }
  guard statements > 0 else { return [] }
  let period = span(traffic)
  return counts.flatMap { $0.lints(of: statements, period) }.inOrder
}

private func span(_ traffic: Traffic) -> String {
  guard let first = traffic.rows.map(\.first).min(), let last = traffic.rows.map(\.last).max() else { return "" }
  return "from \(first.description.prefix(10)) to \(last.description.prefix(10))"
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
