import AuditTrail
import YAMLFiles
import Yams

/// Reads a file of `golden/` as it is for one engine.
struct GoldenReader {
  private let engine: GoldenEngine
  private let fields: YAMLFields

  /// The file of that text: what holds for both engines, and what the file adds for this one.
  ///
  /// - Throws: the first thing that is wrong with it, a key that nothing reads included.
  static func read(_ text: String, path: String, on engine: GoldenEngine) throws(AssayError) -> Node {
    let reader = GoldenReader(engine: engine, fields: YAMLFields(path: path, text: text))
    let file = reader.fields.root(of: text).map(reader.file)
    if let error = reader.fields.errors.first { throw error }
    return file ?? reader.mapping([:])
  }

  private func file(_ root: Node) -> Node {
    let added = ["shadow", "sensitive", "production", "cases"]
    let own = GoldenEngine.allCases.flatMap { engine in added.map { "\(engine)_\($0)" } }
    guard
      var file = fields.mapping(
        root, "a golden file", keys: ["about", "seconds"] + added + own, required: ["about", "shadow"])
    else { return root }
    for key in added { file[key] = joined(file[key], file["\(engine)_\(key)"]) }
    file["cases"] = list(file["cases"], "a list of cases", session)
    return mapping(file)
  }

  /// Both texts one after the other, both lists, or the keys of both.
  private func joined(_ common: Node?, _ own: Node?) -> Node? {
    guard let common, let own else { return common ?? own }
    switch (common, own) {
    case (.mapping(let all), .mapping(let some)): return .mapping(Node.Mapping(pairs(all) + pairs(some)))
    case (.sequence(let all), .sequence(let some)): return .sequence(Node.Sequence(Array(all) + Array(some)))
    default: return Node((common.string ?? "") + (own.string ?? ""))
    }
  }

  private func session(_ node: Node) -> Node {
    guard var line = fields.mapping(node, "a case", keys: GoldenCase.keys, required: ["name", "statements"]) else {
      return node
    }
    line["statements"] = list(line["statements"], "a list of statements", statement)
    return mapping(line)
  }

  /// What stands under the engine's name takes the place of what holds for both; of what is expected, key by key.
  private func statement(_ node: Node) -> Node {
    let engines = GoldenEngine.allCases.map(\.rawValue)
    guard
      let all = fields.mapping(node, "a statement", keys: GoldenStatement.keys + engines, required: ["sql", "expect"])
    else { return node }
    var statement = all
    var expected = expectations(all["expect"])
    for name in engines {
      let own = all[name].flatMap { fields.mapping($0, "a difference", keys: GoldenStatement.keys) } ?? [:]
      let differences = expectations(own["expect"])
      guard name == engine.rawValue else { continue }
      statement.merge(own) { $1 }
      expected.merge(differences) { $1 }
    }
    statement["expect"] = mapping(expected)
    return mapping(statement)
  }

  private func expectations(_ node: Node?) -> [String: Node] {
    node.flatMap { fields.mapping($0, "an expectation", keys: Expectation.keys) } ?? [:]
  }

  private func list(_ node: Node?, _ what: String, _ each: (Node) -> Node) -> Node {
    .sequence(Node.Sequence((node.map { fields.entries($0, what) } ?? []).map(each)))
  }

  private func pairs(_ mapping: Node.Mapping) -> [(Node, Node)] { mapping.map { ($0.key, $0.value) } }

  private func mapping(_ values: [String: Node]) -> Node {
    .mapping(Node.Mapping(values.map { (Node($0.key), $0.value) }))
  }
}
