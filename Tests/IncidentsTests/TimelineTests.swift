import AuditTrail
import Ledger
import SeededRandom
import Testing

@testable import Incidents

@Suite struct TimelineTests {
  private static let read = Sent(sql: "SELECT id FROM visits WHERE id = 1", effect: Fixture.read)
  private static let change = Sent(sql: "DELETE FROM visits WHERE id = 1", effect: Fixture.deleted(1))
  private static let harm = Sent(sql: "DELETE FROM visits", effect: Fixture.deleted(9000), verdict: Fixture.harm)
  private static let blocked = Sent(
    sql: "DELETE FROM visits", decision: Decision(action: .block), hasResult: false, effect: Fixture.deleted(9000),
    verdict: Verdict(.confirmedBlock, severity: .s4))
  private static let unreplayed = Sent(sql: "SELECT id FROM visits WHERE id = 2")
  private static let unreplayedWrite = Sent(sql: "UPDATE visits SET status = 'x' WHERE id = 2")

  /// The timeline as letters: a letter a step, a letter and a number a run.
  private static func spelt(_ incident: Incident) -> String {
    incident.timeline.map { item in
      switch item {
      case .step(let step): String(step.standing.rawValue.prefix(2))
      case .run(let run): "\(run.kind.rawValue.prefix(2))×\(run.count)"
      }
    }.joined(separator: " ")
  }

  @Test(arguments: [
    ("rrrr", "ha×4"), ("rHrr", "ha ha ha×2"), ("rrcrrr", "ha×2 ch ha×3"), ("bb", "st st"), ("ccc", "ch ch ch"),
    ("uuu", "un×3"), ("uwu", "un un un"), ("rru", "ha×2 un"), (String(repeating: "c", count: 30), "re×30"),
    (String(repeating: "c", count: 24), Array(repeating: "ch", count: 24).joined(separator: " ")),
  ])
  func `dull runs are counted and what matters stands whole`(story: String, timeline: String) throws {
    let sent: [Sent] = story.enumerated().map { index, letter in
      var statement =
        switch letter {
        case "r": Self.read
        case "c": Self.change
        case "b": Self.blocked
        case "u": Self.unreplayed
        case "w": Self.unreplayedWrite
        default: Self.harm
        }
      statement.at = "2026-07-01T09:00:\(index < 10 ? "0" : "")\(index)Z"
      return statement
    }
    // The fourth case's first letter of `harm` and `harmless` is one: the standing tells them apart.
    let incident = try Fixture.incident(of: sent)
    #expect(Self.spelt(incident) == timeline)
    #expect(incident.steps.count { $0.standing == .harm } == story.count { $0 == "H" })
  }

  @Test(arguments: 0..<12 as Range<UInt64>)
  func `no statement is lost between steps and runs`(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let kinds = [Self.read, Self.change, Self.harm, Self.blocked, Self.unreplayed]
    let sent: [Sent] = (0..<120).map { index in
      var statement = kinds[Int.random(in: 0...14, using: &random) % kinds.count]
      statement.session = "s\(Int.random(in: 0...2, using: &random))"
      statement.at = "2026-07-01T09:0\(index / 60):\(index % 60 < 10 ? "0" : "")\(index % 60)Z"
      return statement
    }
    let incident = try Fixture.incident(of: sent)
    let told = incident.timeline.reduce(Int64(0)) { sum, item in
      if case .run(let run) = item { sum + run.count } else { sum + 1 }
    }
    #expect(told == 120)
    #expect(incident.totals.statements == 120)
    #expect(incident.steps.count { $0.standing == .harm } == sent.count { $0.verdict == Fixture.harm })
    #expect(zip(incident.timeline, incident.timeline.dropFirst()).allSatisfy { $0.time <= $1.time })
  }

  @Test func `on request nothing is folded`() throws {
    var plan = IncidentPlan()
    plan.foldsNothing = true
    let incident = try Fixture.incident(of: Array(repeating: Self.read, count: 5), plan: plan)
    #expect(incident.steps.count == 5)
  }

  @Test func `only statements of the time are told`() throws {
    var plan = IncidentPlan()
    plan.period = Period("2026-08")
    var late = Self.harm
    late.at = "2026-08-02T10:00:00Z"
    let incident = try Fixture.incident(of: [Self.read, late], plan: plan)
    #expect(incident.totals.statements == 1)
    #expect(incident.steps.map(\.id) == ["s1/2"])
  }
}
