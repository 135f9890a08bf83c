import AuditTrail
@testable import Evidence
import Policies
import Testing

/// Tests of what is declared, known to be bad or usual: T-04, T-20, T-32 and T-37.
@Suite struct HabitTests {
  private static func session(
    _ key: String, user: String = "ana@example.org", kind: IdentityKind = .human, connection: String = "clinic",
    environment: String = "production", client: String = "10.0.0.8", day: Int = 1, hour: Int = 9,
    _ texts: [String] = ["SELECT 1"]
  ) -> SmallArchive {
    let time = "2026-07-\(day < 10 ? "0" : "")\(day)T\(hour < 10 ? "0" : "")\(hour)"
    return SmallArchive(
      name: key,
      openings: [
        Small.opening(
          key, at: "\(time):00:00Z", user: user, kind: kind, connection: connection, client: client,
          environment: environment)
      ],
      closings: [SessionClosing(session: key, time: Small.time("\(time):50:00Z"), statements: nil)],
      statements: texts.enumerated().map { Small.statement(key, Int64($0 + 1), $1, at: "\(time):00:0\($0 + 1)Z") })
  }

  private static func files(
    _ name: String, _ rows: String..., complete: Bool = false
  ) -> @Sendable (inout EvidencePlan) -> Void {
    { plan in
      plan.connections = [
        ScopedConnection(name: "clinic", environment: "production", approvalRequired: false),
        ScopedConnection(name: "staging", environment: "staging", approvalRequired: false),
      ]
      plan.sideFiles.give(name, rows)
      if complete { plan.sideFiles.give("source_counts", ["hoop gw-1,2026-07-01,1,1"]) }
    }
  }
  private static let opens = ["clinic,session_opened", "*,session_closed"]

  @Test(
    arguments: [
      Expected(
        name: "all that is recorded is declared", archives: { [session("s1")] },
        change: files("event_types", opens[0], opens[1], "*,read"), status: .pass, population: 3),
      Expected(
        name: "what another connection declares", archives: { [session("s1")] },
        change: files("event_types", opens[0], opens[1], "staging,read"), status: .fail, population: 3, exceptions: 1),
      Expected(
        name: "nothing declares the change", archives: { [session("s1", ["SELECT 1", "CREATE TABLE t (a int)"])] },
        change: files("event_types", opens[0], opens[1], "*,read"), status: .fail, population: 4, exceptions: 1),
      Expected(
        name: "declared and not seen, where records may be missing", archives: { [session("s1")] },
        change: files("event_types", opens[0], opens[1], "*,read", "*,write"), status: .inconclusive, population: 4),
      Expected(
        name: "declared and not seen, where nothing is missing",
        archives: {
          var archive = session("s1")
          archive.heartbeats = Small.heartbeats()
          return [archive]
        }, change: files("event_types", opens[0], opens[1], "*,read", "*,write", complete: true), status: .pass,
        population: 4),
      Expected(name: "no file", archives: { [session("s1")] }, status: .inconclusive, population: 0),
    ]) func `T-04 holds what is recorded against what is declared`(_ expected: Expected) throws
  { try check(expected, .t04) }

  private static let both: @Sendable () -> [SmallArchive] = {
    [
      session("s1", user: "bot", kind: .agent),
      session("s2", user: "bot", kind: .agent, connection: "staging", environment: "staging", hour: 10),
    ]
  }
  private static let staging: @Sendable () -> [SmallArchive] = {
    [session("s1", connection: "staging", environment: "staging")]
  }

  @Test(
    arguments: [
      Expected(
        name: "made up", archives: staging, change: files("test_data", "staging,synthetic,,,"), status: .pass,
        population: 1),
      Expected(
        name: "a copy that somebody else approved", archives: staging,
        change: files("test_data", "staging,copy,ben,cleo,2026-06-30"), status: .pass, population: 1),
      Expected(
        name: "a copy that its maker approved", archives: staging,
        change: files("test_data", "staging,copy,ben+1@x.org,Ben@x.org,2026-06-30"), status: .fail, exceptions: 1),
      Expected(
        name: "a copy that nobody approved", archives: staging, change: files("test_data", "staging,copy,ben,,"),
        status: .fail, exceptions: 1),
      Expected(
        name: "nobody says what it holds", archives: staging, change: files("test_data", "clinic,copy,ben,cleo,"),
        status: .inconclusive, population: 1),
      Expected(
        name: "an agent on both sides", archives: both, change: files("test_data", "staging,synthetic,,,"),
        status: .fail,
        population: 2, exceptions: 1),
      Expected(
        name: "an environment of two words",
        archives: {
          [session("s1", user: "bot", kind: .agent, connection: "uat", environment: "not production")]
        }, change: files("test_data", "uat,synthetic,,,"), status: .pass, population: 2),
      Expected(
        name: "a person may",
        archives: {
          [session("s1")]
            + staging().map {
              var a = $0; a.name = "b"; return a
            }
        },
        change: files("test_data", "staging,synthetic,,,"), status: .pass, population: 1),
      Expected(name: "no file", archives: both, status: .inconclusive, population: 0),
    ]) func `T-32 keeps production's data and machine accounts in production`(_ expected: Expected) throws
  { try check(expected, .t32) }

  /// Ten days of habit, and an eleventh.
  private static func habit(_ last: SmallArchive, days: Int = 10) -> @Sendable () -> [SmallArchive] {
    { (1...days).map { session("d\($0)", day: $0) } + [last] }
  }
  private static let eleventh: @Sendable (inout EvidencePlan) -> Void = { plan in
    plan.period = Period(
      label: "a day", start: Small.time("2026-07-11T00:00:00Z"), end: Small.time("2026-07-12T00:00:00Z"))
  }

  @Test(
    arguments: [
      Expected(
        name: "as ever", archives: habit(session("last", day: 11)), change: eleventh, status: .pass, population: 1),
      Expected(
        name: "a new hour alone", archives: habit(session("last", day: 11, hour: 22)), change: eleventh, status: .pass,
        population: 1),
      Expected(
        name: "a new hour from a new client", archives: habit(session("last", client: "10.9.9.9", day: 11, hour: 22)),
        change: eleventh, status: .fail, population: 1, exceptions: 1),
      Expected(
        name: "a first change on a new connection",
        archives: habit(session("last", connection: "other", day: 11, ["DROP TABLE t"])), change: eleventh,
        status: .fail,
        exceptions: 1),
      Expected(
        name: "a stricter limit", archives: habit(session("last", day: 11, hour: 22)),
        change: {
          eleventh(&$0)
          $0.limits = ["new_things_a_day": 0]
        }, status: .fail, exceptions: 1),
      Expected(
        name: "no habit yet", archives: habit(session("last", client: "10.9.9.9", day: 11, hour: 22), days: 9),
        change: eleventh, status: .inconclusive, population: 0),
    ]) func `T-37 finds days on which an identity did several things for the first time`(_ expected: Expected) throws
  { try check(expected, .t37) }

  private static func policy(_ rules: String) throws -> PolicySet {
    PolicySet(
      always: .rules(CompiledPolicy(try Policy(yaml: "policy: p\nversion: '1'\nrules:\n\(rules)", path: "p.yaml"))))
  }

  private func knownBad(_ policies: PolicySet?, _ archives: [SmallArchive] = [session("s1")]) throws -> TestResult {
    let model = try Small.model(archives, policies: policies) { plan in
      plan.connections = [ScopedConnection(name: "clinic", environment: "production", approvalRequired: false)]
      plan.sensitiveColumns = ["customers.email", "customers.ssn"]
    }
    return try #require(model[.t20])
  }

  @Test func `T-20 passes where the policy stops everything`() throws {
    let result = try knownBad(try Self.policy("  - { id: all, then: block, because: no }"))
    #expect(result.status == .pass)
    #expect(result.population.count > 60)
    let parameter = "\(String(describing: result.population.parameters.first?.value))"
    #expect(parameter.contains("p 1 decides"))
  }

  @Test func `T-20 names each spelling that a search for words lets through`() throws {
    let rules = """
        - { id: words, when: { statement: { text: { re2: '(?i)^(delete from|drop table|truncate)\\b' } } }, then: block, because: no }
      """
    let result = try knownBad(try Self.policy(rules))
    #expect(result.status == .fail)
    let names = Set(result.exceptions.map(\.item.key))
    #expect(!names.contains("delete all rows"))
    #expect(
      names.isSuperset(of: [
        "delete behind a comment", "delete inside a common table expression", "delete by text that code builds",
        "drop the schema with all in it", "run a program",
      ]))
  }

  @Test func `T-20 counts a mask for what only discloses, and asks who sends it`() throws {
    let rules = """
        - { id: hidden, when: { statement: { reads: [customers] } }, then: { mask: [customers.email], method: redact } }
        - { id: agents, when: { identity: { kind: agent } }, then: block, because: no }
      """
    let result = try knownBad(try Self.policy(rules))
    let byName = Dictionary(grouping: result.exceptions, by: \.item.key)
    #expect(byName["read the whole table"] == nil)
    let dropped = try #require(byName["drop the table"]?.first)
    // Two tables, and people only: agents are blocked.
    #expect(dropped.rows.count == 2)
  }

  @Test func `T-20 decides nothing on what depends on the hour`() throws {
    let rules = """
        - { id: night, when: { context: { hours: "Mon-Fri 08:00-18:00 Europe/Berlin" } }, then: block, because: no }
      """
    let result = try knownBad(try Self.policy(rules))
    #expect(result.status == .inconclusive)
    #expect(result.inconclusive == result.tested)
  }

  @Test func `T-20 says what it lacks where no policy or no connection is known`() throws {
    #expect(try knownBad(nil).operating.sentence.contains("no policy"))
    let all = try Self.policy("  - { id: all, then: block, because: no }")
    let elsewhere = [Self.session("s1", connection: "other")]
    #expect(try knownBad(all, elsewhere).operating.sentence.contains("no production connection"))
  }

  @Test func `every known-bad statement is read, has a name of its own and parses on its engine`() throws {
    let result = try knownBad(
      try Self.policy("  - { id: unread, when: { statement: { parsed: false } }, then: block, because: no }"))
    #expect(result.passed == 0, "\(result.exceptions.map(\.item.key))")
    #expect(Set(result.exceptions.map(\.item.key)).count == result.exceptions.count)
    let corpus = KnownBad.builtIn
    #expect(corpus.errors == [])
    #expect(Set(corpus.statements.map(\.name)).count == corpus.statements.count && corpus.statements.count >= 33)
  }
}
