import AuditTrail
import Ledger
import Policies
import PolicyDiff
import Testing

/// Changes crossed with what the statements did.
@Suite struct CrossingTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var old: String
    var new: String
    var effect: Effect?
    var severity: DiffSeverity
    var unknown: Int64 = 0
    var name: String
    var testDescription: String { name }
  }

  static let cases = [
    Case(old: "block", new: "allow", effect: Fixture.deleted(48_213), severity: .risk, name: "newly allowed, harmful"),
    Case(old: "review", new: "allow", effect: Fixture.deleted(48_213), severity: .risk, name: "unreviewed, harmful"),
    Case(old: "block", new: "allow", effect: Fixture.deleted(3), severity: .none, name: "newly allowed, within limits"),
    Case(old: "block", new: "allow", effect: Effect(.ran), severity: .fixedFriction, name: "newly allowed, harmless"),
    Case(old: "block", new: "allow", effect: Fixture.leaked, severity: .leak, name: "newly allowed, disclosing"),
    Case(old: "block", new: "mask", effect: Fixture.leaked, severity: .fixedFriction, name: "allowed behind a mask"),
    Case(old: "mask", new: "allow", effect: Fixture.leaked, severity: .leak, name: "unmasked, disclosing"),
    Case(old: "mask", new: "allow", effect: Effect(.ran), severity: .none, name: "unmasked, nothing shown"),
    Case(old: "allow", new: "mask", effect: Fixture.leaked, severity: .fixedMiss, name: "masked, disclosing"),
    Case(old: "allow", new: "block", effect: Fixture.deleted(48_213), severity: .fixedMiss, name: "blocked, harmful"),
    Case(old: "allow", new: "review", effect: Effect(.ran), severity: .friction, name: "reviewed, harmless"),
    Case(old: "allow", new: "block", effect: Fixture.leaked, severity: .fixedMiss, name: "blocked, disclosing"),
    Case(old: "block", new: "allow", effect: nil, severity: .none, unknown: 1, name: "newly allowed, no verdict"),
    Case(
      old: "block", new: "allow", effect: Effect(.notRun(.noShadow)), severity: .none, unknown: 1,
      name: "newly allowed, inconclusive"),
    Case(old: "mask", new: "allow", effect: nil, severity: .none, unknown: 1, name: "unmasked, no verdict"),
    Case(old: "allow", new: "block", effect: nil, severity: .none, name: "blocked, no verdict"),
  ]

  @Test(arguments: cases)
  func `a change means what the statement did`(_ example: Case) throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    var sent = Sent(sql: "SELECT email FROM customers", effect: example.effect)
    if case .notRun(let reason)? = example.effect?.execution {
      sent.verdict = Verdict(.inconclusive, reason: reason.rawValue)
    }
    try Fixture.load([sent], into: ledger)
    let difference = try comparePolicies(
      ledger, old: OneRule.policy(example.old), new: OneRule.policy(example.new))
    let group = try #require(difference.groups.first)
    #expect(group.severity == example.severity)
    #expect(difference.figures.riskUnknown == example.unknown)
    #expect(difference.tripped([.risk]) == (example.severity == .risk || example.unknown > 0 ? [.risk] : []))
    #expect(difference.tripped([.risk], allowedUnknown: 1) == (example.severity == .risk ? [.risk] : []))
    #expect(difference.tripped([.leak]) == (example.severity == .leak ? [.leak] : []))
    #expect(difference.tripped([.friction]) == (example.severity == .friction ? [.friction] : []))
    #expect(difference.tripped([.any]) == [.any])
    #expect(difference.tripped([]) == [])
  }

  @Test func `what a recorded mask hid would be shown without it`() throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    var effect = Effect(.ran)
    effect.rowsReturned = 4
    effect.reads = ["customers.email"]
    var hidden = effect
    hidden.maskedColumns = ["customers.email"]
    let masked = Decision(action: .mask, rule: "m", masked: ["customers.email"])
    try Fixture.load(
      [
        Sent(sql: "SELECT email FROM customers", decision: masked, effect: hidden),
        Sent(sql: "SELECT id FROM customers WHERE email = 'a'", decision: masked, effect: effect),
      ], into: ledger)
    let difference = try comparePolicies(ledger, old: .recorded, new: OneRule.policy("allow"))
    #expect(difference.changes[.unmasked] == 2)
    #expect(difference.figures.leak == 1)
    let masking = try comparePolicies(ledger, old: OneRule.policy("allow"), new: OneRule.policy("mask"))
    #expect(masking.figures.fixedMiss == 1)
    let blocking = try comparePolicies(ledger, old: .recorded, new: OneRule.policy("block"))
    #expect((blocking.figures.fixedMiss, blocking.figures.friction) == (0, 2))
  }

  @Test func `a mask by column does not hide what is derived from it`() throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    var derived = Fixture.leaked
    derived.leak = .derived
    derived.unmaskableColumns = derived.leakedColumns
    try Fixture.load([Sent(sql: "SELECT upper(email) FROM customers", effect: derived)], into: ledger)
    let masking = try comparePolicies(ledger, old: OneRule.policy("allow"), new: OneRule.policy("mask"))
    #expect(masking.changes[.newlyMasked] == 1)
    #expect(masking.figures.fixedMiss == 0)
    let allowing = try comparePolicies(ledger, old: OneRule.policy("block"), new: OneRule.policy("mask"))
    #expect(allowing.figures.leak == 1)
  }

  @Test func `a script is judged by its gravest statement`() throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    try Fixture.load(
      [("SELECT 1", Effect(.ran)), ("DELETE FROM visits", Fixture.deleted(9_000))].map {
        Sent(sql: $0.0, unit: "u", session: "s", effect: $0.1)
      }, into: ledger)
    let difference = try comparePolicies(ledger, old: .recorded, new: OneRule.policy("block"))
    #expect(difference.figures.fixedMiss == 2)
    #expect(difference.figures.friction == 0)
  }

  @Test func `the first line says what matters`() throws {
    func headline(_ sent: [Sent], _ old: String, _ new: String) throws -> String {
      let folder = try TemporaryFolder()
      let ledger = try Ledger(path: folder.path + "/l.db", create: true)
      try Fixture.load(sent, into: ledger)
      return try comparePolicies(ledger, old: OneRule.policy(old), new: OneRule.policy(new)).headline
    }
    let harmful = Sent(sql: "DELETE FROM visits", effect: Fixture.deleted(16_071))
    #expect(
      try headline([harmful, harmful, harmful], "block", "allow")
        == "3 statements that destroyed 48,213 rows on the shadow would newly be allowed.")
    #expect(
      try headline([Sent(sql: "SELECT 2", effect: Effect(.ran)), Sent()], "block", "allow")
        == "No newly allowed statement was harmful; 1 has no verdict")
    #expect(
      try headline([Sent()], "block", "allow") == "No effects were measured: this diff shows decisions only.")
  }

  @Test func `a change of harm comes with the verdicts that it flips, and trips its gate`() throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    try Fixture.load(
      [
        Sent(sql: "DELETE FROM visits WHERE id < 9", effect: Fixture.deleted(100)),
        Sent(sql: "SELECT 1", effect: Effect(.ran)),
      ], into: ledger)
    let strict = try Fixture.policy([], harm: "harm: { destroys: { rows: 100 } }\n")
    let difference = try comparePolicies(ledger, old: OneRule.policy("allow"), new: strict)
    #expect(difference.harmChanged)
    #expect(difference.unchanged == 2)
    let flip = try #require(difference.harmFlips.first)
    #expect(difference.harmFlips.count == 1)
    #expect((flip.from, flip.to, flip.count) == (.confirmedAllow, .falseAllow, 1))
    #expect(difference.tripped([.harm]) == [.harm])
    #expect(try !comparePolicies(ledger, old: .recorded, new: strict).harmChanged)
    // Both sides are graded by the old side's harm.
    let block = try Fixture.policy(["- { id: b, then: block }"], harm: "harm: { destroys: { rows: 100 } }\n")
    #expect(try comparePolicies(ledger, old: OneRule.policy("allow"), new: block).figures.fixedMiss == 0)
    #expect(try comparePolicies(ledger, old: .recorded, new: block).figures.fixedMiss == 1)
  }
}
