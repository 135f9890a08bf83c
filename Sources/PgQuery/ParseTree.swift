internal import Glibc
public import JSONReader

/// A syntax tree as the JSON text that libpg_query wrote; it owns that text.
@safe public struct ParseTree: ~Copyable {
  /// How long the JSON text is.
  public let byteCount: Int
  /// The name of the text's shape, where it was asked for.
  public let fingerprint: Fingerprint?
  private let text: UnsafeMutablePointer<CChar>

  @unsafe init(owning text: UnsafeMutablePointer<CChar>, fingerprint: Fingerprint? = nil) {
    unsafe self.text = text
    self.fingerprint = fingerprint
    byteCount = unsafe strlen(text)
  }

  deinit { unsafe free(text) }

  /// Lends the JSON text.
  public func withJSON<Result, Failure: Error>(
    _ body: (Span<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(unsafe Span(_unsafeBytes: UnsafeRawBufferPointer(start: text, count: byteCount)))
  }

  /// Puts the JSON text behind what is in `bytes`.
  public func append(to bytes: inout [UInt8]) {
    unsafe bytes.append(contentsOf: UnsafeRawBufferPointer(start: text, count: byteCount))
  }

  /// Reads the tree into `parser`, in place of its last document.
  ///
  /// - Throws: ``JSONError``: `too_deep` for expressions of more than a few hundred levels, `too_long` for a tree beyond
  ///   the parser's limit.
  public borrowing func load(into parser: inout JSONParser) throws(JSONError) -> JSONValue {
    try parser.parse(unsafe Span(_unsafeBytes: UnsafeRawBufferPointer(start: text, count: byteCount)))
  }
}

/// The name of a statement's shape, as libpg_query computes it.
public struct Fingerprint: Hashable, Sendable {
  /// The sixty-four bits.
  public let value: UInt64

  /// The fingerprint of these bits.
  public init(value: UInt64) {
    self.value = value
  }

  /// Sixteen hexadecimal digits, as libpg_query and pganalyze print it.
  public var hex: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
