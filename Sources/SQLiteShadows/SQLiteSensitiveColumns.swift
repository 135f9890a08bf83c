package import AuditTrail
package import Replay
package import SQLAnalysis
package import SQLite

/// The sensitive columns of a shadow, with what the leak oracle needs of each, made when first asked for.
package final class SQLiteSensitiveColumns: Sendable {
  /// A column.
  package struct Column: Sendable {
    /// `table.column` as the schema spells it, or the view's column by which it was named.
    package let name: String
    /// The key of `table.column`.
    package let key: String
    package let table: String
    package let column: String
  }

  private struct Change: Hashable {
    let position: Int
    let kind: Perturbation
  }

  /// What a run on another clone needs.
  package enum Perturbed: Sendable {
    case image([UInt8])
    /// The column cannot be changed so without breaking the schema's rules.
    case impossible
  }

  /// The columns that are there, in order of their names.
  package let list: [Column]
  private let shadow: SQLiteShadow
  private let positions: [String: Int]
  private let knownValues = Known<Int, VerbatimIndex>()
  private let knownCanaries = Known<Int, CanaryIndex>()
  private let knownImages = Known<Change, Perturbed>()

  /// The columns of the given names (`table.column`, with or without a schema before) that the shadow has; a column of a
  /// view stands for those of tables that its expression reads.
  package init(
    _ names: [String], of shadow: SQLiteShadow, analyze: (String, SQLDialect) -> Facts
  ) {
    var found: [String: Column] = [:]
    let catalog = shadow.catalog
    for name in names {
      let parts = name.nameKey.split(separator: ".").suffix(2)
      guard parts.count == 2, let first = parts.first, let last = parts.last else { continue }
      for (base, givenName) in Self.sources(String(first), String(last), in: catalog, analyze, depth: 0) {
        // A key that refers to a sensitive column holds its values.
        for member in catalog.joined(to: base) {
          let full = "\(member.table).\(member.column)"
          let isSame = full.nameKey == "\(base.table).\(base.column)".nameKey
          found[full.nameKey] = Column(
            name: isSame ? givenName ?? full : full, key: full.nameKey, table: member.table, column: member.column)
        }
      }
    }
    list = found.values.sorted { $0.key < $1.key }
    self.shadow = shadow
    positions = Dictionary(uniqueKeysWithValues: list.enumerated().map { ($0.element.key, $0.offset) })
  }

  /// The tables' columns for a name's key, each with the view's column that it was named by.
  private static func sources(
    _ table: String, _ column: String, in catalog: SQLiteCatalog, _ analyze: (String, SQLDialect) -> Facts, depth: Int
  ) -> [(SQLiteCatalog.ColumnName, givenName: String?)] {
    if let found = catalog.tables[table] {
      return found.columns.filter { column == "*" || $0.name.nameKey == column }.map {
        (SQLiteCatalog.ColumnName(table: found.name, column: $0.name), nil)
      }
    }
    guard let view = catalog.views[table], depth < 8 else { return [] }
    let columns = column == "*" ? view.columns : view.columns.filter { $0.nameKey == column }
    return columns.flatMap { shown in
      // In quotes it might be a value; a name that needs them is asked for in the table itself.
      let isPlain = shown.utf8.allSatisfy { $0 == UInt8(ascii: "_") || Character(UnicodeScalar($0)).isLetter }
      let asked = isPlain ? shown : "shown.\(quoted(shown))"
      let facts = analyze("SELECT \(asked) FROM (\(view.body)\n) AS shown", .looseQuotes)
      return facts.commands.flatMap(\.outputs).flatMap { output in
        sources(output.table.name.nameKey, output.column.nameKey, in: catalog, analyze, depth: depth + 1)
      }.map { ($0.0, givenName: "\(view.name).\(shown)") }
    }
  }

  /// `schema.table.column` or `table.column` as it is compared.
  package static func comparedName(_ name: String) -> String {
    name.nameKey.split(separator: ".").suffix(2).joined(separator: ".")
  }

  /// The place in the list of a column, named by its key.
  package func position(of key: String) -> Int? { positions[key] }

  /// The values that the column holds in the baseline.
  package func valueIndex(_ position: Int) throws(SQLiteError) -> VerbatimIndex {
    try knownValues.value(of: position) { () throws(SQLiteError) in VerbatimIndex(try baselineValues(position)) }
  }

  private func baselineValues(_ position: Int) throws(SQLiteError) -> [[UInt8]] {
    let column = list[position]
    return try SQLiteShadow.withCopy(of: shadow.image) { (database) throws(SQLiteError) in
      var rows = try database.prepare(
        "SELECT DISTINCT substr(\(quoted(column.column)), 1, \(VerbatimIndex.mostLength)) FROM \(quoted(column.table)) WHERE \(quoted(column.column)) NOTNULL"
      )
      var values: [[UInt8]] = []
      while try rows.step() { values.append(rows.bytes(0)) }
      return values
    }
  }

  /// The same values in the forms that hide them, for naming a leak.
  package func canaryIndex(_ position: Int) throws(SQLiteError) -> CanaryIndex {
    try knownCanaries.value(of: position) { () throws(SQLiteError) in CanaryIndex(try valueIndex(position).values) }
  }

  /// The baseline with the column changed.
  package func perturbed(_ position: Int, _ kind: Perturbation) -> Perturbed {
    knownImages.value(of: Change(position: position, kind: kind)) {
      (try? kind.image(of: shadow, changing: list[position])).map { .image($0) } ?? .impossible
    }
  }
}
