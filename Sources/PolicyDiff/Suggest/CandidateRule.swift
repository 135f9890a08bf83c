import AuditTrail
import JSONReader
import Policies

/// A rule that might be proposed: a predicate drawn from what a statement says and who sent it to where.
struct CandidateRule: Hashable {
  var kinds: [String] = []
  var predicate: String?
  var writes: [String] = []
  var reads: [String] = []
  var objects: [String] = []
  var functions: [String] = []
  var isUnparsed = false
  var isMultiple = false
  var identityKind: String?
  var environment: String?

  /// How many conditions it has: of rules that do the same the simplest is proposed.
  var conditions: Int {
    let lists = [kinds, writes, reads, objects, functions].count { !$0.isEmpty }
    return lists + (predicate == nil ? 0 : 1) + (isUnparsed ? 1 : 0) + (isMultiple ? 1 : 0)
      + (identityKind == nil ? 0 : 1) + (environment == nil ? 0 : 1)
  }

  /// The predicate in the policy language, on one line.
  var yaml: String {
    var statement: [String] = []
    for (key, values) in [
      ("kind", kinds), ("writes", writes), ("reads", reads), ("objects", objects), ("functions", functions),
    ] where !values.isEmpty {
      statement.append("\(key): [\(values.map(quotedYAML).joined(separator: ", "))]")
    }
    if let predicate { statement.insert("where: \(predicate)", at: kinds.isEmpty ? 0 : 1) }
    if isUnparsed { statement.append("parsed: false") }
    if isMultiple { statement.append("statements: multiple") }
    var sections: [String] = []
    if !statement.isEmpty { sections.append("statement: { \(statement.joined(separator: ", ")) }") }
    if let identityKind { sections.append("identity: { kind: \(identityKind) }") }
    if let environment { sections.append("connection: { environment: \(quotedYAML(environment)) }") }
    return "{ \(sections.joined(separator: ", ")) }"
  }

  /// A name for the rule, from what it asks for.
  var name: String {
    var words = kinds
    if isUnparsed { words.append("unparsed") }
    if isMultiple { words.append("multiple") }
    if let predicate { words.append(predicate == "missing" ? "without where" : predicate) }
    words += objects + functions + writes + reads
    if let identityKind { words.append(identityKind) }
    if let environment { words.append(environment) }
    let text = words.joined(separator: "-").lowercased().map { character in
      character.isASCII && (character.isLetter || character.isNumber) ? character : "-"
    }
    return String(text).split(separator: "-").joined(separator: "-")
  }
}

/// A scalar that YAML reads back as this text, in quotes only where it needs them.
func quotedYAML(_ text: String) -> String {
  let isPlain =
    text.utf8.allSatisfy { byte in
      byte | 0x20 >= 97 && byte | 0x20 <= 122 || byte >= 48 && byte <= 57 || byte == 95 || byte == 46 || byte == 45
    } && text.utf8.first.map { $0 | 0x20 >= 97 && $0 | 0x20 <= 122 } == true
    && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(text.lowercased())
  guard !isPlain else { return text }
  var quoted = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": quoted += "\\\""
    case "\\": quoted += "\\\\"
    case _ where scalar.isUnseen:
      let digits = String(scalar.value, radix: 16)
      quoted += "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
    default: quoted.unicodeScalars.append(scalar)
    }
  }
  return quoted + "\""
}

/// A name's part as a policy spells it: in double quotes where it would be folded or torn apart.
func policyName(_ part: String) -> String {
  let isPlain = part.utf8.allSatisfy { $0 >= 97 && $0 <= 122 || $0 >= 48 && $0 <= 57 || $0 == 95 || $0 >= 0x80 }
  return isPlain && !part.isEmpty
    ? part : "\"" + part.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
}

extension TableReference {
  /// The table as a policy spells it; a name alone matches in any schema.
  var policyName: String { PolicyDiff.policyName(name) }
}
