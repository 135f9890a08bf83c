import AuditTrail
import Replay
import SQLAnalysis

extension PostgresWorld {
  /// The tables' columns whose values must not reach a client, for names as `table.column`; names that the catalog lacks are
  /// left out.
  ///
  /// A column of a partition is that of the whole table, one of a view those that its expression reads; what is told of
  /// them has the name that was given. A key that refers to a sensitive column holds its values, and so does the same column
  /// of a table that inherits.
  static func sensitiveColumns(
    named names: [String], in catalog: PostgresCatalog, _ analyze: (String, SQLDialect) -> Facts
  ) -> [SensitiveColumn] {
    var found: [String: SensitiveColumn] = [:]
    for name in names {
      let parts = name.split(separator: ".").map(String.init)
      guard parts.count >= 2,
        let relation = catalog.relation(parts[parts.count - 2], schema: parts.count > 2 ? parts[parts.count - 3] : nil)
      else { continue }
      // What a materialized view shows is looked for by the values of the tables that it was made from.
      guard relation.kind != "m" else { continue }
      for column in relation.columns where parts.last == "*" || column.nameKey == parts.last?.nameKey {
        let named = PostgresCatalog.ColumnName(table: relation.oid, column: column)
        let bases = bases(of: named, in: catalog, analyze, depth: 0)
        let inherited = bases.flatMap { base in
          (catalog.heirs[base.table] ?? []).sorted().map {
            PostgresCatalog.ColumnName(table: $0, column: base.column)
          }
        }
        for base in bases + inherited {
          for member in catalog.family(of: base) {
            guard let table = catalog.relations[member.table] else { continue }
            var holder = SensitiveColumn(relation: table.oid, table: catalog.displayName(table), column: member.column)
            if member == base, base != named, bases.contains(base) {
              holder.givenName = "\(catalog.displayName(relation)).\(column)"
            }
            holder.isNamed = member == base || found[holder.key]?.isNamed == true
            found[holder.key] = holder
          }
        }
      }
    }
    return found.values.sorted { $0.key < $1.key }
  }

  /// The columns of tables that a relation's column shows.
  private static func bases(
    of column: PostgresCatalog.ColumnName, in catalog: PostgresCatalog, _ analyze: (String, SQLDialect) -> Facts,
    depth: Int
  ) -> [PostgresCatalog.ColumnName] {
    guard let relation = catalog.relations[column.table], depth < 8 else { return [] }
    guard relation.kind == "v", let body = catalog.views[relation.oid] else {
      return [PostgresCatalog.ColumnName(table: relation.root, column: column.column)]
    }
    let query = body.split(separator: ";").first.map(String.init) ?? body
    let facts = analyze("SELECT \(quoted(column.column)) FROM (\(query)) AS shown", .postgreSQL)
    return facts.commands.flatMap(\.outputs).flatMap { output -> [PostgresCatalog.ColumnName] in
      guard let table = catalog.relation(output.table) else { return [] }
      let columns =
        output.column == "*"
        ? table.columns : table.columns.filter { $0.nameKey == output.column.nameKey }
      return columns.flatMap {
        bases(
          of: PostgresCatalog.ColumnName(table: table.oid, column: $0), in: catalog, analyze, depth: depth + 1)
      }
    }
  }
}
