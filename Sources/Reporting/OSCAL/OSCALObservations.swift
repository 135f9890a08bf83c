import AuditTrail
import Evidence

/// A test of the report, or one that a control names and the report did not run.
struct TestedOrNot {
  let id: TestID
  /// Its result; `nil` where it was not run at all.
  let result: TestResult?

  var status: TestStatus { result?.status ?? .notRun }
  var title: String { result.map { "\(id.rawValue): \($0.title)" } ?? "\(id.rawValue): not run" }
}

extension OSCALResults {
  /// Every test of the report, and every test that a control of the frameworks names.
  var tested: [TestedOrNot] {
    let results = model.tests.map { TestedOrNot(id: $0.id, result: $0) }
    let named = Set(frameworks.flatMap(\.controls).flatMap(\.tests)).subtracting(results.map(\.id))
    return results + named.sorted().map { TestedOrNot(id: $0, result: nil) }
  }

  /// The test's procedure as an activity.
  func activity(_ test: TestedOrNot) -> OSCALNode {
    let id = test.id.rawValue
    let controls = Set(
      frameworks.flatMap(\.controls).filter { $0.tests.contains(test.id) }
        .compactMap { AssessmentObjectives.controlID($0.control) })
    func step(_ number: Int, _ title: String, _ paragraphs: [String]) -> OSCALNode {
      .object([
        "uuid": .uuid(OSCALNames.shared("step", id, String(number))), "title": .line(title),
        "description": .prose(paragraphs),
      ])
    }
    let steps =
      test.result.map { result in
        [
          step(
            1, "Draw the population",
            [
              "\(result.population.id), \(result.population.title). \(result.population.purpose)",
              "The test's page holds the query, its parameters and its exclusions.",
            ]),
          step(2, "Judge each item", [result.procedure]),
        ]
          + (result.limitWords.isEmpty
            ? [] : [step(3, "Hold it against the limits", [result.limitWords.joined(separator: "; ") + "."])])
      } ?? []
    return .object([
      "uuid": .uuid(OSCALNames.shared("activity", id)),
      "title": .line(test.title),
      "description": .prose([test.result?.objective ?? "A test that this report did not run."]),
      "props": .list(
        known.methods(test.id).map {
          .object(["name": .token("method"), "value": .string($0.rawValue)])
        } + [.prop("test", id)]),
      "steps": .list(steps),
      "related-controls": .object([
        "control-selections": .list([.object(["include-controls": selection(controls.sorted(by: controlOrder))])])
      ]),
    ])
  }

  /// The test's observation: its result, its counts and its evidence.
  func observation(_ test: TestedOrNot) -> OSCALNode {
    .object([
      "uuid": .uuid(names.observation(test.id)),
      "title": .line(test.title),
      "description": .prose(
        test.result.map { result in
          [
            result.objective, "Design: \(result.design.status.phrase). \(result.design.sentence)",
            "Operating: \(result.operating.status.phrase). \(result.operating.sentence)",
          ]
        } ?? ["This report did not run the test."]),
      "props": .list(props(test)),
      "methods": .list(known.methods(test.id).map { .string($0.rawValue) }),
      "types": .list([.token("control-objective")]),
      "origins": .list([.origin(model)]),
      "subjects": .list(
        [.object(["subject-uuid": .uuid(names.system), "type": .token("component")])]
          + (test.result.map { result in
            [
              .object([
                "subject-uuid": .uuid(names.resource(result.populationPath)), "type": .token("resource"),
                "title": .line("\(result.population.id), \(result.population.title)"),
              ])
            ]
          } ?? [])),
      "relevant-evidence": .list(test.result.map(relevantEvidence) ?? []),
      "collected": .moment(model.period.end),
      "remarks": .prose(remarks(test)),
    ])
  }

  private func props(_ test: TestedOrNot) -> [OSCALNode] {
    let head: [OSCALNode] = [.prop("test", test.id.rawValue), .prop("status", test.status.rawValue)]
    guard let result = test.result else { return head }
    return head + [
      .prop("design-status", result.design.status.rawValue),
      .prop("operating-status", result.operating.status.rawValue),
      .prop("population", result.population.count), .prop("tested", result.tested), .prop("passed", result.passed),
      .prop("failed", result.failed), .prop("inconclusive", result.inconclusive),
    ] + exceptionProps(result.exceptions)
  }

  func exceptionProps(_ exceptions: [ExceptionNoted]) -> [OSCALNode] {
    [
      .prop("exceptions", exceptions.count), .prop("exceptions-open", exceptions.count { $0.status == .open }),
      .prop("exceptions-accepted", exceptions.count { $0.status == .accepted }),
    ]
  }

  private func relevantEvidence(_ result: TestResult) -> [OSCALNode] {
    func file(_ path: String, _ description: String, rows: Int? = nil) -> OSCALNode {
      .object([
        "href": .reference(names.resource(path)), "description": .prose([description]),
        "props": .list(rows.map { [.prop("row-count", $0)] } ?? []),
      ])
    }
    let tables = result.attributeFiles().map { file($0.path, $0.purpose, rows: $0.count) }
    return [
      file(result.populationPath, "The items that were tested, one a row.", rows: result.population.rows.count),
      file(result.pagePath, "The test with its query, its exceptions and how to re-perform it."),
    ] + tables
      + (result.exceptions.isEmpty
        ? []
        : [
          file(
            OSCALResources.exceptionsPath, "The exceptions: the rows of test \(result.id.rawValue).",
            rows: result.exceptions.count)
        ])
  }

  private func remarks(_ test: TestedOrNot) -> [String] {
    let meaning =
      switch test.status {
      case .notRun: "Not run: no conclusion and no finding depends on it."
      case .inconclusive: "Unable to test: the data cannot decide it, and no finding depends on it."
      case .notApplicable: "Not applicable: there is nothing that it could apply to, and that is shown."
      case .pass, .passWithAccepted, .fail: ""
      }
    let assurance =
      test.id.isToolAssurance
      ? "Tool assurance: it shows whether this report can be relied on, and nothing of the organisation's own controls."
      : ""
    let remedy = test.result?.remedy.map { "What would make it testable: \($0)" } ?? ""
    return [meaning, assurance, remedy] + (test.result?.limitations ?? [])
  }
}
