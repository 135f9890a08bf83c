import AuditTrail
import Regexes

/// A text to look for: a substring, compared byte by byte, or a regular expression, unanchored.
struct TextPattern: Sendable, Hashable {
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
  private let source: String

  /// A case-sensitive substring.
  init(containing text: String) {
    form = .substring(Array(text.utf8))
    source = text
  }

  /// A regular expression in RE2's syntax.
  init(re2 pattern: String) throws(Refused) {
    do throws(RegexError) {
      form = .re2(try RE2Regex(pattern))
      source = pattern
    } catch {
      throw Refused(message: error.message)
    }
  }

  /// A regular expression as Python's `re` reads it without flags, nearly: how Presidio's ad-hoc recognizers treat hoop's
  /// patterns according to its documentation (`.` does not cross lines, `^` is the start of the text only).
  init(pcre2 pattern: String) throws(Refused) {
    do throws(RegexError) {
      form = .python(try PCRERegex(pattern, options: []))
      source = pattern
    } catch {
      throw Refused(message: error.message)
    }
  }

  /// How large its compiled form is, in RE2's instructions; 0 for what is not an expression of RE2's.
  var size: Int { if case .re2(let regex) = form { regex.size } else { 0 } }

  /// The substring that it is; `nil` for an expression.
  var literal: String? { if case .substring = form { source } else { nil } }

  /// Its text with its dialect: the same for equal patterns.
  var expression: String { "\(dialect) \(source)" }

  private var dialect: Int {
    switch form {
    case .substring: 0
    case .re2: 1
    case .python: 2
    }
  }

  /// By text and dialect.
  static func == (left: Self, right: Self) -> Bool { left.source == right.source && left.dialect == right.dialect }

  func hash(into hasher: inout Hasher) {
    hasher.combine(source)
    hasher.combine(dialect)
  }

  /// Whether it is in the text; unknown where the search had to be stopped.
  func matches(_ text: String) -> Truth {
    switch form {
    case .substring(let needle): Truth(contains(text.utf8.span, needle.span))
    case .re2(let regex): Truth(regex.matches(text.utf8.span))
    case .python(let regex): (try? regex.matches(text.utf8.span)).map(Truth.init) ?? .unknown
    }
  }

  /// Whether all that this is in, the other is in too; `false` where that cannot be told.
  func implies(_ other: TextPattern) -> Bool {
    switch (form, other.form) {
    case (.substring(let longer), .substring(let shorter)): contains(longer.span, shorter.span)
    default: self == other
    }
  }

  /// Whether it is in a text of which parts were taken. It does where a part that is left holds it; where none does,
  /// what was taken may have.
  private func matches(redacted text: String) -> Truth {
    let isContextFree =
      switch form {
      case .substring: true
      // What a match asks of its surroundings, but for word borders, may depend on what was taken.
      case .re2: !["^", "$", "\\A", "\\z", "\\B", "\\Q"].contains(where: source.contains)
      case .python: false
      }
    guard isContextFree else { return .unknown }
    let parts = text.unicodeScalars.split(separator: RedactionMark.mark)
    return parts.contains { matches(String($0)) == .yes } ? .yes : .unknown
  }

  /// Whether any of the patterns is in the text, of which parts may have been taken.
  static func any(_ patterns: [TextPattern], in text: String, isRedacted: Bool) -> Truth {
    let isPartial = isRedacted && RedactionMark.stands(in: text)
    var result = Truth.no
    for pattern in patterns {
      result = result.or(isPartial ? pattern.matches(redacted: text) : pattern.matches(text))
      if result == .yes { break }
    }
    return result
  }
}

/// Whether `needle` is in `text`.
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
