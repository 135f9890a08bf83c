import COpenSSL

/// SHA-256 of bytes that arrive piece by piece. One hasher serves any number of digests, one after the other: its
/// libcrypto context is made once, which is most of the cost of a short digest.
@safe public struct SHA256Hasher: ~Copyable, @unchecked Sendable {
  private let context: OpaquePointer?

  /// An empty hasher.
  public init() {
    unsafe context = EVP_MD_CTX_new()
    unsafe Libcrypto.require(context != nil)
    reset()
  }

  deinit {
    unsafe EVP_MD_CTX_free(context)
  }

  /// Adds `bytes` to what is hashed.
  public mutating func update(_ bytes: Span<UInt8>) {
    unsafe bytes.withUnsafeBytes { unsafe update(raw: $0) }
  }

  /// Adds `bytes` to what is hashed.
  public mutating func update(_ bytes: [UInt8]) {
    update(bytes.span)
  }

  /// Adds `bytes` to what is hashed.
  public mutating func update(_ bytes: ArraySlice<UInt8>) {
    update(bytes.span)
  }

  /// Adds the UTF-8 bytes of `text` to what is hashed.
  public mutating func update(_ text: String) {
    update(text.utf8.span)
  }

  /// The digest of all bytes since the hasher was made or last finished; the hasher is empty afterwards.
  public mutating func finish() -> SHA256Digest {
    let digest = unsafe withUnsafeTemporaryAllocation(byteCount: SHA256Digest.byteCount, alignment: 8) { buffer in
      unsafe Libcrypto.require(
        EVP_DigestFinal_ex(context, buffer.baseAddress?.assumingMemoryBound(to: UInt8.self), nil) == 1)
      return unsafe SHA256Digest(raw: UnsafeRawBufferPointer(buffer))
    }
    reset()
    return digest
  }

  /// The digest of `bytes` alone; whatever was added and not finished is dropped.
  public mutating func digest(of bytes: Span<UInt8>) -> SHA256Digest {
    if !isEmpty { reset() }
    update(bytes)
    return finish()
  }

  /// The digest of `bytes` alone; whatever was added and not finished is dropped.
  public mutating func digest(of bytes: [UInt8]) -> SHA256Digest {
    digest(of: bytes.span)
  }

  @unsafe mutating func update(raw bytes: UnsafeRawBufferPointer) {
    isEmpty = false
    unsafe Libcrypto.require(EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) == 1)
  }

  private var isEmpty = false

  private mutating func reset() {
    unsafe Libcrypto.require(EVP_DigestInit_ex2(context, Libcrypto.sha256.method, nil) == 1)
    isEmpty = true
  }
}

/// Whether libcrypto has SHA-256. A configuration of its own (`OPENSSL_CONF`, openssl.cnf) may leave out whatever has it; then
/// every digest would be wrong, and a hasher ends the process.
public var isSHA256There: Bool { unsafe Libcrypto.sha256.method != nil }

/// What every handle of this target shares of libcrypto.
enum Libcrypto {
  /// SHA-256 fetched once; an implicit fetch on each digest costs more than the digest of a short text.
  static let sha256 = unsafe DigestMethod(name: "SHA256")

  /// A library of our own, with what libcrypto itself has, whatever its configuration leaves out: a FIPS module has no MD5.
  private nonisolated(unsafe) static let own: OpaquePointer? = {
    let library = unsafe OSSL_LIB_CTX_new()
    let provider = unsafe OSSL_PROVIDER_load(library, "default")
    require(unsafe provider != nil)
    return unsafe library
  }()

  /// A digest on which nothing rests, by a method that may not be allowed for what something rests on.
  static func digest(of bytes: [UInt8], by name: String, count: Int) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: count)
    let method = unsafe DigestMethod(name: name, from: own)
    let done = unsafe bytes.withUnsafeBytes { input in
      unsafe digest.withUnsafeMutableBufferPointer { output in
        unsafe EVP_Digest(input.baseAddress, input.count, output.baseAddress, nil, method.method, nil)
      }
    }
    require(done == 1)
    return digest
  }

  /// Hashing has no input that can fail: a failure is a libcrypto without memory or without SHA-256, after which
  /// every digest would be wrong, so the process must not go on.
  static func require(_ condition: Bool) {
    precondition(condition, "libcrypto could not compute SHA-256; check its configuration and the memory left")
  }
}

/// A fetched `EVP_MD`: immutable and shared between threads.
@safe struct DigestMethod: @unchecked Sendable {
  let method: OpaquePointer?

  init(name: String, from library: OpaquePointer? = nil) { unsafe method = EVP_MD_fetch(library, name, nil) }
}
