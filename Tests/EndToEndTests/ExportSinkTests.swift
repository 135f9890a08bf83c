import Foundation
import Testing

/// Real receivers on the loopback: everything arrives, and twice only where that is documented.
@Suite struct ExportSinkTests {
  /// A ledger of so many statements, `l.db`.
  private static func ledger(_ statements: Int) throws -> Folder {
    let folder = try Folder()
    try add("s1", statements, to: folder)
    return folder
  }

  private static func add(_ session: String, _ statements: Int, to folder: Folder) throws {
    try folder.write("\(session).jsonl", Archive.text(session, statements: statements))
    let read = try assay("ingest", "\(session).jsonl", "--ledger", "l.db", "--quiet", in: folder)
    try #require(read.status == 0, "\(read)")
  }

  private static func export(_ schema: String, to sink: String, _ more: [String] = [], in folder: Folder) throws
    -> Finished
  {
    try assay(["export", "--schema", schema, "--ledger", "l.db", "--to", sink] + more, in: folder)
  }

  /// The ids of all events of the ledger.
  private static func ids(in folder: Folder) throws -> Set<String> {
    let all = try export("assay", to: "file:all.jsonl", in: folder)
    try #require(all.status == 0, "\(all)")
    return Set(try folder.text("all.jsonl").split(separator: "\n").compactMap { try JSON(String($0)).id.string })
  }

  private static func address(_ kind: String, _ receiver: Receiver) -> String {
    let base = "\(kind):http://127.0.0.1:\(receiver.port)"
    return kind == "elasticsearch" ? base + "/audit" : base
  }

  static let interfaces = [("elasticsearch", "ecs"), ("splunk", "cef"), ("otlp", "otel")]

  @Test(arguments: interfaces)
  func `a server that fails in every way gets everything once it takes it`(kind: String, schema: String) throws {
    let folder = try Self.ledger(40)
    let receiver = try Receiver.http(in: folder)
    try receiver.behave("503", "429", "drop", "take", "500")
    let sent = try Self.export(
      schema, to: Self.address(kind, receiver), ["--batch", "20", "--json"], in: folder)
    #expect(sent.status == 0, "\(sent)")
    // libcurl itself asks again where a kept connection was ended before an answer.
    #expect(try sent.json.delivered.statement.int == 40 && (3...4).contains(sent.json.retries.int ?? 0))
    let accepted = receiver.lines("accepted")
    let ids = try Self.ids(in: folder)
    #expect(accepted.count == 40 && Set(accepted) == ids)
    // Nothing is left, and the next run sends nothing.
    let again = try Self.export(schema, to: Self.address(kind, receiver), ["--json"], in: folder)
    #expect(try again.json.total.int == 0 && receiver.lines("accepted").count == 40)
    // What is asked for again has the same ids.
    let anew = try Self.export(schema, to: Self.address(kind, receiver), ["--again"], in: folder)
    #expect(anew.status == 0 && Set(receiver.lines("accepted")).count == 40 && receiver.lines("accepted").count == 80)
  }

  @Test func `a long wait that a server asks for is told`() throws {
    let folder = try Self.ledger(10)
    let receiver = try Receiver.http(in: folder)
    try receiver.behave("later")
    let sink = Self.address("splunk", receiver)
    let sent = try Self.export("cef", to: sink, [], in: folder)
    #expect(sent.status == 0 && receiver.lines("accepted").count == 10, "\(sent)")
    #expect(sent.errors.contains("takes nothing now") && sent.errors.contains("it is tried again in 5 s."), "\(sent)")
  }

  @Test(arguments: ["stall", "cut", "rubbish"])
  func `an answer that never comes, never ends or says nothing delivers nothing, and takes no time without end`(
    step: String
  ) throws {
    let folder = try Self.ledger(10)
    let receiver = try Receiver.http(in: folder)
    try receiver.behave(step, step)
    let sink = Self.address("elasticsearch", receiver)
    let failed = try Self.export("ecs", to: sink, ["--retries", "1", "--timeout", "1"], in: folder)
    #expect(failed.status == 69, "\(failed)")
    let sent = try Self.export("ecs", to: sink, ["--json"], in: folder)
    #expect(try sent.json.delivered.statement.int == 10)
    let ids = try Self.ids(in: folder)
    #expect(Set(receiver.lines("accepted")) == ids)
  }

  @Test(arguments: interfaces)
  func `a page in place of an answer, as a portal gives it, delivers nothing`(kind: String, schema: String) throws {
    let folder = try Self.ledger(3)
    let receiver = try Receiver.http(in: folder)
    try receiver.behave("rubbish")
    let failed = try Self.export(schema, to: Self.address(kind, receiver), ["--retries", "0"], in: folder)
    #expect(failed.status == 69, "\(failed)")
    let sent = try Self.export(schema, to: Self.address(kind, receiver), ["--json"], in: folder)
    #expect(try sent.json.delivered.statement.int == 3)
  }

  @Test(arguments: ["http_proxy", "all_proxy", "ALL_PROXY"])
  func `what stays on this machine unencrypted goes through no proxy`(variable: String) throws {
    let folder = try Self.ledger(3)
    let receiver = try Receiver.http(in: folder)
    // Nothing listens on port 9.
    let sent = try run(
      URL(filePath: "/usr/bin/env"),
      [
        "\(variable)=http://127.0.0.1:9", "ASSAY_EXPORT_CREDENTIAL=Bearer canary", binary.path, "export", "--schema",
        "otel",
        "--ledger", "l.db", "--to", Self.address("otlp", receiver), "--retries", "0",
      ], in: folder)
    #expect(sent.status == 0 && receiver.lines("accepted").count == 3, "\(sent)")
  }

  @Test(arguments: interfaces)
  func `one refused record goes to the dead letters, and never stops the rest`(kind: String, schema: String) throws {
    let folder = try Self.ledger(30)
    let receiver = try Receiver.http(in: folder)
    try receiver.refuse("s1/17")
    let sent = try Self.export(
      schema, to: Self.address(kind, receiver), ["--batch", "10", "--json", "--strict"], in: folder)
    #expect(sent.status == 65, "\(sent)")
    // OTLP does not say which of the ten it was.
    let refused = kind == "otlp" ? 10 : 1
    #expect(try sent.json.refused.int == refused && sent.json.delivered.statement.int == 30 - refused)
    let letters = try folder.text("l.db.refused.jsonl").split(separator: "\n").map { try JSON(String($0)) }
    #expect(letters.count == refused && letters.contains { $0.record.string?.contains("s1/17") == true })
    #expect(
      letters.allSatisfy {
        $0.reason.string?.contains("refused") == true || $0.reason.string?.contains("Invalid") == true
      })
    let sink = Self.address(kind, receiver)
    #expect(letters.allSatisfy { !($0.reason.string ?? "").contains("\u{1B}") && $0.sink.string == sink })
    #expect(try Self.export(schema, to: Self.address(kind, receiver), ["--json"], in: folder).json.total.int == 0)
  }

  @Test func `half of a body that a busy server defers is sent again, and only that`() throws {
    let folder = try Self.ledger(20)
    let receiver = try Receiver.http(in: folder)
    try receiver.behave("busy")
    let sent = try Self.export("ecs", to: Self.address("elasticsearch", receiver), in: folder)
    #expect(sent.status == 0 && receiver.lines("accepted").count == 20 && Set(receiver.lines("accepted")).count == 20)
  }

  @Test(arguments: [("401", 69), ("404", 69), ("302", 69), ("echo", 69)])
  func `a server that does not let us in ends the export, and the credential is in no message`(
    step: String, status: Int32
  ) throws {
    let folder = try Self.ledger(3)
    let receiver = try Receiver.http(in: folder)
    try folder.write("key", "canary-credential\n")
    try receiver.behave(step)
    let more = ["--credential-file", "key"]
    let failed = try Self.export("ecs", to: Self.address("splunk", receiver), more, in: folder)
    #expect(failed.status == status && !failed.description.contains("canary"), "\(failed)")
    #expect(failed.errors.contains("--credential-file"))
    let sent = try Self.export("ecs", to: Self.address("splunk", receiver), more, in: folder)
    #expect(sent.status == 0 && receiver.lines("headers").contains("Authorization: Splunk canary-credential"))
    let stored = try folder.bytes("l.db")
    #expect(!String(decoding: stored, as: UTF8.self).contains("canary"))
  }

  @Test func `certificates are verified, always`() throws {
    let folder = try Self.ledger(3)
    try Receiver.makeCertificate(in: folder)
    let receiver = try Receiver.http(in: folder, isEncrypted: true)
    func send(_ host: String, _ more: [String]) throws -> Finished {
      try Self.export("otel", to: "otlp:https://\(host):\(receiver.port)", ["--retries", "0"] + more, in: folder)
    }
    let unknown = try send("localhost", [])
    #expect(unknown.status == 69 && unknown.errors.contains("certificate"), "\(unknown)")
    let other = try send("127.0.0.2", ["--ca-file", "cert.pem"])
    #expect(other.status == 69, "the certificate is of another host: \(other)")
    #expect(receiver.lines("accepted").isEmpty)
    #expect(try send("localhost", ["--ca-file", "cert.pem"]).status == 0)
    #expect(receiver.lines("accepted").count == 3)
  }

  /// The least time in which the process comes to send differs by machine: each try gets more.
  @Test(arguments: ["append", "elasticsearch"])
  func `a run that is killed again and again loses nothing, and doubles a batch at most`(kind: String) throws {
    let folder = try Self.ledger(1_200)
    let batch = 50
    let receiver = kind == "append" ? nil : try Receiver.http(in: folder)
    let sink = receiver.map { Self.address(kind, $0) } ?? "append:out.jsonl"
    var kills = 0
    var seconds = 0.02
    while kills < 40 {
      let ended = try run(
        URL(filePath: "/usr/bin/timeout"),
        [
          "--signal=KILL", String(seconds), binary.path, "export", "--schema", "ecs", "--ledger", "l.db", "--to", sink,
          "--batch", String(batch),
        ], in: folder)
      if ended.status == 0 { break }
      kills += 1
      seconds += 0.25
    }
    #expect(kills > 0)
    let arrived =
      try receiver?.lines("accepted")
      ?? folder.text("out.jsonl").split(separator: "\n").map { try JSON(String($0)).event.id.string ?? "" }
    let ids = try Self.ids(in: folder)
    #expect(Set(arrived) == ids)
    #expect(arrived.count <= 1_200 + kills * batch, "\(arrived.count) after \(kills) kills")
    #expect(try Self.export("ecs", to: sink, ["--json"], in: folder).json.total.int == 0)
  }

  @Test(arguments: [true, false])
  func `rsyslog gets every message whole`(isEncrypted: Bool) throws {
    let folder = try Self.ledger(1_000)
    if isEncrypted { try Receiver.makeCertificate(in: folder) }
    let receiver = try Receiver.syslog(in: folder, isEncrypted: isEncrypted)
    let sink = "syslog+\(isEncrypted ? "tls" : "tcp")://localhost:\(receiver.port)"
    if isEncrypted {
      let refused = try Self.export("cef", to: sink, ["--retries", "0"], in: folder)
      #expect(refused.status == 69 && refused.errors.contains("certificate"), "\(refused)")
    }
    let authorities = isEncrypted ? ["--ca-file", "cert.pem"] : []
    for (schema, batch) in [("cef", "100"), ("assay", "333")] {
      let sent = try Self.export(schema, to: sink, ["--batch", batch] + authorities, in: folder)
      #expect(sent.status == 0, "\(sent)")
    }
    let lines = receiver.lines("received", atLeast: 2_000)
    #expect(lines.count == 2_000 && Set(lines).count == 2_000)
    #expect(lines.allSatisfy { $0.hasPrefix("<110>1 2026-07-01T09:00:01Z - assay - statement - ") })
    let ids = try Self.ids(in: folder)
    let found = lines.compactMap { line in
      line.firstRange(of: "externalId=").map { String(line[$0.upperBound...].prefix(36)) }
    }
    #expect(Set(found) == ids)
  }

  @Test func `a follower sends what later archives add, through a server's failure`() throws {
    let folder = try Self.ledger(5)
    let receiver = try Receiver.http(in: folder)
    let follower = Process()
    follower.executableURL = binary
    follower.arguments = [
      "export", "--schema", "ecs", "--ledger", folder("l.db"), "--to", Self.address("elasticsearch", receiver),
      "--follow",
      "--every", "1", "--batch", "2",
    ]
    follower.standardInput = FileHandle.nullDevice
    follower.standardOutput = FileHandle.nullDevice
    follower.standardError = FileHandle.nullDevice
    try follower.run()
    defer {
      kill(follower.processIdentifier, SIGKILL)
      follower.waitUntilExit()
    }
    #expect(receiver.lines("accepted", atLeast: 5).count == 5)
    try receiver.behave("503", "drop")
    try Self.add("s2", 7, to: folder)
    try Self.add("s3", 1, to: folder)
    let accepted = receiver.lines("accepted", atLeast: 13)
    #expect(accepted.count == 13 && Set(accepted).count == 13)
    // Another one to the same place would send everything twice.
    let second = try Self.export("ecs", to: Self.address("elasticsearch", receiver), ["--batch", "2"], in: folder)
    #expect(second.status == 75, "\(second)")
    #expect(follower.isRunning)
  }

  @Test func `lines are added behind the last whole one`() throws {
    let folder = try Self.ledger(4)
    #expect(try Self.export("ecs", to: "append:out/x.jsonl", in: folder).status == 0)
    let whole = try folder.bytes("out/x.jsonl")
    try folder.write("out/x.jsonl", whole + Array("{\"ecs\":{\"vers".utf8))
    try Self.add("s2", 2, to: folder)
    #expect(try Self.export("ecs", to: "append:out/x.jsonl", in: folder).status == 0)
    let bytes = try folder.bytes("out/x.jsonl")
    #expect(bytes.starts(with: whole) && bytes.count { $0 == UInt8(ascii: "\n") } == 6)
    for line in bytes.split(separator: UInt8(ascii: "\n")) { _ = try JSON(String(decoding: line, as: UTF8.self)) }
  }

  @Test func `a ledger that cannot be written is exported where no cursor is needed`() throws {
    let folder = try Self.ledger(3)
    let before = try folder.bytes("l.db")
    let printed = try Self.export("ecs", to: "-", in: folder)
    #expect(printed.status == 0 && printed.output.split(separator: "\n").count == 3)
    #expect(try folder.bytes("l.db") == before)
  }
}
