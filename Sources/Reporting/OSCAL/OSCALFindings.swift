import AuditTrail
import Evidence

/// Whether the left control id comes first; numbers count by their value, so that ac-2 comes before ac-10.
func controlOrder(_ left: String, _ right: String) -> Bool {
  func parts(_ id: String) -> (String, [Int]) {
    let words = id.split(separator: "-", maxSplits: 1)
    return (String(words.first ?? ""), words.last?.split(separator: ".").compactMap { Int($0) } ?? [])
  }
  let (first, second) = (parts(left), parts(right))
  return first.0 == second.0 ? first.1.lexicographicallyPrecedes(second.1) : first.0 < second.0
}

extension OSCALResults {
  /// A list of controls, each by its id.
  func selection(_ controls: [String]) -> OSCALNode {
    .list(controls.map { .object(["control-id": .token($0)]) })
  }

  /// The controls that tests support; the others are excluded by name, each with the reason.
  var reviewedControls: OSCALNode {
    let objectives = Set(
      frameworks.flatMap(\.controls).flatMap { control in
        control.mappings.compactMap { known.objective(control.control, $0.test) }
      })
    return .object([
      "description": .prose(["The controls that tests of this report support, a selection for each framework."]),
      "control-selections": .list(frameworks.map(selection)),
      "control-objective-selections": .list(
        objectives.isEmpty
          ? []
          : [.object(["include-objectives": .list(objectives.sorted().map { .object(["objective-id": .token($0)]) })])]),
    ])
  }

  private func selection(_ framework: FrameworkResult) -> OSCALNode {
    func ids(_ controls: [String]) -> [String] { controls.compactMap(AssessmentObjectives.controlID) }
    func labels(_ wanted: (ControlResult) -> Bool) -> String? {
      let found = framework.controls.filter(wanted).map(\.control)
      return found.isEmpty ? nil : found.joined(separator: ", ")
    }
    let reviewed = framework.controls.filter(\.isReviewed)
    let left = framework.controls.filter { !$0.isReviewed }.map(\.control) + framework.outOfScope.map(\.control)
    let unnamed = (framework.controls.map(\.control) + framework.outOfScope.map(\.control)).filter {
      AssessmentObjectives.controlID($0) == nil
    }
    return .object([
      "description": .line("\(framework.title), \(framework.version)"),
      "props": .list([
        .prop("framework", framework.id), .prop("controls", framework.controls.count),
        .prop("controls-reviewed", reviewed.count),
      ]),
      "links": .list([.object(["href": .reference(OSCALNames.catalog), "rel": .token("reference")])]),
      // A selection has to include something: where nothing was reviewed, all that it includes is excluded.
      "include-controls": selection(reviewed.isEmpty ? ids(left) : ids(reviewed.map(\.control))),
      "exclude-controls": selection(ids(left)),
      "remarks": .prose(
        [
          labels { $0.status == .inconclusive }.map {
            "Reviewed without a finding, since their tests could not decide: \($0)."
          },
          labels { $0.mappings.isEmpty }.map { "Excluded, since no test of this report supports them: \($0)." },
          labels { !$0.mappings.isEmpty && $0.status == .notRun }.map {
            "Excluded, since a test that supports them was not run: \($0)."
          },
          labels { !$0.mappings.isEmpty && $0.status == .notApplicable }.map {
            "Excluded as not applicable, which is shown: \($0)."
          },
          framework.outOfScope.isEmpty
            ? nil
            : "Excluded, since the framework's list says so: "
              + framework.outOfScope.map { "\($0.control): \($0.reason)" }.joined(separator: " "),
          unnamed.isEmpty
            ? nil : "No id of SP 800-53, and so in remarks only: \(unnamed.joined(separator: ", ")).",
        ].compactMap(\.self)),
    ])
  }

  /// A finding for each objective of a control that the tests decide.
  var findings: [OSCALNode] {
    frameworks.flatMap { framework in
      framework.controls.flatMap { control in
        control.objectives(known).map { finding(framework, control, $0) }
      }
    }
  }

  private func finding(
    _ framework: FrameworkResult, _ control: ControlResult, _ objective: ObjectiveResult
  ) -> OSCALNode {
    .object([
      "uuid": .uuid(names.uuid("finding", framework.id, control.control, objective.objective)),
      "title": .line("\(control.control) (\(framework.title)): \(control.title)"),
      "description": .prose(objective.tests.map { sentence(control, $0) }),
      "props": .list(
        [
          .prop("framework", framework.id), .prop("control", control.control),
          .prop("control-status", control.status.rawValue), .prop("status", objective.status.rawValue),
        ] + objective.tests.map { .prop("test", $0.mapping.test.rawValue) }),
      "target": .object([
        "type": .token("objective-id"), "target-id": .token(objective.objective), "status": state(objective),
      ]),
      "related-observations": .list(
        objective.tests.map { .object(["observation-uuid": .uuid(names.observation($0.mapping.test))]) }),
      "related-risks": .list(
        objective.tests.filter { $0.status == .fail || $0.status == .passWithAccepted }.map {
          .object(["risk-uuid": .uuid(names.risk($0.mapping.test))])
        }),
    ])
  }

  private func sentence(_ control: ControlResult, _ test: ObjectiveTest) -> String {
    let conclusion = control.conclusion(test.mapping)
    let result = conclusion.map { "\($0.status.phrase). \($0.sentence)" } ?? TestStatus.notRun.phrase
    let performed =
      test.mapping.shows == .performed ? " It is met by having been performed, whatever it found." : ""
    return "\(test.mapping.test.rawValue) \(test.mapping.relation): \(test.mapping.clause) \(result)\(performed)"
  }

  private func state(_ objective: ObjectiveResult) -> OSCALNode {
    let (state, reason) =
      switch objective.status {
      case .pass: ("satisfied", "pass")
      case .passWithAccepted: ("satisfied", "other")
      case .fail, .inconclusive, .notRun, .notApplicable: ("not-satisfied", "fail")
      }
    return .object([
      "state": .token(state), "reason": .token(reason),
      "remarks": .prose(
        (objective.status == .passWithAccepted
          ? ["Every exception was accepted by a named person, with a reason: see the related risk."] : [])
          + objective.tests.map {
            $0.mapping.reservations.isEmpty ? "" : "\($0.mapping.test.rawValue): \($0.mapping.reservations)"
          }),
    ])
  }
}

extension ControlResult {
  /// Whether its tests were performed, so that it was reviewed.
  var isReviewed: Bool {
    switch status {
    case .fail, .inconclusive, .pass, .passWithAccepted: !mappings.isEmpty
    case .notRun, .notApplicable: false
    }
  }
}
