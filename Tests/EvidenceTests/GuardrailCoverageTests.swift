import AuditTrail
import Evidence
import Testing

/// T-18: each connection in scope has a guardrail on each day.
@Suite struct GuardrailCoverageTests {
  private static let traffic: @Sendable () -> [SmallArchive] = {
    [SmallArchive(openings: [Small.opening("s1")], statements: [Small.statement("s1", 1)])]
  }

  private static func binding(
    _ from: String = "00:00:00", until: String? = nil, connection: String = "clinic", policy: String = "guard",
    failsOpen: Bool = false
  ) -> String {
    "\(connection),\(policy),\(Small.time(from)),\(until.map { "\(Small.time($0))" } ?? ""),\(failsOpen)"
  }

  /// `nil` is not a register; the policy `guard` is in force all the time.
  private static func register(
    _ bindings: [String]?, scope: [String] = ["clinic"], effective: String = "2026-01-01T00:00:00Z"
  ) -> @Sendable (inout EvidencePlan) -> Void {
    {
      $0.connections = scope.map { ScopedConnection(name: $0, environment: "production", approvalRequired: false) }
      if let bindings { $0.sideFiles.give("bindings", bindings) }
      $0.declaredPolicies = [DeclaredPolicy(policy: "guard", version: "1", effective: Small.time(effective))]
    }
  }

  @Test(
    arguments: [
      Expected(
        name: "bound over the whole day", archives: traffic, change: register([binding()]), status: .pass,
        population: 1),
      Expected(name: "no register", archives: traffic, change: register(nil), status: .inconclusive, population: 1),
      Expected(
        name: "no connection in scope", archives: traffic, change: register([], scope: []), status: .inconclusive),
      Expected(name: "an empty register", archives: traffic, change: register([]), status: .fail, exceptions: 1),
      Expected(
        name: "another connection's binding", archives: traffic, change: register([binding(connection: "other")]),
        status: .fail, exceptions: 1),
      Expected(
        name: "bound from noon on", archives: traffic, change: register([binding("12:00:00")]), status: .fail,
        exceptions: 1),
      Expected(
        name: "two bindings make the day whole", archives: traffic,
        change: register([binding(until: "12:00:00"), binding("12:00:00")]), status: .pass),
      Expected(
        name: "a minute between two bindings", archives: traffic,
        change: register([binding(until: "12:00:00"), binding("12:01:00")]), status: .fail, exceptions: 1),
      Expected(
        name: "it fails open", archives: traffic, change: register([binding(failsOpen: true)]), status: .fail,
        exceptions: 1),
      Expected(
        name: "a second guardrail fails closed", archives: traffic,
        change: register([binding(failsOpen: true), binding()]), status: .pass),
      Expected(
        name: "its policy is in force from the next day on", archives: traffic,
        change: register([binding()], effective: "2026-07-02T00:00:00Z"), status: .fail, exceptions: 1),
      Expected(
        name: "nothing is known of its policy", archives: traffic, change: register([binding(policy: "other")]),
        status: .inconclusive),
      Expected(
        name: "a connection that was not used counts", archives: traffic,
        change: register([binding()], scope: ["clinic", "quiet"]), status: .fail, population: 2, exceptions: 1),
    ]) func `T-18 finds a guardrail for each connection on each day`(_ expected: Expected) throws
  { try check(expected, .t18) }

  @Test func `the exception says how many statements passed, and the design is assessed`() throws {
    let model = try Small.model(Self.traffic(), Self.register([]))
    let result = try #require(model[.t18])
    #expect(
      result.exceptions.map(\.condition) == [
        "clinic on 2026-07-01 (1 day): no guardrail is attached; 1 statement recorded."
      ])
    #expect(result.design.status == .fail)
    #expect(result.exceptions.first?.severity == nil)
  }

  @Test func `a day taken out of T-18, or its statements, contradicts T-03`() throws {
    let model = try Small.model(Self.traffic(), Self.register([Self.binding()]))
    var facts = model.facts
    facts.drawn[.t18]?.rows = ItemRows()
    #expect(try FactsAgree(facts).contradictions.contains { $0.fact.hasPrefix("populations/T-18.csv") })
    facts = model.facts
    try facts.drawn[.t18]?.rows.change(row: 0, column: 2, to: .integer(0))
    #expect(try FactsAgree(facts).contradictions.contains { $0.fact.hasPrefix("populations/T-18.csv: clinic") })
  }
}
