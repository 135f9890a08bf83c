import AuditTrail
import Foundation
import Ledger
import Postgres
import SQLAnalysis
import Testing
import ThrowAwayServers

@testable import Replay
@testable import PostgresShadows
@testable import SQLiteShadows
@testable import SyntheticShadows

/// What every hostile dump begins with: a function that makes a role for the whole server where it runs as a superuser or
/// with a right of the server's. It says it is immutable, so that it is taken anywhere.
private let bait = """
  CREATE FUNCTION public.strike(way text) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
    BEGIN RETURN public.strike_now(way); END $$;
  CREATE FUNCTION public.strike_now(way text) RETURNS int LANGUAGE plpgsql AS $$
    BEGIN
      IF (SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user)
        OR pg_has_role('pg_execute_server_program', 'USAGE') OR pg_has_role('pg_read_server_files', 'USAGE')
        OR pg_has_role('pg_write_server_files', 'USAGE') THEN
        EXECUTE format('CREATE ROLE %I', 'struck_' || way);
      END IF;
      RETURN 1;
    END $$;
  CREATE TABLE public.customers (id int PRIMARY KEY, email text);
  INSERT INTO public.customers SELECT n, 'p' || n || '@example.com' FROM generate_series(1, 3) n;

  """

/// A way for a dump's code to be run by whoever loads, prepares, reads or changes the shadow.
private struct Strike: CustomTestStringConvertible, Sendable {
  let name: String
  let sql: String
  /// Something of it is refused with this line of the strike, instead of being loaded.
  var isRefused = false
  var testDescription: String { name }
}

private let strikes = [
  Strike(name: "block", sql: "DO $$ BEGIN PERFORM strike('block'); END $$;"),
  Strike(
    name: "program",
    sql: "DO $$ BEGIN EXECUTE 'COPY (SELECT 1) TO PROGRAM ''touch /tmp/assay-must-not-exist'''; END $$;",
    isRefused: true),
  Strike(name: "file", sql: "SELECT pg_read_file('/etc/passwd');", isRefused: true),
  Strike(name: "library", sql: "LOAD '/tmp/x.so';", isRefused: true),
  Strike(name: "call", sql: "SELECT strike('call');"),
  Strike(
    name: "procedure",
    sql: "CREATE PROCEDURE p() LANGUAGE sql AS $$ SELECT strike('procedure') $$; CALL p();"),
  Strike(
    name: "trigger",
    sql: """
      CREATE FUNCTION fire() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM strike('trigger'); RETURN NEW; END $$;
      CREATE TRIGGER fire BEFORE INSERT OR UPDATE OR DELETE ON customers FOR EACH ROW EXECUTE FUNCTION fire();
      ALTER TABLE customers ENABLE ALWAYS TRIGGER fire;
      INSERT INTO customers VALUES (7, 'x@example.com');
      """),
  Strike(
    name: "default", sql: "CREATE TABLE d (id int DEFAULT strike('default'), n int); INSERT INTO d (n) VALUES (1);"),
  Strike(name: "check", sql: "ALTER TABLE customers ADD CHECK (strike('check') = 1);"),
  Strike(
    name: "domain",
    sql: "CREATE DOMAIN mail AS text CHECK (strike('domain') = 1); ALTER TABLE customers ALTER email TYPE mail;"),
  Strike(
    name: "generated",
    sql: "ALTER TABLE customers ADD n int GENERATED ALWAYS AS (strike('generated' || id::text)) STORED;"),
  Strike(name: "index", sql: "CREATE INDEX ON customers (strike('index' || id::text)) WHERE strike('where') = 1;"),
  Strike(name: "statistics", sql: "CREATE STATISTICS s ON (strike('statistics' || id::text)), email FROM customers;"),
  Strike(
    name: "partition",
    sql:
      "CREATE TABLE p (id int) PARTITION BY RANGE (strike('partition' || id::text)); CREATE TABLE p1 PARTITION OF p DEFAULT;"
      + " INSERT INTO p VALUES (1);"),
  Strike(
    name: "partition constant",
    sql:
      "CREATE TABLE p (id int) PARTITION BY RANGE ((id + strike('constant'))); CREATE TABLE p1 PARTITION OF p DEFAULT;"
      + " INSERT INTO p VALUES (1);"),
  Strike(
    name: "materialized",
    sql:
      "CREATE MATERIALIZED VIEW m AS SELECT strike('materialized' || id) FROM customers; REFRESH MATERIALIZED VIEW m;"),
  Strike(
    name: "policy",
    sql: "ALTER TABLE customers ENABLE ROW LEVEL SECURITY; ALTER TABLE customers FORCE ROW LEVEL SECURITY;"
      + " CREATE POLICY p ON customers USING (strike('policy' || id) = 1);"),
  Strike(
    name: "rule", sql: "CREATE RULE r AS ON INSERT TO customers DO ALSO SELECT strike('rule');"),
  Strike(
    name: "event",
    sql: """
      CREATE FUNCTION on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM public.strike('event'); END $$;
      CREATE EVENT TRIGGER e ON ddl_command_start EXECUTE FUNCTION on_ddl();
      ALTER EVENT TRIGGER e ENABLE ALWAYS;
      """),
  Strike(
    name: "marker",
    sql: """
      CREATE TABLE assay_shadow (basis text, as_of text, server text, created text, system_identifier text, database_oid oid);
      CREATE FUNCTION mark() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM strike('marker'); RETURN NEW; END $$;
      CREATE TRIGGER mark BEFORE INSERT ON assay_shadow FOR EACH ROW EXECUTE FUNCTION mark();
      """),
  Strike(
    name: "marker cast",
    sql: """
      CREATE TYPE word AS (w text);
      CREATE FUNCTION spell(word) RETURNS text LANGUAGE sql AS $$ SELECT strike('cast')::text $$;
      CREATE CAST (word AS text) WITH FUNCTION spell(word);
      CREATE TABLE assay_shadow (basis word, as_of text, server text, created text, system_identifier text, database_oid oid);
      INSERT INTO assay_shadow (basis) VALUES (ROW('copy'));
      """),
  Strike(
    name: "marker index",
    sql: """
      CREATE TABLE assay_shadow (basis text, as_of text, server text, created text, system_identifier text, database_oid oid);
      CREATE INDEX ON assay_shadow (basis) WHERE strike('predicate') = 1;
      CREATE INDEX ON assay_shadow ((strike('expression')));
      CREATE STATISTICS told ON (strike('statistics') + length(basis)), as_of FROM assay_shadow;
      """),
  Strike(
    name: "marker heir",
    sql: """
      CREATE TABLE assay_shadow (basis text, as_of text, server text, created text, system_identifier text, database_oid oid);
      CREATE TABLE heir () INHERITS (assay_shadow);
      CREATE INDEX ON heir (basis) WHERE strike('heir') = 1;
      """),
  Strike(
    name: "definer",
    sql: "CREATE FUNCTION d() RETURNS int LANGUAGE sql SECURITY DEFINER AS $$ SELECT strike('definer') $$; SELECT d();"),
  Strike(
    name: "operator",
    sql: """
      CREATE FUNCTION same(text, text) RETURNS bool LANGUAGE sql AS $$ SELECT strike('operator') = 1 $$;
      CREATE OPERATOR public.= (LEFTARG = text, RIGHTARG = text, FUNCTION = same);
      CREATE FUNCTION other(name, text) RETURNS bool LANGUAGE sql AS $$ SELECT strike('operator') = 1 $$;
      CREATE OPERATOR public.<> (LEFTARG = name, RIGHTARG = text, FUNCTION = other);
      SELECT pg_catalog.set_config('search_path', 'public, pg_catalog', false);
      """),
  Strike(name: "takes on", sql: "SET SESSION AUTHORIZATION assay_admin; SELECT strike('takes');"),
  Strike(name: "role", sql: "SET ROLE pg_execute_server_program; SELECT strike('role');"),
  Strike(name: "grant", sql: "GRANT pg_execute_server_program TO CURRENT_USER; SELECT strike('grant');"),
  Strike(name: "superuser", sql: "ALTER ROLE CURRENT_USER SUPERUSER; SELECT strike('superuser');"),
  Strike(
    name: "alteration", sql: "DO $$ BEGIN EXECUTE 'ALTER ROLE CURRENT_USER SUPERUSER'; END $$;", isRefused: true),
  Strike(
    name: "setting", sql: "DO $$ BEGIN EXECUTE 'ALTER SYSTEM SET archive_command = ''x'''; END $$;", isRefused: true),
  Strike(name: "extension late", sql: "CREATE EXTENSION pg_visibility;", isRefused: true),
  Strike(
    name: "handler",
    sql: "CREATE FUNCTION h() RETURNS language_handler LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_call_handler';"
      + " CREATE LANGUAGE l HANDLER h;"),
  Strike(name: "server", sql: "SELECT lo_import('/etc/passwd');", isRefused: true),
]

@Suite(
  .serialized,
  .disabled(if: postgresIsAbsentOnPurpose, "ASSAY_TEST_WITHOUT_POSTGRESQL says that there is no server"))
struct HostileDumpTests {
  /// A cluster with a database for each dump, as a shadow's is made; it goes with the process.
  private static let cluster = Result {
    let cluster = try PostgresCluster.start()
    try roles.make(on: try PostgresConnection(cluster.admin))
    _ = OpenShadows.add { cluster.stop() }
    atexit { closeShadows() }
    return cluster
  }
  private static let roles = ShadowRoles(owner: "assay_owner", measurer: "assay_measurer")

  /// Loads a dump and prepares it as a shadow's template.
  private func template(
    _ sql: String, seconds: Double = 60
  ) throws -> (settings: PostgresClonePool.Settings, omitted: [String]) {
    let cluster = try Self.cluster.get()
    let name = "hostile_\(UUID().uuidString.prefix(8).lowercased())"
    let folder = try Folder()
    try Data(sql.utf8).write(to: URL(filePath: folder.path + "/dump.sql"))
    try PostgresConnection(cluster.admin).script(
      "CREATE DATABASE \(name) TEMPLATE template0 OWNER \(Self.roles.owner)")
    let settings = PostgresClonePool.Settings(
      admin: cluster.admin, template: name, roles: Self.roles, prefix: "\(name)_", ahead: 1)
    let loaded = try DumpLoader.load(
      folder.path + "/dump.sql", settings, programs: cluster.programs, seconds: seconds)
    let removed = try PostgresTemplate.prepare(settings)
    return (settings, loaded.omitted + removed)
  }

  /// Roles that code could only make with a superuser's rights.
  private var struck: [String] {
    get throws {
      try PostgresConnection(Self.cluster.get().admin).execute(
        "SELECT rolname FROM pg_roles WHERE rolname LIKE 'struck%' OR rolsuper AND rolname <> 'assay_admin' ORDER BY 1"
      ).firstColumn
    }
  }

  @Test func `the bait is taken by a superuser`() throws {
    let (settings, _) = try template(bait)
    let server = try PostgresConnection(settings.admin.with(["dbname": settings.template]))
    _ = try server.execute("SELECT public.strike('bait')")
    #expect(try struck == ["struck_bait"])
    try server.script("DROP ROLE struck_bait")
  }

  @Test(arguments: strikes)
  fileprivate func `no code of a dump runs with rights, whatever runs it`(_ strike: Strike) throws {
    let settings: PostgresClonePool.Settings
    do {
      settings = try template(bait + strike.sql).settings
    } catch let error as AssayError {
      #expect(strike.isRefused, "\(error)")
      #expect(error.place?.line != nil)
      #expect(try struck == [])
      return
    }
    #expect(!strike.isRefused)
    // Reads every column and value, and writes the sensitive one again in other worlds.
    let pool = PostgresClonePool(settings)
    defer { pool.close() }
    let clones = try PostgresClones(
      pool, source: "hostile", basis: .copy, production: ProductionRows(),
      Measuring(sensitive: ["customers.email"], analyze: { analyze($0, as: $1) }))
    let replay = clones.open()
    let statements = [
      "SELECT email || '!' FROM customers", "ALTER TABLE customers ADD more int",
      "ALTER TABLE customers ALTER email TYPE varchar(90)", "UPDATE customers SET email = email",
      "DELETE FROM customers",
      "TRUNCATE customers",
    ]
    _ = try replay.measure(
      statements.enumerated().map { index, sql in
        StatementEntry(
          id: Int64(index + 1), session: 1, sequence: Int64(index + 1), time: Timestamp(nanoseconds: Int64(index)),
          textID: Int64(index + 1), sql: sql, parameters: nil, decision: Decision(action: .allow), outcome: .ran,
          approval: nil, approved: false, result: nil, unit: nil, completeness: [])
      }, engine: "postgresql")
    _ = try replay.endState(contentsOf: ["customers"])
    #expect(try struck == [])
    #expect(!FileManager.default.fileExists(atPath: "/tmp/assay-must-not-exist"))
  }

  /// What a session could leave for those who measure it.
  private static let traps = [
    """
    CREATE TYPE word AS (w text);
    CREATE FUNCTION spell(text) RETURNS word LANGUAGE sql AS $$ SELECT ROW(strike('cast')::text)::word $$;
    CREATE CAST (text AS word) WITH FUNCTION spell(text);
    SELECT * FROM pg_catalog.assay_column_hashes('customers'::regclass, 2::int2, 'word'::regtype, -1)
    """,
    """
    CREATE DOMAIN mail AS text CHECK (strike('domain') = 1);
    SELECT * FROM pg_catalog.assay_column_hashes('customers'::regclass, 2::int2, 'mail'::regtype, -1)
    """,
    """
    CREATE FUNCTION same(bigint, bigint) RETURNS bool LANGUAGE sql AS $$ SELECT strike('operator') = 1 $$;
    CREATE OPERATOR public.<> (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = same);
    SET search_path = public, pg_catalog;
    SELECT * FROM pg_catalog.assay_counters('{1259}', '{0}', '{}', '{}')
    """,
    """
    CREATE INDEX ON customers (id) WHERE strike('predicate') = 1;
    ALTER TABLE customers ADD CHECK (strike('check') = 1) NOT VALID;
    SELECT pg_catalog.assay_rows('customers'::regclass), pg_catalog.assay_written('customers'::regclass, 1)
    """,
    """
    CREATE FUNCTION see() RETURNS bool LANGUAGE sql AS $$ SELECT strike('view') = 1 $$;
    CREATE TEMP VIEW pg_class AS SELECT * FROM pg_catalog.pg_class WHERE public.see();
    CREATE TEMP VIEW pg_locks AS SELECT * FROM pg_catalog.pg_locks WHERE public.see();
    CREATE TEMP VIEW pg_sequence AS SELECT * FROM pg_catalog.pg_sequence WHERE public.see();
    CREATE TEMP VIEW pg_attribute AS SELECT * FROM pg_catalog.pg_attribute WHERE public.see();
    CREATE TEMP VIEW pg_proc AS SELECT * FROM pg_catalog.pg_proc WHERE public.see();
    CREATE TABLE more (id serial);
    UPDATE customers SET email = email;
    SELECT * FROM pg_catalog.assay_counters('{1259}', '{0}', '{1}', '{0}');
    SELECT * FROM pg_catalog.assay_totals('{1259}');
    SELECT pg_catalog.assay_advisory();
    SELECT pg_catalog.assay_restore(0, -1);
    SELECT * FROM pg_catalog.assay_columns('customers'::regclass);
    ALTER TABLE customers ALTER email TYPE varchar(80);
    DROP TABLE more
    """,
    """
    CREATE TEMP TABLE pg_class (oid oid, relkind "char");
    CREATE RULE r AS ON INSERT TO pg_temp.pg_class DO ALSO SELECT strike('temporary');
    SELECT pg_catalog.assay_rows('customers'::regclass)
    """,
  ]

  @Test(arguments: traps)
  func `what measures a session runs none of its code with rights`(_ trap: String) throws {
    let (settings, _) = try template(bait)
    let pool = PostgresClonePool(settings)
    defer { pool.close() }
    let clone = try pool.take()
    let session = try PostgresConnection(clone.connection)
    for command in trap.split(separator: ";\n") {
      // Refused is as good as harmless.
      do { try session.script(String(command)) } catch { #expect(!error.isConnectionLost) }
    }
    #expect(try struck == [])
    let measurer = try PostgresConnection(clone.measurer)
    #expect(try measurer.execute("SHOW is_superuser").text(0, 0) == "off")
  }

  @Test(arguments: [
    "ALTER FUNCTION pg_catalog.assay_rows(oid) SET search_path = public", "DROP FUNCTION pg_catalog.assay_rows(oid)",
    "ALTER FUNCTION pg_catalog.assay_rows(oid) RENAME TO lines", "DROP SCHEMA pg_catalog CASCADE",
    "ALTER FUNCTION pg_catalog.assay_written(oid, bigint) SECURITY INVOKER",
    "CREATE OR REPLACE FUNCTION pg_catalog.assay_rows(relation oid) RETURNS bigint LANGUAGE sql AS 'SELECT 0::bigint'",
    "ALTER FUNCTION pg_catalog.assay_rows(oid) OWNER TO CURRENT_USER",
  ])
  func `what measures a session cannot be changed, even as the role it runs as`(_ sql: String) throws {
    let (settings, _) = try template(bait)
    let pool = PostgresClonePool(settings)
    defer { pool.close() }
    let clone = try pool.take()
    for role in [clone.measurer, clone.connection] {
      let unchanged = #expect(throws: PostgresError.self) {
        try PostgresConnection(role).script("INSERT INTO pg_catalog.assay_unchanged_rows VALUES (1)")
      }
      #expect(unchanged?.sqlstate == "42501")
      let error = #expect(throws: PostgresError.self) { try PostgresConnection(role).script(sql) }
      #expect(error?.sqlstate == "42501")
    }
    let rows = try PostgresConnection(clone.connection).execute("SELECT pg_catalog.assay_rows('customers'::regclass)")
    #expect(rows.integer(0, 0) == 3)
  }

  @Test func `a session cannot count, tell or number for what measures it`() throws {
    let (settings, _) = try template(bait)
    let pool = PostgresClonePool(settings)
    defer { pool.close() }
    let clone = try pool.take()
    for call in [
      "CREATE TRIGGER a AFTER UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION pg_catalog.assay_unchanged()",
      "SELECT pg_catalog.assay_tell(ARRAY['drop', 'table'])", "SELECT pg_catalog.assay_note_columns()",
      "INSERT INTO pg_catalog.assay_own_columns VALUES ('customers'::regclass, 1)",
      "INSERT INTO pg_catalog.assay_events (backend, fields) VALUES (1, '{}')",
      "SELECT pg_catalog.assay_restore('pg_catalog.assay_events_number_seq'::regclass, 0)",
    ] {
      let refused = #expect(throws: PostgresError.self, "\(call)") {
        try PostgresConnection(clone.connection).script(call)
      }
      #expect(refused?.sqlstate == "42501", "\(call)")
    }
    let paths = try PostgresConnection(clone.measurer).execute(
      """
      SELECT count(*) FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND proname LIKE 'assay%' AND prosecdef
        AND NOT proconfig @> ARRAY['search_path=pg_catalog, pg_temp']
      """)
    #expect(paths.integer(0, 0) == 0)
  }

  @Test(arguments: [
    """
    DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '42704',
      MESSAGE = 'role "r' || md5(clock_timestamp()::text) || '" does not exist'; END $$;
    """,
    "CREATE TABLE t (id int); GRANT SELECT ON t TO assay_clone_1;",
  ])
  func `a dump makes neither roles without end nor those that are ours`(_ sql: String) throws {
    let error = #expect(throws: AssayError.self) { try template(sql) }
    #expect(error?.cause == "SQLSTATE 42704")
  }

  @Test(arguments: [
    "SET function.begin = 1; CREATE TABLE t (id int); SELECT 1 AS end;\nSELECT 1;",
    "SELECT 1 AS function, 2 AS begin; CREATE TABLE t (id int); SELECT 3 AS end;",
    "BEGIN;\nPREPARE TRANSACTION 'left';",
  ])
  func `a dump's statement is one command`(_ sql: String) throws {
    var loaded: PostgresClonePool.Settings?
    do {
      loaded = try template(sql).settings
    } catch let error as AssayError {
      #expect(error.code == .invalidFile)
    }
    guard let settings = loaded else { return }
    // Each was read as what it is.
    let owner = try PostgresConnection(settings.connection(settings.template, settings.roles.owner, "test"))
    #expect(try owner.execute("SELECT count(*) FROM pg_prepared_xacts").integer(0, 0) == 0)
  }

  @Test func `a statement of a dump that does not end is ended`() throws {
    let error = #expect(throws: AssayError.self) {
      try template(
        "CREATE TABLE t (id int);\nSET statement_timeout = 0; DO $$ BEGIN LOOP END LOOP; END $$;", seconds: 0.5)
    }
    #expect(error?.cause == "SQLSTATE 57014")
    #expect(error?.place?.line == 2)
  }

  @Test func `what is left out of a hostile dump is listed`() throws {
    let (settings, omitted) = try template(
      bait
        + """
        CREATE FUNCTION on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$;
        CREATE EVENT TRIGGER e ON sql_drop EXECUTE FUNCTION on_ddl();
        CREATE LANGUAGE l HANDLER plpgsql_call_handler;
        CREATE OPERATOR CLASS o FOR TYPE text USING btree AS OPERATOR 1 <;
        GRANT pg_execute_server_program TO CURRENT_USER;
        CREATE EXTENSION dblink;
        """)
    #expect(
      omitted.map { $0.replacing(/line \d+/, with: "line N") } == [
        "create operator class o on line N (needs a superuser's rights)", "event trigger e", "extension dblink",
        "membership of a role in another", "untrusted language l",
      ])
    let measurer = try PostgresConnection(settings.connection(settings.template, settings.roles.measurer, "test"))
    #expect(try measurer.execute("SELECT count(*) FROM customers").integer(0, 0) == 3)
  }
}

@Suite(
  .serialized,
  .disabled(if: postgresIsAbsentOnPurpose, "ASSAY_TEST_WITHOUT_POSTGRESQL says that there is no server"))
struct HonestDumpTests {
  /// What dumps of real schemas hold that only a superuser could load just so.
  private static let dump = """
    SET session_replication_role = replica;
    CREATE SCHEMA billing AUTHORIZATION accounting;
    CREATE EXTENSION IF NOT EXISTS pgcrypto WITH SCHEMA billing;
    CREATE EXTENSION IF NOT EXISTS plpgsql WITH SCHEMA pg_catalog;
    COMMENT ON EXTENSION pgcrypto IS 'cryptographic functions';
    CREATE PROCEDURAL LANGUAGE plpgsql;
    CREATE TABLE public.people (id int PRIMARY KEY, name text, shout text GENERATED ALWAYS AS (upper(name)) STORED);
    ALTER TABLE public.people OWNER TO front_desk;
    CREATE TABLE billing.bills (id int PRIMARY KEY, person int REFERENCES public.people ON DELETE CASCADE, cents int);
    ALTER TABLE billing.bills OWNER TO accounting;
    CREATE TABLE public.log (what text, who text);
    CREATE FUNCTION public.note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
      BEGIN INSERT INTO public.log VALUES (TG_OP, current_user); RETURN NULL; END $$;
    ALTER FUNCTION public.note() OWNER TO accounting;
    CREATE FUNCTION public.known(int) RETURNS int LANGUAGE sql IMMUTABLE LEAKPROOF AS $$ SELECT $1 $$;
    CREATE VIEW public.names AS SELECT id, name FROM public.people;
    CREATE RULE renamed AS ON UPDATE TO public.names DO INSTEAD UPDATE public.people SET name = new.name WHERE id = new.id;
    ALTER TABLE billing.bills DISABLE TRIGGER ALL;
    COPY billing.bills (id, person, cents) FROM stdin;
    1\t1\t100
    2\t2\t200
    \\.
    ALTER TABLE billing.bills ENABLE TRIGGER ALL;
    SET SESSION AUTHORIZATION front_desk;
    INSERT INTO public.people VALUES (1, 'ana'), (2, 'bo');
    RESET SESSION AUTHORIZATION;
    CREATE TRIGGER noted AFTER DELETE ON billing.bills FOR EACH ROW EXECUTE FUNCTION public.note();
    ALTER DEFAULT PRIVILEGES FOR ROLE accounting IN SCHEMA billing GRANT SELECT ON TABLES TO front_desk;
    GRANT SELECT ON billing.bills TO front_desk;
    ALTER TABLE public.people ENABLE ROW LEVEL SECURITY;
    ALTER TABLE public.people FORCE ROW LEVEL SECURITY;
    CREATE POLICY everyone ON public.people USING (true);
    SELECT pg_catalog.lo_create('4711');
    ALTER LARGE OBJECT 4711 OWNER TO front_desk;
    SET session_replication_role = origin;
    """

  @Test func `an honest dump loses nothing though nobody with rights loads it`() throws {
    let folder = try Folder()
    let path = folder.path + "/dump.sql"
    try Data(Self.dump.utf8).write(to: URL(filePath: path))
    let shadow = try PostgresShadow(reading: ShadowSource("postgres:\(path)"))
    defer { shadow.close() }
    #expect(shadow.omitted == ["function public.known (loaded without LEAKPROOF)"])
    #expect(shadow.tables.sorted.map(\.rows) == [2, 0, 2])
    let clone = try shadow.pool.take()
    let session = try PostgresConnection(clone.connection)
    try session.script("UPDATE names SET name = 'cy' WHERE id = 1; DELETE FROM people")
    #expect(try session.execute("SELECT count(*) FROM billing.bills").integer(0, 0) == 0)
    // The definer's function ran as the clone's owner, for each row that went by cascade.
    let log = try session.execute("SELECT what || ' ' || who FROM log").firstColumn
    #expect(log == ["DELETE \(clone.role)", "DELETE \(clone.role)"])
    #expect(try session.execute("SELECT length(billing.digest('x', 'sha256'))").integer(0, 0) == 32)
    #expect(
      try session.execute("SELECT has_table_privilege('front_desk', 'billing.bills', 'SELECT')").text(0, 0) == "t")
    #expect(try session.execute("SELECT known(3)").integer(0, 0) == 3)
    #expect(try session.execute("SELECT count(*) FROM pg_largeobject_metadata WHERE oid = 4711").integer(0, 0) == 1)
    try session.script("DROP SCHEMA billing CASCADE; DROP TABLE people CASCADE")
  }
}
