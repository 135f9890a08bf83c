/// A SHA-256 digest (FIPS 180-4): 32 bytes, held in place as four big-endian words, ordered as its bytes are.
public struct SHA256Digest: Hashable, Sendable {
  let words: Words

  struct Words: Hashable {
    let a, b, c, d: UInt64
  }

  init(words: Words) { self.words = words }

  /// How many bytes a digest has.
  public static let byteCount = 32

  /// The digest whose bytes these are; nil unless there are exactly 32.
  public init?(bytes: [UInt8]) {
    guard bytes.count == Self.byteCount else { return nil }
    self = unsafe bytes.withUnsafeBytes { unsafe SHA256Digest(raw: $0) }
  }

  /// The digest that 64 hexadecimal digits spell, in either case. Throws `invalid_hex`.
  public init(hex: String) throws(DigestsError) {
    guard let digest = SHA256Digest(bytes: try Hex.decode(hex)) else {
      throw DigestsError(.invalidHex, "A SHA-256 digest has 64 hexadecimal digits", offset: hex.utf8.count)
    }
    self = digest
  }

  /// Reads 32 bytes from the start of `raw`, which holds at least as many.
  @unsafe init(raw: UnsafeRawBufferPointer) {
    words = Words(
      a: UInt64(bigEndian: unsafe raw.loadUnaligned(fromByteOffset: 0, as: UInt64.self)),
      b: UInt64(bigEndian: unsafe raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self)),
      c: UInt64(bigEndian: unsafe raw.loadUnaligned(fromByteOffset: 16, as: UInt64.self)),
      d: UInt64(bigEndian: unsafe raw.loadUnaligned(fromByteOffset: 24, as: UInt64.self)))
  }

  /// Writes the 32 bytes at `offset` of `raw`, which has room for them.
  @unsafe func store(to raw: UnsafeMutableRawBufferPointer, at offset: Int) {
    unsafe raw.storeBytes(of: words.a.bigEndian, toByteOffset: offset, as: UInt64.self)
    unsafe raw.storeBytes(of: words.b.bigEndian, toByteOffset: offset + 8, as: UInt64.self)
    unsafe raw.storeBytes(of: words.c.bigEndian, toByteOffset: offset + 16, as: UInt64.self)
    unsafe raw.storeBytes(of: words.d.bigEndian, toByteOffset: offset + 24, as: UInt64.self)
  }

  /// The 32 bytes.
  public var bytes: [UInt8] {
    unsafe [UInt8](unsafeUninitializedCapacity: Self.byteCount) { buffer, count in
      unsafe store(to: UnsafeMutableRawBufferPointer(buffer), at: 0)
      count = Self.byteCount
    }
  }

  /// The 64 lower-case hexadecimal digits.
  public var hex: String { Hex.encode(bytes) }
}

extension SHA256Digest: Comparable {
  /// Orders digests as their bytes, and so as their hexadecimal digits.
  public static func < (left: SHA256Digest, right: SHA256Digest) -> Bool {
    (left.words.a, left.words.b, left.words.c, left.words.d)
      < (right.words.a, right.words.b, right.words.c, right.words.d)
  }
}

extension SHA256Digest: CustomStringConvertible {
  /// The 64 lower-case hexadecimal digits.
  public var description: String { hex }
}

extension SHA256Digest {
  /// The digest of `bytes`. To hash many short texts, keep one `SHA256Hasher`.
  public init(of bytes: Span<UInt8>) {
    var hasher = SHA256Hasher()
    self = hasher.digest(of: bytes)
  }

  /// The digest of `bytes`.
  public init(of bytes: [UInt8]) {
    self.init(of: bytes.span)
  }

  /// The digest of `bytes`.
  public init(of bytes: ArraySlice<UInt8>) {
    self.init(of: bytes.span)
  }

  /// The digest of the UTF-8 bytes of `text`.
  public init(of text: String) {
    self.init(of: text.utf8.span)
  }
}
