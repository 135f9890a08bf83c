import COpenSSL

/// A public key that signatures are checked with: Ed25519 (RFC 8032), or ECDSA over P-256 with SHA-256.
public struct PublicKey: Hashable, Sendable {
  /// How a key signs.
  public enum Algorithm: String, Sendable, Hashable {
    case ed25519 = "Ed25519"
    case ecdsaP256 = "ECDSA P-256"
  }

  /// How it signs.
  public let algorithm: Algorithm
  /// Its SubjectPublicKeyInfo in DER; a point of P-256 is written uncompressed, so that one key has one form.
  public let spki: [UInt8]

  /// The key in a PEM block `PUBLIC KEY`. Throws `invalid_key`.
  public init(pem: String) throws(DigestsError) {
    guard let key = KeyHandle(pem: pem, isPrivate: false) else {
      throw DigestsError(
        .invalidKey, "Not one readable PEM block PUBLIC KEY; make a file for each key with openssl pkey -pubout")
    }
    (algorithm, spki) = (try key.algorithm(), try key.spki())
    guard algorithm != .ed25519 || !Ed25519PublicKey.isOfLowOrder(spki.suffix(32)) else {
      throw Ed25519PublicKey.lowOrder
    }
  }

  /// An Ed25519 key.
  public init(_ key: Ed25519PublicKey) {
    algorithm = .ed25519
    spki = Self.ed25519Prefix + key.bytes
  }

  fileprivate init(_ key: borrowing KeyHandle) throws(DigestsError) {
    (algorithm, spki) = (try key.algorithm(), try key.spki())
  }

  /// SHA-256 of the SubjectPublicKeyInfo: what names the key. `openssl pkey -pubin -outform DER | sha256sum` gives the same.
  public var id: SHA256Digest { SHA256Digest(of: spki) }

  /// SHA-256 of an Ed25519 key's 32 raw bytes: what a seal names its key by. `nil` for a key that signs no seals.
  public var sealFingerprint: SHA256Digest? {
    algorithm == .ed25519 ? SHA256Digest(of: Array(spki.suffix(32))) : nil
  }

  /// Whether `signature` is this key's signature of `message`: 64 bytes of Ed25519, or DER of ECDSA.
  public func isValid(signature: [UInt8], for message: [UInt8]) -> Bool {
    KeyHandle(spki: spki)?.verify(signature: signature, of: message) ?? false
  }

  /// SEQUENCE { SEQUENCE { OID 1.3.101.112 }, BIT STRING }, as RFC 8410 has it.
  private static let ed25519Prefix: [UInt8] = [0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00]
}

/// A private key that signs: Ed25519 or ECDSA over P-256. Never printed, never copied.
public struct PrivateKey: ~Copyable, Sendable {
  private let key: KeyHandle

  /// The public half.
  public let publicKey: PublicKey

  /// The key in a PEM block `PRIVATE KEY` or `EC PRIVATE KEY`, not encrypted. Throws `invalid_key`.
  public init(pem: String) throws(DigestsError) {
    guard let key = KeyHandle(pem: pem, isPrivate: true) else {
      throw DigestsError(
        .invalidKey,
        "Not one readable PEM block PRIVATE KEY; make a file for the key with openssl genpkey -algorithm ed25519, without a passphrase"
      )
    }
    publicKey = try PublicKey(key)
    self.key = key
  }

  /// The signature of `message`. Throws `signing_failed`.
  public borrowing func signature(for message: [UInt8]) throws(DigestsError) -> [UInt8] {
    try key.sign(message)
  }
}
