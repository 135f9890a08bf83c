import AuditTrail

/// What the code that a session has made may do, by the words of the texts that made it.
///
/// No run shows it where a table holds none of production's rows.
struct SessionCode: Sendable {
  /// Whether there is any.
  private(set) var isThere = false
  /// The tables from which it deletes, or whose rows it overwrites, by name.
  private(set) var deletes: Set<String> = []
  /// Whether there is a rule, which may answer a write with rows.
  private(set) var hasRule = false
  private var names: Set<String> = []
  /// Whether some of it runs when rows change.
  private var firesOnWrites = false

  /// Adds what a command has made.
  mutating func add(_ change: PostgresEvent.Change, by command: PostgresCommand) {
    isThere = true
    if change.type == "rule" { hasRule = true }
    // A body is written in quotes.
    deletes.formUnion(CodeWrites.tables(in: PostgresWords.words(of: command.sql.replacing("'", with: " "))))
    let name = change.identity.prefix { $0 != "(" }.split(separator: ".").last ?? ""
    names.insert(name.lowercased())
    // What is replaced may be a trigger's.
    if !["function", "procedure"].contains(change.type) || command.words.prefix(3).contains("replace") {
      firesOnWrites = true
    }
  }

  /// Whether a command may run it.
  func runs(with command: PostgresCommand) -> Bool {
    guard !deletes.isEmpty else { return false }
    if ["do", "call", "execute"].contains(command.verb) { return true }
    if firesOnWrites, command.facts.commands.contains(where: { !$0.writes.isEmpty }) { return true }
    return !names.isDisjoint(with: command.functionNames)
  }
}
