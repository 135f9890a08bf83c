import AuditTrail

/// What a log of MySQL's family shows that it does not show: auditing stopped or filtered, statements cut, logins refused.
struct MySQLBlindSpots {
  /// Logins, refused ones aside.
  var logins = 0
  /// Logins that the database refused.
  var refusedLogins = 0
  /// Records that say that auditing ended.
  var stops = 0
  /// Statements that only their effect on tables shows.
  var unlogged = 0
  /// Statements that ran inside procedures and triggers.
  var inner = 0
  /// Commands of the protocol that change or copy something and have no text.
  var withoutText = 0
  /// Executions whose values were not logged.
  var withoutValues = 0
  /// Whether the log's form can show logins.
  var showsLogins = true
  /// What to set so that statements are logged, as a clause.
  var remedy = "log every statement"
  private(set) var statements = 0
  private var refused = 0
  private var cut = 0
  private var settings = 0

  /// Parameters and functions that decide what is logged.
  private static let parameters = words(
    "server_audit", "audit_log", "general_log", "log_output", "sql_log_off", "log_raw", "init_connect")
  /// What a statement that changes one of them holds besides.
  private static let verbs = words("set", "select", "install", "update", "insert", "delete", "do", "call")

  private static func words(_ words: String...) -> [[UInt8]] { words.map { Array($0.utf8) } }

  /// Takes a statement.
  mutating func note(_ sql: ArraySlice<UInt8>, error: MySQLError?, isCut: Bool) {
    statements += 1
    if error?.isRefusal == true { refused += 1 }
    if isCut { cut += 1 }
    if holds(sql, anyOf: Self.parameters), holds(sql, anyOf: Self.verbs) { settings += 1 }
  }

  /// Says it.
  func report(into summary: inout ArchiveSummary, flags: inout Set<String>) {
    func say(_ count: Int, _ flag: String, _ sentence: String) {
      guard count > 0 else { return }
      flags.insert(flag)
      summary.notes.append(sentence)
    }
    say(
      stops, "auditing_stopped",
      "Auditing ended \(counted(stops, "time")), with the server or without it; what was done meanwhile is not in the log"
    )
    say(
      settings, "logging_settings_named",
      "\(counted(settings, "statement names", "statements name")) a setting that decides what is logged")
    say(
      unlogged, "statements_not_logged",
      "\(counted(unlogged, "statement is", "statements are")) known from accesses to tables alone: \(remedy)")
    say(
      inner, "inner_statements",
      "\(counted(inner, "statement")) ran inside procedures or triggers: they belong to the statement that a client sent"
    )
    say(
      cut, "statements_truncated",
      "\(counted(cut, "statement was", "statements were")) cut at the log's limit of length; raise it")
    say(
      withoutText, "commands_without_text",
      "\(counted(withoutText, "command")) made or dropped a database, ended a connection or the server, or copied its data: such "
        + "a command has no text, so it is not a statement here")
    say(
      withoutValues, "parameters_missing",
      "\(counted(withoutValues, "statement has", "statements have")) parameters whose values were not logged")
    say(
      refused, "refused_by_database",
      "The database refused \(counted(refused, "statement")) for want of a privilege (errors \(MySQLError.refusalNumbers))"
    )
    say(
      refusedLogins, "logins_refused",
      "\(counted(refusedLogins, "login was", "logins were")) refused by the database; they are not sessions")
    if statements > 0, logins == 0, showsLogins {
      flags.insert("logins_not_logged")
      summary.notes.append("No login is in the log: sessions began before it, or logins are not logged")
    }
    guard statements == 0 else { return }
    flags.insert("no_statements")
    summary.notes.append("The log holds no statement: \(remedy)")
  }
}

/// Whether the bytes hold one of the words, their letters in either case.
private func holds(_ bytes: ArraySlice<UInt8>, anyOf words: [[UInt8]]) -> Bool {
  let heads = Set(words.compactMap(\.first))
  for start in bytes.indices where heads.contains(bytes[start] | 0x20) {
    let rest = bytes[start...]
    let found = words.contains { word in
      rest.count >= word.count && zip(rest, word).allSatisfy { $0 | 0x20 == $1 | 0x20 }
    }
    if found { return true }
  }
  return false
}
