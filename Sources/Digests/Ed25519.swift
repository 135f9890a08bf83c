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

  /// The key in a PEM block `PUBLIC KEY` (SubjectPublicKeyInfo). Throws `invalid_key`.
  public init(pem: String) throws(DigestsError) {
    guard let key = KeyHandle(pem: pem, isPrivate: false) else {
      throw DigestsError(.invalidKey, "No readable PEM block PUBLIC KEY; make one with openssl pkey -pubout")
    }
    bytes = try key.publicBytes()
  }

  /// SHA-256 of the 32 raw bytes: what a seal names its key by.
  public var fingerprint: SHA256Digest { SHA256Digest(of: bytes) }

  /// Whether `signature` (64 bytes) is this key's signature of `message`.
  public func isValid(signature: [UInt8], for message: [UInt8]) -> Bool {
    guard let key = unsafe KeyHandle(EVP_PKEY_new_raw_public_key_ex(nil, "ED25519", nil, bytes, bytes.count)) else {
      return false
    }
    return key.verify(signature: signature, of: message)
  }
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

/// An `EVP_PKEY` that is known to be Ed25519. libcrypto only reads it after it was made.
/// Not private: a release build refers to it from other modules.
@safe struct KeyHandle: ~Copyable, @unchecked Sendable {
  private let key: OpaquePointer

  /// Takes ownership of `key`.
  @unsafe init?(_ key: OpaquePointer?) {
    guard let key = unsafe key else {
      ERR_clear_error()
      return nil
    }
    unsafe self.key = key
  }

  init?(pem: String, isPrivate: Bool) {
    var text = pem
    let key = text.withUTF8 { bytes -> OpaquePointer? in
      guard let size = Int32(exactly: bytes.count), let bio = unsafe BIO_new_mem_buf(bytes.baseAddress, size) else {
        return nil
      }
      defer { unsafe BIO_free(bio) }
      // Without a callback libcrypto would ask the terminal for the passphrase of an encrypted key.
      return unsafe isPrivate
        ? PEM_read_bio_PrivateKey(bio, nil, { _, _, _, _ in -1 }, nil)
        : PEM_read_bio_PUBKEY(bio, nil, { _, _, _, _ in -1 }, nil)
    }
    unsafe self.init(key)
  }

  deinit {
    unsafe EVP_PKEY_free(key)
  }

  func publicBytes() throws(DigestsError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 32)
    var count = bytes.count
    guard unsafe EVP_PKEY_is_a(key, "ED25519") == 1, unsafe EVP_PKEY_get_raw_public_key(key, &bytes, &count) == 1,
      count == bytes.count
    else {
      ERR_clear_error()
      throw DigestsError(.invalidKey, "The key is of another algorithm; an Ed25519 key is needed")
    }
    return bytes
  }

  func sign(_ message: [UInt8]) throws(DigestsError) -> [UInt8] {
    var signature = [UInt8](repeating: 0, count: 64)
    var count = signature.count
    let context = unsafe EVP_MD_CTX_new()
    defer { unsafe EVP_MD_CTX_free(context) }
    guard unsafe EVP_DigestSignInit_ex(context, nil, nil, nil, nil, key, nil) == 1,
      unsafe EVP_DigestSign(context, &signature, &count, message, message.count) == 1, count == signature.count
    else {
      ERR_clear_error()
      throw DigestsError(.signingFailed, "libcrypto refused to sign; check that the key is whole")
    }
    return signature
  }

  func verify(signature: [UInt8], of message: [UInt8]) -> Bool {
    let context = unsafe EVP_MD_CTX_new()
    defer { unsafe EVP_MD_CTX_free(context) }
    guard unsafe EVP_DigestVerifyInit_ex(context, nil, nil, nil, nil, key, nil) == 1,
      unsafe EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    else {
      ERR_clear_error()
      return false
    }
    return true
  }
}
