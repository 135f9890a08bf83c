import AuditTrail
import Yams
import YAMLFiles

/// Reads `when` and `unless` from a policy file.
struct PredicateReader {
  let fields: YAMLFields
  private let sizes = PatternSizes()

  init(fields: YAMLFields) { self.fields = fields }

  /// A mapping, or a list of mappings of which any may match.
  func predicate(_ node: Node, path: String) -> Predicate {
    Predicate(alternatives: fields.entries(node, "a predicate").compactMap { conjunction($0, path: path) })
  }

  private func conjunction(_ node: Node, path: String) -> Conjunction? {
    let keys = ["statement", "identity", "connection", "context"]
    guard let values = fields.mapping(node, "the predicate", keys: keys) else { return nil }
    var conditions: [Condition] = []
    for key in keys {
      guard let value = values[key] else { continue }
      let inner = path + "." + key
      switch key {
      case "statement": conditions += section(value, "`statement`", inner, statementTests)
      case "identity": conditions += section(value, "`identity`", inner, identityTests)
      case "connection": conditions += connectionConditions(value, path: inner)
      default: conditions += section(value, "`context`", inner, contextTests)
      }
    }
    return Conjunction(conditions)
  }

  /// Conditions about the connection, tags among them; `harm` reads them too.
  func connectionConditions(_ node: Node, path: String) -> [Condition] {
    section(node, "`connection`", path, connectionTests)
  }

  private typealias Reader = (String, (Node) -> [Test])

  private func section(_ node: Node, _ what: String, _ path: String, _ readers: [Reader]) -> [Condition] {
    guard let values = fields.mapping(node, what, keys: readers.map(\.0)) else { return [] }
    var conditions: [Condition] = []
    for (key, read) in readers {
      guard let value = values[key] else { continue }
      for test in read(value) {
        conditions.append(
          Condition(path: path + "." + key, place: fields.place(value), expected: spelled(value, depth: 0), test: test))
      }
    }
    return conditions
  }

  // MARK: Sections

  private var statementTests: [Reader] {
    [
      ("kind", { mask($0, "kind", CommandKind.allCases.map { ($0.rawValue, $0.bit) }).map { [.kind($0)] } ?? [] }),
      (
        "where",
        { node in
          let states = [PredicateState.missing, .alwaysTrue, .present].map { ($0.rawValue, UInt32($0.bit)) }
          return mask(node, "where", states).map { [.predicate(UInt8($0))] } ?? []
        }
      ),
      (
        "limit",
        { node in
          mask(node, "limit", [("missing", 1), ("present", 2)]).map {
            [.limit(missing: $0 & 1 != 0, present: $0 & 2 != 0)]
          } ?? []
        }
      ),
      ("reads", { node in columns(node).map { [.reads($0)] } ?? [] }),
      ("writes", { node in columns(node).map { [.writes($0)] } ?? [] }),
      (
        "objects",
        { node in
          let types = fields.texts(node, "a type of object such as table or index").map(\.text)
          return types.isEmpty ? [] : [.objects(types.map(normalizedObjectType))]
        }
      ),
      (
        "functions",
        { node in
          let names = fields.texts(node, "a function's name").map { Wildcard(lowercasedASCII($0.text)) }
          return names.isEmpty ? [] : [.functions(names)]
        }
      ),
      ("statements", { fields.choice($0, "statements", [("multiple", [.multiple])]) ?? [] }),
      ("parsed", { fields.flag($0, "parsed").map { [.parsed($0)] } ?? [] }),
      ("text", textTests),
    ]
  }

  private var identityTests: [Reader] {
    [
      ("user", { wildcards($0, "a user").map { [.user($0)] } ?? [] }),
      (
        "kind",
        { node in
          mask(node, "kind", IdentityKind.allCases.map { ($0.rawValue, UInt32($0.bit)) }).map {
            [.identityKind(UInt8($0))]
          } ?? []
        }
      ),
      ("groups", { wildcards($0, "a group").map { [.groups($0)] } ?? [] }),
      (
        "mfa",
        { node in
          let wanted = fields.texts(node, "given, missing or a method such as webauthn").map { entry in
            switch entry.text {
            case "given", "true": StrongAuthentication.given
            case "missing", "false": StrongAuthentication.missing
            default: StrongAuthentication.method(Wildcard(entry.text))
            }
          }
          return wanted.isEmpty ? [] : [.strongAuthentication(wanted)]
        }
      ),
    ]
  }

  private var connectionTests: [Reader] {
    [
      ("name", { wildcards($0, "a connection's name").map { [.connectionName($0)] } ?? [] }),
      ("engine", { wildcards($0, "an engine").map { [.engine($0)] } ?? [] }),
      ("database", { wildcards($0, "a database").map { [.database($0)] } ?? [] }),
      ("environment", { wildcards($0, "an environment").map { [.environment($0)] } ?? [] }),
      (
        "tags",
        { node in
          guard let mapping = node.mapping, !mapping.isEmpty else {
            fields.complain(node, "expected tags as a mapping such as { tier: gold }")
            return []
          }
          return mapping.compactMap { key, value in
            guard let name = fields.text(key, "a tag's name") else { return nil }
            return wildcards(value, "a tag's value").map { .tag(name, $0) }
          }
        }
      ),
    ]
  }

  private var contextTests: [Reader] {
    [
      (
        "purpose",
        { node in
          guard let mask = mask(node, "purpose", [("given", 1), ("missing", 2)]), mask != 3 else { return [] }
          return [.purpose(mask == 1)]
        }
      ),
      ("client", { node in addressRanges(node).map { [.client($0)] } ?? [] }),
      (
        "hours",
        { node in
          let hours = fields.texts(node, "hours").compactMap { entry -> WorkingHours? in
            if let hours = WorkingHours(entry.text) { return hours }
            fields.complain(
              entry.node, "cannot read the hours `\(entry.text)`; expected such as `Mon-Fri 08:00-18:00 Europe/Berlin`")
            return nil
          }
          return hours.isEmpty ? [] : [.hours(hours)]
        }
      ),
      ("approved", { fields.flag($0, "approved").map { [.approved($0)] } ?? [] }),
    ]
  }

  // MARK: Values

  private func mask(_ node: Node, _ what: String, _ choices: [(String, UInt32)]) -> UInt32? {
    let bits = fields.entries(node, what).compactMap { fields.choice($0, what, choices) }
    return bits.isEmpty ? nil : bits.reduce(0, |)
  }

  private func wildcards(_ node: Node, _ what: String) -> [Wildcard]? {
    let words = fields.texts(node, what).map { Wildcard($0.text) }
    return words.isEmpty ? nil : words
  }

  /// Tables and columns; what cannot be read is noted.
  func columns(_ node: Node) -> [ColumnPattern]? {
    let patterns = fields.texts(node, "a table or column").compactMap { entry -> ColumnPattern? in
      if let pattern = ColumnPattern(entry.text) { return pattern }
      fields.complain(
        entry.node,
        "cannot read the name `\(entry.text)`; expected `table`, `table.column` or `schema.table.column`")
      return nil
    }
    return patterns.isEmpty ? nil : patterns
  }

  private func addressRanges(_ node: Node) -> [AddressRange]? {
    let ranges = fields.texts(node, "a network").compactMap { entry -> AddressRange? in
      do throws(AddressRange.Problem) {
        return try AddressRange(entry.text)
      } catch {
        switch error {
        case .malformed:
          fields.complain(
            entry.node, "cannot read the network `\(entry.text)`; expected such as 10.0.0.0/8 or 2001:db8::/32")
        case .hostBits(let expected):
          fields.complain(
            entry.node, "the network `\(entry.text)` has bits set behind its prefix; expected \(expected)")
        }
        return nil
      }
    }
    return ranges.isEmpty ? nil : ranges
  }

  private func textTests(_ node: Node) -> [Test] {
    guard let values = fields.mapping(node, "`text`", keys: ["re2", "contains"]) else { return [] }
    if values.isEmpty { fields.complain(node, "expected `text` as { re2: … } or { contains: … }") }
    var tests: [Test] = []
    if let value = values["contains"] {
      let patterns = fields.texts(value, "a text").map { TextPattern(containing: $0.text) }
      if !patterns.isEmpty { tests.append(.text(patterns)) }
    }
    if let value = values["re2"] {
      let patterns = fields.texts(value, "a regular expression").compactMap { entry -> TextPattern? in
        do throws(TextPattern.Refused) {
          guard !sizes.areTooLarge else { return nil }
          let pattern = try TextPattern(re2: entry.text)
          sizes.add(pattern)
          if sizes.areTooLarge {
            fields.complain(entry.node, "\(PatternSizes.complaint); repeat less, or split the policy")
          }
          return pattern
        } catch {
          fields.complain(entry.node, "RE2 refuses the regular expression: \(error.message)")
          return nil
        }
      }
      if !patterns.isEmpty { tests.append(.text(patterns)) }
    }
    return tests
  }

  /// A node as the file could spell it on one line, cut at 200 characters, for explanations.
  private func spelled(_ node: Node, depth: Int) -> String {
    let text: String
    switch node {
    case .scalar(let scalar): text = scalar.string
    case .sequence(let sequence) where depth < 3:
      text = "[" + sequence.prefix(20).map { spelled($0, depth: depth + 1) }.joined(separator: ", ") + "]"
    case .mapping(let mapping) where depth < 3:
      let pairs = mapping.prefix(20).map {
        "\(spelled($0.key, depth: depth + 1)): \(spelled($0.value, depth: depth + 1))"
      }
      text = "{ " + pairs.joined(separator: ", ") + " }"
    default: text = "…"
    }
    return text.count > 200 ? String(text.prefix(200)) + "…" : text
  }
}
