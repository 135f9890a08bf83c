internal import CPgQuery

/// PostgreSQL 15's own scanner and grammar, from libpg_query 15-4.0.0.
///
/// Every function takes UTF-8 text, is pure, and may be called from any number of threads at once: libpg_query keeps its
/// state (memory contexts, error handler, parser options) in thread-local variables, makes it on a thread's first call
/// and frees it when the thread ends; results are `malloc`ed and ours alone.
///
/// Hostile text gets an error, never a crash or a hang: see ``SQLText`` for what is refused before libpg_query sees it.
/// Source: <https://github.com/pganalyze/libpg_query>, `pg_query.h`.
public enum PostgresSQL {
  /// The longest text that is scanned, split or fingerprinted, in bytes.
  public static let maximumBytes = 16 << 20
  /// The longest text of which a tree is made, in bytes: a tree takes ten times the text and more.
  public static let maximumTreeBytes = 1 << 20
  /// The longest text that is normalised, in bytes: its time grows with the square of the number of parameters.
  public static let maximumNormalizedBytes = 256 << 10

  /// The syntax tree of every command in `sql`, as JSON.
  public static func parse(_ sql: Span<UInt8>) throws(PgQueryError) -> ParseTree {
    let text = try SQLText(sql, maximumBytes: maximumTreeBytes)
    var result = unsafe PgQueryParseResult()
    let failure = unsafe text.withCString { unsafe cpgquery_parse($0, text.stackBytes, &result) }
    defer { unsafe pg_query_free_parse_result(result) }
    try text.check(thread: failure)
    if let error = unsafe result.error { throw unsafe text.error(error.pointee) }
    guard let tree = unsafe result.parse_tree else { throw Self.unreadable }
    unsafe result.parse_tree = nil
    return unsafe ParseTree(owning: tree)
  }

  /// The same with the name of the text's shape, for one reading of the text: see ``fingerprint(_:)-(Span<UInt8>)``.
  public static func parseNamed(_ sql: Span<UInt8>) throws(PgQueryError) -> ParseTree {
    let text = try SQLText(sql, maximumBytes: maximumTreeBytes)
    var result = unsafe cpgquery_named_tree()
    let failure = unsafe text.withCString { unsafe cpgquery_parse_named($0, text.stackBytes, &result) }
    defer { unsafe pg_query_free_parse_result(result.parse) }
    try text.check(thread: failure)
    if let error = unsafe result.parse.error { throw unsafe text.error(error.pointee) }
    guard let tree = unsafe result.parse.parse_tree else { throw Self.unreadable }
    unsafe result.parse.parse_tree = nil
    return unsafe ParseTree(owning: tree, fingerprint: Fingerprint(value: result.fingerprint))
  }

  /// The bodies of the PL/pgSQL functions that `sql` creates, as JSON: an array of functions.
  public static func parsePlpgsql(_ sql: Span<UInt8>) throws(PgQueryError) -> ParseTree {
    let text = try SQLText(sql, maximumBytes: maximumTreeBytes)
    var result = unsafe PgQueryPlpgsqlParseResult()
    let failure = unsafe text.withCString { unsafe cpgquery_parse_plpgsql($0, text.stackBytes, &result) }
    defer { unsafe pg_query_free_plpgsql_parse_result(result) }
    try text.check(thread: failure)
    if let error = unsafe result.error { throw unsafe text.error(error.pointee) }
    guard let tree = unsafe result.plpgsql_funcs else { throw Self.unreadable }
    unsafe result.plpgsql_funcs = nil
    return unsafe ParseTree(owning: tree)
  }

  /// The name of the text's shape: equal for texts that differ in literals, white space, comments or the length of lists.
  public static func fingerprint(_ sql: Span<UInt8>) throws(PgQueryError) -> Fingerprint {
    let text = try SQLText(sql, maximumBytes: maximumBytes)
    var result = unsafe PgQueryFingerprintResult()
    let failure = unsafe text.withCString { unsafe cpgquery_fingerprint($0, &result) }
    defer { unsafe pg_query_free_fingerprint_result(result) }
    try text.check(thread: failure)
    if let error = unsafe result.error { throw unsafe text.error(error.pointee) }
    guard unsafe result.fingerprint_str != nil else { throw Self.unreadable }
    return unsafe Fingerprint(value: result.fingerprint)
  }

  /// The text with each literal replaced by a parameter (`$1`, `$2`, …).
  public static func normalize(_ sql: Span<UInt8>) throws(PgQueryError) -> String {
    let text = try SQLText(sql, maximumBytes: maximumNormalizedBytes)
    var result = unsafe PgQueryNormalizeResult()
    let failure = unsafe text.withCString { unsafe cpgquery_normalize($0, text.stackBytes, &result) }
    defer { unsafe pg_query_free_normalize_result(result) }
    try text.check(thread: failure)
    if let error = unsafe result.error { throw unsafe text.error(error.pointee) }
    guard let normalized = unsafe result.normalized_query else { throw Self.unreadable }
    return unsafe String(cString: normalized)
  }

  /// The tokens of the text, comments included, in order. Needs no valid grammar, only valid tokens.
  public static func scan(_ sql: Span<UInt8>) throws(PgQueryError) -> [SQLToken] {
    try scan(SQLText(sql, maximumBytes: maximumBytes))
  }

  static func scan(_ text: borrowing SQLText) throws(PgQueryError) -> [SQLToken] {
    let result = unsafe text.withCString { unsafe pg_query_scan($0) }
    defer { unsafe pg_query_free_scan_result(result) }
    if let error = unsafe result.error { throw unsafe text.error(error.pointee) }
    let bytes = unsafe UnsafeRawBufferPointer(start: result.pbuf.data, count: result.pbuf.len)
    guard let tokens = unsafe ScanResult.tokens(in: Span(_unsafeBytes: bytes), textBytes: text.count) else {
      throw Self.unreadable
    }
    return tokens
  }

  /// The byte ranges of the commands in the text, without their semicolons, by tokens alone: a command need not be valid.
  /// All text but white space, comments and semicolons is in a range.
  public static func split(_ sql: Span<UInt8>) throws(PgQueryError) -> [Range<Int>] {
    let text = try SQLText(sql, maximumBytes: maximumBytes)
    let result = unsafe text.withCString { unsafe pg_query_split_with_scanner($0) }
    defer { unsafe pg_query_free_split_result(result) }
    if let error = unsafe result.error { throw unsafe text.error(error.pointee) }
    var ranges: [Range<Int>] = []
    for index in 0..<Int(unsafe result.n_stmts) {
      guard let statement = unsafe result.stmts?[index]?.pointee else { throw Self.unreadable }
      let start = Int(statement.stmt_location)
      let end = start + Int(statement.stmt_len)
      guard start >= ranges.last?.upperBound ?? 0, start <= end, end <= text.count else { throw Self.unreadable }
      ranges.append(start..<end)
    }
    if let rest = try unterminated(after: ranges.last?.upperBound ?? 0, in: text, sql) { ranges.append(rest) }
    return ranges
  }

  /// libpg_query drops a last command whose brackets do not close; this finds it.
  private static func unterminated(
    after end: Int, in text: borrowing SQLText, _ sql: Span<UInt8>
  ) throws(PgQueryError) -> Range<Int>? {
    let separators: [UInt8] = [0x20, 0x09, 0x0A, 0x0B, 0x0C, 0x0D, UInt8(ascii: ";")]
    guard (end..<sql.count).contains(where: { !separators.contains(sql[$0]) }) else { return nil }
    let rest = try scan(text).filter { $0.range.lowerBound >= end && $0.category != .comment }
    guard let first = rest.first(where: { $0.token != UInt8(ascii: ";") }), let last = rest.last else { return nil }
    return first.range.lowerBound..<last.range.upperBound
  }

  private static var unreadable: PgQueryError {
    PgQueryError(code: .unreadableResult, message: "libpg_query returned an unreadable result; report this as a defect")
  }
}

/// The same, for text that is a `String` already.
extension PostgresSQL {
  /// The syntax tree of every command in `sql`, as JSON.
  public static func parse(_ sql: String) throws(PgQueryError) -> ParseTree {
    try parse(Array(sql.utf8).span)
  }

  /// The bodies of the PL/pgSQL functions that `sql` creates, as JSON: an array of functions.
  public static func parsePlpgsql(_ sql: String) throws(PgQueryError) -> ParseTree {
    try parsePlpgsql(Array(sql.utf8).span)
  }

  /// The name of the text's shape.
  public static func fingerprint(_ sql: String) throws(PgQueryError) -> Fingerprint {
    try fingerprint(Array(sql.utf8).span)
  }

  /// The text with each literal replaced by a parameter (`$1`, `$2`, …).
  public static func normalize(_ sql: String) throws(PgQueryError) -> String {
    try normalize(Array(sql.utf8).span)
  }

  /// The tokens of the text, comments included, in order; ranges are in its UTF-8.
  public static func scan(_ sql: String) throws(PgQueryError) -> [SQLToken] {
    try scan(Array(sql.utf8).span)
  }

  /// The ranges of the commands in the text's UTF-8, without their semicolons.
  public static func split(_ sql: String) throws(PgQueryError) -> [Range<Int>] {
    try split(Array(sql.utf8).span)
  }
}
