import AuditTrail
import Foundation
import JSONReader
import Testing

@testable import Evidence
@testable import Reporting

@Suite struct OSCALTests {
  /// What `make test-deps` makes.
  private static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  private static let python = repository.appending(path: ".build/oscal/bin/python")

  private static func validate(_ files: [String]) throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = python
    process.arguments = [repository.appending(path: "Tests/oscal/validate.py").path] + files
    let pipe = Pipe()
    (process.standardOutput, process.standardError) = (pipe, pipe)
    try process.run()
    let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, output)
  }

  private static func bytes(_ model: EvidenceModel) throws -> [UInt8] {
    let files = model.evidenceFiles()
    let written = (files.map(\.path) + [FactsJSON.path, Manifest.evidencePath]).map {
      PackageFile(path: $0, bytes: 1, sha256: Sample.digest($0))
    }
    return try OSCALResults(model, evidence: files, files: written).bytes()
  }

  @Test(
    .enabled(
      if: FileManager.default.isExecutableFile(atPath: python.path),
      "nothing reads OSCAL in .build/oscal; `make test-deps` installs it"))
  func `every document is valid for others who read OSCAL, and they refuse what is not`() throws {
    let scratch = try Scratch()
    var names: [String: String] = [:]
    for (number, each) in OSCALCase.all.enumerated() {
      try scratch.write("\(number).json", try Self.bytes(try each.model()))
      names["\(scratch.path)/\(number).json"] = each.name
    }
    let found = try Self.validate(names.keys.sorted())
    #expect(found.status == 0, "\(names.sorted { $0.key < $1.key }) \(found.output.prefix(4000))")

    let text = try scratch.text("0.json")
    for (old, new, checks) in [
      ("\"not-satisfied\"", "\"unsatisfied\"", ["trestle", "metaschema", "schema"]),
      ("\"type\": \"objective-id\"", "\"type\": \"objective\"", ["trestle", "metaschema", "schema"]),
      ("\"observation-uuid\": \"", "\"observation-uuid\": \"0", ["trestle", "metaschema", "schema", "own"]),
      ("\"type\": \"tool\"", "\"type\": \"a tool\"", ["trestle", "metaschema", "schema"]),
      ("\"value\": \"", "\"value\": \" ", ["trestle", "metaschema", "schema", "own"]),
      ("\"types\": [", "\"threats\": [], \"types\": [", ["trestle", "schema", "own"]),
    ] {
      let place = try #require(text.firstRange(of: old), "\(old)")
      try scratch.write("bad.json", text.replacingCharacters(in: place, with: new))
      let found = try Self.validate(["\(scratch.path)/bad.json"])
      #expect(found.status == 1)
      for check in checks { #expect(found.output.contains(": \(check): "), "\(new): \(found.output)") }
    }
  }

  /// A document as its figures: each observation, risk and finding by what it is about.
  private struct Document {
    let json: [String: Any]
    let result: [String: Any]

    init(_ bytes: [UInt8]) throws {
      let root = try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]
      json = try #require(root?["assessment-results"] as? [String: Any])
      result = try #require((json["results"] as? [[String: Any]])?.first)
    }

    func list(_ name: String) -> [[String: Any]] { result[name] as? [[String: Any]] ?? [] }

    static func prop(_ node: [String: Any], _ name: String) -> String? { props(node, name).first }

    static func props(_ node: [String: Any], _ name: String) -> [String] {
      (node["props"] as? [[String: String]] ?? []).filter {
        $0["name"] == name && $0["ns"] == "https://assay.invalid/ns/oscal"
      }.compactMap { $0["value"] }
    }

    static func target(_ finding: [String: Any]) -> (id: String?, state: String?, reason: String?) {
      let target = finding["target"] as? [String: Any]
      let status = target?["status"] as? [String: Any]
      return (target?["target-id"] as? String, status?["state"] as? String, status?["reason"] as? String)
    }
  }

  /// The same model as `evidence.json` and as OSCAL.
  private static func both(_ model: EvidenceModel) throws -> (evidence: [String: Any], oscal: Document) {
    let evidence = try JSONSerialization.jsonObject(with: Data(EvidenceJSON(model: model, files: [:]).bytes))
    return (try #require(evidence as? [String: Any]), try Document(try bytes(model)))
  }

  @Test(arguments: OSCALCase.all) func `every figure is that of the evidence`(_ each: OSCALCase) throws {
    let (evidence, oscal) = try Self.both(try each.model())
    let tests = evidence["tests"] as? [[String: Any]] ?? []
    let exceptions = evidence["exceptions"] as? [[String: Any]] ?? []
    let (observations, risks) = (oscal.list("observations"), oscal.list("risks"))
    for test in tests {
      let id = try #require(test["id"] as? String)
      let own = observations.filter { Document.prop($0, "test") == id }
      #expect(own.count == 1, "\(id)")
      let observation = try #require(own.first)
      #expect(Document.prop(observation, "status") == test["status"] as? String, "\(id)")
      for figure in ["tested", "passed", "failed", "inconclusive"] {
        #expect(Document.prop(observation, figure) == (test[figure] as? Int).map(String.init), "\(id) \(figure)")
      }
      let population = test["population"] as? [String: Any]
      #expect(Document.prop(observation, "population") == (population?["count"] as? Int).map(String.init), "\(id)")
      let noted = exceptions.filter { $0["test"] as? String == id }
      let open = noted.count { $0["status"] as? String == "open" }
      let risk = risks.filter { Document.prop($0, "test") == id }
      #expect(risk.count <= 1, "\(id)")
      for node in [observation] + risk {
        #expect(Document.prop(node, "exceptions") == String(noted.count), "\(id)")
        #expect(Document.prop(node, "exceptions-open") == String(open), "\(id)")
        #expect(Document.prop(node, "exceptions-accepted") == String(noted.count - open), "\(id)")
      }
      #expect(risk.isEmpty || noted.isEmpty == (Document.prop(risk[0], "events") == "0"), "\(id)")
      #expect(noted.isEmpty || risk.count == 1, "\(id)")
      for rating in Rating.allCases.map(\.rawValue) where !risk.isEmpty {
        #expect(
          Document.prop(risk[0], "rated-\(rating)") == String(noted.count { $0["rating"] as? String == rating }),
          "\(id)")
      }
    }
    #expect(Document.prop(oscal.result, "tests") == String(tests.count))
    for status in TestStatus.allCases.map(\.rawValue) {
      #expect(
        Document.prop(oscal.result, "tests-\(status)") == String(tests.count { $0["status"] as? String == status }))
    }
    #expect(Document.prop(oscal.result, "exceptions") == String(exceptions.count))
  }

  @Test(arguments: OSCALCase.all)
  func `a control has findings as its status says: what was not tested has none, and is not left out`(
    _ each: OSCALCase
  ) throws {
    let model = try each.model()
    let (evidence, oscal) = try Self.both(model)
    let findings = oscal.list("findings")
    let risks = Dictionary(uniqueKeysWithValues: oscal.list("risks").map { ($0["uuid"] as? String ?? "", $0) })
    let selections =
      (oscal.result["reviewed-controls"] as? [String: Any])?["control-selections"] as? [[String: Any]] ?? []
    let frameworks = (evidence["frameworks"] as? [[String: Any]] ?? []).filter {
      AssessmentObjectives.builtIn.frameworks.contains($0["id"] as? String ?? "")
    }
    #expect(selections.count == frameworks.count)
    var seen = 0
    for (framework, selection) in zip(frameworks, selections) {
      func ids(_ name: String) -> Set<String> {
        Set((selection[name] as? [[String: String]] ?? []).compactMap { $0["control-id"] })
      }
      let remarks = selection["remarks"] as? String ?? ""
      for control in framework["controls"] as? [[String: Any]] ?? [] {
        let (label, status) = (control["control"] as? String ?? "", control["status"] as? String ?? "")
        let own = findings.filter {
          Document.prop($0, "framework") == framework["id"] as? String && Document.prop($0, "control") == label
        }
        seen += own.count
        let states = Set(own.compactMap { Document.target($0).state })
        let id = AssessmentObjectives.controlID(label)
        #expect(own.allSatisfy { Document.target($0).id?.hasPrefix("\(id ?? "?")_obj") == true }, "\(label)")
        #expect(own.allSatisfy { Document.prop($0, "control-status") == status }, "\(label)")
        guard let id else {
          #expect(own.isEmpty && remarks.contains(label.trimmingCharacters(in: .whitespaces)), "\(label)")
          continue
        }
        let isReviewed = ids("include-controls").contains(id) && !ids("exclude-controls").contains(id)
        #expect(isReviewed != ids("exclude-controls").contains(id), "\(label)")
        switch TestStatus(rawValue: status) {
        case .pass:
          #expect(states == ["satisfied"], "\(label)")
          #expect(own.allSatisfy { Document.target($0).reason == "pass" && $0["related-risks"] == nil }, "\(label)")
        case .passWithAccepted:
          #expect(states == ["satisfied"], "\(label)")
          #expect(own.contains { Document.target($0).reason == "other" }, "\(label)")
        case .fail: #expect(states.contains("not-satisfied"), "\(label)")
        case .inconclusive:
          #expect(own.isEmpty && isReviewed && remarks.contains(label), "\(label)")
        case .notRun, .notApplicable:
          #expect(own.isEmpty && !isReviewed && remarks.contains(label), "\(label)")
        case nil: Issue.record("\(status)")
        }
        for finding in own {
          let related = (finding["related-risks"] as? [[String: String]] ?? []).compactMap {
            risks[$0["risk-uuid"] ?? ""]
          }
          let statuses = Set(related.compactMap { $0["status"] as? String })
          switch Document.target(finding).reason {
          case "fail": #expect(statuses.contains("open"), "\(label)")
          case "other": #expect(statuses == ["deviation-approved"], "\(label)")
          default: #expect(statuses.isEmpty, "\(label)")
          }
        }
      }
    }
    #expect(seen == findings.count, "no finding is of anything else")
    // A test that nobody ran is observed as that.
    let observed = oscal.list("observations").compactMap { Document.prop($0, "test") }
    let named = Set(OSCALResults.frameworks(model).flatMap(\.controls).flatMap(\.tests)).union(model.tests.map(\.id))
    #expect(Set(observed) == Set(named.map(\.rawValue)) && observed.count == named.count)
    for test in named where (model[test]?.status ?? .notRun) == .notRun {
      let observation = oscal.list("observations").first { Document.prop($0, "test") == test.rawValue }
      #expect(observation.flatMap { Document.prop($0, "status") } == "not_run")
      #expect((observation?["remarks"] as? String)?.contains("Not run") == true, "\(test.rawValue)")
    }
    #expect(!String(decoding: try Self.bytes(model), as: UTF8.self).lowercased().contains("compliant"))
  }

  @Test func `answers, acceptances and deadlines are with the test's risk`() throws {
    let each = try #require(OSCALCase.all.first { $0.name == "all fail" })
    let risk = try #require(try Document(try Self.bytes(try each.model())).list("risks").first)
    #expect(risk["status"] as? String == "open")
    #expect(risk["deadline"] as? String == "2026-10-02T23:59:59Z")
    let remediations = risk["remediations"] as? [[String: Any]] ?? []
    #expect(remediations.compactMap { $0["description"] as? String } == ["It will be mended.", "It will be mended."])
    #expect(remediations.map { Document.prop($0, "owner") } == [nil, "ana@example.org"])
    #expect(remediations.allSatisfy { $0["lifecycle"] as? String == "planned" })
    let factors = risk["mitigating-factors"] as? [[String: Any]] ?? []
    #expect(factors.compactMap { $0["description"] as? String } == ["Accepted by cy@example.org on 2026-10-02: OPS-9"])
  }

  @Test func `it names the package's files with their digests, those that follow from templates without`() throws {
    let scratch = try Scratch()
    _ = try writePackage(try Forger.model(), to: scratch.path)
    let document = try Document(try scratch.bytes("\(Forger.package)/\(OSCALResults.path)"))
    let resources = (document.json["back-matter"] as? [String: Any])?["resources"] as? [[String: Any]] ?? []
    var hashed: Set<String> = []
    for resource in resources {
      let link = try #require((resource["rlinks"] as? [[String: Any]])?.first)
      let path = try #require(link["href"] as? String)
      guard path.hasPrefix("../") else { continue }
      let name = String(path.dropFirst(3))
      let hash = (link["hashes"] as? [[String: String]])?.first?["value"]
      let actual = try hashFile("\(scratch.path)/\(Forger.package)/\(name)", as: name).sha256
      #expect(hash == nil ? name.hasSuffix(".md") || name == Manifest.path : hash == actual, "\(name)")
      if hash != nil { hashed.insert(name) }
    }
    let decided = try scratch.files(Forger.package).filter {
      $0.hasSuffix(".csv") || $0 == FactsJSON.path || $0 == Manifest.evidencePath
    }
    #expect(hashed == Set(decided))
  }

  @Test func `a changed byte is found, also where every sum was made to fit`() throws {
    let forger = try Forger()
    try forger.replace(OSCALResults.path, "\"not-satisfied\"", "\"satisfied\"")
    try forger.seal()
    let failures = try forger.verify().failures
    #expect(failures.map(\.path) == [OSCALResults.path] && failures.map(\.problem) == ["differs"], "\(failures)")
  }

  @Test func `a report without a framework of NIST has no such file, says so and verifies`() throws {
    let catalogs = Forger.catalogs.filter { !AssessmentObjectives.builtIn.frameworks.contains($0.id) }
    let model = try conclude(
      {
        var facts = try Forger.model().facts
        facts.plan.frameworks = catalogs
        return facts
      }())
    let forger = try Forger(model)
    #expect(try !forger.scratch.files(Forger.package).contains(OSCALResults.path))
    #expect(try forger.text("README.md").contains("not in this package: no framework of this report"))
    #expect(try forger.verify().failures == [])
    var other = model
    other.frameworks = [OSCALCase.catalog([("ACME 1", [.t19])]).result { _ in nil }]
    #expect(OSCALResults.frameworks(other).isEmpty)
    // Neither can one be put in.
    try forger.write(OSCALResults.path, "{}\n")
    try forger.seal()
    #expect(try forger.verify().failures.map(\.problem) == ["not_of_this_report"])
  }

  @Test func `what OSCAL cannot say is refused with its place, and nothing invalid is written`() throws {
    let nodes: [(OSCALNode, OSCALFault.Problem)] = [
      (.token("AC-6(9)"), .noToken), (.token(""), .noToken), (.token("9a"), .noToken), (.string(" \n"), .noText),
      (.line(" \t"), .noText), (.moment(Timestamp(nanoseconds: .min)), .outOfRange),
      (.reference(file: "../x"), .noPath), (.reference(file: "a//b"), .noPath),
    ]
    for (node, problem) in nodes {
      let fault = #expect(throws: OSCALFault.self) { try OSCALNode.object(["a": .object(["b": node])]).bytes() }
      #expect(fault?.problem == problem && fault?.members == ["a", "b"])
    }
    let written = OSCALNode.object([
      "empty": .list([]), "none": nil, "deep": .object(["empty": .list([.object([:])])]),
      "name": .name("\n  a\tb \u{1b}c\u{202e} "), "blank": .name(" "), "said": .said("\r\n[a](b)\n# c"),
    ])
    #expect(
      String(decoding: try written.bytes(), as: UTF8.self) == """
        {
          "name": "a b \\\\u{1b}c\\\\u{202e}",
          "blank": "(blank)",
          "said": "↵\\\\[a\\\\]\\\\(b)↵\\\\# c"
        }

        """)
    #expect(OSCALFault(problem: .noToken, members: ["a", "b"]).failure(in: "p").code.name == "not_oscal")
  }
}
