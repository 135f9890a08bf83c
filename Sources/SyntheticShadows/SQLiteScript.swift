import PostgresShadows
import Replay
import SQLite
import SQLiteShadows

/// A SQLite database as a script that makes it again: the same database, the same bytes.
struct SQLiteScript {
  /// The script.
  let text: String

  /// Reads the database.
  init(of database: borrowing SQLiteDatabase) throws(SQLiteError) {
    var lines = [
      CreatedShadow.heading,
      "PRAGMA foreign_keys = ON;",
    ]
    // Rows go in before what refers to them is checked: the tables' order in the script is that of the schema.
    lines.append("PRAGMA defer_foreign_keys = ON;")
    lines.append("BEGIN;")
    var tables: [(name: String, sql: String)] = []
    var rest: [String] = []
    var objects = try database.prepare(
      """
      SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
      ORDER BY CASE type WHEN 'table' THEN 0 WHEN 'index' THEN 1 WHEN 'view' THEN 2 ELSE 3 END, rowid
      """)
    while try objects.step() {
      if objects.text(0) == "table" {
        tables.append((objects.text(1), objects.text(2)))
      } else {
        rest.append(objects.text(2) + ";")
      }
    }
    lines += tables.map { $0.sql + ";" }
    for table in tables { lines += try Self.rows(of: table.name, in: database) }
    lines += rest
    lines.append("COMMIT;")
    text = lines.joined(separator: "\n") + "\n"
  }

  private static func rows(of table: String, in database: borrowing SQLiteDatabase) throws(SQLiteError) -> [String] {
    var columns: [String] = []
    var info = try database.prepare("SELECT name FROM pragma_table_xinfo(?) WHERE hidden = 0")
    try info.bind(1, table)
    while try info.step() { columns.append(quoted(info.text(0))) }
    let values = columns.map { "quote(\($0))" }.joined(separator: " || ',' || ")
    var rows = try database.prepare("SELECT \(values) FROM \(quoted(table))")
    let head = "INSERT INTO \(quoted(table)) (\(columns.joined(separator: ", "))) VALUES"
    var lines: [String] = []
    var batch: [String] = []
    while try rows.step() {
      batch.append("(\(rows.text(0)))")
      if batch.count == 200 {
        lines.append(head + "\n" + batch.joined(separator: ",\n") + ";")
        batch.removeAll(keepingCapacity: true)
      }
    }
    if !batch.isEmpty { lines.append(head + "\n" + batch.joined(separator: ",\n") + ";") }
    return lines
  }
}
