import COpenSSL

/// An `EVP_PKEY`. libcrypto only reads it after it was made.
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

  /// The one key in a PEM text; `nil` where there is none, or more than one, of which only the first would count.
  init?(pem: String, isPrivate: Bool) {
    // A block of parameters may stand before an elliptic curve's private key.
    let blocks = pem.split(separator: "-----BEGIN ", omittingEmptySubsequences: false).dropFirst()
    guard blocks.count(where: { !isPrivate || $0.prefix(while: { $0 != "\n" }).contains("PRIVATE KEY") }) == 1 else {
      return nil
    }
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

  /// The key with this SubjectPublicKeyInfo.
  init?(spki: [UInt8]) {
    let key = unsafe spki.withUnsafeBufferPointer { bytes in
      var place = bytes.baseAddress
      return unsafe d2i_PUBKEY(nil, &place, bytes.count)
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

  /// How the key signs; another way than the two that are known is `invalid_key`.
  func algorithm() throws(DigestsError) -> PublicKey.Algorithm {
    if unsafe EVP_PKEY_is_a(key, "ED25519") == 1 { return .ed25519 }
    var name = [CChar](repeating: 0, count: 32)
    if unsafe EVP_PKEY_is_a(key, "EC") == 1,
      unsafe EVP_PKEY_get_group_name(key, &name, name.count, nil) == 1,
      name.prefix(while: { $0 != 0 }).map(UInt8.init(bitPattern:)) == Array("prime256v1".utf8)
    {
      return .ecdsaP256
    }
    ERR_clear_error()
    throw DigestsError(.invalidKey, "The key is of another algorithm; an Ed25519 key, or one of P-256, is needed")
  }

  /// The public half as SubjectPublicKeyInfo in DER.
  func spki() throws(DigestsError) -> [UInt8] {
    if try algorithm() == .ecdsaP256 {
      _ = unsafe EVP_PKEY_set_utf8_string_param(key, "point-format", "uncompressed")
    }
    let count = unsafe i2d_PUBKEY(key, nil)
    guard count > 0 else {
      ERR_clear_error()
      throw DigestsError(.invalidKey, "The key has no public half that libcrypto can write")
    }
    return unsafe [UInt8](unsafeUninitializedCapacity: Int(count)) { buffer, written in
      var place = buffer.baseAddress
      written = unsafe Int(max(0, i2d_PUBKEY(key, &place)))
    }
  }

  func sign(_ message: [UInt8]) throws(DigestsError) -> [UInt8] {
    // A signature of Ed25519 has 64 bytes, one of P-256 in DER at most 72.
    var signature = [UInt8](repeating: 0, count: 128)
    var count = signature.count
    let context = unsafe EVP_MD_CTX_new()
    defer { unsafe EVP_MD_CTX_free(context) }
    guard unsafe EVP_DigestSignInit_ex(context, nil, digestName(), nil, nil, key, nil) == 1,
      unsafe EVP_DigestSign(context, &signature, &count, message, message.count) == 1
    else {
      ERR_clear_error()
      throw DigestsError(.signingFailed, "libcrypto refused to sign; check that the key is whole")
    }
    return Array(signature.prefix(count))
  }

  /// Ed25519 hashes by itself; ECDSA signs a SHA-256.
  private func digestName() -> String? { unsafe EVP_PKEY_is_a(key, "EC") == 1 ? "SHA256" : nil }

  func verify(signature: [UInt8], of message: [UInt8]) -> Bool {
    let context = unsafe EVP_MD_CTX_new()
    defer { unsafe EVP_MD_CTX_free(context) }
    guard unsafe EVP_DigestVerifyInit_ex(context, nil, digestName(), nil, nil, key, nil) == 1,
      unsafe EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    else {
      ERR_clear_error()
      return false
    }
    return true
  }
}
