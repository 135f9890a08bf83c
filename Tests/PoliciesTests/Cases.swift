import AuditTrail
import Foundation
import Policies
import Testing
import Yams

/// Reads a file of cases.
func cases<Value: Decodable>(_ name: String, as type: Value.Type) throws -> Value {
  let url = try #require(Bundle.module.url(forResource: name, withExtension: nil, subdirectory: "cases"))
  return try YAMLDecoder().decode(type, from: String(contentsOf: url, encoding: .utf8))
}

/// One value, or a list of them.
struct OneOrMore: Decodable {
  let values: [String]

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    values = try (try? container.decode([String].self)) ?? [container.decode(String.self)]
  }
}

/// A command's facts as a case spells them.
struct CommandCase: Decodable {
  let kind: OneOrMore
  let `where`: String?
  let limit: String?
  let reads: [String]?
  let writes: [String]?
  let objects: [String]?
  let functions: [String]?
  let nested: Bool?

  func facts() throws -> CommandFacts {
    var facts = CommandFacts(kinds: Set(try kind.values.map { try #require(CommandKind(rawValue: $0)) }))
    if let state = `where` { facts.predicate = try #require(PredicateState(rawValue: state)) }
    facts.hasLimit = limit.map { $0 == "present" }
    facts.reads = try (reads ?? []).map(column)
    facts.writes = try (writes ?? []).map(column)
    facts.objects = (objects ?? []).map { ObjectReference(type: $0, name: "x") }
    facts.functions = functions ?? []
    facts.isNested = nested ?? false
    return facts
  }

  private func column(_ text: String) throws -> ColumnReference {
    let parts = text.split(separator: ".").map(String.init)
    try #require((2...3).contains(parts.count))
    let table = TableReference(schema: parts.count == 3 ? parts[0] : nil, name: parts[parts.count - 2])
    return ColumnReference(table: table, column: parts[parts.count - 1])
  }
}

/// Facts of a text from those of its commands.
func facts(_ commands: [CommandFacts], parsed: Bool = true, overApproximate: Bool = false) -> Facts {
  Facts(
    parsed: parsed, fingerprint: "0", normalized: "", commands: commands,
    commandCount: commands.count { !$0.isNested }, overApproximate: overApproximate)
}
