import Postgres
import Replay

/// What code undid of its own while a command ran: a block with an exception handler goes back to its start when it meets
/// an error, and the server's counters go on counting what it had done.
///
/// Source: PostgreSQL 15, 43.6.8 "Trapping Errors"; 28.2.2 on counters of the open transaction.
extension PostgresDriver {
  /// Whether the command may run such code.
  func mayUndoParts(_ command: PostgresCommand, _ state: PostgresState) -> Bool {
    if command.verb == "do" {
      let handles = zip([""] + command.words, command.words).contains { $0 != "raise" && $1 == "exception" }
      return handles || catalog.hasHandlers || state.schema.hasNewCode
    }
    let reads = world.reads(command)
    return state.schema.hasNewCode || catalog.hasHandlers && (reads.isOpaque || reads.firesCode)
  }

  /// The first transaction number that is not used yet. Every name of ours has its schema: the session's path is its own.
  static let nextTransaction = "SELECT pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())"

  /// Opens a savepoint, so that what comes is written under transaction numbers of its own; the first that it may get.
  func beginCode() throws(PostgresError) -> Int64 {
    try meter.script("SAVEPOINT assay_code")
    return try meter.connection.execute(Self.nextTransaction).integer(0, 0) ?? 0
  }

  /// What is left of the rows that a command changed in a relation, by the rows that are there now and those of them that
  /// were written since.
  func left(
    of delta: RowCounters, in relation: CounterReading.Relation, since first: Int64, _ state: PostgresState
  ) throws(PostgresError) -> RowCounters {
    guard relation.file == state.schema.files[relation.oid], let before = state.rows[TableIdentity(relation.oid)],
      let (rows, written) = try meter.rowsWritten(in: relation.oid, since: first)
    else { return delta }
    return delta.left(gained: rows - before, written: written)
  }
}

extension RowCounters {
  /// The part of the counts that is borne out by how many rows more there are and how many were written.
  ///
  /// Where both inserts and updates were counted, as many rows as can be are taken as inserted: then no deletion is missed.
  func left(gained: Int64, written: Int64) -> RowCounters {
    var left = RowCounters()
    left.inserted = max(0, min(inserted, written, gained + deleted))
    left.deleted = max(0, min(deleted, left.inserted - gained))
    left.updated = max(0, min(updated, written - left.inserted))
    return left
  }
}
