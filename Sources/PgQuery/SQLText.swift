internal import CPgQuery

/// A text that is safe to hand to libpg_query: UTF-8, ended by a zero byte and holding no other, not longer than asked
/// for, and free of the runs of operator characters over which PostgreSQL's scanner takes quadratic time.
@safe struct SQLText: ~Copyable {
  /// The bytes of the text, the zero at the end not counted.
  let count: Int
  private let buffer: UnsafeMutableBufferPointer<UInt8>

  init(_ sql: Span<UInt8>, maximumBytes: Int) throws(PgQueryError) {
    guard sql.count <= maximumBytes else {
      throw PgQueryError(
        code: .tooLong, message: "the text is longer than \(maximumBytes) bytes", offset: maximumBytes)
    }
    try Self.check(sql)
    count = sql.count
    unsafe buffer = .allocate(capacity: sql.count + 1)
    unsafe sql.withUnsafeBufferPointer { source in
      _ = unsafe buffer.initialize(fromContentsOf: source)
    }
    unsafe buffer.initializeElement(at: sql.count, to: 0)
  }

  deinit { unsafe buffer.deallocate() }

  /// The stack on which a reading that recurses over the tree is to run; 0 if any stack will do.
  ///
  /// Measured on x86-64: `normalize` takes up to 190 bytes of stack a byte of text (383 a level of `+1`), `parse` 64.
  /// Up to 2,048 bytes that fits the smallest stacks in use, of 512 KiB.
  var stackBytes: Int { count <= 2_048 ? 0 : 1 << 20 + count * 512 }

  func withCString<Result>(_ body: (UnsafePointer<CChar>?) -> Result) -> Result {
    unsafe UnsafeRawBufferPointer(buffer).withMemoryRebound(to: CChar.self) { unsafe body($0.baseAddress) }
  }

  /// What libpg_query reports, without the text that it quotes.
  func error(_ error: CPgQuery.PgQueryError) -> PgQueryError {
    let message = unsafe error.message.map { unsafe String(cString: $0) } ?? "unknown error"
    let code: PgQueryError.Code =
      message.hasPrefix("memory exhausted") || message.hasPrefix("stack depth limit")
      ? .tooDeep : message.hasPrefix("out of memory") ? .outOfMemory : .syntax
    return PgQueryError(
      code: code, message: PgQueryError.withoutQuotedText(message), offset: offset(ofCharacter: unsafe error.cursorpos))
  }

  func check(thread failure: Int32) throws(PgQueryError) {
    guard failure != 0 else { return }
    throw PgQueryError(code: .outOfMemory, message: "no thread with a stack deep enough for the text could be started")
  }

  /// libpg_query counts characters from 1; 0 is not a place.
  private func offset(ofCharacter position: Int32) -> Int? {
    guard position > 0 else { return nil }
    var characters: Int32 = 0
    for index in 0..<count where unsafe buffer[index] & 0xC0 != 0x80 {
      characters += 1
      if characters == position { return index }
    }
    return count
  }

  private static func check(_ sql: Span<UInt8>) throws(PgQueryError) {
    do throws(UTF8.ValidationError) {
      _ = try UTF8Span(validating: sql)
    } catch {
      throw PgQueryError(
        code: .invalidUTF8, message: "the text is not valid UTF-8", offset: error.byteOffsets.lowerBound)
    }
    try checkOperatorRuns(sql)
  }

  /// PostgreSQL's scanner reads a whole run of operator characters, then may give all but the first back: after each `+`
  /// and at each `/*` in it. So `++++…` and `/**//**/…` cost the square of their length: 100,000 comments took minutes.
  /// Rulers in comments (`/*=====`, `-- -----`) start over but once.
  private static func checkOperatorRuns(_ sql: Span<UInt8>) throws(PgQueryError) {
    var steps = 0
    var index = 0
    while index < sql.count {
      let byte = sql[index]
      guard isOperator(byte) else {
        guard byte != 0 else {
          throw PgQueryError(code: .containsNUL, message: "the text holds a zero byte", offset: index)
        }
        index += 1
        continue
      }
      let runStart = index
      var restarts = 0
      while index < sql.count, isOperator(sql[index]) {
        if sql[index] == UInt8(ascii: "+") { restarts += 1 }
        if sql[index] == UInt8(ascii: "*"), index > runStart, sql[index - 1] == UInt8(ascii: "/") { restarts += 1 }
        index += 1
      }
      steps += (index - runStart) * restarts
    }
    guard steps <= maximumScannerSteps + 16 * sql.count else {
      throw PgQueryError(code: .tooComplex, message: "the text holds runs of operators or comments that are too long")
    }
  }

  /// About a quarter of a second; beyond it, sixteen a byte allow for tables drawn with `+---+` in long comments.
  private static let maximumScannerSteps = 50_000_000

  @inline(__always) private static func isOperator(_ byte: UInt8) -> Bool {
    // Letters, digits, white space, brackets and commas are most of any text.
    if byte <= 0x20 || (0x30...0x3B).contains(byte) || (0x41...0x5D).contains(byte) || (0x61...0x7B).contains(byte) {
      return false
    }
    return switch byte {
    case UInt8(ascii: "~"), UInt8(ascii: "!"), UInt8(ascii: "@"), UInt8(ascii: "#"), UInt8(ascii: "^"),
      UInt8(ascii: "&"), UInt8(ascii: "|"), UInt8(ascii: "`"), UInt8(ascii: "?"), UInt8(ascii: "+"),
      UInt8(ascii: "-"), UInt8(ascii: "*"), UInt8(ascii: "/"), UInt8(ascii: "%"), UInt8(ascii: "<"),
      UInt8(ascii: ">"), UInt8(ascii: "="):
      true
    default: false
    }
  }
}
