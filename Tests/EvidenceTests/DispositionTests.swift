import AuditTrail
import Evidence
import Testing

/// T-28: harm that ran after a review needs a disposition.
@Suite struct DispositionTests {
  private static let harm: @Sendable () -> [String: (Verdict, Effect)] = {
    ["s1/1": (Verdict(.confirmedReview, severity: .s3), Small.effect(destroyed: 1200))]
  }
  private static let harmless: @Sendable () -> [String: (Verdict, Effect)] = {
    ["s1/1": (Verdict(.debatableReview, severity: .s2), Small.effect(destroyed: 2))]
  }
  private static let reviewed: @Sendable () -> [SmallArchive] = { review() }

  private static func review(ran: Bool = true) -> [SmallArchive] {
    [
      SmallArchive(
        openings: [Small.opening("s1")],
        statements: [
          Small.statement("s1", 1, "DELETE FROM visits", .review, approval: ran ? "a1" : nil, ran: ran)
        ],
        approvals: ran ? [Small.approval("a1")] : [])
    ]
  }

  private static func disposed(
    _ statement: String = "s1/1", by: String = "cy@example.org", at: String = "2026-07-03T09:00:00Z"
  ) -> @Sendable (inout EvidencePlan) -> Void {
    {
      $0.sideFiles.give("dispositions", "\(statement),\(by),\(Small.time(at)),corrected,restored")
    }
  }

  @Test(
    arguments: [
      Expected(
        name: "no file of dispositions", archives: reviewed, verdicts: harm, basis: .copy, status: .fail,
        population: 1, exceptions: 1),
      Expected(
        name: "disposed", archives: reviewed, verdicts: harm, basis: .copy, change: disposed(), status: .pass,
        population: 1),
      Expected(
        name: "another statement's disposition", archives: reviewed, verdicts: harm, basis: .copy,
        change: disposed("s1/2"), status: .fail, exceptions: 1),
      Expected(
        name: "disposed by the one who ran it", archives: reviewed, verdicts: harm, basis: .copy,
        change: disposed(by: "Ana@example.org"), status: .fail, exceptions: 1),
      Expected(
        name: "disposed before it ran", archives: reviewed, verdicts: harm, basis: .copy,
        change: disposed(at: "08:59:00"), status: .fail, exceptions: 1),
      Expected(
        name: "no harm, and no file", archives: reviewed, verdicts: harmless, basis: .copy, status: .inconclusive,
        population: 1),
      Expected(
        name: "no harm", archives: reviewed, verdicts: harmless, basis: .copy,
        change: { $0.sideFiles.give("dispositions") },
        status: .pass, population: 1),
      Expected(
        name: "not replayed", archives: reviewed, change: { $0.sideFiles.give("dispositions") }, status: .inconclusive,
        population: 1),
      Expected(
        name: "held back", archives: { review(ran: false) }, verdicts: harm, basis: .copy, change: disposed(),
        status: .inconclusive, population: 0),
    ]) func `T-28 finds a disposition for harm that ran after a review`(_ expected: Expected) throws
  { try check(expected, .t28) }

  @Test func `the exception says who approved and how fast, and a disposition of nothing is counted`() throws {
    let model = try Small.model(Self.review(), verdicts: Self.harm(), basis: .copy, Self.disposed("s9/9"))
    let result = try #require(model[.t28])
    #expect(
      result.exceptions.map(\.condition) == [
        "A harmful unit ran after a review, approved by bo@example.org 300 s after the request; on the shadow it "
          + "destroyed 1,200 rows. No disposition is on file."
      ])
    #expect(result.limitations.contains { $0.hasPrefix("1 disposition") })
  }

  @Test func `a review taken out of T-28 contradicts T-19`() throws {
    let model = try Small.model(Self.review(), verdicts: Self.harm(), basis: .copy)
    var facts = model.facts
    facts.drawn[.t28]?.rows = ItemRows()
    #expect(try FactsAgree(facts).contradictions.contains { $0.fact.hasPrefix("populations/T-28.csv") })
    facts = model.facts
    let harmful = try #require(drawnColumns(.t28)?.firstIndex { $0.name == "harmful" })
    try facts.drawn[.t28]?.rows.change(row: 0, column: harmful, to: .flag(false))
    #expect(try FactsAgree(facts).contradictions.contains { $0.fact == "populations/T-28.csv: s1/1" })
  }
}
