import AuditTrail
import Ledger
import Testing

@testable import Incidents

/// What people wrote where no value belongs is taken out of an incident too.
@Suite struct IncidentRedactionTests {
  private static let card = "4111111111111111"

  private static func incident(showsLiterals: Bool) throws -> Incident {
    var effect = Effect(.ran)
    effect.altered = ["create table \(card)"]
    var lost = TableEffect()
    (lost.deleted, lost.before) = (9000, 9000)
    effect.tables = [card: lost]
    effect.dropped = [DroppedObject(type: "table", name: card, rows: 9000, isScratch: false)]
    var sent = Sent(sql: "DROP TABLE \"\(card)\"", effect: effect, verdict: Fixture.harm)
    sent.reason = "for \(card)"
    var plan = IncidentPlan()
    plan.showsLiterals = showsLiterals
    return try Fixture.incident(of: [sent], plan: plan)
  }

  @Test func `a value in a name, a ticket, an address or an application is not shown`() throws {
    let document = String(decoding: try Self.incident(showsLiterals: false).json, as: UTF8.self)
    for value in [Self.card, "10.0.0.8"] { #expect(!document.contains(value), "\(value)") }
    #expect(document.contains("[card]"))
  }

  @Test(arguments: [
    "SELECT 1 AS \"4111111111111112\"", "SAVEPOINT \"4111111111111112\"", "SELECT a \"4111111111111112\" FROM visits",
    "DELETE FROM t4111111111111112",
  ])
  func `nor is one in a column's alias, a savepoint or any other name`(sql: String) throws {
    var effect = Effect(.ran)
    effect.altered = ["savepoint 4111111111111112"]
    var plan = IncidentPlan()
    plan.foldsNothing = true
    let incident = try Fixture.incident(of: [Sent(sql: sql, effect: effect, verdict: Fixture.harm)], plan: plan)
    #expect(!String(decoding: incident.json, as: UTF8.self).contains("4111111111111112"))
  }

  @Test func `it is where literals are asked for`() throws {
    let document = String(decoding: try Self.incident(showsLiterals: true).json, as: UTF8.self)
    for value in [Self.card, "10.0.0.8"] { #expect(document.contains(value), "\(value)") }
  }
}
