import Replay

/// What is known of a command before its counters are read.
struct CounterContext: Sendable {
  /// Whether rows that cannot be written are passed by.
  var ignoresErrors = false
  /// Whether code with handlers may have run, in which a failed statement is undone and the rest goes on.
  var hasHandlers = false
  /// The kind of change that the command itself makes in tables that it joins: the server takes those of the innermost for
  /// rows that it reads.
  var joined: Joined?
  /// Whether the command failed, so that InnoDB has undone it.
  var hasFailed = false
}

/// A change in a join.
enum Joined: Sendable { case update, delete }

/// What is known of a table whose counters moved.
struct CountedTable: Sendable {
  /// Whether InnoDB keeps it, so that there is a third counter and a rollback.
  var isTransactional = true
  /// Whether it has partitions, between which rows may move.
  var isPartitioned = false
  /// Whether it keeps the old versions of its rows, each as a row that is inserted.
  var isVersioned = false
  /// Whether a foreign key of it acts on a table that the command changed.
  var mayCascade = false
}

/// Why counters do not say what happened.
enum CounterDoubt: Error, Equatable {
  /// Several kinds of change, some of which failed unseen.
  case undecided
  /// The counters contradict one another.
  case disagreement
}

/// What rows of a table a command changed by the difference of its counters.
///
/// Source: `mariadb-effects.md` 1: attempts by kind, successes in sum, and InnoDB's count of all changes with cascades. Of a join
/// MariaDB 10.11 counts what is changed in the innermost table as fetched (`handler::m_psi_batch_mode`).
func solveCounters(
  _ delta: TableCounters, of table: CountedTable, in context: CounterContext
) throws(CounterDoubt) -> RowChange {
  var change = RowChange()
  if context.hasFailed, table.isTransactional { return change }
  let attempted = delta.inserts + delta.updates + delta.deletes
  if attempted < delta.changed, let joined = context.joined, !context.ignoresErrors, !context.hasHandlers {
    var whole = delta
    switch joined {
    case .update: whole.updates += delta.changed - attempted
    case .delete: whole.deletes += delta.changed - attempted
    }
    return try solveCounters(whole, of: table, in: context)
  }
  guard delta.inserts >= 0, delta.updates >= 0, delta.deletes >= 0, delta.changed >= 0, attempted >= delta.changed
  else { throw .disagreement }
  let kinds = [delta.inserts, delta.updates, delta.deletes].count { $0 > 0 }
  if attempted == delta.changed {
    (change.inserted, change.updated, change.deleted) = (delta.inserts, delta.updates, delta.deletes)
  } else if context.hasHandlers {
    // Which of the successes were undone with the failure no counter tells.
    throw .undecided
  } else if kinds == 1 {
    if delta.inserts > 0 { change.inserted = delta.changed }
    if delta.updates > 0 { change.updated = delta.changed }
    if delta.deletes > 0 { change.deleted = delta.changed }
  } else if context.ignoresErrors || context.hasFailed {
    throw .undecided
  } else {
    // What REPLACE and ON DUPLICATE KEY UPDATE find there already are the failed inserts.
    (change.updated, change.deleted) = (delta.updates, delta.deletes)
    change.inserted = delta.changed - delta.updates - delta.deletes
    guard change.inserted >= 0 else { throw .disagreement }
  }
  guard table.isTransactional else { return change }
  guard delta.isInitialized else { throw .disagreement }
  let hasFailures = attempted != delta.changed
  try addCascades(delta, to: &change, table, context, hasFailures: hasFailures)
  if table.isVersioned { change.inserted = max(0, delta.inserts - delta.updates) }
  return change
}

/// Adds what foreign keys did, which only InnoDB counts, and holds the counters against one another.
private func addCascades(
  _ delta: TableCounters, to change: inout RowChange, _ table: CountedTable, _ context: CounterContext,
  hasFailures: Bool
) throws(CounterDoubt) {
  if hasFailures {
    // An insert that a second unique key refuses is counted as made and taken back.
    if table.mayCascade { throw .undecided }
    return
  }
  let direct = change.inserted + change.updated + change.deleted
  let deleted = (change.inserted - change.deleted) - delta.rows
  if table.isPartitioned {
    // A row that moves from one partition to another is counted in both.
    guard deleted == 0, delta.modified >= direct, delta.modified <= direct + change.updated else { throw .disagreement }
    return
  }
  let updated = delta.modified - direct - deleted
  guard deleted >= 0, updated >= 0 else { throw .disagreement }
  guard deleted > 0 || updated > 0 else { return }
  guard table.mayCascade, !context.hasHandlers else { throw .disagreement }
  change.deleted += deleted
  change.updated += updated
  change.indirect = deleted + updated
  change.cause = .cascade
}
