#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif
import Policies

/// Reviews that could approve themselves: every reviewed statement that the predicate matches was harmless, there are at
/// least ``PolicySuggestion/leastEvidence`` of them, and nothing harmful anywhere matches it.
func suggestedApprovals(_ traffic: GradedTraffic) -> [SuggestedApproval] {
  let rules = Set(traffic.rows.flatMap(\.reviews.keys)).sorted()
  return rules.flatMap { approvals(ofRule: $0, traffic) }.sorted { left, right in
    (right.statements.count, left.rule ?? "", left.when) < (left.statements.count, right.rule ?? "", right.when)
  }
}

private func approvals(ofRule name: String, _ traffic: GradedTraffic) -> [SuggestedApproval] {
  var seen: Set<CandidateRule> = []
  var drawn: [CandidateRule] = []
  for row in traffic.rows where !(row.reviews[name]?.harmless.isEmpty ?? true) {
    for candidate in candidates(from: row) where seen.insert(candidate).inserted { drawn.append(candidate) }
  }
  drawn.sort { ($0.conditions, $0.yaml) < ($1.conditions, $1.yaml) }
  var options: [(when: String, rows: [Int])] = []
  for (candidate, rule) in compiled(drawn) {
    let matched = traffic.rows.indices.filter { rule.applies(to: traffic.rows[$0].request) != .no }
    let isSafe = matched.allSatisfy { traffic.rows[$0].harmful == 0 && traffic.rows[$0].reviews[name]?.other ?? 0 == 0 }
    if isSafe { options.append((candidate.yaml, matched)) }
  }
  var found: [SuggestedApproval] = []
  var covered: Set<Int> = []
  while true {
    var best: (when: String, rows: [Int], statements: [String])?
    for (when, rows) in options {
      let new = rows.filter { !covered.contains($0) }.flatMap { traffic.rows[$0].reviews[name]?.harmless ?? [] }
      if new.count >= PolicySuggestion.leastEvidence, new.count > best?.statements.count ?? 0 {
        best = (when, rows, new)
      }
    }
    guard let best else { return found }
    covered.formUnion(best.rows)
    let statements = best.rows.flatMap { traffic.rows[$0].reviews[name]?.harmless ?? [] }
    found.append(
      SuggestedApproval(
        rule: name.isEmpty ? nil : name, when: best.when, statements: statements.sorted(),
        upperLimit: upperLimit(ofNoneIn: statements.count)))
  }
}

/// The largest share that would still leave none among so many in one case of twenty: 1 - 0.05^(1/n). Source: C. J. Clopper
/// and E. S. Pearson, Biometrika 26 (1934), 404-413, for no success, one-sided.
func upperLimit(ofNoneIn count: Int) -> Double { count > 0 ? 1 - pow(0.05, 1 / Double(count)) : 1 }
