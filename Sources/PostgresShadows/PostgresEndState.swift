import AuditTrail
import Postgres
import Replay

extension PostgresClones {
  /// What a clone of its own holds when sessions have run on it.
  func endState(after sessions: [PastSession], contentsOf tables: Set<String>) throws(AssayError) -> EndState {
    let place = try place(after: sessions)
    defer { pool.discard(place.clone) }
    do {
      return try EndState(try PostgresConnection(place.clone.measurer), contentsOf: tables)
    } catch {
      throw fault(.server(PostgresRunError(error)))
    }
  }
}

extension EndState {
  /// What a database holds now, as its measurer sees it.
  fileprivate init(
    _ connection: borrowing PostgresConnection, contentsOf tables: Set<String>
  ) throws(PostgresError) {
    try connection.script("SET row_security = off")
    let catalog = try PostgresCatalog(of: connection)
    self.init(rows: [:], objects: [])
    for relation in catalog.relations.values where !relation.isTemporary && relation.root == relation.oid {
      guard let rows = catalog.baselineRows(of: relation) else { continue }
      let name = catalog.displayName(relation)
      self.rows[name] = rows
      if tables.contains(name) { contents[name] = try Self.contents(of: relation, connection) }
    }
    let found = try connection.execute(Self.objectNames)
    for row in 0..<found.rowCount { objects.insert("\(found.text(row, 0)) \(found.text(row, 1))") }
  }

  /// A number for each column over all rows, whatever their order: which value stands at which key.
  private static func contents(
    of relation: PostgresRelation, _ connection: borrowing PostgresConnection
  ) throws(PostgresError) -> [String: UInt64?] {
    let keys = try connection.execute(
      """
      SELECT quote_ident(a.attname) FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
      WHERE i.indisprimary AND i.indrelid = $1 ORDER BY a.attnum
      """, [PostgresValue(String(relation.oid))]
    ).firstColumn
    guard !relation.columns.isEmpty else { return [:] }
    let sums = relation.columns.map { column in
      "sum(hashtextextended(ROW(\((keys + [quoted(column)]).joined(separator: ", ")))::text, 0))"
    }
    let table = relation.qualifiedName
    let found = try connection.execute("SELECT \(sums.joined(separator: ", ")) FROM \(table)")
    var contents: [String: UInt64?] = [:]
    for (index, column) in relation.columns.enumerated() {
      contents[column] = RowHash.hash(found.bytes(0, index), into: RowHash.basis)
    }
    return contents
  }

  /// Relations, indexes that are not a constraint's, triggers and functions that someone made, but extensions' and our own.
  private static let objectNames = """
    WITH made AS (
      SELECT 'pg_class'::regclass AS class, c.oid, CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view'
        WHEN 'i' THEN 'index' WHEN 'I' THEN 'index' WHEN 'S' THEN 'sequence' WHEN 'f' THEN 'foreign table' ELSE 'table' END AS type,
        c.relname AS name, c.relnamespace AS space
      FROM pg_class c WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'i', 'I', 'S') AND c.relname <> '\(PostgresMarker.table)'
        AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = c.oid AND k.contype IN ('p', 'u', 'x'))
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
          AND d.refclassid = 'pg_class'::regclass AND c.relkind = 'S' AND d.deptype IN ('a', 'i'))
      UNION ALL
      SELECT 'pg_trigger'::regclass, t.oid, 'trigger', t.tgname, c.relnamespace
      FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal
      UNION ALL
      SELECT 'pg_proc'::regclass, p.oid, CASE p.prokind WHEN 'p' THEN 'procedure' ELSE 'function' END, p.proname, p.pronamespace
      FROM pg_proc p
    )
    SELECT made.type, CASE n.nspname WHEN 'public' THEN made.name ELSE n.nspname || '.' || made.name END
    FROM made JOIN pg_namespace n ON n.oid = made.space
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = made.class AND d.objid = made.oid AND d.deptype = 'e')
    """
}
