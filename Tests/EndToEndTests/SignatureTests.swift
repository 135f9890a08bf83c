import Digests
import Foundation
import Testing

/// Trusted keys, by every command that knows them: each way in which a signature can be missing or wrong.
@Suite struct SignatureTests {
  /// Writes a key pair as `NAME.pem` and `NAME.pub`, and gives its fingerprint.
  @discardableResult
  private static func makeKey(_ name: String, _ byte: UInt8, in folder: Folder) throws -> String {
    let seed = [UInt8](repeating: byte, count: 32)
    let key = try Ed25519PrivateKey(seed: seed).publicKey
    func pem(_ label: String, _ prefix: [UInt8], _ bytes: [UInt8]) -> String {
      "-----BEGIN \(label)-----\n\(Data(prefix + bytes).base64EncodedString())\n-----END \(label)-----\n"
    }
    let oid: [UInt8] = [0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70]
    try folder.write("\(name).pem", pem("PRIVATE KEY", [0x30, 0x2E, 2, 1, 0] + oid + [4, 0x22, 4, 0x20], seed))
    try folder.write("\(name).pub", pem("PUBLIC KEY", [0x30, 0x2A] + oid + [3, 0x21, 0], key.bytes))
    return key.fingerprint.hex
  }

  private static func seal(_ input: String, to output: String, _ more: [String], in folder: Folder) throws {
    let sealed = try assay(["seal", input, "--output", output] + more, in: folder)
    try #require(sealed.status == 0, "\(sealed)")
  }

  /// `good.jsonl`, signed by the trusted key, and one file for each way in which that can be missing or wrong.
  private static func variants(in folder: Folder) throws -> [String] {
    let ours = try makeKey("ours", 1, in: folder)
    let theirs = try makeKey("theirs", 2, in: folder)
    try folder.write("raw.jsonl", Archive.text(statements: 3))
    try seal("raw.jsonl", to: "good.jsonl", ["--key", "ours.pem"], in: folder)
    try seal("raw.jsonl", to: "unsigned.jsonl", [], in: folder)
    try seal("raw.jsonl", to: "stranger.jsonl", ["--key", "theirs.pem"], in: folder)
    let good = try folder.text("good.jsonl")
    let start = try #require(good.range(of: #","signature":"#)?.lowerBound)
    try folder.write("stripped.jsonl", "\(good[..<start]),\"signature\":null}\n")
    try folder.write("left-out.jsonl", "\(good[..<start])}\n")
    try folder.write("unsealed.jsonl", good.split(separator: "\n").dropLast().joined(separator: "\n") + "\n")
    try folder.write("renamed.jsonl", try folder.text("stranger.jsonl").replacing(theirs, with: ours))
    try folder.write("borrowed.jsonl", good.replacing(ours, with: theirs))
    try folder.write("changed.jsonl", good.replacing("SELECT 3", with: "SELECT 4"))
    let value = try #require(good.range(of: #""value":""#)?.upperBound)
    try folder.write("broken.jsonl", "\(good[..<value])AAAA\(good[value...].dropFirst(4))")
    return [
      "unsigned", "stranger", "stripped", "left-out", "unsealed", "renamed", "borrowed", "changed", "broken",
    ].map { $0 + ".jsonl" }
  }

  private static func configuration(_ archive: String, _ more: String) -> String {
    "organization: Small\nperiod: 2026-07\narchives: [\(archive)]\nframeworks: [soc2-2017]\nledger: \(archive).db\n"
      + "output: out-\(archive)\n\(more)\n"
  }

  private func integrity(_ document: JSON) -> String? {
    document.tests.array.first { $0.id.string == "T-01" }?.status.string
  }

  @Test func `with a trusted key, only what it signed is verified, by every command`() throws {
    let folder = try Folder()
    let variants = try Self.variants(in: folder)
    for archive in ["good.jsonl"] + variants {
      let isGood = archive == "good.jsonl"
      let verified = try assay("verify", archive, "--trusted-key", "ours.pub", "--json", in: folder)
      #expect(verified.status == (isGood ? 0 : 1), "\(archive): \(verified)")
      #expect(try verified.json.origin.string == (isGood ? "proven" : "contradicted"), "\(archive)")
      #expect(try verified.json.failures.array.isEmpty == isGood, "\(archive)")
      for (strict, status) in [(false, Int32(0)), (true, isGood ? 0 : 65)] {
        let read = try assay(
          ["ingest", archive, "--trusted-key", "ours.pub", "--ledger", "\(archive)-\(strict).db", "--json"]
            + (strict ? ["--strict"] : []), in: folder)
        #expect(read.status == status, "\(archive): \(read)")
        let found = try #require(try read.json.archives.array.first)
        #expect(found.origin.string == (isGood ? "proven" : "contradicted"), "\(archive)")
        #expect(found.flags.array.isEmpty == isGood, "\(archive)")
      }
      try folder.write("assay.yaml", Self.configuration(archive, "trusted_keys: [ours.pub]"))
      let run = try assay("run", "--json", in: folder)
      #expect(run.status == 0, "\(archive): \(run)")
      #expect(integrity(try run.json.report) == (isGood ? "pass" : "fail"), "\(archive)")
      #expect(try assay("run", "--strict", in: folder).status == (isGood ? 0 : 65), "\(archive)")
      #expect(integrity(try assay("report", "--json", in: folder).json) == (isGood ? "pass" : "fail"), "\(archive)")
    }
  }

  @Test func `without a key nothing is proven, and every command says what is there`() throws {
    let folder = try Folder()
    _ = try Self.variants(in: folder)
    for (archive, flag) in [
      ("good.jsonl", "signature_unverified"), ("unsigned.jsonl", "unsigned"), ("stripped.jsonl", "unsigned"),
      ("stranger.jsonl", "signature_unverified"), ("renamed.jsonl", "signature_unverified"),
    ] {
      let verified = try assay("verify", archive, in: folder)
      #expect(verified.status == 0, "\(archive): \(verified)")
      #expect(verified.output.contains("[\(flag)]"), "\(archive): \(verified)")
      #expect(try assay("verify", archive, "--json", in: folder).json.origin.string == "not_proven")
      let read = try assay("ingest", archive, "--ledger", "\(archive).db", in: folder)
      #expect(read.output.contains(flag), "\(archive): \(read)")
      try folder.write("assay.yaml", Self.configuration(archive, ""))
      let run = try assay("run", "--json", in: folder)
      #expect(integrity(try run.json.report) == "pass", "\(archive): \(run)")
      let page = try folder.text("out-\(archive)/2026-07/tests/T-01.md")
      #expect(page.contains("no key that was checked signed it"), "\(archive)")
      #expect(try folder.text("out-\(archive)/2026-07/populations/T-01.csv").contains("not_proven"))
    }
  }

  @Test func `keys count for archives that are in the ledger already, and what they said stays said`() throws {
    let folder = try Folder()
    _ = try Self.variants(in: folder)
    try folder.write("assay.yaml", Self.configuration("unsigned.jsonl", ""))
    #expect(integrity(try assay("run", "--json", in: folder).json.report) == "pass")
    try folder.write("assay.yaml", Self.configuration("unsigned.jsonl", "trusted_keys: [ours.pub]"))
    #expect(integrity(try assay("report", "--json", in: folder).json) == "fail")
    let again = try assay("ingest", "--strict", "--json", in: folder)
    #expect(again.status == 65, "\(again)")
    #expect(try again.json.archives.array.first?.already_ingested.bool == true)
    try folder.write("assay.yaml", Self.configuration("unsigned.jsonl", ""))
    #expect(integrity(try assay("report", "--json", in: folder).json) == "fail")
  }

  @Test func `a key of the configuration has its sources, its time and its end`() throws {
    let folder = try Folder()
    _ = try Self.variants(in: folder)
    let cases: [(archive: String, keys: String, status: String)] = [
      ("good.jsonl", "trusted_keys: [{ key: ours.pub, owner: Ops, role: collector, sources: [gate g] }]", "pass"),
      ("good.jsonl", "trusted_keys: [{ key: ours.pub, sources: [other] }]", "fail"),
      ("good.jsonl", "trusted_keys: [{ key: ours.pub, sources: [{ name: gate, instance: g }] }]", "pass"),
      ("good.jsonl", "trusted_keys: [{ key: ours.pub, sources: [{ name: gate, instance: h }] }]", "fail"),
      ("good.jsonl", "trusted_keys: [{ key: ours.pub, sources: [{ name: gate g }] }]", "fail"),
      ("good.jsonl", "trusted_keys: [{ key: ours.pub, from: 2026-07-01, until: 2026-07-02 }]", "pass"),
      ("good.jsonl", "trusted_keys: [{ key: ours.pub, until: 2026-07-01 }]", "fail"),
      ("good.jsonl", "trusted_keys: [{ key: ours.pub, revoked: 2026-08-01 }]", "fail"),
      ("good.jsonl", "trusted_keys: [theirs.pub]", "fail"),
      ("unsigned.jsonl", "trusted_keys: [ours.pub]\nunsigned_sources: [gate]", "inconclusive"),
      ("unsigned.jsonl", "trusted_keys: [ours.pub]\nunsigned_sources: [other]", "fail"),
      ("unsigned.jsonl", "trusted_keys: [ours.pub]\nunsigned_sources: [{ name: gate, instance: g }]", "inconclusive"),
      ("unsigned.jsonl", "trusted_keys: [ours.pub]\nunsigned_sources: [{ name: gate, instance: h }]", "fail"),
    ]
    for (archive, keys, status) in cases {
      try folder.write("assay.yaml", Self.configuration(archive, keys))
      let run = try assay("run", "--json", in: folder)
      #expect(integrity(try run.json.report) == status, "\(keys): \(run)")
      let verified = try assay("verify", archive, "--config", "assay.yaml", in: folder)
      #expect(verified.status == (status == "fail" ? 1 : 0), "\(keys): \(verified)")
    }
    for wrong in [
      "trusted_keys: [nowhere.pub]", "trusted_keys: [raw.jsonl]", "trusted_keys: [{ key: ours.pub, role: king }]",
      "trusted_keys: [{ owner: Ops }]", "unsigned_sources: [gate]", "checkpoints: [head.json]",
      "trusted_keys: [{ key: ours.pub, from: 2026-07-02, until: 2026-07-01 }]",
      "trusted_keys: [{ key: ours.pub, sources: [{ instance: g }] }]",
      "trusted_keys: [ours.pub]\nunsigned_sources: [{ name: gate, port: 1 }]",
    ] {
      try folder.write("assay.yaml", Self.configuration("good.jsonl", wrong))
      let run = try assay("run", in: folder)
      #expect(run.status == 65 || run.status == 66, "\(wrong): \(run)")
    }
  }

  @Test func `what does not hold, or none of the trusted keys signed, is not sealed again`() throws {
    let folder = try Folder()
    let variants = try Self.variants(in: folder)
    for archive in ["good.jsonl"] + variants {
      let isGood = archive == "good.jsonl"
      let sealed = try assay(
        "seal", archive, "--output", "again-" + archive, "--key", "ours.pem", "--trusted-key", "ours.pub", in: folder)
      #expect(sealed.status == (isGood ? 0 : 65), "\(archive): \(sealed)")
      // Without keys only what is broken is refused.
      let plain = try assay("seal", archive, "--output", "plain-" + archive, in: folder)
      #expect(plain.status == (archive == "changed.jsonl" ? 65 : 0), "\(archive): \(plain)")
    }
  }

  @Test func `archives of two sources are not sealed as one`() throws {
    let folder = try Folder()
    try Self.makeKey("ours", 1, in: folder)
    let first = Archive.text("s1", statements: 2)
    try folder.write("first.jsonl", first)
    try folder.write("again.jsonl", Archive.text("s2", statements: 2))
    let heading = try #require(first.split(separator: "\n").first.map(String.init))
    let proxy = #"{"name":"gate","version":"1","instance":"g"},"environment":"production""#
    try #require(heading.contains(proxy), "\(heading)")
    for (name, changed) in [
      ("proxy", proxy.replacing("gate", with: "gate2")), ("instance", proxy.replacing(#""g""#, with: #""h""#)),
      ("environment", proxy.replacing("production", with: "staging")),
    ] {
      try folder.write(name + ".jsonl", first.replacing(proxy, with: changed))
      let sealed = try assay(
        "seal", "first.jsonl", name + ".jsonl", "--output", name + "-both.jsonl", "--key", "ours.pem", in: folder)
      #expect(sealed.status == 65, "\(name): \(sealed)")
      #expect(sealed.errors.contains("source"), "\(name): \(sealed)")
      #expect(!FileManager.default.fileExists(atPath: folder(name + "-both.jsonl")))
    }
    #expect(try assay("seal", "first.jsonl", "again.jsonl", "--output", "both.jsonl", in: folder).status == 0)
  }

  @Test func `two segments that follow the same one are told`() throws {
    let folder = try Folder()
    try Self.chain(in: folder)
    let root = try assay("seal", "1.jsonl", "--output", "copy.jsonl", "--json", in: folder).json.root.string
    try folder.write("raw.jsonl", Archive.text("s9", statements: 1))
    try Self.seal(
      "raw.jsonl", to: "fork.jsonl", ["--key", "ours.pem", "--previous", try #require(root)], in: folder)
    let trusted = ["--trusted-key", "ours.pub"]
    let verified = try assay(["verify", "1.jsonl", "2.jsonl", "fork.jsonl", "--json"] + trusted, in: folder)
    #expect(verified.status == 1, "\(verified)")
    let problems = try verified.json.results.array.flatMap { $0.failures.array.compactMap { $0.problem.string } }
    #expect(problems == ["chain_fork", "chain_fork"])
    let read = try assay(
      ["ingest", "1.jsonl", "2.jsonl", "fork.jsonl", "--ledger", "f.db", "--strict", "--json"] + trusted, in: folder)
    #expect(read.status == 65, "\(read)")
    let flags = try read.json.archives.array.map { $0.flags.array.compactMap(\.string) }
    #expect(flags == [[], ["chain_fork"], ["chain_fork"]])
    #expect(try assay(["verify", "1.jsonl", "2.jsonl", "3.jsonl"] + trusted, in: folder).status == 0)
  }

  /// Three signed segments of one chain, with the head of each in `head-N.json`; the third holds a record of `late` too.
  private static func chain(in folder: Folder, late: String? = nil) throws {
    try makeKey("ours", 1, in: folder)
    try makeKey("theirs", 2, in: folder)
    for number in 1...3 {
      let record = number == 3 ? late.map { #"{"type":"heartbeat","time":"\#($0)"}"# + "\n" } : nil
      try folder.write(
        "raw.jsonl",
        Archive.text("s\(number)", statements: number).replacing("2026-07-01", with: "2026-07-0\(number)")
          + (record ?? "")
      )
      try seal("raw.jsonl", to: "\(number).jsonl", ["--key", "ours.pem", "--checkpoint", "head.json"], in: folder)
      try folder.copy("head.json", to: "head-\(number).json")
    }
  }

  /// A record that came late makes a segment's first time older than that of the segments before it, or the same.
  @Test(arguments: [nil, "2026-06-30T08:50:00Z", "2026-07-01T09:00:00Z"])
  func `a missing segment is told by verify, ingest and T-01`(late: String?) throws {
    let folder = try Folder()
    try Self.chain(in: folder, late: late)
    let key = ["--trusted-key", "ours.pub"]
    let head = key + ["--checkpoint", "head-3.json"]
    let cases: [(name: String, archives: [String], options: [String], isWhole: Bool)] = [
      ("all", ["1", "2", "3"], head, true), ("in another order", ["3", "1", "2"], head, true),
      ("an older head", ["1", "2", "3"], key + ["--checkpoint", "head-2.json"], true),
      ("the first belongs to another period", ["2", "3"], head, true),
      ("the middle one is missing", ["1", "3"], key, false), ("and with the head", ["1", "3"], head, false),
      ("the last one is missing", ["1", "2"], head, false), ("all but the first are missing", ["1"], head, false),
      // What only a checkpoint can tell.
      ("the last one is missing, and no head is given", ["1", "2"], key, true),
    ]
    for (index, (name, numbers, options, isWhole)) in cases.enumerated() {
      let archives = numbers.map { $0 + ".jsonl" }
      // That of the case before would count too.
      try? FileManager.default.removeItem(atPath: folder("assay.yaml"))
      let verified = try assay(["verify"] + archives + options, in: folder)
      #expect(verified.status == (isWhole ? 0 : 1), "\(name): \(verified)")
      let read = try assay(["ingest"] + archives + options + ["--ledger", "\(index).db", "--json"], in: folder)
      #expect(read.status == 0, "\(name): \(read)")
      let document = try read.json
      let gaps = document.archives.array.count { $0.flags.array.contains { $0.string == "chain_gap" } }
      let missed = document.checkpoints.array.count { $0.problem.string != nil }
      if name != "the first belongs to another period" { #expect((gaps + missed == 0) == isWhole, "\(name): \(read)") }
      let strict = try assay(["ingest"] + archives + options + ["--ledger", "\(index).db", "--strict"], in: folder)
      let isBroken = missed > 0 || numbers == ["1", "3"]
      #expect(strict.status == (isBroken ? 65 : 0), "\(name): \(strict)")
      let checkpoints = options.contains("--checkpoint") ? "checkpoints: [\(options.last ?? "")]" : ""
      try folder.write(
        "assay.yaml",
        """
        organization: Small
        period: 2026-07
        archives: [\(archives.joined(separator: ", "))]
        frameworks: [soc2-2017]
        ledger: run-\(index).db
        output: out-\(index)
        trusted_keys: [ours.pub]
        \(checkpoints)
        """)
      #expect(integrity(try assay("run", "--json", in: folder).json.report) == (isWhole ? "pass" : "fail"), "\(name)")
    }
  }

  @Test func `a checkpoint is worth the signature of a trusted key, and no more`() throws {
    let folder = try Folder()
    try Self.chain(in: folder)
    let archives = ["1.jsonl", "2.jsonl", "3.jsonl"]
    #expect(try assay(["verify"] + archives + ["--checkpoint", "head-3.json"], in: folder).status == 64)
    try folder.write("old.json", try folder.text("head-3.json").replacing(#""records": 5"#, with: #""records": 4"#))
    for (head, key) in [("old.json", "ours.pub"), ("head-3.json", "theirs.pub")] {
      let verified = try assay(
        ["verify"] + archives + ["--checkpoint", head, "--trusted-key", key, "--json"], in: folder)
      #expect(verified.status == 1, "\(verified)")
      #expect(try verified.json.results.array.last?.kind.string == "checkpoint")
    }
    #expect(try assay("seal", "1.jsonl", "--output", "x.jsonl", "--checkpoint", "h.json", in: folder).status == 64)
    // The chain goes on only from a head that this key, or a trusted one, signed, and only for its own source.
    let others = try assay(
      "seal", "1.jsonl", "--output", "x.jsonl", "--key", "theirs.pem", "--checkpoint", "head.json", in: folder)
    #expect(others.status == 65, "\(others)")
    try folder.write(
      "raw.jsonl", Archive.text("s9", statements: 1).replacing(#""instance":"g""#, with: #""instance":"h""#))
    let foreign = try assay(
      "seal", "raw.jsonl", "--output", "x.jsonl", "--key", "ours.pem", "--checkpoint", "head.json", in: folder)
    #expect(foreign.status == 65, "\(foreign)")
    let handed = try assay(
      "seal", "1.jsonl", "--output", "x.jsonl", "--key", "theirs.pem", "--checkpoint", "head.json", "--trusted-key",
      "ours.pub", "--json", in: folder)
    #expect(handed.status == 0, "\(handed)")
    #expect(try handed.json.previous.string?.count == 64)
  }
}
