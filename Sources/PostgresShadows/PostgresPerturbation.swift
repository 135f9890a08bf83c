import Postgres
import Replay

/// Makes the worlds of the leak oracle: a clone with other values in one sensitive column, or with its own values written
/// once more, so that rows are in the same order in both.
struct PostgresPerturbation {
  /// A column's value as text.
  private struct Value: ColumnValue {
    var bytes: [UInt8]
    let isNumber: Bool
    var isBinary: Bool { false }
    var text: String { String(decoding: bytes, as: UTF8.self) }
  }

  let column: PostgresWorld.SensitiveColumn
  let catalog: PostgresCatalog

  /// Changes the column, and every column that a foreign key joins to it, or writes them as they were where no change is
  /// given; `false` where the schema's rules refuse such values.
  func apply(_ kind: Perturbation?, _ connection: borrowing PostgresConnection) throws(PostgresError) -> Bool {
    if try apply(kind, isFitted: false, connection) { return true }
    return kind == .sameShape ? try apply(kind, isFitted: true, connection) : false
  }

  /// - Parameter isFitted: whether each value is to be one that the column takes, by trial.
  private func apply(
    _ kind: Perturbation?, isFitted: Bool, _ connection: borrowing PostgresConnection
  ) throws(PostgresError) -> Bool {
    let family = catalog.family(of: PostgresCatalog.ColumnName(table: column.relation, column: column.column))
    if family.count > 1, kind?.keepsJoins == false { return false }
    try connection.script(
      "SET session_replication_role = replica; SET client_min_messages = error; SET synchronize_seqscans = off; "
        + "SET max_parallel_workers_per_gather = 0")
    do {
      try connection.script(
        "BEGIN; CREATE TEMP TABLE assay_map (old text COLLATE \"C\", new text) ON COMMIT DROP; "
          + "CREATE INDEX ON assay_map USING hash (old)")
      // A generated column takes other values only where nothing generates them; both worlds are without.
      for member in family where catalog.generated[member.table]?[member.column] != nil {
        try connection.script(
          "ALTER TABLE \(catalog.relations[member.table]?.qualifiedName ?? "") "
            + "ALTER COLUMN \(quoted(member.column)) DROP EXPRESSION")
      }
      if let kind, try !fillMap(family, kind, isFitted: isFitted, connection) {
        try connection.script("ROLLBACK")
        return false
      }
      for table in Set(family.map(\.table)).sorted() {
        try rewrite(table, Set(family.filter { $0.table == table }.map(\.column)), kind, connection)
      }
      for view in catalog.relations.values.sorted(by: { $0.oid < $1.oid })
      where view.kind == "m" && (catalog.rows[view.oid] ?? 0) > 0 {
        try connection.script("REFRESH MATERIALIZED VIEW \(view.qualifiedName)")
      }
      try connection.script("COMMIT")
      return true
    } catch  where !error.isConnectionLost {
      try connection.script("ROLLBACK")
      return false
    }
  }

  /// The table as a command reads and writes it: without what inherits from it, but with its partitions.
  private func name(of table: UInt32) -> String {
    guard let relation = catalog.relations[table] else { return "" }
    return (relation.kind == "p" ? "" : "ONLY ") + relation.qualifiedName
  }

  /// Says what each distinct value becomes; `false` where other values are needed and there are none.
  private func fillMap(
    _ family: [PostgresCatalog.ColumnName], _ kind: Perturbation, isFitted: Bool,
    _ connection: borrowing PostgresConnection
  ) throws(PostgresError) -> Bool {
    let union = family.map { "SELECT \(quoted($0.column))::text AS value FROM \(name(of: $0.table))" }
    let found = try connection.execute(
      "SELECT DISTINCT value COLLATE \"C\" FROM (\(union.joined(separator: " UNION ALL "))) AS v WHERE value <> '' ORDER BY 1"
    )
    let type = try FittedValues.ColumnType(of: column, connection)
    let isNumber = type.category == "N"
    let values = (0..<found.rowCount).map { Value(bytes: found.bytes($0, 0), isNumber: isNumber) }
    if isFitted {
      return try FittedValues(column: column, catalog: catalog, type: type).fill(values.map(\.bytes), connection)
    }
    var new = kind.replacements(values).map { $0?.text }
    if kind == .sameShape, let labels = try labels(type.category, connection) {
      new = values.map { value in
        labels.firstIndex(of: value.text).map { labels[($0 + 1) % labels.count] } ?? value.text
      }
    }
    if kind.isMissed(by: new, of: values.map(\.text)) { return false }
    _ = try connection.execute(
      "INSERT INTO assay_map SELECT * FROM unnest($1::text[], $2::text[])",
      [PostgresValue(textArray(values.map(\.text))), PostgresValue(textArray(new))])
    return true
  }

  /// All values of a type that has only so many; `nil` for any other.
  private func labels(
    _ category: String, _ connection: borrowing PostgresConnection
  ) throws(PostgresError) -> [String]? {
    switch category {
    case "B": return ["true", "false"]
    case "E":
      let labels = try connection.execute(
        """
        SELECT e.enumlabel FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
        JOIN pg_enum e ON e.enumtypid IN (t.oid, t.typbasetype)
        WHERE a.attrelid = $1 AND a.attname = $2 ORDER BY e.enumsortorder
        """, [PostgresValue(String(column.relation)), PostgresValue(column.column)]
      ).firstColumn
      return labels.count > 1 ? labels : nil
    default: return nil
    }
  }

  /// Takes every row out and puts it back with its new values, in the same order: rows that change places one by one
  /// would meet each other's keys.
  private func rewrite(
    _ table: UInt32, _ changed: Set<String>, _ kind: Perturbation?, _ connection: borrowing PostgresConnection
  ) throws(PostgresError) {
    let found = try connection.execute(
      """
      SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute
      WHERE attrelid = $1 AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum
      """, [PostgresValue(String(table))])
    var (columns, values): ([String], [String]) = ([], [])
    for row in 0..<found.rowCount {
      let column = found.text(row, 0)
      let name = quoted(column)
      columns.append(name)
      let first =
        "(SELECT min(f.ctid) FROM assay_rows AS f WHERE EXISTS (SELECT FROM assay_map "
        + "WHERE old = f.\(name)::text AND new <> old))"
      let mapped =
        "FROM assay_map WHERE old = r.\(name)::text"
        + (kind?.changesOneRow == true ? " AND r.ctid = \(first)" : "")
      values.append(
        changed.contains(column)
          ? "CASE WHEN EXISTS (SELECT \(mapped)) THEN (SELECT new \(mapped))::\(found.text(row, 1)) ELSE r.\(name) END"
          : "r.\(name)")
    }
    let name = name(of: table)
    let target = name.hasPrefix("ONLY ") ? String(name.dropFirst(5)) : name
    try connection.script(
      """
      CREATE TEMP TABLE assay_rows ON COMMIT DROP AS SELECT * FROM \(name);
      DELETE FROM \(name);
      INSERT INTO \(target) (\(columns.joined(separator: ", ")))
        OVERRIDING SYSTEM VALUE SELECT \(values.joined(separator: ", ")) FROM assay_rows AS r;
      DROP TABLE assay_rows;
      ANALYZE \(target)
      """)
  }
}
