import Foundation
import Testing

/// Who made a package: signatures beside it, keys that the reader names, and what may not be replaced.
@Suite struct OriginTests {
  private static let package = "quarter/reports/2026-07"

  @Test(arguments: [SmallQuarter.ed25519, SmallQuarter.p256])
  func `a package's bytes are the same signed or not, and openssl alone verifies the signature`(kind: [String]) throws {
    let folder = try SmallQuarter.folder()
    let id = try SmallQuarter.makeKey("KEY", kind, in: folder)
    try SmallQuarter.run(in: folder)
    let unsigned = try folder.package(Self.package)
    let signed = try SmallQuarter.run(in: folder, "--sign", "KEY.pem")
    #expect(differences(unsigned, try folder.package(Self.package)) == [])
    #expect(try signed.json.report.signed_by.string == id)
    // The read-me's own line, as it stands there; KEY.pub is the reader's.
    let readme = try folder.text("\(Self.package)/README.md")
    let line = try #require(readme.components(separatedBy: "\n").first { $0.hasPrefix("openssl pkeyutl") })
    try folder.copy("KEY.pub", to: "\(Self.package)/../KEY.pub")
    func verifies() throws -> Bool {
      try run(URL(filePath: "/bin/sh"), ["-c", "cd \(Self.package) && \(line)"], in: folder).status == 0
    }
    #expect(try verifies())
    // The envelope, by the text that DSSE says is signed.
    let envelope = try JSON(try folder.text("\(Self.package).dsse.json"))
    #expect(envelope.payloadType.string == "application/vnd.in-toto+json")
    let payload = try #require(envelope.payload.string.flatMap { Data(base64Encoded: $0) })
    try folder.write("pae", Array("DSSEv1 28 application/vnd.in-toto+json \(payload.count) ".utf8) + Array(payload))
    let signature = try #require(envelope.signatures.array.first)
    #expect(signature.keyid.string == id)
    try folder.write("pae.sig", Array(try #require(signature.sig.string.flatMap { Data(base64Encoded: $0) })))
    try SmallQuarter.openssl(
      ["pkeyutl", "-verify", "-pubin", "-inkey", "KEY.pub", "-rawin", "-in", "pae", "-sigfile", "pae.sig"], in: folder)
    let statement = try JSON(String(decoding: payload, as: UTF8.self))
    let sum = try run(URL(filePath: "/usr/bin/sha256sum"), ["\(Self.package)/MANIFEST.json"], in: folder)
    #expect(statement._type.string == "https://in-toto.io/Statement/v1")
    #expect(statement.subject.array.first?.digest.sha256.string == String(sum.output.prefix(64)))
    try folder.write("\(Self.package)/SHA256SUMS", try folder.text("\(Self.package)/SHA256SUMS") + "\n")
    #expect(try !verifies())
  }

  /// What is done to a signed package and its surroundings, with which options it is verified, and what that says.
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let options: [String]
    let origin: String
    let reason: String
    let change: @Sendable (Folder) throws -> Void

    init(
      _ name: String, _ options: [String], _ origin: String, _ reason: String,
      _ change: @escaping @Sendable (Folder) throws -> Void = { _ in }
    ) {
      (self.name, self.options, self.origin, self.reason) = (name, options, origin, reason)
      self.change = change
    }

    var testDescription: String { name }

    static func keys(_ name: String, _ keys: String, _ origin: String, _ reason: String) -> Case {
      Case(name, ["--config", "keys.yaml"], origin, reason) { folder in
        try folder.write("keys.yaml", "organization: Small\nperiod: 2026-07\ntrusted_keys: [\(keys)]\n")
      }
    }

    static let ours = ["--trusted-key", "ours.pub"]
  }

  @Test(arguments: [
    Case("no key is named", [], "not_proven", "no trusted key was named"),
    Case("nothing is signed and no key named", [], "not_proven", "whoever could write here could have made all of this")
    {
      try $0.remove("\(package).dsse.json")
      try $0.remove("\(package).SHA256SUMS.sig")
    },
    Case(
      "our key is named", Case.ours, "proven",
      "Signed with key ID by the holder of a trusted key; compare ID elsewhere."),
    Case("the signatures were taken away", Case.ours, "contradicted", "none of the trusted keys signed it") {
      try $0.remove("\(package).dsse.json")
      try $0.remove("\(package).SHA256SUMS.sig")
    },
    Case("only the envelope was taken away", Case.ours, "contradicted", "is here without 2026-07.dsse.json") {
      try $0.remove("\(package).dsse.json")
    },
    Case("only the detached signature was taken away", Case.ours, "contradicted", "without 2026-07.SHA256SUMS.sig") {
      try $0.remove("\(package).SHA256SUMS.sig")
    },
    Case("another key is named", ["--trusted-key", "theirs.pub"], "contradicted", "not among the trusted ones"),
    Case("somebody else signed it again", Case.ours, "contradicted", "not among the trusted ones") {
      try $0.remove("\(package).dsse.json")
      try $0.remove("\(package).SHA256SUMS.sig")
      try SmallQuarter.run(in: $0, "--sign", "theirs.pem")
    },
    Case("somebody else's signature bears our key's id", Case.ours, "contradicted", "not the key's signature") {
      folder in
      let ids = try ["ours", "theirs"].map { name in
        try run(URL(filePath: "/usr/bin/sha256sum"), ["\(name).der"], in: folder).output.prefix(64)
      }
      try SmallQuarter.run(in: folder, "--sign", "theirs.pem", "--replace")
      try folder.write(
        "\(package).dsse.json", try folder.text("\(package).dsse.json").replacing(ids[1], with: ids[0]))
    },
    Case("the package was made again of other archives", Case.ours, "contradicted", "is about another manifest") {
      try $0.write("raw.jsonl", try $0.text("raw.jsonl").replacing(SmallQuarter.harmful, with: "SELECT 2"))
      try SmallQuarter.seal(in: $0)
      try SmallQuarter.run(in: $0, "--output", "forged", "--ledger", "forged.db")
      try $0.remove(package)
      try $0.copy("forged/2026-07", to: package)
      try $0.remove("\(package).run.json")
    },
    Case("the detached signature is another's", Case.ours, "contradicted", "is not the signature of SHA256SUMS") {
      try SmallQuarter.openssl(
        [
          "pkeyutl", "-sign", "-inkey", "theirs.pem", "-rawin", "-in", "\(package)/SHA256SUMS", "-out",
          "\(package).SHA256SUMS.sig",
        ], in: $0)
    },
    Case("the envelope is not an envelope", Case.ours, "contradicted", "is not a signed statement about a package") {
      try $0.write("\(package).dsse.json", "{}")
    },
    Case.keys(
      "a key with owner and role", "{ key: ours.pub, owner: Ana Ruiz, role: preparer, from: 2026-01-01 }", "proven",
      "by Ana Ruiz, preparer;"),
    Case.keys("a key that was revoked", "{ key: ours.pub, revoked: 2026-08-01 }", "contradicted", "was revoked on"),
    Case.keys(
      "a key that was revoked and is named again", "ours.pub, { key: ours.pub, revoked: 2026-08-01 }", "contradicted",
      "was revoked on"),
    Case.keys(
      "a key whose time is over", "{ key: ours.pub, until: 2026-08-01 }", "contradicted",
      "only for packages signed before"),
    Case.keys("a proxy's key", "{ key: ours.pub, role: producer }", "not_proven", "no trusted key was named"),
    Case.keys("a key for one source", "{ key: ours.pub, sources: [gate] }", "not_proven", "no trusted key was named"),
  ])
  func `verify says who made a package by the keys that the reader names`(given: Case) throws {
    let folder = try SmallQuarter.folder()
    let id = try SmallQuarter.makeKey("ours", SmallQuarter.ed25519, in: folder)
    try SmallQuarter.makeKey("theirs", SmallQuarter.p256, in: folder)
    try SmallQuarter.run(in: folder, "--sign", "ours.pem")
    try given.change(folder)
    let verified = try assay(["verify", Self.package, "--json"] + given.options, in: folder)
    #expect(verified.status == (given.origin == "contradicted" ? 1 : 0), "\(verified)")
    let document = try verified.json
    #expect(document.origin.string == given.origin, "\(verified)")
    let reason = given.reason.replacing("ID", with: id)
    #expect(document.origin_reason.string?.contains(reason) == true, "\(verified)")
    let said = try assay(["verify", Self.package] + given.options, in: folder)
    #expect(said.output.contains("origin: \(given.origin). ") && said.output.contains(reason), "\(said)")
  }

  @Test func `a key that signs packages asks no archive for its signature`() throws {
    let folder = try SmallQuarter.folder()
    try SmallQuarter.makeKey("ours", SmallQuarter.p256, in: folder)
    func integrity() throws -> String? {
      try SmallQuarter.run(in: folder).json.report.tests.array.first { $0.id.string == "T-01" }?.status.string
    }
    let before = try integrity()
    try folder.write(
      "quarter/assay.yaml", SmallQuarter.configuration + "trusted_keys: [{ key: ../ours.pub, role: preparer }]\n")
    #expect(try integrity() == before)
    let verified = try assay("verify", "quarter/archives/a.jsonl", "--config", "quarter/assay.yaml", in: folder)
    #expect(verified.status == 0, "\(verified)")
  }

  @Test func `a package that somebody vouches for is not replaced unless that is said, and the note names it`() throws {
    let folder = try SmallQuarter.folder()
    let id = try SmallQuarter.makeKey("ours", SmallQuarter.ed25519, in: folder)
    try SmallQuarter.makeKey("theirs", SmallQuarter.p256, in: folder)
    func replaced() throws -> [JSON] { try JSON(try folder.text("\(Self.package).run.json")).replaced.array }
    let first = try SmallQuarter.run(in: folder, "--sign", "ours.pem").json.report.manifest_sha256.string
    let kept = try folder.package(Self.package)
    let signature = try folder.bytes("\(Self.package).dsse.json")
    // The same bytes are not a replacement.
    try SmallQuarter.run(in: folder)
    #expect(try folder.bytes("\(Self.package).dsse.json") == signature)
    // Another one's signature in place of ours is.
    let run = ["run", "--config", "quarter/assay.yaml", "--quiet"]
    #expect(try assay(run + ["--sign", "theirs.pem"], in: folder).status == 77)
    #expect(try folder.bytes("\(Self.package).dsse.json") == signature)
    #expect(try assay(run + ["--sign", "theirs.pem", "--replace"], in: folder).status == 0)
    #expect(try replaced().map(\.signed_by.array) == [[.string(id)]])
    #expect(try assay(run + ["--sign", "ours.pem", "--replace"], in: folder).status == 0)
    try folder.write("\(Self.package).dsse.json", signature)
    try folder.remove("\(Self.package).run.json")
    try folder.write(
      "quarter/assay.yaml", SmallQuarter.configuration.replacing("Small Clinic", with: "Another Clinic"))
    for command in [run, ["report", "--config", "quarter/assay.yaml"]] {
      let refused = try assay(command, in: folder)
      #expect(refused.status == 77, "\(refused)")
      #expect(refused.errors.contains("--replace"), "\(refused)")
      #expect(differences(kept, try folder.package(Self.package)) == [])
      #expect(try folder.bytes("\(Self.package).dsse.json") == signature)
    }
    try folder.write("\(Self.package).signoff/ana.txt", "read and agreed")
    #expect(try assay(run + ["--replace"], in: folder).status == 0)
    let moved = "2026-07.signoff-\(try #require(first).prefix(12))"
    #expect(try folder.text("quarter/reports/\(moved)/ana.txt") == "read and agreed")
    #expect(!FileManager.default.fileExists(atPath: folder("\(Self.package).dsse.json")))
    #expect(try replaced().count == 1)
    #expect(try replaced().first?.manifest_sha256.string == first)
    #expect(try replaced().first?.signed_by.array.map(\.string) == [id])
    #expect(try replaced().first?.signoff.string == moved)
    // What people signed off is kept as well as what a key signed; the note goes on naming what was replaced before.
    try folder.write("\(Self.package).signoff/ana.txt", "read and agreed")
    try folder.write("quarter/assay.yaml", SmallQuarter.configuration)
    #expect(try assay(run, in: folder).status == 77)
    #expect(try assay(run + ["--replace"], in: folder).status == 0)
    #expect(try replaced().map(\.manifest_sha256.string).first == first)
    #expect(try replaced().count == 2)
  }

  @Test func `who prepared a package, when and with which program is next to it, and its bytes stay the same`()
    throws
  {
    let folder = try SmallQuarter.folder()
    try SmallQuarter.run(in: folder)
    let before = try folder.package(Self.package)
    try SmallQuarter.run(in: folder, "--prepared-by", "Ana Ruiz")
    #expect(differences(before, try folder.package(Self.package)) == [])
    let note = try JSON(try folder.text("\(Self.package).run.json"))
    #expect(note.prepared_by.string == "Ana Ruiz")
    #expect(note.made_at.string?.hasSuffix("Z") == true)
    let sum = try run(URL(filePath: "/usr/bin/sha256sum"), [binary.path], in: folder)
    #expect(note.tool_sha256.string == String(sum.output.prefix(64)))
    #expect(note.replaced.array.isEmpty)
    // A configuration that names somebody is another input: its digest changes, and no file of the package names them.
    try folder.write("quarter/assay.yaml", SmallQuarter.configuration + "prepared_by: Bo Lind\n")
    try SmallQuarter.run(in: folder)
    #expect(try JSON(try folder.text("\(Self.package).run.json")).prepared_by.string == "Bo Lind")
    let after = try folder.package(Self.package)
    #expect(!differences(before, after).contains { $0.hasPrefix("tests/") || $0.hasPrefix("populations/") })
    #expect(!after.values.contains { String(decoding: $0, as: UTF8.self).contains("Bo Lind") })
  }

  @Test func `a folder that is not a package is told in one line`() throws {
    let folder = try SmallQuarter.folder()
    try SmallQuarter.run(in: folder)
    for (name, hint) in [("quarter/archives", "reports/2026-Q3"), ("quarter/reports", "2026-07")] {
      let verified = try assay("verify", name, in: folder)
      #expect(verified.status == 66, "\(verified)")
      let lines = (verified.output + verified.errors).split(separator: "\n")
      #expect(lines.count == 1, "\(verified)")
      #expect(
        lines.first?.contains("not an evidence package") == true && lines.first?.contains(hint) == true, "\(verified)")
    }
  }
}
