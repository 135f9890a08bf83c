import AuditTrail

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
    "pg_current_xact_id", "pg_current_xact_id_if_assigned", "pg_xact_commit_timestamp", "xmin", "xmax", "cmin", "cmax",
    "current_user", "session_user", "current_role",
    "current_database", "current_catalog", "version", "pg_is_in_recovery", "pg_proc", "pg_trigger", "to_regproc",
    "to_regprocedure", "regproc", "regprocedure", "oid",
  ]

  private static let clockAndChance: Set<String> = [
    "now", "current_date", "current_time", "current_timestamp", "localtime", "localtimestamp", "clock_timestamp",
    "statement_timestamp", "transaction_timestamp", "timeofday", "random", "gen_random_uuid",
    "uuid_generate_v1", "uuid_generate_v4", "tablesample",
  ]

  /// What names owners, roles and rights, which are a shadow's own; and what counts a server's work and the pages of its tables,
  /// which a clone begins again. Source: PostgreSQL 15, chapters 28, 37 and 53.
  private static let ownersAndCounts: Set<String> = [
    "pg_roles", "pg_user", "pg_group", "pg_shadow", "pg_authid", "pg_auth_members", "tableowner", "viewowner",
    "matviewowner", "sequenceowner", "relowner", "proowner", "nspowner", "typowner", "datdba", "pg_get_userbyid",
    "to_regrole", "regrole", "table_catalog", "catalog_name", "grantee", "grantor", "table_owner", "schema_owner",
    "table_privileges", "role_table_grants", "column_privileges", "role_column_grants", "routine_privileges",
    "role_routine_grants", "usage_privileges", "role_usage_grants", "applicable_roles", "enabled_roles",
    "administrable_role_authorizations", "pg_has_role", "reltuples", "relpages", "pg_relation_size",
    "pg_total_relation_size", "pg_table_size", "pg_indexes_size", "pg_database_size", "n_live_tup", "n_dead_tup",
    "n_tup_ins", "n_tup_upd", "n_tup_del", "n_mod_since_analyze", "seq_scan", "idx_scan", "last_analyze",
    "last_autoanalyze", "last_vacuum", "last_autovacuum",
  ]

  /// Whether a word names something that a replay answers otherwise.
  private static func isChanging(_ word: String) -> Bool {
    surroundings.contains(word) || clockAndChance.contains(word) || ownersAndCounts.contains(word)
      || word.hasPrefix("pg_stat") || word.hasPrefix("has_") && word.hasSuffix("_privilege")
  }

  /// Whether words ask for the time or chance.
  static func namesClock(_ words: [String]) -> Bool { words.contains(where: clockAndChance.contains) }

  /// Whether code says any of it, as a function whose result a command may compare rows with.
  static func isNamed(in words: [String]) -> Bool { words.contains(where: isChanging) }

  /// Whether the rows that a command takes are decided so, by words of its own or by a function that has some.
  static func rows(of words: [String], functions: Set<String> = []) -> Bool {
    switch words.first {
    // What is only defined does not run yet.
    case "create"
    where words.prefix(4).contains { ["function", "procedure", "trigger", "rule"].contains($0) }
      || words.prefix(6).contains("view") && !words.prefix(2).contains("materialized"):
      false
    case "prepare": false
    case "do": code(words, functions: functions)
    default: isCondition(in: words, functions) || readsSurroundings(words)
    }
  }

  /// Whether such a word stands where it chooses rows: in a predicate, in what a table is joined with, or in a query that
  /// another part of the command takes rows from. What a write only stores chooses none.
  private static func isCondition(in words: [String], _ functions: Set<String>) -> Bool {
    let writes: Set<String> = ["update", "insert", "delete", "merge"]
    let isWrite = words.contains(where: writes.contains)
    var (isAsked, isPredicate) = (isWrite && words.first == "with", false)
    for (place, word) in words.enumerated() {
      switch word {
      case "tablesample" where isWrite: return true
      // The number of a table is another one here; one that its name stands for is as good as the name.
      case "tableoid" where isPredicate && !words.contains("regclass"): return true
      case "where", "having", "tablesample": isPredicate = true
      case "from", "using", "join", "when": isAsked = isWrite
      case "on": isAsked = isWrite && words.dropFirst(place + 1).first != "conflict"
      case "then", "set", "returning", "conflict", "values": isAsked = word == "values" && isAsked
      case _ where writes.contains(word): isAsked = false
      default:
        if isPredicate || isAsked, isChanging(word) || !functions.isEmpty && functions.contains(word.nameKey) {
          return true
        }
      }
    }
    return false
  }

  /// Whether the rows themselves are those of the surroundings.
  private static func readsSurroundings(_ words: [String]) -> Bool {
    words.indices.contains { place in
      guard words[place] == "from" || words[place] == "join" else { return false }
      let names = words[(place + 1)...].drop { ["pg_catalog", "information_schema", "only", "lateral"].contains($0) }
      return names.first.map(isChanging) ?? false
    }
  }

  /// Words of a declaration that name no variable.
  private static let types: Set<String> = [
    "declare", "constant", "default", "not", "null", "text", "varchar", "char", "name", "date", "time", "timestamp",
    "timestamptz", "interval", "with", "without", "zone", "int", "integer", "bigint", "smallint", "numeric", "real",
    "double",
    "precision", "float", "boolean", "bool", "record", "rowtype", "type", "json", "jsonb", "uuid", "array", "=",
  ]

  /// Whether what code does is decided so: one of the words is in a condition or in a text that it runs, or a variable that
  /// has its value from one is.
  ///
  /// - Parameter functions: functions whose results are as changing.
  static func code(_ words: [String], functions: Set<String> = []) -> Bool {
    var code = CodeReading(words, functions)
    return words.indices.contains { code.decides(at: $0) }
  }

  /// Code read word by word, as far as values go from one place to another. Where a statement of it ends is told by the word
  /// that begins the next.
  private struct CodeReading {
    private let words: [String]
    private let functions: Set<String>
    private var (isCondition, isLoop, isSet, isExecuted) = (false, false, false, false)
    /// Up to the body variables get their first values.
    private var isDeclaration: Bool
    private let branches: Bool
    /// Variables that have their values from such words, and those that have them from the time or chance.
    private var (changing, timed): (Set<String>, Set<String>) = ([], [])
    /// Variables that the declarations name.
    private var declared: Set<String> = []
    /// The variables to which the statement gives values.
    private var targets: Set<String> = []
    private var (isNamingTargets, hasChanging, hasTime) = (false, false, false)

    init(_ words: [String], _ functions: Set<String>) {
      self.words = words
      self.functions = functions
      isDeclaration = words.contains("declare")
      branches = words.contains { ["if", "elsif", "elseif", "case", "while"].contains($0) }
    }

    /// Reads a word; whether it decides what the code does.
    mutating func decides(at place: Int) -> Bool {
      let word = words[place]
      let last = place > 0 ? words[place - 1] : ""
      switch word {
      case "where", "having", "if", "elsif", "elseif", "case", "when", "while", "tablesample":
        (isCondition, isSet, isNamingTargets) = (true, false, false)
      case "for": isLoop = true
      case "loop":
        (isCondition, isLoop) = (false, false)
        begin()
      case "then", "insert", "update", "delete", "return", "perform", "raise", "end", "else":
        isCondition = false
        begin()
      case "select" where last != "=" && !isExecuted: begin()
      case "execute":
        isCondition = false
        begin()
        isExecuted = true
      case "begin":
        (isDeclaration, isCondition) = (false, false)
        begin()
      case "set": isSet = true
      case "from", "returning": (isSet, isNamingTargets) = (false, false)
      case "into" where last != "insert" && last != "merge": (targets, isNamingTargets) = ([], true)
      case "=" where isDeclaration || isCondition || isSet || place == 0: break
      case "=": (targets, isNamingTargets, hasChanging, hasTime) = ([last], false, false, false)
      case _ where isChanging(word) || functions.contains(word.nameKey):
        // A name of the surroundings in a text that runs is a name in what it does, such as of the database that it alters.
        let isTime = clockAndChance.contains(word)
        if isCondition || isDeclaration && branches || (isExecuted || isLoop) && isTime { return true }
        (hasChanging, hasTime, isNamingTargets) = (true, hasTime || isTime, false)
        if isDeclaration {
          changing.formUnion(declared)
          if isTime { timed.formUnion(declared) }
        }
      case _ where changing.contains(word):
        if isCondition || isExecuted && timed.contains(word) { return true }
        (hasChanging, hasTime) = (true, hasTime || timed.contains(word))
      case _ where isDeclaration && !types.contains(word):
        declared.insert(word)
        if hasChanging { changing.insert(word) }
        if hasTime { timed.insert(word) }
      case _ where isNamingTargets && word != "strict": targets.insert(word)
      default: break
      }
      if hasChanging { changing.formUnion(targets) }
      if hasTime { timed.formUnion(targets) }
      return false
    }

    /// The next statement begins.
    private mutating func begin() {
      (targets, isNamingTargets, hasChanging, hasTime, isSet, isExecuted) = ([], false, false, false, false, false)
    }
  }
}
