import AuditTrail
import Evidence
import Policies
import Testing

@Suite struct EffectTests {
  private static func statements(_ count: Int64, _ sql: String = "SELECT 1", _ action: Action = .allow)
    -> [SmallArchive]
  {
    [
      SmallArchive(
        openings: [Small.opening("s1")], statements: (1...count).map { Small.statement("s1", $0, sql, action) })
    ]
  }

  private static func verdicts(
    _ names: VerdictName?..., reason: String? = nil, effect: Effect = Effect(.ran)
  ) -> [String: (Verdict, Effect)] {
    var verdicts: [String: (Verdict, Effect)] = [:]
    for (index, name) in names.enumerated() {
      guard let name else { continue }
      verdicts["s1/\(index + 1)"] = (
        Verdict(name, reason: reason, severity: name == .falseAllow ? .s3 : .s0), effect
      )
    }
    return verdicts
  }

  @Test(
    arguments: [
      Expected(
        name: "all right on a copy", archives: { statements(2) },
        verdicts: { verdicts(.confirmedAllow, .confirmedAllow) }, basis: .copy, status: .pass, population: 2),
      Expected(
        name: "a harmful one let through", archives: { statements(2) },
        verdicts: { verdicts(.confirmedAllow, .falseAllow) }, basis: .copy, status: .fail, exceptions: 1),
      Expected(
        name: "on a schema alone a false allow is noted and nothing concluded", archives: { statements(1) },
        verdicts: { verdicts(.falseAllow) }, basis: .schemaOnly, status: .inconclusive, exceptions: 1),
      Expected(
        name: "a schema never passes", archives: { statements(1) }, verdicts: { verdicts(.confirmedAllow) },
        basis: .schemaOnly, status: .inconclusive),
      Expected(name: "never replayed", archives: { statements(1) }, status: .inconclusive),
      Expected(
        name: "below the floor", archives: { statements(4) },
        verdicts: { verdicts(.confirmedAllow, .confirmedAllow, .confirmedAllow, .inconclusive, reason: "no_rows") },
        basis: .copy, status: .inconclusive),
      Expected(
        name: "a lower floor", archives: { statements(4) },
        verdicts: { verdicts(.confirmedAllow, .confirmedAllow, .confirmedAllow, .inconclusive, reason: "no_rows") },
        basis: .copy, change: { $0.coverageFloor = 75 }, status: .pass),
      Expected(
        name: "diverged is not tested", archives: { statements(1) }, verdicts: { verdicts(.diverged) }, basis: .copy,
        status: .inconclusive),
      Expected(
        name: "a leak", archives: { statements(1) },
        verdicts: { verdicts(.maskLeak, effect: Small.effect(leak: .raw)) }, basis: .synthetic, status: .fail,
        exceptions: 1),
      Expected(
        name: "observed was decided by nobody", archives: { statements(1, "SELECT 1", .observed) },
        verdicts: { verdicts(.ungraded) }, basis: .copy, status: .inconclusive, population: 0),
    ]) func `T-19 grades decisions by effects`(_ expected: Expected) throws
  { try check(expected, .t19) }

  @Test func `false allows are told apart by whether a rule was evaluated`() throws {
    var archive = Self.statements(2)[0]
    archive.statements[0].completeness = .evaluationUnknown
    let model = try Small.model(
      [archive], verdicts: Self.verdicts(.falseAllow, .falseAllow, effect: Small.effect(destroyed: 2000)), basis: .copy)
    #expect(model.grading.falseAllowEvaluated == 1)
    #expect(model.grading.falseAllowEvaluationUnknown == 1)
    let recall = try #require(model.grading.metrics.first { $0.name == "recall" })
    #expect(recall.share == Share(0, of: 1))
    #expect(model[.t19]?.exceptions.count == 2)
  }

  @Test func `a script counts once in the matrix and is one exception`() throws {
    var archive = Self.statements(3, "DELETE FROM visits WHERE true")[0]
    for index in 0..<3 {
      archive.statements[index].unit = UnitReference(id: "u1", sha256: nil, position: Int64(index + 1), count: 3)
    }
    let model = try Small.model(
      [archive],
      verdicts: Self.verdicts(
        .falseAllow, .falseAllow, .falseAllow, reason: "script", effect: Small.effect(destroyed: 200)), basis: .copy)
    #expect(model.grading.units.all[.falseAllow] == 1)
    #expect(model.grading.verdicts.first { $0.verdict == .falseAllow }?.statements == 3)
    #expect(model[.t19]?.exceptions.count == 1)
    #expect(model[.t19]?.exceptions.first?.condition.contains("destroyed 600 rows") == true)
    #expect(model[.t19]?.failed == 3)
  }

  @Test func `an accepted exception turns fail into pass with accepted, and an orphaned response is reported`() throws {
    let archives = Self.statements(1)
    let verdicts = Self.verdicts(.falseAllow)
    let id = try #require(Small.model(archives, verdicts: verdicts, basis: .copy)[.t19]?.exceptions.first?.id)
    let model = try Small.model(archives, verdicts: verdicts, basis: .copy) { plan in
      plan.sideFiles.give(
        "management_responses", "\(id),known,,,cy@example.org,2026-10-02,known", "EX-gone,fixed,,,,,")
    }
    #expect(model[.t19]?.status == .passWithAccepted)
    #expect(model.gravest.allSatisfy { $0.id != id })
    #expect(model.orphanedResponses.map(\.exception) == ["EX-gone"])
    #expect(model.limitations.contains { $0.hasPrefix("1 answer of management names an exception") })
  }

  @Test(arguments: [
    ("cy@example.org,2020-01-01", "it was accepted before it happened"),
    ("ANA@example.org,2026-10-02", "whom it is about accepted it"),
  ])
  func `an acceptance that cannot be one leaves the exception open, and is told`(_ by: String, _ why: String) throws {
    let archives = Self.statements(1)
    let verdicts = Self.verdicts(.falseAllow)
    let first = try #require(Small.model(archives, verdicts: verdicts, basis: .copy)[.t19]?.exceptions.first)
    let user = try #require(first.item.user)
    let accepted = by.replacing("ANA@example.org", with: user.uppercased())
    let model = try Small.model(archives, verdicts: verdicts, basis: .copy) { plan in
      plan.sideFiles.give("management_responses", "\(first.id),known,,,\(accepted),known")
    }
    #expect(model[.t19]?.status == .fail && model[.t19]?.exceptions.first?.status == .open)
    #expect(model.limitations.contains { $0.contains("\(first.id): \(why).") }, "\(model.limitations)")
  }

  private static let sensitive: @Sendable (inout EvidencePlan) -> Void = {
    $0.sensitiveColumns = ["customers.email", "customers.ssn"]
  }
  private static let read = "SELECT email FROM customers"

  @Test(
    arguments: [
      Expected(
        name: "masked, and nothing leaked", archives: { statements(1, read, .mask) },
        verdicts: { verdicts(.confirmedMask, effect: Small.effect(reads: ["customers.email"])) }, basis: .synthetic,
        change: sensitive, status: .pass, population: 1),
      Expected(
        name: "raw", archives: { statements(1, read) },
        verdicts: { verdicts(.maskLeak, effect: Small.effect(leak: .raw, columns: ["customers.email"])) },
        basis: .synthetic, change: sensitive, status: .fail, exceptions: 1),
      Expected(
        name: "derived", archives: { statements(1, "SELECT upper(email) FROM customers") },
        verdicts: { verdicts(.maskLeak, effect: Small.effect(leak: .derived, columns: ["customers.email"])) },
        basis: .synthetic, change: sensitive, status: .fail, exceptions: 1),
      Expected(
        name: "one shape by one person is one exception", archives: { statements(3, read) },
        verdicts: {
          verdicts(
            .maskLeak, .maskLeak, .maskLeak, effect: Small.effect(leak: .raw, columns: ["customers.email"]))
        }, basis: .synthetic, change: sensitive, status: .fail, population: 3, exceptions: 1),
      Expected(
        name: "only a predicate", archives: { statements(1, "SELECT id FROM customers WHERE email = 'x'") },
        verdicts: { verdicts(.confirmedAllow, effect: Small.effect(leak: .predicate, reads: ["customers.email"])) },
        basis: .synthetic, change: sensitive, status: .pass, population: 1),
      Expected(
        name: "never measured", archives: { statements(1, read) }, change: sensitive, status: .inconclusive,
        population: 1),
      Expected(
        name: "exempt",
        archives: { statements(1, read) },
        verdicts: { verdicts(.maskLeak, effect: Small.effect(leak: .raw, columns: ["customers.email"])) },
        basis: .synthetic,
        change: {
          sensitive(&$0)
          $0.sideFiles.give(
            "mask_exemptions", "ana@example.org,customers.email,bo@example.org,2026-07-01T00:00:00Z,")
        }, status: .pass),
      Expected(
        name: "exempt for another column",
        archives: { statements(1, read) },
        verdicts: { verdicts(.maskLeak, effect: Small.effect(leak: .raw, columns: ["customers.email"])) },
        basis: .synthetic,
        change: {
          sensitive(&$0)
          $0.sideFiles.give(
            "mask_exemptions", "ana@example.org,customers.ssn,bo@example.org,2026-07-01T00:00:00Z,")
        }, status: .fail, exceptions: 1),
      Expected(
        name: "no column is named", archives: { statements(1, read) }, status: .inconclusive, population: 0),
      Expected(
        name: "nothing sensitive is read", archives: { statements(1) }, change: sensitive, status: .inconclusive,
        population: 0),
    ]) func `T-30 looks at what reached the client`(_ expected: Expected) throws
  { try check(expected, .t30) }
}
