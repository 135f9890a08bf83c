import AuditTrail
import Foundation
import GoldenCorpus
import Ledger
import Policies
import SQLAnalysis
import Testing

@testable import Replay
@testable import PostgresShadows
@testable import SQLiteShadows
@testable import SyntheticShadows

@Suite struct ReplayTests {
  @Test(arguments: ["destruction", "transactions", "sessions", "harmless", "leaks", "empty"])
  func `every statement gets one verdict, that of the golden file, and the counts add up`(_ name: String) throws {
    let file = try GoldenFile.read(name, on: .sqlite)
    let folder = try Folder()
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    try load(file.recorded, into: ledger)
    let report = try replay(ledger, plan: file.plan())
    let statements = file.cases.reduce(0) { $0 + $1.statements.count }
    #expect(report.statements == statements)
    #expect(report.verdicts.values.reduce(0, +) == statements)
    #expect(report.inconclusive.values.reduce(0, +) == report.verdicts[.inconclusive] ?? 0)
    #expect(report.falseAllowEvaluated + report.falseAllowUnknown == report.verdicts[.falseAllow] ?? 0)
    let stored = try ledger.rows("SELECT count(*), count(DISTINCT statement) FROM verdicts", [])
    #expect(stored == [[.integer(Int64(statements)), .integer(Int64(statements))]])
    let lines = try verdictLines(ledger)
    #expect(lines.count == statements)
    let expected = file.cases.flatMap { line in line.statements.map { (line, $0) } }
    for (found, (line, statement)) in zip(lines, expected)
    where !line.statements.contains(where: { $0.decision == "review" }) {
      #expect(found.contains("\"verdict\":\"\(statement.expect.verdict)\""), "\(line.name): \(statement.sql)")
    }
  }

  @Test(arguments: ["destruction", "leaks", "sessions"])
  func `neither a second replay nor other workers change a byte`(_ name: String) throws {
    let file = try GoldenFile.read(name, on: .sqlite)
    let folder = try Folder()
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    try load(file.recorded, into: ledger)
    let first = try replay(ledger, plan: file.plan(workers: 1))
    let lines = try verdictLines(ledger)
    var plan = try file.plan(workers: 4)
    plan.measuresAgain = true
    let second = try replay(ledger, plan: plan)
    #expect(try verdictLines(ledger) == lines)
    #expect(first.json == second.json)
  }

  @Test func `the order of sessions changes no verdict`() throws {
    let file = try GoldenFile.read("transactions", on: .sqlite)
    let folder = try Folder()
    let one = try Ledger(path: folder.path + "/1.db", create: true)
    let two = try Ledger(path: folder.path + "/2.db", create: true)
    try load(file.recorded, into: one)
    try load(file.recorded.reversed(), into: two)
    _ = try replay(one, plan: file.plan())
    _ = try replay(two, plan: file.plan())
    #expect(try verdictLines(one).sorted() == verdictLines(two).sorted())
  }

  @Test func `without a shadow for the connection there is no verdict`() throws {
    let file = try GoldenFile.read("harmless", on: .sqlite)
    let folder = try Folder()
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    var sessions = file.recorded
    sessions[0].connection = "elsewhere"
    try load(sessions, into: ledger)
    let report = try replay(ledger, plan: file.plan())
    #expect(report.inconclusive["no_shadow"] == sessions[0].statements.count)
  }

  @Test func `a missing object that others used with success is a gap of the shadow`() throws {
    let file = try GoldenFile.read("harmless", on: .sqlite)
    let blocked = StatementRecord(
      session: "a", sequence: 1, time: Timestamp(nanoseconds: 1_783_000_000_000_000_000),
      sql: "DELETE FROM appointments WHERE id = 1", decision: Decision(action: .block))
    let used = StatementRecord(
      session: "b", sequence: 1, time: Timestamp(nanoseconds: 1_783_000_000_000_000_000),
      sql: "SELECT day FROM appointments", decision: Decision(action: .allow),
      result: RecordedResult(rows: 3, rowsKind: .returned, durationMicroseconds: nil, error: nil))
    for (sessions, expected) in [
      ([RecordedSession(key: "a", statements: [blocked])], VerdictName.mootBlock),
      (
        [RecordedSession(key: "a", statements: [blocked]), RecordedSession(key: "b", statements: [used])],
        VerdictName.inconclusive
      ),
    ] {
      let folder = try Folder()
      let ledger = try Ledger(path: folder.path + "/l.db", create: true)
      try load(sessions, into: ledger)
      let report = try replay(ledger, plan: file.plan())
      #expect(report.verdicts[expected] == sessions.count)
    }
  }

  @Test func `small deletes that add up are a finding with the statement at which they did`() throws {
    let shadow = try SQLiteShadow(
      script: """
        CREATE TABLE events (id INTEGER PRIMARY KEY);
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40000) INSERT INTO events SELECT i FROM n;
        """, path: "events.sql")
    let start = Timestamp(nanoseconds: 1_783_000_000_000_000_000)
    let statements = (0..<15).map { (index: Int) -> StatementRecord in
      StatementRecord(
        session: "s", sequence: Int64(index + 1),
        time: start.adding(nanoseconds: Int64(index)),
        sql: "DELETE FROM events WHERE id > $1 AND id <= $1 + 900",
        parameters: [Parameter(type: "integer", value: String(index * 900))], decision: Decision(action: .allow),
        result: RecordedResult(rows: 900, rowsKind: .affected, durationMicroseconds: nil, error: nil))
    }
    let folder = try Folder()
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    try load([RecordedSession(key: "s", statements: statements)], into: ledger)
    let plan = ReplayPlan(
      shadows: [PlannedShadow(connection: nil, shadow: shadow, sensitive: [])],
      analyze: { analyze($0, as: $1) })
    let report = try replay(ledger, plan: plan)
    #expect(report.verdicts[.confirmedAllow] == 15)
    #expect(report.findings == ["accumulated_harm": 1])
    let found = try ledger.rows(
      "SELECT s.sequence FROM findings f JOIN statements s ON s.id = f.statement WHERE f.kind = 'accumulated_harm'", [])
    #expect(found == [[.integer(12)]])
  }

  @Test(arguments: [("mysql", true), ("postgresql", false)])
  func `a text is analysed as the SQL of its session's engine`(engine: String, isRead: Bool) throws {
    // Back-ticks are not names in PostgreSQL: read so, the text does not say that it empties the table.
    let shadow = try SQLiteShadow(
      script: "CREATE TABLE visits (id INTEGER PRIMARY KEY); INSERT INTO visits VALUES (1), (2);", path: "visits.sql")
    let statement = StatementRecord(
      session: "s", sequence: 1, time: Timestamp(nanoseconds: 1_783_000_000_000_000_000), sql: "DELETE FROM `visits`",
      decision: Decision(action: .allow),
      result: RecordedResult(rows: 2, rowsKind: .affected, durationMicroseconds: nil, error: nil))
    let folder = try Folder()
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    try load([RecordedSession(key: "s", statements: [statement], engine: engine)], into: ledger)
    let plan = ReplayPlan(
      shadows: [PlannedShadow(connection: nil, shadow: shadow, sensitive: [])], analyze: { analyze($0, as: $1) })
    _ = try replay(ledger, plan: plan)
    let line = try #require(try verdictLines(ledger).first)
    #expect(line.contains(#""truncated":["visits"]"#) == isRead, "\(line)")
    let entries = try ledger.statements(of: 1, in: nil)
    #expect(entries.map(\.dialect) == [isRead ? .mySQL : .postgreSQL])
  }

  @Test func `harm that a person approved is a finding that names who and how fast`() throws {
    let file = try GoldenFile.read("destruction", on: .sqlite)
    let time = Timestamp(nanoseconds: 1_783_000_000_000_000_000)
    let approval = Approval(
      id: "a1", connection: "clinic", session: nil, requestedBy: "ana@example.org",
      requestedAt: time.adding(nanoseconds: -400_000_000_000), reason: nil, status: .approved, automatic: false,
      rule: nil,
      decisions: [
        ApprovalDecision(
          user: "bo@example.org", group: "dba", decision: "approved", time: time.adding(nanoseconds: -100_000_000_000),
          forced: false)
      ], validFrom: time.adding(nanoseconds: -100_000_000_000), expiresAt: time.adding(nanoseconds: 1_000_000_000_000),
      unitSHA256: nil)
    let statement = StatementRecord(
      session: "s", sequence: 1, time: time, sql: "DELETE FROM items", decision: Decision(action: .review),
      approval: "a1",
      result: RecordedResult(rows: 240, rowsKind: .affected, durationMicroseconds: nil, error: nil))
    let folder = try Folder()
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    try load([RecordedSession(key: "s", statements: [statement])], approvals: [approval], into: ledger)
    let report = try replay(ledger, plan: file.plan())
    #expect(report.verdicts[.confirmedReview] == 1)
    let details = try ledger.rows("SELECT detail FROM findings WHERE kind = 'approved_harm'", [])
    #expect(details.count == 1)
    #expect(details[0][0].text == "destroyed 240 rows; approved by bo@example.org 300 s after the request")
  }

  @Test func `a session replayed alone leaves the others' verdicts`() throws {
    let file = try GoldenFile.read("destruction", on: .sqlite)
    let folder = try Folder()
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    try load(file.recorded, into: ledger)
    var plan = try file.plan()
    _ = try replay(ledger, plan: plan)
    let lines = try verdictLines(ledger)
    plan.filter.keys = ["s3"]
    let report = try replay(ledger, plan: plan)
    #expect(report.statements == file.cases[2].statements.count)
    #expect(try verdictLines(ledger) == lines)
  }

  @Test func `the printed report has the contract's keys`() throws {
    let file = try GoldenFile.read("sessions", on: .sqlite)
    let folder = try Folder()
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    try load(file.recorded, into: ledger)
    let report = try replay(ledger, plan: file.plan())
    let json = try #require(
      try JSONSerialization.jsonObject(with: Data(report.json)) as? [String: Any])
    #expect(
      Set(json.keys) == [
        "statements", "sessions", "not_sampled", "sample", "verdicts", "inconclusive", "metrics", "metrics_all",
        "fates", "rules",
        "shadow", "false_allow",
        "findings", "identities", "fidelity", "schema_gaps",
      ])
    let metrics = try #require(json["metrics"] as? [String: Any])
    #expect(
      Set(metrics.keys).isSuperset(of: ["recall", "precision", "specificity", "balanced_accuracy", "coverage"]))
    let line = try #require(try verdictLines(ledger).first)
    let fields = try #require(
      try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    #expect(
      Set(fields.keys).isSuperset(of: [
        "session", "seq", "unit", "decision", "outcome", "verdict", "reason", "severity", "confidence", "basis",
        "mode", "kept", "engine", "effect",
      ]))
    let effect = try #require(fields["effect"] as? [String: Any])
    #expect(
      Set(effect.keys) == [
        "rows_inserted", "rows_updated", "rows_deleted", "tables", "dropped", "truncated", "altered", "escalated",
        "refused", "leak", "leaked_columns", "leak_form",
      ])
  }

  @Test func `of several dated shadows the latest that is not after the session counts`() throws {
    func shadow(_ date: String, rows: Int) throws -> PlannedShadow {
      let script =
        "CREATE TABLE t (id INTEGER); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
        + "WHERE i < \(rows)) INSERT INTO t SELECT i FROM n;"
      let shadow = try SQLiteShadow(script: script, path: date, options: ShadowOptions(asOf: Timestamp(date)))
      return PlannedShadow(connection: "clinic", shadow: shadow, sensitive: [])
    }
    let plan = ReplayPlan(
      shadows: [try shadow("2026-08-01T00:00:00Z", rows: 80), try shadow("2026-07-01T00:00:00Z", rows: 70)],
      analyze: { analyze($0, as: $1) })
    var records: [RecordedSession] = []
    for (index, time) in ["2026-06-15T00:00:00Z", "2026-07-15T00:00:00Z", "2026-08-15T00:00:00Z"].enumerated() {
      let moment = try #require(Timestamp(time))
      records.append(
        RecordedSession(
          key: "s\(index)",
          statements: [
            StatementRecord(
              session: "s\(index)", sequence: 1, time: moment, sql: "DELETE FROM t WHERE id > 0",
              decision: Decision(action: .allow)),
            StatementRecord(
              session: "s\(index)", sequence: 2, time: moment, sql: "DELETE FROM t WHERE id = 999",
              decision: Decision(action: .allow)),
          ]))
    }
    let folder = try Folder()
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    try load(records, into: ledger)
    let report = try replay(ledger, plan: plan)
    let lines = try verdictLines(ledger)
    #expect(lines.filter { $0.contains("\"rows_deleted\":70") }.count == 2)
    #expect(lines.filter { $0.contains("\"rows_deleted\":80") }.count == 1)
    #expect(report.inconclusive == ["shadow_too_late": 1])
  }
}
