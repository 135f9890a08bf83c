import AuditTrail
import Evidence
import Testing

/// Tests of reviews and of what watches the watchers: T-06, T-12, T-17, T-26, T-27, T-36 and T-44.
@Suite struct ReviewTests {
  private static let traffic: @Sendable () -> [SmallArchive] = { [IntegrityAndCoverageTests.traffic] }

  private static func files(_ files: (String, [String])...) -> @Sendable (inout EvidencePlan) -> Void {
    { plan in
      for (name, rows) in files { plan.sideFiles.give(name, rows) }
    }
  }

  private static let digest = String(repeating: "a", count: 64)

  private static func campaigns(_ rows: String...) -> @Sendable (inout EvidencePlan) -> Void {
    { $0.sideFiles.give("review_campaigns", rows) }
  }

  @Test(
    arguments: [
      Expected(
        name: "done in time", archives: traffic, change: campaigns("all,2026-06-30,2026-06-29,cy,\(digest),9,9"),
        status: .pass, population: 1),
      Expected(
        name: "late", archives: traffic, change: campaigns("all,2026-06-20,2026-06-29,cy,\(digest),9,9"), status: .fail,
        exceptions: 1),
      Expected(
        name: "two entitlements without a decision, no reviewer, no list", archives: traffic,
        change: campaigns("all,2026-06-30,2026-06-29,,,9,7"), status: .fail, exceptions: 3),
      Expected(
        name: "not done, so nothing was reviewed for too long", archives: traffic,
        change: campaigns("all,2026-06-30,,,,9,0"), status: .fail, exceptions: 3),
      Expected(
        name: "the last review of privileged ones is too old", archives: traffic,
        change: campaigns("all,2026-03-01,2026-03-01,cy,\(digest),9,9"), status: .fail, exceptions: 1),
      Expected(name: "no file", archives: traffic, status: .inconclusive, population: 0),
    ]) func `T-12 wants reviews when they are due`(_ expected: Expected) throws
  { try check(expected, .t12) }

  private static let forced: @Sendable () -> [SmallArchive] = {
    var approval = Small.approval("a1")
    approval.decisions[0].forced = true
    return [
      SmallArchive(
        openings: [Small.opening("s1")],
        closings: [SessionClosing(session: "s1", time: Small.time("10:00:00"), statements: 1)],
        statements: [Small.statement("s1", 1, "DELETE FROM t", .review, approval: "a1")], approvals: [approval])
    ]
  }

  @Test(
    arguments: [
      Expected(
        name: "reviewed by another person", archives: forced,
        change: files(("emergency", ["s1,INC-1,cy@example.org,2026-07-02T09:00:00Z"])), status: .pass, population: 1),
      Expected(
        name: "not in the file", archives: forced, change: files(("emergency", [])), status: .fail, exceptions: 1),
      Expected(
        name: "reviewed by who used it", archives: forced,
        change: files(("emergency", ["s1,INC-1,Ana@example.org,2026-07-02T09:00:00Z"])), status: .fail, exceptions: 1),
      Expected(
        name: "reviewed before it ended", archives: forced,
        change: files(("emergency", ["s1,INC-1,cy@example.org,2026-07-01T09:30:00Z"])), status: .fail, exceptions: 1),
      Expected(
        name: "reviewed a second after the limit", archives: forced,
        change: files(("emergency", ["s1,INC-1,cy@example.org,2026-07-04T10:00:01Z"])), status: .fail, exceptions: 1),
      Expected(
        name: "nobody looked", archives: forced, change: files(("emergency", ["s1,INC-1,,"])), status: .fail,
        exceptions: 1),
      Expected(name: "no file", archives: forced, status: .inconclusive, population: 1),
    ]) func `T-17 wants emergency access reviewed`(_ expected: Expected) throws
  { try check(expected, .t17) }

  private static let privileged = ("accounts", ["eve,true,,,true,eve"])

  @Test(
    arguments: [
      Expected(
        name: "an auditor reads", archives: traffic,
        change: files(("audit_access", ["vera,read,gw-1,2026-07-01T09:00:00Z"]), privileged), status: .pass,
        population: 1),
      Expected(
        name: "a deletion", archives: traffic,
        change: files(("audit_access", ["vera,delete,gw-1,2026-07-01T09:00:00Z"]), privileged), status: .fail,
        exceptions: 1),
      Expected(
        name: "who is watched reads", archives: traffic,
        change: files(("audit_access", ["Eve,export,gw-1,2026-07-01T09:00:00Z"]), privileged), status: .fail,
        exceptions: 1),
      Expected(
        name: "nobody says who administers the databases", archives: traffic,
        change: files(("audit_access", ["vera,read,gw-1,2026-07-01T09:00:00Z"])), status: .inconclusive),
      Expected(name: "no file", archives: traffic, change: files(privileged), status: .inconclusive, population: 0),
    ]) func `T-26 looks at who touched the audit records`(_ expected: Expected) throws
  { try check(expected, .t26) }

  /// The two weeks around the traffic, and what the log holds of them.
  private static func weeks(_ rows: String...) -> @Sendable (inout EvidencePlan) -> Void {
    { plan in
      plan.period = Period(
        label: "weeks", start: Small.time("2026-06-29T00:00:00Z"), end: Small.time("2026-07-13T00:00:00Z"))
      plan.sideFiles.give("review_log", rows)
    }
  }
  private static let first = "2026-W27,vera,2026-07-05T08:00:00Z,2026-07-05T08:30:00Z,0"

  @Test(
    arguments: [
      Expected(
        name: "both weeks", archives: traffic,
        change: weeks(first, "2026-W28,vera,2026-07-12T08:00:00Z,2026-07-12T08:30:00Z,2"), status: .pass, population: 2),
      Expected(
        name: "a week is missing", archives: traffic, change: weeks(first), status: .fail, population: 2, exceptions: 1),
      Expected(
        name: "before the week began", archives: traffic,
        change: weeks(first, "2026-W28,vera,2026-07-05T09:00:00Z,2026-07-05T09:30:00Z,0"), status: .fail, exceptions: 1),
      Expected(
        name: "it took no time", archives: traffic,
        change: weeks(first, "2026-W28,vera,2026-07-12T08:00:00Z,2026-07-12T08:00:00Z,0"), status: .fail, exceptions: 1),
      Expected(
        name: "ten days between two reviews", archives: traffic,
        change: weeks(
          "2026-W27,vera,2026-06-29T08:00:00Z,2026-06-29T08:30:00Z,0",
          "2026-W28,vera,2026-07-09T08:00:00Z,2026-07-09T08:30:00Z,0"), status: .fail, exceptions: 1),
      Expected(name: "no file", archives: traffic, status: .inconclusive, population: 0),
    ]) func `T-27 wants a review of each week`(_ expected: Expected) throws
  { try check(expected, .t27) }

  /// The months of July 2025 to June 2026 come before the period's day.
  private static func kept(_ rows: String...) -> @Sendable (inout EvidencePlan) -> Void {
    { $0.sideFiles.give("inventory", rows) }
  }

  @Test(
    arguments: [
      Expected(
        name: "all of it, the last days online", archives: traffic,
        change: kept("a,2025-01-01,2026-03-31,archive,false,", "b,2026-04-01,2026-07-01,online,false,"), status: .pass,
        population: 12),
      Expected(
        name: "a day of April is nowhere", archives: traffic,
        change: kept("a,2025-01-01,2026-03-31,archive,false,", "b,2026-04-02,2026-07-01,online,false,"), status: .fail,
        population: 12, exceptions: 1),
      Expected(
        name: "June is not online", archives: traffic, change: kept("a,2025-01-01,2026-07-01,archive,true,"),
        status: .fail,
        exceptions: 3),
      Expected(
        name: "six months are asked for", archives: traffic,
        change: {
          kept("b,2026-01-01,2026-07-01,online,false,")(&$0)
          $0.limits = ["retention_months": 6]
        }, status: .pass, population: 6),
      Expected(name: "no inventory", archives: traffic, status: .inconclusive, population: 12),
    ]) func `T-06 wants records kept for as long as is asked`(_ expected: Expected) throws
  { try check(expected, .t06) }

  private static func logons(_ rows: String...) -> @Sendable (inout EvidencePlan) -> Void {
    { $0.sideFiles.give("logons", rows.map { "ana,2026-07-01T\($0)" }) }
  }

  @Test(
    arguments: [
      Expected(
        name: "locked by the third failure", archives: traffic,
        change: logons("09:00:00Z,failure,false", "09:00:10Z,failure,false", "09:00:20Z,failure,true"), status: .pass,
        population: 3),
      Expected(
        name: "three failures and no lockout", archives: traffic,
        change: logons("09:00:00Z,failure,false", "09:00:10Z,failure,false", "09:00:20Z,failure,false"), status: .fail,
        exceptions: 1),
      Expected(
        name: "a success right after them", archives: traffic,
        change: logons(
          "09:00:20Z,failure,false", "09:00:00Z,failure,false", "09:00:10Z,failure,false", "09:00:30Z,success,false"),
        status: .fail, exceptions: 2),
      Expected(
        name: "sixteen minutes between them", archives: traffic,
        change: logons("09:00:00Z,failure,false", "09:00:10Z,failure,false", "09:16:20Z,failure,false"), status: .pass),
      Expected(
        name: "a success between them", archives: traffic,
        change: logons(
          "09:00:00Z,failure,false", "09:00:10Z,failure,false", "09:00:15Z,success,false", "09:00:20Z,failure,false"),
        status: .pass),
      Expected(name: "no file", archives: traffic, status: .inconclusive, population: 0),
    ]) func `T-36 wants a lockout after failures`(_ expected: Expected) throws
  { try check(expected, .t36) }

  @Test func `T-36 counts the attempts that failed`() throws {
    let model = try Small.model(
      Self.traffic(), Self.logons("09:00:00Z,failure,false", "09:00:10Z,failure,true", "09:00:20Z,success,false"))
    #expect(model[.t36]?.metrics.first { $0.name == "failures" }?.share == Share(2, of: 3))
  }

  private static func approved(_ count: Int = 1, every seconds: Int = 1, asked: Int = 300, forced: Bool = false)
    -> [SmallArchive]
  {
    let approvals = (0..<count).map { number in
      let granted = Small.time("08:55:00").adding(nanoseconds: Int64(number * seconds) * 1_000_000_000)
      var approval = Small.approval("a\(number)", granted: "\(granted)")
      approval.requestedAt = granted.adding(nanoseconds: Int64(-asked) * 1_000_000_000)
      approval.decisions[0].forced = forced
      return approval
    }
    return [SmallArchive(openings: [Small.opening("s1")], statements: [Small.statement("s1", 1)], approvals: approvals)]
  }

  @Test(
    arguments: [
      Expected(name: "five minutes to look", archives: { approved() }, status: .pass, population: 1),
      Expected(name: "nine seconds", archives: { approved(asked: 9) }, status: .fail, exceptions: 1),
      Expected(name: "forced", archives: { approved(forced: true) }, status: .fail, exceptions: 1),
      Expected(name: "ten within a minute", archives: { approved(10) }, status: .pass, population: 10),
      Expected(
        name: "eleven within a minute", archives: { approved(11) }, status: .fail, population: 11, exceptions: 11),
      Expected(name: "eleven in eleven minutes", archives: { approved(11, every: 60) }, status: .pass),
      Expected(name: "none", archives: traffic, status: .inconclusive, population: 0),
    ]) func `T-44 asks what approvals are worth`(_ expected: Expected) throws
  { try check(expected, .t44) }
}
