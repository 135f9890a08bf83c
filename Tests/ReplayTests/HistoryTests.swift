import AuditTrail
import Foundation
import Ledger
import Policies
import SQLAnalysis
import Testing

@testable import Replay
@testable import PostgresShadows
@testable import SQLiteShadows
@testable import SyntheticShadows

@Suite struct HistoryTests {
  private static let script = """
    CREATE TABLE parents (id INTEGER PRIMARY KEY);
    CREATE TABLE children (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES parents (id) ON DELETE CASCADE);
    CREATE TABLE log (id INTEGER PRIMARY KEY, what TEXT);
    CREATE TABLE alone (id INTEGER PRIMARY KEY);
    CREATE TABLE quiet (id INTEGER PRIMARY KEY, secret TEXT);
    CREATE TABLE copies (id INTEGER PRIMARY KEY, secret TEXT);
    CREATE TRIGGER gone AFTER DELETE ON children BEGIN INSERT INTO log (what) VALUES ('gone'); END;
    CREATE VIEW both AS SELECT p.id, c.id AS child FROM parents p JOIN children c ON c.parent = p.id;
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) INSERT INTO parents SELECT i FROM n;
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) INSERT INTO children SELECT i, i FROM n;
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) INSERT INTO alone SELECT i FROM n;
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) INSERT INTO quiet SELECT i, 'word-' || i FROM n;
    """

  private static func session(_ key: String, hour: Int64, _ texts: [String], blocked: Set<Int> = []) -> RecordedSession
  {
    let start = Timestamp(nanoseconds: 1_783_000_000_000_000_000 + hour * 3_600_000_000_000)
    let ran = RecordedResult(rows: nil, rowsKind: .unknown, durationMicroseconds: nil, error: nil)
    return RecordedSession(
      key: key,
      statements: texts.enumerated().map { index, sql in
        StatementRecord(
          session: key, sequence: Int64(index + 1), time: start.adding(nanoseconds: Int64(index)), sql: sql,
          decision: Decision(action: blocked.contains(index) ? .block : .allow),
          result: blocked.contains(index) ? nil : ran)
      }, engine: "sqlite")
  }

  private func run(
    _ sessions: [RecordedSession], isolation: Isolation = .history, workers: Int = 2, sensitive: [String] = [],
    script: String = script
  ) throws -> (lines: [String], components: [[Int64]], report: [UInt8]) {
    let shadow = try SQLiteShadow(script: script, path: "history.sql")
    var plan = ReplayPlan(
      shadows: [PlannedShadow(connection: nil, shadow: shadow, sensitive: sensitive)], analyze: { analyze($0, as: $1) })
    plan.isolation = isolation
    plan.workers = workers
    let folder = try Folder()
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    try load(sessions, into: ledger)
    let report = try replay(ledger, plan: plan)
    return (try verdictLines(ledger), try HistoryComponents(of: ledger, plan).components, report.json)
  }

  @Test func `a session meets what an earlier one did to the same tables, and nothing that was blocked`() throws {
    // In the archive the later session comes first: the recorded time decides, not the order of the rows.
    let sessions = [
      Self.session("late", hour: 2, ["DELETE FROM children WHERE id <= 60"]),
      Self.session("early", hour: 1, ["DELETE FROM parents WHERE id <= 50", "DELETE FROM children"], blocked: [1]),
    ]
    let lines = try run(sessions).lines
    #expect(lines.allSatisfy { $0.contains("\"mode\":\"history\"") })
    #expect(lines[0].contains("\"rows_deleted\":10"))
    #expect(lines[0].contains("\"before\":50"))
    #expect(lines[1].contains("\"rows_deleted\":100"))
    #expect(lines[2].contains("\"kept\":false"))
    let fresh = try run(sessions, isolation: .session).lines
    #expect(fresh[0].contains("\"rows_deleted\":60"))
    #expect(fresh[0].contains("\"mode\":\"session\""))
  }

  @Test func `more sensitive columns than worlds are kept for show the same leaks session after session`() throws {
    let columns = (1...20).map { "c\($0)" }
    let list = columns.joined(separator: ", ")
    let script = """
      CREATE TABLE wide (id INTEGER PRIMARY KEY, \(list));
      INSERT INTO wide VALUES (1, \(columns.map { "'one-\($0)'" }.joined(separator: ", ")));
      INSERT INTO wide VALUES (2, \(columns.map { "'two-\($0)'" }.joined(separator: ", ")));
      CREATE TABLE copies (\(list));
      """
    // Each session turns what it copies, so that a world that missed one would show other values.
    let copy = "INSERT INTO copies SELECT \(columns.map { "\($0) || '-'" }.joined(separator: ", ")) FROM wide"
    let sessions = (1...4).map {
      Self.session("s\($0)", hour: Int64($0), [copy, "UPDATE wide SET id = id + 10", "SELECT * FROM copies"])
    }
    let lines = try run(sessions, sensitive: columns.map { "wide.\($0)" }, script: script).lines
    let reads = lines.filter { $0.contains("\"seq\":3,") }
    #expect(reads.count == 4)
    for line in reads {
      for column in columns { #expect(line.contains("\"wide.\(column)\""), "\(column): \(line)") }
    }
  }

  @Test(arguments: [
    (["DELETE FROM parents WHERE id = 1"], ["SELECT count(*) FROM children"], true),
    (["DELETE FROM children WHERE id = 1"], ["SELECT what FROM log"], true),
    (["DELETE FROM children WHERE id = 1"], ["SELECT child FROM both"], true),
    (["INSERT INTO children VALUES (200, 1)"], ["DELETE FROM parents WHERE id = 1"], true),
    (["CREATE TABLE made (id)", "INSERT INTO made VALUES (1)"], ["SELECT * FROM made"], true),
    (["CREATE INDEX fast ON alone (id)"], ["SELECT id FROM alone"], true),
    (["ALTER TABLE alone RENAME TO renamed"], ["DROP TABLE renamed"], true),
    (["ALTER TABLE alone RENAME TO \"Renamed\""], ["DELETE FROM renamed"], true),
    (["SELECT * FROM children"], ["SELECT * FROM children"], false),
    (["DELETE FROM alone WHERE id = 1"], ["SELECT * FROM children"], false),
    (["CREATE TEMP TABLE scratch (id)", "INSERT INTO scratch VALUES (1)"], ["CREATE TEMP TABLE scratch (id)"], false),
    (["SELEC 1"], ["DELETE FROM alone WHERE id = 1"], false),
  ])
  func `sessions run on one clone exactly when one writes what the other touches`(
    first: [String], second: [String], together: Bool
  ) throws {
    let sessions = [Self.session("a", hour: 1, first), Self.session("b", hour: 2, second)]
    #expect(try run(sessions).components.count == (together ? 1 : 2))
  }

  @Test func `a write that was blocked joins no sessions by what it would have written`() throws {
    let sessions = [
      Self.session("a", hour: 1, ["DELETE FROM alone"], blocked: [0]),
      Self.session("b", hour: 2, ["SELECT id FROM alone"]),
    ]
    #expect(try run(sessions).components.count == 2)
  }

  @Test func `nothing of a session's connection reaches the next`() throws {
    let sessions = [
      Self.session(
        "a", hour: 1, ["PRAGMA foreign_keys = OFF", "CREATE TEMP TABLE t (id)", "BEGIN", "DELETE FROM alone"]),
      Self.session("b", hour: 2, ["DELETE FROM alone WHERE id <= 30", "SELECT * FROM t"]),
      Self.session("c", hour: 3, ["DELETE FROM alone WHERE id <= 40"]),
    ]
    let lines = try run(sessions).lines
    #expect(lines[3].contains("\"kept\":false"))
    #expect(lines[4].contains("\"rows_deleted\":30"))
    #expect(lines[6].contains("\"rows_deleted\":10"))
  }

  @Test func `a column that an earlier session added holds values in a later one`() throws {
    let lines = try run([
      Self.session(
        "added", hour: 1, ["ALTER TABLE alone ADD COLUMN state TEXT DEFAULT 'open'", "UPDATE alone SET state = 'shut'"]),
      Self.session("added again", hour: 2, ["ALTER TABLE alone ADD COLUMN level INTEGER DEFAULT 1"]),
      Self.session("overwritten", hour: 3, ["UPDATE alone SET level = NULL WHERE id > 0"]),
      Self.session("overwritten again", hour: 4, ["UPDATE alone SET state = '' WHERE id > 0"]),
    ]).lines
    let severities = lines.map { $0.firstMatch(of: /"severity":"(S.)"/)?.1 }
    #expect(severities == ["S1", "S0", "S1", "S3", "S3"])
  }

  @Test func `a secret that an earlier session copied leaks in a later one`() throws {
    let sessions = [
      Self.session("a", hour: 1, ["INSERT INTO copies SELECT id, secret FROM quiet"]),
      Self.session("b", hour: 2, ["SELECT secret FROM copies"]),
    ]
    let line = try #require(try run(sessions, sensitive: ["quiet.secret"]).lines.last)
    #expect(line.contains("\"verdict\":\"mask_leak\""))
    #expect(line.contains("quiet.secret"))
  }

  @Test func `the number of workers changes no byte`() throws {
    let sessions = (0..<24).map { number in
      Self.session(
        "s\(number)", hour: Int64(number * 7 % 24),
        [
          ["DELETE FROM parents WHERE id = \(number)", "SELECT * FROM both"],
          ["DELETE FROM alone WHERE id <= \(number)"], ["SELECT * FROM quiet"],
        ][number % 3])
    }
    let one = try run(sessions, workers: 1)
    let four = try run(sessions, workers: 4)
    #expect(one.lines == four.lines)
    #expect(one.report == four.report)
  }
}
