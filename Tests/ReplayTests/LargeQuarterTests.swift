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

/// Everything that a replay leaves in a ledger.
private func everything(_ ledger: borrowing Ledger) throws -> [[LedgerValue]] {
  var rows: [[LedgerValue]] = []
  for table in ["replays", "measurements", "verdicts", "findings", "not_sampled"] {
    rows += try ledger.rows("SELECT '\(table)', * FROM \(table) ORDER BY 2", [])
  }
  return rows + (try ledger.rows("SELECT * FROM meta ORDER BY key", []))
}

@Suite struct LargeQuarterTests {
  @Test(arguments: [Isolation.session, .history], ["destruction", "transactions", "sessions"])
  func `a replay that was stopped anywhere ends with the rows of an undisturbed one`(
    _ isolation: Isolation, _ name: String
  ) throws {
    let file = try GoldenFile.read(name, on: .sqlite)
    let folder = try Folder()
    let undisturbed = try Ledger(path: folder.path + "/u.db", create: true)
    try load(file.recorded, into: undisturbed)
    var plan = try file.plan(workers: 2)
    plan.isolation = isolation
    plan.batchRows = 1
    let (shadow, sensitive) = try file.makeShadow()
    let wanted = try replay(undisturbed, plan: plan)
    for stop in Set([0, 1, 2, file.cases.count / 2, file.cases.count - 1]).sorted() {
      let ledger = try Ledger(path: folder.path + "/\(stop).db", create: true)
      try load(file.recorded, into: ledger)
      var stopped = plan
      stopped.shadows = [
        PlannedShadow(connection: "clinic", shadow: StoppingShadow(shadow, after: stop), sensitive: sensitive)
      ]
      #expect(throws: AssayError.self) { _ = try replay(ledger, plan: stopped) }
      let kept = try ledger.finishedSessions().count
      #expect(kept <= stop)
      var measured = 0
      let report = try replay(ledger, plan: plan) { measured = $0.sessions }
      #expect(isolation == .history || measured == file.cases.count - kept)
      #expect(report.json == wanted.json)
      #expect(try everything(ledger) == everything(undisturbed))
    }
  }

  @Test func `another plan does not go on with a stopped one`() throws {
    let file = try GoldenFile.read("destruction", on: .sqlite)
    let folder = try Folder()
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    try load(file.recorded, into: ledger)
    let (shadow, sensitive) = try file.makeShadow()
    var plan = try file.plan(workers: 1)
    plan.batchRows = 1
    var stopped = plan
    stopped.shadows = [
      PlannedShadow(connection: "clinic", shadow: StoppingShadow(shadow, after: 5), sensitive: sensitive)
    ]
    #expect(throws: AssayError.self) { _ = try replay(ledger, plan: stopped) }
    #expect(try ledger.finishedSessions().count == 5)
    plan.seed = 7
    var measured = 0
    _ = try replay(ledger, plan: plan) { measured = $0.sessions }
    #expect(measured == file.cases.count)
  }

  @Test(arguments: ["harmless", "leaks", "parameters", "transactions", "escapes", "engines"])
  func `reads that are measured once give the bytes of reads that are measured each time`(_ name: String) throws {
    let file = try GoldenFile.read(name, on: .sqlite)
    let folder = try Folder()
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    // Each case three times, so that each read is there again on an unchanged clone.
    let sessions = (0..<3).flatMap { round in
      file.cases.enumerated().map { $0.element.recorded("s\(round)-\($0.offset)") }
    }
    try load(sessions, into: ledger)
    var plan = try file.plan(workers: 1)
    let once = try replay(ledger, plan: plan)
    let lines = try verdictLines(ledger)
    plan.reusesReads = false
    plan.measuresAgain = true
    let each = try replay(ledger, plan: plan)
    #expect(try verdictLines(ledger) == lines)
    #expect(once.json == each.json)
  }

  @Test func `a sample takes every statement that is not a plain read, and its counts reconcile`() throws {
    let start = Timestamp(nanoseconds: 1_783_000_000_000_000_000)
    let sessions = (0..<20).map { session in
      RecordedSession(
        key: "s\(session)",
        statements: (1...20).map { number in
          let isWrite = number % 5 == 0
          let isBlocked = number == 10
          return StatementRecord(
            session: "s\(session)", sequence: Int64(number), time: start.adding(nanoseconds: Int64(number)),
            sql: isWrite
              ? "UPDATE items SET price = \(number) WHERE id = 1" : "SELECT price FROM items WHERE id = \(number)",
            decision: Decision(action: isBlocked ? .block : .allow),
            result: isBlocked
              ? nil : RecordedResult(rows: nil, rowsKind: .unknown, durationMicroseconds: nil, error: nil))
        }, engine: "sqlite")
    }
    let file = try GoldenFile.read("destruction", on: .sqlite)
    let folder = try Folder()
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    try load(sessions, into: ledger)
    var plan = try file.plan()
    plan.measuresAgain = true
    let all = try replay(ledger, plan: plan)
    #expect(all.notSampled == 0)
    #expect(all.sample == nil)
    var choices: [[[LedgerValue]]] = []
    for (size, seed) in [(SampleSize.count(40), UInt64(0)), (.count(40), 1), (.share(0.25), 0), (.count(1_000), 0)] {
      (plan.sample, plan.seed) = (size, seed)
      let report = try replay(ledger, plan: plan)
      let figures = try #require(report.sample)
      #expect(figures.sample.population == 320)
      #expect(report.statements + report.notSampled == 400)
      #expect(report.statements == 80 + Int(figures.sample.taken))
      #expect(figures.graded == Int(figures.sample.taken))
      if case .count(let count) = size { #expect(figures.sample.taken == min(count, 320)) }
      #expect(try ledger.replaySample() == figures.sample)
      let left = try ledger.rows(
        "SELECT d.action, t.sql FROM not_sampled n JOIN statements s ON s.id = n.statement "
          + "JOIN texts t ON t.id = s.text JOIN decisions d ON d.id = s.decision", [])
      #expect(left.count == report.notSampled)
      #expect(left.allSatisfy { $0[0].text == "allow" && $0[1].text?.hasPrefix("SELECT") == true })
      #expect(
        try ledger.rows("SELECT 1 FROM not_sampled WHERE statement IN (SELECT statement FROM verdicts)", []) == [])
      choices.append(try ledger.rows("SELECT statement FROM not_sampled ORDER BY 1", []))
      let again = try replay(ledger, plan: plan)
      #expect(again.json == report.json)
    }
    #expect(choices[0] != choices[1])
  }

  @Test func `thresholds counted from stored effects are those of a replay under that threshold`() throws {
    let file = try GoldenFile.read("destruction", on: .sqlite)
    let folder = try Folder()
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    try load(file.recorded, into: ledger)
    var plan = try file.plan()
    let standard = try replay(ledger, plan: plan)
    let counts = try ThresholdCounts(ledger, policies: nil)
    #expect(counts.table[0].verdicts == standard.verdicts)
    for row in counts.table {
      #expect(row.verdicts.values.reduce(0, +) == counts.statements)
      let limit: String
      if let rows = row.rows {
        limit = "rows: \(rows)"
      } else if let share = row.share {
        limit = "share: \(share), share_of_at_least: 50"
      } else {
        continue
      }
      let policy = try Policy(
        yaml: "policy: p\nversion: \"1\"\nrules: []\nharm: { destroys: { \(limit) } }\n", path: "p.yaml")
      plan.policies = PolicySet(always: .rules(CompiledPolicy(policy)))
      #expect(try replay(ledger, plan: plan).verdicts == row.verdicts, "\(limit)")
    }
  }

  @Test(arguments: [
    (0, 59, 0.0495), (0, 100, 0.0295), (0, 1_000, 0.0030), (1, 100, 0.0466), (5, 100, 0.1023), (3, 3, 1),
  ])
  func `the upper limit of deviations is that of the tables`(deviations: Int, sample: Int, expected: Double) throws {
    let limit = try #require(upperDeviationLimit(deviations: deviations, of: sample))
    #expect(abs(limit - expected) < 0.00006)
  }

  @Test func `a sample of nothing has no limit`() { #expect(upperDeviationLimit(deviations: 0, of: 0) == nil) }

  @Test func `a forecast counts what a replay would do, and does nothing`() throws {
    let file = try GoldenFile.read("harmless", on: .sqlite)
    let folder = try Folder()
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    var sessions = file.recorded
    sessions[0].connection = "elsewhere"
    sessions.append(
      RecordedSession(
        key: "reader",
        statements: [
          StatementRecord(
            session: "reader", sequence: 1, time: Timestamp(nanoseconds: 1_783_000_000_000_000_000), sql: "SELECT 1",
            decision: Decision(action: .allow))
        ]))
    try load(sessions, into: ledger)
    let forecast = try ReplayForecast(ledger, plan: file.plan())
    #expect(forecast.statements == sessions.reduce(0) { $0 + $1.statements.count })
    #expect(forecast.sessions["no_shadow"] == 1)
    #expect((forecast.sessions["shared"] ?? 0) >= 1)
    #expect(forecast.sessions.values.reduce(0, +) == sessions.count)
    #expect((forecast.seconds ?? 0) > 0)
    #expect(try ledger.rows("SELECT count(*) FROM verdicts", []) == [[.integer(0)]])
  }
}
