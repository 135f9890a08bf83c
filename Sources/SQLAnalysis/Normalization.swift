/// A text without its values, from its tokens alone.
///
/// Values (strings, numbers, dollar-quoted bodies) become `$n`, numbered after the text's own parameters; comments go.
/// libpg_query's own normalisation leaves the values of utility commands and comments in place, so it is not used.
struct Normalization {
  /// The text with one space between tokens where one belongs.
  private(set) var text: [UInt8] = []
  /// What kind of value each `$n` stands for: two texts alike in both differ only in values.
  private(set) var literalKinds: [UInt8] = []
  private var nextParameter = 1

  mutating func removeAll() {
    text.removeAll(keepingCapacity: true)
    literalKinds.removeAll(keepingCapacity: true)
    nextParameter = 1
  }

  /// The canonical form: layout and comments do not show in it.
  mutating func canonical(_ tokens: [Token], of bytes: [UInt8]) {
    begin(tokens, bytes)
    var previous: Token?
    text.reserveCapacity(bytes.count + tokens.count)
    for token in tokens where token.kind != .comment {
      if let previous, needsSpace(between: previous, and: token, bytes) { text.append(32) }
      emit(token, bytes)
      previous = token
    }
  }

  /// The text as it was laid out, a comment being one space.
  mutating func redacted(_ tokens: [Token], of bytes: [UInt8]) {
    begin(tokens, bytes)
    var position = 0
    for token in tokens {
      text.append(bytes, position..<token.start)
      if token.kind == .comment { text.append(32) } else { emit(token, bytes) }
      position = token.end
    }
    text.append(bytes, position..<bytes.count)
  }

  private mutating func begin(_ tokens: [Token], _ bytes: [UInt8]) {
    removeAll()
    for token in tokens where token.kind == .parameter {
      var number = 0
      for byte in bytes[(token.start + 1)..<token.end] where number < 1_000_000 {
        number = number * 10 + Int(byte - 48)
      }
      nextParameter = max(nextParameter, number + 1)
    }
  }

  private mutating func emit(_ token: Token, _ bytes: [UInt8]) {
    guard token.isLiteral else { return text.append(bytes, token.start..<token.end) }
    text.append(UInt8(ascii: "$"))
    text.append(decimal: nextParameter)
    nextParameter += 1
    literalKinds.append(token.kind.rawValue)
  }

  private func needsSpace(between left: Token, and right: Token, _ bytes: [UInt8]) -> Bool {
    switch right.kind {
    case .comma, .semicolon, .close, .dot, .cast, .openBracket, .closeBracket: return false
    default: break
    }
    switch left.kind {
    case .open, .dot, .cast, .openBracket: return false
    case .quotedName where right.kind == .open: return false
    case .word where right.kind == .open: return takesSpace(bytes[left.start..<left.end])
    default: return true
    }
  }

  /// Whether a parenthesis stands apart from the keyword before it.
  private func takesSpace(_ word: ArraySlice<UInt8>) -> Bool {
    guard word.count <= 9 else { return false }
    return Self.spaced.contains(word.reduce(0) { $0 << 8 | UInt128($1 | 0x20) })
  }

  /// Keywords that a parenthesis stands apart from, as numbers.
  private static let spaced = Set(
    [
      "in", "values", "and", "or", "not", "as", "on", "using", "from", "where", "select", "by", "exists", "then",
      "else", "when", "over", "filter", "union", "all", "except", "intersect", "limit", "offset", "join", "returning",
      "with", "set", "between", "like", "ilike", "lateral", "distinct", "having", "key", "check", "explain", "case",
      "begin", "insert", "conflict", "copy", "to",
    ].map { $0.utf8.reduce(UInt128(0)) { $0 << 8 | UInt128($1) } })
}

extension [UInt8] {
  /// Puts a part of other bytes behind these.
  mutating func append(_ bytes: [UInt8], _ range: Range<Int>) {
    append(addingCapacity: range.count) { output in
      for place in range { output.append(bytes[place]) }
    }
  }

  mutating func append(decimal number: Int) {
    if number >= 10 { append(decimal: number / 10) }
    append(UInt8(truncatingIfNeeded: 48 + number % 10))
  }
}
