public import AuditTrail
public import Replay
import SQLite
import Sensitivity

extension SQLiteShadow {
  /// The columns whose sampled values a detector recognises, as `table.column`, sorted.
  ///
  /// At most 200 values a column are sampled, of each the beginning, in the order of the table, so the same image gives the same columns.
  public func classifyColumns() throws(AssayError) -> [ClassifiedColumn] {
    let tables = catalog.tables.values.sorted { $0.name < $1.name }
    do {
      return try Self.withCopy(of: image) { (database) throws(SQLiteError) in
        var found: [ClassifiedColumn] = []
        for table in tables where !table.isVirtual {
          for column in table.columns {
            let name = quoted(column.name)
            var rows = try database.prepare(
              "SELECT substr(\(name), 1, \(ColumnSample.length)) FROM \(quoted(table.name)) WHERE \(name) NOTNULL "
                + "LIMIT \(ColumnSample.values)")
            var values: [String] = []
            while try rows.step() { values.append(rows.text(0)) }
            if let classification = classify(values) {
              found.append(ClassifiedColumn(column: "\(table.name).\(column.name)", classification: classification))
            }
          }
        }
        return found
      }
    } catch {
      throw AssayError(
        .invalidFile, "The shadow's columns could not be sampled; one of them may take too long to work out.",
        at: Place(source), cause: error.description)
    }
  }

  /// Every column of its tables and views, as `table.column`, sorted; of a view those whose origin is known, and `*`.
  public func columnNames() throws(AssayError) -> [String] {
    let tables = catalog.tables.values.flatMap { table in table.columns.map { "\(table.name).\($0.name)" } }
    let views = catalog.views.values.flatMap { view in view.columns.map { "\(view.name).\($0)" } }
    return (tables + views).sorted()
  }
}
