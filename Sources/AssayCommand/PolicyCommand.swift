import ArgumentParser
import AuditTrail
import JSONReader
import Policies
import PolicyDiff
import PostgresShadows
import Replay
import SyntheticShadows

/// `assay policy`: work on policy files.
struct PolicyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "policy", abstract: "Check policies; propose rules with their measured figures.",
    subcommands: [CheckPolicyCommand.self, SuggestPolicyCommand.self])
}

/// `assay policy check`: errors and lints with line and column.
struct CheckPolicyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Read policies and name everything wrong or odd in them, with line and column.",
    discussion: """
      A file, a folder of dated versions, or hoop's guardrails (a .json file, or a folder with guardrails.json, \
      connections.json and attributes.json); without a path the configuration's policies. With --ledger the rules are \
      held against its traffic, with --shadow (or --config) against the columns there are. docs/policy-lints.md lists the \
      lints.

      Status 65 when something is wrong; with --strict also when something is odd.
      """)

  @Argument(help: "Policy files or folders.", completion: .file())
  var paths: [String] = []

  @Option(help: "A shadow whose tables and columns the policy may name, such as sqlite:FILE; repeatable.")
  var shadow: [String] = []

  @Option(help: "hoop's connections, for guardrails given as a file.", completion: .file(extensions: ["json"]))
  var hoopConnections: String?

  @Option(help: "hoop's attributes, for guardrails given as a file.", completion: .file(extensions: ["json"]))
  var hoopAttributes: String?

  @Option(help: "The engine of hoop's patterns; without it the one of --hoop-version.")
  var hoopDialect: HoopPolicy.Dialect?

  @Option(
    help: ArgumentHelp(
      "hoop's version: from 1.148 on patterns are Presidio's, before RE2's; without it RE2, and Presidio's for what RE2 refuses.",
      valueName: "version"))
  var hoopVersion: String?

  @Flag(help: "End with status 65 when there is a lint.")
  var strict = false

  @OptionGroup var superuser: SuperuserOption
  @OptionGroup var common: CommonOptions

  func run() throws {
    // What is in assay.yaml counts only where it was named: a policy is checked by itself unless more is asked for.
    let configuration =
      paths.isEmpty ? try common.requiredConfiguration() : try common.config.map { try Configuration(path: $0) }
    let read = try policies(configuration)
    var lints = read.flatMap { $0.set.versions.flatMap(\.policy.lints) }
    if let columns = try shadowColumns(configuration) {
      for version in read.flatMap(\.set.versions) {
        if case .rules(let compiled) = version.policy { lints += compiled.policy.lints(againstColumns: columns) }
      }
    }
    if let path = common.ledger {
      let ledger = try existingLedger(path)
      try configuration?.applyMappings(to: ledger)
      for entry in read { lints += try trafficLints(ledger, entry.set) }
    }
    lints = lints.inOrder
    common.console.document(json(read, lints))
    common.console.say(text(read, lints))
    if strict, !lints.isEmpty { throw CheckFailed(status: ExitStatus.badData) }
  }

  private func policies(_ configuration: Configuration?) throws -> [(path: String, set: PolicySet)] {
    if paths.isEmpty {
      guard let setting = configuration?.policies else {
        throw AssayError(.usage, "There is nothing to check; name a policy, or `policies:` in the configuration.")
      }
      return [(configuration?.path ?? "", try loadPolicies(setting))]
    }
    let sources = DiffSources(
      connections: hoopConnections, attributes: hoopAttributes, dialect: hoopDialect, version: hoopVersion,
      configuration: configuration)
    var read: [(path: String, set: PolicySet)] = []
    var errors: [AssayError] = []
    for path in paths {
      do {
        guard case .policies(let set) = try sources.source(path) else {
          throw AssayError(.usage, "`recorded` is not a policy; name a file or folder.")
        }
        read.append((path, set))
      } catch let failed as FailureList {
        errors += failed.errors
      }
    }
    guard errors.isEmpty else { throw FailureList(errors: errors) }
    return read
  }

  /// Every column of the shadows; `nil` where there is none to look at.
  private func shadowColumns(_ configuration: Configuration?) throws -> [String]? {
    let settings = shadow.isEmpty ? configuration?.shadows ?? [] : []
    let sources = Set(shadow + settings.map(\.source)).sorted()
    guard !sources.isEmpty else { return nil }
    var options = superuser.options
    if settings.contains(where: \.allowSuperuser) { options.allowSuperuser = true }
    var columns: Set<String> = []
    for source in sources {
      columns.formUnion(try openedShadow(try ShadowSource(source), options: options, on: common.console).columnNames())
    }
    return columns.sorted()
  }

  private func text(_ read: [(path: String, set: PolicySet)], _ lints: [PolicyLint]) -> String {
    var lines: [String] = []
    for (path, set) in read {
      for version in set.versions {
        let dated = version.effective.map { ", in force from \($0)" } ?? ""
        let number = version.policy.version.map { " \($0)" } ?? ""
        lines.append("\(path): \(version.policy.name)\(number)\(dated): no errors")
      }
    }
    if !lints.isEmpty { lines.append("") }
    for lint in lints {
      let rule = lint.rule.map { "rule `\($0)`: " } ?? ""
      lines.append(printable("\(lint.place): \(lint.kind.severity): \(rule)\(lint.message) [\(lint.kind.rawValue)]"))
    }
    let warnings = lints.count { $0.kind.isWarning }
    if !lints.isEmpty {
      lines += ["", "\(counted(warnings, "warning")), \(counted(lints.count - warnings, "note"))."]
    }
    return lines.joined(separator: "\n")
  }

  private func json(_ read: [(path: String, set: PolicySet)], _ lints: [PolicyLint]) -> [UInt8] {
    var json = JSONWriter(indented: true)
    json.beginObject()
    json.key("policies")
    json.beginArray()
    for version in read.flatMap(\.set.versions) {
      json.beginObject()
      json.key("policy")
      json.string(version.policy.name)
      json.key("version")
      json.string(version.policy.version)
      json.key("effective")
      json.string(version.effective?.description)
      json.endObject()
    }
    json.endArray()
    json.key("lints")
    json.beginArray()
    for lint in lints {
      json.beginObject()
      for (key, value) in [
        ("id", lint.kind.rawValue), ("severity", lint.kind.severity), ("rule", lint.rule), ("message", lint.message),
        ("path", lint.place.path),
      ] as [(String, String?)] {
        json.key(key)
        json.string(value)
      }
      for (key, value) in [("line", lint.place.line), ("column", lint.place.column), ("entry", lint.place.entry)] {
        json.key(key)
        json.integer(value.map(Int64.init))
      }
      json.endObject()
    }
    json.endArray()
    json.endObject()
    return json.bytes
  }
}
