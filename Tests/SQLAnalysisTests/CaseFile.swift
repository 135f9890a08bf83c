import AuditTrail
import Foundation
import SQLAnalysis

/// A text and the facts expected of it, as written in `cases/*.json`; what is left out is empty, or its usual value.
struct Case: Decodable {
  struct Command: Decodable {
    var kinds: [String]
    var `where`: String?
    var limit: String?
    var reads: [String]?
    var outputs: [String]?
    var writes: [String]?
    var objects: [String]?
    var functions: [String]?
    var inside: Bool?
  }
  var about: String?
  var sql: String
  var parsed: Bool?
  var over_approximate: Bool?
  var shape: String?
  var commands: [Command]

  /// The cases of a file.
  static func read(_ name: String) throws -> [Case] { try JSONDecoder().decode([Case].self, from: bytes(name)) }

  /// Every case of every file.
  static func all() throws -> [Case] { try files.flatMap(read) }

  static let files = [
    "guardrail-bypasses", "false-alarms", "reads-and-outputs", "writes", "inside", "definitions", "other-dialects",
  ]

  static func bytes(_ name: String) throws -> Data {
    let folder = Bundle.module.bundleURL.appendingPathComponent("cases")
    return try Data(contentsOf: folder.appendingPathComponent("\(name).json"))
  }
}

/// Facts of a command in the words of a case, one property a line.
func lines(_ command: CommandFacts) -> [String] {
  [
    "kinds " + command.kinds.map(\.rawValue).sorted().joined(separator: " "), "where \(command.predicate.rawValue)",
    "limit " + (command.hasLimit.map { $0 ? "present" : "missing" } ?? "none"),
    "reads " + command.reads.map(\.description).joined(separator: ", "),
    "outputs " + command.outputs.map(\.description).joined(separator: ", "),
    "writes " + command.writes.map(\.description).joined(separator: ", "),
    "objects " + command.objects.map { $0.name.isEmpty ? $0.type : "\($0.type) \($0.name)" }.joined(separator: ", "),
    "functions " + command.functions.joined(separator: ", "), "inside \(command.isNested)",
  ]
}

/// What a case expects of a command, in the same form.
func lines(_ command: Case.Command, parsed: Bool) -> [String] {
  let usualLimit = parsed && command.kinds.contains("select") ? "missing" : "none"
  func list(_ values: [String]?) -> String { (values ?? []).joined(separator: ", ") }
  return [
    "kinds " + command.kinds.sorted().joined(separator: " "), "where \(command.where ?? "none")",
    "limit \(command.limit ?? usualLimit)", "reads " + list(command.reads), "outputs " + list(command.outputs),
    "writes " + list(command.writes), "objects " + list(command.objects), "functions " + list(command.functions),
    "inside \(command.inside ?? false)",
  ]
}
