import AuditTrail
import JSONReader

/// The JSON files that hold a hoop gateway's rules and what they are bound to, as its API answers.
public struct HoopFiles: Sendable {
  /// A file's path, as the user gave it, and its bytes.
  public struct File: Sendable {
    /// The path.
    public var path: String
    /// The bytes.
    public var bytes: [UInt8]

    /// A file.
    public init(path: String, bytes: [UInt8]) {
      self.path = path
      self.bytes = bytes
    }
  }

  /// `GET /api/guardrails`, or the bare list of rule sets that is sent to agents.
  public var guardrails: File?
  /// `GET /api/datamasking-rules`.
  public var masking: File?
  /// `GET /api/access-requests/rules`.
  public var accessRequests: File?
  /// `GET /api/connections`.
  public var connections: File?
  /// `GET /api/attributes`.
  public var attributes: File?

  /// The files there are.
  public init(
    guardrails: File? = nil, masking: File? = nil, accessRequests: File? = nil, connections: File? = nil,
    attributes: File? = nil
  ) {
    self.guardrails = guardrails
    self.masking = masking
    self.accessRequests = accessRequests
    self.connections = connections
    self.attributes = attributes
  }
}

extension HoopPolicy {
  /// Reads rules and bindings. Without a dialect patterns are RE2's, and those that RE2 refuses are Presidio's, as hoop
  /// documents them since August 2026. All that is wrong is thrown at once; a binding that the files do not resolve names its rule.
  public init(_ files: HoopFiles, dialect: Dialect? = nil) throws(PolicyErrors) {
    let reader = HoopFilesReader(dialect: dialect)
    reader.readBindings(files)
    if let file = files.guardrails { reader.readGuardrails(file) }
    if let file = files.masking { reader.readMasking(file) }
    if let file = files.accessRequests { reader.readAccessRequests(file) }
    guard let first = files.guardrails ?? files.masking ?? files.accessRequests else {
      throw PolicyErrors(AssayError(.missingInput, "no guardrails, masking or access-request rules were given"))
    }
    guard reader.errors.isEmpty else { throw PolicyErrors(reader.errors) }
    self.init(name: first.path, rules: reader.rules, notes: reader.notes, outputRules: reader.outputRules)
  }
}

/// One element of a file's array.
struct HoopEntry {
  let path: String
  let index: Int
  let value: JSONValue

  var place: Place { Place(path, entry: index + 1) }
}

/// Reads hoop's JSON, collecting failures and notes.
final class HoopFilesReader {
  let dialect: HoopPolicy.Dialect?
  private(set) var errors: [AssayError] = []
  private(set) var notes: [String] = []
  private(set) var outputRules: [(name: String, place: Place)] = []
  private(set) var rules: [HoopRule] = []
  private var bindings = HoopBindings()
  private let sizes = PatternSizes()

  init(dialect: HoopPolicy.Dialect?) { self.dialect = dialect }

  // MARK: Files

  /// Calls `body` for each element of the array that a file holds, alone or under `data`.
  private func forEach(_ file: HoopFiles.File, _ what: String, _ body: (borrowing JSONParser, HoopEntry) -> Void) {
    var parser = JSONParser()
    do throws(JSONError) {
      let root = try parser.parse(file.bytes)
      let list = parser.kind(root) == .object ? parser.value(of: root, "data") ?? root : root
      guard parser.kind(list) == .array else {
        errors.append(AssayError(.invalidFile, "expected \(what) as a JSON array", at: Place(file.path)))
        return
      }
      for (index, value) in parser.elements(of: list).enumerated() {
        let entry = HoopEntry(path: file.path, index: index, value: value)
        guard parser.kind(value) == .object else {
          errors.append(AssayError(.invalidFile, "expected an object", at: entry.place))
          continue
        }
        body(parser, entry)
      }
    } catch {
      errors.append(AssayError(.invalidFile, "not JSON: \(error)", at: Place(file.path)))
    }
  }

  func readBindings(_ files: HoopFiles) {
    if let file = files.connections {
      bindings.knowsConnections = true
      forEach(file, "connections") { parser, entry in
        guard let name = parser.text(entry.value, "name") else {
          errors.append(AssayError(.invalidFile, "the connection lacks `name`", at: entry.place))
          return
        }
        bindings.addConnection(
          name: name, id: parser.text(entry.value, "id"), attributes: parser.texts(entry.value, "attributes"),
          rules: parser.texts(entry.value, "guardrail_rules"))
      }
    }
    if let file = files.attributes {
      forEach(file, "attributes") { parser, entry in
        guard let name = parser.text(entry.value, "name") else {
          errors.append(AssayError(.invalidFile, "the attribute lacks `name`", at: entry.place))
          return
        }
        let connections = parser.texts(entry.value, "connection_names")
        bindings.addAttribute(name: name, connections: connections)
        for key in ["guardrail_rule_names", "datamasking_rule_names", "access_request_rule_names"] as [StaticString] {
          for rule in parser.texts(entry.value, key) { bindings.bind(rule: rule, toAttribute: name) }
        }
      }
    }
  }

  // MARK: Guardrails

  func readGuardrails(_ file: HoopFiles.File) {
    forEach(file, "guardrails") { parser, entry in
      if let list = parser.value(of: entry.value, "rules") {
        // The bare form: a rule set without name or binding, which applies wherever it was sent.
        addInputRules(parser, list, set: "rules[\(entry.index)]", connections: nil, entry)
        return
      }
      guard let name = parser.text(entry.value, "name") else {
        errors.append(AssayError(.invalidFile, "the guardrail lacks `name` or `rules`", at: entry.place))
        return
      }
      let connections = resolve(parser, entry, rule: name, id: parser.text(entry.value, "id"))
      if let input = parser.value(of: entry.value, "input"), let list = parser.value(of: input, "rules") {
        addInputRules(parser, list, set: name, connections: connections, entry)
      }
      if let output = parser.value(of: entry.value, "output"), let list = parser.value(of: output, "rules") {
        let count = parser.count(list)
        if count > 0 {
          outputRules.append((name, entry.place))
          notes.append("guardrail `\(name)`: \(count) output rule\(count == 1 ? "" : "s") not evaluated offline")
        }
      }
    }
  }

  private func addInputRules(
    _ parser: borrowing JSONParser, _ list: JSONValue, set: String, connections: Set<String>?, _ entry: HoopEntry
  ) {
    for rule in parser.elements(of: list) {
      let name = parser.text(rule, "name").flatMap { $0.isEmpty ? nil : $0 } ?? set
      guard !sizes.areTooLarge, let check = check(parser, rule) else { continue }
      if case .pattern(let pattern, _, _) = check { sizes.add(pattern) }
      if sizes.areTooLarge {
        errors.append(
          AssayError(.invalidFile, "\(PatternSizes.complaint); repeat less, or split the rules", at: entry.place))
      }
      let message = parser.text(rule, "message").flatMap { $0.isEmpty ? nil : $0 }
      rules.append(
        HoopRule(name: name, message: message, connections: connections, check: check, place: entry.place))
    }
  }

  /// What an input rule checks; `nil` where it checks nothing: no word, or an empty pattern.
  private func check(_ parser: borrowing JSONParser, _ rule: JSONValue) -> HoopRule.Check? {
    let type = parser.text(rule, "type") ?? ""
    switch type {
    case "deny_words_list":
      let words = parser.texts(rule, "words").filter { !$0.isEmpty }
      guard !words.isEmpty else { return nil }
      return .words(words.map { TextPattern(containing: $0) }, expected: words.joined(separator: ", "))
    case "pattern_match":
      guard let text = parser.text(rule, "pattern_regex"), !text.isEmpty else { return nil }
      do throws(TextPattern.Refused) {
        switch dialect {
        case .re2: return .pattern(try TextPattern(re2: text), expected: text, isApproximate: false)
        case .presidio: return .pattern(try TextPattern(pcre2: text), expected: text, isApproximate: true)
        case nil: return try pattern(inEitherDialect: text)
        }
      } catch {
        return .refusal(reason: error.message)
      }
    default:
      return .refusal(reason: "the rule's type is none that hoop knows")
    }
  }

  private func pattern(inEitherDialect text: String) throws(TextPattern.Refused) -> HoopRule.Check {
    do throws(TextPattern.Refused) {
      return .pattern(try TextPattern(re2: text), expected: text, isApproximate: false)
    } catch {
      guard let pattern = try? TextPattern(pcre2: text) else { throw error }
      return .pattern(pattern, expected: text, isApproximate: true)
    }
  }

  // MARK: Masking and access requests

  func readMasking(_ file: HoopFiles.File) {
    forEach(file, "masking rules") { parser, entry in
      guard let name = parser.text(entry.value, "name") else {
        errors.append(AssayError(.invalidFile, "the masking rule lacks `name`", at: entry.place))
        return
      }
      var detectors: Set<String> = []
      for key in ["supported_entity_types", "custom_entity_types"] as [StaticString] {
        guard let list = parser.value(of: entry.value, key) else { continue }
        for element in parser.elements(of: list) {
          let types = parser.texts(element, "entity_types")
          let custom = parser.text(element, "name").map { [$0] } ?? []
          detectors.formUnion((types.isEmpty ? custom : types).map { "detector:" + $0 })
        }
      }
      let connections = resolve(parser, entry, rule: name, id: parser.text(entry.value, "id"))
      guard !detectors.isEmpty else {
        notes.append("masking rule `\(name)` names no type to mask")
        return
      }
      rules.append(
        HoopRule(
          name: name, message: nil, connections: connections, check: .mask(detectors.sorted()), place: entry.place))
    }
  }

  func readAccessRequests(_ file: HoopFiles.File) {
    forEach(file, "access-request rules") { parser, entry in
      guard let name = parser.text(entry.value, "name") else {
        errors.append(AssayError(.invalidFile, "the access-request rule lacks `name`", at: entry.place))
        return
      }
      let check = HoopRule.Check.review(
        groups: parser.texts(entry.value, "approval_required_groups"),
        skipping: parser.texts(entry.value, "skip_review_groups"),
        approvers: HoopApprovers(
          groups: parser.texts(entry.value, "reviewers_groups"),
          mustAllApprove: parser.value(of: entry.value, "all_groups_must_approve").flatMap { parser.bool($0) } ?? false,
          minimum: parser.value(of: entry.value, "min_approvals").flatMap { parser.int($0) }?.asCount,
          forcing: parser.texts(entry.value, "force_approval_groups")))
      rules.append(
        HoopRule(
          name: name, message: nil, connections: resolve(parser, entry, rule: name, id: nil), check: check,
          place: entry.place))
    }
  }

  // MARK: Bindings

  /// The connections a rule is bound to, by identifier, name and attribute; what does not resolve is a failure.
  private func resolve(_ parser: borrowing JSONParser, _ entry: HoopEntry, rule: String, id: String?) -> Set<String> {
    let (connections, unresolved) = bindings.resolve(
      rule: rule, id: id, connectionIDs: parser.texts(entry.value, "connection_ids"),
      connectionNames: parser.texts(entry.value, "connection_names"),
      attributes: parser.texts(entry.value, "attributes"))
    for binding in unresolved {
      errors.append(
        AssayError(
          .invalidFile, "rule `\(rule)` is bound to \(binding), which no connections or attributes file resolves",
          at: entry.place))
    }
    if connections.isEmpty, unresolved.isEmpty { notes.append("rule `\(rule)` is bound to no connection") }
    return connections
  }
}

extension JSONParser {
  /// A member's text.
  fileprivate func text(_ object: JSONValue, _ key: StaticString) -> String? {
    value(of: object, key).flatMap { string($0) }
  }

  /// A member's list of texts; null and absence are none.
  fileprivate func texts(_ object: JSONValue, _ key: StaticString) -> [String] {
    value(of: object, key).map { list in elements(of: list).compactMap { string($0) } } ?? []
  }
}
