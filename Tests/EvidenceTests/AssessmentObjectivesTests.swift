import AuditTrail
import Testing

@testable import Evidence

@Suite struct AssessmentObjectivesTests {
  private static let known = AssessmentObjectives.builtIn

  @Test func `the file is whole, and says of every test how it assesses`() {
    #expect(Self.known.errors == [])
    #expect(Self.known.catalog.hasSuffix("NIST_SP-800-53_rev5_catalog.json"))
    for test in TestID.allCases { #expect(Self.known.names(test), "\(test.rawValue)") }
    #expect(Self.known.frameworks.isSubset(of: FrameworkCatalog.builtIn.map(\.id)))
  }

  @Test func `every objective is of a mapping that a catalog has, and every control of those catalogs has an id`()
    throws
  {
    var pairs: Set<String> = []
    for file in FrameworkCatalog.builtIn where Self.known.frameworks.contains(file.id) {
      let catalog = try FrameworkCatalog.read(path: file.id, text: String(decoding: file.bytes, as: UTF8.self))
      for control in catalog.controls {
        #expect(AssessmentObjectives.controlID(control.id) != nil, "\(control.id)")
        for test in control.tests { pairs.insert("\(control.id) \(test.rawValue)") }
      }
    }
    for pair in Self.known.pairs { #expect(pairs.contains(pair), "\(pair)") }
  }

  @Test(arguments: [
    ("AC-6(9)", "ac-6.9"), ("AU-3", "au-3"), ("SI-4(20)", "si-4.20"), ("AC-02", nil), ("AC-6(9) ", nil),
    ("AC-6()", nil),
    ("AC-6(9", nil), ("AC-6(9)(1)", nil), ("ac-6", nil), ("CC6.1", nil), ("A.8.15", nil), ("KSI-IAM-JIT", nil),
    ("", nil),
    ("AC-٣", nil),
  ])
  func `a control's id is OSCAL's, or none`(_ control: String, _ id: String?) {
    #expect(AssessmentObjectives.controlID(control) == id)
  }

  @Test func `an objective that no line gives is the control's first`() {
    #expect(Self.known.objective("AC-2(3)", .t11) == "ac-2.3_obj.d")
    #expect(Self.known.objective("AC-2(3)", .t19) == "ac-2.3_obj")
    #expect(Self.known.objective("ACME 1", .t19) == nil)
  }

  @Test(arguments: [
    "source: a\ncatalog: b\nframeworks: [x]\nmethods: {TEST: [T-99]}\nobjectives: []",
    "source: a\ncatalog: b\nframeworks: [x]\nmethods: {}\nobjectives: [{control: AC-2, test: T-09, objective: ac-3_obj}]",
    "source: a\ncatalog: b\nframeworks: [x]\nmethods: {}\nobjectives: [{control: CC6.1, test: T-09, objective: x_obj}]",
    "catalog: b",
  ])
  func `what is wrong with the file is said`(_ text: String) {
    #expect(AssessmentObjectives(path: "a.yaml", text: text).errors != [])
  }

  /// A control with three tests: two of one objective, one of another.
  @Test(arguments: [
    ([TestStatus.pass, .pass, .pass], ["ac-5_obj.b pass", "ac-5_obj pass"]),
    ([.pass, .fail, .pass], ["ac-5_obj.b fail", "ac-5_obj pass"]),
    ([.passWithAccepted, .pass, .pass], ["ac-5_obj.b pass_with_accepted", "ac-5_obj pass"]),
    // What fails is said; of what could not be tested beside it nothing is.
    ([.inconclusive, .pass, .fail], ["ac-5_obj fail"]), ([.fail, .inconclusive, .notRun], ["ac-5_obj.b fail"]),
    ([.pass, .pass, .inconclusive], []), ([.pass, .notRun, .pass], []),
    ([.notApplicable, .notApplicable, .pass], ["ac-5_obj pass"]),
    ([.notApplicable, .notApplicable, .notApplicable], []), ([.inconclusive, .inconclusive, .inconclusive], []),
  ])
  func `an objective has the worst of its tests, and none where the control is not concluded on`(
    _ statuses: [TestStatus], _ expected: [String]
  ) throws {
    let tests: [TestID] = [.t15, .t44, .t19]
    let catalog = FrameworkCatalog(
      id: "nist-800-53r5", title: "", version: "", source: "", date: .init(year: 2026, month: 1, day: 1), note: "",
      controls: [
        CatalogControl(
          id: "AC-5", title: "", mappings: tests.map { ControlMapping(test: $0, clause: "") }, inScope: true,
          reason: "",
          annualCore: false)
      ])
    let result = catalog.result { mapping in
      tests.firstIndex(of: mapping.test).map { Conclusion(statuses[$0], "") }
    }
    let objectives = try #require(result.controls.first).objectives(Self.known)
    #expect(objectives.map { "\($0.objective) \($0.status.rawValue)" } == expected)
  }
}
