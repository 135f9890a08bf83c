public import AuditTrail
import PostgresShadows
public import Replay
import SQLite
import SQLiteShadows

/// The read-only query that yields the row counts of production, one line a table, as `rows.csv` holds them: counts only.
///
/// PostgreSQL's finds the tables itself; SQLite's names those of the schema.
public func rowCountQuery(_ schema: ShadowSource) throws(AssayError) -> String {
  switch schema.kind {
  case .dump, .server: return postgresRowCountQuery
  case .script, .database:
    let catalog = try SQLiteShadow(schemaOf: schema).catalog
    let tables = catalog.tables.values.filter { !$0.isVirtual }.map(\.name).sorted()
    let parts = tables.map { "SELECT \(literal($0)) AS \"table\", count(*) AS \"rows\" FROM \(quoted($0))" }
    return
      (parts.isEmpty ? "SELECT NULL AS \"table\", NULL AS \"rows\" WHERE 0" : parts.joined(separator: "\nUNION ALL "))
      + ";\n"
  }
}

private let postgresRowCountQuery = """
  SELECT CASE n.nspname WHEN 'public' THEN c.relname ELSE n.nspname || '.' || c.relname END AS "table",
    (xpath('/row/n/text()', query_to_xml(format('SELECT count(*) AS n FROM %I.%I', n.nspname, c.relname), false, true, '')))[1]::text::bigint AS "rows"
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  ORDER BY 1;

  """

/// What a superuser runs in a disposable copy on a running PostgreSQL server to mark it as a shadow; it holds for that
/// server and that database only.
public func markingScript(basis: Basis, asOf: Timestamp?) -> String {
  PostgresMarker.markingScript(basis: basis.rawValue, asOf: asOf?.description, server: nil, created: nil)
}
