import AuditTrail
import Postgres
import Replay
import Synchronization

/// What the leak oracle needs of the sensitive columns' values, read once from a clone of the baseline.
struct PostgresSensitiveValues: Sendable {
  /// An index of each column's values, by its position.
  private(set) var indexes: [VerbatimIndex] = []
  /// For each column of a view, in lower case, the table's column that it shows unchanged; keyed by oid and number.
  private(set) var origins: [UInt64: String] = [:]

  /// Reads the values, as the clone's measurer.
  init(
    of columns: [PostgresWorld.SensitiveColumn], in catalog: PostgresCatalog, _ connection: borrowing PostgresConnection
  ) throws(PostgresError) {
    for column in columns {
      guard let relation = catalog.relations[column.relation] else { continue }
      let name = relation.qualifiedName
      // As they are sent to a client: a cast of an address to text adds its mask.
      let found = try connection.execute(
        """
        SELECT DISTINCT left(format('%s', \(quoted(column.column))), \(VerbatimIndex.mostLength)) FROM \(name)
        WHERE \(quoted(column.column)) IS NOT NULL
        """)
      indexes.append(VerbatimIndex((0..<found.rowCount).map { found.bytes($0, 0) }))
    }
    for (oid, relation) in catalog.relations.sorted(by: { $0.key < $1.key }) {
      guard relation.kind == "v" || relation.kind == "m", let body = catalog.views[oid] else {
        for (index, column) in relation.columns.enumerated() where relation.kind != "v" {
          let root = catalog.relations[relation.root] ?? relation
          origins[Self.key(oid, index + 1)] = "\(catalog.displayName(root)).\(column)".nameKey
        }
        continue
      }
      try readOrigins(of: oid, body, catalog, connection)
    }
  }

  /// Source columns of a view by the server's own account. A union names its first branch only, so it has none.
  private mutating func readOrigins(
    of view: UInt32, _ body: String, _ catalog: PostgresCatalog, _ connection: borrowing PostgresConnection
  ) throws(PostgresError) {
    let words = PostgresWords.words(of: body)
    if words.contains("union") || words.contains("intersect") || words.contains("except") { return }
    try connection.prepare("", body)
    let shape = try connection.describe("")
    for column in 0..<shape.columnCount where shape.columnTable(column) != 0 {
      viewColumns[Self.key(view, column + 1)] = Self.key(shape.columnTable(column), shape.columnNumber(column))
    }
  }

  private var viewColumns: [UInt64: UInt64] = [:]

  /// The table's column that a relation's column shows, as `table.column` in lower case.
  func origin(_ relation: UInt32, _ number: Int) -> String? {
    var key = Self.key(relation, number)
    for _ in 0..<16 {
      if let name = origins[key] { return name }
      guard let next = viewColumns[key] else { return nil }
      key = next
    }
    return nil
  }

  private static func key(_ relation: UInt32, _ number: Int) -> UInt64 {
    UInt64(relation) << 16 | UInt64(UInt16(clamping: number))
  }
}
