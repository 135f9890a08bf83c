import AuditTrail
package import Postgres
import Replay

/// Turns a loaded database into one that clones are made from: nothing in it reaches outside, one role without rights
/// owns every object, and what measures sessions is installed.
package enum PostgresTemplate {
  /// Extensions whose code stays inside the database though only a superuser may install them.
  private static let inward: Set<String> = [
    "address_standardizer", "amcheck", "autoinc", "bloom", "hll", "hypopg", "insert_username", "ip4r", "moddatetime",
    "pg_buffercache", "pg_freespacemap", "pg_stat_statements", "pg_visibility", "pgrouting", "plpgsql", "pgstattuple",
    "pgrowlocks", "postgis", "postgis_raster", "postgis_sfcgal", "postgis_tiger_geocoder", "postgis_topology", "prefix",
    "q3c", "refint", "rum", "semver", "tdigest", "timescaledb", "vector", "xml2",
  ]

  /// Whether an extension may be loaded: a trusted one, or one known to stay inside.
  package static func isInward(_ name: String, isTrusted: Bool) -> Bool { isTrusted || inward.contains(name) }

  /// Prepares the database for cloning, as its superuser: in fixed statements, once nothing that the database holds can
  /// fire on them.
  ///
  /// - Returns: what was removed from it because it reaches outside, in words, sorted.
  package static func prepare(_ settings: PostgresClonePool.Settings) throws(PostgresError) -> [String] {
    let roles = settings.roles
    let connection = try PostgresConnection(settings.admin.with(["dbname": settings.template]))
    try connection.script("SET client_min_messages = error; SET session_replication_role = replica")
    let removed = try removeEventTriggers(connection) + removeOutward(connection)
    try connection.script(ownershipScript(roles.owner))
    let name = quoted(settings.template)
    try connection.script(
      """
      ALTER DATABASE \(name) OWNER TO CURRENT_USER;
      GRANT CONNECT, TEMPORARY ON DATABASE \(name) TO \(quoted(roles.measurer)), \(quoted(roles.owner))
      """)
    // Its owner is whoever owns the database, which these two do only in a clone; a dump may have shut it to all others.
    try connection.script(
      """
      DO $public$ BEGIN
        IF to_regnamespace('public') IS NOT NULL THEN
          GRANT USAGE, CREATE ON SCHEMA public TO \(quoted(roles.owner));
          GRANT USAGE ON SCHEMA public TO \(quoted(roles.measurer));
        END IF;
      END $public$
      """)
    let owner = try PostgresConnection(settings.connection(settings.template, roles.owner, "assay prepare"))
    try MeasuringFunctions.install(connection, owner, roles)
    return removed.sorted()
  }

  /// They would run on every command that defines something, ours too. None fires while one is dropped.
  /// Source: PostgreSQL 15, 40.1 "Overview of Event Trigger Behavior".
  private static func removeEventTriggers(
    _ connection: borrowing PostgresConnection
  ) throws(PostgresError) -> [String] {
    // An extension's belong to code of the server's own installation; which extensions stay is decided below.
    let names = try connection.execute(
      """
      SELECT evtname FROM pg_event_trigger t
      WHERE NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = t.tableoid AND d.objid = t.oid AND d.deptype = 'e')
      ORDER BY 1
      """
    ).firstColumn
    for name in names { try connection.script("DROP EVENT TRIGGER \(quoted(name)) CASCADE") }
    return names.map { "event trigger \($0)" }
  }

  /// Relations, routines and triggers that are not an extension's, by kind and name.
  private static let dependents = """
    SELECT i.type || ' ' || i.identity FROM (
      SELECT tableoid, oid FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'f') UNION ALL
      SELECT tableoid, oid FROM pg_proc UNION ALL SELECT tableoid, oid FROM pg_trigger WHERE NOT tgisinternal) o
    CROSS JOIN pg_identify_object(o.tableoid, o.oid, 0) i
    WHERE o.oid >= 16384 AND NOT EXISTS (
      SELECT FROM pg_depend d WHERE d.classid = o.tableoid AND d.objid = o.oid AND d.deptype IN ('e', 'i'))
    ORDER BY 1
    """

  private static func removeOutward(_ connection: borrowing PostgresConnection) throws(PostgresError) -> [String] {
    var removed: [String] = []
    func remove(_ kind: String, _ what: String, _ query: String) throws(PostgresError) {
      for name in try connection.execute(query).firstColumn { try drop("\(kind) IF EXISTS \(name)", "\(what) \(name)") }
    }
    func drop(_ object: String, _ what: String) throws(PostgresError) {
      let before = try connection.execute(Self.dependents).firstColumn
      try connection.script("DROP \(object) CASCADE")
      let left = Set(try connection.execute(Self.dependents).firstColumn)
      removed.append(what)
      removed += before.filter { !left.contains($0) && !$0.hasSuffix(" \(what.split(separator: " ").last ?? "")") }
        .map { "\($0), which depends on \(what)" }
    }
    let extensions = try connection.execute(
      """
      SELECT e.extname, coalesce(bool_or(v.trusted), false)
      FROM pg_extension e LEFT JOIN pg_available_extension_versions v ON v.name = e.extname AND v.version = e.extversion
      GROUP BY 1 ORDER BY 1
      """)
    for row in 0..<extensions.rowCount {
      let name = extensions.text(row, 0)
      if isInward(name, isTrusted: extensions.text(row, 1) == "t") { continue }
      try drop("EXTENSION IF EXISTS \(quoted(name))", "extension \(name)")
    }
    try remove("SERVER", "foreign server", "SELECT quote_ident(srvname) FROM pg_foreign_server ORDER BY 1")
    try remove(
      "FOREIGN DATA WRAPPER", "foreign data wrapper",
      "SELECT quote_ident(fdwname) FROM pg_foreign_data_wrapper ORDER BY 1")
    try remove(
      "LANGUAGE", "untrusted language",
      "SELECT quote_ident(lanname) FROM pg_language WHERE lanispl AND NOT lanpltrusted ORDER BY 1")
    try remove("PUBLICATION", "publication", "SELECT quote_ident(pubname) FROM pg_publication ORDER BY 1")
    try remove(
      "ROUTINE", "function in C",
      """
      SELECT format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid))
      FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
      WHERE l.lanname IN ('c', 'internal') AND p.oid >= 16384 AND p.prokind <> 'a'
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype IN ('e', 'i'))
      ORDER BY 1
      """)
    return removed
  }

  /// Gives every object that is not an extension's to the role: extensions' functions may trust their owner with more.
  private static func ownershipScript(_ owner: String) -> String {
    let ours =
      "AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = o.oid AND d.classid = o.tableoid AND d.deptype = 'e')"
    let space = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
    return """
      DO $owner$
      DECLARE command text;
      BEGIN
        FOR command IN
          SELECT format('ALTER SCHEMA %I OWNER TO', o.nspname) FROM pg_namespace o
          WHERE o.nspname !~ '^pg_' AND o.nspname <> 'information_schema'
            AND o.nspowner <> 'pg_database_owner'::regrole \(ours)
          UNION ALL
          SELECT format('ALTER %s %I.%I OWNER TO', CASE o.relkind WHEN 'c' THEN 'TYPE' ELSE 'TABLE' END, n.nspname, o.relname)
          FROM pg_class o JOIN pg_namespace n ON n.oid = o.relnamespace
          WHERE o.relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'c') AND \(space) \(ours)
            AND NOT (o.relkind = 'S' AND EXISTS (SELECT FROM pg_depend d WHERE d.objid = o.oid
              AND d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') AND d.refclassid = 'pg_class'::regclass))
          UNION ALL
          SELECT format('ALTER %s %I.%I OWNER TO', CASE o.typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END, n.nspname, o.typname)
          FROM pg_type o JOIN pg_namespace n ON n.oid = o.typnamespace
          WHERE o.typtype IN ('d', 'e', 'r') AND \(space) \(ours)
          UNION ALL
          SELECT format('ALTER ROUTINE %I.%I(%s) OWNER TO', n.nspname, o.proname, pg_get_function_identity_arguments(o.oid))
          FROM pg_proc o JOIN pg_namespace n ON n.oid = o.pronamespace
          WHERE \(space) \(ours)
            AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = o.oid AND d.classid = 'pg_proc'::regclass AND d.deptype = 'i')
          UNION ALL
          SELECT format('ALTER STATISTICS %I.%I OWNER TO', n.nspname, o.stxname)
          FROM pg_statistic_ext o JOIN pg_namespace n ON n.oid = o.stxnamespace WHERE \(space) \(ours)
          UNION ALL
          SELECT format('ALTER COLLATION %I.%I OWNER TO', n.nspname, o.collname)
          FROM pg_collation o JOIN pg_namespace n ON n.oid = o.collnamespace WHERE \(space) \(ours)
          UNION ALL
          SELECT format('ALTER TEXT SEARCH CONFIGURATION %I.%I OWNER TO', n.nspname, o.cfgname)
          FROM pg_ts_config o JOIN pg_namespace n ON n.oid = o.cfgnamespace WHERE \(space) \(ours)
          UNION ALL
          SELECT format('ALTER TEXT SEARCH DICTIONARY %I.%I OWNER TO', n.nspname, o.dictname)
          FROM pg_ts_dict o JOIN pg_namespace n ON n.oid = o.dictnamespace WHERE \(space) \(ours)
          UNION ALL
          SELECT format('ALTER LARGE OBJECT %s OWNER TO', o.oid) FROM pg_largeobject_metadata o
        LOOP
          EXECUTE command || ' ' || quote_ident(\(literal(owner)));
        END LOOP;
      END $owner$
      """
  }
}
