import Regexes

/// A text to look for: a substring, compared byte by byte, or a regular expression, unanchored.
struct TextPattern: Sendable {
  /// Why a regular expression is refused, in the engine's words.
  struct Refused: Error, Sendable {
    let message: String
  }

  private enum Form: Sendable {
    case substring([UInt8])
    case re2(RE2Regex)
    case python(PCRERegex)
  }
  private let form: Form

  /// A case-sensitive substring.
  init(containing text: String) { form = .substring(Array(text.utf8)) }

  /// A regular expression in RE2's syntax.
  init(re2 pattern: String) throws(Refused) {
    do throws(RegexError) {
      form = .re2(try RE2Regex(pattern))
    } catch {
      throw Refused(message: error.message)
    }
  }

  /// A regular expression as Python's `re` reads it without flags, nearly: how Presidio's ad-hoc recognizers treat hoop's
  /// patterns according to its documentation (`.` does not cross lines, `^` is the start of the text only).
  init(pcre2 pattern: String) throws(Refused) {
    do throws(RegexError) {
      form = .python(try PCRERegex(pattern, options: []))
    } catch {
      throw Refused(message: error.message)
    }
  }

  /// Whether it stands in the text; unknown where the search had to be stopped.
  func matches(_ text: String) -> Truth {
    switch form {
    case .substring(let needle): Truth(contains(text.utf8.span, needle.span))
    case .re2(let regex): Truth(regex.matches(text.utf8.span))
    case .python(let regex): (try? regex.matches(text.utf8.span)).map(Truth.init) ?? .unknown
    }
  }

  /// Whether any of the patterns stands in the text.
  static func any(_ patterns: [TextPattern], in text: String) -> Truth {
    var result = Truth.no
    for pattern in patterns {
      result = result.or(pattern.matches(text))
      if result == .yes { break }
    }
    return result
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
