import AuditTrail
import Testing

@testable import Export

@Suite struct BulkTests {
  private static let records = ["a", "b"].map {
    EncodedEvent(
      uid: $0, kind: .statement, time: Timestamp(nanoseconds: -1), gravity: .low,
      record: Array("{\"n\":\"\($0)\"}".utf8))
  }

  @Test(
    arguments: [
      (
        .elasticsearch, .ecs, false,
        #"{"index":{"_id":"a"}}"# + "\n{\"n\":\"a\"}\n" + #"{"index":{"_id":"b"}}"# + "\n{\"n\":\"b\"}\n"
      ),
      (
        .elasticsearch, .ecs, true,
        #"{"create":{"_id":"a"}}"# + "\n{\"n\":\"a\"}\n" + #"{"create":{"_id":"b"}}"# + "\n{\"n\":\"b\"}\n"
      ),
      (
        .splunk, .ecs, false,
        ["a", "b"].map {
          #"{"time":-0.000000001,"source":"assay","sourcetype":"assay:statement","fields":{"assay_id":""# + $0
            + #""},"event":{"n":""# + $0 + "\"}}\n"
        }.joined()
      ),
    ] as [(BulkProtocol, SchemaName, Bool, String)])
  func `records are one body as the interface asks for it`(
    bulk: BulkProtocol, schema: SchemaName, createsOnly: Bool, body: String
  ) {
    let bytes = bulk.body(
      Self.records[...], schema: schema.schema(ocsf: .v1_5, program: "1"), createsOnly: createsOnly)
    #expect(String(decoding: bytes, as: UTF8.self) == body)
  }

  @Test func `records of OTLP share one document, and a line of CEF is a text of JSON`() {
    let otel = SchemaName.otel.schema(ocsf: .v1_5, program: "1")
    let body = BulkProtocol.otlp.body(Self.records[...], schema: otel, createsOnly: false)
    #expect(body == otel.line(Array(#"{"n":"a"},{"n":"b"}"#.utf8)))
    let line = EncodedEvent(
      uid: "a", kind: .test, time: Timestamp(nanoseconds: 0), gravity: .low, record: Array(#"CEF:0|a\|"b""#.utf8))
    let cef = BulkProtocol.elasticsearch.body(
      [line][...], schema: SchemaName.cef.schema(ocsf: .v1_5, program: "1"), createsOnly: false)
    #expect(String(decoding: cef, as: UTF8.self).hasSuffix("\n\"CEF:0|a\\\\|\\\"b\\\"\"\n"))
  }

  @Test(
    arguments: [
      (.elasticsearch, #"{"items":[{"index":{"status":201}},{"index":{"status":200}}]}"#, false, [], []),
      (
        .elasticsearch,
        #"{"items":[{"index":{"status":400,"error":{"type":"t","reason":"r"}}},{"index":{"status":429}}]}"#,
        false, ["0 400 t: r"], [1]
      ),
      (.elasticsearch, #"{"items":[{"create":{"status":409}},{"create":{"status":503}}]}"#, true, [], [1]),
      (.elasticsearch, #"{"items":[{"index":{"status":409}},{"index":{"status":200}}]}"#, false, ["0 409 "], []),
      (.splunk, #"{"text":"Success","code":0}"#, false, [], []), (.otlp, "{}", false, [], []),
      (.otlp, "", false, [], []),
      (.otlp, #"{"partialSuccess":{"rejectedLogRecords":"2","errorMessage":"m"}}"#, false, ["0 m", "1 m"], []),
      (
        .otlp, #"{"partialSuccess":{"rejectedLogRecords":1,"errorMessage":"m"}}"#, false,
        [0, 1].map { "\($0) the server refused 1 of 2 records and did not say which: m" }, []
      ),
    ] as [(BulkProtocol, String, Bool, [String], [Int])])
  func `an answer says what became of each record`(
    bulk: BulkProtocol, body: String, createsOnly: Bool, refused: [String], deferred: [Int]
  ) throws {
    var answers = BulkAnswer()
    let read = answers.read(Array(body.utf8), of: bulk, count: 2, createsOnly: createsOnly)
    let answer = try #require(read)
    #expect(answer.refused.map { "\($0.place) \($0.reason)" } == refused)
    #expect(answer.deferred == deferred)
  }

  @Test(
    arguments: [
      "", "[]", "{", "{\"items\":[]}", #"{"items":[{"index":{"status":200}}]}"#, #"{"items":[{},{}]}"#,
      #"{"items":[{"index":{"status":"x"}},{"index":{"status":200}}]}"#, "\u{0}", "{\"items\":{}}",
      "<html>log in</html>",
    ].map { (BulkProtocol.elasticsearch, $0) }
      + ["", "{}", "[]", "{\"code\":", #"{"text":"Success"}"#, #"{"text":"no","code":6}"#, "<html>log in</html>"].map {
        (BulkProtocol.splunk, $0)
      }
      + ["[]", "{", "0", "<html>log in</html>"].map { (BulkProtocol.otlp, $0) })
  func `an answer that says nothing of a record delivers none`(bulk: BulkProtocol, body: String) {
    var answers = BulkAnswer()
    let read = answers.read(Array(body.utf8), of: bulk, count: 2, createsOnly: false)
    #expect(read == nil)
  }

  @Test(arguments: [
    ("Bearer abcdefgh1234", "401 bad token abcdefgh1234", "401 bad token [credential]"),
    ("Bearer abcdefgh1234", "Bearer abcdefgh1234\u{1B}[31m", "[credential] [31m"),
    ("abcdefgh-1234", "abcdefgh-1234abcdefgh-1234", "[credential][credential]"),
    ("Basic YW5hOnMzY3JldA==", "no ana with s3cret, YW5hOnMzY3JldA==", "no ana with [credential], [credential]"),
    ("Basic YW5hOnMzY3JldA==", "Basic logins only", "Basic logins only"),
  ])
  func `what a server says of a credential is shown without it`(credential: String, said: String, shown: String) {
    #expect(CredentialMask(credential).shown(said) == shown)
  }

  @Test(arguments: [1, 3, 480, 495, 500, 505, 520, 530])
  func `nor does a cut leave a part of it`(before: Int) {
    let credential = "abcdefgh-1234-ijklmnop"
    let said = String(repeating: " ", count: before) + String(repeating: credential, count: 100)
    #expect(!CredentialMask(credential).shown(said).contains("abcd"))
  }
}
