import AuditTrail
import YAMLFiles
import Yams

/// An organisation's own controls, with the tests that give evidence for each: a file of its own, named by `controls` in assay.yaml.
extension FrameworkCatalog {
  /// The id under which own controls are reported.
  public static let ownID = "controls"

  /// Reads a file of own controls; every failure has its file, line and column. A criterion of one of the frameworks must be a
  /// control of it.
  public static func readOwn(
    path: String, text: String, meeting frameworks: [FrameworkCatalog]
  ) throws(CatalogErrors) -> FrameworkCatalog {
    let fields = YAMLFields(path: path, text: text)
    let catalog = fields.root(of: text).flatMap { ownCatalog($0, frameworks, fields) }
    guard let catalog, fields.errors.isEmpty else { throw CatalogErrors(errors: fields.errors) }
    return catalog
  }

  private static func ownCatalog(_ root: Node, _ frameworks: [FrameworkCatalog], _ fields: YAMLFields)
    -> FrameworkCatalog?
  {
    let keys = ["title", "version", "date", "controls"]
    guard let values = fields.mapping(root, "own controls", keys: keys, required: keys) else { return nil }
    var seen: Set<String> = []
    var controls: [CatalogControl] = []
    for node in values["controls"].map({ fields.entries($0, "a control") }) ?? [] {
      guard let control = ownControl(node, frameworks, fields) else { continue }
      if !seen.insert(control.id).inserted { fields.complain(node, "control `\(control.id)` occurs twice") }
      controls.append(control)
    }
    guard let title = values["title"].flatMap({ fields.text($0, "a title") }),
      let version = values["version"].flatMap({ fields.text($0, "a version") }),
      let date = values["date"].flatMap({ fields.moment($0, "`date`") })?.date
    else { return nil }
    return FrameworkCatalog(
      id: ownID, title: title, version: version, source: "the organisation's own file", date: date,
      note: "The organisation's own controls, and the tests that it names for each.", controls: controls)
  }

  private static func ownControl(_ node: Node, _ frameworks: [FrameworkCatalog], _ fields: YAMLFields)
    -> CatalogControl?
  {
    let required = ["id", "title", "tests"]
    guard let values = fields.mapping(node, "a control", keys: required + ["criteria"], required: required),
      let id = values["id"].flatMap({ fields.text($0, "an id") }),
      let title = values["title"].flatMap({ fields.text($0, "a title") })
    else { return nil }
    var mappings: [ControlMapping] = []
    let criteria = values["criteria"].map { fields.texts($0, "a criterion") } ?? []
    let clause = criteria.isEmpty ? title : criteria.map(\.text).joined(separator: ", ")
    for entry in values["tests"].map({ $0.sequence.map(Array.init) ?? [$0] }) ?? [] {
      guard let mapping = ownMapping(entry, clause, fields) else { continue }
      if mappings.contains(where: { $0.test == mapping.test }) {
        fields.complain(entry, "test `\(mapping.test.rawValue)` occurs twice")
      }
      mappings.append(mapping)
    }
    for (criterion, node) in criteria {
      let parts = criterion.split(separator: " ").map(String.init)
      guard parts.count == 2 else {
        fields.complain(node, "expected a framework and a control of it, such as `soc2-2017 CC6.1`")
        continue
      }
      if let framework = frameworks.first(where: { $0.id == parts[0] }),
        !framework.controls.contains(where: { $0.id == parts[1] })
      {
        fields.complain(node, "`\(parts[0])` has no control `\(parts[1])`")
      }
    }
    return CatalogControl(
      id: id, title: title, mappings: mappings.sorted { $0.test < $1.test }, inScope: true,
      reason: "The organisation's own control.",
      annualCore: false)
  }

  /// A test by its name, or with the control's own limits.
  private static func ownMapping(_ node: Node, _ clause: String, _ fields: YAMLFields) -> ControlMapping? {
    var (name, limits): (Node?, Node?) = (node, nil)
    if node.mapping != nil {
      guard let values = fields.mapping(node, "a test", keys: ["test", "limits"], required: ["test"]) else {
        return nil
      }
      (name, limits) = (values["test"], values["limits"])
    }
    guard let name, let test = fields.choice(name, "test", TestID.allCases.map { ($0.rawValue, $0) }) else {
      return nil
    }
    if test.isToolAssurance {
      fields.complain(name, "test `\(test.rawValue)` shows something of this program, and supports no control")
    }
    var mapping = ControlMapping(test: test, clause: clause)
    if let limits { mapping.limits = readLimits(limits, fields, of: test) }
    return mapping
  }
}
