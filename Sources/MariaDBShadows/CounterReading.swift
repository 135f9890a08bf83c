import MariaDB

/// What the server has counted of one table by now.
struct TableCounters: Sendable, Equatable {
  /// Rows that handlers were asked to insert, update and delete; it never goes down.
  var inserts: Int64 = 0
  var updates: Int64 = 0
  var deletes: Int64 = 0
  /// Rows that handlers have changed.
  var changed: Int64 = 0
  /// InnoDB's own count of rows, and of changes to them, cascades included; of all partitions.
  var rows: Int64 = 0
  var modified: Int64 = 0
  /// InnoDB's numbers of the table or its partitions: others after a truncate or rewrite.
  var numbers: [Int64] = []
  /// Whether InnoDB has counted from the start.
  var isInitialized = true

  /// The difference to an earlier reading.
  func since(_ right: TableCounters) -> TableCounters {
    var difference = self
    difference.inserts -= right.inserts
    difference.updates -= right.updates
    difference.deletes -= right.deletes
    difference.changed -= right.changed
    difference.rows -= right.rows
    difference.modified -= right.modified
    difference.isInitialized = isInitialized && right.isInitialized
    return difference
  }

  /// Whether no row was changed, or asked to be.
  var isNothing: Bool {
    inserts == 0 && updates == 0 && deletes == 0 && changed == 0 && rows == 0 && modified == 0
  }
}

/// What the server has counted by now, by the tables' keys.
struct CounterReading: Sendable, Equatable {
  var tables: [String: TableCounters] = [:]

  /// Nothing counted.
  init() {}

  /// Reads the three counters of the tables in the schemas.
  ///
  /// Source: MariaDB 10.11, `table_io_waits_summary_by_table`, `TABLE_STATISTICS`, `INNODB_SYS_TABLESTATS`; measured in
  /// `mariadb-effects.md` 1.
  init(_ server: borrowing MariaDB, schemas: [String], stored: [String: String]) throws(MariaDBError) {
    let list = schemas.map { "'\($0.sqlText)'" }.joined(separator: ",")
    let attempted = try server.rows(
      "SELECT object_schema, object_name, count_insert, count_update, count_delete "
        + "FROM performance_schema.table_io_waits_summary_by_table WHERE object_type = 'TABLE' "
        + "AND object_schema IN (\(list)) AND count_write > 0")
    for row in attempted {
      tables[Self.tableKey(row), default: TableCounters()].inserts = row.number(2)
      tables[Self.tableKey(row)]?.updates = row.number(3)
      tables[Self.tableKey(row)]?.deletes = row.number(4)
    }
    let changed = try server.rows(
      "SELECT table_schema, table_name, rows_changed FROM information_schema.table_statistics "
        + "WHERE table_schema IN (\(list)) AND rows_changed > 0")
    for row in changed { tables[Self.tableKey(row), default: TableCounters()].changed = row.number(2) }
    let kept = try server.rows(
      "SELECT name, table_id, num_rows, modified_counter, stats_initialized FROM information_schema.innodb_sys_tablestats "
        + "WHERE name LIKE '%/%' ORDER BY table_id")
    for row in kept {
      var name = row[0] ?? ""
      if let part = name.firstRange(of: "#P#") ?? name.firstRange(of: "#p#") { name = String(name[..<part.lowerBound]) }
      guard let key = stored[name] else { continue }
      var counters = tables[key] ?? TableCounters()
      counters.numbers.append(row.number(1))
      counters.rows += row.number(2)
      counters.modified += row.number(3)
      if row.number(4) != 1 { counters.isInitialized = false }
      tables[key] = counters
    }
  }

  private static func tableKey(_ row: [String?]) -> String { MariaDBCatalog.tableKey(row[0] ?? "", row[1] ?? "") }
}

extension [String?] {
  /// The number in a column; 0 for NULL.
  func number(_ column: Int) -> Int64 { self[column].flatMap { Int64($0) } ?? 0 }
  /// The text in a column; empty for NULL.
  func cell(_ column: Int) -> String { self[column] ?? "" }
}

extension String {
  /// The text within single quotes as MariaDB reads it on connections of ours.
  var sqlText: String {
    split(separator: "\\", omittingEmptySubsequences: false).joined(separator: "\\\\")
      .split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''")
  }
}
