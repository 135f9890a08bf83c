/// A kind of sensitive value that can be told by its form and, where it has one, its checksum.
///
/// A detector never says "sensitive" for form alone where a checksum or a register of prefixes can refute it.
public enum Detector: String, Sendable, Hashable, CaseIterable {
  case email
  case phone
  case ssn = "us_ssn"
  case card
  case iban
  case ipv4
  case ipv6
  case apiKey = "api_key"
  case jwt

  /// The detector of a name: its own (`us_ssn`) or, case aside, the one Presidio uses (`US_SSN`, `CREDIT_CARD`, …).
  public init?(name: String) {
    let folded = name.lowercased()
    if let own = Detector(rawValue: folded) {
      self = own
      return
    }
    switch folded {
    case "email_address": self = .email
    case "phone_number": self = .phone
    case "credit_card": self = .card
    case "iban_code": self = .iban
    case "ip_address": self = .ipv4
    default: return nil
    }
  }

  /// Where such values are in UTF-8 text, as byte ranges from left to right that do not overlap.
  public func find(in text: Span<UInt8>) -> [Range<Int>] {
    var found: [Range<Int>] = []
    var index = 0
    while index < text.count {
      if let match = match(at: index, in: text, notBefore: found.last?.upperBound ?? 0) {
        found.append(match)
        index = match.upperBound
      } else {
        index += 1
      }
    }
    return found
  }

  /// Where such values are in a text, as byte ranges of its UTF-8.
  public func find(in text: String) -> [Range<Int>] { find(in: Array(text.utf8).span) }

  /// Whether the text, spaces around it aside, is one such value and nothing else.
  public func matches(_ text: Span<UInt8>) -> Bool {
    var (start, end) = (0, text.count)
    while start < end, text[start] == .space { start += 1 }
    while end > start, text[end - 1] == .space { end -= 1 }
    guard end > start else { return false }
    let trimmed = text.extracting(start..<end)
    return find(in: trimmed) == [0..<trimmed.count]
  }

  /// Whether the text, spaces around it aside, is one such value and nothing else.
  public func matches(_ text: String) -> Bool { matches(Array(text.utf8).span) }

  /// The value that starts at `index` (for an e-mail address: whose `@` stands there).
  private func match(at index: Int, in text: Span<UInt8>, notBefore: Int) -> Range<Int>? {
    switch self {
    case .email: EmailForm.match(aroundAt: index, in: text, notBefore: notBefore)
    case .phone: PhoneForm.match(at: index, in: text)
    case .ssn: SSNForm.match(at: index, in: text)
    case .card: CardForm.match(at: index, in: text)
    case .iban: IBANForm.match(at: index, in: text)
    case .ipv4: AddressForm.matchV4(at: index, in: text)
    case .ipv6: AddressForm.matchV6(at: index, in: text)
    case .apiKey: KeyForm.match(at: index, in: text)
    case .jwt: TokenForm.match(at: index, in: text)
    }
  }
}
