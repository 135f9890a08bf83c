import Replay

/// The tables whose rows the shadow's own functions delete or overwrite, by the words of their bodies.
///
/// It is asked where such a table holds no rows here: what the code would do to production's rows is then not known.
struct CodeWrites: Sendable {
  private var bodies: [String: (tables: Set<String>, functions: Set<String>)] = [:]

  /// No functions.
  init() {}

  /// Functions by name, each with its body.
  init(_ functions: [(name: String, body: String)]) {
    let names = Set(functions.map(\.name))
    for function in functions {
      let words = PostgresWords.words(of: function.body)
      let earlier = bodies[function.name] ?? ([], [])
      bodies[function.name] = (
        earlier.tables.union(Self.tables(in: words)), earlier.functions.union(names.intersection(words))
      )
    }
  }

  /// The tables that a command's code deletes from or overwrites, by name, sorted.
  func tables(of command: PostgresCommand) -> [String] {
    guard !bodies.isEmpty || command.verb == "do" else { return [] }
    let isCode = ["do", "call"].contains(command.verb)
    var found = command.verb == "do" ? Self.tables(in: command.words) : []
    var pending = isCode ? command.words : command.functionNames
    var seen: Set<String> = []
    while let name = pending.popLast() {
      guard let body = bodies[name], seen.insert(name).inserted else { continue }
      found.formUnion(body.tables)
      pending += body.functions
    }
    return found.sorted()
  }

  /// The words behind `DELETE FROM`, `UPDATE` and `TRUNCATE`: a table, or its schema and then the table.
  private static func tables(in words: [String]) -> Set<String> {
    var tables: Set<String> = []
    for (index, word) in words.enumerated() {
      let isStart =
        word == "update" || word == "truncate" || word == "from" && index > 0 && words[index - 1] == "delete"
      guard isStart else { continue }
      let names = words[(index + 1)...].drop { ["only", "table"].contains($0) }
      tables.formUnion(names.prefix(2))
    }
    return tables
  }
}
