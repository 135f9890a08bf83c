public import AuditTrail
import Postgres
public import Replay
import Sensitivity

extension PostgresShadow {
  /// The columns whose sampled values a detector recognises, as `table.column`, sorted.
  ///
  /// At most 200 values a column are sampled, of each the beginning, in the order in which they lie in the table; partitions are left to their
  /// topmost table.
  public func classifyColumns() throws(AssayError) -> [ClassifiedColumn] {
    var found: [ClassifiedColumn] = []
    // The template may have no session while clones are made of it.
    let clone = try pool.take()
    do {
      let connection = try PostgresConnection(clone.measurer)
      for table in tables.sorted where table.partitionRoot == nil {
        for column in table.columns {
          let name = quoted(column.name)
          let values = try connection.execute(
            """
            SELECT left(\(name)::text, \(ColumnSample.length)) FROM \(table.sqlName) WHERE \(name) IS NOT NULL
            LIMIT \(ColumnSample.values)
            """
          ).firstColumn
          if let classification = classify(values) {
            found.append(
              ClassifiedColumn(column: "\(table.displayName).\(column.name)", classification: classification))
          }
        }
      }
    } catch {
      pool.discard(clone)
      throw AssayError(
        .unavailable, "The shadow's columns could not be sampled.", at: Place(source), cause: error.withoutLiterals)
    }
    pool.giveBack(clone)
    return found
  }
}
