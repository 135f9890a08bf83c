import AuditTrail
import JSONReader
import Ledger
import Testing

@testable import Evidence

/// Tests of people, their accounts and what they may do: T-08, T-09, T-10, T-11, T-13, T-22, T-43 and T-45.
@Suite struct PeopleTests {
  typealias Change = @Sendable (inout EvidencePlan) -> Void

  private static func files(_ files: (String, [String])...) -> Change {
    { plan in
      for (name, rows) in files { plan.sideFiles.give(name, rows) }
    }
  }

  private static func sessions(_ openings: SessionOpening...) -> [SmallArchive] {
    [
      SmallArchive(
        openings: openings,
        statements: openings.map { opening in
          StatementRecord(
            session: opening.session, sequence: 1, time: opening.time.adding(nanoseconds: 1_000_000_000),
            sql: "SELECT 1", decision: Decision(action: .allow, policy: "guardrails", policyVersion: "1"),
            result: RecordedResult(rows: 1, rowsKind: .returned, durationMicroseconds: 9, error: nil))
        })
    ]
  }

  @Test(arguments: [
    "ana@example.org", "Ana+jobs@Example.org", "ana+a+b@x", "ana", "ana+b", "+@", "@", "", "a+b@c@d", "x@y+z@d",
    "a@b+c", "ana+jobs@\u{301}example.org", "änna+jobs@example.org", "MÜLLER@example.org",
    "MU\u{308}LLER+x@example.org",
    "\u{212A}im@example.org", "ΣΊΣΥΦΟΣ", "ÄN\"NA\\@x",
  ])
  func `a query and a test tell the same persons apart`(user: String) throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    var list = JSONWriter()
    list.beginArray()
    for spelling in [user, user.lowercased()] {
      list.beginObject()
      list.key("user")
      list.string(spelling)
      list.endObject()
    }
    list.endArray()
    let persons = try PersonColumn.persons(ledger, [.text(list.text)])
    var keys: [String] = []
    try ledger.query(
      "WITH \(PersonColumn.folded(3)) SELECT \(PersonColumn.key("?1")) UNION ALL SELECT \(PersonColumn.key("?2"))",
      [.text(user), .text(user.lowercased()), .text(persons)]
    ) { row in
      if case .text(let key) = row[0] { keys.append(key) }
    }
    #expect(keys.first == personKey(user) && keys.map { Array($0.utf8) }.count == 2)
    #expect(keys.first.map { Array($0.utf8) } == keys.last.map { Array($0.utf8) })
  }

  private static let spellings = ["MÜLLER@example.org", "müller@example.org", "MU\u{308}LLER@example.org"]

  @Test(arguments: spellings, spellings) func `a person is one, however archive and side file spell the name`(
    recorded: String, listed: String
  ) throws {
    let change: Change = { plan in
      Self.files(
        ("leavers", ["\(listed),2026-07-01T08:00:00Z,2026-07-01T08:10:00Z"]),
        ("accounts", ["\(listed),true,2020-01-01,,false,bo"]), ("entitlements_opening", ["\(listed),r,clinic,read"]),
        ("entitlements_closing", ["\(recorded),r,clinic,read"]))(&plan)
    }
    let agent = Small.opening("s2", user: "x-bot", kind: .agent, actsFor: recorded)
    let model = try Small.model(Self.sessions(Small.opening("s1", user: recorded), agent), change)
    #expect(
      model[.t10]?.exceptions.map(\.condition) == [
        "\(listed) had left, and 1 statement in their own sessions and 1 statement of agents that acted for them came "
          + "afterwards."
      ])
    for test in [TestID.t09, .t11, .t13] {
      #expect(model[test]?.status == .pass && model[test]?.population.count == 1, "\(test)")
    }
  }

  private static let ana = "ana@example.org"
  private static let account = "ana@example.org,true,2025-01-01,,true,ana@example.org"

  @Test(
    arguments: [
      Expected(
        name: "a second factor", archives: { sessions(Small.opening("s1", mfa: "webauthn")) },
        change: files(("accounts", [account])), status: .pass, population: 1),
      Expected(
        name: "no file of accounts", archives: { sessions(Small.opening("s1", mfa: "webauthn")) },
        status: .inconclusive,
        population: 1),
      Expected(
        name: "a password alone, and no file", archives: { sessions(Small.opening("s1", mfa: "password")) },
        status: .fail, exceptions: 1),
      Expected(
        name: "none, and the source records it of others",
        archives: {
          sessions(Small.opening("s1"), Small.opening("s2", user: "bo@example.org", mfa: "totp"))
        }, change: files(("accounts", [account])), status: .fail, population: 2, exceptions: 1),
      Expected(
        name: "the source records none", archives: { sessions(Small.opening("s1")) },
        change: files(("accounts", [account])), status: .inconclusive, population: 1),
      Expected(
        name: "a service", archives: { sessions(Small.opening("s1", user: "x-svc", kind: .service)) },
        change: files(("accounts", [account])), status: .inconclusive, population: 0),
    ]) func `T-08 asks each person for a second factor`(_ expected: Expected) throws
  { try check(expected, .t08) }

  private static func granted(_ approver: String?) -> [SmallArchive] {
    var archive = sessions(Small.opening("s1"))[0]
    archive.accessChanges = [
      AccessChange(
        time: Small.time("08:00:00"), actor: "cy@example.org", subject: ana, change: "grant", role: "writer",
        connection: "clinic", approvedBy: approver, ticket: nil)
    ]
    return [archive]
  }
  private static let entitled = "Ana@example.org,writer,clinic,write"

  @Test(
    arguments: [
      Expected(
        name: "granted, approved, and in the closing list", archives: { granted("bo@example.org") },
        change: files(("entitlements_opening", []), ("entitlements_closing", [entitled])), status: .pass, population: 2),
      Expected(name: "no lists", archives: { granted("bo@example.org") }, status: .inconclusive, population: 1),
      Expected(
        name: "nobody approved", archives: { granted(nil) },
        change: files(("entitlements_opening", []), ("entitlements_closing", [entitled])), status: .fail, exceptions: 1),
      Expected(
        name: "approved by its holder, without lists", archives: { granted(ana) }, status: .fail, exceptions: 1),
      Expected(
        name: "granted and not in the closing list", archives: { granted("bo@example.org") },
        change: files(("entitlements_opening", []), ("entitlements_closing", [])), status: .fail, exceptions: 1),
      Expected(
        name: "in the closing list, and nobody granted it", archives: { sessions(Small.opening("s1")) },
        change: files(("entitlements_opening", []), ("entitlements_closing", [entitled])), status: .fail, exceptions: 1),
      Expected(
        name: "in both lists", archives: { sessions(Small.opening("s1")) },
        change: files(("entitlements_opening", [entitled]), ("entitlements_closing", [entitled])), status: .pass,
        population: 1),
    ]) func `T-09 ties the lists of entitlements to the changes`(_ expected: Expected) throws
  { try check(expected, .t09) }

  private static let worked: @Sendable () -> [SmallArchive] = {
    sessions(Small.opening("s1"), Small.opening("s2", user: "x-bot", kind: .agent, actsFor: "ana@example.org"))
  }

  @Test(
    arguments: [
      Expected(
        name: "disabled in time", archives: worked,
        change: files(("leavers", ["hal@example.org,2026-07-01T06:00:00Z,2026-07-01T07:00:00Z"])), status: .pass,
        population: 1),
      Expected(
        name: "disabled after two days", archives: worked,
        change: files(("leavers", ["hal@example.org,2026-07-01T06:00:00Z,2026-07-03T06:00:01Z"])), status: .fail,
        exceptions: 1),
      Expected(
        name: "never disabled", archives: worked, change: files(("leavers", ["hal@example.org,2026-07-01T06:00:00Z,"])),
        status: .fail, exceptions: 1),
      Expected(
        name: "a day and no time", archives: worked,
        change: files(("leavers", ["hal@example.org,2026-07-01,2026-07-01"])),
        status: .inconclusive, population: 1),
      Expected(
        name: "statements after leaving, in person and through an agent", archives: worked,
        change: files(("leavers", ["Ana+x@example.org,2026-07-01T08:00:00Z,2026-07-01T08:10:00Z"])), status: .fail,
        exceptions: 1),
      Expected(name: "no file", archives: worked, status: .inconclusive, population: 0),
      Expected(
        name: "an empty file without a sidecar", archives: worked, change: files(("leavers", [])), status: .inconclusive
      ),
    ]) func `T-10 looks for access of people who left`(_ expected: Expected) throws
  { try check(expected, .t10) }

  @Test func `an agent's statements after its person left are counted apart`() throws {
    let model = try Small.model(
      Self.worked(), Self.files(("leavers", ["ana@example.org,2026-07-01T08:00:00Z,2026-07-01T08:10:00Z"])))
    #expect(
      model[.t10]?.exceptions.map(\.condition) == [
        "ana@example.org had left, and 1 statement in their own sessions and 1 statement of agents that acted for them came "
          + "afterwards."
      ])
  }

  @Test func `each control judges by its own limit, and a limit of the configuration holds for all`() throws {
    let catalog = FrameworkCatalog(
      id: "c", title: "t", version: "1", source: "s", date: CivilDate(year: 2026, month: 7, day: 1), note: "n",
      controls: ([("PS-4", ["leaver_disable_hours": 4]), ("AC-2(3)", [:])] as [(String, [String: Int64])]).map {
        id, limits in
        var mapping = ControlMapping(test: .t10, clause: "c.")
        mapping.limits = limits
        return CatalogControl(
          id: id, title: "t", mappings: [mapping], inScope: true, reason: "r", annualCore: false)
      })
    let late = Self.files(("leavers", ["hal@example.org,2026-07-01T00:00:00Z,2026-07-01T06:00:00Z"]))
    func statuses(_ limits: [String: Int64]) throws -> [TestStatus] {
      let model = try Small.model(Self.worked()) { plan in
        late(&plan)
        plan.frameworks = [catalog]
        plan.limits = limits
      }
      return [try #require(model[.t10]?.status)] + model.frameworks[0].controls.map(\.status)
    }
    #expect(try statuses([:]) == [.fail, .fail, .pass])
    #expect(try statuses(["leaver_disable_hours": 8]) == [.pass, .pass, .pass])
    #expect(try statuses(["leaver_disable_hours": 1]) == [.fail, .fail, .fail])
  }

  @Test(
    arguments: [
      Expected(
        name: "used", archives: worked, change: files(("accounts", [account])), status: .pass, population: 1),
      Expected(
        name: "not for 91 days", archives: worked,
        change: files(("accounts", ["max,true,2020-01-01,2026-04-01,false,bo"])),
        status: .fail, exceptions: 1),
      Expected(
        name: "disabled", archives: worked, change: files(("accounts", ["max,false,2020-01-01,2026-04-01,false,bo"])),
        status: .pass),
      Expected(
        name: "new and never used", archives: worked, change: files(("accounts", ["max,true,2026-06-30,,false,bo"])),
        status: .pass),
      Expected(
        name: "old and never used", archives: worked, change: files(("accounts", ["max,true,2025-06-30,,false,bo"])),
        status: .fail, exceptions: 1),
      Expected(
        name: "nothing is known of it", archives: worked, change: files(("accounts", ["max,true,,,false,bo"])),
        status: .inconclusive),
      Expected(name: "no file", archives: worked, status: .inconclusive, population: 0),
    ]) func `T-11 finds accounts that nobody uses`(_ expected: Expected) throws
  { try check(expected, .t11) }

  @Test(
    arguments: [
      Expected(
        name: "used", archives: worked, change: files(("entitlements_closing", ["ana@example.org,r,clinic,read"])),
        status: .pass, population: 1),
      Expected(
        name: "too wide", archives: worked, change: files(("entitlements_closing", ["ana@example.org,w,clinic,write"])),
        status: .fail, exceptions: 1),
      Expected(
        name: "unused", archives: worked, change: files(("entitlements_closing", ["ana@example.org,r,other,read"])),
        status: .fail, exceptions: 1),
      Expected(name: "no list", archives: worked, status: .inconclusive, population: 0),
    ]) func `T-13 finds rights that nobody used`(_ expected: Expected) throws
  { try check(expected, .t13) }

  private static let dropped: @Sendable () -> [SmallArchive] = {
    [
      SmallArchive(
        openings: [Small.opening("s1")], statements: [Small.statement("s1", 1, "DROP TABLE visits")])
    ]
  }

  @Test(
    arguments: [
      Expected(
        name: "may change", archives: dropped,
        change: files(("entitlements_closing", ["ana@example.org,d,clinic,change"])),
        status: .pass, population: 1),
      Expected(
        name: "may only write", archives: dropped,
        change: files(("entitlements_closing", ["ana@example.org,w,clinic,write"])), status: .fail, exceptions: 1),
      Expected(
        name: "may change elsewhere", archives: dropped,
        change: files(("entitlements_closing", ["ana@example.org,d,other,admin"])), status: .fail, exceptions: 1),
      Expected(name: "no list", archives: dropped, status: .inconclusive, population: 1),
    ]) func `T-22 holds privileged statements against entitlements`(_ expected: Expected) throws
  { try check(expected, .t22) }

  private static func agent(for person: String? = "ana@example.org", owner: String? = "bo@example.org")
    -> [SmallArchive]
  {
    sessions(Small.opening("s1", user: "x-bot", kind: .agent, actsFor: person, owner: owner))
  }
  private static let anaReads = files(("entitlements_closing", ["ana@example.org,r,clinic,read"]))

  @Test(
    arguments: [
      Expected(
        name: "the person holds the access", archives: { agent() }, change: anaReads, status: .pass, population: 1),
      Expected(
        name: "the person holds none", archives: { agent(for: "cy@example.org") }, change: anaReads, status: .fail,
        exceptions: 1),
      Expected(name: "nobody is named", archives: { agent(for: nil) }, change: anaReads, status: .fail, exceptions: 1),
      Expected(
        name: "it acts for itself", archives: { agent(for: "X-bot") }, change: anaReads, status: .fail, exceptions: 1),
      Expected(
        name: "nobody answers for it", archives: { agent(owner: nil) }, change: anaReads, status: .fail, exceptions: 1),
      Expected(name: "no list", archives: { agent() }, status: .inconclusive, population: 1),
      Expected(
        name: "an agent approved",
        archives: {
          var archive = agent()[0]
          archive.openings.append(
            Small.opening("s2", user: "y-bot", kind: .agent, actsFor: ana, owner: "bo@example.org"))
          archive.statements = [Small.statement("s1", 1, "SELECT 1", .review, approval: "a1")]
          archive.approvals = [Small.approval("a1", by: "y-bot", for: "x-bot")]
          return [archive]
        }, change: anaReads, status: .fail, population: 2, exceptions: 1),
    ]) func `T-43 wants a person behind each agent who holds the access`(_ expected: Expected) throws
  { try check(expected, .t43) }

  private static func moved(_ at: String, holding role: String) -> Change {
    files(
      ("movers", ["ana@example.org,\(at),old,new"]), ("entitlements_closing", ["ana@example.org,\(role),clinic,read"]))
  }

  @Test(
    arguments: [
      Expected(
        name: "still holds it", archives: worked, change: moved("2026-05-01T00:00:00Z", holding: "old"), status: .fail,
        population: 1, exceptions: 1),
      Expected(
        name: "lost it", archives: worked, change: moved("2026-05-01T00:00:00Z", holding: "new"), status: .pass),
      Expected(
        name: "there is time left", archives: worked, change: moved("2026-06-20T00:00:00Z", holding: "old"),
        status: .pass),
      Expected(
        name: "a day and no time", archives: worked, change: moved("2026-05-01", holding: "old"), status: .inconclusive),
      Expected(
        name: "no list", archives: worked, change: files(("movers", ["ana@example.org,2026-05-01T00:00:00Z,old,new"])),
        status: .inconclusive),
    ]) func `T-45 finds access of a role that was left`(_ expected: Expected) throws
  { try check(expected, .t45) }
}
