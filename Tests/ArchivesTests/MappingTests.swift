import Archives
import AuditTrail
import Testing

@Suite struct MappingTests {
  private static func csv(_ change: (inout FieldMapping) -> Void = { _ in }) -> ArchiveFormat {
    var mapping = FieldMapping(layout: .csv(separator: UInt8(ascii: ";"), columns: nil))
    mapping.sources = [
      .time: .fields([["ts"]]), .statement: .fields([["sql"]]), .session: .fields([["host"], ["conn"]]),
      .user: .fields([["who"]]),
      .engine: .constant("MySQL"), .connection: .constant("orders"), .decision: .fields([["act"]]),
      .rows: .fields([["n"]]),
    ]
    mapping.decisions = ["OK": .allow, "NO": .block]
    change(&mapping)
    return .mapped(mapping, name: "m.yaml")
  }

  private static let text =
    "\u{FEFF}ts;sql;host;conn;who;act;n\n2026-07-01T09:00:00Z;\"select \"\"a;b\"\"\nfrom t\";h;7;ana;OK;3\n"

  @Test func `columns become a statement, its session and its decision`() throws {
    let reading = try read(Self.text + "2026-07-01 09:00:01+02:00;drop table t;h;7;ana;NO;\n\n", as: Self.csv())
    #expect(reading.addsUp && reading.summary.rejected == 0, "\(reading.rejected)")
    #expect(reading.statements.map(\.sql) == ["select \"a;b\"\nfrom t", "drop table t"])
    #expect(reading.statements.map(\.session) == ["h/7", "h/7"])
    #expect(reading.statements.map(\.decision.action) == [.allow, .block])
    #expect(reading.statements.map { $0.result?.rows } == [3, nil])
    #expect(reading.openings.map(\.connection) == [Connection(name: "orders", engine: "mysql")])
    #expect(reading.openings.map(\.identity?.user) == ["ana"])
    #expect(reading.summary.format == "mapping:m.yaml")
  }

  @Test func `what the mapping does not know is rejected or skipped, never guessed`() throws {
    let lines = [
      "2026-07-01T09:00:00Z;select 1;h;7;ana;MAYBE;", "yesterday;select 1;h;7;ana;OK;",
      "2026-07-01T09:00:00Z;;h;7;ana;OK;",
      "2026-07-01T09:00:00Z;select 1;h", "2026-07-01T09:00:00Z;x;skip;7;ana;OK;",
    ]
    let format = Self.csv { $0.skip = (["host"], ["skip"]) }
    let reading = try read(Self.text + lines.joined(separator: "\n"), as: format)
    #expect(reading.addsUp)
    #expect(reading.rejected.map(\.reason) == ["bad_value", "invalid_time", "missing_key", "bad_arity"])
    #expect(reading.statements.count == 1)
    #expect(reading.summary.notes.contains { $0.contains("left out") })
  }

  @Test func `a quote that is never closed takes no other record with it`() throws {
    let reading = try read(
      Self.text + "2026-07-01T09:00:00Z;\"open;h;7;ana;OK;\n2026-07-01T09:00:02Z;select 2;h;7;ana;OK;\n", as: Self.csv()
    )
    #expect(reading.addsUp)
    #expect(reading.statements.map(\.sql).last == "select 2")
    #expect(reading.rejected.count == 1)
  }

  @Test(arguments: [
    (FieldMapping.TimeFormat.epoch(unitsPerSecond: 1), "1782896400.25", "2026-07-01T09:00:00.250Z"),
    (.epoch(unitsPerSecond: 1_000_000), "1782896400000001", "2026-07-01T09:00:00.000001Z"),
    (.pattern("%d/%b/%Y:%H:%M:%S %z"), "01/Jul/2026:11:00:00 +0200", "2026-07-01T09:00:00Z"),
    (.pattern("%Y-%m-%d %H:%M:%S.%f"), "2026-07-01 11:00:00.5", "2026-07-01T09:00:00.500Z"),
    (.rfc3339, "2026-07-01 11:00:00", "2026-07-01T09:00:00Z"),
  ])
  func `times are read as the mapping says`(_ format: FieldMapping.TimeFormat, _ text: String, _ time: String) throws {
    var mapping = FieldMapping(layout: .jsonLines)
    mapping.sources = [.time: .fields([["t"]]), .statement: .fields([["q", "sql"]])]
    mapping.timeFormat = format
    mapping.zone = { _ in 7200 }
    let reading = try read(#"{"t":"\#(text)","q":{"sql":"select 1"}}"#, as: .mapped(mapping, name: "j"))
    #expect(reading.statements.map(\.time.description) == [time])
    #expect(reading.statements.first?.decision.action == .observed)
    #expect(reading.statements.first?.completeness.contains(.noIdentity) == true)
  }

  @Test func `times without a zone are not guessed`() throws {
    let text = Self.text.replacing("09:00:00Z", with: "09:00:00")
    #expect(assayError { _ = try read(text, as: Self.csv()) }?.code == .zoneMissing)
    #expect(try read(text, as: Self.csv(), MySQLSamples.utc).statements.count == 1)
  }
}
