import Replay

/// What of a clone's state PostgreSQL undoes with a transaction, kept beside it; tables are known by their oid.
typealias PostgresState = CloneState<PostgresDriver>

/// What of a clone's schema PostgreSQL undoes with a transaction.
struct PostgresSchema: Sendable {
  /// Relations that are there now, also those that the session made.
  var relations: [UInt32: PostgresRelation]
  /// The file that holds each relation's rows: another one after a truncate or rewrite.
  var files: [UInt32: UInt32]
  /// Updates that left a row as it was, by relation, as the clone's triggers have counted them.
  var unchanged: [UInt32: Int64] = [:]
  /// Tables that hold values written from sensitive columns, views that show some, and what has other names by now.
  var tainted: Set<UInt32> = []
  /// Tables and views that show the time, or chance, at which the session has written them.
  var clocked: Set<UInt32> = []
  /// Whether a setting may hold it.
  var isClockCarried = false
  /// Tables of which one shows rows of the other, by partition or inheritance that the session made.
  var kin: [Set<UInt32>] = []
  /// What views that the session made name.
  var behindViews: [UInt32: Set<UInt32>] = [:]
  /// Whether sensitive values may stand where no table is: in a setting, a comment, a default, a large object.
  var isCarried = false
  /// Objects of the baseline that are gone, as `type identity`.
  var gone: Set<String> = []
  /// The number of the last relation that was there before the session.
  var lastBefore = UInt32.max
  /// The code that statements have made.
  var code = SessionCode()
  /// The guards of views that the session has made or altered.
  var viewGuards: [UInt32: Set<String>] = [:]
  /// Whether there is some: later texts show neither what it reads nor what it does.
  var hasNewCode: Bool { code.isThere }
}

extension CloneState<PostgresDriver> {
  /// The baseline's state.
  init(_ catalog: PostgresCatalog) {
    self.init(
      rows: Dictionary(uniqueKeysWithValues: catalog.rows.map { (TableIdentity($0.key), $0.value) }),
      schema: PostgresSchema(relations: catalog.relations, files: catalog.files))
    for table in catalog.largeObjects {
      let oid = table.relation.oid
      (schema.relations[oid], schema.files[oid], rows[table.relation.table]) = (table.relation, table.file, table.rows)
    }
  }

  /// The relation of a name, as it is now: without a schema a temporary one's first, then the public one's.
  func relation(_ name: String, schema: String? = nil) -> PostgresRelation? {
    let found = PostgresRelation.named(name, among: self.schema.relations.values)
    if let schema { return found.first { $0.schema == schema || schema == "pg_temp" && $0.isTemporary } }
    return found.first { $0.isTemporary } ?? found.first { $0.schema == "public" } ?? found.min { $0.oid < $1.oid }
  }

  /// The partitioned table of a partition, any other relation itself.
  func root(of oid: UInt32) -> PostgresRelation? {
    guard let relation = schema.relations[oid] else { return nil }
    return schema.relations[relation.root] ?? relation
  }

  /// The rows of a table now, with those of its partitions.
  func rowsNow(of root: PostgresRelation) -> Int64 {
    guard root.kind == "p" else { return rows[root.table] ?? 0 }
    return schema.relations.values.reduce(0) { $0 + ($1.root == root.oid ? rows[$1.table] ?? 0 : 0) }
  }

  func isScratch(_ relation: PostgresRelation) -> Bool { relation.isTemporary || made.contains(relation.table) }

  /// Rows of others have come into these relations: they are not only the session's own any more.
  mutating func disown(_ relations: some Sequence<UInt32>) {
    for oid in relations {
      made.remove(TableIdentity(oid))
      madeObjects.remove("table \(oid)")
    }
  }

  /// A relation is gone.
  mutating func forget(_ oid: UInt32) {
    schema.relations[oid] = nil
    schema.files[oid] = nil
    rows[TableIdentity(oid)] = nil
  }
}

/// Rows changed so far, by the server's counters of the open transaction.
struct RowCounters: Sendable, Hashable {
  var inserted: Int64 = 0
  var updated: Int64 = 0
  var deleted: Int64 = 0

  /// Whether fewer rows are counted than before.
  var isNegative: Bool { inserted < 0 || updated < 0 || deleted < 0 }

  /// The same where what was taken back counts as nothing.
  var withoutNegative: RowCounters {
    RowCounters(inserted: max(0, inserted), updated: max(0, updated), deleted: max(0, deleted))
  }

  static func - (left: RowCounters, right: RowCounters) -> RowCounters {
    RowCounters(
      inserted: left.inserted - right.inserted, updated: left.updated - right.updated,
      deleted: left.deleted - right.deleted)
  }

  static func + (left: RowCounters, right: RowCounters) -> RowCounters {
    RowCounters(
      inserted: left.inserted + right.inserted, updated: left.updated + right.updated,
      deleted: left.deleted + right.deleted)
  }
}

/// What one reading of the counters gave.
struct CounterReading: Sendable {
  struct Relation: Sendable {
    let oid: UInt32
    let counters: RowCounters
    let file: UInt32
    let unchanged: Int64
  }

  var relations: [Relation] = []
  var sequences: [(oid: UInt32, last: Int64)] = []
}
