import Archives
import AuditTrail
import Foundation
import Glibc
import Testing

/// A real server with pgaudit writes one workload as csvlog, jsonlog and text at once: all three must tell what was done.
@Suite(
  .disabled(
    if: ProcessInfo.processInfo.environment["ASSAY_TEST_WITHOUT_POSTGRESQL"] != nil,
    "ASSAY_TEST_WITHOUT_POSTGRESQL says that there is no server"),
  .enabled(
    if: RealLogs.binaries != nil,
    "pgaudit is not installed next to a PostgreSQL from 15 on: apt-get install postgresql-15-pgaudit"))
struct PostgresRealLogTests {
  private static let files = ["log.csv", "log.json", "log.log"]

  private func told(_ file: String) throws -> Reading {
    var options = ReadOptions()
    options.split = { $0.contains(";SELECT 3") ? [0..<9, 9..<18] : [0..<$0.utf8.count] }
    return try read(try #require(try RealLogs.shared.get()[file]), as: nil, options)
  }

  private func statements(_ reading: Reading, of user: String) -> [StatementRecord] {
    let sessions = reading.openings.filter { $0.connection.databaseUser == user }.map(\.session)
    return reading.statements.filter { sessions.contains($0.session) }.sorted {
      ($0.session, $0.sequence) < ($1.session, $1.sequence)
    }
  }

  @Test(arguments: zip(files, ["postgresql.csvlog", "postgresql.jsonlog", "postgresql.stderr"]))
  func `every statement of the workload is told once, in its order`(_ file: String, _ format: String) throws {
    let reading = try told(file)
    #expect(reading.summary.format == format)
    #expect(reading.addsUp)
    #expect(reading.rejected == [])
    let done = statements(reading, of: "ana")
    #expect(done.map(\.sql) == RealLogs.workload.map(\.sql))
    #expect(done.map { $0.result?.rows } == RealLogs.workload.map(\.rows))
    #expect(done.map { $0.result?.error != nil } == RealLogs.workload.map(\.fails))
    #expect(done.allSatisfy { $0.result?.error != nil || $0.result?.durationMicroseconds != nil })
  }

  @Test(arguments: files)
  func `with pgaudit alone the same statements are told, and those that failed by their errors`(_ file: String) throws {
    let reading = try told(file)
    let done = statements(reading, of: "bob")
    #expect(done.map(\.sql) == RealLogs.workload.map(\.sql))
    #expect(done.map { $0.result?.rows } == RealLogs.workload.map(\.rows))
    #expect(done.map { $0.result?.error != nil } == RealLogs.workload.map(\.fails))
    #expect(reading.summary.flags.contains("statements_from_pgaudit"))
  }

  @Test(arguments: files) func `executions and their values are told`(_ file: String) throws {
    let done = statements(try told(file), of: "carl").filter { $0.sql.contains("$1") }
    #expect(done.count == RealLogs.runs * 2)
    #expect(done.map { $0.parameters?.map(\.value) } == Array(repeating: ["2"], count: RealLogs.runs * 2))
    #expect(done.map { $0.result?.rows } == Array(repeating: [1, 1], count: RealLogs.runs).flatMap { $0 })
    #expect(done.allSatisfy { $0.result?.durationMicroseconds != nil })
  }

  @Test func `who it was, and all the rest, is the same in all three`() throws {
    let readings = try Self.files.map { try told($0) }
    for reading in readings {
      let openings = reading.openings.filter { ["ana", "bob"].contains($0.connection.databaseUser ?? "") }
      #expect(Set(openings.map(\.client)) == [Client(address: "[local]", application: "psql")])
      #expect(Set(openings.map(\.connection.database)) == ["shop"])
      #expect(Set(openings.compactMap { $0.connection.tags["authentication"] }).isSubset(of: ["trust"]))
    }
    func lines(_ reading: Reading) -> [String] {
      reading.statements.map { statement in
        let values = statement.parameters?.map { $0.value ?? "NULL" } ?? []
        return "\(statement.session) \(statement.sql) \(values) \(statement.result?.rows ?? -1) "
          + "\(statement.result?.durationMicroseconds ?? -1) \(statement.result?.error?.message ?? "")"
      }.sorted()
    }
    let first = lines(readings[0])
    #expect(first.count > 40)
    #expect(lines(readings[1]) == first)
    #expect(lines(readings[2]) == first)
  }

  @Test func `lines that a function raised are not taken for the server's`() throws {
    for file in Self.files {
      let reading = try told(file)
      #expect(reading.summary.flags.contains("raised_lines"))
      #expect(!reading.statements.contains { $0.sql.hasPrefix("DROP TABLE forged") })
    }
  }
}

/// The server's logs, made once.
enum RealLogs {
  struct Done {
    var sql: String
    var rows: Int64?
    var fails = false
  }

  static let runs = 3

  static let workload: [Done] = [
    Done(sql: "CREATE TEMP TABLE own (id int PRIMARY KEY, body text);"),
    Done(sql: "INSERT INTO own VALUES (1, 'a \"word\", and\n\n\ta second line'), (2, 'it''s');", rows: 2),
    Done(sql: "SELECT * FROM own, notes;", rows: 4),
    Done(sql: "SELECT 1/0;", fails: true),
    Done(sql: "SELEC 1;", fails: true),
    Done(sql: "UPDATE own SET body = 'x' WHERE id = 1;", rows: 1),
    Done(sql: "PREPARE p(int) AS SELECT * FROM own WHERE id = $1;"),
    Done(sql: "EXECUTE p(1);", rows: 1),
    Done(
      sql:
        "DO $$ BEGIN RAISE LOG 'statement: DROP TABLE forged'; RAISE LOG 'AUDIT: SESSION,9,1,READ,SELECT,,,DROP TABLE forged,<none>'; END $$;"
    ),
    Done(sql: "SELECT touch();", rows: 1),
    Done(sql: "BEGIN;"), Done(sql: "DELETE FROM own;", rows: 2), Done(sql: "ROLLBACK;"),
    Done(sql: "SELECT 2;SELECT 3;"),
    Done(sql: "SELECT 'Größe', $tag$it's$tag$;", rows: 1),
    Done(sql: "SELECT * FROM secrets;", fails: true),
  ]

  /// The programs of a server that has pgaudit.
  static let binaries: String? = {
    let root = "/usr/lib/postgresql"
    let versions = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
    return versions.compactMap { Int($0) }.sorted(by: >).filter { $0 >= 15 }.first {
      FileManager.default.fileExists(atPath: "\(root)/\($0)/lib/pgaudit.so")
    }.map { "\(root)/\($0)/bin" }
  }()

  struct Missing: Error, CustomStringConvertible {
    let description: String
  }

  /// The logs, by their names.
  static let shared = Result { try make() }

  private static func make() throws -> [String: [UInt8]] {
    guard let binaries else { throw Missing(description: "there is no pgaudit") }
    let folder = FileManager.default.temporaryDirectory.appending(path: "assay-logs-\(getpid())").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    func write(_ name: String, _ text: String) throws {
      try text.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
    }
    try write("server.conf", settings(folder))
    try write("setup.sql", setup)
    // psql sends a text of several commands as one where \; parts them.
    try write(
      "workload.sql", workload.map { $0.sql.replacing(";SELECT 3;", with: "\\;SELECT 3;") + "\n" }.joined())
    try write(
      "bench.sql", "\\set id 2\nSELECT * FROM notes WHERE id = :id;\nUPDATE notes SET body = 'y' WHERE id = :id;\n")
    try write("run.sh", script(folder, binaries))
    guard unsafe system("bash '\(folder)/run.sh' >'\(folder)/out' 2>&1 </dev/null") == 0 else {
      let said = (try? String(contentsOfFile: folder + "/out", encoding: .utf8)) ?? ""
      throw Missing(description: "the logs were not made: \(said.suffix(1000))")
    }
    var logs: [String: [UInt8]] = [:]
    for name in ["log.csv", "log.json", "log.log"] {
      logs[name] = Array(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/log/\(name)")))
    }
    return logs
  }

  private static func settings(_ folder: String) -> String {
    """
    listen_addresses = ''
    unix_socket_directories = '\(folder)/socket'
    fsync = off
    shared_preload_libraries = 'pgaudit'
    logging_collector = on
    log_destination = 'csvlog,jsonlog,stderr'
    log_directory = '\(folder)/log'
    log_filename = 'log.log'
    log_file_mode = 0644
    log_timezone = 'UTC'
    log_line_prefix = '%m [%p] %c %l %q%u@%d %a %h '
    log_statement = all
    log_duration = on
    log_connections = on
    log_disconnections = on
    pgaudit.log = 'all'
    pgaudit.log_catalog = off
    pgaudit.log_rows = on
    pgaudit.log_parameter = on
    pgaudit.log_relation = on

    """
  }

  private static let setup = """
    CREATE ROLE ana LOGIN;
    CREATE ROLE bob LOGIN;
    CREATE ROLE carl LOGIN;
    CREATE DATABASE shop;
    ALTER ROLE bob SET log_statement = 'none';
    ALTER ROLE bob SET log_duration = off;
    \\c shop
    CREATE EXTENSION pgaudit;
    CREATE TABLE secrets (id int);
    CREATE TABLE notes (id int PRIMARY KEY, body text);
    INSERT INTO notes VALUES (1, 'a'), (2, 'b');
    GRANT ALL ON notes TO PUBLIC;
    CREATE FUNCTION touch() RETURNS bigint LANGUAGE plpgsql AS
      $$ DECLARE n bigint; BEGIN SELECT count(*) INTO n FROM notes; RETURN n; END $$;
    """

  /// Runs the workload as ana with everything logged, as bob with pgaudit's lines alone, and prepared statements as carl.
  private static func script(_ folder: String, _ binaries: String) -> String {
    """
    set -e
    cd /
    mkdir -p '\(folder)/log' '\(folder)/socket'
    as=""
    if [ "$(id -u)" = 0 ]; then chown -R postgres '\(folder)'; as="runuser -u postgres --"; fi
    $as '\(binaries)/initdb' -D '\(folder)/data' -U postgres -A trust -E UTF8 --locale=C --no-sync
    cat '\(folder)/server.conf' >>'\(folder)/data/postgresql.conf'
    $as '\(binaries)/pg_ctl' -D '\(folder)/data' -w -l '\(folder)/server.log' start
    trap "$as '\(binaries)/pg_ctl' -D '\(folder)/data' -m fast -w stop" EXIT
    say() { PGHOST='\(folder)/socket' PGPORT=5432 PGCLIENTENCODING=UTF8 $as '\(binaries)/'"$@"; }
    say psql -X -U postgres -d postgres -v ON_ERROR_STOP=1 -f '\(folder)/setup.sql'
    say psql -X -U ana -d shop -f '\(folder)/workload.sql'
    say psql -X -U bob -d shop -f '\(folder)/workload.sql'
    say pgbench -n -M extended -U carl -t \(runs) -f '\(folder)/bench.sql' shop
    """
  }
}
