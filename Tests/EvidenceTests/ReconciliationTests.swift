import AuditTrail
import Evidence
import Testing

/// Tests that hold a database's own log against the proxy's archives: T-21 and T-38.
@Suite struct ReconciliationTests {
  /// What the proxy recorded: a session a text each, on a connection that leads to the database `clinic`.
  private static func proxy(_ texts: [(String, at: String)], name: String = "proxy", action: Action = .allow)
    -> SmallArchive
  {
    SmallArchive(
      name: name,
      openings: [
        SessionOpening(
          session: name, time: Small.time("08:00:00"), identity: Identity(user: "ana@example.org", kind: .human),
          client: Client(address: "10.0.0.8"),
          connection: Connection(name: "clinic-app", engine: "postgresql", database: "clinic", databaseUser: "app"))
      ],
      statements: texts.enumerated().map { Small.statement(name, Int64($0 + 1), $1.0, at: $1.at, action) },
      heartbeats: Small.heartbeats())
  }

  /// What the database's log holds of a session.
  private static func log(
    _ texts: [(String, at: String)], name: String = "log", login: String = "app", from address: String = "10.20.0.5",
    database: String = "clinic"
  ) -> SmallArchive {
    SmallArchive(
      name: name, proxy: "postgresql", instance: nil, seal: .none, format: "postgresql.csvlog",
      openings: [
        SessionOpening(
          session: name, time: Small.time("08:00:00"), identity: nil,
          client: Client(address: address, application: "psql"),
          connection: Connection(name: database, engine: "postgresql", database: database, databaseUser: login))
      ],
      statements: texts.enumerated().map {
        Small.statement(name, Int64($0 + 1), $1.0, at: $1.at, .observed, completeness: [.noIdentity, .noDecision])
      })
  }

  private static let both = [("SELECT 1", at: "09:00:00"), ("DROP TABLE t", at: "09:00:10")]
  private static let later = [("SELECT 1;", at: "09:00:01"), (" DROP TABLE t ;\n", at: "09:00:11")]
  private static let access: @Sendable (inout EvidencePlan) -> Void = {
    $0.databaseAccess = DatabaseAccess(
      proxies: ["10.20.0.0/16"],
      direct: [
        DirectLogin(databaseUser: "back*", client: "10.9.0.0/24", reason: "dumps", approvedBy: "cleo@example.org")
      ])
  }

  @Test(
    arguments: [
      Expected(name: "no log", archives: { [proxy(both)] }, status: .inconclusive, population: 0),
      Expected(
        name: "both tell of it", archives: { [proxy(both), log(later)] }, status: .pass, population: 1),
      Expected(
        name: "a session past the proxy",
        archives: { [proxy(both), log(later), log([("SELECT 2", at: "09:30:00")], name: "x")] },
        status: .fail, population: 2, exceptions: 1),
      Expected(
        name: "the same texts, far too late", archives: { [proxy(both), log([("SELECT 1", at: "11:00:00")])] },
        status: .fail, population: 1, exceptions: 1),
      Expected(
        name: "less than half of a session",
        archives: { [proxy(both), log([later[0], ("SELECT 2", at: "09:00:02"), ("SELECT 3", at: "09:00:03")])] },
        status: .fail, population: 1, exceptions: 1),
      Expected(
        name: "a blocked statement is not the one that the log holds",
        archives: { [proxy([both[1]], action: .block), log([later[1]])] }, status: .pass, population: 1),
      Expected(
        name: "another database's log", archives: { [proxy(both), log(later, database: "billing")] },
        status: .inconclusive, population: 0),
      Expected(
        name: "an approved login",
        archives: {
          [proxy(both), log(later), log([("SELECT 2", at: "09:30:00")], name: "x", login: "backup", from: "10.9.0.7")]
        }, change: access, status: .pass, population: 2),
      Expected(
        name: "an approved login from elsewhere",
        archives: {
          [proxy(both), log(later), log([("SELECT 2", at: "09:30:00")], name: "x", login: "backup", from: "10.8.0.7")]
        }, change: access, status: .fail, population: 2, exceptions: 1),
      Expected(
        name: "the proxy's texts from another address", archives: { [proxy(both), log(later, from: "10.8.0.7")] },
        change: access, status: .fail, population: 1, exceptions: 1),
      Expected(
        name: "a session without statements", archives: { [proxy(both), log(later), log([], name: "x")] },
        status: .inconclusive, population: 2),
      Expected(
        name: "a session without statements, from the proxy", archives: { [proxy(both), log([])] }, change: access,
        status: .pass, population: 1),
      Expected(
        name: "a session without statements, from elsewhere",
        archives: { [proxy(both), log([], login: "postgres", from: "10.8.0.7")] }, change: access, status: .fail,
        population: 1,
        exceptions: 1),
      Expected(
        name: "from before the proxy's archives",
        archives: {
          var short = proxy(both)
          short.heartbeats = []
          return [short, log(later), log([("SELECT 2", at: "07:30:00")], name: "x")]
        }, status: .inconclusive, population: 2),
    ]) func `T-38 finds sessions that no proxy tells of`(_ expected: Expected) throws
  { try check(expected, .t38) }

  @Test(
    arguments: [
      Expected(name: "no log", archives: { [proxy(both)] }, status: .inconclusive, population: 0),
      Expected(name: "both tell of it", archives: { [proxy(both), log(later)] }, status: .pass, population: 1),
      Expected(
        name: "only the log", archives: { [proxy([both[0]]), log(later)] }, status: .fail, population: 1, exceptions: 1),
      Expected(
        name: "twice in the log, once by the proxy",
        archives: { [proxy(both), log(later + [("DROP TABLE t", at: "09:00:12")])] }, status: .fail, population: 2,
        exceptions: 1),
      Expected(
        name: "only the proxy, and the log holds such statements",
        archives: {
          [proxy(both + [("GRANT ALL ON t TO x", at: "09:00:20")]), log(later + [("SELECT 9", at: "10:00:00")])]
        },
        status: .fail, population: 2, exceptions: 1),
      Expected(
        name: "only the proxy, and the log holds none of the kind",
        archives: { [proxy(both), log([later[0], ("SELECT 9", at: "10:00:00")])] }, status: .inconclusive, population: 1
      ),
      Expected(
        name: "only the proxy, after the log's end",
        archives: { [proxy(both + [("DROP TABLE u", at: "12:00:00")]), log(later)] }, status: .inconclusive,
        population: 2),
      Expected(
        name: "an approved login's",
        archives: {
          [
            proxy(both), log(later),
            log([("DROP TABLE u", at: "09:30:00")], name: "x", login: "backup", from: "10.9.0.7"),
          ]
        }, change: access, status: .pass, population: 2),
    ]) func `T-21 holds privileged statements of both sides against each other`(_ expected: Expected) throws
  {
    try check(expected, .t21)
  }

  @Test func `what a log and a proxy both tell of counts once, and a session past the proxy counts as observed`() throws
  {
    let model = try Small.model([
      Self.proxy(Self.both), Self.log(Self.later), Self.log([("SELECT 2", at: "09:30:00")], name: "x"),
    ])
    #expect(model[.t07]?.population.count == 2)
    #expect(model.facts.totals.inside == 3)
    #expect(model.facts.totals.witnessed == 2)
    #expect(model.facts.totals.decided.first { $0.action == .observed }?.statements == 1)
    #expect(model.tieOuts.allSatisfy { $0.leftValue == $0.rightValue }, "\(model.tieOuts)")
  }
}
