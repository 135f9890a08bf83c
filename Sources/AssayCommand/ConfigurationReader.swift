import AuditTrail
import Evidence
import Foundation
import Policies
import Reporting
import YAMLFiles
import Yams

/// Reads `assay.yaml` field by field, so that each mistake has its line and column.
struct ConfigurationReader {
  let fields: YAMLFields
  private let path: String
  private let folder: String

  private static let keys = [
    "organization", "system", "period", "archives", "policies", "shadows", "scope", "identities", "trusted_keys",
    "unsigned_sources", "checkpoints", "frameworks", "side_files", "templates", "prepared_by", "ledger", "output",
    "ratings", "previous", "limits", "reconcile", "controls",
  ]

  init(path: String, text: String) {
    self.path = path
    folder = parent(of: path)
    fields = YAMLFields(path: path, text: text)
  }

  /// The configuration that the text says.
  func read(_ text: String) throws -> Configuration {
    var configuration = Configuration(empty: path)
    if let root = fields.root(of: text),
      let values = fields.mapping(root, "the configuration", keys: Self.keys, required: ["organization", "period"])
    {
      read(values, into: &configuration)
    }
    guard fields.errors.isEmpty else { throw FailureList(errors: fields.errors) }
    return configuration
  }

  private func read(_ values: [String: Node], into configuration: inout Configuration) {
    configuration.organization = values["organization"].flatMap { fields.text($0, "a name") } ?? ""
    configuration.system = values["system"].flatMap { fields.text($0, "a name") } ?? configuration.organization
    configuration.period = values["period"].flatMap(period)
    if let archives = values["archives"] { readArchives(archives, into: &configuration) }
    configuration.policies = values["policies"].flatMap(policies)
    configuration.shadows = values["shadows"].map { fields.entries($0, "a shadow").compactMap(shadow) } ?? []
    if let scope = values["scope"] { readScope(scope, into: &configuration) }
    configuration.identities =
      values["identities"].map { fields.entries($0, "an identity").compactMap(identity) } ?? []
    readTrust(values, into: &configuration)
    if let node = values["reconcile"] { readReconciliation(node, into: &configuration) }
    configuration.frameworks = values["frameworks"].map { fields.texts($0, "a framework").map(\.text) } ?? []
    configuration.controls = values["controls"].flatMap { fields.text($0, "a file") }.map(path)
    configuration.ratings = ExceptionRatings(values["ratings"], fields)
    configuration.sideFiles = values["side_files"].map(sideFiles) ?? [:]
    configuration.limits = values["limits"].map(limits) ?? [:]
    configuration.templates = values["templates"].flatMap { fields.text($0, "a folder") }.map(path)
    configuration.previous = values["previous"].flatMap { fields.text($0, "a package") }.map(path)
    configuration.preparedBy = values["prepared_by"].flatMap { fields.text($0, "a name") }
    configuration.ledger = values["ledger"].flatMap { fields.text($0, "a path") }.map(path)
    configuration.output = values["output"].flatMap { fields.text($0, "a folder") }.map(path)
  }

  func path(_ text: String) -> String { resolve(text, in: folder) }

  // MARK: Period

  private static let mostYears: Int64 = 10

  private func period(_ node: Node) -> Period? {
    if let text = node.scalar?.string {
      if let period = Period(text) { return period }
      fields.complain(node, "unknown period `\(text)`; expected 2026-Q3, 2026-07, 2026, or { from, to, zone }")
      return nil
    }
    guard
      let values = fields.mapping(node, "a period", keys: ["from", "to", "zone", "label"], required: ["from", "to"])
    else { return nil }
    let zoneName = values["zone"].flatMap { fields.text($0, "a time zone") } ?? "UTC"
    guard let zone = TimeZone(identifier: zoneName) else {
      fields.complain(values["zone"] ?? node, "unknown time zone `\(zoneName)`; expected a name such as Europe/Berlin")
      return nil
    }
    guard let from = values["from"].flatMap({ moment($0, zone) }), let to = values["to"].flatMap({ moment($0, zone) })
    else { return nil }
    guard from < to else {
      fields.complain(values["to"] ?? node, "the period ends before it begins")
      return nil
    }
    guard to.seconds - from.seconds <= Self.mostYears * 366 * 86_400 else {
      fields.complain(
        values["to"] ?? node,
        "a period takes \(Self.mostYears) years at most, since a report says something of each of its hours; make one for each year"
      )
      return nil
    }
    let label = values["label"].flatMap { fields.text($0, "a name") }
    if let label, !isFolderName(label) {
      fields.complain(
        values["label"] ?? node,
        "a label names the package's folder: letters A to Z, digits, `-`, `_` and `.`, and not dots alone")
      return nil
    }
    return Period(label: label ?? "\(from.date)_\(to.date)", start: from, end: to, zone: zoneName)
  }

  /// A time with an offset, or a date, which is midnight in the zone.
  private func moment(_ node: Node, _ zone: TimeZone) -> Timestamp? {
    guard let date = node.scalar.flatMap({ CivilDate($0.string) }) else { return fields.moment(node, "a time") }
    // The offset at the local midnight itself: asked for twice, since the first guess is off by the offset.
    func offset(_ seconds: Int64) -> Int64 {
      Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(seconds))))
    }
    let midnight = date.start.seconds
    return Timestamp(seconds: midnight - offset(midnight - offset(midnight)))
  }

  // MARK: Policies and shadows

  private func policies(_ node: Node) -> Configuration.PolicySetting? {
    if let text = node.scalar?.string, !text.isEmpty { return .path(path(text)) }
    guard let values = fields.mapping(node, "policies", keys: ["hoop"], required: ["hoop"]), let hoop = values["hoop"],
      let files = fields.mapping(
        hoop, "hoop's files",
        keys: ["guardrails", "masking", "access_requests", "connections", "attributes", "dialect", "version"])
    else { return nil }
    func file(_ key: String) -> String? { files[key].flatMap { fields.text($0, "a path") }.map(path) }
    return .hoop(
      Configuration.HoopSetting(
        guardrails: file("guardrails"), masking: file("masking"), accessRequests: file("access_requests"),
        connections: file("connections"), attributes: file("attributes"),
        dialect: files["dialect"].flatMap {
          fields.choice($0, "dialect", HoopPolicy.Dialect.allCases.map { ($0.rawValue, $0) })
        }, version: files["version"].flatMap(hoopVersion)))
  }

  private func hoopVersion(_ node: Node) -> String? {
    guard let text = fields.text(node, "a version such as \"1.148.0\"") else { return nil }
    if HoopPolicy.Dialect(hoopVersion: text) == nil {
      fields.complain(node, "unknown version `\(text)`; expected such as \"1.148.0\"")
    }
    return text
  }

  private func shadow(_ node: Node) -> Configuration.ShadowSetting? {
    guard
      let values = fields.mapping(
        node, "a shadow", keys: ["connection", "source", "basis", "as_of", "rows", "allow_superuser"],
        required: ["source"]),
      let source = values["source"].flatMap({ fields.text($0, "a source such as sqlite:shadow.sql") })
    else { return nil }
    let isServer = source.hasPrefix("postgres://") || source.hasPrefix("postgresql://")
    let scheme = isServer ? nil : ["sqlite:", "postgres:"].first { source.hasPrefix($0) }
    let resolved = scheme.map { $0 + path(String(source.dropFirst($0.count))) } ?? source
    return Configuration.ShadowSetting(
      connection: values["connection"].flatMap { fields.text($0, "a connection") }, source: resolved,
      basis: values["basis"].flatMap { fields.choice($0, "basis", Basis.allCases.map { ($0.rawValue, $0) }) },
      asOf: values["as_of"].flatMap { fields.moment($0, "a time") },
      rows: values["rows"].flatMap { fields.text($0, "a path") }.map(path),
      allowSuperuser: values["allow_superuser"].flatMap { fields.flag($0, "allow_superuser") } ?? false,
      place: fields.place(node))
  }

  private func limits(_ node: Node) -> [String: Int64] {
    let values = fields.mapping(node, "limits", keys: TestLimit.all.map(\.name)) ?? [:]
    return values.compactMapValues { fields.count($0, "a limit", least: 0) }
  }

  private func sideFiles(_ node: Node) -> [String: String] {
    guard let values = fields.mapping(node, "side files", keys: SideFile.all.map(\.name)) else { return [:] }
    var files: [String: String] = [:]
    for (name, value) in values { files[name] = fields.text(value, "a path").map(path) }
    return files
  }
}
