public import AuditTrail
import YAMLFiles
import Yams

extension FrameworkCatalog {
  /// Reads a catalog file; every failure has its file, line and column.
  public static func read(path: String, text: String) throws(CatalogErrors) -> FrameworkCatalog {
    let fields = YAMLFields(path: path, text: text)
    var catalog: FrameworkCatalog?
    if let root = fields.root(of: text) { catalog = readCatalog(root, fields) }
    guard let catalog, fields.errors.isEmpty else { throw CatalogErrors(errors: fields.errors) }
    return catalog
  }
}

/// What is wrong with a catalog file, in the file's order; never empty.
public struct CatalogErrors: Error, Sendable {
  /// The failures.
  public let errors: [AssayError]
}

private let catalogKeys = ["catalog", "title", "version", "source", "date", "note", "controls"]
private let controlKeys = ["id", "title", "tests", "in_scope", "reason", "annual_core"]
private let mappingKeys = ["test", "shows", "clause", "limits", "partial", "lacks"]

private func readCatalog(_ root: Node, _ fields: YAMLFields) -> FrameworkCatalog? {
  guard let values = fields.mapping(root, "a catalog", keys: catalogKeys, required: catalogKeys) else { return nil }
  func text(_ key: String) -> String { values[key].flatMap { fields.text($0, "`\(key)` as text") } ?? "" }
  var controls: [CatalogControl] = []
  var seen: Set<String> = []
  for node in values["controls"].map({ fields.entries($0, "a control") }) ?? [] {
    guard let control = readControl(node, fields) else { continue }
    if !seen.insert(control.id).inserted { fields.complain(node, "control `\(control.id)` occurs twice") }
    controls.append(control)
  }
  let date = values["date"].flatMap { fields.moment($0, "`date`") }?.date
  guard let date else { return nil }
  return FrameworkCatalog(
    id: text("catalog"), title: text("title"), version: text("version"), source: text("source"), date: date,
    note: text("note"), controls: controls)
}

private func readControl(_ node: Node, _ fields: YAMLFields) -> CatalogControl? {
  let required = ["id", "title", "tests", "in_scope", "reason"]
  guard let values = fields.mapping(node, "a control", keys: controlKeys, required: required) else { return nil }
  func text(_ key: String) -> String { values[key].flatMap { fields.text($0, "`\(key)` as text") } ?? "" }
  let inScope = values["in_scope"].flatMap { fields.flag($0, "`in_scope`") } ?? true
  var mappings: [ControlMapping] = []
  for entry in values["tests"]?.sequence.map(Array.init) ?? [] {
    guard let mapping = readMapping(entry, fields) else { continue }
    if mappings.contains(where: { $0.test == mapping.test }) {
      fields.complain(entry, "test `\(mapping.test.rawValue)` occurs twice")
    }
    mappings.append(mapping)
  }
  if let node = values["tests"], node.sequence == nil {
    fields.complain(node, "expected `tests` as a list; [] for none")
  }
  if !inScope, let node = values["tests"], !mappings.isEmpty {
    fields.complain(node, "a control out of scope has no tests")
  }
  return CatalogControl(
    id: text("id"), title: text("title"), mappings: mappings.sorted { $0.test < $1.test }, inScope: inScope,
    reason: text("reason"),
    annualCore: values["annual_core"].flatMap { fields.flag($0, "`annual_core`") } ?? false)
}

private func readMapping(_ node: Node, _ fields: YAMLFields) -> ControlMapping? {
  guard let values = fields.mapping(node, "a test", keys: mappingKeys, required: ["test", "shows", "clause"]) else {
    return nil
  }
  func text(_ key: String) -> String? { values[key].flatMap { fields.text($0, "`\(key)` as text") } }
  guard
    let test = values["test"].flatMap({ fields.choice($0, "test", TestID.allCases.map { ($0.rawValue, $0) }) }),
    let shows = values["shows"].flatMap({
      fields.choice($0, "shows", ControlMapping.Shows.allCases.map { ($0.rawValue, $0) })
    }), let clause = text("clause")
  else { return nil }
  if let node = values["test"], test.isToolAssurance {
    fields.complain(node, "test `\(test.rawValue)` shows something of this program, and supports no control")
  }
  var mapping = ControlMapping(
    test: test, shows: shows, clause: clause, partial: text("partial"), lacks: text("lacks"))
  if let node = values["limits"] { mapping.limits = readLimits(node, fields, of: test) }
  return mapping
}

/// The limits that a control states.
func readLimits(_ node: Node, _ fields: YAMLFields, of test: TestID) -> [String: Int64] {
  let known = evidenceTests.filter { $0.description.id == test }.flatMap { $0.limits }.map(\.name)
  guard let values = fields.mapping(node, "limits", keys: known) else { return [:] }
  return values.compactMapValues { fields.count($0, "a limit", least: 0) }
}
