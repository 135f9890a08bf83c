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
    guard !Self.isOfLowOrder(self.bytes) else { throw Self.lowOrder }
  }

  static let lowOrder = DigestsError(
    .invalidKey, "This is not a signer's key: it is a point of low order, for which anybody can write signatures")

  /// Whether the key is one of the points whose order is at most eight, in any form that is read as one: OpenSSL takes them,
  /// and a signature of zeros is then valid for every message (RFC 8032, section 5.1.7; RFC 7748, section 7).
  static func isOfLowOrder(_ bytes: some Collection<UInt8>) -> Bool {
    var y = Array(bytes)
    // The highest bit is the sign of x.
    if let last = y.indices.last { y[last] &= 0x7F }
    return lowOrders.contains(y)
  }

  /// The y of those points, with the least byte first: 0, 1, those of order eight, p - 1, and p and p + 1 for 0 and 1.
  private static let lowOrders: [[UInt8]] = {
    let p: [UInt8] = [0xED] + Array(repeating: 0xFF, count: 30) + [0x7F]
    let small = [UInt8](0...1).map { [$0] + Array(repeating: 0, count: 31) }
    let ofOrderEight = [
      "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
      "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    ]
    return small + [0, 1, 0xFF].map { (offset: UInt8) in [p[0] &+ offset] + p.dropFirst() }
      + ofOrderEight.compactMap { try? Hex.decode($0) }
  }()

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
        "Not one readable PEM block PRIVATE KEY; make a file for the key with openssl genpkey -algorithm ed25519, without a passphrase"
      )
    }
    publicKey = try Ed25519PublicKey(bytes: try key.publicBytes())
    self.key = key
  }

  /// The signature of `message`, 64 bytes, always the same for the same message. Throws `signing_failed`.
  public borrowing func signature(for message: [UInt8]) throws(DigestsError) -> [UInt8] {
    try key.sign(message)
  }
}
