import AuditTrail
import Digests
import EmbeddedFiles
import YAMLFiles

/// A statement that a guardrail must stop.
struct KnownBadStatement {
  /// What it would do.
  enum Harm: String, CaseIterable {
    case destroys, discloses, escalates, escapes
  }

  let name: String
  let harm: Harm
  /// What it tries to slip past; `nil` where it is plain.
  let evades: String?
  /// The engines it is written for; none where it runs on all.
  let engines: [String]
  /// With `{table}` and `{column}` for names.
  let text: String

  /// The statement about a table and one of its columns.
  func text(table: String, column: String) -> String {
    text.replacing("{table}", with: table).replacing("{column}", with: column)
  }

  /// Whether it is about a table.
  var namesTable: Bool { text.contains("{table}") }

  /// Whether it runs on the engine, by the name that an archive gives it.
  func runs(on engine: String) -> Bool {
    engines.isEmpty || engines.contains { engine.lowercased().hasPrefix($0) }
      || engines.contains("mysql") && engine.lowercased().hasPrefix("mariadb")
  }
}

/// The statements that guardrails must stop, as they come with the program.
struct KnownBad {
  let version: String
  let sha256: String
  let statements: [KnownBadStatement]

  /// The file's statements.
  static let builtIn = KnownBad(String(decoding: embeddedFile("known-bad.yaml"), as: UTF8.self))

  private init(_ text: String) {
    let fields = YAMLFields(path: "known-bad.yaml", text: text)
    let root = fields.root(of: text).flatMap { fields.mapping($0, "the file", keys: ["version", "statements"]) } ?? [:]
    version = root["version"].flatMap { fields.text($0, "a version") } ?? ""
    sha256 = SHA256Digest(of: Array(text.utf8)).hex
    let keys = ["name", "harm", "evades", "engines", "text"]
    statements = (root["statements"].map { fields.entries($0, "statements") } ?? []).compactMap { node in
      guard let values = fields.mapping(node, "a statement", keys: keys, required: ["name", "harm", "text"]),
        let name = values["name"].flatMap({ fields.text($0, "a name") }),
        let harm = values["harm"].flatMap({
          fields.choice($0, "harm", KnownBadStatement.Harm.allCases.map { ($0.rawValue, $0) })
        }),
        let text = values["text"].flatMap({ fields.text($0, "a statement") })
      else { return nil }
      return KnownBadStatement(
        name: name, harm: harm, evades: values["evades"].flatMap { fields.text($0, "what it evades") },
        engines: values["engines"].map { fields.texts($0, "engines").map(\.text) } ?? [], text: text)
    }
    errors = fields.errors
  }

  /// What is wrong with the file; none in a program that was tested.
  let errors: [AssayError]
}
