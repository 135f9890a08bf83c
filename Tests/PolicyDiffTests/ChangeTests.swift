import AuditTrail
import Ledger
import Policies
import PolicyDiff
import Testing

/// The matrix of changes, by what two policies decide about one statement.
@Suite struct ChangeTests {
  static let matrix: [(String, String, Change?)] = [
    ("allow", "allow", nil), ("allow", "mask", .newlyMasked), ("allow", "review", .approvalAdded),
    ("allow", "block", .newlyBlocked), ("mask", "allow", .unmasked), ("mask", "mask", nil),
    ("mask", "review", .approvalAdded), ("mask", "block", .newlyBlocked), ("review", "allow", .approvalRemoved),
    ("review", "mask", .approvalRemoved), ("review", "review", nil), ("review", "block", .newlyBlocked),
    ("block", "allow", .newlyAllowed), ("block", "mask", .newlyAllowed), ("block", "review", .newlyAllowed),
    ("block", "block", nil),
  ]

  @Test(arguments: matrix)
  func `a change has the name that the matrix gives it`(old: String, new: String, change: Change?) throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    try Fixture.load([Sent(sql: "SELECT email FROM customers")], into: ledger)
    let difference = try comparePolicies(ledger, old: OneRule.policy(old), new: OneRule.policy(new))
    #expect(difference.statements == 1)
    #expect(difference.unchanged == (change == nil ? 1 : 0))
    #expect(difference.changes.filter { $0.value > 0 } == (change.map { [$0: 1] } ?? [:]))
  }

  @Test(arguments: [
    ("customers.email", "customers.email, customers.ssn", Change.newlyMasked),
    ("customers.email, customers.ssn", "customers.email", .unmasked),
    ("customers.email", "customers.ssn", .unmasked),
  ])
  func `a mask of more columns is newly masked, one that loses a column is unmasked`(
    old: String, new: String, change: Change
  ) throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    try Fixture.load([Sent(sql: "SELECT email, ssn FROM customers")], into: ledger)
    let difference = try comparePolicies(
      ledger, old: OneRule.policy("mask", columns: old), new: OneRule.policy("mask", columns: new))
    #expect(difference.changes[change] == 1)
  }

  @Test func `a log without decisions is unreplayable as a side, and decided by two policies`() throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    try Fixture.load([Sent(sql: "DELETE FROM t", decision: Decision(action: .observed))], into: ledger)
    let against = try comparePolicies(ledger, old: .recorded, new: OneRule.policy("block"))
    #expect(against.changes[.unreplayable] == 1)
    #expect(against.unreplayable == ["no_decision": 1])
    let both = try comparePolicies(ledger, old: OneRule.policy("allow"), new: OneRule.policy("block"))
    #expect(both.changes[.newlyBlocked] == 1)
  }

  @Test func `what depends on an unknown fact may change, and counts as a risk without a verdict`() throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    try Fixture.load([Sent(sql: "DELETE FROM t", environment: nil)], into: ledger)
    let production = try Fixture.policy(["- { id: a, when: { connection: { environment: production } }, then: block }"])
    let staging = try Fixture.policy(["- { id: a, when: { connection: { environment: staging } }, then: block }"])
    let difference = try comparePolicies(ledger, old: OneRule.policy("block"), new: production)
    #expect(difference.changes[.maybe] == 1)
    #expect(difference.figures.riskUnknown == 1)
    #expect(try comparePolicies(ledger, old: production, new: production).unchanged == 1)
    #expect(try comparePolicies(ledger, old: production, new: staging).changes[.maybe] == 1)
  }

  @Test func `hours count at each statement's time, not at the roll-up's`() throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    try Fixture.load(
      ["09:00", "12:00", "23:00"].map { Sent(sql: "DELETE FROM t", at: "2026-07-01T\($0):00Z") }, into: ledger)
    let night = try Fixture.policy([
      "- { id: n, unless: { context: { hours: \"Mon-Fri 08:00-18:00 UTC\" } }, then: block }"
    ])
    let difference = try comparePolicies(ledger, old: OneRule.policy("allow"), new: night)
    #expect(difference.unchanged == 2)
    #expect(difference.changes[.newlyBlocked] == 1)
    #expect(difference.groups.first?.examples == ["s2/1"])
  }

  @Test func `of dated versions the one in force at each statement's time decides`() throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    try Fixture.load(
      ["2025-12-01", "2026-02-01", "2026-08-01"].map { Sent(sql: "DELETE FROM t", at: "\($0)T00:00:00Z") },
      into: ledger)
    func version(_ effective: String, _ rules: String) throws -> Policy {
      try Policy(
        yaml: "policy: p\nversion: \"\(effective)\"\neffective: \(effective)T00:00:00Z\nrules: \(rules)\n",
        path: "\(effective).yaml")
    }
    let dated = PolicySource.policies(
      try PolicySet(
        dated: [version("2026-01-01", "[]"), version("2026-07-01", "[{ id: b, then: block }]")], directory: "d"))
    let difference = try comparePolicies(ledger, old: OneRule.policy("allow"), new: dated)
    #expect(difference.unchanged == 1)
    #expect(difference.changes[.newlyBlocked] == 1)
    #expect(difference.unreplayable == ["no_policy": 1])
  }

  @Test func `a script is decided as one: its strictest statement takes all`() throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    try Fixture.load(
      ["SELECT 1", "DELETE FROM t", "SELECT 1"].enumerated().map { index, sql in
        Sent(sql: sql, unit: index < 2 ? "u" : nil, session: "s")
      }, into: ledger)
    let new = try Fixture.policy(["- { id: b, when: { statement: { kind: delete } }, then: block }"])
    let difference = try comparePolicies(ledger, old: .recorded, new: new)
    #expect(difference.changes[.newlyBlocked] == 2)
    #expect(difference.unchanged == 1)
  }

  @Test func `what is decided about a part of a text says nothing of the whole`() throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    try Fixture.load(
      [Sent(sql: "DELETE FROM t", completeness: .statementTruncated), Sent(sql: "DELETE FROM t")], into: ledger)
    let difference = try comparePolicies(ledger, old: OneRule.policy("allow"), new: OneRule.policy("block"))
    #expect(difference.unreplayable == ["truncated_sql": 1])
    #expect(difference.changes[.newlyBlocked] == 1)
  }

  @Test func `filters keep what they name`() throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    try Fixture.load(
      [
        Sent(sql: "DELETE FROM t"), Sent(sql: "DELETE FROM t", user: "bo@example.org"),
        Sent(sql: "DELETE FROM t", connection: "staging", at: "2026-10-01T00:00:00Z"),
      ], into: ledger)
    func statements(_ set: (inout SessionFilter) -> Void) throws -> Int64 {
      var filter = SessionFilter()
      set(&filter)
      let found = try comparePolicies(
        ledger, old: OneRule.policy("allow"), new: OneRule.policy("block"), filter: filter)
      #expect(found.changes[.newlyBlocked] == found.statements)
      return found.statements
    }
    #expect(try statements { _ in } == 3)
    #expect(try statements { $0.user = "bo@example.org" } == 1)
    #expect(try statements { $0.connections = ["clinic"] } == 2)
    #expect(try statements { $0.period = Period("2026-Q3") } == 2)
    #expect(try statements { $0.keys = ["s0", "hoop/s1"] } == 2)
    #expect(
      try statements {
        $0.period = Period("2026-Q3")
        $0.user = "ana@example.org"
      } == 1)
  }
}
