/// How a column's values are written, as far as their type or a check holds them to it.
package enum ValueForm: Sendable {
  /// Letters and digits are free.
  case plain
  /// Words belong to the type: numbers, times, ranges and lists of them.
  case digits
  /// Zeros and ones.
  case bits
  /// Hexadecimal digits behind `\x`.
  case bytes
  /// Hexadecimal digits with marks between them.
  case hexadecimal
  /// A network's address; its length stays.
  case address
  /// Names of fields stay.
  case json
  /// Tags stay.
  case xml

  /// Which bytes of a value may become others.
  fileprivate func changeable(in value: [UInt8]) -> [Bool] {
    switch self {
    case .plain, .bits, .hexadecimal: return value.map { _ in true }
    case .digits: return value.map(\.isDigit)
    case .bytes:
      var isHex = false
      return value.indices.map { index in
        if index > 1, value[index - 2] == UInt8(ascii: "\\"), value[index - 1] == UInt8(ascii: "x") { isHex = true }
        isHex = isHex && value[index].isHexadecimal
        return isHex
      }
    case .address:
      let end = value.firstIndex(of: UInt8(ascii: "/")) ?? value.endIndex
      return value.indices.map { $0 < end }
    case .json: return Self.freeInJSON(value)
    case .xml: return Self.freeInXML(value)
    }
  }

  private static func freeInJSON(_ value: [UInt8]) -> [Bool] {
    var free = value.map(\.isDigit)
    var index = value.startIndex
    while index < value.endIndex {
      defer { index += 1 }
      guard value[index] == UInt8(ascii: "\"") else { continue }
      let start = index + 1
      var inside: [Bool] = []
      index = start
      while index < value.endIndex, value[index] != UInt8(ascii: "\"") {
        // Behind a backslash stands a sign's name or its number.
        let isEscape = value[index] == UInt8(ascii: "\\")
        let length = isEscape ? (index + 1 < value.endIndex && value[index + 1] == UInt8(ascii: "u") ? 6 : 2) : 1
        inside += Array(repeating: !isEscape, count: min(length, value.endIndex - index))
        index = min(index + length, value.endIndex)
      }
      let next = value[min(index + 1, value.endIndex)...].first { $0 != UInt8(ascii: " ") }
      let isName = next == UInt8(ascii: ":")
      for (offset, isFree) in inside.enumerated() { free[start + offset] = isFree && !isName }
    }
    return free
  }

  private static func freeInXML(_ value: [UInt8]) -> [Bool] {
    var (isTag, isEntity) = (false, false)
    return value.map { byte in
      switch byte {
      case UInt8(ascii: "<"): isTag = true
      case UInt8(ascii: ">"): isTag = false
      case UInt8(ascii: "&"): isEntity = true
      case UInt8(ascii: ";"): isEntity = false
      default: return !isTag && !isEntity
      }
      return false
    }
  }
}

/// Values that may take another's place where its type or a check refuses most: the bolder come first.
package struct FittingValue {
  /// How many there are to try.
  package static let attempts = 24

  private let old: [UInt8]
  private let form: ValueForm
  private let attempt: Int
  private var new: [UInt8]
  private var state: UInt64 = 0x9e37_79b9_7f4a_7c15

  /// The value to try at an attempt; the same as the old one where nothing in it is free.
  package static func value(for old: [UInt8], as form: ValueForm, attempt: Int) -> [UInt8] {
    var fitting = FittingValue(old, form, attempt)
    fitting.change()
    return fitting.new
  }

  private init(_ old: [UInt8], _ form: ValueForm, _ attempt: Int) {
    (self.old, self.form, self.attempt, new) = (old, form, attempt, old)
    for byte in old + [UInt8(attempt)] { state = (state ^ UInt64(byte)) &* 0x100_0000_01b3 }
  }

  private mutating func draw(_ range: ClosedRange<UInt8>) -> UInt8 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return range.lowerBound + UInt8(truncatingIfNeeded: state >> 56) % (range.upperBound - range.lowerBound + 1)
  }

  private mutating func change() {
    let free = form.changeable(in: old)
    // Later attempts leave words alone.
    let changesWords = attempt < Self.attempts / 2
    var index = old.startIndex
    while index < old.endIndex {
      let byte = old[index]
      guard free[index] else {
        index += 1
        continue
      }
      switch form {
      case .bits where byte.isDigit: new[index] = draw(UInt8(ascii: "0")...UInt8(ascii: "1"))
      case .bytes where byte.isHexadecimal, .hexadecimal where byte.isHexadecimal,
        .address where byte.isHexadecimal && old.contains(UInt8(ascii: ":")):
        let digit = draw(0...15)
        new[index] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
      case .plain, .digits, .bits, .bytes, .hexadecimal, .address, .json, .xml:
        if byte.isDigit {
          index = changeNumber(at: index)
          continue
        }
        let drawn = draw(0...254)
        if changesWords { new.changeSign(at: index) { $0.lowerBound + drawn % ($0.upperBound - $0.lowerBound + 1) } }
      }
      index += 1
    }
  }

  /// Changes what begins with a digit: a date, a time of day, an address, a number; gives where it ends.
  private mutating func changeNumber(at start: Int) -> Int {
    let end = old[start...].firstIndex { !$0.isDigit } ?? old.endIndex
    if let groups = groups(at: start, lengths: [4, 2, 2], between: UInt8(ascii: "-")) {
      new[groups[0].upperBound - 1] = draw(UInt8(ascii: "0")...UInt8(ascii: "9"))
      put(draw(1...12), at: groups[1])
      put(draw(1...28), at: groups[2])
      return groups[2].upperBound
    }
    if let groups = groups(at: start, lengths: [2, 2, 2], between: UInt8(ascii: ":"))
      ?? groups(at: start, lengths: [2, 2], between: UInt8(ascii: ":"))
    {
      for (group, limit) in zip(groups, [23, 59, 59] as [UInt8]) { put(draw(0...limit), at: group) }
      return groups.last?.upperBound ?? end
    }
    if form == .address {
      // What is nought may have to stay so.
      let isFirst = !old[..<start].contains { $0.isDigit }
      let value = UInt8(String(decoding: old[start..<end], as: UTF8.self)) ?? 0
      if value > 0, isFirst || attempt < Self.attempts / 2 {
        let (low, high): (UInt8, UInt8) = end - start == 1 ? (1, 9) : end - start == 2 ? (10, 99) : (100, 223)
        new.replaceSubrange(start..<end, with: Array(String(draw(low...high)).utf8))
      }
      return end
    }
    changeDigits(start..<end)
    return end
  }

  /// Changes a number: every third attempt to any of as many digits, to one that is not larger, to one that is not smaller.
  private mutating func changeDigits(_ range: Range<Int>) {
    let (zero, nine) = (UInt8(ascii: "0"), UInt8(ascii: "9"))
    let isFraction = range.lowerBound > 0 && old[range.lowerBound - 1] == UInt8(ascii: ".")
    var isTight = true
    for index in range {
      let leads = index == range.lowerBound && range.count > 1 && !isFraction && old[index] != zero
      let least = leads ? zero + 1 : zero
      switch attempt % 3 {
      case 1 where isTight: new[index] = draw(least...max(least, old[index]))
      case 2 where isTight: new[index] = draw(old[index]...nine)
      default: new[index] = draw(least...nine)
      }
      if new[index] != old[index] { isTight = false }
    }
  }

  private mutating func put(_ value: UInt8, at range: Range<Int>) {
    (new[range.lowerBound], new[range.lowerBound + 1]) = (
      UInt8(ascii: "0") + value / 10, UInt8(ascii: "0") + value % 10
    )
  }

  /// Groups of digits with a mark between them, where they begin here and no digit follows.
  private func groups(at start: Int, lengths: [Int], between mark: UInt8) -> [Range<Int>]? {
    var groups: [Range<Int>] = []
    var index = start
    for length in lengths {
      if !groups.isEmpty {
        guard index < old.endIndex, old[index] == mark else { return nil }
        index += 1
      }
      guard index + length <= old.endIndex, old[index..<(index + length)].allSatisfy(\.isDigit) else { return nil }
      groups.append(index..<(index + length))
      index += length
    }
    return index < old.endIndex && (old[index].isDigit || old[index] == mark) ? nil : groups
  }
}

extension UInt8 {
  /// Whether it is one of the ten digits.
  package var isDigit: Bool { self &- UInt8(ascii: "0") < 10 }
  /// Whether it is a digit of a hexadecimal number.
  package var isHexadecimal: Bool { isDigit || (self | 0x20) &- UInt8(ascii: "a") < 6 }
}

extension [UInt8] {
  /// Makes a letter another one of its kind; of a sign of several bytes the last, so that it stays one of the same script.
  package mutating func changeSign(at index: Int, letters: UInt8 = 26, _ draw: (ClosedRange<UInt8>) -> UInt8) {
    switch self[index] {
    case UInt8(ascii: "a")...UInt8(ascii: "z"):
      self[index] = draw(UInt8(ascii: "a")...(UInt8(ascii: "a") + letters - 1))
    case UInt8(ascii: "A")...UInt8(ascii: "Z"):
      self[index] = draw(UInt8(ascii: "A")...(UInt8(ascii: "A") + letters - 1))
    case 0x80...0xbf:
      let isLast = index + 1 == endIndex || self[index + 1] & 0xc0 != 0x80
      // Below 0xA0 stand control characters behind 0xC2, and overlong forms behind a lead byte with nothing in it.
      if isLast { self[index] = draw(0xa0...0xbf) }
    default: break
    }
  }
}
