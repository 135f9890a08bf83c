import Archives
import AuditTrail
import Foundation
import YAMLFiles
import Yams

/// Reads a mapping file field by field, so that each mistake has its line and column.
struct MappingFile {
  private let fields: YAMLFields

  private static let settings = [
    "layout", "separator", "columns", "time", "skip", "rows_kind", "identity_kind", "duration_unit",
  ]

  /// The mapping that a file holds; everything wrong in it is thrown at once, by place.
  static func read(_ path: String) throws -> FieldMapping {
    let text = try readText(path)
    let file = MappingFile(fields: YAMLFields(path: path, text: text))
    let mapping = file.fields.root(of: text).flatMap(file.mapping)
    guard file.fields.errors.isEmpty, let mapping else { throw FailureList(errors: file.fields.errors) }
    return mapping
  }

  private func mapping(_ root: Node) -> FieldMapping? {
    let targets = FieldMapping.Target.allCases.filter { $0 != .time }
    guard
      let values = fields.mapping(
        root, "the mapping", keys: Self.settings + targets.map(\.rawValue), required: ["layout", "time", "statement"])
    else { return nil }
    var mapping = FieldMapping(layout: layout(values) ?? .jsonLines)
    for target in targets where target != .decision {
      if let node = values[target.rawValue] { mapping.sources[target] = source(node, target.rawValue) }
    }
    if let node = values["time"] { readTime(node, into: &mapping) }
    if let node = values["decision"] { readDecision(node, into: &mapping) }
    if let node = values["skip"] { mapping.skip = skip(node) }
    if let node = values["rows_kind"] {
      mapping.rowsKind = fields.choice(node, "rows_kind", RowsKind.allCases.map { ($0.rawValue, $0) }) ?? .unknown
    }
    mapping.identityKind = values["identity_kind"].flatMap {
      fields.choice($0, "identity_kind", IdentityKind.allCases.map { ($0.rawValue, $0) })
    }
    if let node = values["duration_unit"] {
      mapping.durationUnit =
        fields.choice(
          node, "duration_unit", [("microseconds", Int64(1)), ("milliseconds", 1000), ("seconds", 1_000_000)]) ?? 1000
    }
    return mapping
  }

  private func layout(_ values: [String: Node]) -> FieldMapping.Layout? {
    guard let isCSV = values["layout"].flatMap({ fields.choice($0, "layout", [("csv", true), ("json_lines", false)]) })
    else {
      return nil
    }
    guard isCSV else {
      for name in ["separator", "columns"] {
        if let node = values[name] { fields.complain(node, "`\(name)` says nothing of JSON lines") }
      }
      return .jsonLines
    }
    let separators = [
      ("comma", UInt8(ascii: ",")), ("semicolon", UInt8(ascii: ";")), ("tab", 0x09), ("pipe", UInt8(ascii: "|")),
    ]
    let separator = values["separator"].flatMap { fields.choice($0, "separator", separators) } ?? UInt8(ascii: ",")
    let columns = values["columns"].map { fields.texts($0, "a column's name").map(\.text) }
    return .csv(separator: separator, columns: columns)
  }

  /// A field, several, or `{ constant: … }`.
  private func source(_ node: Node, _ what: String) -> FieldMapping.Source? {
    if node.mapping != nil {
      return fields.mapping(node, what, keys: ["constant"], required: ["constant"])?["constant"].flatMap {
        fields.text($0, "a constant")
      }.map { .constant($0) }
    }
    let paths = fields.texts(node, "a field's name").map { path($0.text) }
    return paths.isEmpty ? nil : .fields(paths)
  }

  /// `client.address` is the key `address` of the object under `client`.
  private func path(_ text: String) -> [String] { text.split(separator: ".").map(String.init) }

  private func readTime(_ node: Node, into mapping: inout FieldMapping) {
    guard node.mapping != nil else {
      mapping.sources[.time] = source(node, "time")
      return
    }
    guard let values = fields.mapping(node, "time", keys: ["field", "format", "zone"], required: ["field"]) else {
      return
    }
    mapping.sources[.time] = values["field"].flatMap { source($0, "time") }
    if let format = values["format"] { mapping.timeFormat = timeFormat(format) ?? .rfc3339 }
    guard let node = values["zone"], let name = fields.text(node, "a time zone such as Europe/Berlin") else { return }
    guard let zone = TimeZone(identifier: name) else {
      return fields.complain(node, "unknown time zone `\(name)`; expected a name such as Europe/Berlin")
    }
    mapping.zone = { zone.offset(at: $0) }
  }

  private func timeFormat(_ node: Node) -> FieldMapping.TimeFormat? {
    guard let text = fields.text(node, "a time's format") else { return nil }
    let known: [String: FieldMapping.TimeFormat] = [
      "rfc3339": .rfc3339, "epoch_seconds": .epoch(unitsPerSecond: 1),
      "epoch_milliseconds": .epoch(unitsPerSecond: 1000),
      "epoch_microseconds": .epoch(unitsPerSecond: 1_000_000),
      "epoch_nanoseconds": .epoch(unitsPerSecond: 1_000_000_000),
    ]
    if let format = known[text] { return format }
    let codes = text.split(separator: "%", omittingEmptySubsequences: false).dropFirst().map { $0.first ?? " " }
    guard codes.contains("Y"), codes.allSatisfy({ "YmdHMSfzb".contains($0) }) else {
      fields.complain(
        node,
        "unknown format `\(text)`; expected \(listed(known.keys.sorted(), "or")), or a pattern such as `%Y-%m-%d %H:%M:%S`"
      )
      return nil
    }
    return .pattern(text)
  }

  private func readDecision(_ node: Node, into mapping: inout FieldMapping) {
    guard let values = fields.mapping(node, "decision", keys: ["field", "constant", "values", "else"]) else { return }
    let actions = Action.allCases.map { ($0.rawValue, $0) }
    if let constant = values["constant"] {
      guard let action = fields.choice(constant, "decision", actions) else { return }
      mapping.sources[.decision] = .constant(action.rawValue)
      mapping.decisions = [action.rawValue: action]
      return
    }
    guard let field = values["field"] else { return fields.complain(node, "decision lacks `field` or `constant`") }
    mapping.sources[.decision] = source(field, "decision")
    mapping.otherDecision = values["else"].flatMap { fields.choice($0, "decision", actions) }
    guard let words = values["values"]?.mapping else {
      return fields.complain(values["values"] ?? node, "expected `values` as a mapping of the log's words to decisions")
    }
    for (key, value) in words {
      guard let word = fields.text(key, "a word of the log"), let action = fields.choice(value, "decision", actions)
      else {
        continue
      }
      mapping.decisions[word] = action
    }
  }

  private func skip(_ node: Node) -> (field: [String], values: Set<String>)? {
    guard let values = fields.mapping(node, "skip", keys: ["field", "values"], required: ["field", "values"]),
      let field = values["field"].flatMap({ fields.text($0, "a field's name") }), let words = values["values"]
    else { return nil }
    return (path(field), Set(fields.texts(words, "a value").map(\.text)))
  }
}
