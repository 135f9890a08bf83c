import Postgres
import Replay

/// Finds other values for a column whose type or checks refuse most: each is tried in a table that refuses what they do.
struct FittedValues {
  /// A column's type, as far as it says how values are written.
  struct ColumnType {
    /// The server's category of it.
    let category: String
    /// The name of it, with its modifier.
    let name: String
    /// How its values are written; of a domain, an array or a range what they are made of says it.
    let form: ValueForm

    init(of column: PostgresWorld.SensitiveColumn, _ connection: borrowing PostgresConnection) throws(PostgresError) {
      let found = try connection.execute(
        """
        WITH RECURSIVE part (type, depth) AS (
          SELECT atttypid, 0 FROM pg_catalog.pg_attribute WHERE attrelid = $1 AND attname = $2
          UNION ALL
          SELECT CASE WHEN t.typtype = 'd' THEN t.typbasetype WHEN t.typcategory = 'A' THEN t.typelem
            WHEN t.typtype = 'm' THEN (SELECT rngtypid FROM pg_catalog.pg_range WHERE rngmultitypid = t.oid)
            ELSE (SELECT rngsubtype FROM pg_catalog.pg_range WHERE rngtypid = t.oid) END, depth + 1
          FROM part JOIN pg_catalog.pg_type t ON t.oid = part.type
          WHERE t.typtype IN ('d', 'r', 'm') OR t.typcategory = 'A' AND t.typelem <> 0
        )
        SELECT t.typcategory, pg_catalog.format_type(a.atttypid, a.atttypmod), p.typname, p.typcategory
        FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid,
          LATERAL (SELECT type FROM part ORDER BY depth DESC LIMIT 1) AS last
          JOIN pg_catalog.pg_type p ON p.oid = last.type
        WHERE a.attrelid = $1 AND a.attname = $2
        """, [PostgresValue(String(column.relation)), PostgresValue(column.column)])
      guard found.rowCount > 0 else {
        (category, name, form) = ("", "text", .plain)
        return
      }
      (category, name) = (found.text(0, 0), found.text(0, 1))
      form =
        switch (found.text(0, 2), found.text(0, 3)) {
        case ("bytea", _): .bytes
        case ("json", _), ("jsonb", _): .json
        case ("xml", _): .xml
        case ("macaddr", _), ("macaddr8", _), ("uuid", _): .hexadecimal
        case ("inet", _), ("cidr", _): .address
        case (_, "V"): .bits
        case (_, "N"), (_, "D"), (_, "T"), (_, "G"), (_, "B"): .digits
        default: .plain
        }
    }
  }

  let column: PostgresWorld.SensitiveColumn
  let catalog: PostgresCatalog
  let type: ColumnType

  /// So many attempts without any value that fits show that the column takes none.
  private static let enough = 6

  /// Fills the map of the values with those that fit; what none is found for stays as it is. `false` where that is all.
  func fill(_ values: [[UInt8]], _ connection: borrowing PostgresConnection) throws(PostgresError) -> Bool {
    guard let relation = catalog.relations[column.relation], !values.isEmpty else { return false }
    let name = quoted(column.column)
    try connection.script(
      """
      CREATE TEMP TABLE assay_fit ON COMMIT DROP AS SELECT \(name) FROM \(relation.qualifiedName) WITH NO DATA;
      CREATE TEMP TABLE assay_taken (value text COLLATE "C") ON COMMIT DROP;
      CREATE INDEX ON assay_taken USING hash (value);
      CREATE TEMP TABLE assay_tried (old text COLLATE "C", new text) ON COMMIT DROP
      """)
    for check in try checks(connection) { try connection.script("ALTER TABLE assay_fit ADD \(check)") }
    _ = try connection.execute("INSERT INTO assay_taken SELECT unnest($1::text[])", [array(values)])
    var pending = values
    for attempt in 0..<FittingValue.attempts where !pending.isEmpty {
      _ = try connection.execute(
        "INSERT INTO assay_tried SELECT * FROM unnest($1::text[], $2::text[])",
        [array(pending), array(pending.map { FittingValue.value(for: $0, as: type.form, attempt: attempt) })])
      try connection.script(
        """
        DO $fit$ DECLARE tried record; made text; BEGIN
          FOR tried IN SELECT old, new FROM pg_temp.assay_tried ORDER BY old LOOP
            BEGIN
              INSERT INTO pg_temp.assay_fit VALUES (tried.new::\(type.name)) RETURNING \(name)::text INTO made;
              IF NOT EXISTS (SELECT FROM pg_temp.assay_taken WHERE value = made) THEN
                INSERT INTO pg_temp.assay_map VALUES (tried.old, made);
                INSERT INTO pg_temp.assay_taken VALUES (made);
              END IF;
            EXCEPTION WHEN OTHERS THEN NULL;
            END;
          END LOOP;
        END $fit$;
        DELETE FROM assay_tried;
        """)
      let fitted = try connection.execute("SELECT old FROM assay_map")
      let known = Set((0..<fitted.rowCount).map { fitted.bytes($0, 0) })
      pending.removeAll(where: known.contains)
      if attempt >= Self.enough, known.isEmpty { break }
    }
    return pending.count < values.count
  }

  private func array(_ values: [[UInt8]]) -> PostgresValue {
    PostgresValue(textArray(values.map { String(decoding: $0, as: UTF8.self) }))
  }

  /// The checks of the column alone.
  private func checks(_ connection: borrowing PostgresConnection) throws(PostgresError) -> [String] {
    try connection.execute(
      """
      SELECT pg_catalog.pg_get_constraintdef(c.oid) FROM pg_catalog.pg_constraint c
      JOIN pg_catalog.pg_attribute a ON a.attrelid = c.conrelid AND c.conkey = ARRAY[a.attnum]
      WHERE c.contype = 'c' AND a.attrelid = $1 AND a.attname = $2 ORDER BY c.oid
      """, [PostgresValue(String(column.relation)), PostgresValue(column.column)]
    ).firstColumn
  }
}
