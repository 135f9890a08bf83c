import AuditTrail

/// What the code that a session has made may do, by the words of the texts that made it.
///
/// No run shows it where a table holds none of production's rows.
struct SessionCode: Sendable {
  /// Whether there is any.
  private(set) var isThere = false
  /// The tables from which it deletes, or whose rows it overwrites, by name.
  private(set) var deletes: Set<String> = []
  /// Whether the clock, chance or the server's surroundings decide what some of it does.
  private(set) var isDecidedByChance = false
  /// Functions whose results follow from them.
  private(set) var changing: Set<String> = []
  /// What it says of errors that it may catch.
  private(set) var errors = CaughtErrors()
  /// Whether there is a rule, which may answer a write with rows.
  private(set) var hasRule = false
  private var names: Set<String> = []
  /// The words of it, no more of each text than are read.
  private(set) var words: Set<String> = []
  /// Whether it may do what its words do not show: it runs texts, is longer than is read, or is written in another language.
  private(set) var isOpaque = false
  /// Whether some of it runs when rows change.
  private var firesOnWrites = false

  /// Adds what a command has made.
  mutating func add(_ change: PostgresEvent.Change, by command: PostgresCommand) {
    isThere = true
    if change.type == "rule" { hasRule = true }
    // A body is written in quotes.
    let words = PostgresWords.words(of: PostgresCommand.unquoted(command.sql))
    deletes.formUnion(CodeWrites.tables(in: words))
    if DecidedByChance.code(words, functions: changing) { isDecidedByChance = true }
    errors.formUnion(CaughtErrors(of: command.sql, words))
    self.words.formUnion(words.map(\.exactKey))
    let language = words.firstIndex(of: "language").flatMap { words.indices.contains($0 + 1) ? words[$0 + 1] : nil }
    if words.contains("execute") || words.count >= PostgresWords.most || !["sql", "plpgsql", nil].contains(language) {
      isOpaque = true
    }
    let name = change.identity.prefix { $0 != "(" }.split(separator: ".").last ?? ""
    names.insert(name.nameKey)
    if DecidedByChance.isNamed(in: words) || words.contains(where: { changing.contains($0.nameKey) }) {
      changing.insert(name.nameKey)
    }
    // What is replaced may be a trigger's.
    if !["function", "procedure"].contains(change.type) || command.words.prefix(3).contains("replace") {
      firesOnWrites = true
    }
  }

  /// Whether its words name a relation.
  func names(_ relation: String) -> Bool {
    let key = relation.nameKey
    return words.contains { $0.nameKey == key }
  }

  /// Whether a command may run code of it that deletes or overwrites.
  func mayDelete(with command: PostgresCommand) -> Bool { !deletes.isEmpty && runs(with: command) }

  /// Whether a command may run it.
  func runs(with command: PostgresCommand) -> Bool {
    guard isThere else { return false }
    if ["do", "call", "execute"].contains(command.verb) { return true }
    if firesOnWrites, command.facts.commands.contains(where: { !$0.writes.isEmpty }) { return true }
    return !names.isDisjoint(with: command.functionNames)
  }
}
