/// Internet addresses.
enum AddressForm {
  /// Dotted decimal of four octets without leading zeros, not part of a longer dotted number (RFC 6943 section 3.1.1).
  static func matchV4(at index: Int, in text: Span<UInt8>) -> Range<Int>? {
    guard text[index].isDigit, text.isBoundary(before: index), text.at(index - 1) != .dot,
      let end = octets(from: index, in: text), text.isBoundary(after: end),
      !(text.at(end) == .dot && text.at(end + 1)?.isDigit == true)
    else { return nil }
    return index..<end
  }

  private static func octets(from start: Int, in text: Span<UInt8>) -> Int? {
    var position = start
    for octet in 0..<4 {
      if octet > 0 {
        guard text.at(position) == .dot else { return nil }
        position += 1
      }
      let end = text.end(of: \.isDigit, from: position, limit: 4)
      var value = 0
      for digit in position..<end { value = value * 10 + text[digit].digit }
      guard (1...3).contains(end - position), value <= 255, end - position == 1 || text[position] != UInt8(ascii: "0")
      else { return nil }
      position = end
    }
    return position
  }

  /// Groups of hex digits with colons, at most one `::`, perhaps an IPv4 tail (RFC 4291 section 2.2).
  static func matchV6(at index: Int, in text: Span<UInt8>) -> Range<Int>? {
    guard text[index].isHex || text[index] == .colon, text.isBoundary(before: index), text.at(index - 1) != .colon
    else { return nil }
    var (position, groups, compressed, end) = (index, 0, false, index)
    if text[index] == .colon {
      guard text.at(index + 1) == .colon else { return nil }
      (compressed, position, end) = (true, index + 2, index + 2)
    }
    while groups < 8, position < text.count, text[position].isHex {
      if groups <= 6, let tail = octets(from: position, in: text) {
        groups += 2
        end = tail
        break
      }
      let after = text.end(of: \.isHex, from: position, limit: 5)
      guard after - position <= 4 else { return nil }
      groups += 1
      (position, end) = (after, after)
      guard text.at(position) == .colon else { break }
      if text.at(position + 1) == .colon {
        guard !compressed else { return nil }
        (compressed, position, end) = (true, position + 2, position + 2)
      } else if text.at(position + 1)?.isHex == true {
        position += 1
      } else {
        break
      }
    }
    guard compressed ? (1...7).contains(groups) : groups == 8, text.isBoundary(after: end), text.at(end) != .colon
    else { return nil }
    return index..<end
  }
}

/// A secret key of a known issuer: its prefix, then enough characters of its alphabet.
enum KeyForm {
  /// One issuer's form. Source: the issuers' own documentation of their prefixes, as secret scanners use them.
  struct Issuer {
    let prefix: StaticString
    let length: ClosedRange<Int>
    var alphabet: @Sendable (UInt8) -> Bool = { $0.isAlphanumeric }
  }

  static let issuers: [Issuer] = [
    Issuer(prefix: "AKIA", length: 16...16) { $0.isUpper || $0.isDigit },
    Issuer(prefix: "ASIA", length: 16...16) { $0.isUpper || $0.isDigit },
    Issuer(prefix: "ghp_", length: 36...36), Issuer(prefix: "gho_", length: 36...36),
    Issuer(prefix: "ghu_", length: 36...36), Issuer(prefix: "ghs_", length: 36...36),
    Issuer(prefix: "ghr_", length: 36...76),
    Issuer(prefix: "github_pat_", length: 40...255) { $0.isAlphanumeric || $0 == .underscore },
    Issuer(prefix: "glpat-", length: 20...64, alphabet: \.isTokenCharacter),
    Issuer(prefix: "sk_live_", length: 16...247), Issuer(prefix: "sk_test_", length: 16...247),
    Issuer(prefix: "rk_live_", length: 16...247), Issuer(prefix: "rk_test_", length: 16...247),
    Issuer(prefix: "xoxb-", length: 20...255, alphabet: \.isTokenCharacter),
    Issuer(prefix: "xoxp-", length: 20...255, alphabet: \.isTokenCharacter),
    Issuer(prefix: "xoxa-", length: 20...255, alphabet: \.isTokenCharacter),
    Issuer(prefix: "AIza", length: 35...35, alphabet: \.isTokenCharacter),
    Issuer(prefix: "npm_", length: 36...36),
    Issuer(prefix: "sk-", length: 32...255, alphabet: \.isTokenCharacter),
  ]

  static func match(at index: Int, in text: Span<UInt8>) -> Range<Int>? {
    guard text[index].isLetter, text.isBoundary(before: index), text.at(index - 1) != .dash else { return nil }
    for issuer in issuers where text.holds(issuer.prefix, at: index) {
      let start = index + issuer.prefix.utf8CodeUnitCount
      let end = text.end(of: issuer.alphabet, from: start, limit: issuer.length.upperBound + 1)
      if issuer.length.contains(end - start), text.isBoundary(after: end) { return index..<end }
    }
    return nil
  }
}

/// A JSON Web Token in compact form: three base64url parts, the first two of which are JSON objects (RFC 7515, 7519).
enum TokenForm {
  static func match(at index: Int, in text: Span<UInt8>) -> Range<Int>? {
    // "eyJ" is base64url of `{"` and the two bits every ASCII byte that follows begins with.
    guard text[index] == UInt8(ascii: "e"), text.holds("eyJ", at: index), text.isBoundary(before: index),
      text.at(index - 1) != .dash
    else { return nil }
    let header = text.end(of: \.isTokenCharacter, from: index)
    guard text.at(header) == .dot, text.holds("eyJ", at: header + 1) else { return nil }
    let claims = text.end(of: \.isTokenCharacter, from: header + 1)
    guard text.at(claims) == .dot else { return nil }
    let end = text.end(of: \.isTokenCharacter, from: claims + 1)
    return header - index >= 10 && claims - header > 4 && end - claims > 16 ? index..<end : nil
  }
}
