/// What of a clone's state PostgreSQL undoes with a transaction, kept beside it.
struct PostgresState: Sendable {
  /// Relations that are there now, also those that the session made.
  var relations: [UInt32: PostgresRelation]
  /// The file that holds each relation's rows: another one after a truncate or rewrite.
  var files: [UInt32: UInt32]
  /// Rows by relation.
  var rows: [UInt32: Int64]
  /// Updates that left a row as it was, by relation, as the clone's triggers have counted them.
  var unchanged: [UInt32: Int64] = [:]
  /// Relations that the session made.
  var made: Set<UInt32> = []
  /// Other objects that the session made, as `type name`.
  var madeObjects: Set<String> = []
  /// Tables that hold values written from sensitive columns, views that show some, and what has other names by now.
  var tainted: Set<UInt32> = []
  /// Whether a statement has made code, of which later texts show neither what it reads nor what it does.
  var hasNewCode = false

  /// The baseline's state.
  init(_ catalog: PostgresCatalog) {
    relations = catalog.relations
    files = catalog.files
    rows = catalog.rows
  }
}

/// Rows changed so far, by the server's counters of the open transaction.
struct RowCounters: Sendable, Hashable {
  var inserted: Int64 = 0
  var updated: Int64 = 0
  var deleted: Int64 = 0

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
