import AuditTrail
import Foundation
import Postgres
import PostgresShadows
import Replay
import SQLiteShadows
import ThrowAwayServers

/// Makes a synthetic shadow for PostgreSQL in a throw-away cluster, and writes it with the server's own pg_dump.
enum PostgresCreation {
  private static let database = "synthetic"
  private static let roles = ShadowRoles(owner: "assay_owner", measurer: "assay_measurer")

  static func create(_ creation: ShadowCreation, _ statements: RecordedStatements) throws(AssayError) -> CreatedShadow {
    let cluster = try PostgresCluster.start()
    let number = OpenShadows.add { cluster.stop() }
    defer {
      OpenShadows.remove(number)
      cluster.stop()
    }
    do {
      return try create(creation, statements, on: cluster)
    } catch let error as AssayError {
      throw error
    } catch let error as PostgresError {
      throw failure(error, at: Place(creation.schema.path))
    } catch {
      throw AssayError(.internalFault, "The shadow could not be made; please report this.")
    }
  }

  private static func create(
    _ creation: ShadowCreation, _ statements: RecordedStatements, on cluster: PostgresCluster
  ) throws -> CreatedShadow {
    do {
      let server = try PostgresConnection(cluster.admin)
      try roles.make(on: server)
      try server.script("CREATE DATABASE \(database) TEMPLATE template0 OWNER \(roles.owner)")
    }
    let settings = PostgresClonePool.Settings(admin: cluster.admin, template: database, roles: roles, prefix: "")
    let loaded = try DumpLoader.load(creation.schema.path, settings, programs: cluster.programs)
    // As the schema's owner: its checks, defaults and types are code.
    let connection = try PostgresConnection(settings.connection(database, roles.owner, "assay create"))
    let watchdog = PostgresWatchdog(seconds: creation.seconds)
    try watchdog.watch(connection)
    watchdog.arm()
    var (model, names) = try PostgresModelReading.model(connection, creation)
    watchdog.disarm()
    model.sortByReferences()
    let predicates = try statements.predicates(for: model)
    watchdog.arm()
    let partitions = try connection.execute(
      "SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        + "WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ORDER BY 1"
    ).firstColumn
    if !partitions.isEmpty {
      try connection.script("TRUNCATE \(partitions.joined(separator: ", ")) RESTART IDENTITY CASCADE")
    }
    // No trigger of the schema fires for our rows; references are still checked, by the server's own triggers.
    for table in model.tables { try connection.script("ALTER TABLE \(table.sqlName) DISABLE TRIGGER USER") }
    try connection.script("BEGIN")
    watchdog.disarm()
    var generated = GeneratedRows()
    var prepared: Set<String> = []
    let asOf = creation.asOf ?? Timestamp(nanoseconds: 1_767_225_600_000_000_000)
    try generated.fill(model, predicates, seed: creation.seed, asOf: asOf, seconds: creation.seconds) {
      (table, row) throws(AssayError) in
      watchdog.arm()
      defer { watchdog.disarm() }
      do throws(PostgresError) {
        return try insert(row, into: table, connection, &prepared)
      } catch {
        throw failure(error, at: Place(table.name))
      }
    }
    watchdog.arm()
    defer { watchdog.disarm() }
    try connection.script("COMMIT")
    for table in model.tables { try connection.script("ALTER TABLE \(table.sqlName) ENABLE TRIGGER USER") }
    try connection.script(PostgresModelReading.sequenceScript)
    try mark(connection, creation)
    return CreatedShadow(
      engine: "postgresql", bytes: try dump(cluster), tables: generated.tables.sorted { $0.name < $1.name },
      planted: generated.planted, omitted: loaded.omitted + creation.uncounted(among: names))
  }

  /// Why PostgreSQL ended the making: what was asked of it is our own commands on the schema.
  private static func failure(_ error: PostgresError, at place: Place) -> AssayError {
    if error.isConnectionLost {
      return AssayError(
        .unavailable, "The throw-away server ended while the shadow was made; check memory and disk.", at: place,
        cause: error.withoutLiterals)
    }
    let isBound = error.sqlstate == "57014" || error.sqlstate.hasPrefix("53") || error.sqlstate.hasPrefix("54")
    return MakingTime.failure(isBound: isBound, at: place, cause: error.withoutLiterals)
  }

  /// Inserts a row in a savepoint of its own; gives the constraint that refuses it.
  private static func insert(
    _ row: [SyntheticValue], into table: TableModel, _ connection: borrowing PostgresConnection,
    _ prepared: inout Set<String>
  ) throws(PostgresError) -> String? {
    let columns = table.columns.indices.filter { !table.columns[$0].isGenerated }
    try connection.script("SAVEPOINT row")
    do {
      if prepared.insert(table.name).inserted {
        let names = columns.map { quoted(table.columns[$0].name) }.joined(separator: ", ")
        let marks = columns.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
        try connection.prepare(
          table.name, "INSERT INTO \(table.sqlName) (\(names)) OVERRIDING SYSTEM VALUE VALUES (\(marks))")
      }
      _ = try connection.execute(prepared: table.name, columns.map { PostgresValue(row[$0].text) })
      try connection.script("RELEASE SAVEPOINT row")
      return nil
    } catch {
      guard error.sqlstate.hasPrefix("23") || error.sqlstate.hasPrefix("22") else { throw error }
      try connection.script("ROLLBACK TO SAVEPOINT row")
      return error.withoutLiterals
    }
  }

  /// The marker without a server's name: it says what the rows are, and proves nothing where the dump is loaded.
  private static func mark(
    _ connection: borrowing PostgresConnection, _ creation: ShadowCreation
  ) throws(PostgresError) {
    try connection.script(
      """
      DROP TABLE IF EXISTS public.assay_shadow;
      CREATE TABLE public.assay_shadow (basis text, as_of text, server text, created text, system_identifier text,
        database_oid oid);
      """)
    _ = try connection.execute(
      "INSERT INTO public.assay_shadow (basis, as_of) VALUES ('synthetic', $1)",
      [PostgresValue(creation.asOf?.description)])
  }

  /// The database as plain SQL; pg_dump's own random key is left out.
  private static func dump(_ cluster: PostgresCluster) throws(AssayError) -> [UInt8] {
    let answer = try Program.run(
      cluster.programs.path("pg_dump"),
      [
        "--host=\(cluster.folder.sockets)", "--username=\(roles.owner)", "--no-password", "--no-owner",
        "--no-acl", database,
      ])
    guard answer.status == 0 else {
      throw AssayError(.unavailable, "pg_dump could not write the shadow; check that it belongs to the server here.")
    }
    let lines = answer.output.split(separator: "\n", omittingEmptySubsequences: false)
    return Array(
      (CreatedShadow.heading + "\n").utf8)
      + Array(
        lines.filter { !$0.hasPrefix("\\restrict ") && !$0.hasPrefix("\\unrestrict ") }.joined(separator: "\n").utf8)
  }
}

/// Reads the tables of a PostgreSQL schema as the generator needs them.
enum PostgresModelReading {
  /// The model, and the names that row counts may give its tables and their partitions.
  static func model(
    _ connection: borrowing PostgresConnection, _ creation: ShadowCreation
  ) throws(PostgresError) -> (model: ShadowModel, names: [String]) {
    let tables = try PostgresTables(of: connection)
    let sensitive = Set(creation.sensitive.map { $0.nameKey })
    var model = ShadowModel(tables: [])
    for known in tables.sorted where known.partitionRoot == nil {
      var table = TableModel(name: known.displayName, sqlName: known.sqlName, columns: [])
      table.primaryKey = known.primaryKey
      for column in known.columns {
        var made = TableModel.Column(name: column.name, kind: try kind(column.type, connection))
        made.isNotNull = column.isNotNull
        made.isGenerated = column.isGenerated
        made.length =
          column.type.hasPrefix("character") ? column.type.split { !$0.isNumber }.last.flatMap { Int($0) } : nil
        let isText = made.kind == .text
        made.isSensitive =
          isText
          && (sensitive.contains("\(known.displayName).\(column.name)".nameKey)
            || namesSensitiveColumn(column.name))
        table.columns.append(made)
      }
      table.foreignKeys = known.foreignKeys.map {
        TableModel.ForeignKey(columns: $0.columns, parent: $0.parentTable, parentColumns: $0.parentColumns)
      }
      try readConstraints(of: &table, known.oid, connection)
      let copied = creation.usesRows ? Int(clamping: known.rows) : creation.defaultRows
      table.rows = min(
        (creation.production[known.displayName] ?? creation.production[known.name]).map { Int(clamping: $0) } ?? copied,
        creation.maximumRows)
      if creation.usesRows, known.rows > 0 { try profile(&table, known.rows, connection) }
      model.tables.append(table)
    }
    let views = try connection.execute(
      "SELECT viewname, definition FROM pg_views WHERE schemaname !~ '^pg_' AND schemaname <> 'information_schema' ORDER BY 1"
    )
    for row in 0..<views.rowCount {
      let words = Set(SQLTokens(views.bytes(row, 1)).filter(\.isName).map { $0.text.nameKey })
      model.views[views.text(row, 0).nameKey] = model.tables.map(\.name).filter { words.contains($0.nameKey) }
    }
    return (model, tables.sorted.flatMap { [$0.displayName, $0.name] } + model.views.keys)
  }

  private static func kind(
    _ type: String, _ connection: borrowing PostgresConnection
  ) throws(PostgresError) -> TableModel.Kind {
    let base = type.prefix { $0 != "(" }
    if type.hasSuffix("[]") { return .other("{}") }
    switch base {
    case "smallint", "integer", "bigint": return .integer
    case "numeric", "real", "double precision", "money": return .real
    case "boolean": return .boolean
    case "date": return .date
    case _ where type.hasPrefix("timestamp"): return .timestamp
    case _ where type.hasPrefix("time"): return .time
    case "interval": return .interval
    case "uuid": return .uuid
    case "json", "jsonb": return .json
    case "bytea": return .bytes
    case "inet", "cidr": return .address
    case "text", "character varying", "character", "citext", "name": return .text
    case "tsvector", "xml", "hstore", "bit varying": return .other("")
    default: break
    }
    let labels = try connection.execute(
      "SELECT enumlabel FROM pg_enum WHERE enumtypid = to_regtype($1) ORDER BY enumsortorder", [PostgresValue(type)]
    ).firstColumn
    if !labels.isEmpty { return .choice(labels) }
    let domain = try connection.execute(
      "SELECT format_type(typbasetype, typtypmod) FROM pg_type WHERE oid = to_regtype($1) AND typtype = 'd'",
      [PostgresValue(type)]
    ).firstColumn
    if let first = domain.first { return try kind(first, connection) }
    return .text
  }

  private static func readConstraints(
    of table: inout TableModel, _ oid: UInt32, _ connection: borrowing PostgresConnection
  ) throws(PostgresError) {
    let checks = try connection.execute(
      "SELECT pg_get_expr(conbin, conrelid) FROM pg_constraint WHERE contype = 'c' AND conrelid = $1::oid ORDER BY conname",
      [PostgresValue(String(oid))])
    table.checks = checks.firstColumn
    let uniques = try connection.execute(
      """
      SELECT string_agg(a.attname, E'\\x1f' ORDER BY k.place) FROM pg_index i
        CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k(number, place)
        JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
      WHERE i.indisunique AND i.indrelid = $1::oid GROUP BY i.indexrelid ORDER BY 1
      """, [PostgresValue(String(oid))])
    table.uniques = uniques.firstColumn.map { $0.split(separator: "\u{1f}").map(String.init) }
  }

  /// Shares of NULLs and children by parent: numbers of the copy, none of its values.
  private static func profile(
    _ table: inout TableModel, _ count: Int64, _ connection: borrowing PostgresConnection
  ) throws(PostgresError) {
    for index in table.columns.indices {
      let nulls = try connection.execute(
        "SELECT count(*) FROM \(table.sqlName) WHERE \(quoted(table.columns[index].name)) IS NULL")
      table.columns[index].nullShare = Double(nulls.integer(0, 0) ?? 0) / Double(count)
    }
    for index in table.foreignKeys.indices where table.foreignKeys[index].columns.count == 1 {
      let column = quoted(table.foreignKeys[index].columns[0])
      let groups = try connection.execute(
        "SELECT count(*) FROM \(table.sqlName) WHERE \(column) IS NOT NULL GROUP BY \(column) ORDER BY 1 DESC LIMIT 100000"
      )
      table.foreignKeys[index].fanOut = (0..<groups.rowCount).map { Int(clamping: groups.integer($0, 0) ?? 0) }
    }
  }

  /// Sequences that columns own go on after the greatest value that is there.
  static let sequenceScript = """
    DO $sequences$
    DECLARE owned record;
    BEGIN
      FOR owned IN
        SELECT s.oid::regclass::text AS sequence, d.refobjid::regclass::text AS source, quote_ident(a.attname) AS field
        FROM pg_class s JOIN pg_depend d ON d.objid = s.oid AND d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
          JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
        WHERE s.relkind = 'S' AND d.refclassid = 'pg_class'::regclass
      LOOP
        EXECUTE format('SELECT setval(%L, greatest(1, coalesce(max(%s), 1)), max(%s) IS NOT NULL) FROM %s',
          owned.sequence, owned.field, owned.field, owned.source);
      END LOOP;
    END $sequences$;
    """
}
