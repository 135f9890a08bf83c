import AuditTrail
import JSONReader
import Ledger
import Testing

@testable import Export

/// How far a run came, and where the next one goes on.
@Suite struct CursorTests {
  private let sink = FakeSink()
  private let letters = FakeFile()

  private func plan(batch: Int = 2, _ change: (inout ExportPlan) -> Void = { _ in }) -> ExportPlan {
    var plan = ExportPlan()
    (plan.batch, plan.cursor) = (batch, "c")
    change(&plan)
    return plan
  }

  @discardableResult
  private func send(_ ledger: borrowing Ledger, _ plan: ExportPlan, retries: Int? = 0) throws -> ExportCounts {
    var run = ExportRun(
      plan, schema: AssayEvents(), to: sink, at: .standardOutput, deadLetters: letters, retries: retries,
      pause: { _, _ in })
    return try run.send(ledger, upTo: try ledger.exportState().last, nil) { _ in }
  }

  /// The texts of a session's statements, in so many batches.
  private static let texts = (1...7).map { "SELECT \($0) FROM visits" }

  @Test func `a second run sends nothing, and what comes later is sent alone`() throws {
    var world = try ExportLedger()
    try world.add("s1", Self.texts)
    #expect(try send(world.ledger, plan()).delivered == [.statement: 7])
    #expect(try send(world.ledger, plan()).total == 0)
    try world.add("s2", ["SELECT 1"])
    #expect(try send(world.ledger, plan()).delivered == [.statement: 1])
    #expect(Set(sink.taken).count == 8 && sink.taken.count == 8)
    let cursor = try world.ledger.exportCursor("c")
    #expect(cursor.position == 8 && cursor.delivered == 8 && cursor.refused == 0)
    #expect(try world.ledger.changes().isEmpty)
  }

  @Test(arguments: 0..<4)
  func `a run that ended in a batch goes on with that batch`(failing: Int) throws {
    var world = try ExportLedger()
    try world.add("s1", Self.texts)
    for _ in 0..<failing { sink.steps.append(.answer(DeliveryAnswer())) }
    sink.steps.append(.failure(.lasting(AssayError(.unavailable, "gone"))))
    #expect(throws: AssayError.self) { try send(world.ledger, plan()) }
    #expect(sink.taken.count == failing * 2)
    try send(world.ledger, plan())
    #expect(sink.taken.count == 7 && Set(sink.taken).count == 7)
  }

  @Test func `a batch that was taken and not noted is the only one that comes twice`() throws {
    var world = try ExportLedger()
    try world.add("s1", Self.texts)
    // Taken by the sink, and the process ends before it notes so.
    sink.steps = [.answer(DeliveryAnswer()), .failure(.lasting(AssayError(.unavailable, "killed")))]
    #expect(throws: AssayError.self) { try send(world.ledger, plan()) }
    var before = try world.ledger.exportCursor("c")
    #expect(before.position == 2)
    before.position = 0
    try world.ledger.store(&before)
    try send(world.ledger, plan())
    let twice = Dictionary(sink.taken.map { ($0, 1) }, uniquingKeysWith: +).filter { $0.value > 1 }
    #expect(Set(sink.taken).count == 7 && twice.count == 2 && sink.taken.count == 9)
  }

  @Test func `a refused record is a dead letter before the cursor passes it`() throws {
    var world = try ExportLedger()
    try world.add("s1", Self.texts)
    try send(world.ledger, plan { $0.cursor = nil })
    sink.bad = [sink.taken[3]]
    let counts = try send(world.ledger, plan())
    #expect(counts.refused == 1 && counts.delivered == [.statement: 6])
    #expect(letters.settled == letters.bytes.count && letters.lines.count == 1)
    #expect(letters.lines[0].hasPrefix("{\"refused\":\"\(sink.bad.first ?? "")\",\"kind\":\"statement\""))
    #expect(letters.lines[0].contains("\"reason\":\"no\"") && letters.lines[0].contains("assay.event/1"))
    #expect(try world.ledger.exportCursor("c").refused == 1)
    #expect(try send(world.ledger, plan()).total == 0)
  }

  @Test func `a sink that refuses everything from the first record on stops the run, and nothing is noted`() throws {
    var world = try ExportLedger()
    try world.add("s1", Self.texts)
    sink.steps = [.refusal("no such index", tookSome: false)]
    let failure = #expect(throws: AssayError.self) { try send(world.ledger, plan()) }
    #expect(failure?.code == .invalidExport && letters.lines.isEmpty)
    #expect(try world.ledger.exportCursor("c").position == 0)
  }

  @Test func `a sink that does not say which of the first it refused took some, and the run goes on`() throws {
    var world = try ExportLedger()
    try world.add("s1", Self.texts)
    sink.steps = [.refusal("1 of 2", tookSome: true)]
    let counts = try send(world.ledger, plan())
    #expect(counts.refused == 2 && counts.delivered == [.statement: 5] && letters.lines.count == 2)
  }

  @Test func `filters leave out what they do not name, and the cursor passes it`() throws {
    var world = try ExportLedger()
    try world.add("s1", on: "clinic", Self.texts)
    try world.add("s2", on: "billing", ["SELECT 1", "SELECT 2"])
    #expect(try send(world.ledger, plan { $0.connections = ["billing"] }).delivered == [.statement: 2])
    #expect(try world.ledger.exportCursor("c").position == 9)
    #expect(try send(world.ledger, plan { ($0.connections, $0.cursor) = (["nowhere"], "d") }).total == 0)
    #expect(try world.ledger.exportCursor("d").position == 9)
    #expect(try send(world.ledger, plan { ($0.kinds, $0.cursor) = ([.finding], "e") }).statements == 0)
  }

  @Test func `what has no verdict yet is waited for where verdicts are asked for`() throws {
    var world = try ExportLedger()
    try world.add("s1", Self.texts)
    try world.grade(1...3, .confirmedAllow)
    try world.grade(2...2, .falseAllow)
    let harmful = plan { $0.verdicts = [.falseAllow] }
    let counts = try send(world.ledger, harmful)
    #expect(counts.delivered == [.statement: 1] && counts.isWaiting)
    #expect(try world.ledger.exportCursor("c").position == 3)
    try world.grade(4...7, .falseAllow)
    let rest = try send(world.ledger, harmful)
    #expect(rest.delivered == [.statement: 4] && !rest.isWaiting)
  }

  @Test func `a finding is sent once, and again where it says something else`() throws {
    var world = try ExportLedger()
    try world.add("s1", Self.texts)
    func store(_ detail: String) throws {
      try world.ledger.replaceFindings(
        of: "approved_harm", by: [Finding(kind: "approved_harm", session: 1, statement: 2, detail: detail)])
    }
    try store("3 rows deleted")
    let findings = plan { $0.kinds = [.finding] }
    #expect(try send(world.ledger, findings).delivered == [.finding: 1])
    #expect(try send(world.ledger, findings).total == 0)
    try store("4 rows deleted")
    #expect(try send(world.ledger, findings).delivered == [.finding: 1])
    #expect(Set(sink.taken).count == 1, "its id stays")
    var cursor = try world.ledger.exportCursor("c")
    try world.ledger.restart(&cursor)
    #expect(try send(world.ledger, findings).delivered == [.finding: 1])
  }

  @Test func `two exports to one cursor exclude each other`() throws {
    let world = try ExportLedger()
    let lock = try ExportLock("c", of: world.ledger.path)
    let failure = #expect(throws: AssayError.self) { _ = try ExportLock("c", of: world.ledger.path) }
    #expect(failure?.code == .inUse)
    _ = try ExportLock("d", of: world.ledger.path)
    withExtendedLifetime(lock) {}
  }

  @Test(arguments: SchemaName.allCases)
  func `no literal and no parameter leaves, and the same statement has the same bytes and id`(name: SchemaName) throws {
    var world = try ExportLedger()
    try world.add(
      "s1",
      [
        "SELECT name FROM visits WHERE name = 'literal-secret' AND id = 918273645 -- comment-secret",
        "INSERT INTO visits VALUES ('literal-secret', $$literal-secret$$)", "DROP TABLE \"918273645\"",
        "broken 'literal-secret",
      ])
    var maker = EventMaker(showsLiterals: false)
    let schema = name.schema(ocsf: .v1_5, program: "1")
    func records() throws -> [[UInt8]] {
      var reader = try ExportReader(path: world.ledger.path)
      return try reader.statements(after: 0, upTo: 9, limit: 9).map { schema.encode(try maker.event($0, &reader)) }
    }
    let first = try records()
    let second = try records()
    #expect(first.count == 4 && second == first)
    for record in first {
      let text = String(decoding: record, as: UTF8.self)
      #expect(!text.contains("secret") && !text.contains("918273645"), "\(text)")
      #expect(text.contains("ana@example.org"))
    }
    maker = EventMaker(showsLiterals: true)
    let shown = try records().map { String(decoding: $0, as: UTF8.self) }
    #expect(shown[0].contains("literal-secret") && !shown[0].contains("parameter-secret"))
  }
}
