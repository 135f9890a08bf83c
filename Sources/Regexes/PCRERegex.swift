internal import CPCRE2

/// A pattern as Python's `re.search` reads it, nearly: PCRE2 with Unicode classes, for the dialect of Presidio's recognizers.
///
/// Known differences: `\Z` also matches before a last line feed, and Python's error messages and a few escapes differ.
/// What a search does is bounded in the sum of all places where a match may begin, by steps that are counted alike on each
/// machine: it ends by a match, by none, or by ``RegexError/Code/limitExceeded``. Bytes that are not UTF-8 match nothing. Source: PCRE2 10.42, `pcre2api(3)`.
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
  /// The same, calling back at each of its parts, and the limits of such a search.
  private nonisolated(unsafe) let countedCode: OpaquePointer
  private nonisolated(unsafe) let countedLimits: OpaquePointer

  /// Compiles `pattern`.
  public init(_ pattern: String, options: Options = .presidio) throws(RegexError) {
    let limits = try unsafe Self.makeLimits(Self.longestAttempt)
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
    let counted = unsafe bytes.withUnsafeBufferPointer {
      unsafe pcre2_compile_8(
        $0.baseAddress, $0.count, Self.bits(options) | UInt32(PCRE2_AUTO_CALLOUT), &number, &offset, nil)
    }
    guard let counted = unsafe counted, let countedLimits = try? unsafe Self.makeLimits(.max) else {
      unsafe pcre2_code_free_8(code)
      unsafe pcre2_code_free_8(counted)
      unsafe pcre2_match_context_free_8(limits)
      throw RegexError(code: .outOfMemory, message: "not enough memory to compile the pattern")
    }
    self.pattern = pattern
    unsafe self.code = code
    unsafe self.limits = limits
    unsafe countedCode = counted
    unsafe self.countedLimits = countedLimits
  }

  deinit {
    unsafe pcre2_code_free_8(code)
    unsafe pcre2_match_context_free_8(limits)
    unsafe pcre2_code_free_8(countedCode)
    unsafe pcre2_match_context_free_8(countedLimits)
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
    // PCRE2 bounds each attempt to begin a match, and no sum: a short text's attempts are few.
    var result = PCRE2_ERROR_MATCHLIMIT
    if text.count - start <= Self.longestUncounted {
      result = unsafe search(text, start, code, data, limits)
    }
    if result == PCRE2_ERROR_MATCHLIMIT { result = try unsafe counted(text, start, data) }
    if result == PCRE2_ERROR_NOMATCH { return nil }
    guard result >= 0 else { throw Self.error(result) }
    guard let ends = unsafe pcre2_get_ovector_pointer_8(data) else { return nil }
    // `\K` in a look-ahead can put the start behind the end.
    let (first, second) = unsafe (ends[0], ends[1])
    return min(first, second)..<max(first, second)
  }

  private func search(
    _ text: Span<UInt8>, _ start: Int, _ code: OpaquePointer, _ data: OpaquePointer, _ limits: OpaquePointer
  ) -> Int32 {
    unsafe text.withUnsafeBufferPointer { buffer in
      // PCRE2 takes no NULL with a context before 10.43.
      var none: UInt8 = 0
      return unsafe withUnsafePointer(to: &none) {
        unsafe pcre2_match_8(code, buffer.baseAddress ?? $0, buffer.count, start, 0, data, limits)
      }
    }
  }

  /// What a search has done: each part of the pattern that it came to, and the bytes from one to the next.
  private struct Steps {
    var count = 0
    var position = 0
  }

  /// Searches with a count of all that it does.
  private func counted(_ text: Span<UInt8>, _ start: Int, _ data: OpaquePointer) throws(RegexError) -> Int32 {
    // The count is one search's own.
    guard let context = unsafe pcre2_match_context_copy_8(countedLimits) else {
      throw RegexError(code: .outOfMemory, message: "not enough memory to search")
    }
    defer { unsafe pcre2_match_context_free_8(context) }
    var steps = Steps()
    return unsafe withUnsafeMutablePointer(to: &steps) { steps in
      _ = unsafe pcre2_set_callout_8(
        context,
        { block, data in
          guard let block = unsafe block, let steps = unsafe data?.assumingMemoryBound(to: Steps.self) else { return 0 }
          let position = unsafe Int(block.pointee.current_position)
          let passed = unsafe abs(position - steps.pointee.position)
          unsafe steps.pointee.count += 1 + passed / bytesPerStep
          unsafe steps.pointee.position = position
          return unsafe steps.pointee.count > mostSteps ? PCRE2_ERROR_MATCHLIMIT : 0
        }, steps)
      return unsafe search(text, start, countedCode, data, context)
    }
  }

  /// Where the first match is in the text's UTF-8; nil if there is none.
  public func firstMatch(in text: String) throws(RegexError) -> Range<Int>? {
    try firstMatch(in: Array(text.utf8).span)
  }

  /// In bytes.
  private static let longestPattern = 64 << 10
  /// The longest text in bytes that is searched without a count, and what each attempt in it may take: in sum a second or so.
  private static let longestUncounted = 4096
  private static let longestAttempt: UInt32 = 10_000
  /// In KiB.
  private static let largestHeap: UInt32 = 16 << 10

  private static func makeLimits(_ longest: UInt32) throws(RegexError) -> OpaquePointer {
    guard let limits = unsafe pcre2_match_context_create_8(nil) else {
      throw RegexError(code: .outOfMemory, message: "not enough memory to compile the pattern")
    }
    _ = unsafe pcre2_set_match_limit_8(limits, longest)
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

/// What a counted search may do, in steps: a second or two.
private let mostSteps = 30_000_000
/// A loop over letters passes so many in about the time of a step.
private let bytesPerStep = 16
