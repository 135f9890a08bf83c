public import ArgumentParser
import AuditTrail
import JSONReader
public import Policies
import PolicyDiff

/// Reads what was typed as one side of a diff: `recorded`, a policy, a folder of dated versions, or hoop's rules.
struct DiffSources {
  /// hoop's connections and attributes, as typed.
  var connections: String?
  var attributes: String?
  /// Which engine evaluates its patterns.
  var dialect: HoopPolicy.Dialect?
  /// The gateway's version, which says the engine where none was typed.
  var version: String?
  var configuration: Configuration?

  func source(_ text: String) throws -> PolicySource {
    if text == "recorded" { return .recorded }
    guard fileExists(text) else {
      throw AssayError(
        .missingInput, "There is no such policy; name a YAML file, a folder, hoop's guardrails as JSON, or `recorded`.",
        at: Place(text))
    }
    if let version, HoopPolicy.Dialect(hoopVersion: version) == nil {
      throw AssayError(.usage, "--hoop-version takes a version such as 1.148.0.")
    }
    return .policies(try loadPolicies(setting(text)))
  }

  private func setting(_ path: String) -> Configuration.PolicySetting {
    // A folder with hoop's guardrails holds their bindings beside them, under the names that `docs/collect-hoop.md` gives.
    let isFolder = isDirectory(path)
    let guardrails = isFolder ? resolve("guardrails.json", in: path) : path
    guard guardrails.hasSuffix(".json"), fileExists(guardrails) else { return .path(path) }
    if case .hoop(let configured)? = configuration?.policies, configured.guardrails == guardrails, connections == nil,
      attributes == nil, dialect == nil, version == nil, let policies = configuration?.policies
    {
      return policies
    }
    func beside(_ names: String...) -> String? {
      guard isFolder else { return nil }
      return names.map { resolve($0, in: path) }.first(where: fileExists)
    }
    return .hoop(
      Configuration.HoopSetting(
        guardrails: guardrails, masking: beside("datamasking-rules.json", "masking.json"),
        accessRequests: beside("access-request-rules.json", "access-requests.json"),
        connections: connections ?? beside("connections.json"), attributes: attributes ?? beside("attributes.json"),
        dialect: dialect, version: version ?? beside("serverinfo.json").flatMap(recordedVersion)))
  }
}

/// The version that a gateway's own answer to `serverinfo` names.
private func recordedVersion(_ path: String) -> String? {
  var parser = JSONParser()
  guard let bytes = try? readFile(path), let root = try? parser.parse(bytes) else { return nil }
  return parser.value(of: root, "version").flatMap { parser.string($0) }
}

extension HoopPolicy.Dialect: ExpressibleByArgument {}

extension PolicySource {
  /// Where each rule stands, by name; the latest version's counts.
  var places: [String: Place] {
    guard case .policies(let set) = self else { return [:] }
    var places: [String: Place] = [:]
    for version in set.versions {
      guard case .rules(let compiled) = version.policy else { continue }
      for rule in compiled.policy.rules { places[rule.id] = rule.place }
    }
    return places
  }
}
