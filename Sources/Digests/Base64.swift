/// Base64 of RFC 4648 section 4: standard alphabet, padded, no line breaks.
public enum Base64 {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  private static let padding: UInt8 = 0x3D

  /// The base64 text of `bytes`.
  public static func encode(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count + 2) / 3 * 4)
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let count = min(3, bytes.count - start)
      var group: UInt32 = 0
      for index in 0..<3 {
        group = group << 8 | (index < count ? UInt32(bytes[start + index]) : 0)
      }
      for index in 0..<4 {
        let letter = alphabet[Int(group >> UInt32(18 - 6 * index)) & 63]
        text.append(index <= count ? letter : padding)
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// The bytes that `text` spells. Strict: one text per byte string, so a missing pad, white space, another alphabet
  /// or unused bits that are not zero throw `invalid_base64`.
  public static func decode(_ text: String) throws(DigestsError) -> [UInt8] {
    let letters = Array(text.utf8)
    guard letters.count.isMultiple(of: 4) else {
      throw DigestsError(
        .invalidBase64, "Base64 must come in groups of four, padded with =; text was lost or cut", offset: letters.count
      )
    }
    let pads = letters.suffix(2).reversed().prefix { $0 == padding }.count
    var bytes: [UInt8] = []
    bytes.reserveCapacity(letters.count / 4 * 3)
    var pending: UInt32 = 0
    var bits = 0
    for index in 0..<(letters.count - pads) {
      guard let value = value(letters[index]) else {
        throw DigestsError(.invalidBase64, "Not a base64 letter; use A-Z a-z 0-9 + / only", offset: index)
      }
      pending = pending << 6 | UInt32(value)
      bits += 6
      if bits >= 8 {
        bits -= 8
        bytes.append(UInt8(truncatingIfNeeded: pending >> UInt32(bits)))
      }
    }
    guard pending & (1 << UInt32(bits) - 1) == 0 else {
      throw DigestsError(
        .invalidBase64, "The last base64 letter carries bits that belong to no byte", offset: letters.count - pads - 1)
    }
    return bytes
  }

  private static func value(_ letter: UInt8) -> UInt8? {
    switch letter {
    case 0x41...0x5A: letter - 0x41
    case 0x61...0x7A: letter - 0x61 + 26
    case 0x30...0x39: letter - 0x30 + 52
    case 0x2B: 62
    case 0x2F: 63
    default: nil
    }
  }
}
