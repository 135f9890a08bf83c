internal import CRE2

/// A pattern as Go's `regexp` package, and so the proxy, reads it: RE2 syntax, Perl classes, UTF-8, case-sensitive unless
/// `(?i)` is given, leftmost-first. A search takes time linear in the text.
///
/// Known difference: Go 1.22 reads `(?<name>…)`, this RE2 only `(?P<name>…)`. Bytes that are not UTF-8 match nothing here,
/// not even `.`, where Go reads each as U+FFFD. Source: <https://github.com/google/re2/wiki/Syntax>.
@safe public final class RE2Regex: Sendable {
  /// The pattern's text.
  public let pattern: String
  // RE2 documents searching as safe from several threads at once.
  private nonisolated(unsafe) let handle: OpaquePointer

  /// Compiles `pattern`.
  public init(_ pattern: String) throws(RegexError) {
    let bytes = Array(pattern.utf8)
    let compiled = unsafe bytes.withUnsafeBufferPointer {
      unsafe cre2_new($0.baseAddress, $0.count, Self.memoryBudget)
    }
    guard let handle = unsafe compiled else {
      throw RegexError(code: .outOfMemory, message: "not enough memory to compile the pattern")
    }
    if let message = unsafe cre2_error(handle) {
      let text = unsafe String(cString: message)
      unsafe cre2_free(handle)
      throw RegexError(code: .invalidPattern, message: text)
    }
    self.pattern = pattern
    unsafe self.handle = handle
  }

  deinit { unsafe cre2_free(handle) }

  /// Bytes for the compiled form and the automata; RE2 goes on slower, never wrong, when automata need more.
  private static let memoryBudget: Int64 = 8 << 20

  /// How many instructions the compiled form has: memory, and the time of a search, grow with them.
  public var size: Int { Int(unsafe cre2_size(handle)) }

  /// Whether the pattern matches somewhere in `text`.
  public func matches(_ text: Span<UInt8>) -> Bool {
    unsafe text.withUnsafeBufferPointer { unsafe cre2_matches(handle, $0.baseAddress, $0.count) != 0 }
  }

  /// Whether the pattern matches somewhere in `text`.
  public func matches(_ text: String) -> Bool {
    matches(Array(text.utf8).span)
  }

  /// Where the first match at or after `start` stands, in bytes; nil if there is none. Text before `start` still counts
  /// for `^` and `\b`.
  public func firstMatch(in text: Span<UInt8>, from start: Int = 0) -> Range<Int>? {
    guard start >= 0, start <= text.count else { return nil }
    var (lower, upper) = (0, 0)
    let found = unsafe text.withUnsafeBufferPointer {
      unsafe cre2_find(handle, $0.baseAddress, $0.count, start, &lower, &upper) != 0
    }
    return found ? lower..<upper : nil
  }

  /// Where the first match is in the text's UTF-8; nil if there is none.
  public func firstMatch(in text: String) -> Range<Int>? {
    firstMatch(in: Array(text.utf8).span)
  }
}
