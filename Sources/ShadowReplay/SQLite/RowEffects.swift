import AuditTrail
import Ledger
import SQLAnalysis
import SQLite

extension CloneSession {
  /// Adds the rows that the last command inserted, updated and deleted, and counts the tables on.
  mutating func addRowChanges(_ access: CommandAccess, _ text: inout TextRun) {
    // A command that changes no rows leaves the count of the one before it.
    if !access.targets.isEmpty, !access.changesSchema, !access.writesView {
      text.effect.ownCount = (text.effect.ownCount ?? 0) &+ Int64(clone.database.changes)
    }
    for change in clone.changes where !change.table.hasPrefix("sqlite_") {
      let key = (change.isTemporary ? "temp." : "") + change.table.lowercased()
      let before = state.rows[key]
      var table = text.effect.tables[change.table] ?? TableEffect()
      if table == TableEffect() { table.before = before }
      table.isScratch = change.isTemporary || state.made.contains("table.\(key)")
      table.inserted &+= Int64(change.inserted)
      table.updated &+= Int64(change.updated)
      table.deleted &+= Int64(change.deleted)
      table.unchanged &+= Int64(change.unchanged)
      if let net = change.netDeleted { table.restored &+= Int64(change.deleted - net) }
      table.indirect &+= Int64(change.indirect.inserted + change.indirect.updated + change.indirect.deleted)
      text.effect.tables[change.table] = table
      state.rows[key] = max(0, (before ?? 0) &+ Int64(change.inserted) &- Int64(change.deleted))
    }
  }

  /// Adds what the last command made, dropped and altered.
  mutating func addSchemaChange(
    _ access: CommandAccess, since before: CloneState, _ columnsBefore: [String], _ text: inout TextRun
  ) throws(SQLiteError) {
    var new = state
    let (objects, columns) = try clone.withoutRecording { (database) throws(SQLiteError) in
      var columns: [String] = []
      if let table = access.alteredTable { columns = try columnNames(of: table, in: database) }
      return (try SchemaObjects(of: database), columns)
    }
    new.objects = objects
    text.effect.addSchemaChange(from: before, to: &new, altering: access.alteredTable)
    if let table = access.alteredTable {
      let key = table.lowercased()
      text.effect.addDroppedColumns(
        of: table, before: columnsBefore, after: columns, isScratch: state.made.contains("table.\(key)"),
        rows: state.rows[key])
    }
    // The hook does not see the rows of CREATE TABLE … AS.
    for (name, object) in objects.byKey.sorted(by: { $0.key < $1.key })
    where object.type == "table" && state.objects.byKey[name] == nil && new.rows[object.rowsKey] == nil {
      let schema = object.isTemporary ? "temp" : "main"
      let rows = try clone.withoutRecording { (database) throws(SQLiteError) in
        var count = try database.prepare("SELECT count(*) FROM \(schema).\(quoted(object.name))")
        return try count.step() ? count.int64(0) : 0
      }
      new.rows[object.rowsKey] = rows
      if rows > 0 {
        var table = TableEffect()
        (table.inserted, table.isScratch) = (rows, true)
        text.effect.tables[object.name] = table
      }
      if !access.sensitive.isEmpty || !state.tainted.isDisjoint(with: access.dependsOn) {
        new.tainted.insert(object.name.lowercased())
      }
    }
    if let table = access.alteredTable?.lowercased(), columns.isEmpty || columns.count == columnsBefore.count,
      state.tainted.contains(table) || self.columns.list.contains(where: { $0.table.lowercased() == table })
    {
      // It, or a column of it, has another name, or a column is generated from others.
      new.tainted.insert(table)
      new.inheritsTaint = true
      for (key, object) in objects.byKey where object.type == "table" && state.objects.byKey[key] == nil {
        new.tainted.insert(object.name.lowercased())
      }
    }
    // A dropped table's rows in production, where they are known, are what its loss means there.
    for (index, object) in text.effect.dropped.enumerated() where object.type == "table" && !object.isScratch {
      guard let rows = shadow.production[object.name] else { continue }
      text.effect.dropped[index].rows = rows
      count(&text, object.name, inProduction: rows) { $0.deleted = rows }
    }
    state = new
  }

  /// Judges what hangs on rows: emptied tables, tables that are empty here, production's counts.
  mutating func addRowJudgements(_ text: inout TextRun) {
    let made = state.made
    text.effect.emptyTables.removeAll { made.contains("table.\($0.lowercased())") }
    if case .failed = text.effect.execution {
      // A key that finds no parent here may find one in production.
      if !text.effect.emptyTables.isEmpty, text.failsByConstraint { text.effect.execution = .notRun(.noRows) }
    } else if !text.emptyParents.isEmpty {
      forgetParents(&text)
    }
    text.effect.emptyTables.sort()
    let emptied = text.targets.filter { name in
      guard let table = text.effect.tables[name], let before = table.before, before > 0, !table.isScratch else {
        return false
      }
      return table.deleted >= before && !text.effect.truncated.contains(name)
        && !text.effect.dropped.contains { $0.name == name }
    }
    let counted = text.targets.filter { shadow.production[$0] != nil && !made.contains("table.\($0.lowercased())") }
    if !emptied.isEmpty || !counted.isEmpty {
      let unbounded = unboundedWrites(facts.facts(of: text.statement))
      for name in emptied where unbounded.deletes.contains(name.lowercased()) { text.effect.truncated.append(name) }
      for name in counted {
        guard let rows = shadow.production[name] else { continue }
        let key = name.lowercased()
        if unbounded.deletes.contains(key) || text.effect.truncated.contains(name) {
          count(&text, name, inProduction: rows) { $0.deleted = rows }
          if rows > 0, !text.effect.truncated.contains(name) { text.effect.truncated.append(name) }
        } else if unbounded.updates.contains(key) {
          count(&text, name, inProduction: rows) { $0.updated = rows }
        }
      }
    }
    text.effect.truncated.sort()
    text.effect.countedInProduction.sort()
  }

  /// Leaves out tables that are only asked whether a key is there: that it is, the statement's success has shown.
  private func forgetParents(_ text: inout TextRun) {
    let facts = facts.facts(of: text.statement)
    guard facts.parsed else { return }
    let named = Set(facts.commands.flatMap { $0.reads + $0.writes }.map { $0.table.name.lowercased() })
    let forgotten = Set(text.emptyParents.map { $0.lowercased() }).subtracting(named)
    text.effect.emptyTables.removeAll { forgotten.contains($0.lowercased()) }
  }

  /// Sets a table's effect to what production's count says.
  private func count(
    _ text: inout TextRun, _ name: String, inProduction rows: Int64, _ change: (inout TableEffect) -> Void
  ) {
    var table = text.effect.tables[name] ?? TableEffect()
    change(&table)
    table.before = rows
    text.effect.tables[name] = table
    text.effect.emptyTables.removeAll { $0.lowercased() == name.lowercased() }
    if !text.effect.countedInProduction.contains(name) { text.effect.countedInProduction.append(name) }
  }
}
