/// A value of the same length and kinds of characters that is not taken; `nil` when forty attempts find none.
func fresh(_ old: [UInt8], _ taken: Set<[UInt8]>) -> [UInt8]? {
  var state: UInt64 = 0x9e37_79b9_7f4a_7c15
  for byte in old { state = (state ^ UInt64(byte)) &* 0x100_0000_01b3 }
  for _ in 0..<40 {
    var new = old
    var isFirstDigit = true
    for index in new.indices {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let draw = UInt8(truncatingIfNeeded: state >> 56)
      switch new[index] {
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        // A number keeps its digits, so its first is no zero.
        new[index] = UInt8(ascii: "0") + (isFirstDigit ? 1 + draw % 9 : draw % 10)
        isFirstDigit = false
      case UInt8(ascii: "a")...UInt8(ascii: "z"): new[index] = UInt8(ascii: "a") + draw % 26
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): new[index] = UInt8(ascii: "A") + draw % 26
      default: break
      }
    }
    if !taken.contains(new) { return new }
  }
  return nil
}
