import ArgumentParser
import EmbeddedFiles

/// What `assay init` writes.
enum StarterFiles {
  /// From where the archives come: what the configuration says of people depends on it, and what the example is.
  enum Source: String, CaseIterable, ExpressibleByArgument {
    case native, hoop, postgresql

    /// The example's name and text.
    fileprivate var example: (name: String, bytes: [UInt8]) {
      switch self {
      case .native: ("example.jsonl", embeddedFile("native.jsonl"))
      case .hoop: ("example.json", embeddedFile("hoop.json"))
      case .postgresql: ("example.csv", embeddedFile("postgresql.csv"))
      }
    }

    /// Which page says how to get one's own archives.
    var collecting: String {
      switch self {
      case .native: "docs/formats.md"
      case .hoop: "docs/collect-hoop.md"
      case .postgresql: "docs/collect-postgresql.md"
      }
    }
  }

  /// The configuration, a policy, and an example of an archive and of a shadow: two sessions, of which one does harm.
  static func project(_ source: Source) -> [(name: String, bytes: [UInt8])] {
    [
      ("assay.yaml", Array(configuration(source).utf8)), ("policies/guardrails.yaml", embeddedFile("guardrails.yaml")),
      ("archives/\(source.example.name)", source.example.bytes), ("shadow/orders.sql", embeddedFile("orders.sql")),
    ]
  }

  private static func configuration(_ source: Source) -> String {
    let text = String(decoding: embeddedFile("assay.yaml"), as: UTF8.self)
    return source == .postgresql ? text.replacing(people, with: logins) : text
  }

  private static let people = """
      - { match: { user: "*-bot@*" }, kind: agent, owner: ana@example.org }

    """

  /// A database's own log names logins, not people.
  private static let logins = """
      - { match: { database_user: "*_bot" }, kind: agent, owner: ana@example.org }
      - { match: { database_user: ana }, user: ana@example.org, kind: human }

    """
}
