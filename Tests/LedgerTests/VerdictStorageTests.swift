import AuditTrail
import Ledger
import Testing

@Suite struct VerdictStorageTests {
  @Test(arguments: [
    Execution.ran, .failed(code: "SQLITE_ERROR", missingObject: "visits"), .failed(code: "23505", missingObject: nil),
    .notRun(.missingParams),
  ])
  func `an effect is read back as it was stored`(execution: Execution) throws {
    let folder = try TemporaryFolder()
    let ledger = try Ledger(path: folder.path + "/l.db", create: true)
    _ = try Fixture.load(
      [Fixture.batch(openings: [Fixture.opening("s1")], statements: [Fixture.statement("s1", 1)])], into: ledger)
    var table = TableEffect()
    table.deleted = 48_213
    table.updated = 3
    table.unchanged = 1
    table.before = 50_000
    table.isScratch = true
    var effect = Effect(execution)
    effect.tables = ["visits": table, "a \"b\"": TableEffect()]
    effect.dropped = [DroppedObject(type: "table", name: "t", rows: 4, isScratch: true)]
    effect.truncated = ["visits"]
    effect.altered = ["create index i"]
    effect.escalated = ["grant"]
    effect.refused = ["ATTACH"]
    effect.reads = ["customers.email"]
    effect.leak = .derived
    effect.leakedColumns = ["customers.email"]
    effect.rowsReturned = 12
    effect.ownCount = 0
    effect.kept = false
    effect.emptyTables = ["x"]
    effect.countedInProduction = ["y"]
    effect.estimate = .atLeast
    effect.basis = .synthetic
    let verdict = Verdict(
      .falseAllow, reason: "script", severity: .s4, confidence: .low, flags: ["attempted", "over_mask"])
    var replay = ReplayEntry(
      connection: "clinic", engine: "sqlite", source: "sqlite:x", imageSHA256: "ab", mode: "session",
      basis: .synthetic, asOf: Fixture.time("2026-07-01T00:00:00Z"), seed: .max)
    replay.id = try ledger.store(replay)
    try ledger.store([GradedStatement(statement: 1, replay: replay.id, effect: effect, verdict: verdict)])
    let read = try #require(try ledger.graded(session: 1)[1])
    #expect(read.effect == effect)
    #expect(read.verdict == verdict)
    #expect(try ledger.replays() == [replay])
    try ledger.store(detectedColumns: ["t.b", "t.a"])
    try ledger.store(detectedColumns: ["t.a"])
    #expect(try ledger.detectedColumns() == ["t.a", "t.b"])
    try ledger.clearReplay()
    #expect(try ledger.detectedColumns().isEmpty)
    #expect(try ledger.graded(session: 1).isEmpty)
  }
}
