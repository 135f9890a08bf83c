import AuditTrail
import SQLite

extension Effect {
  /// Adds what a command did to the schema: what is gone, new and changed between two moments.
  ///
  /// Indexes and triggers that go with their table are no objects of their own. A renamed object is altered, not dropped.
  mutating func addSchemaChange(from old: CloneState, to new: inout CloneState, altering table: String?) {
    let gone = old.objects.byKey.filter { new.objects.byKey[$0.key] == nil }
    let come = new.objects.byKey.filter { old.objects.byKey[$0.key] == nil }
    guard !gone.isEmpty || !come.isEmpty || old.objects != new.objects else { return }
    new.hasBaselineSchema = false
    let goneTables = Set(gone.values.filter { $0.type == "table" || $0.type == "view" }.map { $0.name.lowercased() })
    let isRename =
      table != nil && gone.values.contains { $0.type == "table" } && come.values.contains { $0.type == "table" }

    for object in gone.sorted(by: { $0.key < $1.key }).map(\.value) {
      let isWithTable = object.type == "index" || object.type == "trigger"
      if isRename || (isWithTable && goneTables.contains(object.table.lowercased())) { continue }
      let isScratch = object.isTemporary || old.made.contains(object.key)
      let rows = object.type == "table" ? old.rows[object.rowsKey] : nil
      dropped.append(DroppedObject(type: object.type, name: object.name, rows: rows, isScratch: isScratch))
      new.made.remove(object.key)
      guard object.type == "table" else { continue }
      new.rows[object.rowsKey] = nil
      if let rows, rows > 0 {
        // With foreign keys SQLite reports the rows of a dropped table as deleted, without them it does not.
        var lost = TableEffect()
        lost.deleted = rows
        lost.before = rows
        lost.isScratch = isScratch
        tables[object.name] = lost
      }
    }
    for object in come.sorted(by: { $0.key < $1.key }).map(\.value) {
      if isRename, object.type == "table", let from = gone.values.first(where: { $0.type == "table" }) {
        altered.append("rename table \(from.name) to \(object.name)")
        new.rows[object.rowsKey] = new.rows.removeValue(forKey: from.rowsKey)
        if new.made.remove(from.key) != nil { new.made.insert(object.key) }
      } else if !isRename {
        altered.append("create \(object.type) \(object.name)")
        new.made.insert(object.key)
      }
    }
    for (key, object) in new.objects.byKey.sorted(by: { $0.key < $1.key }) {
      guard let before = old.objects.byKey[key], before.sql != object.sql || before.table != object.table, !isRename
      else { continue }
      altered.append("alter \(object.type) \(object.name)")
    }
    dropped.sort()
    altered.sort()
  }

  /// Adds the columns that `ALTER TABLE` took away from a table that stayed; as many before as after is a rename.
  mutating func addDroppedColumns(of table: String, before: [String], after: [String], isScratch: Bool, rows: Int64?) {
    guard after.count < before.count, !after.isEmpty else { return }
    let left = Set(after.map { $0.lowercased() })
    for column in before where !left.contains(column.lowercased()) {
      dropped.append(DroppedObject(type: "column", name: "\(table).\(column)", rows: rows, isScratch: isScratch))
    }
    dropped.sort()
  }
}

extension SchemaObjects.Object {
  /// The object among those that the session made.
  var key: String { "\(isTemporary ? "temp." : "")\(type).\(name.lowercased())" }
  /// The table among the row counts.
  var rowsKey: String { (isTemporary ? "temp." : "") + name.lowercased() }
}

/// The columns of a table, as they are now.
func columnNames(of table: String, in database: borrowing SQLiteDatabase) throws(SQLiteError) -> [String] {
  var names: [String] = []
  var rows = try database.prepare("SELECT name FROM pragma_table_info(?)")
  try rows.bind(1, table)
  while try rows.step() { names.append(rows.text(0)) }
  return names
}
