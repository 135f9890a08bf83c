import AuditTrail
import Replay

/// What the shadow's own functions may do, by the words of their bodies.
///
/// It is asked where no run shows it: what code would do to production's rows where a table holds none here, and whether it
/// may have put a value where no table is.
struct CodeWrites: Sendable {
  private struct Body {
    var tables: Set<String> = []
    var functions: Set<String> = []
    var carries = false
    var executes = false
    var isDecidedByChance = false
    var errors = CaughtErrors()
  }

  /// Words of code that may put a value where no table is. Source: PostgreSQL 15, 9.27.1, 35.4; `EXECUTE` runs any command.
  private static let carriers: Set<String> = [
    "set_config", "lo_from_bytea", "lo_put", "lowrite", "execute", "setval",
  ]

  /// Whether a word is one of them, or takes a lock of which every session sees the number.
  private static func carries(_ word: String) -> Bool {
    carriers.contains(word) || word.hasPrefix("pg_advisory_") || word.hasPrefix("pg_try_advisory_")
  }

  private var bodies: [String: Body] = [:]

  /// No functions.
  init() {}

  /// Functions by their names' keys, each with its body.
  init(_ functions: [(name: String, body: String)]) {
    let names = Set(functions.map(\.name))
    for function in functions {
      let words = PostgresWords.words(of: function.body)
      // Functions of one name differ by their parameters, which a text does not show.
      bodies[function.name, default: Body()].tables.formUnion(Self.tables(in: words))
      bodies[function.name, default: Body()].functions.formUnion(names.intersection(words.map(\.nameKey)))
      if words.contains(where: Self.carries) { bodies[function.name]?.carries = true }
      if words.contains("execute") { bodies[function.name]?.executes = true }
      if DecidedByChance.code(words) { bodies[function.name]?.isDecidedByChance = true }
      bodies[function.name]?.errors.formUnion(CaughtErrors(of: function.body, words))
    }
  }

  /// The tables that a command's code deletes from or overwrites, by name, sorted.
  func tables(of command: PostgresCommand) -> [String] {
    guard !bodies.isEmpty || command.verb == "do" else { return [] }
    let own = command.verb == "do" ? Self.tables(in: command.words) : []
    return reached(by: command).reduce(into: own) { $0.formUnion($1.tables) }.sorted()
  }

  /// Whether a command may put a value where no table is.
  func carriesElsewhere(_ command: PostgresCommand) -> Bool {
    let words = command.verb == "do" ? command.words : command.functionNames
    return words.contains(where: Self.carries) || reached(by: command).contains(where: \.carries)
  }

  /// Whether the clock, chance or the server's surroundings decide what a command's code does.
  func decidesByChance(_ command: PostgresCommand) -> Bool {
    let bodies = reached(by: command)
    if bodies.contains(where: \.isDecidedByChance) { return true }
    guard bodies.contains(where: \.executes) else { return false }
    // A text that it is given to execute is written in quotes.
    let words = PostgresWords.words(of: PostgresCommand.unquoted(command.sql))
    return words.contains { ["where", "if", "case", "when", "using", "join"].contains($0) }
      && DecidedByChance.isNamed(in: words)
  }

  /// What the code that a command runs says of errors that it may catch.
  func errors(of command: PostgresCommand) -> CaughtErrors {
    reached(by: command).reduce(into: command.errors) { $0.formUnion($1.errors) }
  }

  /// The bodies that a command runs.
  private func reached(by command: PostgresCommand) -> [Body] {
    var found: [Body] = []
    var pending = ["do", "call"].contains(command.verb) ? command.words.map(\.nameKey) : command.functionNames
    var seen: Set<String> = []
    while let name = pending.popLast() {
      guard let body = bodies[name], seen.insert(name).inserted else { continue }
      found.append(body)
      pending += body.functions
    }
    return found
  }

  /// The words behind `DELETE FROM`, `UPDATE` and `TRUNCATE`: a table, or its schema and then the table.
  static func tables(in words: [String]) -> Set<String> {
    var tables: Set<String> = []
    for (index, word) in words.enumerated() {
      let isStart =
        word == "update" || word == "truncate" || word == "from" && index > 0 && words[index - 1] == "delete"
      guard isStart else { continue }
      let names = words[(index + 1)...].drop { ["only", "table"].contains($0) }
      tables.formUnion(names.prefix(2).map(\.exactKey))
    }
    return tables
  }
}
