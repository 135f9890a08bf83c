import AuditTrail
import Ledger
import Policies
import Replay
import SQLAnalysis
import SQLiteShadows
import SeededRandom
import Testing

@testable import Incidents

@Suite struct CounterfactualTests {
  private static let script = """
    CREATE TABLE customers (id INTEGER PRIMARY KEY, email TEXT NOT NULL);
    CREATE TABLE visits (id INTEGER PRIMARY KEY, customer INTEGER REFERENCES customers ON DELETE CASCADE, note TEXT);
    CREATE INDEX visits_idx ON visits (customer);
    INSERT INTO customers VALUES (1, 'a@x.example'), (2, 'b@x.example'), (3, 'c@x.example');
    INSERT INTO visits VALUES (1, 1, 'p'), (2, 1, 'q'), (3, 2, 'r'), (4, 3, 's'), (5, 3, 't');
    """

  private static func plan() throws -> ReplayPlan {
    let shadow = try SQLiteShadow(script: script, path: "shadow.sql")
    return ReplayPlan(
      shadows: [PlannedShadow(connection: nil, shadow: shadow, sensitive: ["customers.email"])],
      analyze: { SQLAnalysis.analyze($0, as: $1) })
  }

  private static func run(_ sent: [Sent], _ rules: [String]) throws -> Counterfactual {
    let ledger = try Fixture.ledger(sent)
    return try replayAsIf(ledger, policy: try Fixture.policy(rules), plan: try plan())
  }

  private static let block = "- { id: b, when: { statement: { kind: [delete, drop] } }, then: block }"
  private static let review = "- { id: r, when: { statement: { kind: update } }, then: { review: [dba] } }"
  private static let mask =
    "- { id: m, when: { statement: { reads: [customers.email] } }, then: { mask: [customers.email], method: redact } }"

  @Test func `blocks are undone, cascades with them`() throws {
    let found = try Self.run(
      [Sent(sql: "SELECT count(*) FROM visits"), Sent(sql: "DELETE FROM customers WHERE id = 1")], [Self.block])
    #expect(found.counts.blocked == 1 && found.counts.same == 1)
    #expect(found.isCounted)
    let ends = found.tables.map { "\($0.table) \($0.before ?? -1) \($0.recordedChange) \($0.changeAsIf)" }
    #expect(ends == ["customers 3 -1 0", "visits 5 -2 0"])
    #expect(found.headline == "Under p 1 3 rows more would be there.")
  }

  @Test func `reviews are held back, and the values that would have been overwritten stand`() throws {
    let found = try Self.run([Sent(sql: "UPDATE visits SET note = 'x' WHERE id < 3")], [Self.review])
    #expect(found.counts.held == 1)
    #expect(found.tables.map(\.recordedOverwritten) == [2])
    #expect(found.tables.map(\.overwrittenAsIf) == [0])
    #expect(found.headline.contains("2 rows would not have been overwritten"))
  }

  @Test func `a dropped index would still be there`() throws {
    let found = try Self.run([Sent(sql: "DROP INDEX visits_idx")], [Self.block])
    #expect(found.objectsKept.map(\.name) == ["index visits_idx"])
    #expect(!found.isSame)
  }

  @Test func `masks are applied: what is returned as it stands is hidden, what is derived is not`() throws {
    let raw = try Self.run([Sent(sql: "SELECT email FROM customers")], [Self.mask])
    #expect(raw.counts.masked == 1)
    #expect(raw.columnsHidden.map(\.name) == ["customers.email"])
    let derived = try Self.run([Sent(sql: "SELECT upper(email) FROM customers")], [Self.mask])
    #expect(derived.columnsHidden.isEmpty)
    #expect(derived.columnsSeenStill.map(\.name) == ["customers.email"])
  }

  @Test func `what was blocked and would have been allowed runs`() throws {
    let blocked = Sent(
      sql: "DELETE FROM visits WHERE id = 1", decision: Decision(action: .block, rule: "old"), hasResult: false)
    let found = try Self.run([blocked], [])
    #expect(found.counts.released == 1)
    #expect(found.tables.map(\.changeAsIf) == [-1])
    #expect(found.headline.contains("1 row fewer would be there"))
  }

  @Test func `a statement that depends on a blocked one ends otherwise too`() throws {
    let found = try Self.run(
      [
        Sent(sql: "DELETE FROM visits WHERE id = 1"),
        Sent(sql: "INSERT INTO visits VALUES (1, 1, 'again')"),
      ], [Self.block])
    // As recorded one row goes and comes back; under the policy the second statement meets the key that is still there.
    #expect(found.counts.blocked == 1)
    #expect(found.tables.map(\.recordedChange) == [0] && found.tables.map(\.changeAsIf) == [0])
    #expect(found.tables.map(\.contentsDiffer) == [true])
    #expect(found.headline == "Under p 1 other values would be in 1 table.")
  }

  @Test func `a script is decided as one`() throws {
    let found = try Self.run(
      [
        Sent(sql: "UPDATE visits SET note = 'x' WHERE id = 1", unit: "u"),
        Sent(sql: "DELETE FROM visits WHERE id = 2", unit: "u"),
      ], [Self.block])
    #expect(found.counts.blocked == 2)
    #expect(found.tables.map(\.overwrittenAsIf) == [0])
  }

  @Test func `the same decisions end the same and cost no replay`() throws {
    let found = try Self.run([Sent(sql: "SELECT id FROM visits")], [Self.block])
    #expect(found.sessionsDiffering == 0 && found.isSame)
    #expect(found.headline == "Under p 1 nothing would have been decided otherwise in 1 session.")
  }

  @Test(arguments: 0..<6 as Range<UInt64>)
  func `every statement is counted once`(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let texts = [
      "SELECT email FROM customers", "DELETE FROM visits WHERE id = 1", "UPDATE visits SET note = 'x' WHERE id = 2",
      "SELECT 1",
    ]
    let sent = (0..<30).map { index in
      var statement = Sent(sql: texts[Int.random(in: 0...3, using: &random)], session: "s\(index % 4)")
      statement.decision = Decision(action: [.allow, .mask, .review, .block][Int.random(in: 0...3, using: &random)])
      statement.hasResult = statement.decision.action != .block
      if index % 7 == 0 { statement.completeness = .statementTruncated }
      return statement
    }
    let counts = try Self.run(sent, [Self.block, Self.review, Self.mask]).counts
    #expect(counts.statements == 30)
    let parts = [
      counts.same, counts.blocked, counts.held, counts.approved, counts.masked, counts.released, counts.undecided,
    ]
    #expect(parts.reduce(0, +) == 30)
  }

  @Test func `the ledger's verdicts stay as they are`() throws {
    var sent = Sent(sql: "DELETE FROM visits", effect: Fixture.deleted(5))
    sent.verdict = Fixture.harm
    let ledger = try Fixture.ledger([sent])
    let before = try ledger.rows("SELECT * FROM verdicts") + ledger.rows("SELECT * FROM measurements")
    _ = try replayAsIf(ledger, policy: try Fixture.policy([Self.block]), plan: try Self.plan())
    #expect(try ledger.rows("SELECT * FROM verdicts") + ledger.rows("SELECT * FROM measurements") == before)
  }

  @Test func `a clone counts its end`() throws {
    let shadow = try SQLiteShadow(script: Self.script, path: "shadow.sql")
    let replay = try shadow.clones(Measuring(sensitive: [], analyze: { SQLAnalysis.analyze($0, as: $1) })).open()
    let ledger = try Fixture.ledger([Sent(sql: "DELETE FROM visits WHERE id < 3"), Sent(sql: "DROP INDEX visits_idx")])
    let session = try resolveSessions(ledger, named: ["s1"])[0]
    _ = try replay.measure(try ledger.statements(of: session.id, in: nil), engine: "sqlite")
    let end = try #require(try replay.endState(contentsOf: ["customers"]))
    #expect(end.contents.keys.sorted() == ["customers"] && end.contents["customers"]?.count == 2)
    #expect(end.rows == ["customers": 3, "visits": 3])
    #expect(end.objects == ["table customers", "table visits"])
  }
}
