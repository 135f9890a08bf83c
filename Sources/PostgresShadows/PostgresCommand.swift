import AuditTrail
import Replay
import SQLAnalysis

/// One command of a text, with what its words say beyond its facts.
struct PostgresCommand: Sendable {
  let sql: String
  let facts: Facts
  /// Its words in lower case, quoted names without quotes; literals and comments left out.
  let words: [String]
  /// The transaction command it is, if it is one.
  let transaction: TransactionCommand?
  /// What it would reach outside of the clone, if it is never to run.
  let escape: String?
  /// The right that it gains or gives, by its text.
  let escalation: String?
  /// What it does to the server as a whole: said, not run.
  let global: GlobalChange?
  /// How many values it takes; what it defines may have parameters of its own.
  let parameterCount: Int
  /// The tables that it empties or overwrites by its text.
  let unbounded: UnboundedWrites
  /// Whether the clock, chance or the role decides which rows it takes.
  let choosesByChance: Bool

  /// What the code that it holds says of errors that it may catch.
  let errors: CaughtErrors

  /// A command on what all databases of a server share.
  enum GlobalChange: Sendable {
    case altered(String)
    case droppedDatabase(String)
  }

  /// The commands of a text.
  static func all(in text: String, _ analyze: (String, SQLDialect) -> Facts) -> [PostgresCommand] {
    // The server refuses it whole, before anything of it runs.
    if endsInsideComment(text) { return [PostgresCommand(text, analyze(text, .postgreSQL))] }
    let bytes = Array(text.utf8)
    return split(text).map { range in
      let sql = String(decoding: bytes[range], as: UTF8.self)
      return PostgresCommand(sql, analyze(sql, .postgreSQL))
    }
  }

  /// The command's text and facts.
  init(_ sql: String, _ facts: Facts) {
    self.sql = sql
    self.facts = facts
    // A body may be in single quotes.
    let isQuotedBody = sql.prefixMatch(of: #/(?i)\s*do\s+(?:language\s+\w+\s+)?e?'/#) != nil
    words = PostgresWords.words(of: isQuotedBody ? Self.unquoted(sql) : sql)
    transaction = PostgresWords.transaction(words, sql)
    escape = Self.escape(facts, words)
    escalation = Self.escalation(facts, words, sql)
    global = Self.global(words)
    let definesParameters = words.first == "prepare" || words.first == "create" && !words.prefix(4).contains("table")
    parameterCount = definesParameters ? 0 : PostgresBinding.highestParameter(sql)
    unbounded = UnboundedWrites(facts)
    // What a block executes is written in quotes.
    let texts = words.first == "do" && words.contains("execute") ? PostgresWords.words(of: Self.unquoted(sql)) : []
    choosesByChance = DecidedByChance.rows(of: words) || DecidedByChance.code(texts)
    errors = words.first == "do" ? CaughtErrors(of: sql, words) : CaughtErrors()
  }

  /// A text with what its literals hold as words of its own.
  static func unquoted(_ sql: String) -> String { sql.replacing("'", with: " ") }

  /// Whether it makes code that the clock, chance or the server's surroundings decide on.
  var definesWhatChanceDecides: Bool { verb == "create" && DecidedByChance.code(words) }

  /// Whether it may change a setting, however it spells the setting's name and value.
  var setsSettings: Bool {
    ["set", "reset", "discard"].contains(verb) || words.contains("pg_settings") || functionNames.contains("set_config")
  }

  /// Whether it only makes code, which does not run yet.
  var definesCode: Bool {
    verb == "create" && words.prefix(4).contains { ["function", "procedure", "trigger", "rule"].contains($0) }
  }

  /// The keys of the functions that it calls, without their schemas.
  var functionNames: [String] {
    facts.commands.flatMap(\.functions).map { ($0.split(separator: ".").last.map(String.init) ?? $0).nameKey }
  }

  /// Its first word.
  var verb: String { words.first ?? "" }

  /// Whether only what can be counted row by row happens: it may run in a group with others.
  var isPlain: Bool {
    facts.parsed && facts.commandCount == 1 && transaction == nil && escape == nil && escalation == nil
      && global == nil && ["select", "insert", "update", "delete", "with", "values"].contains(verb)
      && facts.kinds.isSubset(of: [.select, .insert, .update, .delete])
  }

  /// Whether it must not run inside a transaction that is rolled back at the end of the session: it ends one, sees its
  /// end, or is refused in one.
  var needsOwnClone: Bool {
    // What a transaction's end is to check would hold up what comes after in an outer one.
    if words.contains("deferrable"), ["alter", "create"].contains(verb) { return true }
    switch verb {
    case "vacuum", "discard", "cluster", "reindex": return true
    case "set":
      return words.dropFirst().first == "local" || words.starts(with: ["set", "session", "characteristics"])
        || comesFirst
        || words.contains { $0.hasPrefix("default_transaction") }
    case "alter": return words.starts(with: ["alter", "type"]) && words.contains("value")
    default: break
    }
    if words.contains("concurrently") { return true }
    if Self.has(words, ["on", "commit"]) || Self.has(words, ["with", "hold"]) { return true }
    return facts.commands.contains { $0.functions.contains("set_config") }
  }

  /// The same without `CONCURRENTLY`, for an index; `nil` for other commands.
  var inOneStep: String? {
    guard ["create", "drop"].contains(verb), words.contains("index"), words.contains("concurrently"),
      let place = sql.firstRange(of: /(?i)\bconcurrently\b/)
    else { return nil }
    return String(sql[..<place.lowerBound] + sql[place.upperBound...])
  }

  /// The same for the triggers that someone made, where it names all of a table's; `nil` for other commands.
  var onUserTriggers: String? {
    guard verb == "alter", words.contains("trigger"), let place = sql.firstRange(of: /(?i)\btrigger\s+all\b/) else {
      return nil
    }
    return sql[..<place.lowerBound] + "TRIGGER USER" + sql[place.upperBound...]
  }

  /// What it makes while it is explained, which no event trigger would tell; `nil` for other commands.
  var madeWhileExplained: String? {
    guard verb == "explain", words.contains("analyze") || words.contains("analyse"),
      words.contains("create") || words.contains("into") && !words.contains("insert") && !words.contains("merge"),
      let place = sql.firstRange(of: /(?i)\b(?:create|select|with)\b/)
    else { return nil }
    return String(sql[place.lowerBound...])
  }

  /// The name of the transaction that it prepares, or ends after that; `nil` for other commands.
  var preparedTransaction: String? {
    guard words.starts(with: ["prepare", "transaction"]) || words.dropFirst().first == "prepared",
      let name = sql.firstMatch(of: /'((?:[^']|'')*)'/)
    else { return nil }
    return String(name.1)
  }

  /// Whether it must be the first of its transaction, before any question or savepoint of ours. Source: PostgreSQL 15, SET
  /// TRANSACTION.
  var comesFirst: Bool { words.starts(with: ["set", "transaction"]) }

  /// Whether it needs an open transaction of the session's own.
  var needsTransactionBlock: Bool { verb == "lock" || (verb == "declare" && !Self.has(words, ["with", "hold"])) }

  private static func has(_ words: [String], _ run: [String]) -> Bool {
    guard words.count >= run.count else { return false }
    return (0...(words.count - run.count)).contains { words[$0..<($0 + run.count)].elementsEqual(run) }
  }

  // MARK: What reaches outside

  private static let escapeFunctions: Set<String> = [
    "lo_export", "lo_import", "pg_read_file", "pg_read_binary_file", "pg_ls_dir", "pg_stat_file", "pg_ls_logdir",
    "pg_ls_waldir", "pg_ls_tmpdir", "pg_ls_archive_statusdir", "pg_reload_conf", "pg_rotate_logfile",
    "pg_terminate_backend", "pg_cancel_backend", "pg_file_write", "pg_file_unlink", "pg_file_rename", "pg_file_sync",
    "pg_write_file", "pg_promote", "pg_switch_wal", "pg_create_restore_point", "pg_backup_start",
    "pg_logical_slot_get_changes", "pg_create_logical_replication_slot", "pg_create_physical_replication_slot",
  ]
  private static let outward: [([String], String)] = [
    (["alter", "system"], "ALTER SYSTEM"), (["load"], "LOAD"), (["create", "subscription"], "CREATE SUBSCRIPTION"),
    (["alter", "subscription"], "ALTER SUBSCRIPTION"), (["create", "server"], "CREATE SERVER"),
    (["alter", "server"], "ALTER SERVER"), (["create", "foreign"], "CREATE FOREIGN"),
    (["import", "foreign"], "IMPORT FOREIGN SCHEMA"), (["create", "user", "mapping"], "CREATE USER MAPPING"),
    (["create", "tablespace"], "CREATE TABLESPACE"), (["alter", "tablespace"], "ALTER TABLESPACE"),
    (["drop", "tablespace"], "DROP TABLESPACE"), (["create", "access", "method"], "CREATE ACCESS METHOD"),
    (["create", "database"], "CREATE DATABASE"),
  ]
  private static let untrusted: Set<String> = [
    "c", "internal", "plpython3u", "plpython2u", "plpythonu", "plperlu", "pltclu", "plsh", "pljavau", "plr",
  ]
  private static let outwardExtensions: Set<String> = [
    "dblink", "postgres_fdw", "file_fdw", "adminpack", "plpython3u", "plperlu", "pltclu", "plsh", "pg_cron", "http",
    "plr", "pg_net", "mysql_fdw", "oracle_fdw", "tds_fdw", "sqlite_fdw", "multicorn", "aws_s3", "lo",
  ]

  private static func escape(_ facts: Facts, _ words: [String]) -> String? {
    for (run, name) in outward where words.starts(with: run) { return name }
    if words.starts(with: ["alter", "database"]), !setsDatabase(words), !has(words, ["owner", "to"]) {
      return "ALTER DATABASE"
    }
    for command in facts.commands {
      if command.objects.contains(where: { $0.type == "program" }) { return "COPY PROGRAM" }
      if command.objects.contains(where: { $0.type == "file" }) { return "COPY FILE" }
      for function in command.functions {
        let name = function.split(separator: ".").last.map(String.init) ?? function
        if escapeFunctions.contains(name) || name.hasPrefix("dblink") { return name }
      }
    }
    if words.starts(with: ["create"]), let index = words.firstIndex(of: "language"), index + 1 < words.count {
      if untrusted.contains(words[index + 1]) { return "LANGUAGE \(words[index + 1])" }
    }
    if words.starts(with: ["create", "extension"]) {
      let name = words.dropFirst(2).first { !["if", "not", "exists"].contains($0) }
      if let name, outwardExtensions.contains(name) { return "CREATE EXTENSION \(name)" }
    }
    return nil
  }

  // MARK: Rights

  private static func isRole(_ words: [String]) -> Bool {
    guard let verb = words.first, ["create", "alter", "drop"].contains(verb), words.count > 1 else { return false }
    return ["role", "user", "group"].contains(words[1]) && !(words.count > 2 && words[2] == "mapping")
  }

  /// The key of the role that it makes.
  var madeRole: String? {
    verb == "create" && Self.isRole(words) && words.count > 2 ? words[2].nameKey : nil
  }

  /// Whether it changes what the sessions of a database start with.
  private static func setsDatabase(_ words: [String]) -> Bool {
    guard words.count > 4, words.starts(with: ["alter", "database"]) else { return false }
    return words[3] == "reset" || (words[3] == "set" && words[4] != "tablespace")
  }

  /// Settings that change whose rights a session has, or whether they count.
  private static let rightsSettings = ["'role'", "'session_authorization'", "'row_security'"]

  private static func escalation(_ facts: Facts, _ words: [String], _ sql: String) -> String? {
    guard let verb = words.first else { return nil }
    let rest = words.dropFirst()
    switch verb {
    case "create", "alter":
      if isRole(words) { return "\(verb) role" }
      // A column may be called so.
      let isRename = has(words, ["rename", "owner", "to"]) || has(words, ["rename", "column", "owner", "to"])
      if has(words, ["owner", "to"]), !isRename { return "owner" }
      if setsDatabase(words) { return "alter database set" }
      if words.starts(with: ["alter", "default", "privileges"]), words.contains("grant") { return "grant" }
    case "reassign": return "owner"
    case "grant": return "grant"
    case "set":
      var target = rest
      if target.first == "local" || target.first == "session", target.count > 1, target.dropFirst().first != "=" {
        target = target.dropFirst()
      }
      let value = target.dropFirst().filter { $0 != "to" && $0 != "=" }.first
      if target.first == "role", value != "none", value != "default" { return "set role" }
      if target.first == "authorization", value != "default" { return "set session authorization" }
      if target.first == "row_security", value == "off" || value == "false" || value == "0" { return "row_security" }
    default:
      let calls = facts.commands.contains { $0.functions.contains { $0.hasSuffix("set_config") } }
      let text = calls ? sql.lowercased() : ""
      if rightsSettings.contains(where: text.contains) { return "set role" }
    }
    return nil
  }

  private static func global(_ words: [String]) -> GlobalChange? {
    guard let verb = words.first else { return nil }
    if isRole(words) { return .altered("\(verb) role") }
    if (verb == "grant" || verb == "revoke") && !words.contains("on") { return .altered("\(verb) role") }
    // The shadow's database has another name.
    if (verb == "grant" || verb == "revoke") && has(words, ["on", "database"]) { return .altered("\(verb) database") }
    guard words.count > 2, words[1] == "database", ["create", "alter", "drop"].contains(verb) else { return nil }
    if verb != "drop" { return .altered("\(verb) database") }
    return .droppedDatabase(words.dropFirst(2).first { !["if", "exists"].contains($0) } ?? "")
  }
}

/// The words of a command.
enum PostgresWords {
  /// No more words of a text are read.
  static let most = 400

  /// What the server takes for the time where a time is wanted. Source: PostgreSQL 15, 8.5.1.4 "Special Values".
  private static let times: Set<String> = ["now", "today", "tomorrow", "yesterday"]

  /// Names, keywords and `=`, in lower case; a literal that means the time is the word `now`, which also follows the age
  /// since today, and one that names a setting of the server's is the word `pg_settings`: a session's own has a dot.
  static func words(of sql: String) -> [String] {
    let bytes = Array(sql.utf8)
    var words: [String] = []
    var index = 0
    while index < bytes.count, words.count < most {
      let byte = bytes[index]
      if byte == UInt8(ascii: "-"), index + 1 < bytes.count, bytes[index + 1] == byte {
        while index < bytes.count, bytes[index] != 0x0a { index += 1 }
      } else if byte == UInt8(ascii: "/"), index + 1 < bytes.count, bytes[index + 1] == UInt8(ascii: "*") {
        index += 2
        while index + 1 < bytes.count, !(bytes[index] == UInt8(ascii: "*") && bytes[index + 1] == UInt8(ascii: "/")) {
          index += 1
        }
        index += 2
      } else if byte == UInt8(ascii: "'") {
        let start = index + 1
        index += 1
        while index < bytes.count, bytes[index] != byte { index += 1 }
        if index - start < 10, times.contains(String(decoding: bytes[start..<index], as: UTF8.self).lowercased()) {
          words.append("now")
        } else if words.last == "current_setting", !bytes[start..<index].contains(UInt8(ascii: ".")) {
          words.append("pg_settings")
        }
        index += 1
      } else if byte == UInt8(ascii: "\"") {
        let start = index + 1
        index += 1
        while index < bytes.count, bytes[index] != byte { index += 1 }
        words.append(String(decoding: bytes[start..<min(index, bytes.count)], as: UTF8.self))
        index += 1
      } else if isNameByte(byte) {
        let start = index
        while index < bytes.count, isNameByte(bytes[index]) { index += 1 }
        words.append(String(nameKey: String(decoding: bytes[start..<index], as: UTF8.self).nameKey))
        if words.last == "age", isSinceToday(bytes, index) { words.append("now") }
      } else {
        if byte == UInt8(ascii: "=") { words.append("=") }
        index += 1
      }
    }
    return words
  }

  /// Whether the brackets at a place hold one value: the age since today. Source: PostgreSQL 15, 9.9.
  private static func isSinceToday(_ bytes: [UInt8], _ start: Int) -> Bool {
    var index = bytes[start...].firstIndex { $0 > UInt8(ascii: " ") } ?? bytes.endIndex
    guard index < bytes.endIndex, bytes[index] == UInt8(ascii: "(") else { return false }
    var depth = 0
    while index < bytes.endIndex {
      switch bytes[index] {
      case UInt8(ascii: "("): depth += 1
      case UInt8(ascii: ")"):
        depth -= 1
        if depth == 0 { return true }
      case UInt8(ascii: ",") where depth == 1: return false
      case UInt8(ascii: "'"): index = bytes[(index + 1)...].firstIndex(of: UInt8(ascii: "'")) ?? bytes.endIndex - 1
      default: break
      }
      index += 1
    }
    return false
  }

  /// A name as the server keeps it.
  ///
  /// Source: PostgreSQL 15, 4.1.1: names longer than 63 bytes are cut.
  private static func cut(_ name: String) -> String {
    var name = name
    while name.utf8.count > 63 { name.removeLast() }
    return name
  }

  /// The transaction command that the words are.
  static func transaction(_ words: [String], _ sql: String) -> TransactionCommand? {
    let bytes = Array(sql.utf8)
    if let command = TransactionCommand(foreign: bytes.span) {
      if case .rollbackTo(let name) = command { return .rollbackTo(cut(name)) }
      return command
    }
    func last(after noise: Set<String>) -> String? {
      let rest = words.dropFirst().filter { !noise.contains($0) }
      return rest.count == 1 ? rest.first.map(Self.cut) : nil
    }
    switch words.first {
    // What is prepared outlives its session: to the rows that is a commit.
    case "prepare" where words.dropFirst().first == "transaction": return .commit(andChain: false)
    case "savepoint": return last(after: []).map(TransactionCommand.savepoint)
    case "release": return last(after: ["savepoint"]).map(TransactionCommand.release)
    case "rollback" where words.contains("to"):
      return last(after: ["to", "savepoint", "work", "transaction"]).map(TransactionCommand.rollbackTo)
    case "begin", "start":
      return words.dropFirst().allSatisfy { !["=", "into", "select"].contains($0) } ? .begin : nil
    default: return nil
    }
  }
}
