package import AuditTrail
import EmbeddedFiles
import YAMLFiles
import Yams

/// The objectives of NIST SP 800-53A that tests give evidence for, and how: `templates/oscal`, inside the binary.
public struct AssessmentObjectives: Sendable {
  /// How a test assesses, in the words of SP 800-53A.
  public enum Method: String, Sendable, Hashable, CaseIterable {
    case examine = "EXAMINE"
    case test = "TEST"
  }

  /// Where the objectives come from.
  public private(set) var source = ""
  /// The address of that catalog in OSCAL.
  public private(set) var catalog = ""
  /// The ids of the frameworks whose controls it has.
  public private(set) var frameworks: Set<String> = []
  /// What is wrong with the file; none in one that comes with the program.
  package private(set) var errors: [AssayError] = []
  private var methods: [TestID: [Method]] = [:]
  private var objectives: [Pair: String] = [:]

  private struct Pair: Hashable {
    let control: String
    let test: TestID
  }

  /// The objectives that come with the program.
  public static let builtIn = AssessmentObjectives(
    path: "nist-800-53a.yaml", text: String(decoding: embeddedFile("nist-800-53a.yaml"), as: UTF8.self))

  package init(path: String, text: String) {
    let fields = YAMLFields(path: path, text: text)
    if let root = fields.root(of: text) { read(root, fields) }
    errors = fields.errors
  }

  private mutating func read(_ root: Node, _ fields: YAMLFields) {
    let keys = ["source", "catalog", "frameworks", "methods", "objectives"]
    guard let values = fields.mapping(root, "the objectives", keys: keys, required: keys) else { return }
    source = values["source"].flatMap { fields.text($0, "a source") } ?? ""
    catalog = values["catalog"].flatMap { fields.text($0, "an address") } ?? ""
    frameworks = Set(values["frameworks"].map { fields.texts($0, "a framework").map(\.text) } ?? [])
    let tests = TestID.allCases.map { ($0.rawValue, $0) }
    let lists =
      values["methods"].flatMap { fields.mapping($0, "methods", keys: Method.allCases.map(\.rawValue)) } ?? [:]
    for method in Method.allCases {
      for node in lists[method.rawValue]?.sequence.map(Array.init) ?? [] {
        fields.choice(node, "test", tests).map { methods[$0, default: []].append(method) }
      }
    }
    for node in values["objectives"].map({ fields.entries($0, "an objective") }) ?? [] {
      let keys = ["control", "test", "objective"]
      guard let entry = fields.mapping(node, "an objective", keys: keys, required: keys),
        let control = entry["control"].flatMap({ fields.text($0, "a control") }),
        let test = entry["test"].flatMap({ fields.choice($0, "test", tests) }),
        let objective = entry["objective"].flatMap({ fields.text($0, "an objective") })
      else { continue }
      guard let id = Self.controlID(control), objective.hasPrefix("\(id)_obj") else {
        fields.complain(node, "`\(objective)` is not an objective of a control `\(control)`")
        continue
      }
      objectives[Pair(control: control, test: test)] = objective
    }
  }

  /// How the test assesses, in the order of the methods.
  public func methods(_ test: TestID) -> [Method] { methods[test] ?? [.examine] }

  /// Whether somebody said how the test assesses.
  package func names(_ test: TestID) -> Bool { methods[test] != nil }

  /// Controls with tests of which a line gives the objective, such as `AC-2 T-09`.
  package var pairs: [String] { objectives.keys.map { "\($0.control) \($0.test.rawValue)" } }

  /// The objective of the control that the test gives evidence for: the control's first where no other was given; `nil` for
  /// an id that is none of SP 800-53.
  public func objective(_ control: String, _ test: TestID) -> String? {
    objectives[Pair(control: control, test: test)] ?? Self.controlID(control).map { "\($0)_obj" }
  }

  /// The control's id as OSCAL writes it: `ac-6.9` for `AC-6(9)`; `nil` for one that is none of SP 800-53.
  public static func controlID(_ control: String) -> String? {
    let parts = control.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0].utf8.count == 2, parts[0].utf8.allSatisfy({ (0x41...0x5A).contains($0) }) else {
      return nil
    }
    let numbers = parts[1].split(separator: "(", omittingEmptySubsequences: false)
    guard numbers.count <= 2, isNumber(numbers[0]) else { return nil }
    let id = "\(parts[0].lowercased())-\(numbers[0])"
    guard numbers.count == 2 else { return id }
    return numbers[1].last == ")" && isNumber(numbers[1].dropLast()) ? "\(id).\(numbers[1].dropLast())" : nil
  }

  private static func isNumber(_ text: Substring) -> Bool {
    text.utf8.allSatisfy { (0x30...0x39).contains($0) } && (1...3).contains(text.utf8.count) && text.first != "0"
  }
}

/// What the tests of a control came to for one of its objectives.
public struct ObjectiveResult: Sendable, Hashable {
  /// The objective's id, such as `ac-2.3_obj.d`.
  public let objective: String
  /// The worst of what its tests mean for it: `pass`, `pass_with_accepted` or `fail`.
  public let status: TestStatus
  /// Its tests, in order.
  public let tests: [ObjectiveTest]
}

/// A test with what it means for an objective.
public struct ObjectiveTest: Sendable, Hashable {
  /// How it supports the control.
  public let mapping: ControlMapping
  /// What it means for the objective, by the control's own limits.
  public let status: TestStatus
}

extension ControlResult {
  /// What the control's tests came to for each objective that they decide, in the order of the tests. None for a control that
  /// is not concluded on: what could not be tested is not a result.
  public func objectives(_ known: AssessmentObjectives) -> [ObjectiveResult] {
    switch status {
    case .inconclusive, .notRun, .notApplicable: return []
    case .fail, .pass, .passWithAccepted: break
    }
    var order: [String] = []
    var tests: [String: [ObjectiveTest]] = [:]
    for mapping in mappings {
      guard let objective = known.objective(control, mapping.test) else { continue }
      if tests[objective] == nil { order.append(objective) }
      tests[objective, default: []].append(
        ObjectiveTest(mapping: mapping, status: mapping.status(conclusion(mapping)?.status ?? .notRun)))
    }
    return order.compactMap { objective in
      let tests = tests[objective] ?? []
      let status = TestStatus.worst(tests.map(\.status))
      switch status {
      case .inconclusive, .notRun, .notApplicable: return nil
      case .fail, .pass, .passWithAccepted:
        return ObjectiveResult(objective: objective, status: status, tests: tests)
      }
    }
  }
}
