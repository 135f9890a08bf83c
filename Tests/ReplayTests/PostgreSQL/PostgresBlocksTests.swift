import AuditTrail
import Ledger
import SQLAnalysis
import SeededRandom
import Testing

@testable import Replay
@testable import PostgresShadows
@testable import SQLiteShadows
@testable import SyntheticShadows

/// Statements that are sent in a block and counted once must be measured as if each had been counted.
@Suite(
  .disabled(if: postgresIsAbsentOnPurpose, "ASSAY_TEST_WITHOUT_POSTGRESQL says that there is no server"))
struct PostgresBlocksTests {
  /// Tables that blocks can explain (`plain`, `counted`) and such that they cannot: a cascade, a trigger, a partition.
  private static let shadow = """
    CREATE TABLE plain (id int PRIMARY KEY, n int, s text);
    CREATE TABLE counted (id serial PRIMARY KEY, n int UNIQUE);
    CREATE TABLE child (id int PRIMARY KEY, plain int REFERENCES plain ON DELETE CASCADE);
    CREATE TABLE log (what text);
    CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO log VALUES (tg_op); RETURN NULL; END';
    CREATE TABLE noted (id int PRIMARY KEY, n int);
    CREATE TRIGGER note AFTER UPDATE ON noted FOR EACH ROW EXECUTE FUNCTION note();
    CREATE TABLE parts (id int, n int) PARTITION BY RANGE (id);
    CREATE TABLE parts_low PARTITION OF parts FOR VALUES FROM (0) TO (50);
    CREATE TABLE parts_high PARTITION OF parts FOR VALUES FROM (50) TO (1000);
    INSERT INTO plain SELECT i, i, 's' FROM generate_series(1, 200) i;
    INSERT INTO child SELECT i, i FROM generate_series(1, 200, 10) i;
    INSERT INTO counted (n) SELECT i FROM generate_series(1, 50) i;
    INSERT INTO noted SELECT i, i FROM generate_series(1, 50) i;
    INSERT INTO parts SELECT i, i FROM generate_series(1, 99) i;
    """

  private static func sql(_ random: inout SplitMix64, _ isOpen: inout Bool) -> String {
    let id = random.number(in: 1...220)
    switch random.number(below: 20) {
    case 0, 1: return "SELECT * FROM plain WHERE id < \(id)"
    case 2, 3: return "UPDATE plain SET n = n + 1 WHERE id = \(id)"
    case 4: return "UPDATE plain SET s = 's' WHERE id = \(id)"
    case 5: return "DELETE FROM plain WHERE id = \(id)"
    case 6, 7: return "INSERT INTO counted (n) VALUES (\(1000 + random.number(below: 100_000)))"
    case 8: return "INSERT INTO counted (n) VALUES (\(id)) ON CONFLICT DO NOTHING"
    case 9: return "INSERT INTO counted (n) VALUES (\(id))"
    case 10: return "UPDATE noted SET n = n + 1 WHERE id = \(id)"
    case 11: return "UPDATE parts SET id = \(random.number(below: 900)) WHERE n = \(id)"
    case 12: return "DELETE FROM counted WHERE id > \(40 + id)"
    case 13: return "SELECT nextval('counted_id_seq')"
    case 14: return "SELECT * FROM nowhere"
    case 15: return "DELETE FROM parts WHERE id = \(id)"
    case 16, 17:
      isOpen.toggle()
      return isOpen ? "BEGIN" : "COMMIT"
    case 18 where isOpen:
      isOpen = false
      return "ROLLBACK"
    default: return "SELECT count(*) FROM counted"
    }
  }

  private func statement(_ number: Int, _ sql: String) -> StatementEntry {
    StatementEntry(
      id: Int64(number), session: 1, sequence: Int64(number), time: Timestamp(nanoseconds: Int64(number)),
      textID: Int64(number), sql: sql, parameters: nil, decision: Decision(action: .allow), outcome: .ran,
      approval: nil, approved: false, result: nil, unit: nil, completeness: [])
  }

  @Test func `a block's statements have the effects that each has alone`() throws {
    let pool = try SharedCluster.cluster.pool(Self.shadow)
    defer { pool.close() }
    let clones = try PostgresClones(
      pool, source: "test", basis: .copy, production: ProductionRows(),
      Measuring(sensitive: [], analyze: { analyze($0, as: $1) }))
    var blocks = 0
    for seed in UInt64(1)...6 {
      var random = SplitMix64(seed: seed)
      var isOpen = false
      let statements = (1...150).map { statement($0, Self.sql(&random, &isOpen)) }
      let meter = try clones.meter()
      defer { pool.discard(meter.clone) }
      let (fast, slow) = (
        clones.engine(meter, .rolledBack),
        SessionEngine(PostgresDriver(meter, clones.world, .rolledBack), reusesReads: false)
      )
      slow.driver.together.avoidsBlocks = true
      func run(_ careful: Bool) throws -> SessionRun {
        let engine = careful ? slow : fast
        let result = try engine.run(statements, engine: "postgresql", observing: .at([]))
        blocks += engine.driver.together.measuredInBlocks
        return result
      }
      let (together, apart) = (try run(false), try run(true))
      // What was read on the clone as it was made is known the second time.
      #expect(try run(false).effects == together.effects)
      for index in statements.indices {
        #expect(
          together.effects[index] == apart.effects[index], "seed \(seed), \(index): \(statements[index].sql)")
        #expect(together.isReadOnly[index] == apart.isReadOnly[index], "\(statements[index].sql)")
      }
    }
    #expect(blocks > 100)
  }
}
