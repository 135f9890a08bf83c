import AuditTrail
import Ledger
import Testing

@testable import Export

/// What a record holds, however hostile what was recorded is.
@Suite struct SchemaTests {
  static let hostile = "a|b=c\\d\ne\rf\u{1B}[31m\u{85}\u{2028}g\u{0}"

  static func statement(
    _ text: String = "SELECT ?", user: String = "ana@example.org", time: Int64 = 1_782_896_401_250_000_001,
    verdict: VerdictName? = nil, severity: Severity = .s0, fate: Fate? = nil, address: String? = "10.0.0.8"
  ) -> ExportEvent {
    let prepared = PreparedText(
      shown: text, isCut: false, fingerprint: "f1", kinds: [.select], summary: "SELECT visits", reads: ["visits"],
      writes: [], commands: 1)
    let grade = verdict.map {
      GradedStatement(
        statement: 1, replay: nil, effect: Effect(.ran), verdict: Verdict($0, severity: severity, fate: fate))
    }
    let event = StatementEvent(
      proxy: "gate", session: "s1", sequence: 1, text: prepared, identity: Identity(user: user, kind: .human),
      ip: address, connection: Connection(name: "clinic", engine: "postgresql"), decision: Decision(action: .allow),
      outcome: .ran, result: nil, flags: [], grade: grade, archive: "ab", entry: 7)
    return ExportEvent(
      uid: "u1", kind: .statement, time: Timestamp(nanoseconds: time), gravity: Gravity(grade?.verdict),
      message: "\(user) did", subject: .statement(event))
  }

  @Test func `hostile text ends no line and no field of CEF`() throws {
    let line = String(
      decoding: CEFEvents(program: "1|\n2").encode(Self.statement(Self.hostile, user: Self.hostile)), as: UTF8.self)
    #expect(line.hasPrefix(#"CEF:0|Assay|assay|1\| 2|statement:recorded|Statement recorded|1|rt="#))
    #expect(
      line.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) && $0 != "\u{2028}" })
    #expect(line.contains(#" suser=a|b\=c\\d\ne\rf [31m  g  src=10.0.0.8 "#), "\(line)")
    #expect(line.contains(#" cs6=a|b\=c\\d\ne\rf [31m  g  cs6Label=query "#), "\(line)")
  }

  @Test(arguments: SchemaName.allCases)
  func `a record is one line that begins as its schema's files do`(name: SchemaName) {
    for event in [Self.statement(Self.hostile, user: Self.hostile, verdict: .falseAllow, severity: .s4)] {
      let schema = name.schema(ocsf: .v1_8, program: "1")
      let line = schema.line(schema.encode(event))
      #expect(line.starts(with: schema.beginning.utf8))
      #expect(!line.contains(UInt8(ascii: "\n")) && !line.contains(UInt8(ascii: "\r")))
      #expect(SchemaName.isFile(beginning: String(decoding: line, as: UTF8.self)))
    }
    #expect(!SchemaName.isFile(beginning: "{\"session\":"))
  }

  @Test(
    arguments: [
      (nil, Severity.s4, nil, Gravity.informational), (.falseAllow, .s4, .letThrough, .critical),
      (.falseAllow, .s3, .letThrough, .high), (.maskLeak, .s3, .letThrough, .high),
      (.confirmedBlock, .s4, .blocked, .informational), (.confirmedReview, .s3, .approved, .medium),
      (.inconclusive, .s0, nil, .low), (.confirmedAllow, .s0, nil, .informational),
    ] as [(VerdictName?, Severity, Fate?, Gravity)])
  func `what was not caught is urgent, and what was is not`(
    verdict: VerdictName?, severity: Severity, fate: Fate?, gravity: Gravity
  ) {
    #expect(Gravity(verdict.map { Verdict($0, severity: severity, fate: fate) }) == gravity)
  }

  @Test func `a message of syslog has its priority, its time to the microsecond, and the line behind`() {
    func message(_ event: ExportEvent) -> String {
      let record = EncodedEvent(uid: "u", kind: event.kind, time: event.time, gravity: event.gravity, record: [])
      return String(decoding: SyslogSink.message(record, line: Array("{}".utf8)), as: UTF8.self)
    }
    #expect(message(Self.statement()) == "<110>1 2026-07-01T09:00:01.250Z - assay - statement - {}")
    #expect(
      message(Self.statement(time: -1, verdict: .falseAllow, severity: .s4))
        == "<106>1 1969-12-31T23:59:59.999999Z - assay - statement - {}")
  }

  @Test(arguments: [("abc", 3, "abc"), ("abcd", 3, "…"), ("aäöü", 6, "aä…"), ("😀😀", 7, "😀…"), ("", 0, "")])
  func `long text ends between characters`(text: String, limit: Int, bounded: String) {
    #expect(TextPreparation.bounded(text, limit) == bounded)
    #expect(TextPreparation.bounded(text, limit).utf8.count <= max(limit, text.utf8.count))
  }
}
