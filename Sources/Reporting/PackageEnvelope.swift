import Archives
package import AuditTrail
import Digests
import JSONReader

/// What is signed of a package: an in-toto statement about its manifest.
package struct PackageStatement: Sendable, Hashable {
  private static let type = "https://in-toto.io/Statement/v1"
  private static let predicateType = "urn:assay:package:1"

  /// The package's name, such as `2026-Q3`.
  package var package: String
  /// The SHA-256 of its manifest, in hex.
  package var manifestSHA256: String
  /// Whose evidence it is.
  package var organization = ""
  /// Who prepared it, as they say; `nil` where nobody said.
  package var preparedBy: String?
  /// When it was signed, by the signer's clock.
  package var signedAt: Timestamp?
  /// The program's version.
  package var tool = ""
  /// The program's SHA-256, in hex.
  package var toolSHA256: String?
  /// Whether the run that made the package built its ledger from the archives.
  package var isLedgerBuilt = false

  /// A statement about a manifest.
  package init(package: String, manifestSHA256: String) {
    (self.package, self.manifestSHA256) = (package, manifestSHA256)
  }

  /// The statement's JSON.
  fileprivate var payload: [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.member("_type", Self.type)
    json.array("subject", [manifestSHA256]) { json, digest in
      json.member("name", "\(package)/\(Manifest.path)")
      json.key("digest")
      json.beginObject()
      json.member("sha256", digest)
      json.endObject()
    }
    json.member("predicateType", Self.predicateType)
    json.key("predicate")
    json.beginObject()
    json.member("organization", organization)
    json.member("prepared_by", preparedBy)
    json.member("signed_at", signedAt)
    json.member("tool", tool)
    json.member("tool_sha256", toolSHA256)
    json.member("ledger_built", isLedgerBuilt)
    json.endObject()
    json.endObject()
    return json.bytes
  }

  fileprivate init?(payload: [UInt8]) {
    var json = JSONParser(maximumBytes: PackageEnvelope.byteLimit)
    guard let root = try? json.parse(payload), json.text(root, "_type") == Self.type,
      json.text(root, "predicateType") == Self.predicateType,
      let subjects = json.value(of: root, "subject").map({ json.elements(of: $0) }), subjects.count == 1,
      let name = json.text(subjects[0], "name"), let digest = json.value(of: subjects[0], "digest"),
      let sha256 = json.text(digest, "sha256"), let predicate = json.value(of: root, "predicate")
    else { return nil }
    self.init(package: String(name.prefix { $0 != "/" }), manifestSHA256: sha256)
    organization = json.text(predicate, "organization") ?? ""
    preparedBy = json.text(predicate, "prepared_by")
    signedAt = json.text(predicate, "signed_at").flatMap { Timestamp($0) }
    tool = json.text(predicate, "tool") ?? ""
    toolSHA256 = json.text(predicate, "tool_sha256")
    isLedgerBuilt = json.value(of: predicate, "ledger_built").flatMap { json.bool($0) } ?? false
  }
}

/// A signed statement about a package, as DSSE has it: `PACKAGE.dsse.json`.
struct PackageEnvelope {
  static let byteLimit = 1 << 20
  private static let payloadType = "application/vnd.in-toto+json"
  /// Signatures that are looked at.
  private static let signatureLimit = 16

  let statement: PackageStatement
  let signatures: [PackageSignature]

  /// Signs the statement. Throws `signing_failed`.
  static func signed(
    _ statement: PackageStatement, with key: borrowing PrivateKey
  ) throws(DigestsError) -> [UInt8] {
    let payload = statement.payload
    let signature = Base64.encode(try key.signature(for: signedText(payload)))
    var json = JSONWriter(indented: true)
    json.beginObject()
    json.member("payloadType", payloadType)
    json.member("payload", Base64.encode(payload))
    json.array("signatures", [(key.publicKey.id.hex, signature)]) { json, signature in
      json.member("keyid", signature.0)
      json.member("sig", signature.1)
    }
    json.endObject()
    return json.bytes + [0x0A]
  }

  /// Reads an envelope; `nil` if it is none, or of something else than a package.
  init?(_ bytes: [UInt8]) {
    var json = JSONParser(maximumBytes: Self.byteLimit)
    guard let root = try? json.parse(bytes), json.text(root, "payloadType") == Self.payloadType,
      let payload = json.text(root, "payload").flatMap({ try? Base64.decode($0) }),
      let statement = PackageStatement(payload: payload), let list = json.value(of: root, "signatures")
    else { return nil }
    self.statement = statement
    signatures = json.elements(of: list).prefix(Self.signatureLimit).compactMap { entry in
      guard let key = json.text(entry, "keyid"), let value = json.text(entry, "sig") else { return nil }
      return PackageSignature(
        key: key, value: value, text: Self.signedText(payload), signedAt: statement.signedAt)
    }
    guard !signatures.isEmpty else { return nil }
  }

  /// DSSE's pre-authentication encoding: type and payload, each with its length before it.
  private static func signedText(_ payload: [UInt8]) -> [UInt8] {
    Array("DSSEv1 \(payloadType.utf8.count) \(payloadType) \(payload.count) ".utf8) + payload
  }
}
