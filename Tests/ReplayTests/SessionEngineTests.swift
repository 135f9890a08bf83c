import AuditTrail
import Ledger
import Testing

@testable import Replay

/// What the session engine does whatever the database, on one that is a dictionary.
struct SessionEngineTests {
  private func statement(_ number: Int, _ said: String) -> StatementEntry {
    // `! TEXT` was blocked, `? TEXT` failed when it was recorded, anything else ran.
    let mark = said.first
    let isMarked = mark == "!" || mark == "?"
    let sql = isMarked ? String(said.dropFirst(2)) : said
    return StatementEntry(
      id: Int64(number), session: 1, sequence: Int64(number), time: Timestamp(nanoseconds: Int64(number)),
      textID: sql.utf8.reduce(0) { $0 &* 31 &+ Int64($1) }, sql: sql, parameters: nil,
      decision: Decision(action: mark == "!" ? .block : .allow),
      outcome: mark == "!" ? .notRun : .ran, approval: nil, approved: false,
      result: mark == "?"
        ? RecordedResult(
          rows: nil, rowsKind: .unknown, durationMicroseconds: nil, error: RecordedError(sqlstate: "1", message: nil))
        : nil,
      unit: nil, completeness: [])
  }

  private func run(
    _ texts: [String], on driver: FakeDriver = FakeDriver(["a": 10, "b": 0]), engine: String = "strict"
  ) throws -> SessionRun {
    try SessionEngine(driver, reusesReads: false).run(
      texts.enumerated().map { statement($0.offset + 1, $0.element) }, engine: engine, observing: .at([]))
  }

  /// What a session says, the rows of `a` at its end, and which statements' effects outlived it.
  private static let sessions: [([String], Int64, [Bool])] = [
    (["delete a 3"], 7, [true]),
    (["! delete a 3"], 10, [false]),
    (["? delete a 3"], 10, [false]),
    (["begin", "delete a 3", "commit"], 7, [true, true, true]),
    (["begin", "delete a 3", "rollback"], 10, [true, false, true]),
    (["begin", "delete a 3"], 10, [true, false]),
    (
      ["begin", "delete a 1", "savepoint s", "delete a 2", "rollback s", "commit"], 9,
      [true, true, true, false, true, true]
    ),
    (["begin", "delete a 1", "! delete a 2", "commit"], 9, [true, true, false, true]),
    (["begin", "fail", "delete a 1", "commit"], 10, [true, false, false, true]),
    (["begin", "fail", "rollback", "delete a 1"], 9, [true, false, true, true]),
    (["delete a 1;delete a 2"], 7, [true]), (["delete a 1;fail"], 10, [false]),
    (["begin;delete a 1;rollback"], 10, [false]), (["begin;delete a 1;commit"], 9, [true]),
    (["delete a 1;begin;delete a 2", "rollback"], 10, [false, true]),
    (["delete a 1;begin;delete a 2", "commit"], 7, [true, true]),
    (["delete a 1;begin;rollback;delete a 2"], 8, [true]),
    (["delete a 1;commit;fail"], 9, [true]), (["? delete a 1;commit;delete a 2;fail"], 9, [true]),
    (["begin", "delete a 1;commit;fail", "delete a 2"], 7, [true, true, true]),
  ]

  @Test(arguments: sessions)
  func `recorded transactions, probes and failures leave what they left`(
    _ texts: [String], _ rows: Int64, _ kept: [Bool]
  ) throws {
    let driver = FakeDriver(["a": 10, "b": 0])
    let run = try run(texts, on: driver)
    #expect(driver.tables["a"] == rows)
    #expect(run.effects.map(\.kept) == kept)
  }

  /// The same where each command of a text stands for itself.
  private static let looseSessions: [([String], Int64, [Bool])] = [
    (["delete a 1;fail;delete a 2"], 9, [true]), (["? delete a 1;fail"], 9, [true]),
    (["! delete a 1;fail"], 10, [false]),
    (["part a 3", "delete a 1"], 6, [true, true]), (["? part a 3", "delete a 1"], 6, [true, true]),
    (["! part a 3", "delete a 1"], 9, [false, true]), (["? delete a 3"], 10, [false]),
    (["begin", "part a 3", "rollback"], 10, [true, false, true]),
    (["begin", "? part a 3", "commit"], 7, [true, true, true]),
  ]

  @Test(arguments: looseSessions)
  func `what a failure leaves stays, and is the statement's effect`(
    _ texts: [String], _ rows: Int64, _ kept: [Bool]
  ) throws {
    let driver = FakeDriver(["a": 10])
    let run = try run(texts, on: driver, engine: "loose")
    #expect(driver.tables["a"] == rows)
    #expect(run.effects.map(\.kept) == kept)
  }

  @Test(arguments: ["delete a 3;fail", "part a 3"])
  func `a statement that fails is judged by what it leaves`(_ text: String) throws {
    for mark in ["", "? ", "! "] {
      let effect = try run([mark + text], engine: "loose").effects[0]
      #expect(effect.leavesChanges)
      #expect(effect.tables["a"]?.deleted == 3)
    }
    #expect(try run(["delete a 3;fail"]).effects[0].leavesChanges == false)
  }

  @Test func `a probe is judged by what it would have left, and its traces are taken back`() throws {
    let driver = FakeDriver(["a": 10])
    let run = try run(["! empty a", "delete a 1"], on: driver)
    #expect(run.effects[0].tables["a"]?.deleted == 10)
    #expect(run.effects[0].truncated == ["a"])
    #expect(driver.sequence == 1)
    #expect(driver.tables["a"] == 9)
  }

  @Test func `a probe outside a transaction meets what its end would find`() throws {
    let run = try run(["! delete a 1"], on: FakeDriver(["a": 10], failsAtEnd: true))
    #expect(run.effects[0].execution == .failed(code: "end", missingObject: nil))
  }

  @Test func `a commit that fails takes its statements back`() throws {
    let driver = FakeDriver(["a": 10], failsAtEnd: true)
    let run = try run(["begin", "delete a 1", "commit"], on: driver)
    #expect(run.effects[2].execution == .failed(code: "end", missingObject: nil))
    #expect(run.effects[1].kept == false)
    #expect(driver.tables["a"] == 10)
  }

  @Test func `what a session made itself is scratch, and what it emptied of others is not`() throws {
    let run = try run(["make c", "insert c 5", "empty c", "empty a"])
    #expect(run.effects[2].tables["c"]?.isScratch == true)
    #expect(run.effects[2].truncated.isEmpty)
    #expect(run.effects[3].truncated == ["a"])
  }

  @Test func `production's counts take the place of the shadow's where a whole table goes`() throws {
    let driver = FakeDriver(["a": 10])
    driver.production = ["a": 7_000]
    let run = try run(["empty a"], on: driver)
    #expect(run.effects[0].tables["a"]?.deleted == 7_000)
    #expect(run.effects[0].countedInProduction == ["a"])
  }

  @Test func `a read on an untouched clone is measured once`() throws {
    let driver = FakeDriver(["a": 10])
    let engine = SessionEngine(driver, reusesReads: true)
    let texts = ["read a", "read a", "insert a 1", "read a"]
    let run = try engine.run(
      texts.enumerated().map { statement($0.offset + 1, $0.element) }, engine: "strict", observing: .at([]))
    #expect(driver.ran == 3)
    #expect(run.effects.map(\.rowsReturned) == [10, 10, 0, 11])
  }

  @Test func `a session whose statement takes too long runs again without it`() throws {
    let driver = FakeDriver(["a": 10])
    let run = try run(["delete a 1", "wait", "delete a 2"], on: driver)
    #expect(run.effects[1].execution == .notRun(.timeout))
    #expect(run.effects[2].tables["a"]?.before == 9)
    #expect(driver.tables["a"] == 7)
  }
}
