import Glibc

extension Span where Element == UInt8 {
  /// The first index at or after `start` that holds `byte`; nil when none does. By `memchr`, as a checked loop over a
  /// long line costs more than its digest.
  public func firstIndex(of byte: UInt8, from start: Int) -> Int? {
    guard start >= 0, start < count else { return nil }
    return unsafe withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress, let hit = unsafe memchr(base + start, Int32(byte), bytes.count - start)
      else { return nil }
      return unsafe base.distance(to: UnsafeRawPointer(hit))
    }
  }
}
