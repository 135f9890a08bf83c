import AuditTrail
import Testing

@testable import Archives

/// What waits for more of an archive does not grow with it.
@Suite struct WaitingTests {
  @Test func `what has waited longest goes first, by number and by bytes`() {
    var waiting = Waiting<Int, String>(mostValues: 3, mostBytes: 100)
    var gone: [Int] = []
    func settle() { while let key = waiting.excess(), waiting.take(key) != nil { gone.append(key) } }
    for key in 1...5 {
      waiting.put("x", bytes: 10, for: key)
      settle()
    }
    #expect(gone == [1, 2] && waiting.keys == [3, 4, 5])
    waiting.put("y", bytes: 70, for: 4)
    settle()
    #expect(gone == [1, 2] && waiting.keys == [3, 4, 5])
    waiting.change(5) { value in
      value += "z"
      return 40
    }
    settle()
    #expect(gone == [1, 2, 3, 4] && waiting[5] == "xz")
    #expect(waiting.take(5) == "xz" && waiting.take(5) == nil && waiting.keys.isEmpty)
    waiting.put("x", bytes: 101, for: 6)
    settle()
    #expect(gone == [1, 2, 3, 4, 6])
  }

  @Test func `what comes and goes in any order leaves nothing`() {
    var waiting = Waiting<Int, Int>(mostValues: 1_000)
    for round in 0..<20_000 {
      waiting.put(round, bytes: 1, for: round % 701)
      if round % 3 == 0 { _ = waiting.take(round * 7 % 701) }
    }
    let keys = waiting.keys
    #expect(Set(keys).count == keys.count)
    for key in keys { #expect(waiting.take(key) != nil) }
    #expect(waiting.keys.isEmpty && waiting.excess() == nil)
  }

  /// A line of a session of its own that goes on and never says that it ends.
  private static func line(_ number: Int, second: Int, _ message: String, process: Int? = nil) -> PostgresLogLine {
    var line = PostgresLogLine(
      time: Timestamp(nanoseconds: Int64(second) * 1_000_000_000), message: Array(message.utf8))
    line.severity = .other
    if let process { line.process = Int64(process) } else { line.session = "6b03ea39.\(number)" }
    line.user = "ana"
    return line
  }

  @Test(arguments: [true, false])
  func `sessions that never end are forgotten, and their statements are not`(hasIDs: Bool) {
    var sessions = PostgresSessions(options: ReadOptions(), mostKept: 10)
    var batch = RecordBatch()
    for number in 0..<100 {
      let line = Self.line(number, second: number, "statement: SELECT \(number)", process: hasIDs ? nil : number)
      sessions.take(line, entry: Int64(number), into: &batch)
      #expect(sessions.kept <= 10)
    }
    sessions.end(into: &batch)
    #expect(batch.openings.count == 100 && batch.statements.count == 100)
    #expect(Set(batch.statements.map(\.entry)) == Set(0..<100))
  }

  @Test func `statements of many bytes do not wait for their sessions to go on`() {
    var sessions = PostgresSessions(options: ReadOptions(), mostBytes: 10_000)
    var batch = RecordBatch()
    let text = String(repeating: "x", count: 1_000)
    for number in 0..<100 {
      sessions.take(Self.line(number, second: number, "statement: SELECT '\(text)'"), entry: 0, into: &batch)
      #expect(number - batch.statements.count <= 10)
    }
    // The one that came last may go on.
    sessions.take(Self.line(99, second: 100, "duration: 1.000 ms"), entry: 0, into: &batch)
    sessions.end(into: &batch)
    #expect(batch.statements.count == 100 && batch.openings.count == 100)
    #expect(batch.statements.filter { $0.duration == 1_000 }.count == 1)
  }

  @Test func `parts of nothing do not wait without end`() throws {
    var chunks = AuditChunks(limit: 100_000)
    var lines: [Entered<PostgresLogLine>] = []
    for number in 0..<2_000 {
      let key = AuditChunks.Key(session: "s", statement: Int64(number), substatement: 1, kind: "", object: "")
      try chunks.take(Self.line(1, second: 0, ""), key, index: 1, of: 2, entry: Int64(number), into: &lines)
    }
    #expect(lines.count >= 900 && lines.map(\.entry) == Array(0..<Int64(lines.count)))
    chunks.end(into: &lines)
    #expect(lines.count == 2_000 && chunks.missing == 2_000)
  }

  @Test func `names that an archive chooses are counted apart up to a number`() {
    var counts = NameCounts()
    for number in 0..<1_000 { counts.add("name \(number)") }
    counts.add("name 3", .max)
    counts.add(String(repeating: "x", count: 10_000))
    #expect(counts.description.utf8.count < 1_000 && counts.description.contains("others 981"))
  }
}
