import Archives
import AuditTrail
import Testing

struct HoopWireTests {
  private func statements(_ events: [[UInt8]], _ changes: [String: String?] = [:]) throws -> Reading {
    try HoopSamples.read(HoopSamples.native(events, changes))
  }

  @Test func `simple queries are statements at their time`() throws {
    let reading = try statements([Wire.query("SELECT 1"), Wire.query("SELECT 2") + Wire.terminate])
    #expect(reading.statements.map(\.sql) == ["SELECT 1", "SELECT 2"])
    #expect(reading.statements.map(\.sequence) == [1, 2])
    #expect(reading.statements.map(\.time.description) == ["2026-07-01T09:00:00.500Z", "2026-07-01T09:00:01.500Z"])
    #expect(reading.statements.allSatisfy { $0.completeness == [.evaluationUnknown, .resultsAbsent] })
    #expect(reading.summary.lacks == [])
  }

  @Test func `messages are read alike however they are cut into events`() throws {
    let stream =
      Wire.query("SELECT 'é'") + Wire.parse("s", "SELECT $1", [23]) + Wire.bind("", "s", [Array("17".utf8)])
      + Wire.execute() + Wire.sync + Wire.query("COMMIT") + Wire.terminate
    for size in [1, 2, 3, 4, 5, 7, 16, stream.count] {
      let events = stride(from: 0, to: stream.count, by: size).map { Array(stream[$0..<min(stream.count, $0 + size)]) }
      let reading = try statements(events)
      #expect(reading.statements.map(\.sql) == ["SELECT 'é'", "SELECT $1", "COMMIT"], "events of \(size) bytes")
      #expect(reading.statements.first?.parameters == nil)
      #expect(reading.statements.dropFirst().first?.parameters == [Parameter(type: "integer", value: "17")])
    }
  }

  @Test func `only an execute counts, each with the portal's text and values`() throws {
    let reading = try statements([
      Wire.parse("a", "INSERT INTO t VALUES ($1)", [25]), Wire.parse("", "SELECT $1"), Wire.describe,
      Wire.bind("p", "a", [Array("x".utf8)]), Wire.bind("", "", [nil]), Wire.execute("p"), Wire.execute("p"),
      Wire.execute(), Wire.bind("p", "a", [Array("y".utf8)]), Wire.execute("p"), Wire.sync,
    ])
    #expect(
      reading.statements.map { "\($0.sql) \($0.parameters?.first?.value ?? "NULL")" } == [
        "INSERT INTO t VALUES ($1) x", "INSERT INTO t VALUES ($1) x", "SELECT $1 NULL", "INSERT INTO t VALUES ($1) y",
      ])
    #expect(reading.statements.map { $0.parameters?.first?.type } == ["text", "text", nil, "text"])
  }

  @Test func `a closed statement and one prepared before the recording are known to be missing`() throws {
    let reading = try statements([
      Wire.parse("a", "SELECT 1"), Wire.close("S", "a"), Wire.bind("", "a", []), Wire.execute(),
      Wire.bind("", "before", []), Wire.execute(),
    ])
    #expect(reading.statements.isEmpty)
    #expect(reading.summary.lacks == ["statements_missing"])
    #expect(reading.summary.notes.first?.hasPrefix("2 executes") == true)
  }

  private static let values: [(type: Int, bytes: [UInt8], expected: Parameter?)] = [
    (16, [1], Parameter(type: "boolean", value: "true")),
    (21, [0xFF, 0xFE], Parameter(type: "integer", value: "-2")),
    (23, [0, 0, 1, 0], Parameter(type: "integer", value: "256")),
    (20, [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], Parameter(type: "bigint", value: "-1")),
    (700, [0x3F, 0xC0, 0, 0], Parameter(type: "real", value: "1.5")),
    (701, [0x7F, 0xF0, 0, 0, 0, 0, 0, 0], Parameter(type: "double precision", value: "Infinity")),
    (25, Array("é".utf8), Parameter(type: "text", value: "é")),
    (17, [0xDE, 0xAD], Parameter(type: "bytea", value: "\\xdead")),
    (1082, [0, 0, 0, 1], Parameter(type: "date", value: "2000-01-02")),
    (1184, [0, 0, 0, 0, 0, 0x0F, 0x42, 0x40], Parameter(type: "timestamptz", value: "2000-01-01T00:00:01Z")),
    (1114, [0, 0, 0, 0, 0, 0x0F, 0x42, 0x40], Parameter(type: "timestamp", value: "2000-01-01T00:00:01")),
    (2950, Array(0..<16), Parameter(type: "uuid", value: "00010203-0405-0607-0809-0a0b0c0d0e0f")),
    (1700, [0, 1, 0, 0, 0, 0, 0, 0, 0, 5], nil), (0, [0, 0, 0, 1], nil), (23, [1], nil), (25, [0xFF], nil),
  ]

  @Test(arguments: values)
  func `binary values are shown where their form is known, and never guessed`(
    _ value: (type: Int, bytes: [UInt8], expected: Parameter?)
  ) throws {
    let reading = try statements([
      Wire.parse("", "SELECT $1", [value.type]), Wire.bind("", "", formats: [1], [value.bytes]), Wire.execute(),
    ])
    #expect(reading.statements.first?.parameters == value.expected.map { [$0] })
    #expect(reading.statements.first?.completeness.contains(.paramsNotLogged) == (value.expected == nil))
  }

  @Test func `start-up packets and passwords are stepped over and kept nowhere`() throws {
    let startup = Wire.int32(8) + Wire.int32(80_877_103)
    let parameters = Wire.int32(196_608) + Wire.text("user") + Wire.text("ana") + [0]
    let stream =
      startup + Wire.int32(parameters.count + 4) + parameters + Wire.message("p", Wire.text("hunter2"))
      + Wire.query("SELECT 1")
    for size in [1, 6, stream.count] {
      let events = stride(from: 0, to: stream.count, by: size).map { Array(stream[$0..<min(stream.count, $0 + size)]) }
      let reading = try statements(events)
      #expect(reading.statements.map(\.sql) == ["SELECT 1"])
      #expect(!"\(reading)".contains("hunter2"))
      #expect(reading.summary.lacks == [])
    }
  }

  @Test func `bytes that are not messages end the reading, and the summary says so`() throws {
    for rubbish in [Array("!!!!!!".utf8), [0x51, 0xFF, 0xFF, 0xFF, 0xFF], Wire.message("P", [1]), [0x51, 0, 0]] {
      let reading = try statements([Wire.query("SELECT 1"), rubbish])
      #expect(reading.statements.map(\.sql) == ["SELECT 1"])
      #expect(reading.summary.lacks == ["wire_unreadable"])
    }
    let lone = try statements([Wire.message("p", Wire.text("hunter2")).dropFirst() + []])
    #expect(lone.statements.isEmpty)
    #expect(lone.summary.lacks == ["wire_unreadable"])
  }

  @Test func `queries that the gateway already decoded are texts`() throws {
    let reading = try statements([Array("SELECT 1".utf8), Array("DELETE FROM t".utf8)])
    #expect(reading.statements.map(\.sql) == ["SELECT 1", "DELETE FROM t"])
  }

  @Test func `text that is not UTF-8 is repaired and flagged`() throws {
    let reading = try statements([Wire.message("Q", [0x41, 0xFF, 0x42, 0])])
    #expect(reading.statements.map(\.sql) == ["A\u{FFFD}B"])
    #expect(reading.statements.first?.completeness.contains(.invalidUTF8) == true)
  }

  @Test func `MySQL's command byte stands before the text, and what hoop does not record is said`() throws {
    for head: [UInt8] in [[3], [1], [3, 0, 1]] {
      let reading = try HoopSamples.read(HoopSamples.native([head + Array("SELECT 1".utf8)], engine: "mysql"))
      #expect(reading.statements.map(\.sql) == ["SELECT 1"])
      #expect(reading.openings.first?.connection.engine == "mysql")
      #expect(reading.summary.lacks == ["prepared_not_recorded"])
    }
    let batch = try HoopSamples.read(HoopSamples.native([Array("SELECT 1;\nSELECT 2".utf8)], engine: "mssql"))
    #expect(batch.statements.map(\.sql) == ["SELECT 1;\nSELECT 2"])
    #expect(batch.summary.lacks == ["rpc_not_recorded"])
  }

  @Test func `sessions that speak no SQL hold no statements`() throws {
    for engine in ["mongodb", "ssh", "httpproxy"] {
      let reading = try HoopSamples.read(HoopSamples.native([Array("{\"find\":1}".utf8)], engine: engine))
      #expect(reading.statements.isEmpty)
      #expect(reading.openings.first?.connection.engine == engine)
      #expect(reading.summary.lacks == ["sessions_without_sql"])
      #expect(reading.summary.notes.first?.contains("(\(engine) 1)") == true)
    }
    let oracle = try HoopSamples.read(HoopSamples.native([Array("SELECT NAME FROM".utf8)], engine: "oracledb"))
    #expect(oracle.openings.first?.connection.engine == "oracle")
    #expect(oracle.statements.first?.completeness.contains(.statementTruncated) == true)
  }

  @Test func `a bind that runs many times fills many batches and keeps its values`() throws {
    var options = HoopSamples.options
    options.batchRecords = 100
    let runs = Array(repeating: Wire.execute(), count: 950).flatMap { $0 }
    let text = HoopSamples.native([Wire.parse("", "SELECT $1", [25]) + Wire.bind("", "", [[0x78]]) + runs])
    let reading = try read(text, options)
    #expect(reading.batches >= 9)
    #expect(reading.statements.count == 950)
    #expect(reading.statements.allSatisfy { $0.sql == "SELECT $1" && $0.parameters?.first?.value == "x" })
    #expect(reading.statements.map(\.sequence) == Array(1...950))
    #expect(Set(reading.statements.map(\.session)).count == 1)
  }
}
