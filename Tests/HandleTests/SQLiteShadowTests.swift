import SQLite
import Testing

/// A shadow of a small shop, and what one statement did on it.
private struct Outcome {
  var rows: [String] = []
  var error: SQLiteError?
  var changes: [SQLiteTableChanges] = []
  var reads: [SQLiteColumnRead] = []
  var actions: [SQLiteAction] = []
  var refused: [String] = []
  var stepBudgetExhausted = false
  var memoryBudgetExhausted = false
  var deleteLimitReached = false

  func change(_ table: String) -> SQLiteTableChanges? { changes.first { $0.table == table } }
}

private let schema = """
  CREATE TABLE customer(id INTEGER PRIMARY KEY, name TEXT, ssn TEXT, balance REAL);
  CREATE TABLE purchase(id INTEGER PRIMARY KEY, customer INTEGER REFERENCES customer ON DELETE CASCADE, amount INTEGER);
  CREATE TABLE log(line TEXT);
  CREATE TABLE audited(id INTEGER PRIMARY KEY, a);
  CREATE TRIGGER audit AFTER DELETE ON audited BEGIN INSERT INTO log VALUES (old.a); END;
  CREATE TABLE keyed(code TEXT PRIMARY KEY, a) WITHOUT ROWID;
  CREATE VIEW v AS SELECT name, ssn AS number FROM customer;
  INSERT INTO customer SELECT value, 'n' || value, '000-' || value, value FROM generate_series(1, 20);
  INSERT INTO purchase SELECT value, (value - 1) % 20 + 1, value FROM generate_series(1, 100);
  INSERT INTO log SELECT value FROM generate_series(1, 200);
  INSERT INTO audited SELECT value, value FROM generate_series(1, 5);
  INSERT INTO keyed VALUES ('a', 1), ('b', 2);
  """

private func image(_ sql: String = schema) throws -> [UInt8] {
  let database = try SQLiteDatabase.inMemory()
  // The library's build has no generate_series: a view of the same shape takes the place of it.
  var script = sql
  for count in [20, 100, 200, 5] {
    script = script.replacing(
      "generate_series(1, \(count))",
      with: "(WITH RECURSIVE s(value) AS (VALUES (1) UNION ALL SELECT value + 1 FROM s WHERE value < \(count)) "
        + "SELECT value FROM s)")
  }
  try database.execute(script)
  return try database.serialize()
}

private func run(
  _ sql: String, on shadow: borrowing SQLiteShadowConnection, time: Int64 = 0, seed: UInt64 = 1,
  trackRowIdentity: Bool = false
) -> Outcome {
  var outcome = Outcome()
  shadow.beginStatement(unixMilliseconds: time, seed: seed, trackRowIdentity: trackRowIdentity)
  do throws(SQLiteError) {
    let script = sql.utf8.span
    var offset = 0
    while var statement = try shadow.database.prepareNext(in: script, at: &offset) {
      while try statement.step() { outcome.rows.append(statement.text(0)) }
    }
  } catch {
    outcome.error = error
  }
  outcome.changes = shadow.changes
  outcome.reads = shadow.reads
  outcome.actions = shadow.actions
  outcome.refused = shadow.refused
  outcome.stepBudgetExhausted = shadow.stepBudgetExhausted
  outcome.memoryBudgetExhausted = shadow.memoryBudgetExhausted
  outcome.deleteLimitReached = shadow.deleteLimitReached
  return outcome
}

private func run(_ sql: String, trackRowIdentity: Bool = false, settings: SQLiteShadowSettings = .init()) throws
  -> Outcome
{
  let shadow = try SQLiteShadowConnection(image: try image(), settings: settings)
  return run(sql, on: shadow, trackRowIdentity: trackRowIdentity)
}

struct SQLiteShadowEscapes {
  @Test(arguments: [
    ("ATTACH '/tmp/assay-escape.db' AS x", "ATTACH"),
    ("ATTACH 'file:/tmp/assay-escape.db?vfs=unix' AS x", "ATTACH"),
    ("ATTACH ':memory:' AS x", "ATTACH"),
    ("ATTACH '' AS x", "ATTACH"),
    ("ATTACH ?1 AS x", "ATTACH"),
    ("DETACH main", "DETACH"),
    ("VACUUM INTO '/tmp/assay-escape.db'", "VACUUM INTO"),
    ("VACUUM main INTO '/tmp/assay-escape.db'", "VACUUM INTO"),
    ("SELECT load_extension('/tmp/assay-escape.so')", "load_extension"),
    ("SELECT ReadFile('/etc/hostname')", "readfile"),
    ("SELECT writefile('/tmp/assay-escape', 'x') FROM customer", "writefile"),
    ("SELECT edit('x', 'vi')", "edit"),
    ("SELECT fts3_tokenizer('simple')", "fts3_tokenizer"),
    ("PRAGMA writable_schema = ON", "PRAGMA writable_schema"),
    ("PRAGMA Writable_Schema(1)", "PRAGMA writable_schema"),
    ("PRAGMA writable_schema = RESET", "PRAGMA writable_schema"),
    ("PRAGMA temp_store_directory = '/tmp'", "PRAGMA temp_store_directory"),
    ("CREATE VIRTUAL TABLE t USING csv(filename='/etc/passwd')", "module csv"),
    (
      "CREATE TRIGGER e AFTER INSERT ON log BEGIN SELECT readfile('/etc/hostname'); END; INSERT INTO log VALUES (1)",
      "readfile"
    ),
    ("CREATE VIEW e AS SELECT readfile('/etc/hostname'); SELECT * FROM e", "readfile"),
    ("CREATE VIEW e AS SELECT load_extension('x', 'y'); SELECT * FROM e", "load_extension"),
  ])
  func `an escape is refused and named`(sql: String, refusal: String) throws {
    let outcome = try run(sql)
    #expect(outcome.refused == [refusal])
    #expect(outcome.error != nil)
    #expect(outcome.rows.isEmpty)
  }

  @Test func `refused escapes leave no file behind`() throws {
    for sql in ["ATTACH 'assay-escape.db' AS x; CREATE TABLE x.t(a)", "VACUUM INTO 'assay-escape.db'"] {
      _ = try run(sql)
      #expect(throws: SQLiteError.self) { _ = try SQLiteDatabase(path: "assay-escape.db", access: .readOnly) }
    }
  }

  @Test(arguments: [
    "VACUUM", "PRAGMA writable_schema", "PRAGMA writable_schema = 0", "PRAGMA journal_mode = WAL",
    "PRAGMA temp_store = FILE", "PRAGMA foreign_keys = off", "ANALYZE", "REINDEX",
    "CREATE VIRTUAL TABLE f USING fts5(a); INSERT INTO f VALUES ('x'); SELECT * FROM f",
    "CREATE TEMP TABLE t AS SELECT * FROM customer; DROP TABLE t", "BEGIN; SAVEPOINT a; RELEASE a; COMMIT",
    "WITH a AS (SELECT a.rowid FROM log a, log b) SELECT count(*) FROM a",
  ])
  func `what stays inside is not refused`(sql: String) throws {
    let outcome = try run(sql)
    #expect(outcome.refused.isEmpty)
    #expect(outcome.error == nil)
  }

  @Test func `the schema table cannot be edited`() throws {
    let outcome = try run("UPDATE sqlite_master SET sql = 'x'")
    #expect(outcome.error != nil)
    #expect(outcome.changes.isEmpty)
  }

  @Test func `the library has no module that reaches files`() throws {
    let outcome = try run("SELECT name FROM pragma_module_list")
    #expect(outcome.rows.contains("fts5"))
    #expect(Set(outcome.rows).isDisjoint(with: ["csv", "fsdir", "zipfile", "sqlite_dbpage", "swarmvtab", "unionvtab"]))
  }

  @Test func `a vacuum does not open the door for an attach`() throws {
    let shadow = try SQLiteShadowConnection(image: try image())
    #expect(run("VACUUM", on: shadow).error == nil)
    #expect(shadow.database.setLimit(.attached, to: -1) == 0)
    #expect(run("ATTACH '' AS x", on: shadow).refused == ["ATTACH"])
  }

  @Test func `a misspelt column in double quotes is an error`() throws {
    let outcome = try run("DELETE FROM customer WHERE \"nmae\" = \"nmae\"")
    #expect(outcome.error?.message.contains("no such column") == true)
    #expect(outcome.changes.isEmpty)
    #expect(try run("CREATE INDEX i ON customer(\"nmae\")").error != nil)
  }
}

struct SQLiteShadowEffects {
  @Test func `rows removed by a cascade are counted as indirect`() throws {
    let outcome = try run("DELETE FROM customer WHERE id <= 4")
    #expect(outcome.change("customer")?.direct == SQLiteRowCounts(deleted: 4))
    #expect(outcome.change("purchase")?.direct == SQLiteRowCounts())
    #expect(outcome.change("purchase")?.indirect == SQLiteRowCounts(deleted: 20))
    #expect(outcome.changes.map(\.table) == ["customer", "purchase"])
  }

  @Test func `without foreign keys nothing cascades`() throws {
    var settings = SQLiteShadowSettings()
    settings.foreignKeys = false
    #expect(try run("DELETE FROM customer", settings: settings).changes.map(\.table) == ["customer"])
    let shadow = try SQLiteShadowConnection(image: try image(), settings: settings)
    try shadow.setForeignKeys(true)
    #expect(run("DELETE FROM customer", on: shadow).change("purchase")?.deleted == 100)
  }

  @Test func `rows written by a trigger are counted as indirect`() throws {
    let outcome = try run("DELETE FROM audited")
    #expect(outcome.change("audited")?.direct.deleted == 5)
    #expect(outcome.change("log")?.indirect.inserted == 5)
  }

  @Test func `a delete of every row is counted`() throws {
    #expect(try run("DELETE FROM log").change("log")?.direct.deleted == 200)
  }

  @Test func `the rows that REPLACE removes are counted`() throws {
    let outcome = try run(
      "INSERT OR REPLACE INTO customer VALUES (1, 'x', 'y', 0), (2, 'x', 'y', 0), (99, 'x', 'y', 0)")
    #expect(outcome.change("customer")?.direct == SQLiteRowCounts(inserted: 3, deleted: 2))
    #expect(outcome.change("purchase")?.indirect.deleted == 10)
  }

  @Test func `a table without rowid is counted`() throws {
    #expect(try run("DELETE FROM keyed").change("keyed")?.direct.deleted == 2)
    #expect(try run("UPDATE keyed SET a = a + 1").change("keyed")?.direct.updated == 2)
    #expect(try run("UPDATE keyed SET a = a").change("keyed")?.unchanged == 2)
    #expect(try run("INSERT INTO keyed VALUES ('c', 3)").change("keyed")?.direct.inserted == 1)
  }

  @Test(arguments: [
    ("UPDATE customer SET name = name, balance = balance", 20, 20),
    ("UPDATE customer SET balance = id", 20, 20),
    ("UPDATE customer SET name = CASE id WHEN 7 THEN 'other' ELSE name END", 20, 19),
    ("UPDATE customer SET name = CAST(name AS BLOB)", 20, 0),
    ("UPDATE customer SET balance = NULL WHERE id < 3", 2, 0),
    ("UPDATE customer SET balance = balance + 0.25", 20, 0),
  ])
  func `updates that change no value are counted apart`(sql: String, updated: Int, unchanged: Int) throws {
    let change = try run(sql).change("customer")
    #expect(change?.updated == updated)
    #expect(change?.unchanged == unchanged)
  }

  @Test func `a moved rowid is a change`() throws {
    let change = try run("UPDATE log SET rowid = rowid + 1000").change("log")
    #expect(change?.updated == 200)
    #expect(change?.unchanged == 0)
  }

  @Test func `rows put back as they were are not lost`() throws {
    let same = "INSERT OR REPLACE INTO customer SELECT * FROM customer WHERE id > 15"
    #expect(try run(same, trackRowIdentity: true).change("customer")?.netDeleted == 0)
    #expect(try run(same).change("customer")?.netDeleted == nil)
    let other = "INSERT OR REPLACE INTO customer SELECT id, name, 'x', balance FROM customer WHERE id > 15"
    #expect(try run(other, trackRowIdentity: true).change("customer")?.netDeleted == 5)
    let script =
      "CREATE TEMP TABLE keep AS SELECT * FROM log; DELETE FROM log; INSERT INTO log SELECT * FROM keep LIMIT 150"
    let outcome = try run(script, trackRowIdentity: true)
    #expect(outcome.change("log")?.deleted == 200)
    #expect(outcome.change("log")?.netDeleted == 50)
  }

  @Test func `temporary tables are kept apart`() throws {
    let outcome = try run("CREATE TEMP TABLE log(a); INSERT INTO temp.log VALUES (1); DELETE FROM main.log")
    #expect(outcome.changes.map(\.isTemporary) == [false, true])
    #expect(outcome.changes.map(\.deleted) == [200, 0])
    #expect(outcome.changes.map(\.inserted) == [0, 1])
  }

  @Test func `a vacuum and a dropped table delete no rows`() throws {
    #expect(try run("VACUUM").changes.isEmpty)
    let outcome = try run("DROP TABLE log")
    #expect(outcome.changes.isEmpty)
    #expect(outcome.actions.contains(SQLiteAction(kind: .dropTable, name: "log", database: "main")))
  }

  @Test func `each statement starts from nothing`() throws {
    let shadow = try SQLiteShadowConnection(image: try image())
    #expect(run("DELETE FROM log WHERE rowid = 1", on: shadow).changes.count == 1)
    let second = run("SELECT 1", on: shadow)
    #expect(second.changes.isEmpty && second.reads.isEmpty && second.actions.isEmpty)
  }

  @Test func `the harness's own statements are not recorded`() throws {
    let shadow = try SQLiteShadowConnection(image: try image())
    shadow.beginStatement(unixMilliseconds: 0, seed: 0)
    try shadow.withoutRecording { (database) throws(SQLiteError) in try database.execute("DELETE FROM log") }
    #expect(shadow.changes.isEmpty && shadow.reads.isEmpty && shadow.actions.isEmpty)
    try shadow.database.execute("DELETE FROM keyed")
    #expect(shadow.changes.map(\.table) == ["keyed"])
  }

  @Test func `columns are read through views and in predicates`() throws {
    let outcome = try run("SELECT name FROM v WHERE number LIKE '000%'")
    #expect(outcome.reads.contains(SQLiteColumnRead(database: "main", table: "customer", column: "ssn", source: "v")))
    #expect(Set(outcome.reads).count == outcome.reads.count)
    let counted = try run("SELECT count(*) FROM customer")
    #expect(counted.reads == [SQLiteColumnRead(database: "", table: "customer", column: "")])
  }

  @Test(arguments: [
    ("ALTER TABLE log RENAME TO old", SQLiteAction(kind: .alterTable, name: "main", detail: "log")),
    ("BEGIN", SQLiteAction(kind: .transaction, name: "BEGIN")),
    ("SAVEPOINT a", SQLiteAction(kind: .savepoint, name: "BEGIN", detail: "a")),
    ("SELECT upper('a')", SQLiteAction(kind: .function, detail: "upper")),
    ("PRAGMA user_version = 7", SQLiteAction(kind: .pragma, name: "user_version", detail: "7")),
    ("CREATE TABLE t(a)", SQLiteAction(kind: .createTable, name: "t", database: "main")),
    ("DROP VIEW v", SQLiteAction(kind: .dropView, name: "v", database: "main")),
  ])
  func `an action is on record`(sql: String, action: SQLiteAction) throws {
    let outcome = try run(sql)
    #expect(outcome.error == nil)
    #expect(outcome.actions.contains(action))
  }

  @Test func `many distinct reads are all on record`() throws {
    let columns = (0..<700).map { "c\($0)" }
    let source = try SQLiteDatabase.inMemory()
    try source.execute("CREATE TABLE wide(\(columns.joined(separator: ",")))")
    let shadow = try SQLiteShadowConnection(image: try source.serialize())
    #expect(run("SELECT *, * FROM wide", on: shadow).reads.map(\.column) == columns)
    #expect(run("SELECT c3 FROM wide", on: shadow).reads.map(\.column) == ["c3"])
  }
}

struct SQLiteShadowSurroundings {
  /// 2026-07-01 12:30:15.250 UTC.
  private let time: Int64 = 1_782_909_015_250

  @Test(arguments: [
    ("SELECT datetime('now')", "2026-07-01 12:30:15"),
    ("SELECT CURRENT_TIMESTAMP", "2026-07-01 12:30:15"),
    ("SELECT strftime('%f', 'now')", "15.250"),
    ("SELECT julianday('now') = julianday('2026-07-01 12:30:15.250')", "1"),
    ("SELECT datetime('now', 'localtime')", "2026-07-01 12:30:15"),
    ("SELECT unixepoch()", "1782909015"),
  ])
  func `now is the given time`(sql: String, expected: String) throws {
    let shadow = try SQLiteShadowConnection(image: try image())
    #expect(run(sql, on: shadow, time: time).rows == [expected])
  }

  @Test func `a default of a column takes the given time`() throws {
    let shadow = try SQLiteShadowConnection(image: try image("CREATE TABLE t(a, at DEFAULT CURRENT_DATE)"))
    #expect(run("INSERT INTO t(a) VALUES (1); SELECT at FROM t", on: shadow, time: time).rows == ["2026-07-01"])
    #expect(run("SELECT date('now')", on: shadow, time: 0).rows == ["1970-01-01"])
  }

  @Test func `two shadows keep their own time`() throws {
    let first = try SQLiteShadowConnection(image: try image())
    let second = try SQLiteShadowConnection(image: try image())
    first.beginStatement(unixMilliseconds: 0, seed: 0)
    second.beginStatement(unixMilliseconds: time, seed: 0)
    var statement = try first.database.prepare("SELECT datetime('now')")
    try statement.step()
    #expect(statement.text(0) == "1970-01-01 00:00:00")
  }

  @Test func `random values follow from the seed alone`() throws {
    let sql = "SELECT random() || hex(randomblob(11)) || random() FROM log LIMIT 3"
    let shadow = try SQLiteShadowConnection(image: try image())
    let first = run(sql, on: shadow, seed: 7).rows
    #expect(Set(first).count == 3)
    #expect(run(sql, on: shadow, seed: 7).rows == first)
    #expect(try run("SELECT 1").rows == ["1"])
    #expect(run(sql, on: shadow, seed: 8).rows != first)
    #expect(run("SELECT length(randomblob(0)), length(randomblob(9))", on: shadow).rows == ["1"])
  }

  @Test func `a runaway query is stopped by its steps`() throws {
    var settings = SQLiteShadowSettings()
    settings.stepBudget = 100_000
    let shadow = try SQLiteShadowConnection(image: try image(), settings: settings)
    let outcome = run(
      "WITH RECURSIVE r(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM r) SELECT max(n) FROM r", on: shadow)
    #expect(outcome.error?.name == "SQLITE_INTERRUPT")
    #expect(outcome.stepBudgetExhausted)
    let next = run("SELECT count(*) FROM log", on: shadow)
    #expect(next.rows == ["200"])
    #expect(!next.stepBudgetExhausted)
  }

  @Test(arguments: [
    "WITH RECURSIVE r(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM r) SELECT zeroblob(1000000) || n FROM r ORDER BY 1",
    "CREATE TEMP TABLE t AS WITH RECURSIVE r(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM r) SELECT randomblob(1000000) FROM r",
    "CREATE TABLE t AS WITH RECURSIVE r(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM r) SELECT randomblob(1000000) FROM r",
  ])
  func `a statement that eats memory is stopped`(sql: String) throws {
    var settings = SQLiteShadowSettings()
    settings.memoryBudget = 8 << 20
    let shadow = try SQLiteShadowConnection(image: try image(), settings: settings)
    let outcome = run(sql, on: shadow)
    #expect(outcome.error != nil)
    #expect(outcome.memoryBudgetExhausted)
    #expect(run("SELECT count(*) FROM log", on: shadow).rows == ["200"])
  }

  @Test func `a shadow does not outgrow its limit`() throws {
    var settings = SQLiteShadowSettings()
    settings.growthLimit = 1 << 20
    let outcome = try run(
      "INSERT INTO log SELECT randomblob(100000) FROM log", settings: settings)
    #expect(outcome.error?.name == "SQLITE_FULL")
  }

  @Test func `a delete is interrupted at its limit`() throws {
    var settings = SQLiteShadowSettings()
    settings.deleteLimit = 50
    let outcome = try run("DELETE FROM log", settings: settings)
    #expect(outcome.deleteLimitReached)
    #expect(outcome.error?.name == "SQLITE_INTERRUPT")
    #expect((outcome.change("log")?.deleted ?? 0) >= 50)
    #expect(try !run("DELETE FROM log WHERE rowid < 50", settings: settings).deleteLimitReached)
  }
}

struct SQLiteShadowImages {
  @Test func `a reload brings the image back and leaves nothing of the session`() throws {
    let original = try image()
    var shadow = try SQLiteShadowConnection(image: original)
    _ = run("CREATE TEMP TABLE t(a); PRAGMA recursive_triggers = 1; DELETE FROM log; BEGIN; DROP VIEW v", on: shadow)
    try shadow.reload(image: original)
    #expect(run("SELECT count(*) FROM log", on: shadow).rows == ["200"])
    #expect(run("SELECT count(*) FROM v", on: shadow).rows == ["20"])
    #expect(run("PRAGMA recursive_triggers", on: shadow).rows == ["0"])
    #expect(run("SELECT * FROM temp.t", on: shadow).error != nil)
    #expect(try shadow.database.serialize() == original)
  }

  @Test func `clones do not see each other`() throws {
    let original = try image()
    let first = try SQLiteShadowConnection(image: original)
    let second = try SQLiteShadowConnection(image: original)
    _ = run("DELETE FROM log", on: first)
    #expect(run("SELECT count(*) FROM log", on: second).rows == ["200"])
  }

  @Test func `an image in write-ahead mode opens`() throws {
    var original = try image()
    original[18] = 2
    original[19] = 2
    let shadow = try SQLiteShadowConnection(image: original)
    #expect(run("DELETE FROM log; SELECT count(*) FROM log", on: shadow).rows == ["0"])
  }

  @Test func `an empty image is an empty database`() throws {
    let shadow = try SQLiteShadowConnection(image: [])
    #expect(run("CREATE TABLE t(a); INSERT INTO t VALUES (1); SELECT a FROM t", on: shadow).rows == ["1"])
  }

  @Test func `a broken image is an error, not a crash`() throws {
    let original = try image()
    let noise = (0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ 13) }
    let shadow = try SQLiteShadowConnection(image: noise)
    #expect(run("SELECT * FROM log", on: shadow).error?.name == "SQLITE_NOTADB")
    for damaged in stride(from: 100, to: original.count, by: 97) {
      var bytes = original
      for place in damaged..<min(damaged + 40, bytes.count) { bytes[place] ^= 0x5a }
      let shadow = try SQLiteShadowConnection(image: bytes)
      for sql in ["SELECT * FROM v", "DELETE FROM customer", "INSERT INTO log SELECT * FROM log", "VACUUM"] {
        _ = run(sql, on: shadow, trackRowIdentity: true)
      }
      #expect(shadow.refused.isEmpty)
    }
  }
}
