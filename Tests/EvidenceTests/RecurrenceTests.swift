import AuditTrail
import Testing

@testable import Evidence

/// T-29: exceptions that come back, or stay beyond the day that was promised.
@Suite struct RecurrenceTests {
  /// Harm that was let through, which is rated high, and a record without type of identity, which is not.
  private static let archive = SmallArchive(
    openings: [Small.opening("s1")], statements: [Small.statement("s1", 1, "DELETE FROM visits")])
  private static let harm: [String: (Verdict, Effect)] = [
    "s1/1": (Verdict(.falseAllow, severity: .s3), Small.effect(destroyed: 1200))
  ]

  private static func model(_ change: (inout EvidencePlan) -> Void = { _ in }) throws -> EvidenceModel {
    try Small.model([archive], verdicts: harm, basis: .copy, change)
  }

  private static func previous(_ kinds: [EarlierKind]?) -> PreviousChoices {
    var choices = PreviousChoices(period: "2026-06-30", manifestSHA256: String(repeating: "a", count: 64), choices: [:])
    choices.kinds = kinds
    return choices
  }

  private static func earlier(
    _ kind: ExceptionKind, rating: String = "high", periods: [String] = ["2026-06-30"], due: String? = nil
  ) -> EarlierKind {
    EarlierKind(
      id: kind.id, test: kind.about.first ?? "", about: kind.about.joined(separator: "; "), rating: rating,
      periods: periods, first: Small.time("00:00:00"), due: due.flatMap { CivilDate($0) }, quiet: 0)
  }

  /// What the packages before said, made of the one high exception of the model.
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    var kinds: @Sendable (ExceptionKind) -> [EarlierKind]? = { _ in [] }
    var response: String?
    let status: TestStatus
    var failed = 0
    var testDescription: String { name }
  }

  @Test(arguments: [
    Case(name: "no package before was named", kinds: { _ in nil }, status: .inconclusive),
    Case(name: "nothing was noted before", status: .pass),
    Case(name: "it was noted before", kinds: { [earlier($0)] }, status: .fail, failed: 1),
    Case(
      name: "it was noted before, and accepted", kinds: { [earlier($0)] },
      response: ",,bo@example.org,2026-07-01,known", status: .pass),
    Case(
      name: "another thing was noted before, and is gone",
      kinds: { _ in
        [earlier(ExceptionKind(test: "T-19", key: "x", session: nil, user: "u", connection: nil, row: [:]))]
      },
      status: .pass),
    Case(name: "the day that was promised has passed", response: "ana,2026-06-30,,,", status: .fail, failed: 1),
    Case(name: "the day that was promised is to come", response: "ana,2026-07-02,,,", status: .pass),
    Case(
      name: "the day that an earlier answer promised has passed",
      kinds: { [earlier($0, due: "2026-06-15")] }, status: .fail, failed: 1),
  ])
  func `what was noted before and is noted again is found, and what stays too long`(_ given: Case) throws {
    let before = try Self.model()
    let exception = try #require(before.exceptions.first { $0.test == .t19 && $0.rating == .high })
    let kind = try #require(exception.kind)
    let model = try Self.model { plan in
      plan.previous = Self.previous(given.kinds(kind))
      if let response = given.response {
        plan.sideFiles.give("management_responses", "\(exception.id),answered,\(response)")
      }
    }
    let result = try #require(model[.t29])
    #expect(result.status == given.status, "\(result.operating.sentence)")
    #expect(result.exceptions.count == given.failed, "\(result.exceptions.map(\.condition))")
    #expect(Int(result.population.count) == result.outcomes.count)
    let noted = model.exceptions.first { $0.id == exception.id }
    let periods = given.kinds(kind)?.first { $0.id == kind.id }?.periods
    #expect(noted?.notedBefore == periods ?? [])
  }

  @Test func `what is rated lower may come back, and is counted`() throws {
    let archives = [Self.archive, SmallArchive(name: "b", openings: [Small.opening("s2", user: nil)])]
    func model(_ change: (inout EvidencePlan) -> Void = { _ in }) throws -> EvidenceModel {
      try Small.model(archives, verdicts: Self.harm, basis: .copy, change)
    }
    let kinds = try model().exceptions.filter { $0.rating != .high }.compactMap(\.kind)
    try #require(!kinds.isEmpty)
    let model = try model { $0.previous = Self.previous(kinds.map { Self.earlier($0, rating: "low") }) }
    #expect(model[.t29]?.status == .pass)
    let recurring = try #require(model[.t29]?.metrics.first { $0.name == "recurring" })
    #expect(Int(recurring.share.numerator) == Set(kinds).count)
    #expect(recurring.share.denominator > recurring.share.numerator)
  }

  /// Each control judges by its own limit, and an exception counts against those alone by which it is one.
  @Test func `an exception names the controls by whose limits it is one`() throws {
    func control(_ id: String, hours: Int64) -> CatalogControl {
      var mapping = ControlMapping(test: .t10, clause: "Access ends.")
      mapping.limits = ["leaver_disable_hours": hours]
      return CatalogControl(
        id: id, title: id, mappings: [mapping], inScope: true, reason: "It is.", annualCore: false)
    }
    let catalog = FrameworkCatalog(
      id: "own", title: "Own", version: "1", source: "us", date: CivilDate(daysSinceEpoch: 20_000), note: "",
      controls: [control("PS-4", hours: 4), control("AC-2(3)", hours: 24)])
    let model = try Small.model([Self.archive]) { plan in
      plan.frameworks = [catalog]
      plan.sideFiles.give(
        "leavers", "hal@example.org,2026-07-01T02:00:00Z,2026-07-01T08:00:00Z",
        "ida@example.org,2026-07-01T02:00:00Z,2026-07-03T08:00:00Z")
    }
    let controls = try #require(model[.t10]?.exceptions).map {
      ($0.item.user ?? $0.item.key, $0.controls.map(\.control))
    }
    #expect(controls.count == 2)
    #expect(controls.first { $0.0.contains("hal") }?.1 == ["PS-4"])
    #expect(controls.first { $0.0.contains("ida") }?.1 == ["AC-2(3)", "PS-4"])
  }

  @Test(arguments: [
    ("controls: []", "lacks `title`"),
    ("title: a\nversion: b\ndate: 2026-07-01\ncontrols: [{ id: x, title: y, tests: [T-99] }]", "T-99"),
    (
      "title: a\nversion: b\ndate: 2026-07-01\ncontrols: [{ id: x, title: y, tests: [T-14, T-14] }]", "occurs twice"
    ),
    (
      "title: a\nversion: b\ndate: 2026-07-01\ncontrols: [{ id: x, title: y, tests: [T-42] }]", "supports no control"
    ),
    (
      "title: a\nversion: b\ndate: 2026-07-01\ncontrols: [{ id: x, title: y, tests: [T-14], criteria: [CC6.1] }]",
      "expected a framework"
    ),
    (
      "title: a\nversion: b\ndate: 2026-07-01\ncontrols: [{ id: x, title: y, tests: [T-14], criteria: [own ZZ] }]",
      "no control `ZZ`"
    ),
    (
      "title: a\nversion: b\ndate: 2026-07-01\ncontrols: [{ id: x, title: y, tests: [T-14] }, { id: x, title: z, tests: [] }]",
      "occurs twice"
    ),
  ])
  func `what is wrong with a file of own controls is said`(_ text: String, _ words: String) {
    let known = FrameworkCatalog(
      id: "own", title: "", version: "", source: "", date: CivilDate(daysSinceEpoch: 0), note: "", controls: [])
    let failed = #expect(throws: CatalogErrors.self) {
      try FrameworkCatalog.readOwn(path: "controls.yaml", text: text, meeting: [known])
    }
    let said = (failed?.errors ?? []).map(\.description).joined(separator: "\n")
    #expect(said.contains(words), "\(said)")
  }

  @Test func `an own control has its tests, its limits and the criteria that it meets`() throws {
    let text = """
      title: Controls of the clinic
      version: "2026-07"
      date: 2026-07-01
      controls:
        - id: DB-1
          title: Leavers are removed within a working day
          criteria: [soc2-2017 CC6.2]
          tests: [{ test: T-10, limits: { leaver_disable_hours: 8 } }, T-45]
        - { id: DB-2, title: Nobody tests this one, tests: [] }
      """
    let catalog = try FrameworkCatalog.readOwn(path: "controls.yaml", text: text, meeting: [])
    #expect(catalog.id == FrameworkCatalog.ownID)
    #expect(catalog.controls.map(\.tests) == [[.t10, .t45], []])
    #expect(catalog.controls.first?.mappings.map(\.limits) == [["leaver_disable_hours": 8], [:]])
    #expect(catalog.controls.first?.mappings.first?.clause == "soc2-2017 CC6.2")
  }
}
