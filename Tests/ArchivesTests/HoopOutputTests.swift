import Archives
import AuditTrail
import Testing

struct HoopOutputTests {
  /// Counts the letter x, for a detector.
  private static let options = {
    var options = HoopSamples.options
    options.recognize = { output in
      let count = Int64(output.count { $0 == UInt8(ascii: "x") })
      return count > 0 ? ["x": count] : [:]
    }
    return options
  }()

  private func found(_ changes: [String: String?]) throws -> [OutputFinding] {
    try read(HoopSamples.session(changes), as: .hoopSessions, Self.options).outputs
  }

  @Test func `what a client of exec saw is looked at, in every form of the event stream`() throws {
    let session = "1cbc8db5-fbf8-4293-8e35-59a6eea40207"
    let events = [
      HoopSamples.event(0, "i", "SELECT xx"), HoopSamples.event(1, "o", "ax "), HoopSamples.event(2, "o", "xbx"),
    ]
    #expect(
      try found(["event_stream": "[\(events.joined(separator: ","))]"]) == [
        OutputFinding(session: session, detector: "x", count: 3)
      ])
    #expect(
      try found(["event_stream": #"["one x, two x"]"#]) == [OutputFinding(session: session, detector: "x", count: 2)])
  }

  @Test func `no output, nothing in it, or a native session is not a finding`() throws {
    #expect(try found(["event_stream": "null"]).isEmpty)
    #expect(try found(["event_stream": #"["nothing"]"#]).isEmpty)
    #expect(try found(["verb": #""connect""#, "event_stream": #"["x"]"#]).isEmpty)
    #expect(
      try read(HoopSamples.session(["event_stream": #"["x"]"#]), as: .hoopSessions, HoopSamples.options).outputs.isEmpty
    )
  }
}
