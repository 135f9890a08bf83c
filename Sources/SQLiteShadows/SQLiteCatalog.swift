import AuditTrail
import Replay
package import SQLite

/// What the baseline of a shadow holds. Names are keyed as SQLite compares them.
package struct SQLiteCatalog: Sendable {
  /// A column of a table.
  package struct Column: Sendable {
    package let name: String
    package let isGenerated: Bool
    /// Whether a row that does not store it has a value there all the same.
    let hasDefault: Bool
  }

  /// A foreign key from one column to one column; a composite key is several of them.
  package struct ForeignKey: Sendable {
    package let column: String
    package let parentTable: String
    package let parentColumn: String?
    /// Whether a change of the parent's row changes the child's: `CASCADE`, `SET NULL` or `SET DEFAULT`.
    package let acts: Bool
  }

  /// A table of rows.
  package struct Table: Sendable {
    package let name: String
    package let columns: [Column]
    package let rows: Int64
    package let primaryKey: [String]
    package let foreignKeys: [ForeignKey]
    package let isVirtual: Bool
  }

  /// A view, with its text.
  package struct View: Sendable {
    package let name: String
    /// Its query.
    package let body: String
    /// Its columns, as it names them; none where SQLite does not take it.
    package let columns: [String]
    /// Of each column that shows a table's column unchanged, by its key: that column as `table.column`.
    package let origins: [String: String]
  }

  package private(set) var tables: [String: Table] = [:]
  package private(set) var views: [String: View] = [:]
  package private(set) var objects = SchemaObjects()

  /// Reads the catalog of a database.
  package init(of database: borrowing SQLiteDatabase) throws(SQLiteError) {
    objects = try SchemaObjects(of: database)
    for object in objects.sorted where !object.isTemporary {
      switch object.type {
      case "table":
        let columns = try Self.columnsAndKey(of: object.name, in: database)
        var count = try database.prepare("SELECT count(*) FROM \(quoted(object.name))")
        let rows = try count.step() ? count.int64(0) : 0
        tables[object.name.nameKey] = Table(
          name: object.name, columns: columns.all, rows: rows, primaryKey: columns.key,
          foreignKeys: try Self.foreignKeys(of: object.name, in: database),
          isVirtual: object.isVirtual)
      case "view":
        views[object.name.nameKey] = View(
          name: object.name, body: queryOfView(object.sql), columns: Self.viewColumns(object, in: database),
          origins: try Self.origins(of: object, in: database))
      default: break
      }
    }
  }

  /// What tells the rows of a table apart, for SQL: every table without a primary key has row numbers.
  func rowKey(of table: String) -> String {
    let key = tables[table.nameKey]?.primaryKey ?? []
    return key.isEmpty ? "rowid" : key.map(quoted).joined(separator: ", ")
  }

  /// The columns of a table, as they are now.
  static func storedColumns(
    of table: String, in database: borrowing SQLiteDatabase
  ) throws(SQLiteError) -> [Column] { try columnsAndKey(of: table, in: database).all }

  private static func columnsAndKey(
    of table: String, in database: borrowing SQLiteDatabase
  ) throws(SQLiteError) -> (all: [Column], key: [String]) {
    var columns: [Column] = []
    var key: [(Int64, String)] = []
    var rows = try database.prepare("SELECT name, pk, hidden, dflt_value FROM pragma_table_xinfo(?)")
    try rows.bind(1, table)
    while try rows.step() {
      columns.append(
        Column(
          name: rows.text(0), isGenerated: rows.int64(2) != 0,
          hasDefault: !["", "NULL"].contains(rows.text(3).uppercased())))
      if rows.int64(1) > 0 { key.append((rows.int64(1), rows.text(0))) }
    }
    return (columns, key.sorted { $0.0 < $1.0 }.map(\.1))
  }

  private static func viewColumns(_ view: SchemaObjects.Object, in database: borrowing SQLiteDatabase) -> [String] {
    guard let rows = try? database.prepare("SELECT * FROM \(quoted(view.name))") else { return [] }
    return (0..<rows.columnCount).map { rows.columnName($0) }
  }

  /// A compound of selects names its first branch only, so its columns have no origin here.
  private static func origins(
    of view: SchemaObjects.Object, in database: borrowing SQLiteDatabase
  ) throws(SQLiteError) -> [String: String] {
    let words = view.sql.lowercased()
    if words.contains("union") || words.contains("intersect") || words.contains("except") { return [:] }
    var origins: [String: String] = [:]
    guard let rows = try? database.prepare("SELECT * FROM \(quoted(view.name))") else { return origins }
    for column in 0..<rows.columnCount {
      guard let origin = rows.columnOrigin(column) else { continue }
      origins[rows.columnName(column).nameKey] = "\(origin.table).\(origin.column)".nameKey
    }
    return origins
  }

  private static func foreignKeys(
    of table: String, in database: borrowing SQLiteDatabase
  ) throws(SQLiteError) -> [ForeignKey] {
    var keys: [ForeignKey] = []
    var rows = try database.prepare(
      """
      SELECT "from", "table", "to", on_delete NOT IN ('NO ACTION', 'RESTRICT') OR on_update NOT IN ('NO ACTION', 'RESTRICT')
      FROM pragma_foreign_key_list(?) ORDER BY id, seq
      """)
    try rows.bind(1, table)
    while try rows.step() {
      keys.append(
        ForeignKey(
          column: rows.text(0), parentTable: rows.text(1), parentColumn: rows.optionalText(2), acts: rows.int64(3) != 0)
      )
    }
    return keys
  }

  /// The rows of every table.
  package var rowCounts: [String: Int64] { tables.mapValues(\.rows) }

  /// The tables that the table's foreign keys lead to, as keys.
  package func parents(of table: String) -> [String] {
    tables[table.nameKey]?.foreignKeys.map { $0.parentTable.nameKey } ?? []
  }

  /// The tables that a foreign key of the given ones' referrers leads from, all the way.
  package func tablesReferring(to names: [String]) -> [String] {
    reached(from: names.map { $0.nameKey }) { parent in
      tables.filter { $0.value.foreignKeys.contains { $0.parentTable.nameKey == parent } }.map(\.key)
    }.compactMap { tables[$0]?.name }.sorted()
  }
}

extension SQLiteCatalog {
  /// A table's column; letters' case makes no other.
  package struct ColumnName: Hashable, Sendable {
    /// As the schema spells them.
    package let table, column: String
    private let key: String

    /// The column of a table.
    package init(table: String, column: String) {
      (self.table, self.column, key) = (table, column, "\(table).\(column)".nameKey)
    }

    package static func == (left: ColumnName, right: ColumnName) -> Bool { left.key == right.key }

    package func hash(into hasher: inout Hasher) { hasher.combine(key) }
  }

  /// The column and every column that a foreign key joins it to.
  package func joined(to column: ColumnName) -> [ColumnName] {
    let keys = tables.values.sorted { $0.name < $1.name }.flatMap { table in
      table.foreignKeys.compactMap { key -> (child: ColumnName, parent: ColumnName)? in
        let parent = tables[key.parentTable.nameKey]
        guard let parentColumn = key.parentColumn ?? (parent?.primaryKey.count == 1 ? parent?.primaryKey.first : nil)
        else { return nil }
        return (
          ColumnName(table: table.name, column: key.column),
          ColumnName(table: parent?.name ?? key.parentTable, column: parentColumn)
        )
      }
    }
    return joinedColumns(to: column, by: keys)
  }

  /// Whether reading the column reads others of its table, which the compiler does not say.
  package func isGenerated(table: String, column: String) -> Bool {
    tables[table.nameKey]?.columns.contains {
      $0.isGenerated && $0.name.nameKey == column.nameKey
    } ?? false
  }
}

/// The objects of a schema at a moment, for telling what a command made, dropped and altered.
package struct SchemaObjects: Sendable, Equatable {
  /// A table, view, index or trigger.
  package struct Object: Sendable, Equatable {
    package let type: String
    package let name: String
    package let table: String
    package let sql: String
    package let isTemporary: Bool

    /// Whether a module, and not SQLite, holds its rows.
    package var isVirtual: Bool { type == "table" && sql.lowercased().hasPrefix("create virtual") }
  }

  package private(set) var byKey: [String: Object] = [:]
  /// The keys of the names of virtual tables.
  private var virtualTables: Set<String> = []
  /// The tables in which virtual tables keep their contents, as `schema.table`.
  private var shadowTables: Set<String> = []

  /// No objects.
  package init() {}

  /// The objects of the database and of the session's temporary schema, and of a moment `before` if there was one; SQLite's
  /// own are left out.
  package init(of database: borrowing SQLiteDatabase, after before: SchemaObjects? = nil) throws(SQLiteError) {
    for (schema, isTemporary) in [("main", false), ("temp", true)] {
      var rows = try database.prepare("SELECT type, name, tbl_name, sql FROM \(schema).sqlite_schema")
      while try rows.step() {
        let name = rows.text(1)
        if name.hasPrefix("sqlite_") || name == SQLiteShadow.markerTable { continue }
        let object = Object(
          type: rows.text(0), name: name, table: rows.text(2), sql: rows.text(3), isTemporary: isTemporary)
        byKey["\(schema).\(object.type).\(name.nameKey)"] = object
        if object.isVirtual { virtualTables.insert(name.nameKey) }
      }
    }
    if virtualTables.isEmpty { return }
    var shadows = try database.prepare("SELECT schema, name FROM pragma_table_list WHERE type = 'shadow'")
    while try shadows.step() {
      let (schema, key) = (shadows.text(0), shadows.text(1).nameKey)
      if Self.isKept(schema, key, since: before) { shadowTables.insert("\(schema).\(key)") }
    }
  }

  /// Whether a table that SQLite calls a shadow by its name is one: a module makes its tables together with its own. What was
  /// there before, or took such a name later, holds rows of its own.
  private static func isKept(_ schema: String, _ key: String, since before: SchemaObjects?) -> Bool {
    guard let before else { return true }
    if before.shadowTables.contains("\(schema).\(key)") { return true }
    if before.byKey["\(schema).table.\(key)"] != nil { return false }
    return key.lastIndex(of: "_").map { before.byKey["\(schema).table.\(key[..<$0])"] == nil } ?? false
  }

  /// Forgets the objects of the session's temporary schema.
  package mutating func removeTemporary() { byKey = byKey.filter { !$0.value.isTemporary } }

  /// Whether a table is virtual.
  package func isVirtual(_ table: String) -> Bool { virtualTables.contains(table.nameKey) }

  /// Whether a virtual table keeps its own contents in a table: `search_data` of `search`.
  ///
  /// Source: sqlite.org/vtab.html 2.1.4 "Shadow Tables".
  package func isShadowTable(_ table: String, isTemporary: Bool) -> Bool {
    !shadowTables.isEmpty && shadowTables.contains("\(isTemporary ? "temp" : "main").\(table.nameKey)")
  }

  /// The virtual table that a table is, or for which it keeps contents; `nil` for any other.
  package func module(behind table: String) -> Object? {
    guard !virtualTables.isEmpty else { return nil }
    var name = table.nameKey
    if !isVirtual(name) {
      let isShadow = [false, true].contains { isShadowTable(name, isTemporary: $0) }
      guard isShadow, let end = name.lastIndex(of: "_") else { return nil }
      name = String(name[..<end])
    }
    return byKey["main.table.\(name)"] ?? byKey["temp.table.\(name)"]
  }

  /// In order of type and name.
  package var sorted: [Object] { byKey.sorted { $0.key < $1.key }.map(\.value) }
}

/// The words of a definition as keys, among which the names stand that it writes without quotes.
func wordsAsKeys(_ sql: String) -> [Substring] {
  sql.nameKey.split { !$0.isLetter && !$0.isNumber && $0 != "_" && $0 != "\0" }
}

/// The query of a view's text: what follows the first `AS` outside quotes and parentheses.
package func queryOfView(_ sql: String) -> String {
  let bytes = Array(sql.utf8)
  var (index, depth) = (0, 0)
  let closing: [UInt8: UInt8] = [
    UInt8(ascii: "\""): UInt8(ascii: "\""), UInt8(ascii: "'"): UInt8(ascii: "'"), UInt8(ascii: "`"): UInt8(ascii: "`"),
    UInt8(ascii: "["): UInt8(ascii: "]"),
  ]
  while index < bytes.count {
    let byte = bytes[index]
    if let end = closing[byte] {
      index += 1
      while index < bytes.count, bytes[index] != end { index += 1 }
    } else if byte == UInt8(ascii: "(") {
      depth += 1
    } else if byte == UInt8(ascii: ")") {
      depth -= 1
    } else if isNameByte(byte) {
      let start = index
      while index < bytes.count, isNameByte(bytes[index]) { index += 1 }
      if depth == 0, bytes[start..<index].elementsEqual("as".utf8, by: { $0 | 0x20 == $1 }) {
        return String(decoding: bytes[index...], as: UTF8.self)
      }
      continue
    }
    index += 1
  }
  return sql
}
