import AuditTrail
import Foundation
import Ledger
import SQLAnalysis
import SQLite
import Testing

@testable import Replay
@testable import PostgresShadows
@testable import SQLiteShadows
@testable import SyntheticShadows

/// Nothing that is replayed leaves the clone: every way out that SQLite has, tried against files that a test can watch.
@Suite struct SafetyTests {
  /// A folder with a file that must not be read and one that must not be written, and what was in it at first.
  private struct Surroundings {
    let folder: Folder
    let secret: String

    init() throws {
      folder = try Folder()
      secret = folder.path + "/secret.db"
      let database = try SQLiteDatabase(path: secret, access: .readWriteCreate)
      try database.execute("CREATE TABLE secret (word TEXT); INSERT INTO secret VALUES ('zyzzyva')")
      try Data("name\nzyzzyva\n".utf8).write(to: URL(filePath: folder.path + "/secret.csv"))
    }

    /// Every file below the folder with its bytes and time of change.
    func snapshot() throws -> [String: [String]] {
      var files: [String: [String]] = [:]
      for name in try FileManager.default.subpathsOfDirectory(atPath: folder.path) {
        let path = folder.path + "/" + name
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        let bytes = FileManager.default.contents(atPath: path)?.base64EncodedString() ?? "-"
        files[name] = [bytes, "\(attributes[.modificationDate] ?? "-")", "\(attributes[.posixPermissions] ?? "-")"]
      }
      return files
    }

    /// The ways out; `FOLDER` stands for the folder.
    var escapes: [String] {
      [
        "ATTACH 'FOLDER/new.db' AS x", "ATTACH 'FOLDER/secret.db' AS x; SELECT word FROM x.secret",
        "ATTACH 'file:FOLDER/new.db?mode=rwc' AS x", "ATTACH 'file:FOLDER/secret.db?immutable=1' AS x",
        "ATTACH '' AS x", "ATTACH DATABASE 'FOLDER/' || 'new.db' AS x; CREATE TABLE x.t (a)",
        "DETACH main", "VACUUM INTO 'FOLDER/new.db'", "VACUUM main INTO 'FOLDER/' || 'new.db'",
        "BEGIN; COMMIT; VACUUM INTO 'FOLDER/new.db'", "SELECT load_extension('FOLDER/evil')",
        "SELECT load_extension('FOLDER/evil.so', 'sqlite3_evil_init')", "SELECT readfile('FOLDER/secret.csv')",
        "SELECT writefile('FOLDER/new.txt', 'x')", "SELECT edit('x', 'touch FOLDER/new.txt; true ')",
        "SELECT name FROM fsdir('FOLDER')", "SELECT zipfile('a', 'b')",
        "CREATE VIRTUAL TABLE v USING zipfile('FOLDER/new.zip')",
        "CREATE VIRTUAL TABLE v USING csv(filename='FOLDER/secret.csv', header=yes)",
        "CREATE VIRTUAL TABLE temp.v USING fsdir('FOLDER')", "CREATE VIRTUAL TABLE v USING sqlite_dbpage",
        "CREATE VIRTUAL TABLE temp.v USING unionvtab('SELECT ''FOLDER/secret.db'', ''secret'', 1, 9')",
        "CREATE VIRTUAL TABLE temp.v USING swarmvtab('SELECT ''FOLDER/secret.db'', ''secret'', 1, 9')",
        "SELECT fts3_tokenizer('simple', x'4141414141414141')", "SELECT data FROM sqlite_dbpage",
        "PRAGMA temp_store_directory = 'FOLDER'", "PRAGMA data_store_directory = 'FOLDER'",
        "PRAGMA temp_store = FILE; CREATE TEMP TABLE big AS SELECT randomblob(100000) AS b FROM items; SELECT * FROM big ORDER BY b",
        "PRAGMA journal_mode = WAL; INSERT INTO items (price) VALUES (1)", "PRAGMA journal_mode = DELETE",
        "PRAGMA lock_proxy_file = 'FOLDER/lock'", "PRAGMA mmap_size = 1000000000", "PRAGMA cache_spill = 1",
        "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = 'x'; DELETE FROM sqlite_schema",
        "PRAGMA writable_schema = RESET", "PRAGMA main.writable_schema(1)", "PRAGMA trusted_schema = ON",
        "CREATE TEMP TRIGGER t AFTER DELETE ON items BEGIN SELECT writefile('FOLDER/new.txt', 'x'); END; DELETE FROM items WHERE id = 1",
        "CREATE VIEW w AS SELECT readfile('FOLDER/secret.csv') AS r; SELECT r FROM w",
        "CREATE TABLE g (a TEXT, b TEXT GENERATED ALWAYS AS (readfile(a))); INSERT INTO g (a) VALUES ('FOLDER/secret.csv'); SELECT b FROM g",
        "CREATE INDEX i ON items (load_extension('FOLDER/evil'))",
        "CREATE TABLE d (a TEXT DEFAULT (writefile('FOLDER/new.txt', 'x'))); INSERT INTO d DEFAULT VALUES",
        "CREATE TABLE c (a TEXT CHECK (load_extension(a))); INSERT INTO c VALUES ('FOLDER/evil')",
        "SELECT * FROM carefree", "DELETE FROM careless WHERE id = 1", "INSERT INTO careless (id) VALUES (77)",
        "SELECT sql FROM pragma_database_list, sqlite_schema", "SELECT file FROM pragma_database_list",
        ".shell touch FOLDER/new.txt", ".output FOLDER/new.txt", "\\! touch FOLDER/new.txt",
        "COPY items TO PROGRAM 'touch FOLDER/new.txt'", "COPY items TO 'FOLDER/new.csv'",
        "SELECT pg_read_file('FOLDER/secret.csv')", "SELECT lo_export(1, 'FOLDER/new.txt')",
        "SELECT * FROM items INTO OUTFILE 'FOLDER/new.txt'", "LOAD DATA INFILE 'FOLDER/secret.csv' INTO TABLE items",
        "ATTACH 'new.db' AS x", "VACUUM INTO 'new.db'", "SELECT writefile('new.txt', 'x')",
        "EXPLAIN ATTACH 'FOLDER/new.db' AS x", "REINDEX; ANALYZE; VACUUM",
      ].map { $0.replacing("FOLDER", with: folder.path) }
    }

    /// A shadow made without care: it wants files for its temporary tables, trusts its schema, and its own views,
    /// triggers and defaults call functions that touch files.
    func carelessShadow() throws -> SQLiteShadow {
      let script = """
        PRAGMA foreign_keys = OFF; PRAGMA trusted_schema = ON; PRAGMA temp_store = FILE; PRAGMA recursive_triggers = ON;
        CREATE TABLE items (id INTEGER PRIMARY KEY, price INTEGER);
        INSERT INTO items (price) VALUES (1), (2), (3);
        CREATE TABLE careless (id INTEGER PRIMARY KEY, said TEXT);
        INSERT INTO careless VALUES (1, 'x');
        CREATE VIEW carefree AS SELECT readfile('FOLDER/secret.csv') AS r;
        CREATE TRIGGER careless_gone AFTER DELETE ON careless BEGIN SELECT writefile('FOLDER/new.txt', 'x'); END;
        CREATE TRIGGER careless_new AFTER INSERT ON careless BEGIN SELECT load_extension('FOLDER/evil'); END;
        """
      return try SQLiteShadow(script: script.replacing("FOLDER", with: folder.path), path: "careless.sql")
    }
  }

  private func statement(_ sql: String, _ number: Int, _ action: Action) -> StatementEntry {
    StatementEntry(
      id: Int64(number), session: 1, sequence: Int64(number), time: Timestamp(nanoseconds: 1_783_000_000_000_000_000),
      textID: Int64(number), sql: sql, parameters: nil, decision: Decision(action: action),
      outcome: action == .block ? .notRun : .ran, approval: nil, approved: false, result: nil, unit: nil,
      completeness: [])
  }

  @Test(arguments: [Action.allow, .block], ["sqlite", "postgresql"])
  func `no escape changes or reads a file, also on a careless shadow`(_ action: Action, _ engine: String) throws {
    let surroundings = try Surroundings()
    let shadow = try surroundings.carelessShadow()
    let before = try surroundings.snapshot()
    let working = try workingFolder()
    let replay = try shadow.clones(Measuring(sensitive: [], analyze: { analyze($0, as: $1) })).open()
    var left = 0
    for (number, sql) in surroundings.escapes.enumerated() {
      // Alone, and amid other work in one session.
      let measured = try replay.measure([statement(sql, number + 1, action)], engine: engine)
      if !measured[0].effect.refused.isEmpty { left += 1 }
      _ = try replay.measure(
        [
          statement("BEGIN", 1001, .allow), statement("DELETE FROM items WHERE id = 1", 1002, .allow),
          statement(sql, number + 1, action), statement("COMMIT", 1003, .allow), statement(sql, number + 1, action),
        ], engine: engine)
      #expect(try surroundings.snapshot() == before, "\(sql)")
    }
    #expect(left >= 30)
    #expect(try workingFolder() == working)
  }

  @Test func `a shadow's script reaches out no more than a session, and is refused with its line`() throws {
    let surroundings = try Surroundings()
    let before = try surroundings.snapshot()
    let working = try workingFolder()
    var refused = 0
    for sql in surroundings.escapes {
      let script = "CREATE TABLE items (id INTEGER PRIMARY KEY, price INTEGER);\n\n\(sql);"
      do {
        let shadow = try SQLiteShadow(script: script, path: "escaping.sql")
        #expect(!String(decoding: shadow.image, as: UTF8.self).contains("zyzzyva"), "\(sql)")
      } catch {
        refused += 1
        #expect(error.code == .invalidFile)
        #expect(error.place == Place("escaping.sql", line: 3), "\(sql)")
      }
      #expect(try surroundings.snapshot() == before, "\(sql)")
    }
    #expect(refused >= 40)
    #expect(try workingFolder() == working)
  }

  @Test func `what an escape would have read reaches nothing that is printed`() throws {
    let surroundings = try Surroundings()
    let shadow = try surroundings.carelessShadow()
    let folder = try Folder()
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    let records = surroundings.escapes.enumerated().map { number, sql in
      StatementRecord(
        session: "s", sequence: Int64(number + 1), time: Timestamp(nanoseconds: 1_783_000_000_000_000_000), sql: sql,
        decision: Decision(action: .allow),
        result: RecordedResult(rows: nil, rowsKind: .unknown, durationMicroseconds: nil, error: nil))
    }
    try load([RecordedSession(key: "s", statements: records, engine: "sqlite")], into: ledger)
    let plan = ReplayPlan(
      shadows: [PlannedShadow(connection: nil, shadow: shadow, sensitive: [])], analyze: { analyze($0, as: $1) })
    let report = try replay(ledger, plan: plan)
    #expect(report.statements == records.count)
    let printed = try verdictLines(ledger).joined() + String(decoding: report.json, as: UTF8.self)
    #expect(!printed.contains("zyzzyva"))
  }

  @Test func `an environment that points elsewhere for temporary files changes nothing`() throws {
    let surroundings = try Surroundings()
    let before = try surroundings.snapshot()
    let shadow = try SQLiteShadow(
      script: """
        PRAGMA temp_store = FILE;
        CREATE TABLE items (id INTEGER PRIMARY KEY, price INTEGER);
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) INSERT INTO items SELECT i, i FROM n;
        """, path: "large.sql")
    let replay = try shadow.clones(Measuring(sensitive: [], analyze: { analyze($0, as: $1) })).open()
    let measured = try replay.measure(
      [
        statement("PRAGMA temp_store_directory = '\(surroundings.folder.path)'", 1, .allow),
        statement("SELECT a.price FROM items a ORDER BY a.price % 97, a.id DESC", 2, .allow),
        statement("CREATE TEMP TABLE t AS SELECT *, randomblob(200) AS r FROM items", 3, .allow),
        statement("SELECT count(DISTINCT r) FROM t", 4, .allow),
      ], engine: "sqlite")
    #expect(measured.map(\.effect.execution).dropFirst().allSatisfy { $0 == .ran })
    #expect(try surroundings.snapshot() == before)
  }

  /// What stands where the test runs: a relative path would lead there.
  private func workingFolder() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: FileManager.default.currentDirectoryPath).sorted()
  }
}
