import AuditTrail
import GoldenCorpus
import Ledger
import Policies
import SQLite
import Testing

@testable import Replay
@testable import PostgresShadows
@testable import SQLiteShadows
@testable import SyntheticShadows

/// What a replay leaves in a ledger for whoever reads verdicts.
private func conclusions(_ ledger: borrowing Ledger) throws -> [[LedgerValue]] {
  var rows: [[LedgerValue]] = []
  for table in ["replays", "measurements", "measured_sessions", "verdicts", "findings"] {
    rows += try ledger.rows("SELECT '\(table)', * FROM \(table) ORDER BY 2", [])
  }
  return rows
}

/// The same shadow, said to hold something else.
private func renamed(_ planned: PlannedShadow, contentDigest: String?) -> PlannedShadow {
  guard let shadow = planned.shadow as? SQLiteShadow else { return planned }
  return PlannedShadow(
    connection: planned.connection, shadow: StoppingShadow(shadow, after: .max, contentDigest: contentDigest),
    sensitive: planned.sensitive)
}

@Suite struct ReuseTests {
  private static let files = ["destruction", "leaks", "sessions", "transactions", "edges"]

  @Test(arguments: [Isolation.session, .history], files)
  func `a second replay runs nothing and concludes the same`(_ isolation: Isolation, _ name: String) throws {
    let file = try GoldenFile.read(name, on: .sqlite)
    let ledger = try Ledger.temporary()
    try load(file.recorded, into: ledger)
    var plan = try file.plan()
    plan.isolation = isolation
    let first = try replay(ledger, plan: plan)
    #expect(first.sessionsMeasured == file.cases.count && first.sessionsReused == 0)
    let concluded = try conclusions(ledger)
    // A shadow that stops at the first session: whatever is run on it fails.
    let (shadow, sensitive) = try file.makeShadow()
    plan.shadows = [
      PlannedShadow(connection: "clinic", shadow: StoppingShadow(shadow, after: 0), sensitive: sensitive)
    ]
    let second = try replay(ledger, plan: plan)
    #expect(second.sessionsReused == file.cases.count && second.sessionsMeasured == 0)
    #expect(second.verdicts == first.verdicts && second.findings == first.findings)
    #expect(try conclusions(ledger) == concluded)
    #expect(try ledger.problems() == [])
  }

  @Test func `other limits of harm grade what was measured, as a replay of its own would`() throws {
    let file = try GoldenFile.read("destruction", on: .sqlite)
    let policy = try Policy(
      yaml: "policy: p\nversion: \"1\"\nrules: []\nharm: { destroys: { rows: 1 } }\n", path: "p.yaml")
    let ledger = try Ledger.temporary()
    let fresh = try Ledger.temporary()
    try load(file.recorded, into: ledger)
    try load(file.recorded, into: fresh)
    var plan = try file.plan()
    let standard = try replay(ledger, plan: plan)
    plan.policies = PolicySet(always: .rules(CompiledPolicy(policy)))
    let graded = try replay(ledger, plan: plan)
    let measured = try replay(fresh, plan: plan)
    #expect(graded.sessionsMeasured == 0)
    #expect(graded.verdicts == measured.verdicts && graded.verdicts != standard.verdicts)
    #expect(try conclusions(ledger) == conclusions(fresh))
  }

  @Test func `what comes new is measured, and nothing else`() throws {
    let file = try GoldenFile.read("destruction", on: .sqlite)
    let ledger = try Ledger.temporary()
    let whole = try Ledger.temporary()
    let sessions = file.recorded
    try load(Array(sessions.dropLast(2)), into: ledger)
    _ = try replay(ledger, plan: file.plan())
    try load(sessions.suffix(2), into: ledger)
    let report = try replay(ledger, plan: file.plan())
    #expect(report.sessionsMeasured == 2 && report.sessionsReused == sessions.count - 2)
    try load(sessions, into: whole)
    let wanted = try replay(whole, plan: file.plan())
    #expect(report.verdicts == wanted.verdicts)
    #expect(try verdictLines(ledger) == verdictLines(whole))
  }

  /// Changes to what a measurement depends on.
  private static let changes: [(String, @Sendable (inout ReplayPlan) -> Void)] = [
    ("seed", { $0.seed = 7 }),
    ("isolation", { $0.isolation = .history }),
    ("asked for", { $0.measuresAgain = true }),
    (
      "sensitive columns",
      {
        $0.shadows = $0.shadows.map {
          PlannedShadow(connection: $0.connection, shadow: $0.shadow, sensitive: $0.sensitive + ["visits.note"])
        }
      }
    ),
    (
      "a shadow whose content nothing names",
      {
        $0.shadows = $0.shadows.map { renamed($0, contentDigest: nil) }
      }
    ),
    (
      "another shadow",
      {
        $0.shadows = $0.shadows.map { renamed($0, contentDigest: "other") }
      }
    ),
  ]

  @Test(arguments: changes.map(\.0))
  func `what a measurement depends on has it made again`(_ name: String) throws {
    let file = try GoldenFile.read("harmless", on: .sqlite)
    let ledger = try Ledger.temporary()
    try load(file.recorded, into: ledger)
    var plan = try file.plan()
    _ = try replay(ledger, plan: plan)
    let change = try #require(Self.changes.first { $0.0 == name }).1
    change(&plan)
    let report = try replay(ledger, plan: plan)
    #expect(report.sessionsReused == 0 && report.sessionsMeasured == file.cases.count)
  }

  @Test(arguments: [
    "UPDATE measurements SET rows_destroyed = 0 WHERE statement = 1",
    "DELETE FROM measurements WHERE statement = 1",
    "UPDATE measured_sessions SET key = x'00' WHERE session = 1",
    "INSERT INTO measured_sessions VALUES (99999, x'00')",
  ])
  func `measurements that another program changed are not used`(_ change: String) throws {
    let file = try GoldenFile.read("destruction", on: .sqlite)
    let folder = try Folder()
    let path = folder.path + "/l.db"
    let wanted: [String]
    do {
      let ledger = try Ledger(path: path, create: true)
      try load(file.recorded, into: ledger)
      _ = try replay(ledger, plan: file.plan())
      wanted = try verdictLines(ledger)
    }
    do {
      let database = try SQLiteDatabase(path: path, access: .readWrite)
      try database.execute(change)
    }
    let ledger = try Ledger(path: path, create: false)
    let report = try replay(ledger, plan: file.plan())
    #expect(report.sessionsReused == 0)
    #expect(try verdictLines(ledger) == wanted)
  }

  @Test func `a component of which one session is new runs whole`() throws {
    let file = try GoldenFile.read("transactions", on: .sqlite)
    let ledger = try Ledger.temporary()
    let whole = try Ledger.temporary()
    var plan = try file.plan()
    plan.isolation = .history
    let sessions = file.recorded
    try load(Array(sessions.dropLast()), into: ledger)
    _ = try replay(ledger, plan: plan)
    try load(sessions.suffix(1), into: ledger)
    let report = try replay(ledger, plan: plan)
    try load(sessions, into: whole)
    let wanted = try replay(whole, plan: plan)
    #expect(report.verdicts == wanted.verdicts)
    #expect(try verdictLines(ledger) == verdictLines(whole))
    #expect(report.sessionsMeasured > 0)
  }
}
