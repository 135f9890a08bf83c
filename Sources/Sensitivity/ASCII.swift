extension UInt8 {
  static let space = UInt8(ascii: " ")
  static let dash = UInt8(ascii: "-")
  static let dot = UInt8(ascii: ".")
  static let underscore = UInt8(ascii: "_")
  static let at = UInt8(ascii: "@")
  static let colon = UInt8(ascii: ":")
  static let plus = UInt8(ascii: "+")

  var isDigit: Bool { self &- UInt8(ascii: "0") < 10 }
  var isUpper: Bool { self &- UInt8(ascii: "A") < 26 }
  var isLower: Bool { self &- UInt8(ascii: "a") < 26 }
  var isLetter: Bool { (self | 0x20) &- UInt8(ascii: "a") < 26 }
  var isAlphanumeric: Bool { isDigit || isLetter }
  var isHex: Bool { isDigit || (self | 0x20) &- UInt8(ascii: "a") < 6 }
  /// A character of base64url, also of most keys.
  var isTokenCharacter: Bool { isAlphanumeric || self == .dash || self == .underscore }
  /// A byte of a word: letters beyond ASCII count, so that no value is found inside a longer word.
  var isWord: Bool { isAlphanumeric || self == .underscore || self >= 0x80 }
  /// The digit's value.
  var digit: Int { Int(self &- UInt8(ascii: "0")) }
}

extension Span<UInt8> {
  /// The byte at an index; nil beyond the ends.
  func at(_ index: Int) -> UInt8? { indices.contains(index) ? self[index] : nil }

  /// Whether the bytes at an index are those of the text.
  func holds(_ text: StaticString, at index: Int) -> Bool {
    let length = text.utf8CodeUnitCount
    guard index >= 0, index + length <= count else { return false }
    var offset = 0
    for byte in text.description.utf8 {
      if self[index + offset] != byte { return false }
      offset += 1
    }
    return true
  }

  /// The index after the longest run of bytes from `start` that hold the condition, at most `limit` of them.
  func end(of condition: (UInt8) -> Bool, from start: Int, limit: Int = .max) -> Int {
    var index = start
    while index < count, index - start < limit, condition(self[index]) { index += 1 }
    return index
  }

  /// Whether a word may start at the index: no word byte stands before it.
  func isBoundary(before index: Int) -> Bool { !(at(index - 1)?.isWord ?? false) }
  /// Whether a word may end before the index: no word byte stands there.
  func isBoundary(after index: Int) -> Bool { !(at(index)?.isWord ?? false) }
}
