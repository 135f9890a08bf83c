import AuditTrail
import Ledger
import MariaDB
import Replay
import SQLAnalysis

/// What all replays on one shadow share: what it holds before anything has run, and what makes copies of it.
final class MariaDBWorld: Sendable {
  let catalog: MariaDBCatalog
  /// Rows by table, counted.
  let rows: [String: Int64]
  let basis: Basis
  let production: ProductionRows
  let pool: MariaDBClonePool
  let source: String
  let measuring: Measuring
  /// Tables that hold a sensitive column.
  let sensitiveTables: Set<String>
  /// Names of sensitive columns.
  let sensitiveColumns: Set<String>

  /// What is known of a shadow, for replays that measure as asked.
  init(
    catalog: MariaDBCatalog, rows: [String: Int64], basis: Basis, production: ProductionRows, pool: MariaDBClonePool,
    source: String, measuring: Measuring
  ) {
    self.catalog = catalog
    self.rows = rows
    self.basis = basis
    self.production = production
    self.pool = pool
    self.source = source
    self.measuring = measuring
    var (tables, columns) = (Set<String>(), Set<String>())
    for name in measuring.sensitive {
      let parts = name.split(separator: ".").map { $0.lowercased() }
      guard parts.count > 1 else { continue }
      for (key, table) in catalog.tables where table.name.lowercased() == parts[parts.count - 2] {
        guard table.columns.contains(where: { $0.name.lowercased() == parts[parts.count - 1] }) else { continue }
        tables.insert(key)
        columns.insert(parts[parts.count - 1])
      }
    }
    (sensitiveTables, sensitiveColumns) = (tables, columns)
  }

  /// The shadow before anything has run on it.
  func firstState() -> CloneState<MariaDBDriver> {
    CloneState(
      rows: Dictionary(uniqueKeysWithValues: rows.map { (TableIdentity($0.key), $0.value) }),
      schema: MariaDBSchema(catalog: catalog))
  }

  /// Whether what a statement does with the table's rows cannot be known: none are here, and production may have some.
  func holdsNoRows(_ key: String) -> Bool { rows[key] == 0 && productionCount(of: key) != 0 }

  /// The table's rows in production, where they are known.
  func productionCount(of key: String) -> Int64? { production[catalog.shownName(of: key)] }

  /// The facts of a text.
  func textFacts(of statement: StatementEntry) -> Facts { measuring.analyze(statement.sql, .mySQL) }

  /// A connection to a fresh copy.
  func freshMeter() throws -> MariaDBMeter { try MariaDBMeter(try pool.freshCopy(), self) }
}

/// What of a clone's schema goes back with its state.
struct MariaDBSchema: Sendable {
  /// What is there now.
  var catalog: MariaDBCatalog
  private var generations: [String: UInt32] = [:]

  /// A schema in which every table is the first of its name.
  init(catalog: MariaDBCatalog) { self.catalog = catalog }

  /// The table of a key.
  func identity(_ key: String) -> TableIdentity { TableIdentity(key, generation: generations[key] ?? 0) }

  /// The table's name is free: the next one that gets it is another table.
  mutating func free(_ key: String) { generations[key, default: 0] += 1 }
}
