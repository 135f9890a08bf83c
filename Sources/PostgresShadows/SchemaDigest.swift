import Digests
import Postgres
import Replay

extension PostgresTables {
  /// What a schema holds besides tables and columns, as the server spells it, in the order of the bytes.
  private static let definitions = """
    SELECT d.line FROM (
      SELECT n.nspname AS schema, format('constraint %I.%I %I %s', n.nspname, r.relname, k.conname, pg_get_constraintdef(k.oid))
          AS line
        FROM pg_constraint k JOIN pg_class r ON r.oid = k.conrelid JOIN pg_namespace n ON n.oid = r.relnamespace
      UNION ALL SELECT n.nspname, format('default %I.%I %s %s', n.nspname, r.relname, a.adnum, pg_get_expr(a.adbin, a.adrelid))
        FROM pg_attrdef a JOIN pg_class r ON r.oid = a.adrelid JOIN pg_namespace n ON n.oid = r.relnamespace
      UNION ALL SELECT n.nspname, pg_get_indexdef(i.indexrelid)
        FROM pg_index i JOIN pg_class r ON r.oid = i.indrelid JOIN pg_namespace n ON n.oid = r.relnamespace
      UNION ALL SELECT n.nspname, format('view %I.%I %s', n.nspname, r.relname, pg_get_viewdef(r.oid))
        FROM pg_class r JOIN pg_namespace n ON n.oid = r.relnamespace WHERE r.relkind IN ('v', 'm')
      UNION ALL SELECT n.nspname, pg_get_ruledef(w.oid)
        FROM pg_rewrite w JOIN pg_class r ON r.oid = w.ev_class JOIN pg_namespace n ON n.oid = r.relnamespace
        WHERE w.rulename <> '_RETURN'
      UNION ALL SELECT n.nspname, format('%s %s', t.tgenabled, pg_get_triggerdef(t.oid))
        FROM pg_trigger t JOIN pg_class r ON r.oid = t.tgrelid JOIN pg_namespace n ON n.oid = r.relnamespace
        WHERE NOT t.tgisinternal
      UNION ALL SELECT n.nspname, format('function %I.%I(%s) %s', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid),
          CASE p.prokind WHEN 'a' THEN 'aggregate' ELSE pg_get_functiondef(p.oid) END)
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
      UNION ALL SELECT p.schemaname, format('policy %I.%I %I %s %s %s %s', p.schemaname, p.tablename, p.policyname, p.permissive,
          p.cmd, p.qual, p.with_check)
        FROM pg_policies p
    ) d WHERE d.schema !~ '^pg_' AND d.schema <> 'information_schema'
    ORDER BY d.line COLLATE "C"
    """

  /// The SHA-256, in hex, of the schema and of how many rows each table has. What the rows hold is not read.
  func digest(_ connection: borrowing PostgresConnection) throws(PostgresError) -> String {
    var hasher = SHA256Hasher()
    for table in sorted {
      hasher.update("\(table.sqlName) \(table.rows)\n")
      for column in table.columns {
        hasher.update("  \(quoted(column.name)) \(column.type)\(column.isNotNull ? " NOT NULL" : "")\n")
      }
    }
    for line in try connection.execute(Self.definitions).firstColumn { hasher.update("\(line)\n") }
    return hasher.finish().hex
  }
}
