import AuditTrail

/// What a text that PostgreSQL's grammar does not read still says: the leading keyword of each command, and its shape.
/// Predicates, tables and columns are left unknown; nothing is guessed.
func unparsedFacts(_ bytes: [UInt8], _ dialect: SQLDialect, _ normalization: inout Normalization) -> Facts {
  let (tokens, redactable) = unreadTokens(bytes, dialect)
  normalization.canonical(hidingUnknownWords(redactable, of: bytes, dialect), of: bytes)
  let ranges = commandTokens(tokens, of: bytes)
  let commands = ranges.map { CommandFacts(kinds: [leadingKind(tokens[$0], of: bytes)]) }
  return Facts(
    parsed: false, fingerprint: foreignFingerprint(normalization.text),
    normalized: String(decoding: normalization.text, as: UTF8.self), commands: commands, commandCount: commands.count,
    overApproximate: false)
}

/// The tokens of a text that its dialect's grammar does not read, and those of it that are not a value in quotes, or behind COPY.
func unreadTokens(_ bytes: [UInt8], _ dialect: SQLDialect) -> (tokens: [Token], redactable: [Token]) {
  let (tokens, redactable, holdsRows) = unparsedTokens(bytes)
  guard dialect == .mySQL else { return (tokens, redactable) }
  let read = mySQLTokens(bytes)
  // Rows of COPY have no quotes to go by, in whatever dialect the text is.
  return (read.tokens, holdsRows ? redactable : read.redactable)
}

/// The tokens of a text of an unknown dialect, and those to show of it: where engines disagree on where a string ends,
/// what is a value in any reading must not come out, so from there on the text counts as one value. So do rows of COPY.
private func unparsedTokens(_ bytes: [UInt8]) -> (tokens: [Token], redactable: [Token], holdsRows: Bool) {
  let tokens = Lexer.tokens(bytes, lexicon: .unknown)
  var lexer = Lexer(bytes, lexicon: .unknown)
  var shown: [Token] = []
  shown.reserveCapacity(tokens.count)
  var copy = CopyRows()
  var holdsRows = false
  while let token = lexer.next() {
    shown.append(token)
    guard copy.begin(behind: token, of: bytes) else { continue }
    holdsRows = true
    let end = CopyRows.end(from: token.end, of: bytes)
    lexer.skip(to: end)
    if end > token.end { shown.append(Token(kind: .string, start: token.end, end: end)) }
  }
  // With a quote left over at the end, any quote before may have been the odd one.
  let doubt = shown.firstIndex { token in
    guard token.kind == .string || token.kind == .quotedName, !isSpace(bytes[token.start]) else { return false }
    return lexer.endsInQuote || isDoubtful(bytes[token.start..<token.end])
  }
  return (tokens, cut(shown, at: doubt, of: bytes), holdsRows)
}

/// Finds where the rows of `COPY … FROM STDIN` are: behind its semicolon, or behind psql's `\copy`, which has none, up to a
/// line of `\.`, or the end.
private struct CopyRows {
  private var isMeta = false
  private var words = 0
  private var isCopy = false
  private var isFrom = false
  private var isFed = false

  /// Whether rows follow the token.
  mutating func begin(behind token: Token, of bytes: [UInt8]) -> Bool {
    switch token.kind {
    case .semicolon:
      defer { self = CopyRows() }
      return isFed
    case .word:
      let word = bytes[token.start..<token.end]
      words += 1
      if words == 1 { isCopy = word.equals("copy") }
      isFed = isFed || isCopy && isFrom && (word.equals("stdin") || word.equals("pstdin"))
      isFrom = word.equals("from")
      return isFed && isMeta
    case .comment: break
    case .symbol where words == 0: isMeta = bytes[token.start] == UInt8(ascii: "\\")
    default: isFrom = false
    }
    return false
  }

  static func end(from start: Int, of bytes: [UInt8]) -> Int {
    var line = start
    while let feed = bytes[line...].firstIndex(of: 10) {
      line = feed + 1
      guard line + 1 < bytes.count, bytes[line] == UInt8(ascii: "\\"), bytes[line + 1] == UInt8(ascii: ".") else {
        continue
      }
      let next = line + 2 < bytes.count ? bytes[line + 2] : 10
      if next == 10 || next == 13 { return line + 2 }
    }
    return bytes.count
  }
}

/// The tokens of a MySQL text, and those to show of it. A backslash before a quote leaves a doubt only where the text can
/// also be read with backslashes that escape nothing, or cannot be read to its end with those that do (`isWhole` is false).
func mySQLTokens(_ bytes: [UInt8]) -> (tokens: [Token], redactable: [Token], isWhole: Bool) {
  var lexer = Lexer(bytes, lexicon: .mySQL)
  var tokens: [Token] = []
  while let token = lexer.next() { tokens.append(token) }
  let quoted = tokens.indices.filter { tokens[$0].kind == .quotedName || tokens[$0].isLiteral }
  if lexer.endsInQuote { return (tokens, cut(tokens, at: quoted.first, of: bytes), false) }
  let doubt = quoted.first { isDoubtful(bytes[tokens[$0].start..<tokens[$0].end]) }
  guard let doubt else { return (tokens, tokens, true) }
  var other = Lexer(bytes, lexicon: .mySQLWithoutEscapes)
  while other.next() != nil {}
  return (tokens, other.endsInQuote ? tokens : cut(tokens, at: doubt, of: bytes), true)
}

/// The tokens up to a doubtful one; the rest of the text is one value.
private func cut(_ tokens: [Token], at doubt: Int?, of bytes: [UInt8]) -> [Token] {
  guard let doubt else { return tokens }
  return tokens[..<doubt] + [Token(kind: .string, start: tokens[doubt].start, end: bytes.count)]
}

/// Whether a quoted token ends elsewhere in another engine: a backslash stands before a quote in it, or quotes of
/// another kind are in a name.
private func isDoubtful(_ token: ArraySlice<UInt8>) -> Bool {
  let isName = token.first == UInt8(ascii: "`")
  var previous: UInt8 = 0
  for byte in token {
    let isQuote = byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"")
    if isQuote, isName || previous == UInt8(ascii: "\\") { return true }
    previous = byte
  }
  return false
}

/// The fingerprint of a text that libpg_query has none for: `x` and 15 hexadecimal digits. Those of libpg_query are 16
/// hexadecimal digits, so that the two can never be equal.
private func foreignFingerprint(_ normalized: [UInt8]) -> String {
  var hash: UInt64 = 0xcbf2_9ce4_8422_2325
  for byte in normalized { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
  // FNV-1a mixes upwards only; the last steps spread the high bits down before four of them are dropped.
  hash ^= hash >> 32
  hash = hash &* 0x9e37_79b9_7f4a_7c15
  hash ^= hash >> 29
  let digits = String(hash >> 4, radix: 16)
  return "x" + String(repeating: "0", count: 15 - digits.count) + digits
}

private func leadingKind(_ tokens: ArraySlice<Token>, of bytes: [UInt8]) -> CommandKind {
  let first = tokens.first { $0.kind == .word }
  guard let first, tokens.first(where: { $0.kind != .open })?.start == first.start else { return .other }
  switch bytes[first.start..<first.end].lowercasedText {
  case "select", "values", "table": return .select
  case "with": return kindBehindWith(tokens, of: bytes)
  case "insert", "replace": return .insert
  case "update": return .update
  case "delete": return .delete
  case "merge": return .merge
  case "truncate": return .truncate
  case "create": return .create
  case "alter", "rename": return .alter
  case "drop": return .drop
  case "grant": return .grant
  case "revoke", "deny": return .revoke
  case "copy": return .copy
  case "call", "exec", "execute": return .call
  case "do": return .do
  case "set", "reset": return .set
  case "explain": return .explain
  case "begin", "start", "commit", "rollback", "savepoint", "release", "end", "abort": return .transaction
  default: return .other
  }
}

/// The command that a `WITH` serves: the first one outside parentheses.
private func kindBehindWith(_ tokens: ArraySlice<Token>, of bytes: [UInt8]) -> CommandKind {
  var depth = 0
  for token in tokens.dropFirst() {
    switch token.kind {
    case .open: depth += 1
    case .close: depth -= 1
    case .word where depth == 0:
      let word = bytes[token.start..<token.end]
      for kind in [CommandKind.select, .insert, .update, .delete, .merge] where word.equals(kind.rawValue) {
        return kind
      }
    default: break
    }
  }
  return .other
}
