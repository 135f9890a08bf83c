/// Runs of bytes hashed and compared several bytes at a time, for tables in memory. No digest: never stored, never sent.
public enum ByteRun {
  /// A 64-bit hash, sixteen bytes at a time in two chains (multiply and fold, as wyhash does); the same on every machine of
  /// one byte order.
  public static func hash(_ bytes: borrowing Span<UInt8>) -> UInt64 {
    unsafe bytes.withUnsafeBytes { raw in
      let count = raw.count
      func word(_ offset: Int) -> UInt64 { unsafe raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self) }
      var left: UInt64 = 0x9E37_79B9_7F4A_7C15 ^ UInt64(truncatingIfNeeded: count)
      var right: UInt64 = 0x8EBC_6AF0_9C88_C6E3
      var index = 0
      while index + 16 <= count {
        left = fold(left ^ word(index), 0xA076_1D64_78BD_642F)
        right = fold(right ^ word(index + 8), 0x5899_65CC_7537_4CC3)
        index += 16
      }
      if count >= 8 {
        // The last word may hold bytes that were taken before: the count tells runs apart.
        if index + 8 <= count { left = fold(left ^ word(index), 0xA076_1D64_78BD_642F) }
        if index < count { right = fold(right ^ word(count - 8), 0x5899_65CC_7537_4CC3) }
      } else {
        var tail: UInt64 = 0
        while index < count {
          tail = tail << 8 | UInt64(unsafe raw[index])
          index += 1
        }
        right = fold(right ^ tail, 0x5899_65CC_7537_4CC3)
      }
      return fold(left ^ (right << 1 | right >> 63), 0xE703_7ED1_A0B4_28DB)
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
}
