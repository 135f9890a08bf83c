import AuditTrail
import Foundation
import Postgres
import SQLite
import Testing

@testable import Replay
@testable import PostgresShadows
@testable import SQLiteShadows
@testable import SyntheticShadows

private let schema = """
  CREATE TABLE customers (id INTEGER PRIMARY KEY, name VARCHAR(40) NOT NULL, email TEXT NOT NULL UNIQUE, city TEXT,
    referred_by INTEGER REFERENCES customers (id), plan TEXT NOT NULL CHECK (plan IN ('basic', 'plus')));
  CREATE TABLE visits (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    score INTEGER NOT NULL CHECK (score BETWEEN 1 AND 5), visited_on DATE NOT NULL, status TEXT NOT NULL);
  CREATE TABLE tags (id INTEGER PRIMARY KEY, label TEXT NOT NULL UNIQUE);
  CREATE TABLE visit_tags (visit_id INTEGER NOT NULL REFERENCES visits (id), tag_id INTEGER NOT NULL REFERENCES tags (id),
    PRIMARY KEY (visit_id, tag_id));
  CREATE TABLE impossible (id INTEGER PRIMARY KEY, a INTEGER NOT NULL CHECK (a > 10 AND a < 5));
  """

private let recorded: [(sql: String, parameters: [Parameter], rows: Int64?)] = [
  ("SELECT * FROM customers WHERE id = 4711", [], 1),
  ("SELECT * FROM customers WHERE email = $1", [Parameter(type: "text", value: "ada@example.com")], 1),
  ("DELETE FROM visits WHERE status = 'void'", [], 37),
  ("UPDATE visits SET status = 'done' WHERE id = ?", [Parameter(type: nil, value: "9")], 1),
  ("INSERT INTO tags (id, label) VALUES (3, 'new')", [], 1),
  ("SELECT id FROM visits v WHERE v.customer_id = 5 AND v.score = 2", [], 3),
]

@Suite(.serialized) struct CreateShadowTests {
  private func created(
    seed: UInt64 = 0, rows: String = "customers,500\nvisits,2000\ntags,10\nvisit_tags,900\nimpossible,20",
    engine: String = "sqlite"
  ) throws -> CreatedShadow {
    let folder = try Folder()
    let path = folder.path + "/schema.sql"
    try Data(schema.utf8).write(to: URL(filePath: path))
    var creation = ShadowCreation(schema: try ShadowSource("\(engine):\(path)"), usesRows: false)
    creation.production = try ProductionRows(csv: rows, path: "rows.csv")
    creation.seed = seed
    creation.asOf = Timestamp("2026-07-01T00:00:00Z")
    return try createShadow(creation, recorded: recorded, asDatabase: false)
  }

  private func database(_ made: CreatedShadow) throws -> SQLiteDatabase {
    let shadow = try SQLiteShadow(script: String(decoding: made.bytes, as: UTF8.self), path: "made.sql")
    #expect(shadow.basis == .synthetic)
    #expect(shadow.asOf == Timestamp("2026-07-01T00:00:00Z"))
    let database = try SQLiteDatabase.inMemory()
    try database.deserialize(shadow.image)
    return database
  }

  private func number(_ sql: String, _ database: borrowing SQLiteDatabase) throws -> Int64 {
    var rows = try database.prepare(sql)
    return try rows.step() ? rows.int64(0) : -1
  }

  @Test(arguments: [0, 1, 7, 4242] as [UInt64])
  func `keys and checks hold for every seed, and the same seed gives the same bytes`(_ seed: UInt64) throws {
    let made = try created(seed: seed)
    #expect(try created(seed: seed).bytes == made.bytes)
    let database = try database(made)
    #expect(try number("SELECT count(*) FROM pragma_foreign_key_check", database) == 0)
    #expect(try number("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'", database) == 0)
    #expect(try number("SELECT count(*) FROM customers", database) == 500)
    #expect(try number("SELECT count(*) FROM visits", database) == 2000)
    #expect(try number("SELECT count(*) FROM visit_tags", database) == 900)
    #expect(try number("SELECT count(*) FROM visits WHERE score NOT BETWEEN 1 AND 5", database) == 0)
    #expect(
      try number("SELECT max(n) - min(n) FROM (SELECT count(*) n FROM visits GROUP BY customer_id)", database) <= 2)
  }

  @Test func `another seed gives other rows`() throws {
    #expect(try created(seed: 1).bytes != created(seed: 2).bytes)
  }

  @Test func `recorded literals and parameters find their rows`() throws {
    let database = try database(created())
    #expect(try number("SELECT count(*) FROM customers WHERE id = 4711", database) == 1)
    #expect(try number("SELECT count(*) FROM customers WHERE email = 'ada@example.com'", database) == 1)
    #expect(try number("SELECT abs(count(*) - 37) <= 2 FROM visits WHERE status = 'void'", database) == 1)
    #expect(try number("SELECT count(*) FROM visits WHERE id = 9 AND status <> 'done'", database) == 1)
    // What a session inserts itself is not there before.
    #expect(try number("SELECT count(*) FROM tags WHERE id = 3", database) == 0)
    #expect(try number("SELECT count(*) >= 1 FROM visits WHERE customer_id = 5 AND score = 2", database) == 1)
  }

  @Test func `sensitive columns hold a canary in every cell`() throws {
    let database = try database(created())
    #expect(
      try number("SELECT count(DISTINCT email) FROM customers WHERE email LIKE 'c%@example.invalid'", database) == 499)
  }

  @Test func `a table whose checks cannot be met says so with the constraint`() throws {
    let made = try created()
    let table = try #require(made.tables.first { $0.name == "impossible" })
    #expect(table.made == 0 && table.wanted == 20)
    #expect(table.shortfall?.contains("CHECK") == true)
    #expect(made.tables.filter { $0.shortfall != nil }.map(\.name) == ["impossible"])
  }

  @Test func `a copy's numbers are kept and none of its values`() throws {
    let folder = try Folder()
    let path = folder.path + "/copy.sql"
    let copy = """
      CREATE TABLE p (id INTEGER PRIMARY KEY, note TEXT);
      CREATE TABLE c (id INTEGER PRIMARY KEY, p_id INTEGER REFERENCES p (id), city TEXT);
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20) INSERT INTO p SELECT i, 'private' || i FROM n;
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)
        INSERT INTO c SELECT i, CASE WHEN i <= 60 THEN 1 WHEN i <= 79 THEN i - 59 END, CASE WHEN i % 2 THEN 'Secretville' END FROM n;
      """
    try Data(copy.utf8).write(to: URL(filePath: path))
    let made = try createShadow(
      ShadowCreation(schema: ShadowSource("sqlite:\(path)"), usesRows: true), recorded: [], asDatabase: false)
    let text = String(decoding: made.bytes, as: UTF8.self)
    #expect(!text.contains("private") && !text.contains("Secretville"))
    let shadow = try SQLiteShadow(script: text, path: "made.sql")
    let database = try SQLiteDatabase.inMemory()
    try database.deserialize(shadow.image)
    #expect(
      try number("SELECT max(n) FROM (SELECT count(*) n FROM c WHERE p_id NOTNULL GROUP BY p_id)", database) == 60)
    #expect(try number("SELECT count(*) FROM c WHERE p_id IS NULL", database) == 21)
    #expect(try number("SELECT count(*) BETWEEN 30 AND 70 FROM c WHERE city IS NULL", database) == 1)
  }

  /// What the making of a shadow of a schema comes to.
  private func fault(
    _ engine: String, _ schema: String, seconds: Double = 300, usesRows: Bool = false
  ) throws -> AssayError? {
    let folder = try Folder()
    let path = folder.path + "/schema.sql"
    try Data(schema.utf8).write(to: URL(filePath: path))
    var creation = ShadowCreation(schema: try ShadowSource("\(engine):\(path)"), usesRows: usesRows)
    creation.defaultRows = 2000
    creation.seconds = seconds
    do {
      _ = try createShadow(creation, recorded: [], asDatabase: false)
      return nil
    } catch { return error }
  }

  @Test(arguments: [
    ("sqlite", "CREATE TABLE t (id INTEGER PRIMARY KEY, g INT AS (abs(-9223372036854775807 - 1)) STORED);"),
    (
      "postgres",
      """
      CREATE FUNCTION public.f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = 'P0001'; END $$;
      CREATE TABLE public.t (id int PRIMARY KEY, a int CHECK (public.f() > 0));
      """
    ),
  ]) func `a schema whose code fails is refused, as no fault of the program`(engine: String, schema: String) throws {
    let fault = try #require(try fault(engine, schema))
    #expect(fault.code == .invalidFile)
    #expect(fault.message.contains("the schema's own code") || fault.message.contains("The schema's own code"))
    #expect(fault.place?.path == "t")
  }

  @Test(arguments: [
    (
      "sqlite",
      "CREATE TABLE t (id INTEGER PRIMARY KEY, g INT AS (length(hex(zeroblob(7000000))) + length(hex(zeroblob(7000000)))) STORED);"
    ),
    (
      "postgres",
      """
      CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS $$ SELECT 1 FROM pg_sleep(0.2) $$;
      CREATE TABLE public.t (id int PRIMARY KEY, a int CHECK (public.f() > 0));
      """
    ),
  ]) func `code that is slow for each row ends the making, in the sum of all rows`(engine: String, schema: String)
    throws
  {
    let fault = try #require(try fault(engine, schema, seconds: 1))
    #expect(fault.code == .invalidFile)
    #expect(fault.message.contains("more time or memory"))
  }

  @Test func `reading rows whose generated columns are slow ends, in the sum of all tables`() throws {
    let tables = (0..<40).map {
      """
      CREATE TABLE t\($0) (id INTEGER PRIMARY KEY, g INT AS (length(hex(zeroblob(7000000 + id)))));
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20) INSERT INTO t\($0) (id) SELECT i FROM n;
      """
    }
    let fault = try #require(try fault("sqlite", tables.joined(separator: "\n"), seconds: 1, usesRows: true))
    #expect(fault.code == .invalidFile)
  }

  @Test(arguments: ["sqlite", "postgres"])
  func `row counts of tables that the schema lacks are listed with their line`(engine: String) throws {
    let made = try created(rows: "table,rows\ncustomers,5\nvisitz,7\npublic.tags,3\nother.tags,3", engine: engine)
    let listed = made.omitted.filter { $0.contains("not a table of the schema") }
    #expect(listed.map { $0.prefix { $0 != "," } } == ["rows.csv:3: visitz", "rows.csv:5: other.tags"])
  }

  @Test func `a shadow for PostgreSQL loads, and its keys and planted rows are there`() throws {
    let made = try created(engine: "postgres")
    #expect(try created(engine: "postgres").bytes == made.bytes)
    #expect(made.tables.filter { $0.shortfall != nil }.map(\.name) == ["impossible"])
    let folder = try Folder()
    let path = folder.path + "/made.sql"
    try Data(made.bytes).write(to: URL(filePath: path))
    let shadow = try PostgresShadow(reading: ShadowSource("postgres:\(path)"))
    defer { shadow.close() }
    #expect(shadow.basis == .synthetic)
    #expect(shadow.asOf == Timestamp("2026-07-01T00:00:00Z"))
    #expect(shadow.tables["visits"]?.rows == 2000)
    let session = try PostgresConnection(shadow.pool.take().connection)
    #expect(try session.execute("SELECT count(*) FROM customers WHERE id = 4711").integer(0, 0) == 1)
    #expect(try session.execute("SELECT abs(count(*) - 37) <= 2 FROM visits WHERE status = 'void'").text(0, 0) == "t")
  }

  @Test func `the query for row counts names every table and reads counts only`() throws {
    let folder = try Folder()
    let path = folder.path + "/schema.sql"
    try Data(schema.utf8).write(to: URL(filePath: path))
    let query = try rowCountQuery(ShadowSource("sqlite:\(path)"))
    let database = try SQLiteDatabase.inMemory()
    try database.execute(schema)
    var rows = try database.prepare(query)
    var names: [String] = []
    while try rows.step() { names.append(rows.text(0)) }
    #expect(names == ["customers", "impossible", "tags", "visit_tags", "visits"])
  }
}
