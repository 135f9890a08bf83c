/// The text with each value replaced by `$n` and each comment by a space, laid out as it was, for people to read.
///
/// No string, number, dollar-quoted body or comment of the text is left in it. What stands in double quotes is a name in
/// PostgreSQL and stays, but a value in other engines: it goes where PostgreSQL's grammar does not read the text.
public func redact(_ sql: String, as dialect: SQLDialect = .postgreSQL) -> String {
  let bytes = Array(sql.utf8)
  let tokens =
    dialect == .mySQL
    ? mySQLTokens(bytes).redactable : Grammar.reads(bytes) ? Lexer.tokens(bytes) : unparsedTokens(bytes).redactable
  var normalization = Normalization()
  normalization.redacted(tokens, of: bytes)
  return String(decoding: normalization.text, as: UTF8.self)
}
