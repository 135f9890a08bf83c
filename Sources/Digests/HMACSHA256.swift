import COpenSSL

/// HMAC-SHA-256 (RFC 2104) under one key, for any number of messages one after the other.
@safe public struct HMACSHA256: ~Copyable, @unchecked Sendable {
  private let context: OpaquePointer?

  /// Takes the key; RFC 2104 asks for at least 32 bytes, and any length works.
  public init(key: [UInt8]) {
    let mac = unsafe EVP_MAC_fetch(nil, "HMAC", nil)
    unsafe context = EVP_MAC_CTX_new(mac)
    unsafe EVP_MAC_free(mac)
    unsafe Libcrypto.require(context != nil)
    // A null pointer would say "the key set before", so an empty key still needs an address.
    let bytes = key.isEmpty ? [0] : key
    // The parameter keeps both pointers, so both texts must outlive the call that reads them.
    var digest = Array("SHA256\0".utf8)
    var name = Array("digest\0".utf8)
    let status = unsafe name.withUnsafeMutableBytes { name in
      unsafe digest.withUnsafeMutableBytes { digest in
        unsafe withUnsafeTemporaryAllocation(of: OSSL_PARAM.self, capacity: 2) { parameters in
          unsafe parameters.initializeElement(
            at: 0,
            to: OSSL_PARAM_construct_utf8_string(
              name.baseAddress?.assumingMemoryBound(to: CChar.self),
              digest.baseAddress?.assumingMemoryBound(to: CChar.self), 0))
          unsafe parameters.initializeElement(at: 1, to: OSSL_PARAM_construct_end())
          return unsafe EVP_MAC_init(context, bytes, key.count, parameters.baseAddress)
        }
      }
    }
    Libcrypto.require(status == 1)
  }

  deinit {
    unsafe EVP_MAC_CTX_free(context)
  }

  /// The authentication code of `message`.
  public mutating func code(for message: Span<UInt8>) -> SHA256Digest {
    unsafe withUnsafeTemporaryAllocation(byteCount: SHA256Digest.byteCount, alignment: 8) { buffer in
      let out = unsafe buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
      var written = 0
      unsafe Libcrypto.require(EVP_MAC_init(context, nil, 0, nil) == 1)
      unsafe message.withUnsafeBufferPointer { bytes in
        unsafe Libcrypto.require(EVP_MAC_update(context, bytes.baseAddress, bytes.count) == 1)
      }
      unsafe Libcrypto.require(EVP_MAC_final(context, out, &written, buffer.count) == 1)
      return unsafe SHA256Digest(raw: UnsafeRawBufferPointer(buffer))
    }
  }

  /// The authentication code of `message`.
  public mutating func code(for message: [UInt8]) -> SHA256Digest {
    code(for: message.span)
  }

  /// The authentication code of the UTF-8 bytes of `message`.
  public mutating func code(for message: String) -> SHA256Digest {
    code(for: message.utf8.span)
  }
}
