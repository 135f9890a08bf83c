import AuditTrail
import Replay

/// The time and chance that a session has written down: what later chooses rows by them chooses others here.
extension PostgresWorld {
  /// Notes where a command has put them.
  func noteClock(
    by command: PostgresCommand, changed: Set<UInt32>, _ events: [PostgresEvent], in state: inout PostgresState
  ) {
    let functions = catalog.changingFunctions.union(state.schema.code.changing)
    let isTaken =
      DecidedByChance.namesClock(command.words) || !functions.isDisjoint(with: command.functionNames)
      || readsClock(command, state)
    guard isTaken, !command.definesCode else { return }
    let written = command.facts.commands.flatMap(\.writes).compactMap {
      state.relation($0.table.name, schema: $0.table.schema)?.root
    }
    state.schema.clocked.formUnion(changed.union(written))
    for case .change(let change) in events {
      if let relation = change.relation { state.schema.clocked.formUnion([relation.oid, relation.root]) }
    }
    if command.words.contains("set_config") { state.schema.isClockCarried = true }
  }

  /// Whether a command changes rows that it chooses by what was written down.
  func takesClock(_ command: PostgresCommand, _ state: PostgresState) -> Bool {
    let functions = state.schema.code.changing
    if !functions.isEmpty, DecidedByChance.rows(of: command.words, functions: functions) { return true }
    guard command.words.contains(where: ["update", "delete", "merge"].contains) else { return false }
    if state.schema.isClockCarried, command.words.contains("current_setting") { return true }
    return readsClock(command, state)
  }

  /// Whether a command reads it from a view, or a table that it does not write itself.
  private func readsClock(_ command: PostgresCommand, _ state: PostgresState) -> Bool {
    if state.schema.clocked.isEmpty { return false }
    let written = command.facts.commands.flatMap(\.writes).map(\.table)
    let read = command.facts.commands.flatMap(\.reads).map(\.table).filter { !written.contains($0) }
    let found = (read + written).compactMap { state.relation($0.name, schema: $0.schema) }
    return found.enumerated().contains { place, relation in
      (place < read.count || relation.kind == "v")
        && (state.schema.clocked.contains(relation.oid) || state.schema.clocked.contains(relation.root))
    }
  }
}
