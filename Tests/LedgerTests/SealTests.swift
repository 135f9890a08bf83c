import AuditTrail
import Foundation
import Ledger
import SQLite
import Testing

/// The digests that a ledger keeps of its rows: they follow every write of this program, and no other.
@Suite struct SealTests {
  /// A ledger with something in most tables, read in two archives that overlap, replayed and rolled up.
  private static func make(_ path: String) throws {
    let ledger = try Ledger(path: path, create: true)
    let first = Fixture.batch(
      openings: [Fixture.opening("s1")],
      statements: (1...20).map {
        Fixture.statement("s1", $0, "SELECT \($0 % 3)", action: $0 % 5 == 0 ? .review : .allow)
      },
      approvals: [Fixture.approval("a1", session: "s1")])
    var second = Fixture.batch(
      openings: [Fixture.opening("s2", user: "bo@example.org"), Fixture.opening("s3")],
      statements: (15...25).map { Fixture.statement("s1", $0, rows: 7) }
        + (1...5).map { Fixture.statement("s3", $0, approval: "a2") },
      approvals: [Fixture.approval("a2"), Fixture.approval("a1", session: "s1", status: .revoked)])
    second.outputs.append(OutputFinding(session: "s3", detector: "email", count: 2))
    second.heartbeats.append(Entered(Fixture.time("2026-07-01T10:00:00Z"), entry: 90))
    second.rejected.append(
      RejectedEntry(entry: 91, byteOffset: 10, bytes: 4, reason: "invalid_json", message: "no JSON"))
    // s4's opening comes after its statements.
    let third = Fixture.batch(statements: [Fixture.statement("s4", 1)])
    let fourth = Fixture.batch(openings: [Fixture.opening("s4")], statements: [Fixture.statement("s4", 2)])
    _ = try Fixture.load([first, second, third, fourth], into: ledger)
    var replay = ReplayEntry(
      connection: "*", engine: "sqlite", source: "sqlite:x.sql", imageSHA256: "00", mode: "session", basis: .copy,
      asOf: nil, seed: 0)
    replay.id = try ledger.beginReplay(ofPlan: "p", on: [replay], sample: nil)[0]
    try ledger.store(
      (1...20).map { statement in
        var effect = Effect(.ran)
        effect.tables["visits"] = TableEffect()
        return GradedStatement(
          statement: Int64(statement), replay: replay.id, effect: effect, verdict: Verdict(.confirmedAllow))
      })
    try ledger.store([
      Finding(kind: "accumulated_harm", session: 1, statement: 2, detail: "x"),
      Finding(kind: "accumulated_harm", session: 1, statement: 2, detail: "x"),
    ])
    try ledger.store(detectedColumns: ["customers.email"])
    try ledger.replaceFindings(of: "recorded_output", by: try ledger.recordedOutputFindings(nil))
    try ledger.finishReplay()
    try ledger.map(identities: { identity in
      var identity = identity
      identity.owner = "cy@example.org"
      return identity
    })
    try ledger.map(environments: ["clinic": "staging"])
    try ledger.rollUpTraffic()
  }

  /// Tables with rows, and the columns that are not their keys.
  private static func tables(_ database: borrowing SQLiteDatabase) throws -> [(name: String, columns: [String])] {
    var names: [String] = []
    var find = try database.prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    while try find.step() { names.append(find.text(0)) }
    var tables: [(name: String, columns: [String])] = []
    for name in names {
      var count = try database.prepare("SELECT count(*) FROM \(name)")
      try count.step()
      guard count.int64(0) > 0 else { continue }
      let rows = try database.prepare("SELECT * FROM \(name)")
      tables.append((name, (0..<rows.columnCount).map { rows.columnName($0) }))
    }
    return tables
  }

  @Test func `a ledger that only this program wrote is as it was written, and each change by another shows`() throws {
    let folder = try TemporaryFolder()
    let (written, path) = (folder.path + "/written.db", folder.path + "/l.db")
    try Self.make(written)
    do {
      let ledger = try Ledger(path: written, create: false)
      let problems = try ledger.problems()
      #expect(problems == [], "\(problems)")
    }
    let tables = try Self.tables(try SQLiteDatabase(path: written, access: .readOnly))
    #expect(tables.count > 25)
    for table in tables {
      let changes =
        ["DELETE FROM \(table.name)"]
        + table.columns.flatMap { column in
          [
            "DELETE FROM \(table.name) WHERE \(column) = (SELECT min(\(column)) FROM \(table.name))",
            "UPDATE OR IGNORE \(table.name) SET \(column) = CASE WHEN \(column) IS 4 THEN 5 ELSE 4 END",
          ]
        }
      for change in changes {
        try? FileManager.default.removeItem(atPath: path)
        try FileManager.default.copyItem(atPath: written, toPath: path)
        let database = try SQLiteDatabase(path: path, access: .readWrite)
        try database.begin()
        do { try database.execute(change) } catch { continue }
        guard database.totalChanges > 0 else { continue }
        try database.commit()
        let found = Result { try Ledger(path: path, create: false).changes() }
        let isSeen: Bool
        switch found {
        case .success(let sentences): isSeen = !sentences.isEmpty
        // The version is read before anything else.
        case .failure(let error): isSeen = error is AssayError
        }
        #expect(isSeen, "\(change)")
      }
    }
  }

  @Test(arguments: [
    "CREATE TRIGGER t AFTER INSERT ON verdicts BEGIN DELETE FROM findings; END", "DROP TABLE verdicts",
    "CREATE TABLE extra (a)", "DROP VIEW statement_view",
    "DROP VIEW statement_view; CREATE VIEW statement_view AS SELECT * FROM statements WHERE id > 3",
    "ALTER TABLE verdicts ADD COLUMN more", "DROP INDEX statements_by_approval",
    "DROP INDEX statements_by_session; CREATE INDEX statements_by_session ON statements (id)",
    "ANALYZE", "PRAGMA user_version = 7", "PRAGMA application_id = 7",
  ])
  func `other tables, views or triggers than this program makes are refused`(change: String) throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/l.db"
    try Self.make(path)
    do {
      let database = try SQLiteDatabase(path: path, access: .readWrite)
      try database.execute(change)
    }
    let error = #expect(throws: AssayError.self) { _ = try Ledger(path: path, create: false) }
    #expect(error?.code == .changedLedger)
  }

  @Test func `what another program changed still shows after this one has written more`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/l.db"
    try Self.make(path)
    do {
      let database = try SQLiteDatabase(path: path, access: .readWrite)
      try database.execute(
        "UPDATE statements SET time = time + 1 WHERE id = 3; UPDATE approvals SET requested_by = 'x';"
          + "UPDATE meta SET value = '0' WHERE key = 'finished'")
    }
    let ledger = try Ledger(path: path, create: false)
    try ledger.finishIngest()
    try ledger.map(environments: ["clinic": "production"])
    try ledger.rollUpTraffic()
    let changes = try ledger.changes()
    #expect(changes.contains { $0.contains("`statements` of a0") }, "\(changes)")
    #expect(changes.contains { $0.contains("`approvals` of a1") }, "\(changes)")
    #expect(throws: AssayError.self) { try ledger.requireUnchanged() }
  }

  @Test func `a figure that no sum can hold is a change by another program`() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/l.db"
    do { _ = try Ledger(path: path, create: true) }
    do {
      let database = try SQLiteDatabase(path: path, access: .readWrite)
      for number in 1...2 {
        try database.execute("INSERT INTO rollup VALUES (\(number), 1, 1, 9223372036854775807, 0, 0)")
      }
    }
    let ledger = try Ledger(path: path, create: false)
    let error = #expect(throws: AssayError.self) { try ledger.problems() }
    #expect(error?.code == .changedLedger)
  }

  @Test func `a replay that was stopped does not go on over what another program changed`() throws {
    let folder = try TemporaryFolder()
    for change in [
      "DELETE FROM replays", "UPDATE verdicts SET verdict = 'confirmed_allow'", "DELETE FROM replayed_sessions",
      "UPDATE measurements SET effect = 'x'", "INSERT INTO findings VALUES (1, 'a', 1, 1, 'b')",
    ] {
      let path = "\(folder.path)/\(UUID().uuidString).db"
      do {
        let ledger = try Ledger(path: path, create: true)
        _ = try Fixture.load(
          [Fixture.batch(openings: [Fixture.opening("s1")], statements: [Fixture.statement("s1", 1)])], into: ledger)
        let replay = ReplayEntry(
          connection: "*", engine: "sqlite", source: "s", imageSHA256: "00", mode: "session", basis: .copy, asOf: nil,
          seed: 0)
        _ = try ledger.beginReplay(ofPlan: "p", on: [replay], sample: nil)
        var rows = GradedRows()
        rows.add(GradedStatement(statement: 1, replay: 1, effect: Effect(.ran), verdict: Verdict(.falseAllow)))
        var batch = ReplayBatch()
        batch.graded = [rows]
        batch.finished = [1]
        try ledger.store(batch)
        #expect(try ledger.hasUnfinishedReplay(ofPlan: "p"))
      }
      do {
        let database = try SQLiteDatabase(path: path, access: .readWrite)
        try database.execute(change)
      }
      let ledger = try Ledger(path: path, create: false)
      #expect(try !ledger.hasUnfinishedReplay(ofPlan: "p"), "\(change)")
      _ = try ledger.beginReplay(ofPlan: "p", on: [], sample: nil)
      #expect(try ledger.changes() == [], "\(change)")
    }
  }

  @Test func `numbers at the edge of what a column holds are as they were written`() throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    let numbers: [Int64] = [.min + 1, .min + 4, .min + 6, .min + 7, -1, 0, .max]
    _ = try Fixture.load(
      [
        Fixture.batch(
          openings: [Fixture.opening("s1")],
          statements: numbers.enumerated().map { place, number in
            StatementRecord(
              session: "s1", sequence: Int64(place + 1), time: Timestamp(nanoseconds: number), sql: "SELECT 1",
              parameters: nil, decision: Decision(action: .allow), approval: place % 2 == 0 ? "" : nil, result: nil)
          })
      ], into: ledger)
    #expect(try ledger.changes() == [])
  }

  @Test func `a second ledger of the same archives holds the same records, and a changed one does not`() throws {
    let folder = try TemporaryFolder()
    let (path, other) = (folder.path + "/l.db", folder.path + "/m.db")
    try Self.make(path)
    try Self.make(other)
    let fresh = try Ledger(path: other, create: false)
    do { #expect(try Ledger(path: path, create: false).differences(from: fresh) == []) }
    do {
      let database = try SQLiteDatabase(path: path, access: .readWrite)
      try database.execute(
        """
        UPDATE texts SET sql = 'SELECT 99' WHERE id = 1; DELETE FROM approval_decisions WHERE approval = 1;
        DELETE FROM heartbeats; DELETE FROM statements WHERE session = 1 AND sequence = 7
        """)
    }
    let found = try Ledger(path: path, create: false).differences(from: fresh)
    #expect(Set(found.map(\.record)) == ["statement", "approval", "heartbeat"], "\(found)")
    #expect(found.contains { $0.name == "hoop/s1/7" && $0.kind == .missing })
    #expect(found.contains { $0.record == "heartbeat" && $0.kind == .missing && $0.archive == "1" })
  }
}
