import Archives
import AuditTrail
import Digests
import Testing

/// Whose archive it is: every way in which a signature can be missing or wrong.
@Suite struct SignatureTests {
  private static func key(_ byte: UInt8) throws -> Ed25519PrivateKey {
    try Ed25519PrivateKey(seed: [UInt8](repeating: byte, count: 32))
  }

  private static func trusted(
    _ byte: UInt8 = 1, from: String? = nil, until: String? = nil, revoked: String? = nil, sources: [SourceName] = []
  ) throws -> TrustedKey {
    var trusted = TrustedKey(try key(byte).publicKey, sources: sources)
    trusted.from = from.flatMap { Timestamp($0) }
    trusted.until = until.flatMap { Timestamp($0) }
    trusted.revoked = revoked.flatMap { Timestamp($0) }
    return trusted
  }

  /// The sample's records, up to 2026-07-02T01:00:00Z, sealed and signed.
  private static func signed(_ byte: UInt8 = 1, header: ArchiveHeader = NativeSamples.header) throws -> String {
    var writer = NativeArchiveWriter(header: header)
    for record in NativeSamples.everything { writer.append(record) }
    _ = try writer.seal(signedBy: try key(byte))
    return String(decoding: writer.takeBytes(), as: UTF8.self)
  }

  private func origin(_ text: String, _ keys: [TrustedKey], unsigned: [SourceName] = []) throws -> ArchiveSummary {
    var options = ReadOptions()
    options.trust = SignatureTrust(keys, unsignedSources: unsigned)
    return try read(text, options).summary
  }

  /// The signature's value; parameters have values too.
  private static func value(_ text: String) -> Substring {
    guard let start = text.ranges(of: #""value":""#).last?.upperBound else { return "" }
    return text[start...].prefix { $0 != "\"" }
  }

  @Test func `an archive that none of the trusted keys signed is not what it says, whatever is wrong`() throws {
    let good = try Self.signed()
    let fingerprint = try Self.key(1).publicKey.fingerprint.hex
    let stranger = try Self.key(2).publicKey.fingerprint.hex
    let value = Self.value(good)
    let hoop = #"{"data":[],"total":0,"has_next_page":false}"#
    let cases: [(name: String, text: String, flags: Set<String>)] = [
      ("unsigned", String(decoding: NativeSamples.sealed(), as: UTF8.self), ["unsigned"]),
      ("stripped", good.replacing(#"{"key":"\#(fingerprint)","value":"\#(value)"}"#, with: "null"), ["unsigned"]),
      (
        "signature left out", good.replacing(#","signature":{"key":"\#(fingerprint)","value":"\#(value)"}"#, with: ""),
        ["unsigned"]
      ),
      (
        "seal line taken away", good.split(separator: "\n").dropLast().joined(separator: "\n") + "\n",
        ["unsigned", "unsealed"]
      ),
      ("no native archive", hoop, ["unsigned"]),
      ("signed by another key", try Self.signed(2), ["signature_unverified", "signature_untrusted"]),
      (
        "another key's signature under our key's name", try Self.signed(2).replacing(stranger, with: fingerprint),
        ["signature_untrusted", "seal_broken"]
      ),
      (
        "our signature under another key's name", good.replacing(fingerprint, with: stranger),
        ["signature_unverified", "signature_untrusted"]
      ),
      (
        "a signature of other records",
        good.replacing(value, with: Self.value(try Self.signed(header: ArchiveHeader(proxyName: "other")))),
        ["signature_untrusted", "seal_broken"]
      ),
      ("no base64", good.replacing(value, with: "?" + value.dropFirst()), ["signature_untrusted", "seal_broken"]),
      ("too short", good.replacing(value, with: "AAAA"), ["signature_untrusted", "seal_broken"]),
      ("empty", good.replacing(value, with: ""), ["signature_untrusted", "seal_broken"]),
      ("a key that is not a digest", good.replacing(fingerprint, with: "k1"), ["signature_untrusted", "seal_broken"]),
      (
        "a key in upper case", good.replacing(fingerprint, with: fingerprint.uppercased()),
        ["signature_untrusted", "seal_broken"]
      ),
      (
        "another record", good.replacing("close duplicate visits", with: "close duplicate visit!"),
        ["signature_untrusted", "seal_broken"]
      ),
    ]
    for (name, text, flags) in cases {
      let summary = try origin(text, [try Self.trusted()])
      #expect(summary.origin.standing == .contradicted, "\(name): \(summary.origin)")
      #expect(flags.isSubset(of: summary.flags), "\(name): \(summary.flags)")
      #expect(!summary.origin.reason.isEmpty)
    }
    #expect(try origin(good, [try Self.trusted()]).origin.standing == .proven)
    #expect(try origin(good, [try Self.trusted(2), try Self.trusted()]).origin.standing == .proven)
  }

  @Test func `without keys nothing is proven, and a flag says what is there`() throws {
    let unsigned = try origin(String(decoding: NativeSamples.sealed(), as: UTF8.self), [])
    #expect(unsigned.origin.standing == .notProven)
    #expect(unsigned.flags == ["unsigned"])
    let signed = try origin(try Self.signed(), [])
    #expect(signed.origin.standing == .notProven)
    #expect(signed.flags == ["signature_unverified"])
    #expect(signed.seal == .valid)
    // What can be no signature of any key breaks the seal without one too.
    let value = Self.value(try Self.signed())
    let nonsense = try origin(try Self.signed().replacing(value, with: "AAAA"), [])
    #expect(nonsense.seal == .broken)
    let foreign = try origin(#"{"data":[],"total":0,"has_next_page":false}"#, [])
    #expect(foreign.flags.contains("unsigned"))
  }

  @Test func `a key is trusted for its sources and its time, and after it was revoked for nothing`() throws {
    let good = try Self.signed()
    let cases: [(name: String, key: TrustedKey, isProven: Bool)] = [
      ("its source", try Self.trusted(sources: ["hoop"]), true),
      ("its source and instance", try Self.trusted(sources: ["other", "hoop gw-1"]), true),
      ("another source", try Self.trusted(sources: ["other"]), false),
      ("another instance", try Self.trusted(sources: ["hoop gw-2"]), false),
      ("in its time", try Self.trusted(from: "2026-07-02T01:00:00Z", until: "2026-07-02T01:00:01Z"), true),
      ("before its time", try Self.trusted(from: "2026-07-02T01:00:01Z"), false),
      ("after its time", try Self.trusted(until: "2026-07-02T01:00:00Z"), false),
      ("revoked before", try Self.trusted(revoked: "2026-01-01T00:00:00Z"), false),
      // Whoever holds a stolen key writes what times they like.
      ("revoked later", try Self.trusted(revoked: "2030-01-01T00:00:00Z"), false),
    ]
    for (name, key, isProven) in cases {
      let summary = try origin(good, [key])
      #expect((summary.origin.standing == .proven) == isProven, "\(name): \(summary.origin)")
      #expect(summary.flags == (isProven ? [] : ["signature_untrusted"]), "\(name): \(summary.flags)")
      #expect(summary.seal == .valid)
    }
    // A proxy that calls itself what another's instance is called is not that one.
    let borrowed = good.replacing(#""name":"hoop""#, with: #""name":"hoop gw-1""#).replacing(
      #""instance":"gw-1""#, with: #""instance":null"#)
    #expect(borrowed != good)
    let named = try origin(borrowed, [try Self.trusted(sources: ["hoop gw-1"])])
    #expect(named.origin.reason.contains("not for the source"), "\(named.origin)")
    let both = [try Self.trusted(sources: ["other"]), try Self.trusted(sources: ["hoop"])]
    #expect(try origin(good, both).origin.standing == .proven)
    // A key that one line says is revoked is revoked, whatever another line says of it, and whichever comes first.
    let revoked = try Self.trusted(revoked: "2030-01-01T00:00:00Z")
    for keys in [[revoked, try Self.trusted()], [try Self.trusted(), revoked], both + [revoked]] {
      let summary = try origin(good, keys)
      #expect(summary.origin.standing == .contradicted && summary.origin.reason.contains("was revoked on"))
    }
  }

  @Test func `a source that signs nothing must be named, and is never proven`() throws {
    let unsigned = String(decoding: NativeSamples.sealed(), as: UTF8.self)
    #expect(try origin(unsigned, [try Self.trusted()], unsigned: ["hoop"]).origin.standing == .exempt)
    #expect(try origin(unsigned, [try Self.trusted()], unsigned: ["hoop gw-1"]).origin.standing == .exempt)
    #expect(try origin(unsigned, [try Self.trusted()], unsigned: ["gw-1"]).origin.standing == .contradicted)
    // What is signed is held to its signature all the same.
    #expect(try origin(try Self.signed(2), [try Self.trusted()], unsigned: ["hoop"]).origin.standing == .contradicted)
  }

  /// Segments of one chain, each with its root.
  private static func chain(_ count: Int, source: String = "gate", times: [String] = []) throws -> (
    texts: [String], checkpoints: [Checkpoint]
  ) {
    var (texts, checkpoints, previous) = ([String](), [Checkpoint](), String?.none)
    for number in 0..<count {
      let header = ArchiveHeader(proxyName: source, instance: "g", previous: previous)
      var writer = NativeArchiveWriter(header: header)
      let time = number < times.count ? times[number] : "2026-07-0\(number + 1)T00:00:00Z"
      writer.append(.heartbeat(NativeSamples.time(time)))
      previous = try writer.seal(signedBy: try key(1))
      checkpoints.append(try writer.checkpoint(signedBy: try key(1)))
      texts.append(String(decoding: writer.takeBytes(), as: UTF8.self))
    }
    return (texts, checkpoints)
  }

  private func summaries(_ texts: some Sequence<String>) throws -> [ArchiveSummary] {
    try texts.map { try read($0).summary }
  }

  @Test func `a segment that is missing between others is a gap, in whatever order they are given`() throws {
    let texts = try Self.chain(4).texts
    #expect(ArchiveChain(try summaries(texts)).gaps.isEmpty)
    #expect(ArchiveChain(try summaries(texts.reversed())).gaps.isEmpty)
    #expect(ArchiveChain(try summaries([texts[0], texts[2], texts[3]])).gaps.map(\.index) == [1])
    // Neither goes back to the other, so that neither is where the chain begins.
    #expect(ArchiveChain(try summaries([texts[3], texts[1]])).gaps.map(\.index) == [0, 1])
    #expect(ArchiveChain(try summaries([texts[0], texts[3]])).gaps.map(\.index) == [1])
    // The oldest one's predecessor may belong to another period; another source's chain fills no gap.
    #expect(ArchiveChain(try summaries(texts[1...])).gaps.isEmpty)
    #expect(ArchiveChain(try summaries([texts[2]] + Self.chain(2, source: "other").texts)).gaps.isEmpty)
    // A file that only claims to be the segment is not it.
    let forged = texts[1].replacing("2026-07-02T00:00:00Z", with: "2026-07-02T00:00:01Z")
    #expect(ArchiveChain(try summaries([texts[0], forged, texts[2]])).gaps.map(\.index) == [2])
  }

  @Test func `what segments say of their times hides no gap`() throws {
    let cases: [(name: String, times: [String])] = [
      ("in order", []), ("all the same", [String](repeating: "2026-07-01T00:00:00Z", count: 4)),
      ("backwards", (1...4).reversed().map { "2026-07-0\($0)T00:00:00Z" }),
      ("the last one is the oldest", (2...4).map { "2026-07-0\($0)T00:00:00Z" } + ["2026-07-01T00:00:00Z"]),
    ]
    for (name, times) in cases {
      let (texts, checkpoints) = try Self.chain(4, times: times)
      for kept in 1..<16 {
        let places = (0..<4).filter { kept >> $0 & 1 == 1 }
        // One run of segments without a hole is whole, wherever it begins; what stands behind a hole is a gap.
        let behind = zip(places.dropFirst(), places).filter { $0 != $1 + 1 }.map(\.0)
        // Where the first one names none before it, or others do not go back to it, each hole is one more gap.
        let first = !behind.isEmpty && places[0] > 0 ? [places[0]] : []
        for order in [places, places.reversed()] {
          let chain = ArchiveChain(try summaries(order.map { texts[$0] }))
          #expect(Set(chain.gaps.map { order[$0.index] }) == Set(behind + first), "\(name), \(order)")
          #expect(
            (chain.missing(by: checkpoints[3]) == nil) == (places.contains(3) && behind.isEmpty), "\(name), \(order)")
        }
      }
      // The same segment twice is not another one, and one without a seal is one of the chain all the same.
      #expect(ArchiveChain(try summaries([texts[1], texts[1], texts[2]])).gaps.isEmpty)
      let unsealed = [1, 3].map { texts[$0].split(separator: "\n").dropLast().joined(separator: "\n") + "\n" }
      #expect(!ArchiveChain(try summaries(unsealed)).gaps.isEmpty, "\(name)")
    }
  }

  @Test func `a checkpoint tells that the newest segment, or one before it, was dropped or changed`() throws {
    let (texts, checkpoints) = try Self.chain(4)
    let head = checkpoints[3]
    #expect(ArchiveChain(try summaries(texts)).missing(by: head) == nil)
    #expect(ArchiveChain(try summaries(texts.dropFirst())).missing(by: head) == nil)
    // A later segment came: the older head holds on.
    #expect(ArchiveChain(try summaries(texts)).missing(by: checkpoints[1]) == nil)
    #expect(ArchiveChain(try summaries(texts.dropLast())).missing(by: head)?.contains(head.root) == true)
    #expect(ArchiveChain([]).missing(by: head) != nil)
    #expect(ArchiveChain(try summaries([texts[0], texts[1], texts[3]])).missing(by: head) != nil)
    #expect(ArchiveChain(try summaries([texts[0], texts[3]])).missing(by: head) != nil)
    let changed = texts[3].replacing("2026-07-04T00:00:00Z", with: "2026-07-04T00:00:01Z")
    #expect(ArchiveChain(try summaries(texts.dropLast() + [changed])).missing(by: head) != nil)
  }

  @Test func `a checkpoint counts only as its trusted key signed it`() throws {
    let head = try Self.chain(2).checkpoints[1]
    let text = String(decoding: head.bytes, as: UTF8.self)
    #expect(try Checkpoint(text, path: "head.json") == head)
    #expect(head.origin(SignatureTrust([try Self.trusted()])).standing == .proven)
    #expect(head.origin(SignatureTrust([try Self.trusted(sources: ["gate g"])])).standing == .proven)
    for trust in [
      SignatureTrust(), SignatureTrust([try Self.trusted(2)]), SignatureTrust([try Self.trusted(sources: ["x"])]),
      SignatureTrust([try Self.trusted(revoked: "2026-01-01T00:00:00Z")]),
    ] {
      #expect(head.origin(trust).standing != .proven)
    }
    let other = try Self.chain(1).checkpoints[0]
    for (old, new) in [
      (head.root, other.root), (#""records": 1"#, #""records": 2"#), (#""name": "gate""#, #""name": "gat""#),
      (#""instance": "g""#, #""instance": null"#), ("2026-07-02T00:00:00Z", "2026-07-03T00:00:00Z"),
      (head.previous ?? "-", other.root.replacing("a", with: "b")),
    ] {
      let changed = try Checkpoint(text.replacing(old, with: new), path: "head.json")
      #expect(changed != head, "\(old)")
      #expect(changed.origin(SignatureTrust([try Self.trusted()])).standing != .proven, "\(old)")
    }
    for broken in [
      "", "{}", "[]", text.replacing("assay.checkpoint/1", with: "assay.archive/1"),
      text.replacing(head.root, with: "x"),
    ] {
      #expect(throws: AssayError.self) { try Checkpoint(broken, path: "head.json") }
    }
  }
}
