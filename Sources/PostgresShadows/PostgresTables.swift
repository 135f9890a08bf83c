import AuditTrail
package import Postgres
import Replay

/// The tables of a PostgreSQL shadow at the start, with their columns, keys and rows.
///
/// A table in the schema `public` is named by itself, another with its schema; so it is in effects and in reports.
package struct PostgresTables: Sendable {
  /// A column of a table.
  package struct Column: Sendable, Hashable {
    package let name: String
    /// Its number in the table, from 1.
    package let number: Int
    /// Its type as SQL writes it.
    package let type: String
    package let isNotNull: Bool
    package let isGenerated: Bool
  }

  /// A foreign key; the columns of both sides are in the same order.
  package struct ForeignKey: Sendable, Hashable {
    package let columns: [String]
    /// The referenced table as it is named here.
    package let parentTable: String
    package let parentColumns: [String]
  }

  /// A table of rows, a partition or a partitioned table.
  package struct Table: Sendable, Hashable {
    package let oid: UInt32
    package let schema: String
    package let name: String
    /// `table`, or `schema.table` outside `public`.
    package let displayName: String
    package let columns: [Column]
    /// Its rows; a partitioned table has those of its partitions.
    package let rows: Int64
    package let primaryKey: [String]
    package let foreignKeys: [ForeignKey]
    package let isPartitioned: Bool
    /// The topmost table of which it is a partition, as it is named here.
    package let partitionRoot: String?

    /// As SQL takes it.
    package var sqlName: String { "\(quoted(schema)).\(quoted(name))" }
  }

  /// By the key of the name as it stands here.
  package private(set) var byName: [String: Table] = [:]

  /// Tables in the order of their names.
  package var sorted: [Table] { byName.sorted { $0.key < $1.key }.map(\.value) }

  /// The table of the name, compared without case.
  package subscript(name: String) -> Table? { byName[name.nameKey] }

  /// Reads the catalog of a database and counts the rows; what extensions made is left out.
  package init(of connection: borrowing PostgresConnection) throws(PostgresError) {
    let columns = try Self.columns(connection)
    let keys = try Self.keys(connection)
    let found = try connection.execute(
      """
      SELECT c.oid, n.nspname, c.relname, c.relkind = 'p',
        CASE WHEN c.relispartition THEN (SELECT CASE rn.nspname WHEN 'public' THEN r.relname ELSE rn.nspname || '.' || r.relname END
          FROM pg_class r JOIN pg_namespace rn ON rn.oid = r.relnamespace WHERE r.oid = pg_partition_root(c.oid)) END
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
        AND NOT (n.nspname = 'public' AND c.relname = '\(PostgresMarker.table)')
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass AND d.deptype = 'e')
      ORDER BY n.nspname, c.relname
      """)
    for row in 0..<found.rowCount {
      let (schema, name) = (found.text(row, 1), found.text(row, 2))
      let oid = UInt32(found.text(row, 0)) ?? 0
      let count = try connection.execute("SELECT count(*) FROM \(quoted(schema)).\(quoted(name))")
      let display = schema == "public" ? name : "\(schema).\(name)"
      byName[display.nameKey] = Table(
        oid: oid, schema: schema, name: name, displayName: display, columns: columns[oid] ?? [],
        rows: count.integer(0, 0) ?? 0, primaryKey: keys.primary[oid] ?? [], foreignKeys: keys.foreign[oid] ?? [],
        isPartitioned: found.text(row, 3) == "t", partitionRoot: found.optionalText(row, 4))
    }
  }

  private static func columns(_ connection: borrowing PostgresConnection) throws(PostgresError) -> [UInt32: [Column]] {
    let found = try connection.execute(
      """
      SELECT a.attrelid, a.attname, a.attnum, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attgenerated <> ''
      FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
      WHERE c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped AND c.oid >= 16384
      ORDER BY a.attrelid, a.attnum
      """)
    var columns: [UInt32: [Column]] = [:]
    for row in 0..<found.rowCount {
      columns[UInt32(found.text(row, 0)) ?? 0, default: []].append(
        Column(
          name: found.text(row, 1), number: Int(found.integer(row, 2) ?? 0), type: found.text(row, 3),
          isNotNull: found.text(row, 4) == "t", isGenerated: found.text(row, 5) == "t"))
    }
    return columns
  }

  private static func keys(
    _ connection: borrowing PostgresConnection
  ) throws(PostgresError) -> (primary: [UInt32: [String]], foreign: [UInt32: [ForeignKey]]) {
    let found = try connection.execute(
      """
      SELECT k.conrelid, k.oid, k.contype, a.attname, b.attname,
        CASE n.nspname WHEN 'public' THEN p.relname ELSE n.nspname || '.' || p.relname END
      FROM pg_constraint k CROSS JOIN LATERAL generate_subscripts(k.conkey, 1) i
        JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[i]
        LEFT JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = k.confkey[i]
        LEFT JOIN pg_class p ON p.oid = k.confrelid LEFT JOIN pg_namespace n ON n.oid = p.relnamespace
      WHERE k.contype = 'p' OR k.contype = 'f' AND k.conparentid = 0
      ORDER BY k.conrelid, k.conname, k.oid, i
      """)
    var primary: [UInt32: [String]] = [:]
    var foreign: [UInt32: [ForeignKey]] = [:]
    var last = ""
    for row in 0..<found.rowCount {
      let table = UInt32(found.text(row, 0)) ?? 0
      if found.text(row, 2) == "p" {
        primary[table, default: []].append(found.text(row, 3))
        continue
      }
      var columns: [String] = []
      var parents: [String] = []
      if found.text(row, 1) == last, let open = foreign[table]?.popLast() {
        (columns, parents) = (open.columns, open.parentColumns)
      }
      last = found.text(row, 1)
      foreign[table, default: []].append(
        ForeignKey(
          columns: columns + [found.text(row, 3)], parentTable: found.text(row, 5),
          parentColumns: parents + [found.text(row, 4)]))
    }
    return (primary, foreign)
  }
}
