import COpenSSL

/// An Ed25519 public key (RFC 8032), as its 32 raw bytes.
public struct Ed25519PublicKey: Hashable, Sendable {
  /// The 32 raw bytes.
  public let bytes: [UInt8]

  /// The key with these 32 raw bytes. Throws `invalid_key`.
  public init(bytes: [UInt8]) throws(DigestsError) {
    guard let key = unsafe KeyHandle(EVP_PKEY_new_raw_public_key_ex(nil, "ED25519", nil, bytes, bytes.count)) else {
      throw DigestsError(.invalidKey, "An Ed25519 public key has 32 bytes, not \(bytes.count)")
    }
    self.bytes = try key.publicBytes()
  }

  /// SHA-256 of the 32 raw bytes: what a seal names its key by.
  public var fingerprint: SHA256Digest { SHA256Digest(of: bytes) }
}

/// An Ed25519 private key (RFC 8032). Never printed, never copied.
public struct Ed25519PrivateKey: ~Copyable, Sendable {
  private let key: KeyHandle

  /// The public half.
  public let publicKey: Ed25519PublicKey

  /// The key with this 32-byte seed, the "private key" of RFC 8032. Throws `invalid_key`.
  public init(seed: [UInt8]) throws(DigestsError) {
    guard let key = unsafe KeyHandle(EVP_PKEY_new_raw_private_key_ex(nil, "ED25519", nil, seed, seed.count)) else {
      throw DigestsError(.invalidKey, "An Ed25519 seed has 32 bytes, not \(seed.count)")
    }
    publicKey = try Ed25519PublicKey(bytes: try key.publicBytes())
    self.key = key
  }

  /// The key in a PEM block `PRIVATE KEY` (PKCS #8, not encrypted). Throws `invalid_key`.
  public init(pem: String) throws(DigestsError) {
    guard let key = KeyHandle(pem: pem, isPrivate: true) else {
      throw DigestsError(
        .invalidKey,
        "No readable PEM block PRIVATE KEY; make one with openssl genpkey -algorithm ed25519, without a passphrase")
    }
    publicKey = try Ed25519PublicKey(bytes: try key.publicBytes())
    self.key = key
  }

  /// The signature of `message`, 64 bytes, always the same for the same message. Throws `signing_failed`.
  public borrowing func signature(for message: [UInt8]) throws(DigestsError) -> [UInt8] {
    try key.sign(message)
  }
}
