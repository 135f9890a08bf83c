import AuditTrail

/// What a text that PostgreSQL's grammar does not read still says: the leading keyword of each command, and its shape.
/// Predicates, tables and columns are left unknown; nothing is guessed.
func unparsedFacts(_ bytes: [UInt8], _ dialect: SQLDialect, _ normalization: inout Normalization) -> Facts {
  let (tokens, redactable): ([Token], [Token])
  switch dialect {
  case .postgreSQL: (tokens, redactable) = unparsedTokens(bytes)
  case .mySQL: (tokens, redactable, _) = mySQLTokens(bytes)
  }
  normalization.canonical(redactable, of: bytes)
  let ranges = commandTokens(tokens, of: bytes)
  let commands = ranges.map { CommandFacts(kinds: [leadingKind(tokens[$0], of: bytes)]) }
  return Facts(
    parsed: false, fingerprint: foreignFingerprint(normalization.text),
    normalized: String(decoding: normalization.text, as: UTF8.self), commands: commands, commandCount: commands.count,
    overApproximate: false)
}

/// The tokens of a text of an unknown dialect, and those to show of it: where engines disagree on where a string ends,
/// what is a value in any reading must not come out, so from there on the text counts as one value.
func unparsedTokens(_ bytes: [UInt8]) -> (tokens: [Token], redactable: [Token]) {
  var lexer = Lexer(bytes, lexicon: .unknown)
  var tokens: [Token] = []
  while let token = lexer.next() { tokens.append(token) }
  // With a quote left over at the end, any quote before may have been the odd one.
  let doubt = tokens.firstIndex { token in
    guard token.kind == .string || token.kind == .quotedName else { return false }
    return lexer.endsInQuote || isDoubtful(bytes[token.start..<token.end])
  }
  return (tokens, cut(tokens, at: doubt, of: bytes))
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
/// another kind stand in a name.
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
