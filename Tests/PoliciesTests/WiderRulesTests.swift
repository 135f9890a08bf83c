import AuditTrail
import SeededRandom
import Testing

@testable import Policies

@Suite struct WiderRulesTests {
  /// Values of each key, names and wildcards that hold and do not hold each other.
  private static let values: [(key: String, values: [String])] = [
    ("kind", ["select", "delete", "[select, delete]"]), ("where", ["missing", "[missing, always_true]"]),
    ("reads", ["a", "b", "a.x", "s.a.x", "\"a*\"", "\"*\"", "[a, b]"]), ("writes", ["a", "[a, c]", "\"*\""]),
    ("functions", ["f", "[f, g]", "\"f*\""]), ("objects", ["table", "[table, view]"]),
    ("text", ["{ contains: abc }", "{ contains: b }", "{ contains: xabcx }", "{ re2: \"a+\" }"]),
  ]

  private func rule(_ number: Int, _ random: inout SplitMix64) -> String {
    let keys = Self.values.shuffled(using: &random).prefix(Int.random(in: 0...3, using: &random))
    let statement = keys.map { "\($0.key): \($0.values.randomElement(using: &random) ?? "")" }.joined(separator: ", ")
    let user = ["ana", "bob", "\"a*\"", "\"an*\"", "[ana, bob]"].randomElement(using: &random) ?? ""
    let client = ["10.0.0.0/8", "10.1.0.0/16", "10.1.2.3", "2001:db8::/32"].randomElement(using: &random) ?? ""
    var sections = statement.isEmpty ? [] : ["statement: { \(statement) }"]
    if Bool.random(using: &random) { sections.append("identity: { user: \(user) }") }
    if Int.random(in: 0..<3, using: &random) == 0 { sections.append("context: { client: \(client) }") }
    let when = sections.isEmpty ? "" : "when: { \(sections.joined(separator: ", ")) }, "
    let then = ["block", "review", "allow", "{ mask: [a.x] }"].randomElement(using: &random) ?? ""
    return "  - { id: r\(number), \(when)then: \(then) }"
  }

  @Test func `no rule that holds wherever another does is left out`() throws {
    var random = SplitMix64(seed: 11)
    var pairs = 0
    for _ in 0..<40 {
      let rules = (0..<40).map { rule($0, &random) }.joined(separator: "\n")
      let policy = try Policy(yaml: "policy: p\nversion: \"1\"\nrules:\n\(rules)\n", path: "p.yaml")
      let index = WiderRules(policy.rules)
      for rule in policy.rules {
        let candidates = index.candidates(for: rule)
        for (position, wider) in policy.rules.enumerated() where wider.action.action != .allow && rule.implies(wider) {
          pairs += 1
          #expect(candidates.contains(position), "\(rule.id) within \(wider.id)")
        }
      }
    }
    #expect(pairs > 2000)
  }

  @Test(
    arguments: [
      { (number: Int) in "statement: { kind: select, reads: t\(number) }" },
      { (number: Int) in "statement: { kind: update, writes: t\(number % 7) }, identity: { user: \"u\(number)@*\" }" },
    ] as [@Sendable (Int) -> String])
  func `a rule among ten thousand is held against few`(when: @Sendable (Int) -> String) throws {
    let rules = (0..<10_000).map { "  - { id: r\($0), when: { \(when($0)) }, then: block }" }
    let text = "policy: p\nversion: \"1\"\nrules:\n\(rules.joined(separator: "\n"))\n"
    let policy = try Policy(yaml: text, path: "p.yaml")
    let index = WiderRules(policy.rules)
    #expect(policy.rules.map { Array(index.candidates(for: $0)).count }.reduce(0, +) == 10_000)
  }
}
