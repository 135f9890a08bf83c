import AuditTrail
import Ledger
import SQLAnalysis

/// The objects that statements of the ledger used with success when they were recorded, by the keys of their names.
struct UsedObjects {
  private var names: Set<String> = []

  init(of ledger: borrowing Ledger, analyze: (String, SQLDialect) -> Facts) throws(AssayError) {
    var found: Set<String> = []
    try ledger.query(
      """
      SELECT DISTINCT texts.sql, connections.engine FROM statements JOIN texts ON texts.id = statements.text
        JOIN contexts ON contexts.id = statements.context JOIN connections ON connections.id = contexts.connection
      WHERE statements.has_result = 1 AND statements.error IS NULL ORDER BY texts.id
      """, []
    ) { row in
      guard let sql = row[0].text, let engine = row[1].text else { return }
      for command in analyze(sql, SQLDialect(engine: engine)).commands {
        for column in command.reads + command.writes {
          found.insert(column.table.name.nameKey)
          if column.column != "*" { found.insert(column.column.nameKey) }
        }
        for object in command.objects { found.insert(object.name.nameKey) }
        for function in command.functions { found.insert(function.nameKey) }
      }
    }
    names = found
  }

  /// Whether an object was used; a column is compared without its table, which may be an alias.
  func contains(_ name: String) -> Bool {
    names.contains(name.nameKey) || names.contains((name.split(separator: ".").last.map(String.init) ?? name).nameKey)
  }
}
