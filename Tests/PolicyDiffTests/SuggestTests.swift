import AuditTrail
import Ledger
import Policies
import SQLAnalysis
import Testing

@testable import PolicyDiff

@Suite struct SuggestTests {
  private static let miss = Verdict(.falseAllow, severity: .s3)

  /// Traffic with two kinds of miss, one of which has harmless statements of the same kind beside it.
  private static var traffic: [Sent] {
    var sent: [Sent] = []
    for number in 0..<4 {
      sent.append(
        Sent(
          sql: "DELETE FROM visits WHERE 1 = 1", user: "bot\(number)", kind: .agent, effect: Fixture.deleted(5_000),
          verdict: miss))
    }
    sent.append(Sent(sql: "SELECT wipe()", effect: Fixture.deleted(9_000), verdict: miss))
    for number in 0..<20 {
      sent.append(Sent(sql: "DELETE FROM visits WHERE id = \(number)", effect: Fixture.deleted(1)))
      sent.append(Sent(sql: "SELECT lower(name) FROM customers", effect: Effect(.ran)))
    }
    return sent
  }

  private func suggest(
    _ sent: [Sent], beside policy: [String]? = nil, _ body: (borrowing Ledger, PolicySuggestion) throws -> Void
  ) throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    try Fixture.load(sent, into: ledger)
    var set: PolicySet?
    if let policy, case .policies(let policies) = try Fixture.policy(policy) { set = policies }
    try body(ledger, try suggestRules(ledger, beside: set))
  }

  private func source(_ suggestion: PolicySuggestion) throws -> PolicySource {
    .policies(PolicySet(always: .rules(CompiledPolicy(try Policy(yaml: suggestion.yaml, path: "s.yaml")))))
  }

  @Test func `the rules stop every miss and hold up nothing that was harmless`() throws {
    try suggest(Self.traffic) { ledger, suggestion in
      #expect(suggestion.misses == 5)
      #expect(suggestion.stopped == 5)
      #expect(suggestion.unstopped == [])
      #expect(suggestion.rules.map(\.friction) == [0, 0])
      #expect(suggestion.rules.map(\.action) == [.block, .block])
      #expect(suggestion.rules.map { $0.stopped.count } == [4, 1])
      #expect(suggestion.rules.map(\.recall) == [0.8, 0.2])
      #expect(suggestion.rules.map(\.precision) == [1, 1])
      #expect(suggestion.rules.compactMap(\.rowWeightedRecall) == [20_000.0 / 29_000, 9_000.0 / 29_000])
      #expect(suggestion.rules[1].when.contains("wipe"))
    }
  }

  @Test func `the proposed policy is read by our own reader, and its diff shows each miss as fixed`() throws {
    try suggest(Self.traffic) { ledger, suggestion in
      let difference = try comparePolicies(ledger, old: .recorded, new: try source(suggestion))
      #expect(difference.figures.fixedMiss == 5)
      #expect(difference.figures.friction == 0)
      #expect(difference.figures.risk == 0)
      #expect(difference.changes[.newlyBlocked] == 5)
      let policy = try Policy(yaml: suggestion.yaml, path: "s.yaml")
      #expect(policy.rules.map(\.id) == suggestion.rules.map(\.id))
      #expect(LoadedPolicy.rules(CompiledPolicy(policy)).lints == [])
    }
  }

  @Test func `what harmless statements share is reviewed, not blocked`() throws {
    var sent = [Sent(sql: "DELETE FROM visits WHERE id > 5", effect: Fixture.deleted(5_000), verdict: Self.miss)]
    for number in 0..<3 {
      sent.append(Sent(sql: "DELETE FROM visits WHERE id > \(number)", effect: Fixture.deleted(1)))
    }
    try suggest(sent) { _, suggestion in
      #expect(suggestion.rules.map(\.action) == [.review])
      #expect(suggestion.rules.map(\.friction) == [3])
      #expect(suggestion.rules.map(\.precision) == [0.25])
    }
  }

  @Test func `what the policy in hand stops is not proposed again`() throws {
    let rule = "- { id: w, when: { statement: { kind: delete, where: always_true } }, then: block }"
    try suggest(Self.traffic, beside: [rule]) { _, suggestion in
      #expect(suggestion.misses == 1)
      #expect(suggestion.rules.map { $0.stopped } == [["s4/1"]])
    }
  }

  @Test func `a ledger that was never replayed gives nothing and says so`() throws {
    try suggest([Sent(sql: "DELETE FROM visits")]) { _, suggestion in
      #expect(!suggestion.isMeasured)
      #expect(suggestion.rules == [] && suggestion.approvals == [])
      #expect(suggestion.headline.contains("No effects were measured"))
      #expect(suggestion.yaml.hasPrefix("# No effects"))
    }
  }

  @Test(arguments: [(29, 0), (30, 1), (90, 1)])
  func `reviews that were needless every time may approve themselves, but not a handful`(
    count: Int, expected: Int
  ) throws {
    let review = Decision(action: .review, rule: "writes")
    var sent = (0..<count).map { number in
      Sent(
        sql: "UPDATE notes SET body = 'x' WHERE id = \(number)", decision: review, effect: Effect(.ran),
        verdict: Verdict(.needlessReview))
    }
    sent.append(
      Sent(
        sql: "UPDATE visits SET at = NULL WHERE id > 1", decision: review, effect: Fixture.deleted(9_000),
        verdict: Verdict(.confirmedReview, severity: .s3)))
    try suggest(sent) { _, suggestion in
      #expect(suggestion.approvals.count == expected)
      for approval in suggestion.approvals {
        #expect(approval.rule == "writes")
        #expect(approval.when.contains("notes"))
        #expect(approval.statements.count == count)
        #expect(abs(approval.upperLimit - upperLimit(ofNoneIn: count)) < 1e-12)
        #expect(approval.upperLimit < 0.1)
      }
    }
  }

  @Test func `names of any kind survive the way through YAML and the policy language`() throws {
    for name in ["plain", "Orders", "a b", "with.dot", "quo\"te", "back\\slash", "ünï", "true", "1st", "select"] {
      let table = policyName(name)
      let candidate = CandidateRule(kinds: ["delete"], writes: [table], environment: "prod: #1")
      let rule = try #require(compiled([candidate]).first?.rule, "\(name)")
      var command = CommandFacts(kinds: [.delete])
      command.writes = [ColumnReference(table: TableReference(name: name), column: "*")]
      let facts = Facts(
        parsed: true, fingerprint: "0", normalized: "", commands: [command], commandCount: 1, overApproximate: false)
      let place = Connection(name: "c", engine: "postgresql", environment: "prod: #1")
      #expect(rule.applies(to: Request(facts: PreparedFacts(facts), connection: place)) == .yes, "\(name)")
    }
  }

  @Test func `the same traffic gives the same proposals, and random traffic is stopped whole`() throws {
    var random = SystemRandomNumberGenerator()
    let texts = [
      "DELETE FROM a", "DELETE FROM b WHERE x = 1", "UPDATE a SET y = 1", "DROP TABLE c", "SELECT f(1)",
      "SELECT * FROM a",
      "TRUNCATE b", "WITH d AS (DELETE FROM a RETURNING *) SELECT 1", "not SQL at all",
    ]
    for _ in 0..<8 {
      let sent = (0..<Int.random(in: 5...40, using: &random)).map { _ in
        let isHarmful = Bool.random(using: &random)
        return Sent(
          sql: texts.randomElement(using: &random) ?? "",
          kind: IdentityKind.allCases.randomElement(using: &random) ?? .human,
          environment: ["production", "staging", nil].randomElement(using: &random) ?? nil,
          effect: isHarmful ? Fixture.deleted(2_000) : Effect(.ran),
          verdict: isHarmful ? Self.miss : Verdict(.confirmedAllow))
      }
      try suggest(sent) { ledger, suggestion in
        #expect(suggestion == (try suggestRules(ledger)))
        #expect(suggestion.misses == Int64(sent.count { $0.verdict.name == .falseAllow }))
        #expect(suggestion.unstopped == [])
        let difference = try comparePolicies(ledger, old: .recorded, new: try source(suggestion))
        // A text that does not parse may be reviewed or blocked: stopped either way, and `maybe` to the diff.
        #expect(difference.figures.fixedMiss + (difference.changes[.maybe] ?? 0) >= suggestion.misses)
        #expect(difference.figures.risk == 0)
        let stopped = Set(suggestion.rules.flatMap(\.stopped))
        #expect(Int64(stopped.count) == suggestion.misses)
        for rule in suggestion.rules {
          #expect(rule.harmful >= Int64(rule.stopped.count))
          #expect((0...1).contains(rule.recall) && (0...1).contains(rule.precision))
        }
      }
    }
  }

  @Test func `rules are held against the traffic of a ledger`() throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    try Fixture.load(Self.traffic, into: ledger)
    let source = try Fixture.policy([
      "- { id: used, when: { statement: { kind: delete } }, then: block }",
      "- { id: behind, when: { statement: { kind: delete, where: present } }, then: review }",
      "- { id: never, when: { statement: { kind: merge } }, then: block }",
      "- { id: by-night, when: { context: { hours: Sat 01:00-02:00 UTC } }, then: block }",
    ])
    guard case .policies(let set) = source else { return }
    #expect(
      try trafficLints(ledger, set).map { "\($0.kind.rawValue) \($0.rule ?? "")" }
        == ["never-decided behind", "never-matched never"])
  }
}
