import AuditTrail
import Foundation
import Postgres
import Testing

@testable import Replay
@testable import PostgresShadows
@testable import SQLiteShadows
@testable import SyntheticShadows

/// A template of a table, a definer function and a view, on the shared cluster.
private func withPool(_ check: (PostgresClonePool, PostgresCluster) throws -> Void) throws {
  let shared = try SharedCluster.cluster
  let template = try shared.template(
    """
    DO $$ BEGIN IF to_regrole('app') IS NULL THEN CREATE ROLE app NOLOGIN; END IF; END $$;
    CREATE TABLE t (id int PRIMARY KEY, note text);
    INSERT INTO t SELECT n, 'note ' || n FROM generate_series(1, 10) n;
    CREATE TYPE mood AS ENUM ('calm', 'busy');
    CREATE FUNCTION secret() RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT current_user::text';
    CREATE SCHEMA s CREATE VIEW v AS SELECT id FROM public.t;
    ALTER TABLE t OWNER TO app;
    """)
  #expect(template.removed == [])
  let pool = shared.pool(of: template)
  defer { pool.close() }
  try check(pool, shared.cluster)
}

@Suite(.serialized) struct PostgresClonePoolTests {
  @Test func `a clone's role owns its database and everything in it, and is not a superuser`() throws {
    try withPool { pool, cluster in
      let clone = try pool.take()
      let session = try PostgresConnection(clone.connection)
      #expect(try session.execute("SELECT current_user").text(0, 0) == clone.role)
      #expect(try session.execute("SELECT secret()").text(0, 0) == clone.role)
      let owners = try session.execute(
        """
        SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class WHERE relnamespace IN ('public'::regnamespace, 's'::regnamespace)
        UNION SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()
        UNION SELECT pg_get_userbyid(typowner) FROM pg_type WHERE typname = 'mood'
        """
      ).firstColumn
      #expect(owners == [clone.role])
      try session.script(
        "DROP VIEW s.v; ALTER TABLE t ADD COLUMN more int; DELETE FROM t; DROP TABLE t; DROP TYPE mood")
    }
  }

  private static let escapes = [
    "ALTER ROLE CURRENT_USER SUPERUSER", "SET ROLE assay_admin", "SET SESSION AUTHORIZATION assay_admin",
    "SET ROLE shadow_owner", "CREATE ROLE other", "CREATE DATABASE other", "COPY t TO PROGRAM 'cat'",
    "COPY t FROM '/etc/passwd'", "COPY t TO '/tmp/assay-escape'", "SELECT pg_read_file('/etc/passwd')",
    "SELECT pg_ls_dir('/')", "SELECT lo_import('/etc/passwd')", "SELECT lo_export(1, '/tmp/assay-escape')",
    "ALTER SYSTEM SET fsync = on", "SELECT pg_reload_conf()", "CREATE EXTENSION dblink", "CREATE EXTENSION file_fdw",
    "CREATE EXTENSION postgres_fdw", "LOAD '/tmp/x.so'", "CREATE SUBSCRIPTION s CONNECTION 'host=/tmp' PUBLICATION p",
    "CREATE FUNCTION f() RETURNS int LANGUAGE c AS '/tmp/x.so', 'f'", "SET temp_file_limit = -1",
    "GRANT pg_execute_server_program TO CURRENT_USER", "SET session_replication_role = replica",
    "CREATE TABLESPACE x LOCATION '/tmp'", "SELECT pg_stat_reset_shared('bgwriter')",
    "SELECT rolpassword FROM pg_authid", "DROP ROLE app", "SELECT pg_switch_wal()",
  ]

  @Test func `a clone's role cannot leave the clone`() throws {
    try withPool { pool, cluster in
      let clone = try pool.take()
      for sql in Self.escapes {
        let session = try PostgresConnection(clone.connection)
        let error = #expect(throws: PostgresError.self, "\(sql)") { _ = try session.execute(sql) }
        let refusals = ["42501", "0A000", "42704", "55P02", "42P01", "22023"]
        #expect(refusals.contains(error?.sqlstate ?? ""), "\(sql): \(error?.sqlstate ?? "")")
      }
      #expect(!FileManager.default.fileExists(atPath: "/tmp/assay-escape"))
    }
  }

  @Test func `a clone's role can connect to no other database`() throws {
    try withPool { pool, cluster in
      let (one, other) = (try pool.take(), try pool.take())
      for name in [other.database, "postgres", "template1", pool.settings.template] {
        let error = #expect(throws: PostgresError.self) {
          _ = try PostgresConnection(one.connection.with(["dbname": name]))
        }
        #expect(error != nil, "\(name)")
      }
    }
  }

  @Test func `a clone that was only read serves the next one, once`() throws {
    try withPool { pool, _ in
      let first = try pool.take()
      pool.giveBack(first)
      pool.giveBack(first)
      let taken = try (0..<4).map { _ in try pool.take() }
      #expect(taken.contains(first))
      #expect(Set(taken).count == taken.count)
      for clone in taken { pool.discard(clone) }
    }
  }

  @Test func `clones do not see each other, and a discarded one is gone with its role`() throws {
    try withPool { pool, cluster in
      var names: [String] = []
      for _ in 0..<5 {
        let clone = try pool.take()
        names.append(clone.database)
        let session = try PostgresConnection(clone.connection)
        #expect(try session.execute("SELECT count(*) FROM t").integer(0, 0) == 10)
        try session.script("DELETE FROM t")
        try session.script("BEGIN; INSERT INTO t VALUES (99, 'left prepared'); PREPARE TRANSACTION '\(clone.database)'")
        pool.discard(clone)
      }
      #expect(Set(names).count == 5)
      pool.close()
      let server = try PostgresConnection(cluster.admin)
      for name in names { try dropClone(name, on: server, cluster.admin) }
      let left = try server.execute(
        "SELECT datname FROM pg_database WHERE datname = ANY ($1::text[])",
        [PostgresValue("{\(names.joined(separator: ","))}")])
      #expect(left.rowCount == 0)
      #expect(throws: AssayError.self) { _ = try pool.take() }
    }
  }

  @Test func `the disk holds few used clones, however fast they are used`() throws {
    try withPool { pool, cluster in
      var settings = pool.settings
      settings.prefix += "few_"
      settings.undropped = 2
      let small = PostgresClonePool(settings)
      defer { small.close() }
      let server = try PostgresConnection(cluster.admin)
      for _ in 0..<20 { try small.discard(small.take()) }
      let there = try server.execute(
        "SELECT count(*) FROM pg_database WHERE starts_with(datname, $1)", [PostgresValue(settings.prefix)]
      ).integer(0, 0)
      // Those made ahead, those that wait, the one that is being made and the one just used.
      #expect(try #require(there) <= Int64(settings.ahead + settings.undropped + 2))
    }
  }
}
