/// The text with each value replaced by `$n` and each comment by a space, laid out as it was, for people to read.
///
/// No string, number, dollar-quoted body or comment of the text is left in it, nor a word that may be a value: the value of
/// a setting, and in a text that the grammar does not read all but keywords and the names of commands that it does read.
/// What is in double quotes is a name in PostgreSQL and stays where the grammar reads the text; in ``SQLDialect/looseQuotes``
/// it goes where it stands alone in an expression.
public func redact(_ sql: String, as dialect: SQLDialect = .postgreSQL) -> String {
  let bytes = Array(sql.utf8)
  var normalization = Normalization()
  normalization.redacted(
    readTokens(bytes, dialect) ?? hidingUnknownWords(unreadTokens(bytes, dialect).redactable, of: bytes, dialect),
    of: bytes)
  return String(decoding: normalization.text, as: UTF8.self)
}

/// The text with a mark in place of each word that ``redact(_:as:)`` takes for a value though it is not in quotes, in the
/// first of the dialects whose grammar reads the text; literals and comments stay. Where none reads it, the mark stands for
/// every value.
public func hidingWords(in sql: String, as dialects: [SQLDialect], behind mark: String) -> String {
  let bytes = Array(sql.utf8)
  let read = dialects.lazy.compactMap { readTokens(bytes, $0) }.first
  var text: [UInt8] = []
  var position = 0
  let tokens = read ?? hidingUnknownWords(unreadTokens(bytes, .postgreSQL).redactable, of: bytes, .postgreSQL)
  for token in tokens where token.kind == .string {
    guard read == nil || isWord(bytes[token.start..<token.end]) else { continue }
    text += bytes[position..<token.start]
    text += mark.utf8
    position = token.end
  }
  text += bytes[position...]
  return String(decoding: text, as: UTF8.self)
}

private func isWord(_ token: ArraySlice<UInt8>) -> Bool {
  guard let first = token.first else { return false }
  return first == UInt8(ascii: "\"") || first == UInt8(ascii: "`") || isNameStart(first) && token.allSatisfy(isNamePart)
}

/// The tokens to show of a text that the dialect's grammar reads; `nil` where it does not.
private func readTokens(_ bytes: [UInt8], _ dialect: SQLDialect) -> [Token]? {
  switch dialect {
  case .postgreSQL: return Grammar.reads(bytes) ? hidingSettings(Lexer.tokens(bytes), of: bytes) : nil
  case .looseQuotes:
    let tokens = Lexer.tokens(bytes)
    return quotedColumns(of: bytes).map { hiding($0, in: hidingSettings(tokens, of: bytes)) }
  case .mySQL:
    let (tokens, redactable, isWhole) = mySQLTokens(bytes)
    guard isWhole, Grammar.reads(MySQLBridge(tokens, of: bytes).text) else { return nil }
    return hidingSettings(redactable, of: bytes)
  }
}

/// The values that a text holds as literals: numbers as they are written, strings without their quotes.
public func literalValues(in sql: String, as dialect: SQLDialect = .postgreSQL) -> Set<String> {
  let bytes = Array(sql.utf8)
  let tokens = dialect == .mySQL ? mySQLTokens(bytes).tokens : Lexer.tokens(bytes)
  var values: Set<String> = []
  for token in tokens where token.isLiteral {
    let spelling = bytes[token.start..<token.end]
    guard token.kind != .number, let quote = spelling.first(where: { $0 == 0x22 || $0 == 0x27 }) else {
      values.insert(String(decoding: spelling, as: UTF8.self))
      continue
    }
    let mark = String(decoding: [quote], as: UTF8.self)
    let inner = spelling.drop { $0 != quote }.dropFirst().dropLast()
    values.insert(String(decoding: inner, as: UTF8.self).replacing(mark + mark, with: mark))
  }
  return values
}

/// Whether a text holds a name, by its last part, as a name: not in a string, a comment or a number, nor between double
/// quotes where they may hold a value.
public func holdsName(_ name: String, in sql: String, as dialect: SQLDialect = .postgreSQL) -> Bool {
  let bytes = Array(sql.utf8)
  let wanted = name.lowercased().split(separator: ".").last.map { Array($0.utf8) } ?? []
  let tokens = dialect == .mySQL ? mySQLTokens(bytes).tokens : Lexer.tokens(bytes)
  let values = dialect == .looseQuotes && tokens.contains { $0.kind == .quotedName } ? quotedColumns(of: bytes) : []
  return tokens.contains { token in
    let spelling = bytes[token.start..<token.end]
    switch token.kind {
    case .word: return spelling.lowercasedText.utf8.elementsEqual(wanted)
    case .quotedName:
      guard let values, !values.contains(token.start) else { return false }
      return spelling.dropFirst().dropLast().lowercasedText.utf8.elementsEqual(wanted)
    default: return false
    }
  }
}
