import AuditTrail
import Compression
import Foundation
import Glibc
import Postgres
import Testing
import ThrowAwayServers

@testable import Replay
@testable import PostgresShadows
@testable import SQLiteShadows
@testable import SyntheticShadows

/// A clinic in miniature with what a dump may hold.
private let clinic = """
  CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL, email text UNIQUE, age int CHECK (age > 0));
  CREATE TABLE visits (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customers ON DELETE CASCADE, day date);
  CREATE SCHEMA billing;
  CREATE TABLE billing.payments (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, cents int);
  INSERT INTO customers SELECT n, 'name; ' || n, 'p' || n || '@example.com', n FROM generate_series(1, 30) n;
  INSERT INTO visits SELECT n, 1 + n % 30, date '2026-01-01' + n FROM generate_series(1, 90) n;
  INSERT INTO billing.payments (cents) SELECT n FROM generate_series(1, 7) n;
  CREATE VIEW directory AS SELECT id, email FROM customers;
  CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.day := NEW.day; RETURN NEW; END; $$;
  CREATE TRIGGER touch BEFORE UPDATE ON visits FOR EACH ROW EXECUTE FUNCTION touch();
  CREATE ROLE front_desk; GRANT SELECT ON customers TO front_desk; ALTER TABLE visits OWNER TO front_desk;
  """

@Suite(.serialized) struct PostgresShadowTests {
  /// A server that holds the clinic and stands for production; it goes with the process.
  private static let server = Result {
    let cluster = try ScriptCluster().cluster
    try PostgresConnection(cluster.admin).script("CREATE DATABASE clinic")
    try PostgresConnection(cluster.client("clinic")).script(clinic)
    atexit { closeShadows() }
    return cluster
  }

  /// Runs with that server.
  private func withProduction(
    _ check: (_ cluster: PostgresCluster, _ production: PostgresParameters, _ folder: Folder) throws -> Void
  ) throws {
    let cluster = try Self.server.get()
    try check(cluster, cluster.client("clinic"), try Folder())
  }

  private func dump(_ cluster: PostgresCluster, _ arguments: [String], to path: String) throws {
    let answer = try Program.run(
      cluster.programs.path("pg_dump"),
      ["-h", cluster.folder.sockets, "-U", PostgresCluster.superuser, "-f", path] + arguments + ["clinic"])
    try #require(answer.status == 0)
  }

  @Test func `every form of dump gives the same shadow`() throws {
    try withProduction { cluster, _, folder in
      try dump(cluster, [], to: folder.path + "/plain.sql")
      try dump(cluster, ["--inserts"], to: folder.path + "/inserts.sql")
      try dump(cluster, ["-Fc"], to: folder.path + "/custom.dump")
      try dump(cluster, ["-Fd"], to: folder.path + "/folder")
      let plain = try #require(FileManager.default.contents(atPath: folder.path + "/plain.sql"))
      try Data(try compress([UInt8](plain), as: .gzip())).write(to: URL(filePath: folder.path + "/plain.sql.gz"))
      try Data(try compress([UInt8](plain), as: .zstd())).write(to: URL(filePath: folder.path + "/plain.sql.zst"))
      var digests: [String: String] = [:]
      for name in ["plain.sql", "inserts.sql", "custom.dump", "folder", "plain.sql.gz", "plain.sql.zst"] {
        let shadow = try PostgresShadow(reading: ShadowSource("postgres:\(folder.path)/\(name)"))
        defer { shadow.close() }
        digests[name] = shadow.imageSHA256
        #expect(shadow.tables.sorted.map(\.displayName) == ["billing.payments", "customers", "visits"], "\(name)")
        #expect(shadow.tables.sorted.map(\.rows) == [7, 30, 90], "\(name)")
        #expect(shadow.tables["visits"]?.foreignKeys.map(\.parentTable) == ["customers"])
        #expect(shadow.omitted == [], "\(name)")
        let clone = try shadow.pool.take()
        let session = try PostgresConnection(clone.connection)
        #expect(try session.execute("DELETE FROM customers").commandCount == 30)
        #expect(try session.execute("SELECT count(*) FROM visits").integer(0, 0) == 0)
        #expect(try session.execute("INSERT INTO billing.payments (cents) VALUES (1) RETURNING id").integer(0, 0) == 8)
        #expect(try shadow.classifyColumns().map(\.column) == ["customers.email"])
      }
      #expect(digests["plain.sql"] == digests["plain.sql.gz"] && digests["plain.sql"] == digests["plain.sql.zst"])
      #expect(Set(digests.values).count == 4 || Set(digests.values).count == 3, "\(digests)")
    }
  }

  @Test func `a dump that makes nothing is refused, such as an archive whose table of contents is damaged`() throws {
    try withProduction { cluster, _, folder in
      let path = folder.path + "/custom.dump"
      try dump(cluster, ["-Fc"], to: path)
      var bytes = [UInt8](try #require(FileManager.default.contents(atPath: path)))
      // The number of entries stands behind the server's and the program's version, which are often the same text.
      let version = Array("\(cluster.programs.version).".utf8)
      let places = bytes.indices.dropLast(version.count).filter {
        bytes[$0..<($0 + version.count)].elementsEqual(version)
      }
      // A text stands behind its length, in four bytes behind one for the sign.
      let place = try #require(places.last { $0 < 300 && $0 > 5 && bytes[$0 - 5] == 0 && bytes[$0 - 3] == 0 })
      let end = place + Int(bytes[place - 4])
      bytes.replaceSubrange((end + 1)..<(end + 5), with: [0, 0, 0, 0])
      try Data(bytes).write(to: URL(filePath: path))
      let plain = folder.path + "/plain.sql"
      try Data("SET client_encoding = 'UTF8';\nSELECT pg_catalog.set_config('search_path', '', false);\n".utf8).write(
        to: URL(filePath: plain))
      for dump in [path, plain] {
        let error = #expect(throws: AssayError.self) { try PostgresShadow(reading: ShadowSource("postgres:\(dump)")) }
        #expect(error?.code == .invalidFile)
        #expect(error?.message.contains("makes nothing") == true)
      }
    }
  }

  @Test func `what reaches outside is not loaded but listed, and no password is printed`() throws {
    let folder = try Folder()
    let path = folder.path + "/dump.sql"
    let sql = """
      CREATE EXTENSION postgres_fdw;
      CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'db.internal');
      CREATE USER MAPPING FOR CURRENT_USER SERVER far OPTIONS (user 'u', password 'hunter2');
      CREATE FOREIGN TABLE remote (id int OPTIONS (column_name 'k')) SERVER far OPTIONS (table_name 't');
      CREATE EXTENSION dblink;
      CREATE EXTENSION pgcrypto;
      CREATE SUBSCRIPTION s CONNECTION 'host=h password=hunter2' PUBLICATION p;
      CREATE TABLE t (id int);
      CREATE VIEW v AS SELECT * FROM dblink('password=hunter2', 'SELECT 1') AS x(id int);
      ALTER TABLE t OWNER TO "Strange Role";
      """
    try Data(sql.utf8).write(to: URL(filePath: path))
    let shadow = try PostgresShadow(reading: ShadowSource("postgres:\(path)"))
    defer { shadow.close() }
    #expect(
      shadow.omitted == [
        "create view v on line 9 (needs what is not loaded)", "extension dblink", "extension postgres_fdw",
        "foreign server far", "foreign table remote (loaded as an empty table)", "subscription s",
        "user mapping on far",
      ])
    #expect(!shadow.omitted.joined().contains("hunter2"))
    #expect(shadow.tables.sorted.map(\.name) == ["remote", "t"])
    #expect(shadow.basis == .schemaOnly)
  }

  @Test func `aggregates are loaded, and what goes with something left out is listed`() throws {
    let folder = try Folder()
    let path = folder.path + "/dump.sql"
    let sql = """
      CREATE TABLE t (v text);
      CREATE FUNCTION joined(text, text) RETURNS text LANGUAGE sql AS $$ SELECT concat_ws(', ', $1, $2) $$;
      CREATE AGGREGATE group_concat(text) (SFUNC = joined, STYPE = text);
      CREATE VIEW all_of_it AS SELECT group_concat(v) FROM t;
      CREATE EXTENSION dblink;
      CREATE EXTENSION postgres_fdw;
      CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw;
      CREATE MATERIALIZED VIEW recent AS SELECT count(*) FROM no_such_thing();
      """
    try Data(sql.utf8).write(to: URL(filePath: path))
    let shadow = try PostgresShadow(reading: ShadowSource("postgres:\(path)"))
    defer { shadow.close() }
    #expect(!shadow.omitted.contains { $0.contains("group_concat") || $0.contains("all_of_it") }, "\(shadow.omitted)")
    #expect(
      shadow.omitted.contains("create materialized view recent on line 8 (needs what is not loaded)"),
      "\(shadow.omitted)")
    let clone = try shadow.pool.take()
    #expect(try PostgresConnection(clone.connection).execute("SELECT * FROM all_of_it").rowCount == 1)
  }

  @Test(arguments: ["", "-- nothing\n\n"])
  func `a dump without a statement is not a shadow`(dump: String) throws {
    let folder = try Folder()
    try Data(dump.utf8).write(to: URL(filePath: folder.path + "/dump.sql"))
    let error = #expect(throws: AssayError.self) {
      try PostgresShadow(reading: ShadowSource("postgres:\(folder.path)/dump.sql"))
    }
    #expect(error?.code == .invalidFile)
  }

  @Test(arguments: [
    ("Max open files            64                   4096                 files", "ulimit -n"),
    ("Max file size             102400               unlimited            bytes", "ulimit -f"),
    ("Max address space         307200000            unlimited            bytes", "ulimit -v"),
  ])
  func `a limit that is too low for a server is named`(line: String, name: String) throws {
    let folder = try Folder()
    let path = folder.path + "/limits"
    try Data("Limit                     Soft Limit           Hard Limit           Units\n\(line)\n".utf8)
      .write(to: URL(filePath: path))
    let error = #expect(throws: AssayError.self) { try ServerLimits.check(limits: path) }
    #expect(error?.code == .inputOutput)
    #expect(error?.message.contains(name) == true)
    try Data(line.replacing(/\d{2,}/, with: "unlimited").utf8).write(to: URL(filePath: path))
    try ServerLimits.check(limits: path)
  }

  @Test(arguments: [
    ("CREATE TABLE t (id int);\nINSERT INTO t VALUES ('hunter2');", 2, "22P02"),
    ("CREATE TABLE t (id int);\nCOPY t FROM stdin;\nhunter2\n\\.\n", 3, "22P02"),
    ("CREATE TABLE t (id int PRIMARY KEY);\n\nINSERT INTO t VALUES (1), (1);", 3, "23505"),
    ("SELEKT 'hunter2';", 1, "42601"),
  ])
  func `an error of a dump names line and SQLSTATE and no literal`(_ sql: String, _ line: Int, _ state: String) throws {
    let folder = try Folder()
    let path = folder.path + "/dump.sql"
    try Data(sql.utf8).write(to: URL(filePath: path))
    let error = #expect(throws: AssayError.self) {
      try PostgresShadow(reading: ShadowSource("postgres:\(path)")).close()
    }
    #expect(error?.place == Place(path, line: line))
    #expect(error?.cause?.contains(state) == true)
    #expect("\(error.map(String.init(describing:)) ?? "")".contains("hunter2") == false)
  }

  @Test func `a missing extension names its Debian package`() throws {
    let folder = try Folder()
    let path = folder.path + "/dump.sql"
    try Data("\nCREATE EXTENSION IF NOT EXISTS vector WITH SCHEMA public;".utf8).write(to: URL(filePath: path))
    let error = #expect(throws: AssayError.self) {
      try PostgresShadow(reading: ShadowSource("postgres:\(path)")).close()
    }
    #expect(error?.code == .unavailable)
    #expect(error?.message.contains("pgvector") == true)
    #expect(error?.place?.line == 2)
  }

  // MARK: Running servers

  /// The address of a database on the cluster.
  private func address(_ cluster: PostgresCluster, _ database: String, password: String = "") -> String {
    let user = password.isEmpty ? PostgresCluster.superuser : "\(PostgresCluster.superuser):\(password)"
    return "postgresql://\(user)@/\(database)?host=\(cluster.folder.sockets)&port=5432"
  }

  /// Allows the superuser of a running server.
  private var allowed: ShadowOptions {
    var options = ShadowOptions()
    options.allowSuperuser = true
    return options
  }

  @Test func `a running server's superuser is refused unless the user allows it`() throws {
    try withProduction { cluster, _, _ in
      let superuser = #expect(throws: AssayError.self) {
        try PostgresShadow(reading: ShadowSource(address(cluster, "clinic"))).close()
      }
      #expect(superuser?.code == .refusedSuperuser)
      #expect(superuser?.code.category == .refused)
      #expect(superuser?.message.contains("--allow-superuser") == true)
      let server = try PostgresConnection(cluster.admin)
      try server.script("CREATE ROLE maker LOGIN CREATEDB CREATEROLE; GRANT CONNECT ON DATABASE postgres TO maker")
      defer { try? server.script("DROP OWNED BY maker; DROP ROLE maker") }
      let maker = #expect(throws: AssayError.self) {
        try PostgresShadow(
          reading: ShadowSource("postgresql://maker@/clinic?host=\(cluster.folder.sockets)&port=5432"), options: allowed
        ).close()
      }
      #expect(maker?.code == .unavailable)
      #expect(maker?.message.contains("may create roles, may create databases") == true)
    }
  }

  /// An event trigger of the database would run on every command of ours that defines something.
  @Test func `nothing that a marked database holds runs with the superuser's rights`() throws {
    try withProduction { cluster, _, _ in
      let server = try PostgresConnection(cluster.admin)
      try server.script("CREATE DATABASE trapped TEMPLATE clinic")
      try PostgresConnection(cluster.client("trapped")).script(
        PostgresMarker.markingScript(basis: "copy", asOf: nil, server: nil, created: nil) + """
          CREATE FUNCTION public.strike() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
            IF current_user <> session_user OR current_database() <> 'trapped' THEN CREATE ROLE struck_event; END IF;
          END $$;
          CREATE EVENT TRIGGER strike ON ddl_command_start EXECUTE FUNCTION public.strike();
          ALTER EVENT TRIGGER strike ENABLE ALWAYS;
          """)
      let shadow = try PostgresShadow(reading: ShadowSource(address(cluster, "trapped")), options: allowed)
      defer { shadow.close() }
      #expect(shadow.omitted == ["event trigger strike"])
      _ = try shadow.pool.take()
      #expect(try server.execute("SELECT count(*) FROM pg_roles WHERE rolname = 'struck_event'").integer(0, 0) == 0)
    }
  }

  @Test func `a running server's database is used only where its marker names this server and this database`() throws {
    try withProduction { cluster, production, folder in
      func refusal(_ database: String) -> AssayError? {
        #expect(throws: AssayError.self) {
          try PostgresShadow(reading: ShadowSource(address(cluster, database, password: "hunter2")), options: allowed)
            .close()
        }
      }
      let first = refusal("clinic")
      #expect(first?.code == .notAShadow)
      #expect("\(first.map(String.init(describing:)) ?? "")".contains("hunter2") == false)
      let server = try PostgresConnection(cluster.admin)
      try server.script("CREATE DATABASE marked TEMPLATE clinic")
      let marking = PostgresMarker.markingScript(
        basis: "copy", asOf: "2026-07-01T00:00:00Z", server: "clinic", created: nil)
      try PostgresConnection(cluster.client("marked")).script(marking)
      // A copy of the shadow, and a restored dump of it, are not shadows.
      try server.script("CREATE DATABASE copied TEMPLATE marked")
      #expect(refusal("copied")?.code.category == .refused)

      let before = try inventory(server)
      let shadow = try PostgresShadow(
        reading: ShadowSource(address(cluster, "marked", password: "hunter2")), options: allowed)
      #expect(shadow.basis == .copy)
      #expect(shadow.asOf == Timestamp("2026-07-01T00:00:00Z"))
      #expect(!shadow.source.contains("hunter2"))
      #expect(shadow.tables["customers"]?.rows == 30)
      let clone = try shadow.pool.take()
      do {
        let session = try PostgresConnection(clone.connection)
        #expect(try session.execute("DELETE FROM customers").commandCount == 30)
      }
      shadow.close()
      #expect(try inventory(server) == before)
      #expect(try PostgresConnection(production).execute("SELECT count(*) FROM customers").integer(0, 0) == 30)
    }
  }

  @Test func `what a dead run left on a running server is removed by the next, and a living run's is not`() throws {
    try withProduction { cluster, _, _ in
      let server = try PostgresConnection(cluster.admin)
      try server.script("CREATE DATABASE used TEMPLATE clinic")
      try PostgresConnection(cluster.client("used")).script(
        PostgresMarker.markingScript(basis: "copy", asOf: nil, server: nil, created: nil))
      let before = try inventory(server)
      try server.script("CREATE ROLE assay_run_abcdefghijkl_clone_1")
      try server.script("CREATE DATABASE assay_run_abcdefghijkl_clone_1 OWNER assay_run_abcdefghijkl_clone_1")
      let living = try RunName(on: cluster.admin)
      try server.script("CREATE DATABASE \(living.prefix)clone_1")
      let shadow = try PostgresShadow(reading: ShadowSource(address(cluster, "used")), options: allowed)
      shadow.close()
      let after = try inventory(server)
      #expect(after.subtracting(before) == ["database \(living.prefix)clone_1"])
      living.removeEverything()
      #expect(try inventory(server) == before)
    }
  }

  /// Databases with their owners and rights, and roles.
  private func inventory(_ server: borrowing PostgresConnection) throws -> Set<String> {
    Set(
      try server.execute(
        "SELECT 'database ' || datname || coalesce(datacl::text, '') FROM pg_database UNION ALL SELECT 'role ' || rolname FROM pg_roles"
      ).firstColumn)
  }

  @Test(arguments: [
    "postgresql://u:hunter2@h", "postgresql://u:hunter2@h/db?bogus=hunter2", "postgres://u:hunt%ZZer2@h:x/d",
    "mysql:hunter2",
  ])
  func `an address that cannot be read is refused without its password`(_ text: String) {
    let error = #expect(throws: AssayError.self) { try ShadowSource(text) }
    #expect(error?.code == .usage)
    #expect("\(error.map(String.init(describing:)) ?? "")".contains("hunter2") == false)
  }
}
