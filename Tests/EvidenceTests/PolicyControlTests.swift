import AuditTrail
import Evidence
import Testing

/// T-25: policies and thresholds change only as approved.
@Suite struct PolicyControlTests {
  private static let digest = String(repeating: "ab", count: 32)

  private static func change(
    by approver: String? = "bo@example.org", actor: String? = "cy@example.org", at: String = "00:30:00",
    version: String = "1", sha256: String? = digest
  ) -> PolicyChange {
    PolicyChange(
      time: Small.time(at), actor: actor, approvedBy: approver, policy: "guardrails", fromVersion: nil,
      toVersion: version, sha256: sha256)
  }

  private static func used(_ changes: [PolicyChange]) -> @Sendable () -> [SmallArchive] {
    { [SmallArchive(openings: [Small.opening("s1")], statements: [Small.statement("s1", 1)], changes: changes)] }
  }

  private static func file(
    _ sha256: String? = digest, by approver: String? = nil
  ) -> @Sendable (inout EvidencePlan) -> Void {
    {
      $0.declaredPolicies = [
        DeclaredPolicy(
          policy: "guardrails", version: "1", effective: Small.period.start, sha256: sha256, approvedBy: approver)
      ]
    }
  }

  @Test(
    arguments: [
      Expected(
        name: "approved, with its file", archives: used([change()]), change: file(), status: .pass, population: 1),
      Expected(name: "approved, its file not given", archives: used([change()]), status: .pass),
      Expected(
        name: "another file", archives: used([change()]), change: file("cd"), status: .fail, population: 1,
        exceptions: 1),
      Expected(name: "no approver", archives: used([change(by: nil)]), change: file(), status: .fail, exceptions: 1),
      Expected(
        name: "a blank approver", archives: used([change(by: "-")]), change: file(), status: .fail, exceptions: 1),
      Expected(
        name: "an own approval", archives: used([change(by: "Cy@example.org")]), change: file(), status: .fail,
        exceptions: 1),
      Expected(
        name: "no digest recorded", archives: used([change(sha256: nil)]), change: file(), status: .inconclusive),
      Expected(
        name: "no change, and a file without approver", archives: used([]), change: file(), status: .fail, exceptions: 1
      ),
      Expected(
        name: "no change, and a file with approver", archives: used([]), change: file(by: "bo@example.org"),
        status: .inconclusive),
      Expected(name: "neither change nor file", archives: used([]), status: .inconclusive, population: 1),
      Expected(
        name: "put in force again without approver", archives: used([change(), change(by: nil, at: "08:00:00")]),
        change: file(), status: .fail, population: 2, exceptions: 1),
      Expected(
        name: "superseded before the period",
        archives: used([change(by: nil, at: "2026-06-01T00:00:00Z", version: "0"), change(at: "2026-06-02T00:00:00Z")]),
        change: file(), status: .pass, population: 1),
      Expected(
        name: "after the period",
        archives: used([change(), change(by: nil, at: "2026-07-02T00:00:00Z", version: "2")]),
        change: file(), status: .pass, population: 1),
    ]) func `T-25 finds an approver and the approved file for each version`(_ expected: Expected) throws
  { try check(expected, .t25) }

  @Test func `statements under versions not approved or not known are counted`() throws {
    var archive = Self.used([Self.change(by: nil)])()[0]
    archive.statements.append(
      contentsOf: (2...Int64(4)).map { number in
        var statement = Small.statement("s1", number, at: "09:00:0\(number)")
        statement.decision.policyVersion = "9"
        return statement
      })
    let model = try Small.model([archive])
    let shares = try #require(model[.t25]).metrics.map { [$0.share.numerator, $0.share.denominator] }
    #expect(shares == [[1, 4], [3, 4]])
    var facts = model.facts
    let statements = try #require(drawnColumns(.t25)?.firstIndex { $0.name == "statements" })
    try facts.drawn[.t25]?.rows.change(row: 0, column: statements, to: .integer(2))
    #expect(try FactsAgree(facts).contradictions.contains { $0.fact.hasPrefix("populations/T-25.csv") })
  }

  @Test func `thresholds of a file that is not the approved one have no approver`() throws {
    for (sha256, others) in [(Self.digest, []), ("cd", ["guardrails 1"])] {
      let model = try Small.model(Self.used([Self.change()])()) {
        Self.file(sha256, by: "eve@example.org")(&$0)
        $0.thresholds = Thresholds(
          source: "guardrails 1", lines: ["destroys: 1 row"], approvedBy: "eve@example.org", approvedAt: nil)
      }
      #expect(model.thresholds?.otherFiles == others)
      #expect(model.thresholds?.approvedBy == (others.isEmpty ? "eve@example.org" : nil))
    }
  }
}
