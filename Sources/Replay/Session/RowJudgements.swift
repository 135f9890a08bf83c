package import AuditTrail

/// The tables that a text names without a predicate that could leave a row out.
package struct UnboundedWrites: Sendable, Hashable {
  /// Tables that it empties.
  package var deletes: Set<TableReference> = []
  /// Tables of which it overwrites every row.
  package var updates: Set<TableReference> = []

  /// No table.
  package init() {}

  /// Those of a text's commands.
  package init(_ facts: Facts) {
    for command in facts.commands {
      let isUnbounded = command.predicate == .missing || command.predicate == .alwaysTrue
      let tables = command.writes.map(\.table)
      if isUnbounded && command.kinds.contains(.delete) || command.kinds == [.truncate] { deletes.formUnion(tables) }
      if isUnbounded && command.kinds.contains(.update) { updates.formUnion(tables) }
    }
  }

  /// Takes those of another command.
  package mutating func formUnion(_ other: UnboundedWrites) {
    deletes.formUnion(other.deletes)
    updates.formUnion(other.updates)
  }
}

extension SessionEngine {
  /// Judges what depends on rows: tables that are empty here, emptied tables, production's counts.
  package func judgeRows(_ text: inout TextRun) {
    if !text.emptyTables.isEmpty {
      text.emptyTables = text.emptyTables.filter { !session.state.made.contains($0) }
    }
    if text.effect.tookEffect { judgeWhole(&text) }
    if !text.emptyTables.isEmpty, overwritesWhole(text) { text.emptyTables.removeAll() }
    guard !text.emptyTables.isEmpty else { return }
    text.effect.emptyTables = text.emptyTables.map { driver.name(of: $0, in: session.state) }.sorted()
    // The verdict rests on tables of which nothing but the schema is here.
    text.effect.basis = .schemaOnly
  }

  /// Whether an update without a predicate has overwritten every row of a table that has some here: whatever is in the
  /// tables that it asks besides, it does so.
  private func overwritesWhole(_ text: TextRun) -> Bool {
    guard text.effect.tookEffect, !text.changes.isEmpty else { return false }
    return driver.unboundedWrites(of: text).updates.contains { name in
      guard let table = driver.table(named: name, in: session.state), let effect = text.changes.tables[table],
        let before = effect.before, !effect.isScratch
      else { return false }
      return before > 0 && effect.updated >= before
    }
  }

  /// Judges what is done to whole tables.
  private func judgeWhole(_ text: inout TextRun) {
    let countsProduction = driver.knowsProduction && !text.isReadOnly
    guard countsProduction || text.changes.tables.keys.contains(where: text.changes.isEmptied) else { return }
    let unbounded = driver.unboundedWrites(of: text)
    func tables(_ names: Set<TableReference>) -> Set<TableIdentity> {
      Set(names.compactMap { driver.table(named: $0, in: session.state) })
    }
    let (deletes, updates) = (tables(unbounded.deletes), tables(unbounded.updates))
    // Of a command with ONLY the heirs still have theirs.
    let named = deletes.reduce(into: deletes) { $0.formUnion(driver.heirs(of: $1, in: session.state)) }
    for table in named where text.changes.isEmptied(table) { text.changes.truncated.insert(table) }
    guard countsProduction else { return }
    var counted: Set<String> = []
    for table in deletes.union(updates) where !session.state.made.contains(table) {
      guard let rows = driver.productionRows(of: table) else { continue }
      let isDelete = deletes.contains(table)
      counted.insert(
        count(&text, table, driver.name(of: table, in: session.state), inProduction: rows) { effect in
          if isDelete { effect.deleted = rows } else { effect.updated = rows }
        })
      if isDelete, rows > 0 { text.changes.truncated.insert(table) }
    }
    for (index, dropped) in text.changes.dropped.enumerated() {
      guard dropped.object.type == "table", !dropped.object.isScratch, let table = dropped.table,
        let rows = driver.productionRows(of: table)
      else { continue }
      text.changes.dropped[index].object.rows = rows
      counted.insert(count(&text, table, dropped.object.name, inProduction: rows) { $0.deleted = rows })
    }
    text.effect.countedInProduction = counted.sorted()
  }

  /// Sets a table's effect to what production's count says; gives its name.
  private func count(
    _ text: inout TextRun, _ table: TableIdentity, _ name: String, inProduction rows: Int64,
    _ change: (inout TableEffect) -> Void
  ) -> String {
    text.changes.note(table, name, before: rows, isScratch: false)
    text.changes.update(table) { effect in
      change(&effect)
      effect.before = rows
    }
    text.emptyTables.remove(table)
    return name
  }
}
