import AuditTrail
import Testing

@testable import Export

@Suite struct SinkAddressTests {
  @Test(
    arguments: [
      ("-", .standardOutput), ("file:a b.jsonl", .file("a b.jsonl")), ("append:/x", .appended("/x")),
      ("syslog+tls://siem.example.org", .syslog(host: "siem.example.org", port: 6514, isEncrypted: true)),
      ("syslog+tcp://10.0.0.1:514", .syslog(host: "10.0.0.1", port: 514, isEncrypted: false)),
      ("syslog+tls://[::1]:6514/", .syslog(host: "[::1]", port: 6514, isEncrypted: true)),
      (
        "elasticsearch:https://e:9200/audit",
        .http(.elasticsearch, server: "https://e:9200/audit")
      ),
      ("splunk:https://s:8088/", .http(.splunk, server: "https://s:8088")),
      ("otlp:http://localhost:4318", .http(.otlp, server: "http://localhost:4318")),
    ] as [(String, SinkAddress)])
  func `an address says where records go`(text: String, address: SinkAddress) throws {
    #expect(try SinkAddress(text) == address)
  }

  @Test(arguments: [
    "", "file:", "append:", "ftp://x", "syslog+tls://", "syslog+tls://a b", "syslog+tls://h:0", "syslog+tls://h:99999",
    "syslog+tcp://h:1:2", "syslog+tcp://u@h", "elasticsearch:https://e:9200", "elasticsearch:https://u:p@e/x",
    "splunk:s:8088", "splunk:https://", "otlp:https://h/?a=b", "otlp:https://h/\r\nX: y", "otlp:file:///etc/passwd",
    "splunk:https://h/#x", "otlp:https://h/ä",
  ])
  func `what is not an address is refused`(text: String) {
    #expect(throws: AssayError.self) { try SinkAddress(text) }
  }

  @Test(arguments: [
    ("otlp:http://localhost:4318", false), ("otlp:http://127.0.0.1", false), ("otlp:http://[::1]:1", false),
    ("otlp:https://example.org", false), ("otlp:http://example.org", true), ("otlp:http://127.0.0.1.example.org", true),
    ("otlp:http://localhost.example.org", true), ("otlp:http://128.0.0.1", true), ("otlp:http://127.0.0.999", true),
  ])
  func `what leaves the machine unencrypted is told`(text: String, isReadable: Bool) throws {
    #expect(try SinkAddress(text).isReadable == isReadable)
  }

  @Test func `a cursor is another one where something else is sent`() throws {
    let schema = SchemaName.ocsf.schema(ocsf: .v1_5, program: "1")
    let address = try SinkAddress("otlp:https://h")
    var plans = [ExportPlan()]
    for change in [
      { $0.kinds = [.test] }, { $0.connections = ["a"] }, { $0.verdicts = [.falseAllow] }, { $0.showsLiterals = true },
    ] as [(inout ExportPlan) -> Void] {
      var plan = ExportPlan()
      change(&plan)
      plans.append(plan)
    }
    let names = plans.map { $0.cursorName(of: address, schema: schema) }
    #expect(Set(names).count == plans.count)
    #expect(names[0] == "OCSF 1.5.0 to otlp:https://h; kinds finding,statement")
  }
}
