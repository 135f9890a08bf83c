internal import CPCRE2

/// A pattern as Python's `re.search` reads it, nearly: PCRE2 with Unicode classes, for the dialect of Presidio's recognizers.
///
/// Known differences: `\Z` also matches before a last line feed, and Python's error messages and a few escapes differ.
/// Backtracking is bounded, so a search ends: by a match, by none, or by ``RegexError/Code/limitExceeded``. Bytes that are
/// not UTF-8 match nothing. Source: PCRE2 10.42, `pcre2api(3)`.
@safe public final class PCRERegex: Sendable {
  /// How a pattern is read.
  public struct Options: OptionSet, Sendable {
    /// The bits.
    public let rawValue: UInt8

    /// The options with these bits.
    public init(rawValue: UInt8) {
      self.rawValue = rawValue
    }

    /// `re.IGNORECASE`
    public static let caseInsensitive = Options(rawValue: 1)
    /// `re.MULTILINE`: `^` and `$` at each line.
    public static let multiline = Options(rawValue: 2)
    /// `re.DOTALL`: `.` matches line feeds.
    public static let dotMatchesNewline = Options(rawValue: 4)
    /// What Presidio's pattern recognizers use unless told otherwise.
    public static let presidio: Options = [.caseInsensitive, .multiline, .dotMatchesNewline]
  }

  /// The pattern's text.
  public let pattern: String
  // PCRE2 documents compiled patterns and match contexts as shareable by threads; match data are made for each search.
  private nonisolated(unsafe) let code: OpaquePointer
  private nonisolated(unsafe) let limits: OpaquePointer

  /// Compiles `pattern`.
  public init(_ pattern: String, options: Options = .presidio) throws(RegexError) {
    let limits = try unsafe Self.makeLimits()
    var (number, offset): (Int32, Int) = (0, 0)
    let bytes = Array(pattern.utf8)
    var code: OpaquePointer?
    if bytes.count <= Self.longestPattern {
      unsafe code = bytes.withUnsafeBufferPointer {
        unsafe pcre2_compile_8($0.baseAddress, $0.count, Self.bits(options), &number, &offset, nil)
      }
    }
    guard let code = unsafe code else {
      unsafe pcre2_match_context_free_8(limits)
      guard number != 0 else {
        throw RegexError(code: .invalidPattern, message: "the pattern is longer than \(Self.longestPattern) bytes")
      }
      throw RegexError(code: .invalidPattern, message: Self.message(number), offset: offset)
    }
    self.pattern = pattern
    unsafe self.code = code
    unsafe self.limits = limits
  }

  deinit {
    unsafe pcre2_code_free_8(code)
    unsafe pcre2_match_context_free_8(limits)
  }

  /// Whether the pattern matches somewhere in `text`.
  public func matches(_ text: Span<UInt8>) throws(RegexError) -> Bool {
    try firstMatch(in: text) != nil
  }

  /// Whether the pattern matches somewhere in `text`.
  public func matches(_ text: String) throws(RegexError) -> Bool {
    try matches(Array(text.utf8).span)
  }

  /// Where the first match that starts at or after `start` stands, in bytes; nil if there is none. Text before `start`
  /// still counts for `^`, `\b` and look-behind.
  public func firstMatch(in text: Span<UInt8>, from start: Int = 0) throws(RegexError) -> Range<Int>? {
    guard start >= 0, start <= text.count else { return nil }
    guard let data = unsafe pcre2_match_data_create_8(1, nil) else {
      throw RegexError(code: .outOfMemory, message: "not enough memory to search")
    }
    defer { unsafe pcre2_match_data_free_8(data) }
    let result = unsafe text.withUnsafeBufferPointer { buffer in
      // PCRE2 takes no NULL with a context before 10.43.
      var none: UInt8 = 0
      return unsafe withUnsafePointer(to: &none) {
        unsafe pcre2_match_8(code, buffer.baseAddress ?? $0, buffer.count, start, 0, data, limits)
      }
    }
    if result == PCRE2_ERROR_NOMATCH { return nil }
    guard result >= 0 else { throw Self.error(result) }
    guard let ends = unsafe pcre2_get_ovector_pointer_8(data) else { return nil }
    // `\K` in a look-ahead can put the start behind the end.
    let (first, second) = unsafe (ends[0], ends[1])
    return min(first, second)..<max(first, second)
  }

  /// Where the first match is in the text's UTF-8; nil if there is none.
  public func firstMatch(in text: String) throws(RegexError) -> Range<Int>? {
    try firstMatch(in: Array(text.utf8).span)
  }

  /// In bytes.
  private static let longestPattern = 64 << 10
  /// A tenth of PCRE2's own default: some tens of milliseconds.
  private static let longestSearch: UInt32 = 1_000_000
  /// In KiB.
  private static let largestHeap: UInt32 = 16 << 10

  private static func makeLimits() throws(RegexError) -> OpaquePointer {
    guard let limits = unsafe pcre2_match_context_create_8(nil) else {
      throw RegexError(code: .outOfMemory, message: "not enough memory to compile the pattern")
    }
    _ = unsafe pcre2_set_match_limit_8(limits, longestSearch)
    _ = unsafe pcre2_set_heap_limit_8(limits, largestHeap)
    return unsafe limits
  }

  private static func bits(_ options: Options) -> UInt32 {
    var bits = UInt32(PCRE2_UTF) | UInt32(PCRE2_UCP) | UInt32(PCRE2_MATCH_INVALID_UTF) | UInt32(PCRE2_NEVER_BACKSLASH_C)
    if options.contains(.caseInsensitive) { bits |= UInt32(PCRE2_CASELESS) }
    if options.contains(.multiline) { bits |= UInt32(PCRE2_MULTILINE) }
    if options.contains(.dotMatchesNewline) { bits |= UInt32(PCRE2_DOTALL) }
    return bits
  }

  private static func error(_ number: Int32) -> RegexError {
    switch number {
    case PCRE2_ERROR_MATCHLIMIT, PCRE2_ERROR_DEPTHLIMIT, PCRE2_ERROR_HEAPLIMIT:
      RegexError(code: .limitExceeded, message: "the search was stopped: \(message(number)); make the pattern simpler")
    case PCRE2_ERROR_NOMEMORY: RegexError(code: .outOfMemory, message: message(number))
    default: RegexError(code: .engine, message: message(number))
    }
  }

  private static func message(_ number: Int32) -> String {
    var bytes = [UInt8](repeating: 0, count: 256)
    let count = unsafe bytes.withUnsafeMutableBufferPointer {
      unsafe pcre2_get_error_message_8(number, $0.baseAddress, $0.count)
    }
    return String(decoding: bytes.prefix(max(0, Int(count))), as: UTF8.self)
  }
}
