import AuditTrail
import Ledger
import Postgres

/// What hangs on values and rows: lossy changes of a type, emptied tables, tables that are empty here, production's counts.
extension PostgresSessionRun {
  /// The columns whose type a command is about to change, with their values.
  struct ColumnsBefore {
    let relation: UInt32
    var columns: [(column: PostgresMeter.Column, hashes: [Int64?])]
  }

  /// What the columns hold that an `ALTER TABLE` gives another type.
  func columnsBefore(_ command: PostgresCommand) throws(PostgresError) -> ColumnsBefore? {
    guard command.verb == "alter", command.words.dropFirst().first == "table", command.words.contains("type") else {
      return nil
    }
    var names: Set<String> = []
    for (index, word) in command.words.enumerated() where word == "type" && index > 0 {
      var before = index - 1
      while before > 0, ["data", "set"].contains(command.words[before]) { before -= 1 }
      names.insert(command.words[before].lowercased())
    }
    for name in command.facts.commands.flatMap(\.objects).filter({ $0.type == "table" }).map(\.name) {
      let parts = name.split(separator: ".").map(String.init)
      guard let relation = relation(parts.last ?? name), relation.holdsRows else { continue }
      var before = ColumnsBefore(relation: relation.oid, columns: [])
      for column in try meter.columns(of: relation.oid) where names.contains(column.name.lowercased()) {
        before.columns.append((column, try meter.hashes(of: column, in: relation.oid, as: column)))
      }
      return before
    }
    return nil
  }

  /// The relation of a name, as it is now.
  func relation(_ name: String) -> PostgresRelation? {
    let found = state.relations.values.filter { $0.name.lowercased() == name.lowercased() }
    return found.first { $0.isTemporary } ?? found.first { $0.schema == "public" }
      ?? found.min { $0.oid < $1.oid }
  }

  /// Counts the rows whose value does not come back from the new type as it was: those are overwritten.
  func addLossyTypes(_ before: ColumnsBefore?, _ text: inout PostgresTextRun) throws(PostgresError) {
    guard let before, let relation = state.relations[before.relation] else { return }
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
    let root = root(of: before.relation) ?? relation
    var table = text.effect.tables[name(of: root)] ?? TableEffect()
    if table == TableEffect() { (table.before, table.isScratch) = (rowsNow(of: root), isScratch(root)) }
    table.updated &+= Int64(lost.count)
    text.effect.tables[name(of: root)] = table
  }

  /// Whether a key found no parent because the parent's table is empty here.
  func addMissingParents(_ error: PostgresError, _ text: inout PostgresTextRun) -> Bool {
    guard let table = error.table, let child = catalog.relation(table, schema: error.schema) else { return false }
    let parents = catalog.foreignKeys.filter { $0.table == child.oid }.compactMap { catalog.relations[$0.parent] }
    let empty = parents.filter(world.isEmptyHere)
    text.effect.emptyTables += empty.map(name)
    return !empty.isEmpty
  }

  /// Judges emptied tables and production's counts.
  func addRowJudgements(_ text: inout PostgresTextRun) {
    text.effect.emptyTables.removeAll { name in
      relation(name).map { state.made.contains($0.oid) || $0.isTemporary } ?? true
    }
    guard case .ran = text.effect.execution else { return }
    let commands = world.commands(of: text.statement)
    let deletes = commands.reduce(into: Set<String>()) { $0.formUnion($1.unbounded.deletes) }
    let updates = commands.reduce(into: Set<String>()) { $0.formUnion($1.unbounded.updates) }
    guard !deletes.isEmpty || !updates.isEmpty || !text.effect.dropped.isEmpty else {
      return text.effect.countedInProduction.sort()
    }
    let scratch = Set(state.relations.values.filter(isScratch).map(name))
    for (name, effect) in text.effect.tables {
      guard let bare = name.split(separator: ".").last, deletes.contains(bare.lowercased()), !effect.isScratch,
        let before = effect.before, before > 0, effect.deleted >= before,
        !text.effect.dropped.contains(where: { $0.name == name })
      else { continue }
      text.effect.truncated.append(name)
    }
    for table in Set(deletes.union(updates)).sorted() {
      guard let relation = catalog.relation(table), !scratch.contains(name(of: relation)) else { continue }
      let name = name(of: relation)
      guard let rows = world.production[name] else { continue }
      if deletes.contains(table) || text.effect.truncated.contains(name) {
        count(&text, name, inProduction: rows) { $0.deleted = rows }
        if rows > 0 { text.effect.truncated.append(name) }
      } else {
        count(&text, name, inProduction: rows) { $0.updated = rows }
      }
    }
    for (index, object) in text.effect.dropped.enumerated() where object.type == "table" && !object.isScratch {
      guard let rows = world.production[object.name] else { continue }
      text.effect.dropped[index].rows = rows
      count(&text, object.name, inProduction: rows) { $0.deleted = rows }
    }
    text.effect.countedInProduction.sort()
  }

  private func count(
    _ text: inout PostgresTextRun, _ name: String, inProduction rows: Int64, _ change: (inout TableEffect) -> Void
  ) {
    var table = text.effect.tables[name] ?? TableEffect()
    change(&table)
    table.before = rows
    text.effect.tables[name] = table
    text.effect.emptyTables.removeAll { $0 == name }
    if !text.effect.countedInProduction.contains(name) { text.effect.countedInProduction.append(name) }
  }

  /// The server's clock and chance are not the recorded ones: which rows they chose is known only where the counts agree.
  func judgeVolatility(_ text: inout PostgresTextRun) {
    guard case .ran = text.effect.execution, text.effect.refused.isEmpty, text.statement.result?.error == nil else {
      return
    }
    let chooses = world.commands(of: text.statement).contains(where: \.choosesByChance)
    guard chooses else { return }
    let shown = text.effect.ownCount ?? text.effect.rowsReturned
    if let recorded = text.statement.result?.rows {
      if recorded != shown { text.effect.execution = .notRun(.volatile) }
    } else if !text.isReadOnly {
      text.effect.execution = .notRun(.volatile)
    }
  }
}
