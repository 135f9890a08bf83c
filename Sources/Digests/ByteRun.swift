/// Runs of bytes hashed and compared several bytes at a time, for tables in memory. No digest: never stored, never sent.
public enum ByteRun {
  /// A 64-bit hash, in four chains of eight bytes each (multiply and fold, as wyhash does); the same on every machine of one
  /// byte order.
  public static func hash(_ bytes: borrowing Span<UInt8>) -> UInt64 {
    unsafe bytes.withUnsafeBytes { raw in
      let count = raw.count
      func word(_ offset: Int) -> UInt64 { unsafe raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self) }
      var first: UInt64 = 0x9E37_79B9_7F4A_7C15 ^ UInt64(truncatingIfNeeded: count)
      var second: UInt64 = 0x8EBC_6AF0_9C88_C6E3
      var index = 0
      if count >= 32 {
        var third: UInt64 = 0x1D8E_4E27_C47D_124F
        var fourth: UInt64 = 0xEB44_ACCA_B455_D165
        while index + 32 <= count {
          first = fold(first ^ word(index), 0xA076_1D64_78BD_642F)
          second = fold(second ^ word(index + 8), 0x5899_65CC_7537_4CC3)
          third = fold(third ^ word(index + 16), 0xE703_7ED1_A0B4_28DB)
          fourth = fold(fourth ^ word(index + 24), 0x94D0_49BB_1331_11EB)
          index += 32
        }
        first ^= third << 1 | third >> 63
        second ^= fourth << 1 | fourth >> 63
      }
      while index + 8 <= count {
        first = fold(first ^ word(index), 0xA076_1D64_78BD_642F)
        index += 8
      }
      if index < count, count >= 8 {
        // The last word holds bytes that were taken before: the count tells runs apart.
        second = fold(second ^ word(count - 8), 0x5899_65CC_7537_4CC3)
      } else if index < count {
        var tail: UInt64 = 0
        for offset in index..<count { tail = tail << 8 | UInt64(unsafe raw[offset]) }
        second = fold(second ^ tail, 0x5899_65CC_7537_4CC3)
      }
      return fold(first ^ (second << 1 | second >> 63), 0xE703_7ED1_A0B4_28DB)
    }
  }

  private static func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
    let product = left.multipliedFullWidth(by: right)
    return product.high ^ product.low
  }

  /// Whether two runs hold the same bytes.
  public static func areEqual(_ left: borrowing Span<UInt8>, _ right: borrowing Span<UInt8>) -> Bool {
    guard left.count == right.count else { return false }
    return unsafe left.withUnsafeBytes { left in
      unsafe right.withUnsafeBytes { right in
        var index = 0
        while index + 8 <= left.count {
          guard
            unsafe left.loadUnaligned(fromByteOffset: index, as: UInt64.self)
              == right.loadUnaligned(fromByteOffset: index, as: UInt64.self)
          else { return false }
          index += 8
        }
        while index < left.count {
          guard unsafe left[index] == right[index] else { return false }
          index += 1
        }
        return true
      }
    }
  }

  /// Appends the bytes to an array in one piece.
  public static func append(_ bytes: borrowing Span<UInt8>, to array: inout [UInt8]) {
    unsafe bytes.withUnsafeBufferPointer { unsafe array.append(contentsOf: $0) }
  }

  /// Appends the words to an array, eight bytes each, least first.
  public static func append(words: borrowing Span<Int64>, to array: inout [UInt8]) {
    unsafe words.withUnsafeBytes { unsafe array.append(contentsOf: $0) }
  }
}
