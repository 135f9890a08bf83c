/// Lower-case hexadecimal digits, two to the byte.
public enum Hex {
  /// The digits of `bytes`.
  public static func encode(_ bytes: [UInt8]) -> String {
    encode(bytes.span)
  }

  /// The digits of `bytes`.
  public static func encode(_ bytes: Span<UInt8>) -> String {
    var digits: [UInt8] = []
    digits.reserveCapacity(2 * bytes.count)
    for index in bytes.indices {
      digits.append(digit(bytes[index] >> 4))
      digits.append(digit(bytes[index] & 15))
    }
    return String(decoding: digits, as: UTF8.self)
  }

  /// The bytes that `text` spells; upper-case digits are read too. Throws `invalid_hex`.
  public static func decode(_ text: String) throws(DigestsError) -> [UInt8] {
    let digits = Array(text.utf8)
    guard digits.count.isMultiple(of: 2) else {
      throw DigestsError(.invalidHex, "An odd number of hexadecimal digits; each byte takes two", offset: digits.count)
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(digits.count / 2)
    for index in stride(from: 0, to: digits.count, by: 2) {
      guard let high = value(digits[index]) else { throw notADigit(at: index) }
      guard let low = value(digits[index + 1]) else { throw notADigit(at: index + 1) }
      bytes.append(high << 4 | low)
    }
    return bytes
  }

  private static func digit(_ value: UInt8) -> UInt8 {
    value < 10 ? 0x30 + value : 0x57 + value
  }

  private static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case 0x30...0x39: digit - 0x30
    case 0x41...0x46: digit - 0x37
    case 0x61...0x66: digit - 0x57
    default: nil
    }
  }

  private static func notADigit(at offset: Int) -> DigestsError {
    DigestsError(.invalidHex, "Not a hexadecimal digit; use 0-9 and a-f only", offset: offset)
  }
}
