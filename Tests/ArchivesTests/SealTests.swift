import Archives
import AuditTrail
import Digests
import Testing

struct SealTests {
  private static let seed = [UInt8](repeating: 7, count: 32)

  private static func signed() throws -> (bytes: [UInt8], options: ReadOptions) {
    let key = try Ed25519PrivateKey(seed: seed)
    var writer = NativeArchiveWriter(header: NativeSamples.header)
    for record in NativeSamples.everything { writer.append(record) }
    _ = try writer.seal(signedBy: key)
    var options = ReadOptions()
    options.trust = SignatureTrust([TrustedKey(key.publicKey)])
    return (writer.takeBytes(), options)
  }

  /// Whether a reader is told that something is amiss.
  private func isNoticed(_ bytes: [UInt8], _ options: ReadOptions) -> Bool {
    do {
      let reading = try read(bytes, options)
      return reading.summary.seal != .valid || reading.summary.rejected > 0 || !reading.summary.flags.isEmpty
    } catch {
      return error is AssayError
    }
  }

  @Test func `any byte changed in a sealed archive is noticed`() throws {
    let (bytes, options) = try Self.signed()
    #expect(!isNoticed(bytes, options))
    for index in bytes.indices {
      // One bit, the other case, and what could pass for the same white space, by turns.
      let changed = [bytes[index] ^ 1, bytes[index] ^ 0x20, bytes[index] == 0x20 ? 0x09 : 0x20][index % 3]
      var tampered = bytes
      tampered[index] = changed
      if !isNoticed(tampered, options) { Issue.record("byte \(index) to \(changed) passes") }
    }
  }

  @Test func `any byte dropped from a sealed archive is noticed`() throws {
    let (bytes, options) = try Self.signed()
    for index in bytes.indices {
      var tampered = bytes
      tampered.remove(at: index)
      // One of two equal bytes in a run is the same archive whichever is dropped.
      if !isNoticed(tampered, options) { Issue.record("dropping byte \(index) passes") }
    }
  }

  @Test func `any line dropped, doubled or swapped is noticed`() throws {
    let (bytes, options) = try Self.signed()
    let lines = bytes.split(separator: 0x0A).map { Array($0) + [0x0A] }
    for index in lines.indices {
      var dropped = lines
      dropped.remove(at: index)
      #expect(isNoticed(Array(dropped.joined()), options))
      #expect(isNoticed(Array((lines[...index] + lines[index...]).joined()), options))
      var swapped = lines
      swapped.swapAt(index, (index + 1) % lines.count)
      #expect(isNoticed(Array(swapped.joined()), options))
    }
  }

  @Test func `the root is that of the raw lines, blank ones left out and rejected ones kept`() throws {
    let lines = [NativeSamples.lines()[0], "{broken\r", NativeSamples.lines()[1]]
    var tree = MerkleTree()
    for line in lines { tree.append(Array(line.utf8)) }
    let time = "2026-07-01T09:00:00Z"
    let seal =
      #"{"type":"seal","records":2,"first":"\#(time)","last":"\#(time)","root":"\#(tree.root().hex)","signature":null}"#
    let reading = try read([lines[0], "", lines[1], "  ", lines[2], seal, ""].joined(separator: "\n"))
    #expect(reading.summary.seal == .valid, "\(reading.summary.sealProblems)")
    #expect(reading.rejected.map(\.reason) == ["invalid_json"])
    #expect(reading.summary.blank == 2)
  }

  @Test func `a broken seal says what does not hold`() throws {
    let lines = NativeSamples.lines()
    let last = lines.count - 1
    let cases: [(replaced: (Int, String, String), says: String)] = [
      ((2, "17", "18"), "root"),
      ((last, #""records":8"#, #""records":9"#), "records"),
      ((last, "2026-07-01T00:00:00Z", "2026-07-01T00:00:01Z"), "least record time"),
      ((last, "2026-07-02T01:00:00Z", "2026-07-02t01:00:00Z"), "greatest record time"),
      ((last, #""signature":null"#, #""signature":null,"note":1"#), "seal line holds keys"),
      ((0, #""previous":null"#, #""previous":null,"note":1"#), "archive line holds keys"),
    ]
    for (replaced, says) in cases {
      var changed = lines
      changed[replaced.0] = changed[replaced.0].replacing(replaced.1, with: replaced.2)
      let summary = try read(changed.map { $0 + "\n" }.joined()).summary
      #expect(summary.seal == .broken)
      #expect(summary.flags.contains("seal_broken"))
      #expect(summary.sealProblems.contains { $0.contains(says) }, "\(summary.sealProblems)")
    }
  }

  @Test func `an archive that goes on after its seal has a broken one, and is read`() throws {
    let bytes = NativeSamples.sealed() + Array((NativeSamples.lines()[2] + "\n").utf8)
    let reading = try read(bytes)
    #expect(reading.summary.seal == .broken)
    #expect(reading.statements.count == 3)
    #expect(reading.summary.sealProblems.first?.contains("after its seal, at line 11") == true)
  }

  @Test func `a signature is checked against the trusted keys, and said to be unverified without`() throws {
    let (bytes, options) = try Self.signed()
    let summary = try read(bytes, options).summary
    #expect(summary.seal == .valid)
    #expect(summary.signatureKey == options.trust.keys.first?.key.sealFingerprint?.hex)
    #expect(summary.origin.standing == .proven)
    let stranger = try read(bytes).summary
    #expect(stranger.seal == .valid)
    #expect(stranger.flags == ["signature_unverified"])
  }

  @Test func `a segment whose predecessor was not read has a gap before it`() throws {
    var header = NativeSamples.header
    header.previous = String(repeating: "0", count: 64)
    let bytes = NativeSamples.sealed(header: header)
    var options = ReadOptions()
    #expect(try read(bytes, options).summary.flags == ["unsigned"])
    options.knownRoots = []
    #expect(try read(bytes, options).summary.flags == ["chain_gap", "unsigned"])
    options.knownRoots = [String(repeating: "0", count: 64)]
    #expect(try read(bytes, options).summary.flags == ["unsigned"])
  }

  @Test func `an archive without records has a seal without times`() throws {
    let reading = try read(NativeSamples.sealed([]))
    #expect(reading.summary.seal == .valid, "\(reading.summary.sealProblems)")
    #expect(reading.summary.entries == 2)
  }

  @Test func `a line too long to be held counts with its leaf`() throws {
    var options = ReadOptions()
    options.maximumEntryBytes = 4096
    for length in [5000, 3_000_000] {
      var long = NativeSamples.bareStatement
      long.sql = String(repeating: "x", count: length)
      let bytes = NativeSamples.sealed([.heartbeat(long.time), .statement(long), .heartbeat(long.time)])
      let reading = try read(bytes, options)
      #expect(reading.rejected.map(\.reason) == ["record_too_long"])
      #expect(reading.heartbeats.count == 2)
      #expect(reading.summary.seal == .valid, "\(reading.summary.sealProblems)")
    }
  }
}
