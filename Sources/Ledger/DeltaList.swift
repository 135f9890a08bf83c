/// Ascending whole numbers from 0 on as bytes: the difference to the one before as LEB128.
struct DeltaList {
  private(set) var bytes: [UInt8] = []
  private(set) var last: Int64 = 0
  private(set) var count = 0

  /// Appends a number that is not below the last one.
  mutating func append(_ number: Int64) {
    var rest = UInt64(bitPattern: number &- last)
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
    last = number
    count += 1
  }

  /// The numbers of a packed list; what is not such a list ends it.
  static func numbers(_ bytes: [UInt8]) -> [Int64] {
    var numbers: [Int64] = []
    forEach(bytes) { numbers.append($0) }
    return numbers
  }

  /// Calls `body` with each number of a packed list.
  @inline(__always) static func forEach(_ bytes: [UInt8], _ body: (Int64) -> Void) {
    var (number, value, shift): (Int64, UInt64, UInt64) = (0, 0, 0)
    for byte in bytes {
      if byte < 0x80, shift == 0 {
        number &+= Int64(byte)
        body(number)
        continue
      }
      guard shift < 64 else { return }
      value |= UInt64(byte & 0x7f) << shift
      shift += 7
      guard byte < 0x80 else { continue }
      number &+= Int64(bitPattern: value)
      body(number)
      (value, shift) = (0, 0)
    }
  }
}
