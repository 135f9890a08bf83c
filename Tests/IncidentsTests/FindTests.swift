import AuditTrail
import Ledger
import Testing

@testable import Incidents

@Suite struct FindTests {
  /// Seven sessions, each for another reason.
  private static let sent: [Sent] = [
    Sent(sql: "SELECT id FROM visits WHERE id = 1", session: "reads", effect: Fixture.read),
    Sent(
      sql: "DELETE FROM visits", user: "bot@example.org", kind: .agent, at: "2026-07-21T14:03:00Z",
      session: "destroys", effect: Fixture.deleted(9000), verdict: Fixture.harm),
    Sent(
      sql: "DELETE FROM customers WHERE id = 1", connection: "admin", at: "2026-07-02T09:00:00Z", session: "cascades",
      effect: Fixture.deleted(3, of: "visits", cascade: 3)),
    Sent(
      sql: "SELECT email FROM customers", user: "bot@example.org", kind: .agent, session: "leaks",
      effect: Fixture.leaked(), verdict: Verdict(.maskLeak, severity: .s3)),
    Sent(
      sql: "DROP INDEX visits_idx", decision: Decision(action: .block), session: "blocked", hasResult: false,
      effect: Fixture.dropped, verdict: Verdict(.confirmedBlock, severity: .s3)),
    Sent(
      sql: "DELETE FROM job_runs WHERE id < 5", session: "adds-up", effect: Fixture.deleted(4, of: "job_runs"),
      verdict: Verdict(.confirmedAllow, severity: .s2)),
    Sent(sql: "UPDATE payments SET amount = 1 WHERE id = 5", user: "cy@example.org", session: "unmeasured"),
  ]

  private static func ledger() throws -> Ledger {
    try Fixture.ledger(sent, findings: [("accumulated_harm", "adds-up/1")])
  }

  private static func find(_ change: (inout SessionSearch) -> Void) throws -> [String] {
    let ledger = try Self.ledger()
    var search = SessionSearch()
    change(&search)
    return try findSessions(ledger, search).sessions.map(\.session.key)
  }

  @Test func `the gravest stands first: harm done, findings, harm stopped, the rest`() throws {
    #expect(
      try Self.find { _ in }
        == ["destroys", "leaks", "adds-up", "blocked", "cascades", "reads", "unmeasured"])
  }

  @Test func `an identity finds its own sessions`() throws {
    #expect(try Self.find { $0.actors = Actors(users: ["bot@example.org"]) } == ["destroys", "leaks"])
    #expect(try Self.find { $0.actors = Actors(users: ["nobody@example.org"]) } == [])
  }

  @Test func `a kind finds its own sessions`() throws {
    #expect(try Self.find { $0.kind = .agent } == ["destroys", "leaks"])
    #expect(try Self.find { $0.kind = .service } == [])
  }

  @Test func `a table is found by text and by what a cascade touched`() throws {
    #expect(try Self.find { $0.tables = ["visits"] } == ["destroys", "cascades", "reads"])
    #expect(try Self.find { $0.tables = ["VISITS"] } == ["destroys", "cascades", "reads"])
    #expect(try Self.find { $0.tables = ["payments"] } == ["unmeasured"])
    #expect(try Self.find { $0.tables = ["visit"] } == [], "half a name is none")
  }

  @Test func `writes are found by text and by effect`() throws {
    #expect(
      try Self.find { $0.writes = true } == ["destroys", "adds-up", "blocked", "cascades", "unmeasured"])
    #expect(
      try Self.find {
        $0.writes = true
        $0.tables = ["visits"]
      } == ["destroys", "cascades"])
  }

  @Test func `harm is found where it was done, where it was stopped and where it adds up`() throws {
    #expect(try Self.find { $0.harmful = true } == ["destroys", "leaks", "adds-up", "blocked"])
  }

  @Test func `connections and times narrow it`() throws {
    #expect(try Self.find { $0.sessions.connections = ["admin"] } == ["cascades"])
    #expect(
      try Self.find {
        $0.sessions.period = Period(
          label: "", start: Timestamp("2026-07-21T13:30:00Z") ?? Timestamp(nanoseconds: 0),
          end: Timestamp("2026-07-21T14:30:00Z") ?? Timestamp(nanoseconds: 0))
      } == ["destroys"])
  }

  @Test func `what was lost and seen is told`() throws {
    let ledger = try Self.ledger()
    let found = try findSessions(ledger, SessionSearch())
    func session(_ key: String) throws -> FoundSession {
      try #require(found.sessions.first { $0.session.key == key })
    }
    #expect(try session("destroys").rowsLost == 9000)
    #expect(try session("leaks").columnsSeen == ["customers.email"])
    #expect(try session("blocked").objectsLost == [], "it was blocked")
    #expect(try session("unmeasured").measured == 0)
    #expect(try session("unmeasured").worst == nil)
    #expect(found.statements == 7 && found.measured == 6)
  }

  @Test(arguments: [
    ("s1", ["session-one"]), ("session-one", ["session-one"]), ("gw/session-one", ["session-one"]),
    ("session-t", ["session-two"]),
  ])
  func `a session is named whole, with its proxy, or by its beginning`(name: String, keys: [String]) throws {
    let ledger = try Fixture.ledger([Sent(session: "session-one"), Sent(session: "session-two")])
    if name == "s1" {
      let error = #expect(throws: AssayError.self) { try resolveSessions(ledger, named: [name]) }
      #expect(error?.code == .missingInput)
      return
    }
    #expect(try resolveSessions(ledger, named: [name]).map(\.key) == keys)
  }

  @Test func `an unknown session or identity is answered with what is near`() throws {
    let ledger = try Fixture.ledger([Sent(session: "gw1-report-bot-0708"), Sent(user: "bo@example.org", session: "x")])
    let session = #expect(throws: AssayError.self) { try resolveSessions(ledger, named: ["gw1-reportbot-0708"]) }
    #expect(session?.message.contains("Did you mean gw1-report-bot-0708?") == true)
    let far = #expect(throws: AssayError.self) { try resolveSessions(ledger, named: ["nothing-like-it-at-all"]) }
    #expect(far?.message.contains("assay find") == true)
    let user = #expect(throws: AssayError.self) { try resolveActors(ledger, named: "boo@example.org") }
    #expect(user?.message.contains("bo@example.org") == true)
  }

  @Test(arguments: [
    ("ana", ["ana@example.org"]), ("*@example.org", ["ana@example.org", "bot@example.org", "cy@example.org"]),
    ("BOT@example.org", ["bot@example.org"]), ("*bot*", ["bot@example.org"]),
  ])
  func `an identity is named by user, by its first part or by a pattern`(text: String, users: [String]) throws {
    let ledger = try Self.ledger()
    #expect(try resolveActors(ledger, named: text) == Actors(users: users))
  }
}
