import AuditTrail
import Evidence
import Testing

@Suite struct AccessTests {
  private static func session(_ opening: SessionOpening) -> [SmallArchive] { [SmallArchive(openings: [opening])] }

  @Test(
    arguments: [
      Expected(name: "a person", archives: { session(Small.opening("s1")) }, status: .pass, population: 1),
      Expected(
        name: "only the login", archives: { session(Small.opening("s1", user: nil)) }, status: .fail, exceptions: 1),
      Expected(
        name: "a name for a role", archives: { session(Small.opening("s1", user: "Admin@example.org")) }, status: .fail,
        exceptions: 1),
      Expected(
        name: "registered as shared", archives: { session(Small.opening("s1", user: "admin@example.org")) },
        change: {
          $0.sideFiles.give("shared_accounts", "admin@example.org,bo@example.org,terminal,cy@example.org,2026-01-02")
        }, status: .passWithAccepted, exceptions: 1),
      Expected(
        name: "a machine nobody answers for",
        archives: { session(Small.opening("s1", user: "x-svc", kind: .service, basis: .assumed)) },
        status: .inconclusive),
      Expected(
        name: "a machine the proxy knows", archives: { session(Small.opening("s1", user: "x-svc", kind: .service)) },
        status: .pass),
      Expected(name: "no sessions", archives: { [] }, status: .inconclusive, population: 0),
    ]) func `T-07 finds a person or a registered machine`(_ expected: Expected) throws
  { try check(expected, .t07) }

  private static func use(
    _ approval: Approval?, link: String? = nil, at: String = "09:00:01", action: Action = .allow, ran: Bool = true
  ) -> [SmallArchive] {
    [
      SmallArchive(
        openings: [Small.opening("s1")],
        statements: [Small.statement("s1", 1, at: at, action, approval: link ?? approval?.id, ran: ran)],
        approvals: approval.map { [$0] } ?? [])
    ]
  }

  private static let needsApproval: @Sendable (inout EvidencePlan) -> Void = {
    $0.connections = [ScopedConnection(name: "clinic", environment: "production", approvalRequired: true)]
  }

  @Test(
    arguments: [
      Expected(
        name: "approved first", archives: { use(Small.approval("a1")) }, change: needsApproval, status: .pass,
        population: 1),
      Expected(name: "no approval", archives: { use(nil) }, change: needsApproval, status: .fail, exceptions: 1),
      Expected(
        name: "let through without approval, result not recorded",
        archives: {
          [
            SmallArchive(
              openings: [Small.opening("s1")],
              statements: [Small.statement("s1", 1, ran: false, completeness: .resultsAbsent)])
          ]
        }, change: needsApproval, status: .fail, population: 1, exceptions: 1),
      Expected(
        name: "joined by person, connection and time",
        archives: {
          var archive = use(Small.approval("a1"))[0]
          archive.statements = [Small.statement("s1", 1)]
          return [archive]
        }, change: needsApproval, status: .pass),
      Expected(
        name: "granted afterwards", archives: { use(Small.approval("a1", granted: "09:30:00")) }, change: needsApproval,
        status: .fail, exceptions: 1),
      Expected(
        name: "expired", archives: { use(Small.approval("a1"), at: "11:00:00") }, change: needsApproval, status: .fail,
        exceptions: 1),
      Expected(
        name: "revoked before", archives: { use(Small.approval("a1", status: .revoked, revoked: "08:58:00")) },
        change: needsApproval, status: .fail, exceptions: 1),
      Expected(
        name: "revoked later", archives: { use(Small.approval("a1", status: .revoked, revoked: "09:58:00")) },
        change: needsApproval, status: .pass),
      Expected(
        name: "revoked, nobody knows when", archives: { use(Small.approval("a1", status: .revoked)) },
        change: needsApproval, status: .fail, exceptions: 1),
      Expected(
        name: "rejected", archives: { use(Small.approval("a1", status: .rejected)) }, change: needsApproval,
        status: .fail, exceptions: 1),
      Expected(
        name: "for another person", archives: { use(Small.approval("a1", for: "eve@example.org")) },
        change: needsApproval, status: .fail, exceptions: 1),
      Expected(
        name: "for another connection", archives: { use(Small.approval("a1", connection: "other")) },
        change: needsApproval, status: .fail, exceptions: 1),
      Expected(
        name: "a review that ran before it was granted",
        archives: { use(Small.approval("a1", granted: "09:30:00"), action: .review) }, status: .fail, exceptions: 1),
      Expected(
        name: "blocked: nothing was used", archives: { use(nil, action: .block, ran: false) }, change: needsApproval,
        status: .inconclusive, population: 0),
      Expected(name: "no connection needs it", archives: { use(nil) }, status: .inconclusive, population: 0),
    ]) func `T-14 wants an approval in force before each use`(_ expected: Expected) throws
  {
    try check(expected, .t14)
  }

  @Test func `a harmful statement without approval is an exception of T-14 and of T-19`() throws {
    let model = try Small.model(
      Self.use(Small.approval("a1", granted: "09:30:00"), action: .review),
      verdicts: ["s1/1": (Verdict(.confirmedReview, severity: .s4), Small.effect(destroyed: 5000))], basis: .copy)
    #expect(model[.t14]?.exceptions.first?.severity == .s4)
    #expect(model[.t19]?.exceptions.map(\.item.key) == ["s1/1"])
    #expect(model.gravest.first?.severity == .s4)
  }

  @Test func `recorded and inferred approvals are counted apart`() throws {
    var archive = Self.use(Small.approval("a1"))[0]
    archive.openings.append(Small.opening("s2"))
    archive.statements.append(Small.statement("s2", 1))
    let model = try Small.model([archive], Self.needsApproval)
    let metrics = try #require(model[.t14]?.metrics)
    #expect(metrics.map(\.share) == [Share(1, of: 2), Share(1, of: 2)])
  }

  private static func approvals(_ approvals: Approval...) -> [SmallArchive] { [SmallArchive(approvals: approvals)] }

  @Test(
    arguments: [
      Expected(name: "another person", archives: { approvals(Small.approval("a1")) }, status: .pass, population: 1),
      Expected(
        name: "the requester", archives: { approvals(Small.approval("a1", by: "ana@example.org")) }, status: .fail,
        exceptions: 1),
      Expected(
        name: "the requester under an alias", archives: { approvals(Small.approval("a1", by: "Ana+dba@example.org")) },
        status: .fail, exceptions: 1),
      Expected(
        name: "nobody is named", archives: { approvals(Small.approval("a1", by: nil)) }, status: .inconclusive),
      Expected(
        name: "granted by a rule: left out", archives: { approvals(Small.approval("a1", by: nil, automatic: true)) },
        status: .inconclusive, population: 0),
      Expected(
        name: "two are needed", archives: { approvals(Small.approval("a1")) }, change: { $0.requiredApprovers = 2 },
        status: .fail, exceptions: 1),
    ]) func `T-15 tells requester and approver apart`(_ expected: Expected) throws
  { try check(expected, .t15) }

  @Test func `approvals that a rule granted are excluded with their count`() throws {
    let model = try Small.model(Self.approvals(Small.approval("a1"), Small.approval("a2", by: nil, automatic: true)))
    #expect(model[.t15]?.population.exclusions == [Exclusion(reason: "granted by a rule, without a person", count: 1)])
  }

  @Test func `pairs that approve each other are a metric, not an exception`() throws {
    let model = try Small.model(
      Self.approvals(
        Small.approval("a1"), Small.approval("a2", by: "ana@example.org", for: "bo@example.org"),
        Small.approval("a3", by: "cy@example.org")))
    #expect(model[.t15]?.status == .pass)
    #expect(model[.t15]?.metrics.first?.share == Share(2, of: 3))
  }

  @Test(
    arguments: [
      Expected(name: "ended in time", archives: { use(Small.approval("a1")) }, status: .pass, population: 1),
      Expected(
        name: "used after the expiry", archives: { use(Small.approval("a1"), at: "11:00:00") }, status: .fail,
        exceptions: 1),
      Expected(
        name: "blocked after the expiry",
        archives: { use(Small.approval("a1"), at: "11:00:00", action: .block, ran: false) }, status: .pass),
      Expected(name: "never used", archives: { approvals(Small.approval("a1")) }, status: .pass),
      Expected(
        name: "no expiry: left out", archives: { use(Small.approval("a1", expires: nil)) }, status: .inconclusive,
        population: 0),
    ]) func `T-16 ends with the expiry`(_ expected: Expected) throws
  { try check(expected, .t16) }

  private static func change(
    _ sql: String = "DROP TABLE visits", approval: Approval? = nil, action: Action = .allow, ticket: String? = nil,
    failed: Bool = false
  ) -> [SmallArchive] {
    [
      SmallArchive(
        openings: [Small.opening("s1", ticket: ticket)],
        statements: [Small.statement("s1", 1, sql, action, approval: approval?.id, failed: failed)],
        approvals: approval.map { [$0] } ?? [])
    ]
  }

  private static func register(_ until: String, by approver: String = "bo@example.org")
    -> @Sendable (inout EvidencePlan)
    -> Void
  {
    {
      let times = ["07:00:00", "08:00:00", until].map { "\(Small.time($0))" }.joined(separator: ",")
      $0.sideFiles.give("tickets", "CHG-1,index,ana@example.org,\(approver),\(times)")
    }
  }

  @Test(
    arguments: [
      Expected(name: "nothing stands behind it", archives: { change() }, status: .fail, population: 1, exceptions: 1),
      Expected(
        name: "an approved ticket in its window", archives: { change(ticket: "CHG-1") }, change: register("10:00:00"),
        status: .pass),
      Expected(
        name: "outside the window", archives: { change(ticket: "CHG-1") }, change: register("08:30:00"), status: .fail,
        exceptions: 1),
      Expected(
        name: "a ticket its requester approved", archives: { change(ticket: "CHG-1") },
        change: register("10:00:00", by: "ana@example.org"), status: .fail, exceptions: 1),
      Expected(
        name: "an unknown ticket", archives: { change(ticket: "CHG-9") }, change: register("10:00:00"), status: .fail,
        exceptions: 1),
      Expected(
        name: "a ticket and no register", archives: { change(ticket: "CHG-1") }, status: .inconclusive),
      Expected(
        name: "the statement itself was reviewed",
        archives: { change(approval: Small.approval("a1"), action: .review) }, change: register("10:00:00"),
        status: .pass),
      Expected(
        name: "access was approved, the change was not", archives: { change(approval: Small.approval("a1")) },
        change: register("10:00:00"), status: .fail, exceptions: 1),
      Expected(
        name: "no register: an approval in force with a reason", archives: { change(approval: Small.approval("a1")) },
        status: .pass),
      Expected(
        name: "no register: an approval without a reason",
        archives: { change(approval: Small.approval("a1", reason: nil)) }, status: .fail, exceptions: 1),
      Expected(
        name: "ended in an error", archives: { change(failed: true) }, status: .inconclusive, population: 0),
      Expected(name: "no change", archives: { change("SELECT 1") }, status: .inconclusive, population: 0),
      Expected(
        name: "no change, and the period is complete",
        archives: { [IntegrityAndCoverageTests.traffic] },
        change: {
          $0.sideFiles.give("source_counts", "gw-1,2026-07-01,1,1")
        }, status: .pass, population: 0),
    ]) func `T-23 goes from the system to the ticket`(_ expected: Expected) throws
  { try check(expected, .t23) }

  @Test(arguments: [(nil, 0), ("CHG-1", 0), ("CHG-9", 1)])
  func `a reviewed change that names a ticket nobody registered is counted`(ticket: String?, unregistered: Int64) throws
  {
    let model = try Small.model(
      Self.change(approval: Small.approval("a1"), action: .review, ticket: ticket), Self.register("10:00:00"))
    let result = try #require(model[.t23])
    #expect(result.status == .pass)
    let metric = try #require(result.metrics.first { $0.name == "unregistered_tickets" })
    #expect(metric.share == Share(unregistered, of: 1))
  }
}
