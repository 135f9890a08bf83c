import Archives
import AuditTrail
import Foundation
import Testing

/// What hoop gives besides sessions: its security audit log, downloads, and sessions of agents' tools.
struct HoopOtherFormsTests {
  private static func change(
    _ resource: String, _ action: String, _ payload: String = "{}", outcome: Bool = true, path: String = "/api/x"
  ) -> String {
    #"{"id":"1","org_id":"o","actor_subject":"u1","actor_email":"cy@example.org","actor_name":"Cy","created_at":"2026-07-01T09:00:00Z","resource_type":"\#(resource)","action":"\#(action)","http_method":"POST","http_status":200,"http_path":"\#(path)","client_ip":"10.0.0.1","request_payload_redacted":\#(payload),"outcome":\#(outcome),"error_message":""}"#
  }

  static let changes = [
    change("guardrails", "update", #"{"name":"no-drops","input":{"rules":[]}}"#),
    change("datamasking-rules", "delete", path: "/api/datamasking-rules/r7"),
    change("guardrails", "create", #"{"name":"other"}"#, outcome: false),
    change("users", "create", #"{"email":"ana@example.org","groups":["dba","dev"]}"#),
    change("users", "update", #"{"email":"ana@example.org","groups":[]}"#),
    change("api-keys", "delete", path: "/api/api-keys/k1"),
    change("connections", "update", #"{"_raw":"…"}"#),
  ]

  @Test(arguments: [
    changes.joined(separator: "\n"), "[\(changes.joined(separator: ",\n"))]",
    #"{"data":[\#(changes.joined(separator: ","))],"total":7,"page":1,"has_next_page":false}"#,
  ])
  func `the security audit log says who changed which guardrail, and whose access`(_ text: String) throws {
    let reading = try read(text)
    #expect(reading.addsUp)
    #expect(reading.summary.format == "hoop.audit_log")
    #expect(reading.rejected == [])
    #expect(reading.policyChanges.map(\.policy) == ["guardrails/no-drops", "datamasking-rules/r7"])
    #expect(reading.policyChanges.allSatisfy { $0.actor == "cy@example.org" && $0.approvedBy == nil })
    #expect(reading.accessChanges.map(\.subject) == ["ana@example.org", "ana@example.org", "k1"])
    #expect(reading.accessChanges.map(\.change) == ["grant", "grant", "revoke"])
    #expect(reading.accessChanges.map(\.role) == ["dba", "dev", nil])
    #expect(reading.summary.lacks == ["access_updates", "changes_not_audited"])
    #expect(reading.summary.notes.contains { $0.contains("1 change was refused") })
    #expect(reading.summary.notes.contains { $0.contains("connections update 1") })
  }

  @Test func `pages that others follow, and entries without a time or kind, are said`() throws {
    let page =
      #"{"data":[\#(Self.changes[0]),{"resource_type":"x","action":"y","actor_email":"z"}],"has_next_page":true}"#
    let reading = try read(page)
    #expect(reading.addsUp)
    #expect(reading.summary.lacks.contains("export_partial"))
    #expect(reading.rejected.map(\.reason) == ["missing_key"])
  }

  private static func event(_ type: String, _ stream: String) -> String {
    #"{"stream":\#(PostgresSample.quoted(stream)),"time":"2026-07-01T09:00:0\#(type == "i" ? 0 : 1)Z","type":"\#(type)"}"#
  }

  static let download = "[\(event("i", "SELECT 1; DELETE FROM t")),\(event("o", "ana@example.org"))]"

  private func readDownload(_ text: String, file: String) throws -> Reading {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent(file)
    try Data(text.utf8).write(to: path)
    var options = HoopSamples.options
    options.recognize = { _ in ["EMAIL": 1] }
    return try read(path: path.path, options)
  }

  @Test func `a download is joined to its session by the file's name`() throws {
    let reading = try readDownload(
      Self.download, file: "clinic-1CBC8DB5-FBF8-4293-8E35-59A6EEA40207-20260701-090000.json")
    #expect(reading.addsUp)
    #expect(reading.summary.format == "hoop.download")
    #expect(reading.statements.map(\.sql) == ["SELECT 1", "DELETE FROM t"])
    #expect(reading.statements.map(\.sequence) == [1, 2])
    #expect(Set(reading.statements.map(\.session)) == ["1cbc8db5-fbf8-4293-8e35-59a6eea40207"])
    #expect(reading.statements.allSatisfy { $0.completeness.contains([.evaluationUnknown, .approximateTime]) })
    #expect(reading.outputs.map(\.count) == [1])
    #expect(reading.openings == [])
  }

  @Test func `a download under another name, of output alone, or of messages says so`() throws {
    let output = try readDownload("[\(Self.event("o", "a\tb\n"))]", file: "x.json")
    #expect(output.summary.lacks == ["inputs_missing", "session_by_name"])
    #expect(output.outputs.map(\.session) == ["x.json"])
    // 0xC8, the length 200, was no UTF-8.
    let query = "Q\u{0}\u{0}\u{0}\u{FFFD}SELECT 2\u{0}"
    let wire = try readDownload(
      "[\(Self.event("i", query).replacing("\u{0}", with: "\\u0000")),\(Self.event("i", "B\u{0}x").replacing("\u{0}", with: "\\u0000"))]",
      file: "x.json")
    #expect(wire.statements.map(\.sql) == ["SELECT 2"])
    #expect(wire.summary.lacks.contains("wire_unreadable"))
  }

  private static let mcpInput = [
    #"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"clientInfo":{"name":"closer","version":"1"}}}"#,
    #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"run","arguments":{"sql":"DELETE FROM visits"}}}"#,
    #"{"jsonrpc":"2.0","id":"1","method":"tools/call","params":{"name":"run","arguments":{"query":"select 2"}}}"#,
    #"{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"search","arguments":{"query":"late visits"}}}"#,
  ]

  private static let mcpOutput = [
    #"data: {"jsonrpc":"2.0","id":"1","result":{"content":[{"type":"text","text":"no such table"}],"isError":true}}"#,
    #"{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"3 rows"}]}}"#,
  ]

  static let mcp: String = {
    let input = Array((mcpInput.joined(separator: "\n") + "\n").utf8)
    let events = [
      // A message lies in two events.
      HoopSamples.event(0.5, "i", Array(input[..<150])), HoopSamples.event(0.6, "i", Array(input[150...])),
      HoopSamples.event(0.7, "o", mcpOutput.joined(separator: "\n")),
    ]
    return HoopSamples.session([
      "verb": #""connect""#, "script": #"{"data":""}"#, "type": #""mcp""#, "connection_subtype": #""mcp""#,
      "event_stream": "[\(events.joined(separator: ","))]",
    ])
  }()

  @Test func `SQL that an agent's tools were called with is a statement, its answer the result`() throws {
    let reading = try HoopSamples.read(Self.mcp)
    #expect(reading.addsUp)
    #expect(reading.statements.map(\.sql) == ["DELETE FROM visits", "select 2"])
    #expect(reading.statements.map { $0.result?.error?.message } == [nil, "no such table"])
    #expect(reading.statements.allSatisfy { $0.result != nil && !$0.completeness.contains(.resultsAbsent) })
    #expect(reading.openings.first?.agent?.name == "closer")
    #expect(reading.openings.first?.connection.engine == "mcp")
    #expect(reading.summary.notes.contains { $0.contains("1 call of an agent's tools hold no SQL") })
    #expect(!reading.summary.lacks.contains("sessions_without_sql"))
  }
}
