/// A payment card's number: 13 to 19 digits, single spaces or dashes between them, a first digit that card schemes
/// use, and Luhn's check digit (ISO/IEC 7812-1 annex B).
enum CardForm {
  static func match(at index: Int, in text: Span<UInt8>) -> Range<Int>? {
    guard (UInt8(ascii: "2")...UInt8(ascii: "6")).contains(text[index]), text.isBoundary(before: index),
      text.at(index - 1) != .dash, text.at(index - 1) != .dot
    else { return nil }
    var digits: [Int] = []
    var (position, end) = (index, index)
    while position < text.count, digits.count < 20 {
      let byte = text[position]
      if byte.isDigit {
        digits.append(byte.digit)
        end = position + 1
      } else if !((byte == .space || byte == .dash) && position == end) {
        break
      }
      position += 1
    }
    guard (13...19).contains(digits.count), text.isBoundary(after: end), isLuhn(digits) else { return nil }
    return index..<end
  }

  static func isLuhn(_ digits: [Int]) -> Bool {
    var sum = 0
    for (position, digit) in digits.reversed().enumerated() {
      let doubled = digit * 2
      sum += position % 2 == 0 ? digit : doubled > 9 ? doubled - 9 : doubled
    }
    return sum % 10 == 0 && digits.contains { $0 != 0 }
  }
}

/// An international bank account number with its country's length and remainder 1 modulo 97 (ISO 13616, ISO 7064).
enum IBANForm {
  /// Lengths by country, from the SWIFT IBAN registry.
  static let lengths: [String: Int] = [
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "BY": 28,
    "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18,
    "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22,
    "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20,
    "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MR": 27, "MT": 31, "MU": 30, "NL": 18,
    "NO": 15, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "SA": 24, "SC": 31, "SE": 24,
    "SI": 19, "SK": 24, "SM": 27, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24,
    "XK": 20,
  ]

  static func match(at index: Int, in text: Span<UInt8>) -> Range<Int>? {
    guard text[index].isUpper, text.isBoundary(before: index), let second = text.at(index + 1), second.isUpper,
      text.at(index + 2)?.isDigit == true, text.at(index + 3)?.isDigit == true,
      let length = lengths[String(decoding: [text[index], second], as: UTF8.self)]
    else { return nil }
    var characters: [UInt8] = []
    var (position, end) = (index, index)
    while position < text.count, characters.count < length {
      let byte = text[position]
      if byte.isDigit || byte.isUpper {
        characters.append(byte)
        end = position + 1
      } else if !(byte == .space && characters.count % 4 == 0 && position == end) {
        return nil
      }
      position += 1
    }
    guard characters.count == length, text.isBoundary(after: end) else { return nil }
    var remainder = 0
    for byte in characters[4...] + characters[..<4] {
      let value = byte.isDigit ? byte.digit : Int(byte - UInt8(ascii: "A")) + 10
      remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97
    }
    return remainder == 1 ? index..<end : nil
  }
}
