import AuditTrail
import Foundation
import Glibc
import GoldenCorpus
import Ledger
import Postgres
import SQLAnalysis
import Testing
import ThrowAwayServers

@testable import Replay
@testable import PostgresShadows
@testable import SQLiteShadows
@testable import SyntheticShadows

/// What of the server, its files and its other databases an escape could have changed, as one text.
private func outside(_ cluster: PostgresCluster) throws -> String {
  let server = try PostgresConnection(cluster.admin)
  let shared = try server.execute(
    """
    SELECT string_agg(x, E'\\n' ORDER BY x) FROM (
      SELECT concat_ws(' ', 'database', datname, datacl, datallowconn) AS x FROM pg_database WHERE datname NOT LIKE 'clone\\_%'
      UNION ALL SELECT concat_ws(' ', 'role', rolname, rolsuper, rolcreaterole, rolcreatedb, rolcanlogin, rolpassword)
        FROM pg_authid WHERE rolname NOT LIKE 'clone\\_%'
      UNION ALL SELECT concat_ws(' ', 'member', m.roleid, m.member) FROM pg_auth_members m
        WHERE m.roleid NOT IN (SELECT oid FROM pg_authid WHERE rolname LIKE 'clone\\_%')
      UNION ALL SELECT 'tablespace ' || spcname FROM pg_tablespace
      UNION ALL SELECT 'subscription ' || subname FROM pg_subscription
      UNION ALL SELECT concat_ws(' ', 'slot', slot_name) FROM pg_replication_slots
      UNION ALL SELECT concat_ws(' ', 'setting', name, setting) FROM pg_settings WHERE source IN ('configuration file', 'command line')
      UNION ALL SELECT concat_ws(' ', 'role setting', setdatabase, setconfig) FROM pg_db_role_setting
        WHERE setrole NOT IN (SELECT oid FROM pg_authid WHERE rolname LIKE 'clone\\_%')
    ) AS everything
    """
  ).text(0, 0)
  let bystander = try PostgresConnection(cluster.client("bystander")).execute(
    "SELECT string_agg(t::text, ',' ORDER BY t) FROM t"
  ).text(0, 0)
  let settings = FileManager.default.contents(atPath: cluster.folder.data + "/postgresql.auto.conf") ?? Data()
  let files = try FileManager.default.contentsOfDirectory(atPath: cluster.folder.data).sorted()
  let made = FileManager.default.fileExists(atPath: "/tmp/assay-must-not-exist")
  return "\(shared)\n\(bystander)\n\(String(decoding: settings, as: UTF8.self))\n\(files)\n\(made)"
}

/// Escapes beyond those of the golden corpus.
private let furtherEscapes = [
  "COPY (SELECT 1) TO PROGRAM 'touch /tmp/assay-must-not-exist'",
  "COPY visits FROM PROGRAM 'touch /tmp/assay-must-not-exist'",
  "SELECT lo_import('/etc/passwd')", "SELECT lo_from_bytea(0, 'x')", "SELECT pg_ls_dir('/')",
  "SELECT pg_read_binary_file('/etc/hostname')", "SELECT pg_stat_file('/etc/passwd')", "SELECT pg_rotate_logfile()",
  "SELECT pg_cancel_backend(pid) FROM pg_stat_activity", "SELECT pg_promote()", "SELECT pg_switch_wal()",
  "SELECT pg_create_restore_point('x')", "SELECT pg_create_physical_replication_slot('assay')",
  "SELECT pg_create_logical_replication_slot('assay', 'pgoutput')", "ALTER SYSTEM RESET ALL",
  "ALTER ROLE CURRENT_USER SUPERUSER", "CREATE ROLE assay_intruder SUPERUSER LOGIN", "DROP ROLE shadow_owner",
  "GRANT pg_read_server_files TO CURRENT_USER", "GRANT pg_execute_server_program TO CURRENT_USER",
  "SET SESSION AUTHORIZATION postgres", "SET ROLE postgres", "CREATE DATABASE assay_intruder",
  "DROP DATABASE bystander",
  "ALTER DATABASE bystander RENAME TO gone", "ALTER DATABASE bystander SET work_mem = '1MB'",
  "CREATE TABLESPACE assay LOCATION '/tmp'", "CREATE EXTENSION dblink", "CREATE EXTENSION file_fdw",
  "CREATE EXTENSION postgres_fdw", "CREATE EXTENSION adminpack", "CREATE LANGUAGE plpython3u",
  "CREATE FUNCTION f(text) RETURNS int LANGUAGE internal AS 'system'",
  "CREATE FOREIGN DATA WRAPPER w", "CREATE EVENT TRIGGER t ON sql_drop EXECUTE FUNCTION pg_catalog.assay_on_drop()",
  "DROP EVENT TRIGGER assay_drop", "ALTER EVENT TRIGGER assay_drop DISABLE", "DROP SCHEMA pg_catalog CASCADE",
  "ALTER FUNCTION pg_catalog.assay_rows(oid) OWNER TO CURRENT_USER", "UPDATE pg_authid SET rolsuper = true",
  "CREATE FUNCTION pg_catalog.assay_rows(int) RETURNS int LANGUAGE sql AS 'SELECT 1'",
  "DO $$ BEGIN EXECUTE 'ALTER SYS' || 'TEM SET work_mem = ''1MB'''; END $$", "CHECKPOINT",
  "SELECT pg_logical_emit_message(false, 'a', 'b')", "SECURITY LABEL ON ROLE CURRENT_USER IS 'x'",
]

@Suite(
  .serialized,
  .disabled(if: postgresIsAbsentOnPurpose, "ASSAY_TEST_WITHOUT_POSTGRESQL says that there is no server"))
struct PostgresSafetyTests {
  /// A cluster of their own, for what stands on it is compared whole, with a database that no clone may reach.
  private static let beside = Result {
    let cluster = try ScriptCluster()
    let server = try PostgresConnection(cluster.cluster.admin)
    try server.script("CREATE DATABASE bystander")
    try PostgresConnection(cluster.cluster.client("bystander"))
      .script("CREATE TABLE t (i int); INSERT INTO t VALUES (1), (2), (3)")
    try server.script("REVOKE ALL ON DATABASE bystander FROM PUBLIC")
    atexit { closeShadows() }
    return cluster
  }

  /// Runs with a pool of clones beside it.
  private func withClones(_ check: (GoldenFile, PostgresClonePool, PostgresCluster) throws -> Void) throws {
    let file = try GoldenFile.read("postgresql_escapes", on: .postgresql)
    let cluster = try Self.beside.get()
    let pool = try cluster.pool(file.shadow)
    defer { pool.close() }
    try check(file, pool, cluster.cluster)
  }

  private var escapes: [String] {
    get throws {
      try GoldenFile.read("postgresql_escapes", on: .postgresql).cases.flatMap(\.statements).map(\.sql) + furtherEscapes
    }
  }

  @Test func `no escape that the replay's role tries changes anything outside of its clone`() throws {
    try withClones { _, pool, cluster in
      let clone = try pool.take()
      let before = try outside(cluster)
      for sql in try escapes {
        // A connection each: some end it.
        let connection = try PostgresConnection(clone.connection)
        do {
          let answer = try connection.execute(sql)
          if answer.status == .copyIn { try connection.endCopy(failing: "no rows") }
        } catch {
          continue
        }
      }
      #expect(try outside(cluster) == before)
      // What measures is still there and still the superuser's.
      let owner = try PostgresConnection(cluster.admin.with(["dbname": clone.database]))
      let owners = try owner.execute(
        "SELECT DISTINCT pg_get_userbyid(proowner) FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND proname LIKE 'assay%' ORDER BY 1"
      ).firstColumn
      #expect(owners == ["assay_admin", "shadow_measurer"])
      #expect(try owner.execute("SELECT count(*) FROM pg_event_trigger WHERE evtenabled = 'A'").integer(0, 0) == 3)
      pool.discard(clone)
    }
  }

  /// Each is read whole after a change of the schema: by the catalog's description and by what compares it.
  @Test(arguments: [
    "CREATE VIEW %n AS SELECT '%t' AS a", "CREATE FUNCTION %n() RETURNS text LANGUAGE sql AS $$ SELECT '%t' $$",
    "CREATE TABLE %n (a text DEFAULT '%t')", "CREATE TABLE %n (a text CHECK (a <> '%t'))",
    "CREATE DOMAIN %n AS text CHECK (VALUE <> '%t')",
  ])
  func `a session's definitions have a limit`(_ form: String) throws {
    try withClones { _, pool, _ in
      let clone = try pool.take()
      let connection = try PostgresConnection(clone.connection)
      let text = String(repeating: "x", count: 3 << 20)
      var refusals: [String] = []
      for number in 0..<8 where refusals.isEmpty {
        do throws(PostgresError) {
          _ = try connection.execute(form.replacing("%n", with: "large_\(number)").replacing("%t", with: text))
        } catch {
          refusals.append("\(number): \(error.message)")
        }
      }
      #expect(refusals.first?.hasSuffix("definitions of more than 16 MiB") == true, "\(refusals)")
      // Small ones are not counted, however many.
      try connection.script((0..<50).map { "CREATE VIEW small_\($0) AS SELECT 1 AS a" }.joined(separator: ";"))
      pool.discard(clone)
    }
  }

  @Test func `a replay that was given a superuser by mistake tries no escape that a text shows`() throws {
    try withClones { file, pool, cluster in
      let role = try pool.take()
      let superuser = cluster.client(role.database)
      let clone = PostgresClone(
        database: role.database, role: role.role, connection: superuser, measurer: role.measurer)
      let world = try PostgresWorld(
        try PostgresConnection(clone.measurer), basis: .synthetic, production: ProductionRows(),
        Measuring(sensitive: [], analyze: { analyze($0, as: $1) }))
      let before = try outside(cluster)
      var refused = 0
      for line in file.cases {
        let entries = line.entries()
        // What a block or a function builds as it runs, no text shows.
        guard !entries.contains(where: { $0.sql.contains("EXECUTE") || $0.sql.contains("tell(") }) else { continue }
        let meter = try PostgresMeter(clone, world.catalog, seconds: 5)
        let run = try SessionEngine(PostgresDriver(meter, world, .rolledBack), reusesReads: false)
          .run(entries, engine: "postgresql", observing: .at([]))
        refused += run.effects.count { !$0.refused.isEmpty }
      }
      #expect(refused >= 15)
      #expect(try outside(cluster) == before)
      pool.discard(role)
    }
  }
}
