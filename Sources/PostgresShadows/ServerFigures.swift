import AuditTrail

/// What a query asks of the server that holds no value which a session could have put there: its clock, chance, numbers of
/// transactions and processes, and what it counts.
///
/// It is another each time, so that no two worlds show what it depends on.
enum ServerFigures {
  private static let functions: Set<String> = [
    "now", "clock_timestamp", "statement_timestamp", "transaction_timestamp", "timeofday", "random", "gen_random_uuid",
    "txid_current", "txid_current_if_assigned", "txid_current_snapshot", "pg_current_xact_id",
    "pg_current_xact_id_if_assigned", "pg_current_snapshot", "pg_backend_pid", "pg_postmaster_start_time",
    "pg_conf_load_time", "pg_current_wal_lsn", "pg_current_wal_insert_lsn", "pg_database_size", "pg_relation_size",
    "pg_total_relation_size", "pg_table_size", "pg_indexes_size", "pg_size_pretty", "version", "pg_sleep", "age",
    "date_trunc", "to_char", "count", "sum", "min", "max", "current_database",
  ]

  /// Views of nothing but numbers and times.
  private static let tables: Set<String> = [
    "pg_stat_bgwriter", "pg_stat_wal", "pg_stat_archiver", "pg_stat_slru", "pg_stat_database",
  ]

  /// Columns of `pg_stat_activity` and `pg_locks` that the server fills. Source: PostgreSQL 15, 28.2.3 and 54.12.
  private static let columns: Set<String> = [
    "pid", "leader_pid", "backend_start", "xact_start", "query_start", "state_change", "state", "wait_event",
    "wait_event_type", "backend_xid", "backend_xmin", "backend_type", "locktype", "mode", "granted", "waitstart",
    "virtualtransaction", "virtualxid", "transactionid",
  ]

  /// Whether a command gives nothing else.
  static func areAll(of command: PostgresCommand, _ reads: PostgresWorld.CommandReads) -> Bool {
    guard command.verb == "select", !reads.isOpaque, functions.isSuperset(of: command.functionNames)
    else { return false }
    return command.facts.commands.lazy.flatMap(\.outputs).allSatisfy { output in
      let table = output.table.name
      if tables.contains(table) { return true }
      return ["pg_stat_activity", "pg_locks"].contains(table) && columns.contains(output.column)
    }
  }
}
