import Replay

/// What becomes of a statement of a dump: most run, some in another form; what reaches outside the dump's schemas is refused.
enum MySQLDumpAction: Equatable {
  /// Run this text.
  case run([UInt8])
  /// Make this schema, and go on in it where the statement says so.
  case schema(String, isMade: Bool)
  /// Not run; the words name it. Empty words are not worth a line.
  case skip(String)
  /// Nothing a dump should do; the words say what.
  case refuse(String)
}

/// Turns what MySQL and MariaDB write into what this server reads, and says each change; nothing is dropped unsaid.
///
/// Source: `mariadb-effects.md` 6.
struct MySQLDumpFilter {
  /// What was loaded otherwise than the dump says, in words.
  private(set) var changed: Set<String> = []

  private static let systemSchemas: Set<String> = ["mysql", "information_schema", "performance_schema", "sys"]

  /// What becomes of the statement.
  mutating func treatment(of bytes: [UInt8]) -> MySQLDumpAction {
    var first: [MySQLTokens.Token] = []
    for token in MySQLTokens(bytes) {
      first.append(token)
      if first.count == 12 { break }
    }
    guard let verb = first.first, verb.kind == .word else { return .skip("") }
    switch verb.text {
    case "insert", "replace":
      return isOutside(first) ? .refuse("rows of a system table") : .run(bytes)
    case "set": return sessionSetting(bytes)
    case "use":
      guard first.count > 1 else { return .refuse("USE") }
      return schema(first[1].text, isMade: false)
    case "create": return making(bytes, first)
    case "drop": return dropping(bytes, first)
    case "alter": return altering(bytes, first)
    case "lock", "unlock", "start", "commit", "begin", "rollback", "analyze", "flush": return .skip("")
    // Where a sequence stands.
    case "do" where first.count > 1 && first[1].isWord("setval"): return .run(bytes)
    default: return .refuse(verb.text.uppercased())
    }
  }

  private func isOutside(_ tokens: [MySQLTokens.Token]) -> Bool {
    zip(tokens, tokens.dropFirst()).contains { $1.isSymbol(".") && Self.systemSchemas.contains($0.text.lowercased()) }
  }

  private func schema(_ name: String, isMade: Bool) -> MySQLDumpAction {
    Self.systemSchemas.contains(name.lowercased()) || name.hasPrefix("assay_")
      ? .refuse("the schema \(name)") : .schema(name, isMade: isMade)
  }

  /// Settings of the session run; those of the server and of replication are not the shadow's.
  private mutating func sessionSetting(_ bytes: [UInt8]) -> MySQLDumpAction {
    let words = MySQLTokens(bytes).filter(\.isName).map { $0.text.lowercased() }
    let names = Set(words)
    if names.contains("gtid_purged") { return .skip("the GTIDs that the server had (SET GTID_PURGED)") }
    if names.contains("sql_log_bin") { return .skip("SET SQL_LOG_BIN") }
    if names.contains("global") || names.contains("persist") { return .skip("a setting of the server (SET GLOBAL)") }
    if names.contains("password") || names.contains("role") { return .refuse("SET \(words.dropFirst().first ?? "")") }
    let unknown: Set<String> = [
      "sql_require_primary_key", "sql_generate_invisible_primary_key", "default_table_encryption",
    ]
    if let name = words.first(where: unknown.contains) { return .skip("SET \(name)") }
    return .run(bytes)
  }

  // MARK: Definitions

  private mutating func making(_ bytes: [UInt8], _ tokens: [MySQLTokens.Token]) -> MySQLDumpAction {
    let kinds: Set<String> = [
      "table", "view", "trigger", "procedure", "function", "event", "database", "schema", "index", "sequence", "user",
      "role",
      "server", "package",
    ]
    guard let kind = MySQLTokens(bytes).first(where: { $0.kind == .word && kinds.contains($0.text) })?.text else {
      return .refuse("CREATE")
    }
    switch kind {
    case "database", "schema":
      let name = tokens.dropFirst(2).first { $0.isName && !["if", "not", "exists"].contains($0.text) }
      return name.map { schema($0.text, isMade: true) } ?? .refuse("CREATE DATABASE")
    case "event": return .skip("event \(MySQLRewrite.name(after: "event", bytes)) (events never run here)")
    case "user", "role", "server", "package": return .refuse("CREATE \(kind.uppercased())")
    case "function" where MySQLTokens(bytes).contains(where: { $0.isWord("soname") }):
      return .refuse("CREATE FUNCTION SONAME")
    default: return edited(bytes, "\(kind) \(MySQLRewrite.name(after: kind, bytes))")
    }
  }

  private func dropping(_ bytes: [UInt8], _ tokens: [MySQLTokens.Token]) -> MySQLDumpAction {
    let kind = tokens.dropFirst().first { $0.kind == .word && $0.text != "temporary" }?.text ?? ""
    switch kind {
    case "table", "view", "trigger", "procedure", "function", "sequence", "index":
      return isOutside(tokens) ? .refuse("DROP of a system table") : .run(bytes)
    case "database", "schema", "event": return .skip("")
    default: return .refuse("DROP \(kind.uppercased())")
    }
  }

  private mutating func altering(_ bytes: [UInt8], _ tokens: [MySQLTokens.Token]) -> MySQLDumpAction {
    let kind = tokens.dropFirst().first?.text ?? ""
    switch kind {
    case "table": return edited(bytes, "table \(MySQLRewrite.name(after: "table", bytes))")
    // Only the character set of routines' parameters depends on it.
    case "database", "schema": return .skip("the character set of the schema (ALTER DATABASE)")
    default: return .refuse("ALTER \(kind.uppercased())")
    }
  }

  private mutating func edited(_ bytes: [UInt8], _ title: String) -> MySQLDumpAction {
    var rewrite = MySQLRewrite(bytes)
    rewrite.makeEdits()
    for change in rewrite.changes { changed.insert("\(title) (loaded \(change))") }
    return .run(rewrite.edited)
  }
}
