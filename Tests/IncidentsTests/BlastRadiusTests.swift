import AuditTrail
import Ledger
import SeededRandom
import Testing

@testable import Incidents

@Suite struct BlastRadiusTests {
  /// A random effect: any tables, some the session's own, kept or not.
  private static func effect(_ random: inout SplitMix64) -> Effect {
    var effect = Effect(Bool.random(using: &random) ? .ran : .failed(code: "constraint", missingObject: nil))
    for table in ["a", "b", "c"] where Bool.random(using: &random) {
      var change = TableEffect()
      change.inserted = Int64.random(in: 0...50, using: &random)
      change.updated = Int64.random(in: 0...50, using: &random)
      change.unchanged = Int64.random(in: 0...change.updated, using: &random)
      change.deleted = Int64.random(in: 0...50, using: &random)
      change.restored = Int64.random(in: 0...change.deleted, using: &random)
      change.before = 100
      change.isScratch = Int.random(in: 0...4, using: &random) == 0
      effect.tables[table] = change
    }
    effect.kept = Bool.random(using: &random)
    return effect
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func `rows destroyed are the sum over the statements that took place, and nothing else`(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let sent = (0..<40).map { index in
      var statement = Sent(sql: "DELETE FROM a WHERE id = \(index)", session: "s\(index % 3)")
      statement.decision = Decision(action: Bool.random(using: &random) ? .allow : .block)
      statement.hasResult = statement.decision.action == .allow
      statement.effect = Self.effect(&random)
      return statement
    }
    let incident = try Fixture.incident(of: sent)
    let effects = sent.map { ($0.effect ?? Effect(.ran), $0.decision.action == .allow) }
    let expected = effects.reduce(Int64(0)) { sum, pair in
      sum + (pair.0.kept && pair.1 && pair.0.execution == .ran ? pair.0.rowsDestroyed : 0)
    }
    let undone = effects.reduce(Int64(0)) { sum, pair in
      sum + ((!pair.0.kept || !pair.1) && pair.0.execution == .ran ? pair.0.rowsDestroyed : 0)
    }
    #expect(incident.blast.rowsDestroyed == expected)
    #expect(incident.blast.rowsUndone == undone)
    let byTable = incident.blast.tables.reduce(Int64(0)) { $0 + $1.deleted + $1.overwritten }
    #expect(byTable == expected, "the tables add up to the total")
  }

  @Test func `rows that the planner estimated are said to be estimated`() throws {
    var slow = Fixture.deleted(8000)
    slow.estimate = .atLeast
    let incident = try Fixture.incident(of: [Sent(sql: "DELETE FROM visits WHERE slow(id)", effect: slow)])
    #expect(incident.lossTable.rows.map(\.last) == ["a shadow of 2026-07-01 (copy), with estimates"])
    #expect(incident.steps.flatMap(\.effectPhrases).contains(RowEstimate.atLeast.phrase))
    let measured = try Fixture.incident(of: [Sent(sql: "DELETE FROM visits", effect: Fixture.deleted(8000))])
    #expect(measured.lossTable.rows.map(\.last) == ["a shadow of 2026-07-01 (copy)"])
  }

  @Test func `cascades are told apart and the first count of rows before stands`() throws {
    var both = Fixture.deleted(540)
    var cascade = TableEffect()
    (cascade.deleted, cascade.indirect, cascade.before) = (441, 441, 9000)
    both.tables["prescriptions"] = cascade
    let incident = try Fixture.incident(of: [
      Sent(sql: "DELETE FROM visits WHERE id < 541", rows: 540, effect: both),
      Sent(sql: "DELETE FROM visits WHERE id < 1081", effect: Fixture.deleted(540, before: 11_460)),
    ])
    let tables = incident.blast.tables
    #expect(tables.map(\.table) == ["visits", "prescriptions"])
    #expect(tables.map(\.before) == [12_000, 9000])
    #expect(tables.map(\.indirect) == [0, 441])
    #expect(tables[0].steps == ["s1/1", "s1/2"])
    #expect(incident.totals.recordedRows == 540)
    #expect(incident.totals.unrecordedChanges == 1)
  }

  @Test func `who saw a column is told, with the rows recorded and measured`() throws {
    let incident = try Fixture.incident(of: [
      Sent(
        sql: "SELECT email FROM customers", user: "bot@example.org", kind: .agent, actsFor: "dana@example.org",
        rows: 99, rowsKind: .returned, effect: Fixture.leaked(), verdict: Verdict(.maskLeak, severity: .s4))
    ])
    let seen = try #require(incident.blast.disclosures.first)
    #expect(seen.column == "customers.email")
    #expect(seen.user == "bot@example.org" && seen.actsFor == "dana@example.org")
    #expect(seen.rows == 100 && seen.recordedRows == 99)
    #expect(seen.provenance == .shadow)
  }

  @Test func `what a predicate depends on was not seen`() throws {
    let incident = try Fixture.incident(of: [
      Sent(sql: "SELECT id FROM customers WHERE email = 'x'", effect: Fixture.leaked(.predicate))
    ])
    #expect(incident.blast.disclosures.isEmpty)
  }

  @Test func `a blocked drop is among what stood to be lost`() throws {
    let incident = try Fixture.incident(of: [
      Sent(
        sql: "DROP INDEX visits_idx", decision: Decision(action: .block, rule: "r"), hasResult: false,
        effect: Fixture.dropped, verdict: Verdict(.confirmedBlock, severity: .s3))
    ])
    #expect(incident.blast.objects.isEmpty)
    #expect(incident.blast.objectsUndone.map(\.object.name) == ["visits_idx"])
    #expect(incident.steps.map(\.standing) == [.stopped])
  }
}
