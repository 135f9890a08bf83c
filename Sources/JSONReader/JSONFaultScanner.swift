/// Finds where a document that simdjson refused is wrong. It reads what RFC 8259 allows and nothing else, without
/// recursion, and only ever sees refused documents, so it is written to be plain rather than fast.
struct JSONFaultScanner {
  private enum Expected {
    case value, valueOrArrayEnd, keyOrObjectEnd, key, colon, commaOrEnd
  }

  let maximumDepth: Int
  private var containers: [UInt8] = []
  private var position = 0

  init(maximumDepth: Int) {
    self.maximumDepth = maximumDepth
  }

  /// The first fault, or nil if this scanner finds none.
  mutating func firstFault(in text: Span<UInt8>) -> JSONError? {
    if let offset = Self.firstInvalidUTF8(in: text) { return JSONError(.invalidUTF8, offset: offset) }
    position = 0
    containers = []
    var expected = Expected.value
    while true {
      while position < text.count, [0x20, 0x09, 0x0A, 0x0D].contains(text[position]) { position += 1 }
      guard position < text.count else {
        return expected == .commaOrEnd && containers.isEmpty ? nil : JSONError(.syntax, offset: position)
      }
      let start = position
      if let code = advance(in: text, &expected) {
        return JSONError(code, offset: code == .syntax ? position : start)
      }
    }
  }

  /// Reads one token; `position` is then after it, or at the fault.
  private mutating func advance(in text: Span<UInt8>, _ expected: inout Expected) -> JSONError.Code? {
    switch (text[position], expected) {
    case (UInt8(ascii: "{"), .value), (UInt8(ascii: "{"), .valueOrArrayEnd),
      (UInt8(ascii: "["), .value), (UInt8(ascii: "["), .valueOrArrayEnd):
      guard containers.count < maximumDepth else { return .tooDeep }
      containers.append(text[position])
      expected = text[position] == UInt8(ascii: "{") ? .keyOrObjectEnd : .valueOrArrayEnd
      position += 1
    case (UInt8(ascii: "}"), .commaOrEnd) where containers.last == UInt8(ascii: "{"),
      (UInt8(ascii: "}"), .keyOrObjectEnd),
      (UInt8(ascii: "]"), .commaOrEnd) where containers.last == UInt8(ascii: "["),
      (UInt8(ascii: "]"), .valueOrArrayEnd):
      containers.removeLast()
      expected = .commaOrEnd
      position += 1
    case (UInt8(ascii: ","), .commaOrEnd) where !containers.isEmpty:
      expected = containers.last == UInt8(ascii: "{") ? .key : .value
      position += 1
    case (UInt8(ascii: ":"), .colon):
      expected = .value
      position += 1
    case (UInt8(ascii: "\""), .key), (UInt8(ascii: "\""), .keyOrObjectEnd):
      guard skipString(in: text) else { return .syntax }
      expected = .colon
    case (_, .value), (_, .valueOrArrayEnd):
      if let code = skipScalar(in: text) { return code }
      expected = .commaOrEnd
    default:
      return .syntax
    }
    return nil
  }

  private mutating func skipScalar(in text: Span<UInt8>) -> JSONError.Code? {
    switch text[position] {
    case UInt8(ascii: "\""): skipString(in: text) ? nil : .syntax
    case UInt8(ascii: "t"): skip("true", in: text) ? nil : .syntax
    case UInt8(ascii: "f"): skip("false", in: text) ? nil : .syntax
    case UInt8(ascii: "n"): skip("null", in: text) ? nil : .syntax
    default: skipNumber(in: text)
    }
  }

  private mutating func skip(_ word: String, in text: Span<UInt8>) -> Bool {
    for byte in word.utf8 {
      guard peek(text) == byte else { return false }
      position += 1
    }
    return endsToken(in: text)
  }

  private func peek(_ text: Span<UInt8>, _ distance: Int = 0) -> UInt8? {
    position + distance < text.count ? text[position + distance] : nil
  }

  private func endsToken(in text: Span<UInt8>) -> Bool {
    guard let byte = peek(text) else { return true }
    return byte <= 0x20 || [UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"), UInt8(ascii: ":")].contains(byte)
  }

  private mutating func skipDigits(in text: Span<UInt8>) -> Int {
    let start = position
    while let byte = peek(text), (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
    return position - start
  }

  private mutating func skipNumber(in text: Span<UInt8>) -> JSONError.Code? {
    let start = position
    var isInteger = true
    if peek(text) == UInt8(ascii: "-") { position += 1 }
    let hasLeadingZero = peek(text) == UInt8(ascii: "0")
    let digits = skipDigits(in: text)
    guard digits > 0, digits == 1 || !hasLeadingZero else { return .syntax }
    if peek(text) == UInt8(ascii: ".") {
      isInteger = false
      position += 1
      guard skipDigits(in: text) > 0 else { return .syntax }
    }
    if let byte = peek(text), byte | 0x20 == UInt8(ascii: "e") {
      isInteger = false
      position += 1
      if let sign = peek(text), sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { position += 1 }
      guard skipDigits(in: text) > 0 else { return .syntax }
    }
    guard endsToken(in: text) else { return .syntax }
    let number = String(decoding: (start..<position).map { text[$0] }, as: UTF8.self)
    let fits = isInteger ? Int64(number) != nil || UInt64(number) != nil : Double(number)?.isFinite == true
    return fits ? nil : .numberOutOfRange
  }

  /// Skips a string, quotes included; false with `position` at what is wrong in it.
  private mutating func skipString(in text: Span<UInt8>) -> Bool {
    position += 1
    while let byte = peek(text) {
      switch byte {
      case UInt8(ascii: "\""):
        position += 1
        return true
      case UInt8(ascii: "\\"):
        guard skipEscape(in: text) else { return false }
      case ..<0x20: return false
      default: position += 1
      }
    }
    return false
  }

  private mutating func skipEscape(in text: Span<UInt8>) -> Bool {
    guard let escaped = peek(text, 1) else { return false }
    guard escaped == UInt8(ascii: "u") else {
      guard "\"\\/bfnrt".utf8.contains(escaped) else { return false }
      position += 2
      return true
    }
    guard let unit = hexUnit(in: text, at: position + 2), !(0xDC00...0xDFFF).contains(unit) else { return false }
    if (0xD800...0xDBFF).contains(unit) {
      guard peek(text, 6) == UInt8(ascii: "\\"), peek(text, 7) == UInt8(ascii: "u"),
        let low = hexUnit(in: text, at: position + 8), (0xDC00...0xDFFF).contains(low)
      else { return false }
      position += 6
    }
    position += 6
    return true
  }

  private func hexUnit(in text: Span<UInt8>, at start: Int) -> UInt32? {
    guard start + 4 <= text.count else { return nil }
    var unit: UInt32 = 0
    for index in start..<start + 4 {
      guard let digit = Character(UnicodeScalar(text[index])).hexDigitValue else { return nil }
      unit = unit << 4 | UInt32(digit)
    }
    return unit
  }

  private static func firstInvalidUTF8(in text: Span<UInt8>) -> Int? {
    do throws(UTF8.ValidationError) {
      _ = try UTF8Span(validating: text)
      return nil
    } catch {
      return error.byteOffsets.lowerBound
    }
  }
}
