import AuditTrail
import Evidence

/// `machine/oscal-assessment-results.json`: OSCAL 1.1.3 assessment results, for the frameworks whose controls NIST publishes
/// in OSCAL. It depends on the model alone, and on the digests of files that do.
struct OSCALResults {
  static let path = "machine/oscal-assessment-results.json"
  static let version = "1.1.3"

  let model: EvidenceModel
  let names: OSCALNames
  /// The CSV files of the package.
  let evidence: [EvidenceFile]
  /// The files that are written already, by path; each depends on the model alone.
  let files: [String: PackageFile]
  let known = AssessmentObjectives.builtIn

  init(_ model: EvidenceModel, evidence: [EvidenceFile], files: [PackageFile]) {
    (self.model, self.evidence) = (model, evidence)
    names = OSCALNames(model)
    self.files = Dictionary(files.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The frameworks of the report whose controls are in a public catalog in OSCAL; none without such a control.
  static func frameworks(_ model: EvidenceModel) -> [FrameworkResult] {
    model.frameworks.filter { framework in
      AssessmentObjectives.builtIn.frameworks.contains(framework.id)
        && (framework.controls.map(\.control) + framework.outOfScope.map(\.control)).contains {
          AssessmentObjectives.controlID($0) != nil
        }
    }
  }

  var frameworks: [FrameworkResult] { Self.frameworks(model) }

  /// The document. Throws `not_oscal` for what OSCAL cannot say, such as a period before 1900.
  func bytes() throws(AssayError) -> [UInt8] {
    do throws(OSCALFault) {
      return try OSCALNode.object(["assessment-results": document]).bytes()
    } catch {
      throw error.failure(in: Self.path)
    }
  }

  private var document: OSCALNode {
    // A document of other content has another UUID.
    let digest = files[Manifest.evidencePath]?.sha256 ?? ""
    return .object([
      "uuid": .uuid(names.uuid("assessment-results", digest)),
      "metadata": metadata(digest),
      "import-ap": .object([
        "href": .reference(names.resource(OSCALResources.planPath)),
        "remarks": .prose([
          "There is no assessment plan in OSCAL. Each test's procedure is an activity in local-definitions."
        ]),
      ]),
      "local-definitions": .object(["activities": .list(tested.map(activity))]),
      "results": .list([result]),
      "back-matter": .object(["resources": .list(OSCALResources(results: self).nodes)]),
    ])
  }

  private func metadata(_ digest: String) -> OSCALNode {
    let left = model.frameworks.filter { framework in !frameworks.contains { $0.id == framework.id } }
    return .object([
      "title": .line("Results of management's automated tests, \(model.period.label)"),
      "last-modified": .moment(model.period.end),
      "version": .name(model.period.label),
      "oscal-version": .string(Self.version),
      "props": .list([
        .prop("tool-version", model.toolVersion), .prop("inputs-sha256", model.inputsSHA256),
        .prop("evidence-sha256", digest),
      ]),
      "roles": .list([
        .object(["id": .token("prepared-by"), "title": .line("Management, whose own tests these are")])
      ]),
      "parties": .list([
        .object([
          "uuid": .uuid(names.organization), "type": .string("organization"), "name": .name(model.organization),
        ])
      ]),
      "responsible-parties": .list([
        .object(["role-id": .token("prepared-by"), "party-uuids": .list([.uuid(names.organization)])])
      ]),
      "remarks": .prose([
        "These are management's own automated tests; \(disclaimer)",
        "In this document: \(frameworks.map(\.title).joined(separator: "; ")).",
        left.isEmpty
          ? ""
          : "Not in it, since no public catalog in OSCAL has their controls: \(left.map(\.title).joined(separator: "; ")). "
            + "machine/evidence.json and report/ hold them.",
        "A finding is satisfied where the tests that support the objective noted nothing that nobody accepted, and not "
          + "satisfied where they did. A test supports a control and never covers all of it: whether the control is met is "
          + "for the assessor to judge. A test that could not decide has an observation and no finding.",
        "All times come from the period: nothing in a package depends on a clock. The file run.json next to the package says "
          + "when it was made.",
      ]),
    ])
  }

  private var result: OSCALNode {
    .object([
      "uuid": .uuid(names.uuid("result")),
      "title": .line("\(model.period.label): management's automated tests"),
      "description": .prose([
        "Tests by program of \(model.system), \(model.organization), over \(model.period.sentence).",
        "Of \(counted(model.tests.count, "test")): "
          + TestStatus.allCases.map { "\($0.phrase.lowercased()) \(model.count($0))" }.joined(separator: ", ") + ".",
      ]),
      "start": .moment(model.period.start),
      "end": .moment(model.period.end),
      "props": .list(
        [.prop("tests", model.tests.count)]
          + TestStatus.allCases.map { .prop("tests-\($0.rawValue)", model.count($0)) } + [
            .prop("exceptions", model.exceptions.count),
            .prop("exceptions-open", model.exceptions.count { $0.status == .open }),
            .prop("events", Set(model.exceptions.map(\.event)).count),
            .prop("completeness", model.completeness.status.rawValue),
            .prop("integrity", model.integrity.status.rawValue),
          ]),
      "local-definitions": .object(["components": .list([system]), "assessment-assets": assets]),
      "reviewed-controls": reviewedControls,
      "observations": .list(tested.map(observation)),
      "risks": .list(risky.map(risk)),
      "findings": .list(findings),
      "remarks": .prose([
        "Completeness of the extraction: \(model.completeness.sentence)",
        "Integrity of the archives: \(model.integrity.sentence)",
        "summary.md lists the limitations of the whole report.",
      ]),
    ])
  }

  private var system: OSCALNode {
    .object([
      "uuid": .uuid(names.system), "type": .string("this-system"), "title": .line("The system whose access is tested"),
      "description": .said(model.system), "status": .object(["state": .token("operational")]),
    ])
  }

  private var assets: OSCALNode {
    let tool = OSCALNode.uuid(OSCALNames.tool(model.toolVersion))
    return .object([
      "components": .list([
        .object([
          "uuid": tool, "type": .string("software"), "title": .line("assay"),
          "description": .prose(["The program that made the tests and this document."]),
          "props": .list([.prop("version", model.toolVersion)]),
          "status": .object(["state": .token("operational")]),
        ])
      ]),
      "assessment-platforms": .list([
        .object([
          "uuid": .uuid(OSCALNames.shared("platform", model.toolVersion)), "title": .line("Where the program ran"),
          "uses-components": .list([.object(["component-uuid": tool])]),
          "remarks": .prose(["The file run.json next to the package names the machine."]),
        ])
      ]),
    ])
  }
}
