package import Replay
package import SQLite

/// The sensitive columns of a shadow, with what the leak oracle needs of each, made when first asked for.
package final class SQLiteSensitiveColumns: Sendable {
  /// A column.
  package struct Column: Sendable {
    /// `table.column` as the schema spells it.
    package let name: String
    /// The same in lower case.
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

  /// The columns of the given names (`table.column`, with or without a schema before) that the shadow has.
  package init(_ names: [String], of shadow: SQLiteShadow) {
    var found: [String: Column] = [:]
    for name in names {
      let parts = name.lowercased().split(separator: ".").suffix(2)
      guard parts.count == 2, let table = shadow.catalog.tables[String(parts[parts.startIndex])] else { continue }
      for column in table.columns where parts.last == "*" || column.name.lowercased() == parts.last ?? "" {
        // A key that refers to a sensitive column holds its values.
        for member in shadow.catalog.joined(to: SQLiteCatalog.ColumnName(table: table.name, column: column.name)) {
          let full = "\(member.table).\(member.column)"
          found[full.lowercased()] = Column(
            name: full, key: full.lowercased(), table: member.table, column: member.column)
        }
      }
    }
    list = found.values.sorted { $0.key < $1.key }
    self.shadow = shadow
    positions = Dictionary(uniqueKeysWithValues: list.enumerated().map { ($0.element.key, $0.offset) })
  }

  /// `schema.table.column` or `table.column` as it is compared.
  package static func comparedName(_ name: String) -> String {
    name.lowercased().split(separator: ".").suffix(2).joined(separator: ".")
  }

  /// The place in the list of a column, named in lower case.
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
