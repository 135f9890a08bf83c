public import ArgumentParser
import AuditTrail
public import Policies
import PolicyDiff

/// Reads what was typed as one side of a diff: `recorded`, a policy, a folder of dated versions, or hoop's rules.
struct DiffSources {
  /// hoop's connections and attributes, as typed.
  var connections: String?
  var attributes: String?
  /// Which engine evaluates its patterns.
  var dialect: HoopPolicy.Dialect?
  var configuration: Configuration?

  func source(_ text: String) throws -> PolicySource {
    if text == "recorded" { return .recorded }
    guard fileExists(text) else {
      throw AssayError(
        .missingInput, "There is no such policy; name a YAML file, a folder, hoop's guardrails as JSON, or `recorded`.",
        at: Place(text))
    }
    return .policies(try loadPolicies(setting(text)))
  }

  private func setting(_ path: String) -> Configuration.PolicySetting {
    // A folder with hoop's guardrails holds their bindings beside them, under the names that `docs/collect-hoop.md` gives.
    let isFolder = isDirectory(path)
    let guardrails = isFolder ? resolve("guardrails.json", in: path) : path
    guard guardrails.hasSuffix(".json"), fileExists(guardrails) else { return .path(path) }
    if case .hoop(let configured)? = configuration?.policies, configured.guardrails == guardrails, connections == nil,
      attributes == nil, dialect == nil, let policies = configuration?.policies
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
        dialect: dialect))
  }
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
