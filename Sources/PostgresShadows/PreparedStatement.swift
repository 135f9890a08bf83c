import AuditTrail
import Replay

/// What a session has prepared, as far as its text says what it does where it is executed.
struct PreparedStatement: Sendable {
  /// The tables without rows here on which it depends.
  let emptyTables: Set<TableIdentity>
  /// The tables that it empties or overwrites as a whole.
  let unbounded: UnboundedWrites
  /// Whether the clock, chance or the server's surroundings decide its rows.
  let isDecidedByChance: Bool
  /// Whether what it is executed with may decide which rows it changes.
  let choosesRows: Bool

  /// What a command prepares.
  init(_ command: PostgresCommand, emptyTables: Set<TableIdentity>) {
    let words = Array(command.words.dropFirst(2))
    self.emptyTables = emptyTables
    unbounded = command.unbounded
    isDecidedByChance = DecidedByChance.rows(of: words)
    choosesRows =
      words.contains { ["update", "delete", "merge"].contains($0) }
      && words.contains { ["where", "using", "from", "when"].contains($0) }
  }
}

extension PostgresDriver {
  /// What a command executes of what the session has prepared, by itself, explained or to fill a table; `nil` for nothing.
  func executed(by command: PostgresCommand) -> PreparedStatement? {
    guard !prepared.isEmpty, ["execute", "explain", "create"].contains(command.verb),
      let place = command.words.firstIndex(of: "execute"), place + 1 < command.words.count
    else { return nil }
    return prepared[command.words[place + 1].exactKey]
  }
}
