import Replay

/// One command of a recorded text, with what its words say of it.
struct MySQLCommand: Sendable {
  /// The text as it is sent.
  let sql: String
  /// Its words and names in their order, in lower case but for quoted names.
  let words: [String]
  /// Words that are no quoted names or strings, for telling keywords.
  let keywords: [String]
  /// Every name and word as it is spelt.
  let names: Set<String>
  /// Whether a variable of the session is named, `@x`.
  let namesVariable: Bool

  /// The first word.
  var verb: String { keywords.first ?? "" }
  /// The second word.
  var second: String { keywords.count > 1 ? keywords[1] : "" }

  /// Reads a command.
  init(_ sql: String, _ mode: QuotingMode) {
    let bytes = Array(sql.utf8)
    var (words, keywords, names, namesVariable) = ([String](), [String](), Set<String>(), false)
    var isAfterSign = false
    for token in MySQLTokens(bytes, mode) {
      if token.isName {
        words.append(token.text)
        if token.kind == .word { keywords.append(token.text) }
        names.insert(
          token.kind == .word ? String(decoding: bytes[token.range], as: UTF8.self) : token.text)
        if isAfterSign, !isSystem(token.text) { namesVariable = true }
      } else if token.kind == .string, isAfterSign {
        namesVariable = true
      }
      isAfterSign = token.isSymbol("@")
    }
    (self.sql, self.words, self.keywords, self.names, self.namesVariable) = (sql, words, keywords, names, namesVariable)
    func isSystem(_ word: String) -> Bool { ["session", "global", "local"].contains(word) }
  }

  /// The commands of a text, each without its semicolon, as the server would split them outside of bodies.
  static func splitting(in sql: String, _ mode: QuotingMode) -> [MySQLCommand] {
    let bytes = Array(sql.utf8)
    var commands: [MySQLCommand] = []
    var (start, depth) = (0, 0)
    var isRoutine = false
    var seen: [String] = []
    func appendCommand(_ range: Range<Int>) {
      let command = MySQLCommand(String(decoding: bytes[range], as: UTF8.self), mode)
      if !command.words.isEmpty || command.sql.utf8.contains(where: { $0 > 0x20 && $0 != UInt8(ascii: ";") }) {
        commands.append(command)
      }
    }
    for token in MySQLTokens(bytes, mode) {
      if token.kind == .word {
        if seen.count < 12 { seen.append(token.text) }
        // The body of a routine, a trigger or an event is part of the command that makes it, and so is a compound one.
        if seen.first == "create", ["procedure", "function", "trigger", "event"].contains(token.text) {
          isRoutine = true
        }
        if seen.count > 1, seen.prefix(2) == ["begin", "not"] { isRoutine = true }
        guard isRoutine else { continue }
        switch token.text {
        case "begin", "case", "if", "loop", "while", "repeat": depth += 1
        case "end": depth = max(0, depth - 1)
        default: break
        }
      } else if token.isSymbol(";"), !(isRoutine && depth > 0) {
        appendCommand(start..<token.range.lowerBound)
        (start, depth, isRoutine, seen) = (token.range.upperBound, 0, false, [])
      }
    }
    appendCommand(start..<bytes.count)
    return commands
  }

  /// Whether a part of it is for versions of MySQL whose comments this server passes by.
  var holdsOtherVersion: Bool {
    sql.matches(of: #/\/\*M?!([0-9]{5,6})/#).contains { part in
      Int(part.output.1).map { (50_700...99_999).contains($0) || $0 >= 101_100 } ?? false
    }
  }

  // MARK: Kinds

  /// The transaction command that it is; `nil` for any other.
  var transaction: TransactionCommand? {
    switch verb {
    case "begin" where keywords.count == 1 || second == "work": return .begin
    case "start" where second == "transaction": return .begin
    case "commit": return .commit(andChain: chains)
    case "rollback":
      if keywords.contains("to"), let name = words.last { return .rollbackTo(name.lowercased()) }
      return .rollback(andChain: chains)
    case "savepoint": return words.count > 1 ? .savepoint(words[1].lowercased()) : nil
    case "release" where second == "savepoint": return words.last.map { .release($0.lowercased()) }
    default: return nil
    }
  }

  private var chains: Bool {
    guard let place = keywords.firstIndex(of: "chain") else { return false }
    return place > 0 && keywords[place - 1] != "no"
  }

  /// Whether it may make, drop or alter objects, itself or in code that it runs.
  var mayChangeObjects: Bool {
    switch verb {
    case "create", "alter", "drop", "rename", "truncate": true
    case "analyze", "optimize", "repair", "check": true
    default: isCompound
    }
  }

  /// Whether it runs commands that its text need not show.
  var isCompound: Bool {
    switch verb {
    case "call", "execute", "if", "case", "loop", "while", "repeat", "for": true
    case "begin": keywords.count > 1 && second == "not"
    default: keywords.contains("immediate")
    }
  }

  /// Whether it changes nothing but what is the connection's own, and shows no rows of tables.
  var isOfSession: Bool { ["use", "show"].contains(verb) }

  /// Whether it is a plain read by its first word.
  var isQuery: Bool {
    ["select", "show", "describe", "desc", "explain", "with", "table", "values", "help"].contains(verb)
      || sql.hasPrefix("(")
  }

  /// Whether it has a word that makes the server pass by rows that it cannot write.
  var ignoresErrors: Bool { keywords.contains("ignore") }

  /// Whether rows that are in its target decide what an insert does.
  var mayReplace: Bool {
    verb == "replace" || ignoresErrors || keywords.contains("replace")
      || zip(keywords, keywords.dropFirst()).contains { $0 == "duplicate" && $1 == "key" }
  }

  /// Names that stand only after `INSERT INTO`.
  var addedNames: Set<String> {
    var (added, other) = (Set<String>(), Set<String>())
    for (place, word) in words.enumerated() {
      let isAdded = place > 1 && words[place - 1].lowercased() == "into" && words[place - 2].lowercased() == "insert"
      if isAdded { added.insert(word) } else { other.insert(word) }
    }
    return added.subtracting(other)
  }

  /// Whether chance or another clock than the recorded one has a part in it.
  var asksChance: Bool { !MySQLChance.functions.isDisjoint(with: keywords) }

  /// Whether it asks what MySQL answers otherwise in silence: JSON has no type of its own here, and patterns are another
  /// library's.
  var mayDiffer: Bool {
    keywords.contains { $0.hasPrefix("json_") || ["regexp", "rlike", "regexp_replace", "regexp_substr"].contains($0) }
  }

  /// Whether it changes as many rows as a limit says, and not which.
  var limitsWithoutOrder: Bool { keywords.contains("limit") && !keywords.contains("order") }
}

/// What no setting of a session repeats.
enum MySQLChance {
  /// Functions whose results are others each time, or belong to the server.
  static let functions: Set<String> = [
    "uuid", "uuid_short", "sys_guid", "rand", "random_bytes", "connection_id", "pseudo_thread_id", "sysdate", "sleep",
    "benchmark", "get_lock", "is_free_lock", "is_used_lock", "utc_timestamp_precise", "server_id", "server_uuid",
  ]
}
