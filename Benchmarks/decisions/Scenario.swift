import AuditTrail
import JSONReader
import Policies
import SQLAnalysis

/// A hundred rules and 20,000 requests: 1,000 statements of one command each, from 20 identities.
enum Scenario {
  struct Case {
    var request: Request
    var facts: Facts
  }

  private static let kinds = ["delete", "update", "insert", "select"]

  /// Rules as Assay reads them: a command's kind and predicate, tables, columns, who and where.
  static var policy: String {
    let rules = (0..<100).map { number -> String in
      switch number % 4 {
      case 0:
        """
          - id: r\(number)
            when:
              statement: { kind: [update, delete], where: [missing, always_true], writes: [table_\(number)] }
              connection: { environment: production }
            then: block
        """
      case 1:
        """
          - id: r\(number)
            when:
              statement: { kind: \(kinds[number % 3]), writes: [table_\(number)] }
              identity: { kind: agent }
            unless: { identity: { groups: [team\(number % 3)] } }
            then: block
        """
      case 2:
        """
          - id: r\(number)
            when:
              statement: { kind: select, reads: [table_\(number).email] }
              identity: { kind: [agent, human] }
            then: { review: [dba] }
        """
      default:
        """
          - id: r\(number)
            when:
              statement: { kind: [update, delete, insert], writes: [table_\(number)] }
              connection: { name: main, environment: production }
              identity: { user: user\(number % 20)@example.org }
            then: { review: [dba] }
        """
      }
    }
    return "policy: benchmark\nversion: \"1\"\nrules:\n" + rules.joined(separator: "\n") + "\n"
  }

  /// The same rules for Cedar, which knows permit and forbid: a review is a forbid here, as a block is.
  static var cedar: String {
    let rules = (0..<100).map { number -> String in
      let condition =
        switch number % 4 {
        case 0:
          """
          ["update", "delete"].contains(context.kind) && ["missing", "always_true"].contains(context.predicate) \
          && context.writes.contains("table_\(number)") && context.environment == "production"
          """
        case 1:
          """
          context.kind == "\(kinds[number % 3])" && context.writes.contains("table_\(number)") \
          && context.identity_kind == "agent" && !context.groups.contains("team\(number % 3)")
          """
        case 2:
          """
          context.kind == "select" && context.reads.contains("table_\(number).email") \
          && ["agent", "human"].contains(context.identity_kind)
          """
        default:
          """
          ["update", "delete", "insert"].contains(context.kind) && context.writes.contains("table_\(number)") \
          && context.connection == "main" && context.environment == "production" \
          && principal == User::"user\(number % 20)@example.org"
          """
        }
      return "forbid(principal, action, resource) when { \(condition) };"
    }
    return "permit(principal, action, resource);\n" + rules.joined(separator: "\n") + "\n"
  }

  static func requests() -> [Case] {
    let texts = (0..<1_000).map { number -> String in
      let table = "table_\(number % 250)"
      return switch number % 5 {
      case 0: "DELETE FROM \(table)" + (number % 3 == 0 ? "" : " WHERE id = \(number)")
      case 1: "UPDATE \(table) SET status = 'closed' WHERE " + (number % 3 == 0 ? "1 = 1" : "id = \(number)")
      case 2: "INSERT INTO \(table) (id, note) VALUES (\(number), 'imported')"
      case 3: "SELECT \(table).email FROM \(table) WHERE \(table).id = \(number)"
      default: "SELECT \(table).id, \(table).status FROM \(table) WHERE \(table).account_id = \(number) LIMIT 50"
      }
    }
    let facts = texts.map { SQLAnalysis.analyze($0) }
    let prepared = facts.map { PreparedFacts($0) }
    return (0..<20).flatMap { person in
      let identity = Identity(
        user: "user\(person)@example.org", kind: [.human, .service, .agent][person % 3],
        groups: ["team\(person % 4)"])
      let connection = Connection(
        name: person % 5 == 0 ? "main" : "replica", engine: "postgresql",
        environment: person % 7 == 0 ? "staging" : "production")
      return texts.indices.map { index in
        Case(
          request: Request(
            facts: prepared[index], text: texts[index], identity: identity, connection: connection,
            client: Client(address: "10.0.0.\(person)"), purposeGiven: true, approved: false), facts: facts[index])
      }
    }
  }

  /// The requests as Cedar's Python package takes them.
  static func json(_ cases: [Case]) -> [UInt8] {
    var json = JSONWriter()
    json.beginArray()
    for one in cases {
      let command = one.facts.commands.first
      json.beginObject()
      for (key, value) in [
        ("principal", "User::\"\(one.request.identity?.user ?? "")\""), ("action", "Action::\"run\""),
        ("resource", "Connection::\"\(one.request.connection?.name ?? "")\""),
      ] {
        json.key(key)
        json.string(value)
      }
      json.key("context")
      json.beginObject()
      for (key, value) in [
        ("kind", command?.kinds.map(\.rawValue).sorted().first ?? ""),
        ("predicate", command?.predicate.rawValue ?? ""), ("connection", one.request.connection?.name ?? ""),
        ("environment", one.request.connection?.environment ?? ""),
        ("identity_kind", one.request.identity?.kind.rawValue ?? ""),
      ] {
        json.key(key)
        json.string(value)
      }
      for (key, values) in [
        ("groups", one.request.identity?.groups ?? []),
        ("writes", Set((command?.writes ?? []).map(\.table.name)).sorted()),
        ("reads", (command?.reads ?? []).map(\.description)),
      ] {
        json.key(key)
        json.strings(values)
      }
      json.endObject()
      json.endObject()
    }
    json.endArray()
    return json.bytes
  }
}
