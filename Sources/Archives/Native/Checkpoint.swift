public import AuditTrail
import Digests
import JSONReader

/// The signed head of a source's chain: which segment was the newest when it was written.
///
/// Kept apart from the archives, it proves later that neither that segment nor one before it was taken away.
public struct Checkpoint: Sendable, Hashable {
  /// The format's name.
  public static let format = "assay.checkpoint/1"

  /// Who wrote the chain: a proxy's product name.
  public var proxy: String
  /// Its instance, where recorded.
  public var instance: String?
  /// The root of the newest segment, in hex.
  public var root: String
  /// The root of the segment before it, in hex.
  public var previous: String?
  /// How many records the newest segment holds.
  public var records: Int64
  /// The least record time of the newest segment, as its seal has it.
  public var first: String?
  /// The greatest record time of the newest segment, as its seal has it.
  public var last: String?
  /// The key that signed it (hex SHA-256 of the public key).
  public var key: String
  /// The signature in base64.
  public var signature: String

  /// The source as sentences name it.
  public var source: String { instance.map { "\(proxy) \($0)" } ?? proxy }

  /// The head of a chain whose newest segment is `seal`, signed. Throws `signing_failed`.
  init(
    _ header: ArchiveHeader, _ seal: SealStatement, signedBy signer: borrowing Ed25519PrivateKey
  ) throws(DigestsError) {
    proxy = header.proxyName
    instance = header.instance
    previous = header.previous
    (root, records, first, last) = (seal.root, seal.records, seal.first, seal.last)
    key = signer.publicKey.fingerprint.hex
    signature = ""
    signature = Base64.encode(try signer.signature(for: signedText))
  }

  /// Reads a checkpoint. Throws `invalid_file`.
  public init(_ text: String, path: String) throws(AssayError) {
    do throws(Rejection) {
      try self.init(text)
    } catch {
      throw AssayError(
        .invalidFile, "This is not a checkpoint as `assay seal --checkpoint` writes it: \(error.message).",
        at: Place(path)
      )
    }
  }

  private init(_ text: String) throws(Rejection) {
    var parser = JSONParser(maximumBytes: 1 << 16)
    let value: JSONValue
    do throws(JSONError) { value = try parser.parse(text) } catch { throw Rejection(error) }
    let root = try NativeObject(value, "", parser)
    guard try root.requiredText("format", parser) == Self.format else {
      throw .unexpected("format", expected: Self.format)
    }
    guard let proxy = try root.object("proxy", parser) else { throw .missing("proxy") }
    guard let signature = try root.object("signature", parser) else { throw .missing("signature") }
    self.proxy = try proxy.requiredText("name", parser)
    instance = try proxy.text("instance", parser)
    self.root = try root.requiredText("root", parser)
    previous = try root.text("previous", parser)
    records = try root.requiredNatural("records", parser)
    first = try root.text("first", parser)
    last = try root.text("last", parser)
    key = try signature.requiredText("key", parser)
    self.signature = try signature.requiredText("value", parser)
    for digest in [self.root, previous, key] where !(digest.map(isDigest) ?? true) {
      throw Rejection("bad_value", "A digest is not a SHA-256 in lower-case hex")
    }
  }

  /// What the signature is made over. The names are quoted as JSON, so that no name can look like the next line.
  var signedText: [UInt8] {
    var names = JSONWriter(verbatim: true)
    names.beginArray()
    names.string(proxy)
    names.string(instance)
    names.endArray()
    let lines = [
      Self.format, names.text, root, previous ?? "-", String(records), first ?? "-", last ?? "-",
    ]
    return Array(lines.map { $0 + "\n" }.joined().utf8)
  }

  /// The file's bytes.
  public var bytes: [UInt8] {
    var json = JSONWriter(indented: true)
    json.beginObject()
    json.key("format")
    json.string(Self.format)
    json.key("proxy")
    json.beginObject()
    json.key("name")
    json.string(proxy)
    json.key("instance")
    json.string(instance)
    json.endObject()
    json.key("root")
    json.string(root)
    json.key("previous")
    json.string(previous)
    json.key("records")
    json.integer(records)
    json.key("first")
    json.string(first)
    json.key("last")
    json.string(last)
    json.key("signature")
    json.beginObject()
    json.key("key")
    json.string(key)
    json.key("value")
    json.string(signature)
    json.endObject()
    json.endObject()
    return json.bytes + [0x0A]
  }

  /// Who signed it, by the keys that are trusted for its source.
  public func origin(_ trust: SignatureTrust) -> ArchiveOrigin {
    var head = ArchiveSummary(path: "", format: Self.format, sha256: "", bytes: 0)
    head.header = ArchiveHeader(proxyName: proxy, instance: instance)
    head.seal = .valid
    head.last = last.flatMap { Timestamp($0) }
    head.signature = ArchiveSignature(key: key, value: signature, text: signedText)
    return trust.origin(of: head)
  }
}
