import AuditTrail
import SeededRandom
import Testing

@Suite struct RecordBatchTests {
  private static let lists: [[String?]] = [
    [], [nil], [""], ["a"], [nil, nil], ["", nil, "b"], ["täglich", "日本", "\u{0}", "\n"],
    [String(repeating: "x", count: 70_000), nil, "y"],
  ]

  @Test(arguments: lists)
  func `fields that are packed come out as they went in`(fields: [String?]) {
    var batch = RecordBatch()
    _ = batch.store("before")
    let slice = batch.pack(fields: fields)
    _ = batch.store("after")
    #expect(unpackFields(batch.arena[slice.range]) == fields)
    #expect(slice.isPresent)
  }

  @Test func `random fields round trip, and no prefix of them is read past its end`() {
    var random = SplitMix64(seed: 7)
    for _ in 0..<200 {
      let fields: [String?] = (0..<Int(random.next() % 6)).map { _ in
        random.next() % 4 == 0 ? nil : String(repeating: "ü", count: Int(random.next() % 40))
      }
      var batch = RecordBatch()
      let slice = batch.pack(fields: fields)
      let bytes = Array(batch.arena[slice.range])
      #expect(unpackFields(bytes) == fields)
      let cut = bytes.prefix(Int(random.next() % UInt64(bytes.count + 1)))
      #expect(fields.starts(with: unpackFields(cut)))
    }
  }

  @Test func `bytes that are not packed fields end the list`() {
    #expect(unpackFields([0xFE, 0xFF, 0xFF, 0xFF, 1, 2, 3]) == [])
    #expect(unpackFields([1, 0, 0, 0]) == [])
    #expect(unpackFields([1, 0, 0]) == [])
    #expect(unpackFields([1, 0, 0, 0, 0xFF]) == ["\u{FFFD}"])
  }

  @Test func `a field written byte by byte is a field`() {
    var batch = RecordBatch()
    let start = batch.arena.count
    let mark = batch.beginField()
    batch.arena.append(contentsOf: "one".utf8)
    batch.endField(mark)
    batch.packAbsentField()
    #expect(unpackFields(batch.arena[batch.slice(from: start).range]) == ["one", nil])
  }

  @Test func `a decision is packed in its order, masked columns sorted at the end`() {
    var batch = RecordBatch()
    let slice = batch.pack(
      Decision(action: .mask, rule: "r", policy: nil, policyVersion: "2", masked: ["t.b", "t.a"], message: ""))
    #expect(unpackFields(batch.arena[slice.range]) == ["mask", "r", nil, "2", "", "t.a", "t.b"])
  }

  @Test func `a statement becomes a row that says the same`() throws {
    var record = StatementRecord(
      session: "s1", sequence: 3, time: Timestamp(nanoseconds: 5), sql: "SELECT ?",
      decision: Decision(action: .block, rule: "r"))
    record.parameters = [Parameter(type: "integer", value: "17"), Parameter(type: nil, value: nil)]
    record.approval = "a1"
    record.result = RecordedResult(
      rows: 4, rowsKind: .affected, durationMicroseconds: nil, error: RecordedError(sqlstate: nil, message: "no"))
    record.unit = UnitReference(id: "u", sha256: nil, position: 2, count: 9)
    record.completeness = [.redacted]
    var batch = RecordBatch()
    batch.append(record, entry: 12)
    let row = try #require(batch.statements.first)
    func text(_ slice: ArenaSlice) -> String { String(decoding: batch.arena[slice.range], as: UTF8.self) }
    #expect((row.entry, row.sequence, row.time, row.action) == (12, 3, 5, .block))
    #expect((text(row.session), text(row.sql), text(row.approval)) == ("s1", "SELECT ?", "a1"))
    #expect(unpackFields(batch.arena[row.parameters.range]) == ["integer", "17", nil, nil])
    #expect(unpackFields(batch.arena[row.error.range]) == [nil, "no"])
    #expect(unpackFields(batch.arena[row.unit.range]) == ["u", nil])
    #expect((row.hasResult, row.rows, row.rowsKind, row.duration) == (true, 4, .affected, -1))
    #expect((row.unitPosition, row.unitCount, row.completeness) == (2, 9, [.redacted]))
    #expect(batch.recordCount == 1)
  }

  @Test func `what a statement lacks is absent in its row, not empty`() throws {
    var batch = RecordBatch()
    batch.append(
      StatementRecord(
        session: "s", sequence: 1, time: Timestamp(nanoseconds: 0), sql: "", decision: Decision(action: .allow)),
      entry: 1)
    let row = try #require(batch.statements.first)
    #expect(row.sql.isPresent && row.sql.range.isEmpty)
    #expect(!row.parameters.isPresent && !row.approval.isPresent && !row.error.isPresent && !row.unit.isPresent)
    #expect((row.hasResult, row.rows, row.duration) == (false, -1, -1))
    #expect((row.unitPosition, row.unitCount) == (1, 1))
  }
}
