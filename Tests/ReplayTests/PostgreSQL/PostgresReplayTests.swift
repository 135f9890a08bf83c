import AuditTrail
import GoldenCorpus
import Ledger
import Postgres
import SQLAnalysis
import Testing

@testable import Replay
@testable import PostgresShadows
@testable import SQLiteShadows
@testable import SyntheticShadows

@Suite(
  .serialized,
  .disabled(if: postgresIsAbsentOnPurpose, "ASSAY_TEST_WITHOUT_POSTGRESQL says that there is no server"))
struct PostgresReplayTests {
  private static func clones(_ pool: PostgresClonePool, sensitive: [String] = []) throws -> PostgresClones {
    try PostgresClones(
      pool, source: "test", basis: .copy, production: ProductionRows(),
      Measuring(sensitive: sensitive, analyze: { analyze($0, as: $1) }))
  }

  /// Rows of `people` that each statement destroyed.
  private func destroyed(_ effects: [MeasuredStatement]) -> [Int64] {
    effects.map { $0.effect.tables["people"]?.destroyed ?? 0 }
  }

  private func statement(
    _ number: Int64, _ sql: String, _ parameters: [Parameter]? = nil, isBlocked: Bool = false
  ) -> StatementEntry {
    StatementEntry(
      id: number, session: 1, sequence: number, time: Timestamp(nanoseconds: number), textID: number, sql: sql,
      parameters: parameters, decision: Decision(action: isBlocked ? .block : .allow),
      outcome: isBlocked ? .notRun : .ran, approval: nil, approved: false, result: nil, unit: nil, completeness: [])
  }

  /// What a session measures must not depend on whether its statements ran in groups or one by one.
  @Test func `statements in groups are measured as one by one`() throws {
    let pool = try SharedCluster.cluster.pool(
      """
      CREATE TABLE t (id serial PRIMARY KEY, n int UNIQUE, s text);
      CREATE TABLE log (id int, what text);
      CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO log VALUES (old.id, tg_op); RETURN NULL; END';
      CREATE TRIGGER note AFTER UPDATE OR DELETE ON t FOR EACH ROW EXECUTE FUNCTION note();
      INSERT INTO t (n, s) SELECT i, 's' FROM generate_series(1, 500) i;
      """)
    defer { pool.close() }
    let clones = try Self.clones(pool)
    var together: [StatementEntry] = []
    for index in 0..<400 {
      let sql =
        switch index % 8 {
        case 0: "SELECT count(*) FROM t"
        case 1: "UPDATE t SET s = 'x' WHERE id = \(index + 1)"
        case 2: "DELETE FROM t WHERE id BETWEEN \(index) AND \(index + 1)"
        case 3: "INSERT INTO t (n, s) VALUES (\(1000 + index), 'new')"
        case 4: "INSERT INTO t (n, s) VALUES (\(index % 3 == 0 ? 500 : 2000 + index), 'twice')"
        case 5: "UPDATE t SET s = s WHERE id < 20"
        case 6: "SELECT * FROM nowhere_\(index % 24 == 6 ? "x" : "y")"
        default: "WITH d AS (DELETE FROM log RETURNING id) SELECT count(*) FROM d"
        }
      together.append(statement(Int64(index + 1), sql))
    }
    // A comment makes each a text of two commands for the planner of groups: an empty SELECT is next to it.
    let apart = together.map { statement($0.id, "SELECT 1; " + $0.sql) }
    let replay = clones.open()
    let first = try replay.measure(together, engine: "postgresql").map(\.effect)
    let second = try replay.measure(together, engine: "postgresql").map(\.effect)
    let third = try replay.measure(apart, engine: "postgresql").map(\.effect)
    #expect(first == second)
    for (index, pair) in zip(first, third).enumerated() {
      #expect(pair.0.tables == pair.1.tables, "\(together[index].sql)")
      #expect(pair.0.execution == pair.1.execution, "\(together[index].sql)")
      #expect(pair.0.ownCount == pair.1.ownCount, "\(together[index].sql)")
    }
    #expect(first.contains { !$0.tables.isEmpty })
  }

  @Test func `sessions leave a shared clone as they found it`() throws {
    let file = try GoldenFile.read("objects", on: .postgresql)
    let replay = try file.clones(on: SharedCluster.cluster).open()
    let rounds = try (0..<2).map { _ in
      try file.cases.map { try replay.measure($0.entries(), engine: $0.engineName).map(\.effect) }
    }
    #expect(rounds[0] == rounds[1])
  }

  @Test func `a session that ends its own server process has no verdict, and the next one has`() throws {
    let pool = try SharedCluster.cluster.pool("CREATE TABLE t (id int); INSERT INTO t VALUES (1)")
    defer { pool.close() }
    let clones = try Self.clones(pool)
    let replay = clones.open()
    let lost = try replay.measure(
      [statement(1, "SET idle_in_transaction_session_timeout = 1"), statement(2, "DELETE FROM t")],
      engine: "postgresql"
    ).map(\.effect)
    #expect(lost.count == 2)
    let next = try replay.measure([statement(3, "DELETE FROM t")], engine: "postgresql").map(\.effect)
    #expect(next.first?.tables["t"]?.deleted == 1)
  }

  /// One call over long texts looks for no cancel: its process goes on until the cluster ends, and holds up every drop.
  @Test(arguments: [[], ["t.secret"]])
  func `a command that takes no cancel is left behind, and the next sessions are measured`(_ sensitive: [String]) throws
  {
    let cluster = try ScriptCluster()
    defer { cluster.close() }
    let pool = try cluster.pool("CREATE TABLE t (id int, secret text); INSERT INTO t VALUES (1, 'abc')")
    var measuring = Measuring(sensitive: sensitive, analyze: { analyze($0, as: $1) })
    measuring.secondsPerStatement = 0.5
    let clones = try PostgresClones(pool, source: "test", basis: .copy, production: ProductionRows(), measuring)
    let replay = clones.open()
    let long = "btrim(repeat('b', 150000), repeat('a', 150000) || 'b')"
    let stuck = try replay.measure(
      [statement(1, "DELETE FROM t"), statement(2, "SELECT \(long), secret FROM t")], engine: "postgresql"
    ).map(\.effect.execution)
    #expect(stuck.last == .notRun(.timeout))
    for number in Int64(3)...6 {
      let next = try replay.measure(
        [statement(number, "DELETE FROM t"), statement(number + 10, "CREATE TABLE n\(number) (id int)")],
        engine: "postgresql"
      ).map(\.effect)
      #expect(next.first?.tables["t"]?.deleted == 1)
    }
  }

  /// A probe that no rollback undoes runs on a clone that has lived through the same.
  @Test func `a blocked fetch in history leaves the cursor where it was`() throws {
    let pool = try SharedCluster.cluster.pool(
      """
      CREATE TABLE people (id int PRIMARY KEY, secret text);
      INSERT INTO people SELECT i, 'secret-' || i FROM generate_series(1, 60) i;
      """)
    defer { pool.close() }
    let clones = try Self.clones(pool, sensitive: ["people.secret"])
    let replay = try #require(clones.open() as? any HistoryReplay)
    _ = try replay.measure([statement(1, "DELETE FROM people WHERE id <= 20")], engine: "postgresql")
    let effects = try replay.measureNext(
      [
        statement(2, "DELETE FROM people WHERE id <= 30"),
        statement(3, "DECLARE c CURSOR WITH HOLD FOR SELECT secret FROM people"),
        statement(4, "FETCH ALL FROM c", isBlocked: true), statement(5, "FETCH ALL FROM c"),
      ], engine: "postgresql"
    ).map(\.effect)
    #expect(effects.map(\.leak) == [.none, .none, .raw, .raw])
    #expect(effects.map(\.rowsReturned) == [0, 0, 30, 30])
    #expect(effects[2].kept == false)
  }

  /// Rows that an earlier session or statement left as they were say nothing of a later one.
  @Test func `in history a row that was left as it was counts for its own statement alone`() throws {
    let pool = try SharedCluster.cluster.pool(
      """
      CREATE TABLE people (id int PRIMARY KEY, name text);
      INSERT INTO people SELECT i, 'name ' || i FROM generate_series(1, 60) i;
      """)
    defer { pool.close() }
    let clones = try Self.clones(pool)
    let replay = try #require(clones.open() as? any HistoryReplay)
    let first = try replay.measure(
      [statement(1, "UPDATE people SET name = name"), statement(2, "UPDATE people SET name = name WHERE id < 11")],
      engine: "postgresql")
    #expect(destroyed(first) == [0, 0])
    let second = try replay.measureNext(
      [
        statement(3, "UPDATE people SET name = 'x' WHERE id <= 50"),
        statement(4, "INSERT INTO people VALUES (100, 'new')"),
        statement(5, "UPDATE people SET name = 'y' WHERE id <= 3"), statement(6, "UPDATE people SET name = name"),
        statement(7, "CALL pg_temp.none()"), statement(8, "DELETE FROM people WHERE id = 100"),
        statement(9, "UPDATE people SET name = 'z' WHERE id <= 4"),
      ], engine: "postgresql")
    #expect(destroyed(second) == [50, 0, 3, 0, 0, 1, 4])
    let third = try replay.measureNext(
      [
        statement(
          10, "DO $$ BEGIN UPDATE people SET name = name; COMMIT; UPDATE people SET name = 'w' WHERE id = 1; END $$"),
        statement(11, "UPDATE people SET name = 'v' WHERE id <= 5"),
      ], engine: "postgresql")
    #expect(destroyed(third).last == 5)
  }

  /// A column is a session's own until the session ends.
  @Test func `a column that an earlier session added is not the next one's own`() throws {
    let pool = try SharedCluster.cluster.pool(
      """
      CREATE TABLE people (id int PRIMARY KEY, name text);
      INSERT INTO people SELECT i, 'name ' || i FROM generate_series(1, 60) i;
      """)
    defer { pool.close() }
    let clones = try Self.clones(pool)
    let replay = try #require(clones.open() as? any HistoryReplay)
    let first = try replay.measure(
      [
        statement(1, "ALTER TABLE people ADD COLUMN state text DEFAULT 'open'"),
        statement(2, "UPDATE people SET state = 'shut'"),
      ], engine: "postgresql")
    #expect(destroyed(first) == [0, 0])
    let second = try replay.measureNext(
      [
        statement(3, "UPDATE people SET state = 'x' WHERE id <= 50"),
        statement(4, "ALTER TABLE people ADD COLUMN b int"),
        statement(5, "UPDATE people SET b = 1"), statement(6, "UPDATE people SET b = 1, state = '' WHERE id <= 20"),
      ], engine: "postgresql")
    #expect(destroyed(second) == [50, 0, 0, 20])
  }

  @Test(arguments: [
    ("CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1'", "SELECT one()", true),
    ("CREATE PROCEDURE two() LANGUAGE sql AS 'SELECT 1'", "CALL two()", true),
    ("CREATE SEQUENCE three", "SELECT nextval('public.three')", true),
    ("CREATE TYPE public.four AS ENUM ('a')", "CREATE TABLE t (v four)", true),
    ("CREATE DOMAIN five AS int", "ALTER TABLE people ADD COLUMN v five", true),
    ("CREATE TABLE other (id int)", "CREATE TABLE another (id int)", false),
    ("CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1'", "SELECT name FROM people", false),
  ])
  func `sessions meet in what one makes and the other names, be it no table`(
    _ makes: String, _ names: String, _ meet: Bool
  ) throws {
    let pool = try SharedCluster.cluster.pool("CREATE TABLE people (id int PRIMARY KEY, name text);")
    defer { pool.close() }
    let clones = try Self.clones(pool)
    let references = try clones.references()
    let made = try #require(references.tables(of: clones.world.commands(of: statement(1, makes))))
    let named = try #require(references.tables(of: clones.world.commands(of: statement(2, names))))
    #expect(made.written.isDisjoint(with: named.touched) == !meet, "\(made.written) \(named.touched)")
  }

  /// What one session leaves the next one meets, and nothing of its connection; the end is counted on a clone.
  @Test func `sessions in history meet what earlier ones left`() throws {
    let pool = try SharedCluster.cluster.pool(
      """
      CREATE TABLE parents (id int PRIMARY KEY, secret text);
      CREATE TABLE children (id int PRIMARY KEY, parent int REFERENCES parents (id) ON DELETE CASCADE, at timestamptz DEFAULT clock_timestamp());
      CREATE TABLE log (what text);
      CREATE TABLE alone (id int);
      CREATE VIEW both_of_them AS SELECT c.id FROM parents p JOIN children c ON c.parent = p.id;
      CREATE FUNCTION gone() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO log VALUES (tg_op); RETURN NULL; END';
      CREATE TRIGGER gone AFTER DELETE ON children FOR EACH ROW EXECUTE FUNCTION gone();
      CREATE FUNCTION any_of(text) RETURNS void LANGUAGE plpgsql AS 'BEGIN EXECUTE $1; END';
      INSERT INTO parents SELECT i, 'secret-' || i FROM generate_series(1, 100) i;
      INSERT INTO children SELECT i, i FROM generate_series(1, 100) i;
      """)
    defer { pool.close() }
    let clones = try Self.clones(pool, sensitive: ["parents.secret"])
    let replay = try #require(clones.open() as? any HistoryReplay)
    _ = try replay.measure(
      [statement(1, "SET work_mem = '8MB'; DELETE FROM parents WHERE id <= 50")], engine: "postgresql")
    let second = try replay.measureNext(
      [
        statement(2, "DELETE FROM children WHERE id <= 60"), statement(3, "CREATE TEMP TABLE t (id int)"),
        statement(4, "BEGIN"), statement(5, "DELETE FROM children"),
      ], engine: "postgresql"
    ).map(\.effect)
    #expect(second[0].tables["children"]?.deleted == 10 && second[0].tables["children"]?.before == 50)
    #expect(!second[3].kept)
    let third = try replay.measureNext(
      [
        statement(6, "SELECT id FROM t"), statement(7, "CREATE TABLE copies AS SELECT secret FROM parents"),
        statement(8, "INSERT INTO children VALUES (200, 60)"), statement(10, "SELECT nextval('john_smith')"),
        statement(11, "SELECT 'john_smith'::regclass FROM parents"),
      ], engine: "postgresql"
    ).map(\.effect)
    #expect(third[0].execution == .failed(code: "42P01", missingObject: "t"))
    // A name that the text gives as a value may be one.
    #expect(third[3].execution == .failed(code: "42P01", missingObject: "(unnamed)"))
    #expect(third[4].execution == .failed(code: "42P01", missingObject: "(unnamed)"))
    let last = try replay.measureNext([statement(9, "SELECT secret FROM copies")], engine: "postgresql").map(\.effect)
    #expect(last[0].leak == .raw && last[0].leakedColumns == ["parents.secret"] && last[0].rowsReturned == 50)

    let end = try #require(try replay.endState(contentsOf: ["children", "parents"]))
    #expect(end.rows == ["parents": 50, "children": 41, "log": 60, "alone": 0, "copies": 50])
    #expect(end.objects.contains("trigger gone") && end.objects.contains("view both_of_them"))
    // The server's clock is not the same twice; what the statements wrote is.
    #expect(end.contents["children"]?["at"] == .some(nil))
    #expect(end.contents["children"]?["id"] != .some(nil) && end.contents["parents"]?.count == 2)

    func tables(_ sql: String) throws -> TouchedTables? {
      try replay.tables(of: statement(99, sql), facts: analyze(sql))
    }
    #expect(try tables("DELETE FROM parents WHERE id = 1")?.written.sorted() == ["children", "log", "parents"])
    #expect(try tables("SELECT id FROM both_of_them")?.touched.isSuperset(of: ["children", "parents"]) == true)
    #expect(try tables("SELECT id FROM both_of_them")?.written == [])
    #expect(try tables("SELECT any_of('x')") == nil)
    #expect(try tables("CREATE TEMP TABLE t (id int)")?.temporary == ["t"])
    #expect(try tables("SELEC 1")?.touched == [])
  }
}
