/// Tells from the words of a command or of code whether what a replay answers otherwise than production did decides what
/// happens: the time, chance, the role and the database it runs as, the server's own surroundings.
///
/// The clock of a server cannot be set back for one session, so no run shows what would have happened then.
enum DecidedByChance {
  /// What tells a replay's server from another: its processes, settings and databases, and what measures a session.
  private static let surroundings: Set<String> = [
    "pg_event_trigger", "pg_stat_activity", "pg_settings", "pg_database", "pg_stat_database", "pg_backend_pid",
    "pg_postmaster_start_time", "inet_client_addr", "inet_client_port", "inet_server_addr", "inet_server_port",
    "pg_locks", "pg_prepared_statements", "pg_cursors", "txid_current", "txid_current_if_assigned",
    "pg_current_xact_id", "pg_current_xact_id_if_assigned", "current_user", "session_user", "current_role",
    "current_database", "current_catalog",
  ]

  private static let clockAndChance: Set<String> = [
    "now", "current_date", "current_time", "current_timestamp", "localtime", "localtimestamp", "clock_timestamp",
    "statement_timestamp", "transaction_timestamp", "timeofday", "random", "tablesample",
  ]

  private static let changing = surroundings.union(clockAndChance)

  /// Whether the rows that a command takes are decided so.
  static func rows(of words: [String]) -> Bool {
    switch words.first {
    // What is only defined does not run yet.
    case "create"
    where words.prefix(4).contains { ["function", "procedure", "trigger", "rule"].contains($0) }
      || words.prefix(6).contains("view") && !words.prefix(2).contains("materialized"):
      false
    case "prepare": false
    case "do": code(words)
    default:
      words.firstIndex { ["where", "having", "tablesample"].contains($0) }
        .map { words[$0...].contains(where: changing.contains) } ?? false
    }
  }

  /// Whether what code does is decided so: one of the words is in a condition, or a variable begins as one.
  static func code(_ words: [String]) -> Bool {
    var isCondition = false
    // Up to the body variables get their first values.
    var isDeclaration = words.contains("declare")
    let decides = words.contains { ["if", "elsif", "elseif", "case", "while"].contains($0) }
    for word in words {
      switch word {
      case "where", "having", "if", "elsif", "elseif", "case", "when", "while", "tablesample": isCondition = true
      case "then", "loop", "insert", "update", "delete", "return", "perform", "execute", "raise", "end", "else":
        isCondition = false
      case "begin": (isDeclaration, isCondition) = (false, false)
      case _ where changing.contains(word):
        if isCondition || isDeclaration && decides { return true }
      default: break
      }
    }
    return false
  }
}
