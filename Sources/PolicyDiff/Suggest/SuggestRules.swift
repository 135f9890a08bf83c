public import AuditTrail
public import Ledger
public import Policies

/// Proposes rules that would have stopped every statement that was let through and did harm, at the least friction, and
/// reviews that could approve themselves.
///
/// Candidates come from the harmful statements' facts and contexts; which are proposed is a greedy set cover, weighted by
/// the harmless statements that would be held up. The same ledger gives the same proposals.
///
/// - Parameter policy: the policy in hand: what it stops is not a miss, what it holds up no new friction.
public func suggestRules(
  _ ledger: borrowing Ledger, beside policy: PolicySet? = nil, filter: SessionFilter = SessionFilter()
) throws(AssayError) -> PolicySuggestion {
  var suggestion = PolicySuggestion()
  suggestion.isMeasured = try !ledger.rows("SELECT 1 FROM verdicts LIMIT 1").isEmpty
  guard suggestion.isMeasured else { return suggestion }
  var traffic = try GradedTraffic(ledger, filter)
  suggestion.statements = traffic.statements
  suggestion.conclusive = traffic.conclusive
  suggestion.first = traffic.first
  suggestion.last = traffic.last
  if let policy { traffic.leaveOut(whatStops: policy) }
  suggestion.misses = traffic.rows.reduce(0) { $0 + Int64($1.misses.count) }
  var cover = RuleCover(traffic)
  cover.choose()
  suggestion.rules = cover.rules
  suggestion.unstopped = cover.unstopped
  suggestion.approvals = suggestedApprovals(traffic)
  return suggestion
}

extension GradedTraffic {
  /// What a policy blocks or reviews is not a miss, and nothing easy that could be held up again.
  fileprivate mutating func leaveOut(whatStops policy: PolicySet) {
    for index in rows.indices {
      let decision = policy.version(at: rows[index].first)?.decide(rows[index].request)
      guard let action = decision?.action, action == .block || action == .review else { continue }
      rows[index].misses = []
      rows[index].easy = 0
    }
  }
}

/// A greedy set cover of the misses by candidate rules.
struct RuleCover {
  private struct Option {
    var candidate: CandidateRule
    /// The rows it matches for certain.
    var rows: [Int]
  }

  private let traffic: GradedTraffic
  private var options: [Option]
  private var isCovered: [Bool]
  private var chosen: [Int] = []

  init(_ traffic: GradedTraffic) {
    self.traffic = traffic
    isCovered = traffic.rows.map { _ in false }
    var seen: Set<CandidateRule> = []
    var drawn: [CandidateRule] = []
    for row in traffic.rows where !row.misses.isEmpty {
      for candidate in candidates(from: row) where seen.insert(candidate).inserted { drawn.append(candidate) }
    }
    drawn.sort { ($0.conditions, $0.yaml) < ($1.conditions, $1.yaml) }
    options = compiled(drawn).map { candidate, rule in
      Option(
        candidate: candidate, rows: traffic.rows.indices.filter { rule.applies(to: traffic.rows[$0].request) == .yes })
    }
  }

  /// Chooses rules until nothing more can be stopped, then drops those that others make needless.
  mutating func choose() {
    while let best = bestOption() {
      chosen.append(best)
      for row in options[best].rows { isCovered[row] = true }
    }
    for option in chosen.reversed() {
      let others = Set(chosen.filter { $0 != option }.flatMap { options[$0].rows })
      let needed = options[option].rows.contains { !traffic.rows[$0].misses.isEmpty && !others.contains($0) }
      if !needed { chosen.removeAll { $0 == option } }
    }
  }

  /// The option with the least new friction for each miss newly stopped; of equal ones the one that stops most, then the
  /// simplest, then the first by its text. A rule itself counts as one statement held up, so that few rules are proposed.
  private func bestOption() -> Int? {
    var best: (index: Int, gain: Int64, cost: Int64)?
    for (index, option) in options.enumerated() {
      let (gain, cost) = gainAndCost(option)
      guard gain > 0 else { continue }
      guard let current = best else {
        best = (index, gain, cost)
        continue
      }
      let (left, right) = (Double(cost) / Double(gain), Double(current.cost) / Double(current.gain))
      if left < right || left == right && gain > current.gain { best = (index, gain, cost) }
    }
    return best?.index
  }

  private func gainAndCost(_ option: Option) -> (gain: Int64, cost: Int64) {
    var (gain, cost) = (Int64(0), Int64(1))
    for row in option.rows where !isCovered[row] {
      gain += Int64(traffic.rows[row].misses.count)
      cost += traffic.rows[row].easy
    }
    return (gain, cost)
  }

  /// The misses that no candidate matches for certain.
  var unstopped: [String] {
    traffic.rows.indices.filter { !isCovered[$0] }.flatMap { traffic.rows[$0].misses.map(\.name) }.sorted()
  }

  /// What was chosen, measured.
  var rules: [SuggestedRule] {
    let harmful = traffic.rows.reduce(Int64(0)) { $0 + $1.harmful }
    let rows = traffic.rows.reduce(Int64(0)) { $0.addingClamped($1.harmfulRows) }
    var names: Set<String> = []
    return chosen.map { index in
      let option = options[index]
      let matched = option.rows.map { traffic.rows[$0] }
      let found = matched.reduce(Int64(0)) { $0 + $1.harmful }
      let harmless = matched.reduce(Int64(0)) { $0 + $1.harmless }
      let foundRows = matched.reduce(Int64(0)) { $0.addingClamped($1.harmfulRows) }
      let misses = matched.flatMap(\.misses)
      let friction = matched.reduce(Int64(0)) { $0 + $1.easy }
      var name = "stop-" + option.candidate.name
      var number = 2
      while !names.insert(name).inserted {
        name = "stop-\(option.candidate.name)-\(number)"
        number += 1
      }
      return SuggestedRule(
        id: name, when: option.candidate.yaml, action: harmless == 0 ? .block : .review,
        stopped: misses.map(\.name).sorted(), stoppedRows: misses.reduce(0) { $0.addingClamped($1.rows) },
        harmful: found, harmless: harmless, friction: friction, recall: share(found, harmful),
        precision: share(found, found + harmless), rowWeightedRecall: rows > 0 ? share(foundRows, rows) : nil)
    }
  }
}

private func share(_ part: Int64, _ whole: Int64) -> Double { whole > 0 ? Double(part) / Double(whole) : 0 }
