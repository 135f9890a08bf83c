import AuditTrail
import Ledger
import Policies
@testable import PolicyDiff
import SeededRandom
import Testing

/// The diff by what is distinct, held against the diff that looks at every statement.
@Suite struct RollupTests {
  private static let texts = [
    "SELECT 1", "SELECT email, ssn FROM customers", "DELETE FROM visits", "DELETE FROM visits WHERE 1=1",
    "UPDATE visits SET note = 'x' WHERE id = 1", "UPDATE visits SET note = 'y' WHERE id = 2", "DROP TABLE visits",
    "INSERT INTO visits VALUES (1)", "INSERT INTO visits VALUES (2)", "SELEC nonsense FROM",
  ]

  /// Few texts, people and outcomes, so that much is alike, spread over days that hold every border of the policies.
  private static func traffic(_ random: inout SplitMix64) -> [Sent] {
    let effects: [Effect?] = [nil, Effect(.ran), Fixture.deleted(3), Fixture.deleted(9_000), Fixture.leaked]
    let verdicts = [Verdict(.confirmedAllow), Verdict(.inconclusive, reason: "no_rows"), Verdict(.mootBlock)]
    return (0..<Int.random(in: 20...120, using: &random)).map { index in
      let action = [Action.allow, .allow, .mask, .block, .observed].randomElement(using: &random) ?? .allow
      let inScript = index % 5 == 0
      return Sent(
        sql: texts.randomElement(using: &random) ?? "SELECT 1",
        kind: [.human, .agent].randomElement(using: &random) ?? .human,
        environment: ["production", "staging"].randomElement(using: &random) ?? nil,
        decision: Decision(action: action, masked: action == .mask ? ["customers.email"] : []),
        at: "2026-07-0\(1 + index % 9)T\(10 + index % 13):00:00Z", unit: inScript ? "u\(index / 20)" : nil,
        session: inScript ? "script\(index / 20)" : "s\(index % 17)",
        effect: effects.randomElement(using: &random) ?? nil,
        verdict: verdicts.randomElement(using: &random) ?? Verdict(.confirmedAllow),
        completeness: index % 31 == 0 ? .statementTruncated : [])
    }
  }

  private static let rules = [
    "- { id: d, when: { statement: { kind: delete, where: [missing] } }, then: block }",
    "- { id: w, when: { statement: { kind: [update, delete] } }, then: { review: [dba] } }",
    "- { id: p, when: { statement: { parsed: false } }, then: block }",
    "- { id: m, when: { statement: { reads: [customers.email] } }, then: { mask: [customers.email] } }",
    "- { id: h, when: { context: { hours: \"Mon-Fri 08:00-14:30 UTC\" }, statement: { kind: insert } }, then: block }",
    "- { id: t, when: { statement: { text: { re2: \"(?i)drop table\" } } }, then: block }",
  ]

  /// Versions from different days, each with some of the rules and its own harm.
  private static func versions(_ random: inout SplitMix64) throws -> PolicySource {
    var policies: [Policy] = []
    for (index, day) in ["2026-06-01", "2026-07-03", "2026-07-06"].enumerated().prefix(
      Int.random(in: 1...3, using: &random))
    {
      let list = rules.filter { _ in Bool.random(using: &random) }.map { "  " + $0 }.joined(separator: "\n")
      let rows = [1, 1_000, 10_000].randomElement(using: &random) ?? 1
      let start = index == 0 && Bool.random(using: &random) ? "2026-07-02" : day
      let text = """
        policy: p
        version: "\(index)"
        effective: \(start)T12:00:00Z
        rules: \(list.isEmpty ? "[]" : "\n" + list)
        harm: { destroys: { rows: \(rows) }, discloses: { columns: sensitive, rows: 1 } }
        """
      policies.append(try Policy(yaml: text, path: "p\(index).yaml"))
    }
    return .policies(try PolicySet(dated: policies, directory: "p"))
  }

  @Test(arguments: 100...160)
  func `what is distinct gives the same difference as every statement by itself`(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    try Fixture.load(Self.traffic(&random), into: ledger)
    let (left, right) = (try Self.versions(&random), try Self.versions(&random))
    var filters = [SessionFilter()]
    var july = SessionFilter()
    july.period = Period("2026-07")
    var cut = SessionFilter()
    cut.period = Period(
      label: "days", start: Timestamp("2026-07-02T00:00:00Z") ?? Timestamp(nanoseconds: 0),
      end: Timestamp("2026-07-05T11:00:00Z") ?? Timestamp(nanoseconds: 0))
    filters += [july, cut]
    for filter in filters {
      let sides = [(left, right), (right, left), (.recorded, right), (left, left)]
      for (old, new) in sides {
        let fast = try comparePolicies(ledger, old: old, new: new, traffic: Traffic(ledger, filter))
        let slow = try comparePolicies(ledger, old: old, new: new, traffic: Traffic(ledger, filter, byStatement: true))
        #expect(fast == slow)
        #expect(fast.unchanged + fast.changes.values.reduce(0, +) == fast.statements)
      }
    }
  }

  @Test func `statements that are alike are one entry, and the roll-up follows what is read and measured`() throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    let sent = (0..<40).map { Sent(at: "2026-07-0\(1 + $0 % 5)T09:00:00Z", session: "s\($0 / 10)") }
    try Fixture.load(sent, into: ledger)
    try ledger.rollUpTraffic()
    let entry = try #require(try ledger.trafficEntries().first)
    #expect(try ledger.trafficEntries().count == 1)
    #expect((entry.statements, entry.verdict) == (40, nil))
    try ledger.forEachPlaces(ofEntries: [entry.id]) { _, places in
      #expect(places.sessions.ids.count == 4)
      #expect(places.examples.map(\.sequence) == [1, 2, 3])
      #expect(Set(places.examples.map(\.session)).count == 1)
    }
    let first = try #require(try ledger.rows("SELECT min(id) FROM statements").first?.first?.integer)
    try ledger.store([
      GradedStatement(statement: first, replay: nil, effect: Effect(.ran), verdict: Verdict(.confirmedAllow))
    ])
    try ledger.rollUpTraffic()
    #expect(try ledger.trafficEntries().map(\.statements).sorted() == [1, 39])
    try ledger.clearReplay()
    try ledger.rollUpTraffic()
    #expect(try ledger.trafficEntries().map(\.statements) == [40])
  }

  @Test func `a script is decided whole though the period holds a part of it`() throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    try Fixture.load(
      [
        Sent(
          sql: "SELECT 1", at: "2026-07-31T23:59:59Z", unit: "u", session: "a", effect: Effect(.ran)),
        Sent(
          sql: "DELETE FROM visits", at: "2026-08-01T00:00:01Z", unit: "u", session: "a",
          effect: Fixture.deleted(9_000)),
      ], into: ledger)
    var july = SessionFilter()
    july.period = Period("2026-07")
    let deletes = try Fixture.policy(["- { id: d, when: { statement: { kind: delete } }, then: block }"])
    let difference = try comparePolicies(ledger, old: OneRule.policy("allow"), new: deletes, filter: july)
    #expect(difference.statements == 1)
    #expect(difference.changes[.newlyBlocked] == 1)
    #expect(difference.groups.map(\.examples) == [["a/1"]])
    #expect(difference.groups.map(\.severity) == [.fixedMiss])
  }
}
