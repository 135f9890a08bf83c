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

/// What a replay says beside verdicts: bypasses, fidelity, gaps, metrics by who, session and rows.
@Suite struct MeasuresTests {
  private static let start = Timestamp(nanoseconds: 1_783_000_000_000_000_000)

  private struct Line {
    var sql: String
    var action = Action.allow
    var seconds: Int64 = 0
    var rows: Int64?
  }

  private func session(
    _ key: String, _ lines: [Line], user: String = "ana@example.org", kind: IdentityKind = .human
  ) -> RecordedSession {
    let statements = lines.enumerated().map { index, line in
      let ran = line.action.letsThrough
      return StatementRecord(
        session: key, sequence: Int64(index + 1), time: Self.start.adding(nanoseconds: line.seconds * 1_000_000_000),
        sql: line.sql, decision: Decision(action: line.action, rule: ran ? nil : "no-delete"),
        result: ran
          ? RecordedResult(
            rows: line.rows, rowsKind: line.rows == nil ? .unknown : .affected, durationMicroseconds: nil, error: nil)
          : nil)
    }
    return RecordedSession(key: key, statements: statements, user: user, kind: kind)
  }

  private func replayed(
    _ sessions: [RecordedSession], file: String = "destruction"
  ) throws -> (report: ReplayReport, findings: [[String]]) {
    let folder = try Folder()
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    try load(sessions, into: ledger)
    let report = try replay(ledger, plan: GoldenFile.read(file, on: .sqlite).plan())
    let rows = try ledger.rows(
      """
      SELECT f.kind, se.key || '/' || s.sequence, f.detail FROM findings f JOIN statements s ON s.id = f.statement
        JOIN sessions se ON se.id = f.session ORDER BY f.id
      """, [])
    return (report, rows.map { $0.map { $0.text ?? "" } })
  }

  @Test func `a block that a variant with the same effect goes round within a minute is found`() throws {
    let (report, findings) = try replayed([
      session(
        "a",
        [
          Line(sql: "DELETE FROM items", action: .block),
          Line(sql: "SELECT count(*) FROM items", seconds: 5),
          Line(sql: "DELETE FROM items WHERE price >= 0", seconds: 42),
        ])
    ])
    #expect(report.findings["bypass_after_block"] == 1)
    #expect(
      findings == [
        [
          "bypass_after_block", "a/3",
          "a/1 was blocked; 42 s later a variant was let through that destroyed 240 rows of items",
        ]
      ])
  }

  @Test func `a bypass in another session of the same identity is found too`() throws {
    let (report, _) = try replayed([
      session("a", [Line(sql: "DROP TABLE history", action: .block, seconds: 10)]),
      session("b", [Line(sql: "DROP TABLE main.history", seconds: 60)]),
    ])
    #expect(report.findings["bypass_after_block"] == 1)
  }

  @Test(arguments: ["late", "other effect", "fewer rows", "other person", "before", "blocked again"])
  func `what is not a bypass is not called one`(_ what: String) throws {
    var block = Line(sql: "DELETE FROM items", action: .block, seconds: 100)
    var variant = Line(sql: "DELETE FROM items WHERE price >= 0", seconds: 110)
    var user = "ana@example.org"
    switch what {
    case "late": variant.seconds = 161
    case "other effect": variant.sql = "DELETE FROM history"
    case "fewer rows": variant.sql = "DELETE FROM items WHERE id <= 100"
    case "other person": user = "bo@example.org"
    case "before": block.seconds = 120
    default: variant.action = .block
    }
    let (report, _) = try replayed([session("a", [block]), session("b", [variant], user: user)])
    #expect(report.findings["bypass_after_block"] == nil)
  }

  @Test func `a second replay finds no bypass twice`() throws {
    let folder = try Folder()
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    try load(
      [session("a", [Line(sql: "DELETE FROM items", action: .block), Line(sql: "DELETE FROM items WHERE 1 = 1")])],
      into: ledger)
    var plan = try GoldenFile.read("destruction", on: .sqlite).plan()
    _ = try replay(ledger, plan: plan)
    plan.filter.keys = ["a"]
    #expect(try replay(ledger, plan: plan).findings["bypass_after_block"] == 1)
    #expect(try ledger.rows("SELECT count(*) FROM findings", []) == [[.integer(1)]])
  }

  @Test func `fidelity is by session, and what cannot be compared is not 1`() throws {
    let (report, _) = try replayed([
      session(
        "a", [Line(sql: "DELETE FROM items WHERE id <= 10", rows: 10), Line(sql: "DELETE FROM codes", rows: 50)]),
      session("b", [Line(sql: "DELETE FROM items WHERE id <= 10", rows: 90)]),
      session("c", [Line(sql: "DELETE FROM items WHERE id <= 10")]),
    ])
    #expect(report.fidelity.share == Proportion(2, of: 3))
    #expect(report.fidelity.unmeasurable == 1)
    #expect(report.fidelity.histogram == [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])
    #expect(report.fidelity.lowest == [Fidelity.Session(key: "b", compared: 1, matching: 0)])
    let (nothing, _) = try replayed([session("c", [Line(sql: "DELETE FROM items WHERE id <= 10")])])
    #expect(nothing.fidelity.share.value == nil)
  }

  @Test func `a session of another baseline counts in the fidelity though it is not graded`() throws {
    let file = try GoldenFile.read("edges", on: .sqlite)
    let line = try #require(file.cases.first { $0.name == "a session whose counts hardly ever match met other rows" })
    let (report, _) = try replayed([line.recorded("a")], file: "edges")
    #expect(report.inconclusive["baseline_mismatch"] == 1)
    #expect(report.fidelity.share == Proportion(1, of: 5))
  }

  @Test func `a missing object is listed once with its statements`() throws {
    let (report, _) = try replayed([
      session(
        "b", [Line(sql: "SELECT * FROM appointments", rows: 3), Line(sql: "SELECT day FROM appointments", rows: 3)]),
      session("a", [Line(sql: "DELETE FROM appointments", rows: 3), Line(sql: "SELECT weekday FROM items", rows: 1)]),
    ])
    #expect(
      report.gaps.all == [
        SchemaGaps.Gap(object: "appointments", code: "no_such_table", statements: 3, example: "a/1"),
        SchemaGaps.Gap(object: "weekday", code: "no_such_column", statements: 1, example: "a/2"),
      ])
  }

  @Test func `metrics tell people from agents, sessions from statements, and rows from both`() throws {
    let (report, _) = try replayed([
      session(
        "a",
        [
          Line(sql: "DELETE FROM items", action: .block), Line(sql: "DELETE FROM items WHERE id > 0", action: .block),
          Line(sql: "DELETE FROM codes WHERE meaning = 'old'"), Line(sql: "SELECT 1"),
        ]),
      session(
        "b", [Line(sql: "DELETE FROM items"), Line(sql: "DELETE FROM history"), Line(sql: "SELECT 1", action: .block)],
        user: "bot@example.org", kind: .agent),
    ])
    #expect(report.units.evaluated.recall == Proportion(2, of: 5))
    let kinds = report.groups.byKind
    #expect(kinds.map(\.name) == ["agent", "human"])
    #expect(kinds.map(\.units.all.recall) == [Proportion(0, of: 2), Proportion(2, of: 3)])
    #expect(kinds.map(\.units.all.specificity) == [Proportion(0, of: 1), Proportion(1, of: 1)])
    #expect(report.groups.sessions == Proportion(1, of: 2))
    #expect(report.groups.classes == Proportion(2, of: 5))
    #expect((report.groups.rowsStopped, report.groups.rowsMissed) == (480, 50 + 240 + 2000))
    #expect(report.rules.map(\.units.all.precision) == [Proportion(2, of: 3)])
  }

  @Test func `a record that two archives hold is replayed once`() throws {
    let folder = try Folder()
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    let recorded = session("a", [Line(sql: "DELETE FROM items", rows: 240), Line(sql: "SELECT 1")])
    try load([recorded], into: ledger)
    try load([recorded, session("b", [Line(sql: "SELECT 2")])], into: ledger)
    let report = try replay(ledger, plan: GoldenFile.read("destruction", on: .sqlite).plan())
    #expect(report.statements == 3)
    #expect(report.verdicts[.falseAllow] == 1)
  }

  @Test func `no literal of a text reaches a verdict line`() throws {
    let folder = try Folder()
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    try load(
      [
        session(
          "a",
          [
            Line(sql: "DELETE FROM items WHERE id = 4711 OR 'zyzzyva' = 'zyzzyvb'"),
            Line(sql: "SELECT zyzzyva('zyzzyvb')"), Line(sql: "DELETE FROM 'zyzzyva zyzzyvb' WHERE 1"),
            Line(sql: "INSERT INTO codes VALUES ('c1', 'zyzzyva')"),
          ])
      ], into: ledger)
    let report = try replay(ledger, plan: GoldenFile.read("destruction", on: .sqlite).plan())
    let printed = try verdictLines(ledger).joined() + String(decoding: report.json, as: UTF8.self)
    for secret in ["zyzzyvb", "4711"] { #expect(!printed.contains(secret)) }
  }

  @Test func `what detectors recognised in recorded output is a finding of its session`() throws {
    let folder = try Folder()
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    try load(
      [session("a", [Line(sql: "SELECT 1")]), session("b", [Line(sql: "SELECT 2")])],
      outputs: [
        OutputFinding(session: "b", detector: "us_ssn", count: 3),
        OutputFinding(session: "b", detector: "email", count: 12),
      ], into: ledger)
    let report = try replay(ledger, plan: GoldenFile.read("destruction", on: .sqlite).plan())
    #expect(report.findings == ["recorded_output": 1])
    let details = try ledger.rows("SELECT detail FROM findings", [])
    #expect(
      details.map { $0[0].text } == [
        "the output that the archive holds of this session shows 12 email, 3 us_ssn; the client saw it"
      ])
  }
}
