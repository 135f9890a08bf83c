import AuditTrail
import Evidence
import Testing

/// Tests of what passed: T-05, T-24, T-31, T-33 and T-35.
@Suite struct TrafficTests {
  private static func archive(
    _ statements: [StatementRecord], closed: String? = "10:00:00", opened: String = "09:00:00",
    kind: IdentityKind = .human, environment: String = "production"
  ) -> [SmallArchive] {
    [
      SmallArchive(
        openings: [Small.opening("s1", at: opened, kind: kind, environment: environment)],
        closings: closed.map { [SessionClosing(session: "s1", time: Small.time($0), statements: nil)] } ?? [],
        statements: statements)
    ]
  }

  @Test(
    arguments: [
      Expected(
        name: "in order",
        archives: { archive([Small.statement("s1", 1), Small.statement("s1", 2, at: "09:00:02.5")]) },
        status: .pass, population: 1),
      Expected(
        name: "back in time",
        archives: { archive([Small.statement("s1", 1, at: "09:00:09"), Small.statement("s1", 2)]) },
        status: .fail, exceptions: 1),
      Expected(
        name: "after the session's end", archives: { archive([Small.statement("s1", 1, at: "10:00:01")]) },
        status: .fail,
        exceptions: 1),
      Expected(
        name: "cut to minutes",
        archives: { archive((1...5).map { Small.statement("s1", $0, at: "09:0\($0):00") }) }, status: .fail,
        exceptions: 1),
      Expected(
        name: "the source calls them approximate",
        archives: { archive([Small.statement("s1", 1, completeness: .approximateTime)]) }, status: .inconclusive),
    ]) func `T-05 wants times in order and exact`(_ expected: Expected) throws
  { try check(expected, .t05) }

  private static func change(triedAt time: String?, failed: Bool = false) -> [SmallArchive] {
    var archives = archive([Small.statement("s1", 1, "CREATE INDEX i ON t (a)", at: "09:30:00")])
    if let time {
      archives[0].openings.append(Small.opening("s0", at: "08:00:00", connection: "staging", environment: "staging"))
      archives[0].statements.append(Small.statement("s0", 1, "CREATE INDEX  i ON t(a)", at: time, failed: failed))
    }
    return archives
  }

  @Test(
    arguments: [
      Expected(name: "tried on staging", archives: { change(triedAt: "08:10:00") }, status: .pass, population: 1),
      Expected(name: "tried nowhere", archives: { change(triedAt: nil) }, status: .fail, exceptions: 1),
      Expected(name: "tried afterwards", archives: { change(triedAt: "09:40:00") }, status: .fail, exceptions: 1),
      Expected(
        name: "it failed there", archives: { change(triedAt: "08:10:00", failed: true) }, status: .fail, exceptions: 1),
    ]) func `T-24 looks for a change outside of production first`(_ expected: Expected) throws
  { try check(expected, .t24) }

  private static func read(_ rows: Int64, approval: Approval? = nil, kind: IdentityKind = .human) -> [SmallArchive] {
    var archives = archive(
      [
        Small.statement(
          "s1", 1, "SELECT * FROM t", approval == nil ? .allow : .review, approval: approval?.id, rows: rows)
      ],
      kind: kind)
    archives[0].approvals = approval.map { [$0] } ?? []
    return archives
  }

  @Test(
    arguments: [
      Expected(name: "the limit", archives: { read(10_000) }, status: .inconclusive, population: 0),
      Expected(name: "a row more", archives: { read(10_001) }, status: .fail, population: 1, exceptions: 1),
      Expected(
        name: "the configuration allows more", archives: { read(10_001) },
        change: { $0.limits = ["bulk_read_rows": 20_000] }, status: .inconclusive, population: 0),
    ]) func `T-31 finds reads in bulk that nobody approved`(_ expected: Expected) throws
  { try check(expected, .t31) }

  private static func legs(_ rows: String...) -> @Sendable (inout EvidencePlan) -> Void {
    { $0.sideFiles.give("tls", rows) }
  }

  @Test(
    arguments: [
      Expected(
        name: "both legs", archives: { archive([Small.statement("s1", 1)]) },
        change: legs("s1,client,TLSv1.3,x", "s1,database,TLS 1.2,y"), status: .pass, population: 2),
      Expected(
        name: "plain text on one", archives: { archive([Small.statement("s1", 1)]) },
        change: legs("s1,client,TLSv1.3,x", "s1,database,none,"), status: .fail, exceptions: 1),
      Expected(
        name: "an old protocol beside a new one", archives: { archive([Small.statement("s1", 1)]) },
        change: legs("s1,client,TLSv1.3,x", "s1,client,TLSv1.1,x", "s1,database,TLSv1.2,y"), status: .fail,
        exceptions: 1),
      Expected(
        name: "one leg is not in the file", archives: { archive([Small.statement("s1", 1)]) },
        change: legs("s1,client,TLSv1.3,x"), status: .inconclusive, population: 2),
      Expected(
        name: "no file", archives: { archive([Small.statement("s1", 1)]) }, status: .inconclusive, population: 2),
    ]) func `T-33 wants each leg encrypted`(_ expected: Expected) throws
  { try check(expected, .t33) }

  private static func open(_ opened: String, _ closed: String?, kind: IdentityKind = .human) -> [SmallArchive] {
    archive([Small.statement("s1", 1, at: "09:00:01")], closed: closed, opened: opened, kind: kind)
  }

  @Test(
    arguments: [
      Expected(name: "an hour", archives: { open("09:00:00", "10:00:00") }, status: .pass, population: 1),
      Expected(
        name: "a day and a second", archives: { open("2026-06-30T09:00:00Z", "09:00:01") }, status: .fail, exceptions: 1
      ),
      Expected(
        name: "never closed, and the source records no ends", archives: { open("2026-06-29T09:00:00Z", nil) },
        status: .inconclusive, population: 1),
      Expected(
        name: "a service", archives: { open("2026-06-29T09:00:00Z", nil, kind: .service) }, status: .inconclusive,
        population: 0),
    ]) func `T-35 wants sessions to end`(_ expected: Expected) throws
  { try check(expected, .t35) }
}
