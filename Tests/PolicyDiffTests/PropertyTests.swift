import AuditTrail
import Ledger
import Policies
@testable import PolicyDiff
import SeededRandom
import Testing

/// What holds for every ledger and every pair of policies.
@Suite struct PropertyTests {
  private static let texts = [
    "SELECT 1", "SELECT email, ssn FROM customers", "DELETE FROM visits", "DELETE FROM visits WHERE 1=1",
    "UPDATE visits SET note = 'x' WHERE id = 1", "DROP TABLE visits", "INSERT INTO visits VALUES (1)",
    "SELECT 'drop table x'", "SELEC nonsense FROM", "DELETE FROM customers WHERE id = 3",
  ]

  /// Masks name one column each, so that no mask both gains and loses: that is unmasked in either direction.
  private static let rules = [
    "when: { statement: { kind: delete, where: [missing] } }, then: block",
    "when: { statement: { kind: [update, delete] } }, then: { review: [dba] }",
    "when: { statement: { parsed: false } }, then: block",
    "when: { statement: { reads: [customers.email] } }, then: { mask: [customers.email] }",
    "when: { identity: { kind: agent }, statement: { kind: select } }, then: { mask: [customers.email] }",
    "when: { connection: { environment: production }, statement: { kind: drop } }, then: block",
    "when: { statement: { text: { re2: \"(?i)drop table\" } } }, then: block",
    "when: { context: { hours: \"Mon-Fri 08:00-12:00 UTC\" }, statement: { kind: insert } }, then: { review: [dba] }",
    "when: { identity: { kind: human } }, then: allow",
  ]

  private static func ledger(_ random: inout SplitMix64) -> [Sent] {
    let effects: [Effect?] = [nil, Effect(.ran), Fixture.deleted(3), Fixture.deleted(9_000), Fixture.leaked]
    return (0..<Int.random(in: 1...60, using: &random)).map { index in
      let action = Action.allCases.randomElement(using: &random) ?? .allow
      let inScript = Int.random(in: 0..<5, using: &random) == 0
      return Sent(
        sql: texts.randomElement(using: &random) ?? "SELECT 1",
        user: ["ana@example.org", "bot@example.org"].randomElement(using: &random) ?? "ana@example.org",
        kind: IdentityKind.allCases.randomElement(using: &random) ?? .human,
        environment: ["production", "staging", nil].randomElement(using: &random) ?? nil,
        decision: Decision(action: action, masked: action == .mask ? ["customers.email"] : []),
        at: "2026-07-0\(1 + index % 9)T\(10 + index % 13):00:00Z", unit: inScript ? "u" : nil,
        session: inScript ? "script\(index / 10)" : "s\(index)", effect: effects.randomElement(using: &random) ?? nil)
    }
  }

  private static func rules(_ random: inout SplitMix64) -> [String] {
    rules.indices.filter { _ in Bool.random(using: &random) }.map { "- { id: r\($0), \(rules[$0]) }" }
  }

  @Test(arguments: 1...25)
  func `counts add up, a policy differs in nothing from itself, and each direction mirrors the other`(
    seed: UInt64
  ) throws {
    var random = SplitMix64(seed: seed)
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    let sent = Self.ledger(&random)
    try Fixture.load(sent, into: ledger)
    let (one, other) = (Self.rules(&random), Self.rules(&random))
    let (left, right) = (try Fixture.policy(one), try Fixture.policy(other))

    let forth = try comparePolicies(ledger, old: left, new: right)
    let back = try comparePolicies(ledger, old: right, new: left)
    let recorded = try comparePolicies(ledger, old: .recorded, new: right)
    for difference in [forth, back, recorded] {
      #expect(difference.statements == Int64(sent.count))
      #expect(difference.unchanged + difference.changes.values.reduce(0, +) == difference.statements)
      #expect(difference.groups.reduce(0) { $0 + $1.count } == difference.changes.values.reduce(0, +))
      #expect(difference.unreplayable.values.reduce(0, +) == difference.changes[.unreplayable])
      #expect(difference.groups.allSatisfy { (1...3).contains($0.examples.count) && $0.sessions <= $0.count })
    }
    #expect(recorded.changes[.unreplayable] == Int64(sent.count { $0.decision.action == .observed }))

    for (change, mirrored) in [
      (Change.newlyBlocked, Change.newlyAllowed), (.approvalAdded, .approvalRemoved), (.newlyMasked, .unmasked),
      (.maybe, .maybe), (.unreplayable, .unreplayable),
    ] {
      #expect(forth.changes[change] == back.changes[mirrored])
      #expect(forth.changes[mirrored] == back.changes[change])
    }
    #expect(forth.unchanged == back.unchanged)

    let same = try comparePolicies(ledger, old: left, new: Fixture.policy(one.shuffled(using: &random)))
    #expect(same.unchanged == same.statements)
    #expect(same.groups.isEmpty)
    #expect(try comparePolicies(ledger, old: .recorded, new: .recorded).unchanged == Int64(sent.count))
    let shuffled = try comparePolicies(
      ledger, old: Fixture.policy(one.shuffled(using: &random)), new: Fixture.policy(other.shuffled(using: &random)))
    #expect(shuffled == forth)
    #expect(shuffled.json(tripped: []) == forth.json(tripped: []))
  }
}
