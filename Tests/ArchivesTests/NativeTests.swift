import Archives
import AuditTrail
import Compression
import Digests
import Testing

struct NativeTests {
  @Test func `what is written is read again, record by record`() throws {
    let reading = try read(NativeSamples.sealed())
    #expect(reading.addsUp)
    #expect(reading.summary.format == "assay.archive/1")
    #expect(reading.summary.header == NativeSamples.header)
    #expect(reading.headers == [NativeSamples.header])
    #expect(reading.summary.seal == .valid, "\(reading.summary.sealProblems)")
    #expect(reading.summary.flags == ["unsigned"])
    #expect(reading.summary.entries == 10)
    #expect(reading.openings == [NativeSamples.opening])
    #expect(reading.statements == [NativeSamples.statement, NativeSamples.bareStatement])
    #expect(reading.approvals == [NativeSamples.approval])
    #expect(reading.closings.map(\.statements) == [2])
    #expect(reading.policyChanges == [NativeSamples.policyChange])
    #expect(reading.accessChanges == [NativeSamples.accessChange])
    #expect(reading.heartbeats == [NativeSamples.time("2026-07-02T01:00:00Z")])
    #expect(reading.summary.first == NativeSamples.policyChange.time)
    #expect(reading.summary.last == NativeSamples.time("2026-07-02T01:00:00Z"))
  }

  @Test func `the same records give the same bytes, and a batch gives what its records give`() throws {
    let bytes = NativeSamples.sealed()
    #expect(bytes == NativeSamples.sealed())
    var writer = NativeArchiveWriter(header: NativeSamples.header)
    try withFile(bytes) { path in
      _ = try readArchive(path: path) { batch in writer.append(batch) }
    }
    _ = writer.seal()
    let again = writer.takeBytes()
    #expect(again == bytes)
    let isAppended = writer.append(.heartbeat(NativeSamples.time("2026-07-02T01:00:00Z")))
    #expect(!isAppended)
  }

  @Test(arguments: [CompressionMethod.gzip(), .zstd()])
  func `a compressed archive gives the same, and is hashed as it is stored`(_ method: CompressionMethod) throws {
    let plain = NativeSamples.sealed()
    let stored = try compress(plain, as: method)
    let reading = try read(stored)
    #expect(reading.statements.count == 2)
    #expect(reading.summary.seal == .valid)
    #expect(reading.summary.sha256 == SHA256Digest(of: stored).hex)
    #expect(reading.summary.bytes == Int64(stored.count))
    #expect(reading.summary.expandedBytes == Int64(plain.count))
  }

  @Test func `batches hold no more than they may, and keep the order`() throws {
    let statements = (1...50).map { number in
      var statement = NativeSamples.statement
      statement.sequence = Int64(number)
      return statement
    }
    var options = ReadOptions()
    options.batchRecords = 7
    let reading = try read(NativeSamples.sealed(statements.map { .statement($0) }), options)
    #expect(reading.batches == 8)
    #expect(reading.statements == statements)
  }

  @Test func `keys whose value is null may be left out`() throws {
    let reading = try read(
      """
      {"type":"archive","format":"assay.archive/1","proxy":{"name":"hoop"}}
      {"type":"session_open","session":"s1","time":"2026-07-01T09:00:00Z","connection":{"name":"c","engine":"SQLite"}}
      {"decision":{"action":"allow"},"sql":"SELECT 1","time":"2026-07-01T09:00:01Z","seq":1,"session":"s1","type":"statement"}
      """)
    #expect(reading.addsUp)
    #expect(reading.summary.accepted == 3)
    #expect(reading.summary.flags == ["last_line_unterminated", "unsealed", "unsigned"])
    #expect(reading.openings.first?.identity == nil)
    #expect(reading.openings.first?.connection.engine == "sqlite")
    #expect(reading.statements.first?.parameters == nil)
    #expect(reading.statements.first?.result == nil)
  }

  @Test func `the archive's environment is that of connections without one`() throws {
    var opening = NativeSamples.opening
    opening.connection.environment = nil
    #expect(try read(NativeSamples.sealed([.opening(opening)])).openings.first?.connection.environment == "production")
  }

  @Test func `unknown keys are left out and counted by their path`() throws {
    let line = NativeSamples.lines()[2].replacing(#""rows":1"#, with: #""rows":1,"cost":2"#)
      .replacing(#""seq":1"#, with: #""seq":1,"mood":"good""#)
    let reading = try read(NativeSamples.lines()[0] + "\n" + line + "\n")
    #expect(reading.statements == [NativeSamples.statement])
    #expect(reading.summary.unknownKeys == ["statement.mood": 1, "statement.result.cost": 1])
  }

  @Test func `each bad line is rejected with its reason, and the rest is read`() throws {
    let table = try fixture("rejected-lines.tsv").split(separator: "\n").map { $0.split(separator: "\t", maxSplits: 2) }
    #expect(table.count > 20)
    let good = NativeSamples.lines()
    let text = good[0] + "\n" + table.map { $0[2] + "\n" }.joined() + "\n  \t\r\n" + good[2] + "\n"
    let reading = try read(text)
    #expect(reading.addsUp)
    #expect(reading.summary.blank == 2)
    #expect(reading.statements == [NativeSamples.statement])
    #expect(reading.rejected.map(\.reason) == table.map { String($0[0]) })
    for (row, rejected) in zip(table, reading.rejected) {
      #expect(rejected.message.contains(row[1]), "\(row[2])")
      #expect(!rejected.message.contains("secret"), "a value is in a message")
      let bytes = Array(text.utf8)[Int(rejected.byteOffset)..<Int(rejected.byteOffset + rejected.bytes)]
      #expect(String(decoding: bytes, as: UTF8.self) == row[2])
    }
  }

  @Test func `bytes that are no UTF-8 are rejected for that`() throws {
    let bytes =
      Array((NativeSamples.lines()[0] + "\n{\"type\":\"heartbeat\",\"time\":\"").utf8) + [0xFF, 0xFE, 0x22, 0x7D]
    let reading = try read(bytes)
    #expect(reading.rejected.map(\.reason) == ["invalid_utf8"])
    #expect(reading.rejected.first?.byteOffset == Int64(NativeSamples.lines()[0].utf8.count + 1))
  }
}
