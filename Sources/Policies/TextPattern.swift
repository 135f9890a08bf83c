/// A text to look for: a substring, compared byte by byte, or a regular expression, unanchored.
struct TextPattern: Sendable {
  /// Why a regular expression is refused, in the engine's words.
  struct Refused: Error, Sendable {
    let message: String
  }

  private enum Form: Sendable {
    case substring([UInt8])
  }
  private let form: Form

  /// A case-sensitive substring.
  init(containing text: String) { form = .substring(Array(text.utf8)) }

  /// A regular expression in RE2's syntax.
  init(re2 pattern: String) throws(Refused) {
    throw Refused(message: "regular expressions are not linked yet")
  }

  /// A regular expression in PCRE2's syntax.
  init(pcre2 pattern: String) throws(Refused) {
    throw Refused(message: "regular expressions are not linked yet")
  }

  func matches(_ text: String) -> Bool {
    switch form {
    case .substring(let needle): contains(text.utf8.span, needle.span)
    }
  }
}

/// Whether `needle` stands in `text`.
private func contains(_ text: borrowing Span<UInt8>, _ needle: borrowing Span<UInt8>) -> Bool {
  guard needle.count > 0 else { return true }
  guard text.count >= needle.count else { return false }
  let first = needle[0]
  for start in 0...(text.count - needle.count) where text[start] == first {
    var index = 1
    while index < needle.count, text[start + index] == needle[index] { index += 1 }
    if index == needle.count { return true }
  }
  return false
}
