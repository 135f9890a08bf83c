/// The byte ranges of a text's commands, without the semicolons between them; pieces of space and comments are left out.
///
/// Semicolons in strings, comments, parentheses and `BEGIN … END` bodies of functions and triggers do not split. It
/// works from tokens, so text that does not parse is split too.
public func split(_ sql: String) -> [Range<Int>] {
  let bytes = Array(sql.utf8)
  return commandRanges(Lexer.tokens(bytes), of: bytes)
}

/// The texts of a script's commands, in order.
public func unitTexts(_ sql: String) -> [String] {
  let bytes = Array(sql.utf8)
  return commandRanges(Lexer.tokens(bytes), of: bytes).map { String(decoding: bytes[$0], as: UTF8.self) }
}

/// Whether a text ends inside a comment, which PostgreSQL refuses and SQLite does not.
///
/// Source: PostgreSQL 15, 4.1.5 "Comments": they nest.
public func endsInsideComment(_ sql: String) -> Bool {
  let bytes = Array(sql.utf8)
  guard let last = Lexer.tokens(bytes).last, last.kind == .comment else { return false }
  let comment = bytes[last.start..<last.end]
  guard comment.first == UInt8(ascii: "/") else { return false }
  var (depth, index) = (0, comment.startIndex)
  while index + 1 < comment.endIndex {
    switch (comment[index], comment[index + 1]) {
    case (UInt8(ascii: "/"), UInt8(ascii: "*")): (depth, index) = (depth + 1, index + 2)
    case (UInt8(ascii: "*"), UInt8(ascii: "/")): (depth, index) = (depth - 1, index + 2)
    default: index += 1
    }
  }
  return depth > 0
}

func commandRanges(_ tokens: [Token], of bytes: [UInt8]) -> [Range<Int>] {
  commandTokens(tokens, of: bytes).map { tokens[$0.lowerBound].start..<tokens[$0.upperBound - 1].end }
}

/// The runs of tokens that are commands; a run starts and ends with a token that is not a comment.
func commandTokens(_ tokens: [Token], of bytes: [UInt8]) -> [Range<Int>] {
  var ranges: [Range<Int>] = []
  var first: Int?
  var last = 0
  var parentheses = 0
  var blocks = BlockDepth()
  for (index, token) in tokens.enumerated() where token.kind != .comment {
    switch token.kind {
    case .open: parentheses += 1
    case .close: parentheses = max(0, parentheses - 1)
    case .word: blocks.word(bytes[token.start..<token.end])
    default: break
    }
    if token.kind == .semicolon, parentheses == 0, blocks.depth == 0 {
      if let start = first { ranges.append(start..<(last + 1)) }
      first = nil
      blocks = BlockDepth()
    } else {
      if first == nil { first = index }
      last = index
    }
  }
  if let start = first { ranges.append(start..<(last + 1)) }
  return ranges
}

/// Follows the `BEGIN … END` body of a `CREATE FUNCTION`, `PROCEDURE` or `TRIGGER`.
private struct BlockDepth {
  private(set) var depth = 0
  private var words = 0
  private var isCreate = false
  private var hasBody = false
  private var followsEnd = false

  mutating func word(_ word: ArraySlice<UInt8>) {
    words += 1
    if words == 1 { isCreate = word.equals("create") }
    guard isCreate else { return }
    if depth == 0, !hasBody, words <= 6 {
      hasBody = word.equals("trigger") || word.equals("function") || word.equals("procedure")
    }
    guard hasBody else { return }
    let closesStatement = followsEnd && (word.equals("if") || word.equals("loop") || word.equals("while"))
    if word.equals("begin") || (depth > 0 && !followsEnd && word.equals("case")) || closesStatement { depth += 1 }
    followsEnd = depth > 0 && word.equals("end")
    if followsEnd { depth -= 1 }
  }
}

extension ArraySlice<UInt8> {
  /// Whether it is the word, given in lower case, in any case.
  func equals(_ word: String) -> Bool {
    count == word.utf8.count && elementsEqual(word.utf8) { $0 | 0x20 == $1 }
  }
}
