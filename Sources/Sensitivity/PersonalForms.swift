/// An e-mail address: `local@domain.tld`, with a top-level domain of letters.
enum EmailForm {
  static func match(aroundAt index: Int, in text: Span<UInt8>, notBefore: Int) -> Range<Int>? {
    guard text[index] == .at else { return nil }
    var start = index
    while start > notBefore, index - start < 64, isLocal(text[start - 1]) { start -= 1 }
    while start < index, text[start] == .dot { start += 1 }
    guard start < index, text[index - 1] != .dot else { return nil }
    var end = text.end(of: { $0.isAlphanumeric || $0 == .dash || $0 == .dot }, from: index + 1, limit: 253)
    while end > index + 1, text[end - 1] == .dot || text[end - 1] == .dash { end -= 1 }
    var label = 0
    var labels = 0
    var lettersOnly = true
    for position in (index + 1)..<max(index + 1, end) {
      if text[position] == .dot {
        guard label > 0, text[position - 1] != .dash else { return nil }
        labels += 1
        label = 0
        lettersOnly = true
      } else {
        if label == 0, text[position] == .dash { return nil }
        label += 1
        if !text[position].isLetter { lettersOnly = false }
      }
    }
    guard labels >= 1, label >= 2, lettersOnly else { return nil }
    return start..<end
  }

  private static func isLocal(_ byte: UInt8) -> Bool {
    byte.isAlphanumeric || ".!#$%&'*+/=?^_`{|}~-".utf8.contains(byte)
  }
}

/// A telephone number: international with `+`, or North American as `212-555-0187` or `(212) 555-0187`.
enum PhoneForm {
  static func match(at index: Int, in text: Span<UInt8>) -> Range<Int>? {
    if text[index] == .plus { return international(at: index, in: text) }
    guard text[index].isDigit || text[index] == UInt8(ascii: "("), text.isBoundary(before: index),
      text.at(index - 1) != .plus, text.at(index - 1) != .dash, text.at(index - 1) != .dot
    else { return nil }
    return northAmerican(at: index, in: text)
  }

  /// ITU-T E.164: a country code that does not start with 0, 8 to 15 digits, with single separators between groups.
  private static func international(at index: Int, in text: Span<UInt8>) -> Range<Int>? {
    guard text.isBoundary(before: index), let first = text.at(index + 1), first.isDigit, first != UInt8(ascii: "0")
    else { return nil }
    var (digits, end, position) = (0, index, index + 1)
    while position < text.count, position - index < 32 {
      let byte = text[position]
      if byte.isDigit {
        digits += 1
        end = position + 1
      } else if !" -.()".utf8.contains(byte) {
        break
      }
      position += 1
    }
    return (8...15).contains(digits) && text.isBoundary(after: end) ? index..<end : nil
  }

  /// The North American plan: area code and exchange start with 2 to 9; separators are required.
  private static func northAmerican(at index: Int, in text: Span<UInt8>) -> Range<Int>? {
    var position = index
    func digits(_ count: Int, leading: Bool) -> Bool {
      for offset in 0..<count {
        guard let byte = text.at(position + offset), byte.isDigit else { return false }
        if leading, offset == 0, byte < UInt8(ascii: "2") { return false }
      }
      position += count
      return true
    }
    let separators = " -.".utf8
    if text[index] == UInt8(ascii: "(") {
      position += 1
      guard digits(3, leading: true), text.at(position) == UInt8(ascii: ")") else { return nil }
      position += 1
      if text.at(position) == .space { position += 1 }
    } else {
      guard digits(3, leading: true), let separator = text.at(position), separators.contains(separator) else {
        return nil
      }
      position += 1
    }
    guard digits(3, leading: true), let separator = text.at(position), separators.contains(separator) else {
      return nil
    }
    position += 1
    guard digits(4, leading: false), text.isBoundary(after: position), text.at(position) != .dash else { return nil }
    return index..<position
  }
}

/// A US social security number with its dashes. Source: SSA, "Invalid Social Security Numbers": no area 000, 666 or
/// 900 to 999, no group 00, no serial 0000.
enum SSNForm {
  static func match(at index: Int, in text: Span<UInt8>) -> Range<Int>? {
    let end = index + 11
    guard text[index].isDigit, end <= text.count, text.isBoundary(before: index), text.at(index - 1) != .dash,
      text.isBoundary(after: end), text.at(end) != .dash, text[index + 3] == .dash, text[index + 6] == .dash
    else { return nil }
    func number(_ range: Range<Int>) -> Int? {
      var value = 0
      for position in range {
        guard text[position].isDigit else { return nil }
        value = value * 10 + text[position].digit
      }
      return value
    }
    guard let area = number(index..<index + 3), let group = number(index + 4..<index + 6),
      let serial = number(index + 7..<end), area != 0, area != 666, area < 900, group != 0, serial != 0
    else { return nil }
    return index..<end
  }
}
