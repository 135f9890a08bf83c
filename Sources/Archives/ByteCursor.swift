/// Reads fields of a binary message one after the other; `nil` when the bytes do not suffice.
struct ByteCursor {
  private let bytes: ArraySlice<UInt8>
  private var index: Int

  /// A cursor before the first byte.
  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    index = bytes.startIndex
  }

  /// How many bytes are left.
  var remaining: Int { bytes.endIndex - index }

  /// The next bytes.
  mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
    guard count >= 0, count <= remaining else { return nil }
    defer { index += count }
    return bytes[index..<(index + count)]
  }

  /// An unsigned number, most significant byte first.
  mutating func unsigned(_ width: Int) -> UInt64? {
    take(width).map { $0.reduce(0) { $0 << 8 | UInt64($1) } }
  }

  /// A signed 16-bit number.
  mutating func int16() -> Int? { unsigned(2).map { Int(Int16(truncatingIfNeeded: $0)) } }

  /// A signed 32-bit number.
  mutating func int32() -> Int? { unsigned(4).map { Int(Int32(truncatingIfNeeded: $0)) } }

  /// The bytes up to a zero, which is read too.
  mutating func zeroTerminated() -> ArraySlice<UInt8>? {
    guard let end = bytes[index...].firstIndex(of: 0) else { return nil }
    defer { index = end + 1 }
    return bytes[index..<end]
  }
}
