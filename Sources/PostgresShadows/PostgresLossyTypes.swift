import AuditTrail
import Ledger
import Postgres
import Replay

/// What depends on values: changes of a type that lose some, keys that find no parent.
extension PostgresDriver {
  /// The columns whose type a command is about to change, with their values.
  struct ColumnsBefore {
    let relation: UInt32
    var columns: [(column: PostgresMeter.Column, hashes: [Int64?])]
  }

  /// What the columns hold that an `ALTER TABLE` gives another type, in the table and in each that inherits from it: whoever
  /// made the one did not make the others.
  func columnsBefore(_ command: PostgresCommand, _ state: PostgresState) throws(PostgresError) -> [ColumnsBefore] {
    guard command.verb == "alter", command.words.dropFirst().first == "table", command.words.contains("type") else {
      return []
    }
    var names: Set<String> = []
    for (index, word) in command.words.enumerated() where word == "type" && index > 0 {
      var before = index - 1
      while before > 0, ["data", "set"].contains(command.words[before]) { before -= 1 }
      names.insert(command.words[before].lowercased())
    }
    for name in command.facts.commands.flatMap(\.objects).filter({ $0.type == "table" }).map(\.name) {
      let parts = name.split(separator: ".").map(String.init)
      guard let relation = state.relation(parts.last ?? name), relation.holdsRows || relation.kind == "p"
      else { continue }
      var family: [ColumnsBefore] = []
      for oid in try meter.heirs(of: relation.oid) {
        var before = ColumnsBefore(relation: oid, columns: [])
        for column in try meter.columns(of: oid) where names.contains(column.name.lowercased()) {
          before.columns.append((column, try meter.hashes(of: column, in: oid, as: column)))
        }
        family.append(before)
      }
      return family
    }
    return []
  }

  /// Counts the rows whose value does not come back from the new type as it was: those are overwritten.
  func addLossyTypes(
    _ family: [ColumnsBefore], _ text: inout TextRun, _ state: PostgresState
  ) throws(PostgresError) {
    for before in family { try addLossyTypes(before, &text, state) }
  }

  private func addLossyTypes(
    _ before: ColumnsBefore, _ text: inout TextRun, _ state: PostgresState
  ) throws(PostgresError) {
    guard let relation = state.schema.relations[before.relation] else { return }
    let now = try meter.columns(of: before.relation)
    var lost: Set<Int> = []
    for (column, hashes) in before.columns {
      guard let after = now.first(where: { $0.number == column.number }) else { continue }
      var back: [Int64?] = []
      try meter.script("SAVEPOINT assay_type")
      do {
        back = try meter.hashes(of: after, in: before.relation, as: column)
        try meter.script("RELEASE assay_type")
      } catch  where !error.isConnectionLost {
        // There is no way back to the old type: by their text alone.
        try meter.script("ROLLBACK TO assay_type; RELEASE assay_type")
        back = try meter.hashes(of: after, in: before.relation, as: after)
      }
      for index in hashes.indices where index >= back.count || hashes[index] != back[index] { lost.insert(index) }
    }
    guard !lost.isEmpty else { return }
    let root = state.root(of: before.relation) ?? relation
    note(root, &text, state)
    text.changes.add(RowChange(updated: Int64(lost.count)), to: root.table)
  }

  /// Whether a key found no parent because the parent's table is empty here.
  func addMissingParents(_ error: PostgresError, _ text: inout TextRun) -> Bool {
    guard let table = error.table, let child = catalog.relation(table, schema: error.schema) else { return false }
    let parents = catalog.foreignKeys.filter { $0.table == child.oid }.compactMap { catalog.relations[$0.parent] }
    let empty = parents.filter(world.isEmptyHere)
    text.emptyTables.formUnion(empty.map(\.table))
    return !empty.isEmpty
  }
}
