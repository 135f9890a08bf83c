import AuditTrail
import GoldenCorpus
import Postgres
import SQLAnalysis
import Testing

@testable import Replay
@testable import PostgresShadows
@testable import SQLiteShadows
@testable import SyntheticShadows

/// What the server says of a command's reads, and whether texts say the same.
@Suite(
  .disabled(if: postgresIsAbsentOnPurpose, "ASSAY_TEST_WITHOUT_POSTGRESQL says that there is no server"))
struct PostgresReadProbeTests {
  private static let shadow = """
    CREATE TABLE people (id int PRIMARY KEY, name text, ssn text UNIQUE, pay int,
      initials text GENERATED ALWAYS AS (left(ssn, 2)) STORED);
    CREATE TABLE "Other" (id int PRIMARY KEY, "Ssn" text);
    CREATE TABLE events (id int, ssn text) PARTITION BY RANGE (id);
    CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (9);
    CREATE VIEW names AS SELECT id, name FROM people;
    CREATE VIEW both_names AS SELECT id, name, ssn FROM people;
    CREATE SEQUENCE numbers;
    CREATE FUNCTION ssn_of(int) RETURNS text LANGUAGE sql STABLE AS 'SELECT ssn FROM people WHERE id = $1';
    """

  private static func withProbe(
    _ script: String, _ sensitive: [String], _ body: (PostgresWorld, PostgresReadProbe) throws -> Void
  ) throws {
    let pool = try SharedCluster.cluster.pool(script)
    let clone = try pool.take()
    let world = try PostgresWorld(
      try PostgresConnection(clone.measurer), basis: .synthetic, production: ProductionRows(),
      Measuring(sensitive: sensitive, analyze: { analyze($0, as: $1) }))
    try body(
      world,
      PostgresReadProbe(clone, world.catalog, hiding: world.sensitive, pool.settings))
    pool.discard(clone)
  }

  /// Texts, with the sensitive columns that they read; `?` where the server does not say.
  private static let texts = [
    ("SELECT id, name FROM people", ""), ("SELECT count(*) FROM people", ""), ("SELECT ctid, xmin FROM people", ""),
    ("SELECT ssn FROM people", "people.ssn"), ("SELECT * FROM people", "people.pay people.ssn"),
    ("SELECT p FROM people p", "people.pay people.ssn"), ("TABLE people", "people.pay people.ssn"),
    ("SELECT initials FROM people", "people.ssn"), ("SELECT pay FROM people WHERE ssn = $1", "people.pay people.ssn"),
    ("SELECT id FROM people WHERE false AND ssn = 'x'", "people.ssn"), ("SELECT id FROM people WHERE id = $1", ""),
    ("SELECT id FROM people ORDER BY pay LIMIT $1", "people.pay"),
    ("SELECT ssn(p) FROM people p", "people.pay people.ssn"),
    ("SELECT c FROM people AS p (a, b, c)", "people.ssn"), ("SELECT \"Ssn\" FROM \"Other\"", "Other.Ssn"),
    ("SELECT id FROM events", ""), ("SELECT ssn FROM events", "events.ssn"), ("SELECT ssn FROM events_1", "events.ssn"),
    ("UPDATE people SET name = 'x' WHERE id = $1", ""), ("UPDATE people SET ssn = 'x'", ""),
    ("UPDATE people SET ssn = ssn || 'x'", "people.ssn"), ("DELETE FROM people", ""),
    ("DELETE FROM people WHERE pay > 1 RETURNING name", "people.pay"),
    ("INSERT INTO people (id, ssn) VALUES ($1, $2)", ""),
    ("INSERT INTO people (id, ssn) VALUES (1, 'x') ON CONFLICT (ssn) DO NOTHING", "people.ssn"),
    ("MERGE INTO people p USING events e ON p.id = e.id WHEN MATCHED THEN DELETE", ""),
    ("WITH w AS (SELECT * FROM people) SELECT id FROM w", "people.pay people.ssn"),
    ("SELECT name FROM names", ""), ("SELECT name FROM both_names", "people.ssn"), ("SELECT ssn_of(1)", ""),
    ("SELECT nextval('numbers'), id FROM people", ""), ("SELECT id FROM people FOR UPDATE", ""),
    ("SELECT nothing FROM people", "?"), ("SELECT * FROM nowhere", "?"), ("SELECT $1 + $2", "?"),
    ("COPY people TO STDOUT", "?"), ("SELECT 1; SELECT ssn FROM people", "?"),
    ("EXPLAIN ANALYZE DELETE FROM people", "?"),
    ("ANALYZE people", "?"), ("SELECT pg_read_file('x') FROM people", "?"),
  ]

  @Test func `the server says which sensitive columns a command reads, and runs none`() throws {
    let sensitive = ["people.ssn", "people.pay", "Other.Ssn", "events.ssn"]
    try Self.withProbe(Self.shadow, sensitive) { world, probe in
      // Twice, and the second time from memory: what was held back for one text is not for the next.
      for (text, expected) in Self.texts + Self.texts.reversed() {
        let commands = PostgresCommand.all(in: text) { analyze($0, as: $1) }
        let command = PostgresCommand(text, commands.count == 1 ? commands[0].facts : analyze(text))
        let read = probe.columns(readBy: command)
        let names = read.map { $0.map { world.sensitive[$0].name }.sorted().joined(separator: " ") } ?? "?"
        #expect(names == expected, "\(text)")
      }
    }
  }

  @Test func `what the server reads beyond the text is looked at, and what it does not read is not`() {
    var reads = PostgresWorld.CommandReads()
    (reads.sensitive, reads.outputs) = ([0, 1], [1])
    reads.take([1, 2])
    #expect(reads.sensitive == [1] && reads.outputs == [1] && reads.unseen == [2] && reads.isSensitive)
    reads.take([])
    #expect(!reads.isSensitive)
    // Of a view the server asks for more than is read, but never for less.
    (reads.sensitive, reads.readsViews) = ([0], true)
    reads.take([0, 1])
    #expect(reads.sensitive == [0] && reads.unseen.isEmpty)
    reads.take([])
    #expect(!reads.isSensitive)
    // Of rows that a parent shows the server asks nothing.
    (reads.outputs, reads.inherited, reads.readsViews) = ([2], [2], false)
    reads.take([])
    #expect(reads.outputs == [2])
  }

  @Test func `no text of the corpus reads a sensitive column that its facts do not show`() throws {
    var (compared, tooMuch) = (0, [String]())
    for file in try GoldenCorpus.files(on: .postgresql) {
      guard let sensitive = file.sensitive, !sensitive.isEmpty else { continue }
      try Self.withProbe(file.shadow, sensitive) { world, probe in
        for entry in file.cases.flatMap({ $0.entries() }) {
          for command in world.commands(of: entry) {
            let reads = world.reads(command)
            // A view asks for more than is read of it, code for what no text shows.
            guard !reads.isOpaque, !reads.readsViews, let read = probe.columns(readBy: command) else { continue }
            let shown = reads.sensitive.union(reads.outputs)
            #expect(read.isSubset(of: shown), "\(file.name): \(command.sql)")
            if read.union(reads.inherited) != shown { tooMuch.append(command.sql) }
            compared += 1
          }
        }
      }
    }
    #expect(compared >= 100)
    // Columns with other names: the text may mean any, the server knows which.
    #expect(tooMuch == ["SELECT b FROM patients AS p (a, b, c, d) WHERE a = 3"])
  }
}
