import AuditTrail
import Ledger
import Replay
import SQLite

extension SQLiteDriver {
  /// Adds the rows that the last command inserted, updated and deleted, and counts the tables on.
  func addRowChanges(
    _ access: CommandAccess, _ text: inout TextRun, _ state: inout CloneState<SQLiteDriver>
  ) {
    // A command that changes no rows leaves the count of the one before it.
    if !access.targets.isEmpty, !access.changesSchema, !access.writesView {
      text.effect.ownCount = (text.effect.ownCount ?? 0) &+ Int64(clone.database.changes)
    }
    let objects = state.schema.objects
    for target in access.targets where objects.isVirtual(target) { addVirtual(target, access, &text, &state) }
    addModulesChanges(access, &text, &state)
    if access.writes["sqlite_sequence"] != nil { text.changes.altered.append("table sqlite_sequence") }
    if access.makesModule { return }
    for change in clone.changes where !change.table.hasPrefix("sqlite_") {
      if objects.isShadowTable(change.table, isTemporary: change.isTemporary) { continue }
      let table = state.schema.table((change.isTemporary ? "temp." : "") + change.table.nameKey)
      let before = state.rows[table]
      text.changes.note(
        table, change.isTemporary ? name(of: table, in: state) : change.table, before: before,
        isScratch: change.isTemporary || state.made.contains(table))
      var rows = RowChange(
        inserted: Int64(change.inserted), updated: Int64(change.updated), deleted: Int64(change.deleted),
        unchanged: Int64(change.unchanged))
      if let net = change.netDeleted { rows.restored = Int64(change.deleted - net) }
      rows.indirect = Int64(change.indirect.inserted + change.indirect.updated + change.indirect.deleted)
      if rows.indirect > 0 { rows.cause = indirectCause(of: change.table.nameKey, access, state) }
      text.changes.add(rows, to: table)
      state.rows[table] = max(0, (before ?? 0) &+ rows.inserted &- rows.deleted)
    }
  }

  /// Adds what the last command did to a virtual table, by SQLite's count: the hook sees only how a module keeps its rows.
  private func addVirtual(
    _ name: String, _ access: CommandAccess, _ text: inout TextRun,
    _ state: inout CloneState<SQLiteDriver>
  ) {
    let rows = Int64(clone.database.changes)
    guard rows > 0 else { return }
    let table = state.schema.table(name.nameKey)
    let before = state.rows[table]
    var change = RowChange()
    switch access.writes[name] {
    case .insert: change.inserted = rows
    case .delete: change.deleted = rows
    default: change.updated = rows
    }
    addReplaced(name, before ?? 0, &change, text)
    guard change != RowChange() else { return }
    text.changes.note(table, name, before: before, isScratch: state.made.contains(table))
    text.changes.add(change, to: table)
    state.rows[table] = max(0, (before ?? 0) &+ change.inserted &- change.deleted)
  }

  /// Adds what triggers did to virtual tables that keep their own rows, by the table in which the module keeps them.
  private func addModulesChanges(
    _ access: CommandAccess, _ text: inout TextRun, _ state: inout CloneState<SQLiteDriver>
  ) {
    let objects = state.schema.objects
    for change in clone.changes where objects.isShadowTable(change.table, isTemporary: change.isTemporary) {
      let kept = change.table.nameKey
      guard let module = objects.module(behind: kept), Self.isRowStore(kept, of: module),
        !access.targets.contains(where: { $0.nameKey == module.name.nameKey }),
        let now = countable(module.name, in: module.isTemporary ? "temp" : "main")
      else { continue }
      let table = state.schema.table(module.tableKey)
      let before = state.rows[table] ?? 0
      let gained = now - before
      // An R-tree moves rows that it keeps when others go.
      let moves = kept.hasSuffix("_rowid") && gained < 0
      let replaced = moves ? 0 : max(0, Int64(change.inserted) - max(0, gained)) + Int64(change.updated)
      var rows = RowChange(inserted: max(0, gained), updated: min(replaced, before), deleted: max(0, -gained))
      rows.indirect = rows.inserted + rows.updated + rows.deleted
      guard rows.indirect > 0 else { continue }
      rows.cause = indirectCause(of: module.name.nameKey, access, state)
      text.changes.note(
        table, module.name, before: before, isScratch: module.isTemporary || state.made.contains(table))
      text.changes.add(rows, to: table)
      state.rows[table] = now
    }
  }

  /// Whether a module has a row there for each of its own. Source: sqlite.org/fts5.html 4.4 on contentless tables, which keep
  /// the sizes of their rows only; sqlite.org/rtree.html 3.1.
  private static func isRowStore(_ table: String, of module: SchemaObjects.Object) -> Bool {
    if table.hasSuffix("_content") || table.hasSuffix("_rowid") { return true }
    return table.hasSuffix("_docsize") && module.sql.contains(#/(?i)\bcontent\s*=\s*(?:''|"")/#)
  }

  /// Corrects what the module made of a command by the rows that are there now: it may take rows away to put others in their
  /// place, and an insert into the column that is called like the table is a command to the module.
  ///
  /// Source: sqlite.org/fts5.html 6 "Special INSERT Commands"; sqlite.org/lang_conflict.html.
  private func addReplaced(_ name: String, _ before: Int64, _ change: inout RowChange, _ text: TextRun) {
    let replaces = text.statement.sql.lowercased().contains("replace")
    let isCommand =
      change.inserted > 0
      && facts.facts(of: text.statement).commands.flatMap(\.writes).contains {
        $0.table.name.nameKey == name.nameKey && $0.column.nameKey == name.nameKey
      }
    guard replaces || isCommand, let now = countable(name, in: "main") else { return }
    let gained = now - before
    if isCommand {
      change = RowChange(inserted: max(0, gained), deleted: max(0, -gained))
    } else {
      change.deleted = max(0, change.inserted - gained)
    }
  }

  /// The rows of a virtual table; `nil` where its module cannot read them.
  private func countable(_ table: String, in schema: String) -> Int64? {
    do { return try rowCount(of: table, in: schema) } catch { return nil }
  }

  /// What may have changed rows of a table that a command does not write itself: a key that acts, or a trigger of a table
  /// that changed, where its text names this one.
  private func indirectCause(
    of table: String, _ access: CommandAccess, _ state: CloneState<SQLiteDriver>
  ) -> IndirectCause {
    let touched = Set((clone.changes.map(\.table) + access.targets).map { $0.nameKey })
    let mayCascade = shadow.catalog.tables[table]?.foreignKeys.contains { key in
      key.acts && touched.contains(key.parentTable.nameKey)
    }
    let mayBeCode = state.schema.objects.byKey.values.contains { object in
      object.type == "trigger" && (access.writesView || touched.contains(object.table.nameKey))
        && wordsAsKeys(object.sql).dropFirst().contains { $0 == table }
    }
    return IndirectCause(mayCascade: mayCascade ?? false, mayBeCode: mayBeCode)
  }

  /// Adds what the last command made, dropped and altered: what is gone, new and changed between two moments.
  ///
  /// Indexes and triggers that go with their table are not objects of their own. A renamed object is altered, not dropped.
  func addSchemaChange(
    _ access: CommandAccess, since old: CloneState<SQLiteDriver>, _ columnsBefore: [SQLiteCatalog.Column],
    _ text: inout TextRun, _ state: inout CloneState<SQLiteDriver>
  ) throws(SQLiteError) {
    let earlier = state.schema.objects
    let (objects, columns) = try clone.withoutRecording { (database) throws(SQLiteError) in
      var columns: [SQLiteCatalog.Column] = []
      if let table = access.alteredTable { columns = try SQLiteCatalog.storedColumns(of: table, in: database) }
      return (try SchemaObjects(of: database, after: earlier), columns)
    }
    let before = earlier.byKey
    state.schema.objects = objects
    let gone = before.filter { objects.byKey[$0.key] == nil }.sorted { $0.key < $1.key }.map(\.value)
    let come = objects.byKey.filter { before[$0.key] == nil }.sorted { $0.key < $1.key }.map(\.value)
    if !gone.isEmpty || !come.isEmpty || objects.byKey != before {
      state.schema.isBaseline = false
      let from = gone.first { $0.type == "table" }
      if access.alteredTable != nil, let from, let to = come.first(where: { $0.type == "table" }) {
        addRename(from, to, &text, &state)
      } else {
        addDropped(gone, old, &text, &state)
        for object in come {
          if !objects.isShadowTable(object.name, isTemporary: object.isTemporary) {
            text.changes.altered.append("create \(object.type) \(object.name)")
          }
          if object.type == "table" {
            state.made.insert(state.schema.table(object.tableKey))
          } else {
            state.madeObjects.insert(object.key)
          }
        }
        for (key, object) in objects.byKey {
          guard let was = before[key], was.sql != object.sql || was.table != object.table else { continue }
          text.changes.altered.append("alter \(object.type) \(object.name)")
        }
      }
    }
    if let table = access.alteredTable {
      followColumns(of: table, columnsBefore.map(\.name), columns.map(\.name), &text, &state)
    }
    try addMadeRows(come, access, &text, &state)
    let plain = columns.filter { !$0.isGenerated }
    let keepsColumns = plain.count == columnsBefore.count { !$0.isGenerated }
    addTaint(of: access.alteredTable?.nameKey, come, keepsColumns: keepsColumns, plain, &state)
  }

  private func addRename(
    _ from: SchemaObjects.Object, _ to: SchemaObjects.Object, _ text: inout TextRun,
    _ state: inout CloneState<SQLiteDriver>
  ) {
    text.changes.altered.append("rename table \(from.name) to \(to.name)")
    let (old, new) = (state.schema.table(from.tableKey), state.schema.table(to.tableKey))
    state.schema.release(from.tableKey)
    state.rows[new] = state.rows.removeValue(forKey: old)
    if state.made.remove(old) != nil { state.made.insert(new) }
  }

  private func addDropped(
    _ gone: [SchemaObjects.Object], _ old: CloneState<SQLiteDriver>, _ text: inout TextRun,
    _ state: inout CloneState<SQLiteDriver>
  ) {
    let tables = Set(gone.filter { $0.type == "table" || $0.type == "view" }.map { $0.name.nameKey })
    for object in gone where !old.schema.objects.isShadowTable(object.name, isTemporary: object.isTemporary) {
      if ["index", "trigger"].contains(object.type), tables.contains(object.table.nameKey) { continue }
      guard object.type == "table" else {
        let isScratch = object.isTemporary || state.madeObjects.remove(object.key) != nil
        text.changes.drop(DroppedObject(type: object.type, name: object.name, isScratch: isScratch))
        continue
      }
      let table = state.schema.table(object.tableKey)
      let isScratch = object.isTemporary || state.made.remove(table) != nil
      // With foreign keys SQLite reports the rows of a dropped table as deleted, without them it does not.
      text.changes.drop(
        DroppedObject(type: "table", name: name(of: table, in: old), rows: old.rows[table], isScratch: isScratch),
        table: table)
      state.rows[table] = nil
      state.schema.release(object.tableKey)
    }
  }

  /// Follows the columns of a table that `ALTER TABLE` changes: those that it took away are dropped, as many before as after
  /// are a rename.
  private func followColumns(
    of name: String, _ before: [String], _ after: [String], _ text: inout TextRun,
    _ state: inout CloneState<SQLiteDriver>
  ) {
    // The table has another name by now.
    guard !after.isEmpty else { return }
    let table = state.schema.table(name.nameKey)
    func object(_ column: String) -> String { "column.\(table.name).\(table.number).\(column.nameKey)" }
    if after.count == before.count {
      for (old, new) in zip(before, after) where old != new && state.madeObjects.remove(object(old)) != nil {
        state.madeObjects.insert(object(new))
      }
      return
    }
    let (had, has) = (Set(before.map { $0.nameKey }), Set(after.map { $0.nameKey }))
    for column in after where !had.contains(column.nameKey) { state.madeObjects.insert(object(column)) }
    for column in before where !has.contains(column.nameKey) {
      let isMade = state.madeObjects.remove(object(column)) != nil
      text.changes.drop(
        DroppedObject(
          type: "column", name: "\(name).\(column)", rows: state.rows[table],
          isScratch: isMade || state.made.contains(table)))
    }
  }

  /// Counts the rows of `CREATE TABLE … AS`, which the hook does not see.
  private func addMadeRows(
    _ come: [SchemaObjects.Object], _ access: CommandAccess, _ text: inout TextRun,
    _ state: inout CloneState<SQLiteDriver>
  ) throws(SQLiteError) {
    for object in come where object.type == "table" {
      let table = state.schema.table(object.tableKey)
      guard state.rows[table] == nil else { continue }
      let schema = object.isTemporary ? "temp" : "main"
      // A module may show rows that are another table's.
      let rows = object.isVirtual ? countable(object.name, in: schema) : try rowCount(of: object.name, in: schema)
      state.rows[table] = rows
      if let rows, rows > 0, !object.isVirtual, !access.makesModule {
        text.changes.note(table, name(of: table, in: state), before: nil, isScratch: true)
        text.changes.add(RowChange(inserted: rows), to: table)
      }
      let holdsSensitive = state.schema.tainted.contains { access.dependsOn.contains($0) }
      if !access.sensitive.isEmpty || holdsSensitive || readsSensitiveModule(access, state) {
        state.schema.tainted.insert(object.name.nameKey)
      }
    }
  }

  /// Notes that a table with sensitive values, or a column of it, has another name, or a column is generated from others.
  private func addTaint(
    of table: String?, _ come: [SchemaObjects.Object], keepsColumns: Bool, _ now: [SQLiteCatalog.Column],
    _ state: inout CloneState<SQLiteDriver>
  ) {
    guard let table, now.isEmpty || keepsColumns,
      state.schema.tainted.contains(table) || columns.list.contains(where: { $0.table.nameKey == table })
    else { return }
    state.schema.tainted.insert(table)
    state.schema.inheritsTaint = true
    for object in come where object.type == "table" { state.schema.tainted.insert(object.name.nameKey) }
  }

  /// The rows of a table, counted now.
  func rowCount(of table: String, in schema: String) throws(SQLiteError) -> Int64 {
    try clone.withoutRecording { (database) throws(SQLiteError) in
      var count = try database.prepare("SELECT count(*) FROM \(schema).\(quoted(table))")
      return try count.step() ? count.int64(0) : 0
    }
  }

  /// The columns of a table, as they are now.
  func columnsNow(of table: String) throws(SQLiteError) -> [SQLiteCatalog.Column] {
    try clone.withoutRecording { (database) throws(SQLiteError) in
      try SQLiteCatalog.storedColumns(of: table, in: database)
    }
  }
}
