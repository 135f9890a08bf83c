import AuditTrail
import Policies
import SeededRandom
import Testing

struct DecisionFile: Decodable {
  let policies: [String: String]
  let cases: [DecisionCase]
}

struct DecisionCase: Decodable, CustomTestStringConvertible {
  let name: String
  let policy: String
  let facts: [CommandCase]?
  let parsed: Bool?
  let over_approximate: Bool?
  let text: String?
  let user: String?
  let kind: String?
  let groups: [String]?
  let mfa: String?
  let connection: String?
  let engine: String?
  let database: String?
  let environment: String?
  let tags: [String: String]?
  let client: String?
  let purpose: Bool?
  let approved: Bool?
  let time: String?
  let expect: String
  let rule: String?
  let masked: [String]?
  let flags: [String]?
  let maybe: [String]?
  let maybe_masked: [String]?

  var testDescription: String { name }

  func request() throws -> Request {
    let known = try facts.map { commands in
      PreparedFacts(
        PoliciesTests.facts(
          try commands.map { try $0.facts() }, parsed: parsed ?? true, overApproximate: over_approximate ?? false))
    }
    let identity = try user.map { user in
      Identity(
        user: user, kind: try #require(IdentityKind(rawValue: kind ?? "human")), groups: groups ?? [], mfa: mfa)
    }
    var place: Connection?
    if connection != nil || environment != nil {
      place = Connection(
        name: connection ?? "clinic", engine: engine ?? "postgresql", database: database, environment: environment,
        tags: tags ?? [:])
    }
    return Request(
      facts: known, text: text, identity: identity, connection: place, client: client.map { Client(address: $0) },
      purposeGiven: purpose, approved: approved, time: try time.map { try #require(Timestamp($0)) })
  }
}

func policy(rules: String, harm: String? = nil) throws -> Policy {
  let body = rules.split(separator: "\n").map { "  " + $0 }.joined(separator: "\n")
  let text = "policy: p\nversion: \"1\"\nrules:\n\(body)\n" + (harm.map { "harm: \($0)\n" } ?? "")
  return try Policy(yaml: text, path: "policy.yaml")
}

struct DecisionTests {
  static let file = Result { try cases("decisions.yaml", as: DecisionFile.self) }

  @Test func `there are sixty cases or more, each of its own name`() throws {
    let cases = try Self.file.get().cases
    #expect(cases.count >= 60)
    #expect(Set(cases.map(\.name)).count == cases.count)
  }

  @Test(arguments: (try? file.get().cases) ?? [])
  func `a policy decides as the case says`(_ example: DecisionCase) throws {
    let rules = try #require(try Self.file.get().policies[example.policy])
    let policy = CompiledPolicy(try PoliciesTests.policy(rules: rules))
    let request = try example.request()
    let decision = policy.decide(request)
    #expect(decision.action.rawValue == example.expect)
    if let rule = example.rule { #expect(decision.rule == rule) }
    if let masked = example.masked { #expect(decision.masked == masked) }
    if let flags = example.flags { #expect(decision.flags.flagNames == flags) }
    #expect(decision.possible.actions.map(\.rawValue) == example.maybe ?? [example.expect])
    #expect(decision.maybe == (example.maybe != nil))
    if let masked = example.maybe_masked { #expect(decision.maybeMasked == masked) }
    // Deciding again gives the same, and the explanation agrees with the decision.
    #expect(policy.decide(request) == decision)
    let explanation = policy.explain(request)
    #expect(explanation.decision == decision)
    #expect(explanation.rules.map(\.rule) == policy.policy.rules.map(\.id))
    if let rule = decision.rule { #expect(explanation.rules.contains { $0.rule == rule && $0.applies == .yes }) }
    for rule in explanation.rules where rule.applies == .no {
      #expect(!rule.deciding.isEmpty)
      #expect(rule.deciding.allSatisfy { ($0.place.line ?? 0) >= rule.place.line ?? 0 })
    }
  }

  @Test(arguments: (try? file.get().cases) ?? [])
  func `the order of rules does not matter`(_ example: DecisionCase) throws {
    let rules = try #require(try Self.file.get().policies[example.policy])
    var policy = try PoliciesTests.policy(rules: rules)
    let request = try example.request()
    let decision = CompiledPolicy(policy).decide(request)
    var random = SplitMix64(seed: 7)
    for _ in 0..<5 {
      policy.rules.shuffle(using: &random)
      #expect(CompiledPolicy(policy).decide(request) == decision)
    }
  }

  @Test func `an explanation names the predicate that decided and where it stands`() throws {
    let rules = try #require(try Self.file.get().policies["design"])
    let policy = CompiledPolicy(try PoliciesTests.policy(rules: rules))
    var command = CommandFacts(kinds: [.delete])
    command.predicate = .present
    let request = Request(
      facts: PreparedFacts(facts([command])), identity: Identity(user: "ana", kind: .human),
      connection: Connection(name: "clinic", engine: "postgresql", environment: "production"))
    let rule = try #require(policy.explain(request).rules.first)
    #expect(rule.rule == "unbounded-write")
    #expect(rule.applies == .no)
    #expect(rule.because == "A write without a predicate touches every row.")
    let deciding = try #require(rule.deciding.first)
    #expect(deciding.path == "when.statement.where")
    #expect(deciding.expected == "[missing, always_true]")
    #expect("\(deciding.place)" == "policy.yaml:6:51")
  }
}
