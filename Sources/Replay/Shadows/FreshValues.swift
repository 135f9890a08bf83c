/// A value of the same length and kinds of characters that is not taken; `nil` when forty attempts find none.
///
/// - Parameter isBinary: whether its bytes are not text.
package func fresh(_ old: [UInt8], _ taken: Set<[UInt8]>, isBinary: Bool = false) -> [UInt8]? {
  var state: UInt64 = 0x9e37_79b9_7f4a_7c15
  for byte in old { state = (state ^ UInt64(byte)) &* 0x100_0000_01b3 }
  // Letters of a hexadecimal number stay such.
  let isHex =
    old.contains(where: \.isDigit) && old.allSatisfy { $0.isHexadecimal || $0 == UInt8(ascii: "-") }
  for _ in 0..<40 {
    var new = old
    var isFirstDigit = true
    let letters: UInt8 = isHex ? 6 : 26
    for index in new.indices {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let draw = UInt8(truncatingIfNeeded: state >> 56)
      switch new[index] {
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        // A number keeps its digits, so its first is not a zero.
        new[index] = UInt8(ascii: "0") + (isFirstDigit ? 1 + draw % 9 : draw % 10)
        isFirstDigit = false
      case 0..<0x20 where isBinary, 0x7f... where isBinary: new[index] = draw
      default:
        new.changeSign(at: index, letters: letters) { $0.lowerBound + draw % ($0.upperBound - $0.lowerBound + 1) }
      }
    }
    keepDate(&new, old)
    if !taken.contains(new) { return new }
  }
  return nil
}

/// Makes what took the place of a date, with or without a time of day, one too: types and checks refuse others.
private func keepDate(_ new: inout [UInt8], _ old: [UInt8]) {
  func number(_ bytes: ArraySlice<UInt8>) -> Int? { Int(String(decoding: bytes, as: UTF8.self)) }
  func put(_ value: Int, at index: Int) {
    new[index] = UInt8(ascii: "0") + UInt8(value / 10)
    new[index + 1] = UInt8(ascii: "0") + UInt8(value % 10)
  }
  guard old.count >= 10, old[4] == UInt8(ascii: "-"), old[7] == UInt8(ascii: "-"), number(old[0..<4]) != nil,
    let month = number(new[5..<7]), let day = number(new[8..<10])
  else { return }
  new.replaceSubrange(0..<3, with: old[0..<3])
  put(1 + month % 12, at: 5)
  put(1 + day % 28, at: 8)
  guard old.count >= 19, old[13] == UInt8(ascii: ":"), old[16] == UInt8(ascii: ":") else { return }
  for (index, limit) in [(11, 24), (14, 60), (17, 60)] {
    if let part = number(new[index..<(index + 2)]) { put(part % limit, at: index) }
  }
  // The zone stays.
  if let sign = old[19...].firstIndex(where: { "+-".utf8.contains($0) }) {
    new.replaceSubrange(sign..., with: old[sign...])
  }
}
