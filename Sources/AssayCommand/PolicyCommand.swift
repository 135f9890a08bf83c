import ArgumentParser
import AuditTrail
import JSONReader
import Policies

/// `assay policy`: work on policy files.
struct PolicyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "policy", abstract: "Check policy files.", subcommands: [CheckPolicyCommand.self])
}

/// `assay policy check`: errors with line and column.
struct CheckPolicyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Read policies and name everything wrong in them, with line and column.",
    discussion: "A file, a folder of dated versions, or hoop's guardrails as JSON. Status 65 when something is wrong.")

  @Argument(help: "Policy files or folders.", completion: .file())
  var paths: [String]

  @OptionGroup var common: CommonOptions

  func run() throws {
    var errors: [AssayError] = []
    var lines: [String] = []
    var versions: [(policy: String, version: String?, effective: Timestamp?)] = []
    for path in paths {
      do {
        for version in try loadPolicies(.path(path)).versions {
          versions.append((version.policy.name, version.policy.version, version.effective))
          let dated = version.effective.map { ", in force from \($0)" } ?? ""
          lines.append("\(path): \(version.policy.name) \(version.policy.version ?? "")\(dated): no errors")
        }
      } catch let failed as FailureList {
        errors += failed.errors
      }
    }
    guard errors.isEmpty else { throw FailureList(errors: errors) }
    var json = JSONWriter(indented: true)
    json.beginObject()
    json.key("policies")
    json.beginArray()
    for version in versions {
      json.beginObject()
      json.key("policy")
      json.string(version.policy)
      json.key("version")
      json.string(version.version)
      json.key("effective")
      json.string(version.effective?.description)
      json.endObject()
    }
    json.endArray()
    json.endObject()
    common.console.document(json.bytes)
    common.console.say(lines.joined(separator: "\n"))
  }
}
