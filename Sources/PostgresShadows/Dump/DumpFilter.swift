import AuditTrail
import Replay

/// What becomes of a statement of a dump: most run; what reaches outside the database is named and left out.
enum DumpAction: Equatable {
  case run
  /// Run this text in its place.
  case rewrite([[UInt8]])
  /// Rows follow on the dump's next lines, for this table.
  case rows
  /// Rows follow, of a table that is not loaded.
  case skipRows(String)
  /// `CREATE EXTENSION` of this one, into the schema where one is named.
  case makeExtension(String, schema: String?)
  /// Not run, but the role it names is there afterwards.
  case makeRole(String)
  /// Not run; the words name it, without any option's value. Empty words are not worth a line.
  case skip(String)
  /// Nothing a dump should do; the words say what.
  case refuse(String)
  /// A statement that is looked through to its end, and larger than any honest one; the words say what it is.
  case tooLarge(String)
}

/// Decides by a statement's first words; definitions and rights are looked through to their end, token by token, and none of
/// them is kept.
struct DumpFilter {
  /// The most bytes of a statement that is looked through to its end. Rows, in INSERT or COPY, have no need of that.
  static let limit = 16 << 20
  /// Extensions that were left out, and with them what is said about them.
  var missingExtensions: Set<String> = []
  /// What was loaded otherwise than the dump says, in words, since they were taken last.
  var changed: Set<String> = []
  /// Whether the dump may have made something that holds code: a superuser makes no extension beside it.
  private(set) var hasCode = false

  private static let outward = [
    "server": "foreign server", "subscription": "subscription", "publication": "publication",
    "foreign data wrapper": "foreign data wrapper", "user mapping": "user mapping", "transform": "transform",
  ]

  private static let readToTheirEnd: Set<String> = ["create", "alter", "drop", "grant", "revoke", "copy"]

  /// What becomes of the statement.
  mutating func action(for bytes: [UInt8]) -> DumpAction {
    let action = decide(bytes)
    switch action {
    case .run: hasCode = hasCode || !Self.makesNothing(bytes)
    case .rewrite, .rows: hasCode = true
    case .skipRows, .makeExtension, .makeRole, .skip, .refuse, .tooLarge: break
    }
    return action
  }

  /// Whether a statement makes nothing that could hold code: settings, transactions, an empty schema, remarks and rights.
  static func makesNothing(_ bytes: [UInt8]) -> Bool {
    let words = Array(SQLTokens(bytes).prefix(8))
    switch words.first?.text {
    case "set", "reset", "begin", "start", "commit", "end", "comment", "grant", "revoke": return true
    case "create": return words.count < 8 && words.dropFirst().first?.is("schema") == true
    case "select": return words.count > 3 && words[1].is("pg_catalog") && words[3].is("set_config")
    default: return false
    }
  }

  private mutating func decide(_ bytes: [UInt8]) -> DumpAction {
    var first: [SQLTokens.Token] = []
    for token in SQLTokens(bytes) {
      first.append(token)
      if first.count == 16 { break }
    }
    guard let verb = first.first, verb.kind == .word else { return .run }
    guard bytes.count <= Self.limit || !Self.readToTheirEnd.contains(verb.text) else {
      return .tooLarge(verb.text.uppercased())
    }
    switch verb.text {
    case "create": return create(first, bytes)
    case "alter", "drop": return change(first, bytes)
    case "comment", "security": return about(first)
    case "grant", "revoke": return privilege(SQLTokens(bytes))
    case "copy": return copy(SQLTokens(bytes), first)
    case "insert": return isJobTable(first) ? .skip("a row of a job") : .run
    case "select": return isJob(first) ? .skip("a job") : .run
    case "prepare" where first.count > 1 && first[1].is("transaction"): return .refuse("PREPARE TRANSACTION")
    case "set" where first.count > 1: return setting(first)
    case "reset" where first.count > 1 && ["role", "session"].contains(first[1].text): return .skip("")
    default: return .run
    }
  }

  /// Everything is loaded by one role and belongs to it: another one is made, but not taken on.
  private func setting(_ tokens: [SQLTokens.Token]) -> DumpAction {
    let words = tokens.dropFirst().drop { $0.is("session") || $0.is("local") }
    guard let name = words.first else { return .run }
    switch name.text {
    case "default_tablespace": return .skip("")
    case "role", "authorization":
      guard let role = words.dropFirst().first(where: { $0.isName && !$0.is("to") }), !role.is("default"),
        !role.is("none")
      else { return .skip("") }
      return .makeRole(role.text)
    default: return .run
    }
  }

  // MARK: Definitions

  private mutating func create(_ tokens: [SQLTokens.Token], _ bytes: [UInt8]) -> DumpAction {
    var words = tokens.dropFirst()[...]
    while let word = words.first, ["or", "replace", "trusted", "procedural"].contains(word.text) { words.removeFirst() }
    guard let kind = words.first else { return .run }
    switch kind.text {
    case "extension":
      let schema = SQLTokens(bytes).drop { !$0.is("schema") }.dropFirst().first { $0.isName }?.text
      return .makeExtension(name(in: words.dropFirst()), schema: schema)
    case "event": return .skip("event trigger \(name(in: words.dropFirst(2)))")
    case "server", "subscription", "publication", "transform":
      return .skip("\(Self.outward[kind.text] ?? kind.text) \(name(in: words.dropFirst()))")
    case "user": return userMapping(words)
    case "foreign": return foreign(words, bytes)
    case "database", "tablespace": return .refuse("CREATE \(kind.text.uppercased())")
    case "role", "group": return .skip("the rights of role \(name(in: words.dropFirst()))")
    case "language":
      let name = name(in: words.dropFirst())
      switch name {
      case "plpgsql", "sql": return .skip("")
      case "plperl", "pltcl": return .makeExtension(name, schema: nil)
      default: return .skip("untrusted language \(name)")
      }
    case "function", "procedure":
      let name = "\(kind.text) \(qualifiedName(in: words.dropFirst()))"
      guard let language = Self.language(of: bytes), !["sql", "plpgsql", "plperl", "pltcl"].contains(language) else {
        return leaky(bytes, name)
      }
      return .skip("\(name) in the untrusted language \(language)")
    default: return .run
    }
  }

  /// Only a superuser may say that a function leaks nothing, by which the planner may run it before a view's filter.
  private mutating func leaky(_ bytes: [UInt8], _ name: String) -> DumpAction {
    guard let mark = SQLTokens(bytes).first(where: { $0.is("leakproof") }) else { return .run }
    changed.insert("\(name) (loaded without LEAKPROOF)")
    return .rewrite([Array(bytes[..<mark.range.lowerBound] + bytes[mark.range.upperBound...])])
  }

  private func userMapping(_ words: ArraySlice<SQLTokens.Token>) -> DumpAction {
    let rest = Array(words)
    guard rest.count > 1, rest[1].is("mapping") else {
      return .skip("the rights of role \(name(in: words.dropFirst()))")
    }
    let server = rest.firstIndex { $0.is("server") }.flatMap { $0 + 1 < rest.count ? rest[$0 + 1].text : nil } ?? ""
    return .skip("user mapping on \(server)")
  }

  private mutating func foreign(_ words: ArraySlice<SQLTokens.Token>, _ bytes: [UInt8]) -> DumpAction {
    let rest = words.dropFirst()
    guard let kind = rest.first else { return .run }
    guard kind.is("table") else { return .skip("foreign data wrapper \(name(in: rest.dropFirst(2)))") }
    changed.insert("foreign table \(qualifiedName(in: rest.dropFirst())) (loaded as an empty table)")
    return .rewrite([Self.plainTable(bytes)])
  }

  private func change(_ tokens: [SQLTokens.Token], _ bytes: [UInt8]) -> DumpAction {
    let words = tokens.dropFirst()
    guard let kind = words.first else { return .run }
    switch kind.text {
    case "system": return .refuse("ALTER SYSTEM")
    case "database", "tablespace": return .refuse("\(tokens[0].text.uppercased()) \(kind.text.uppercased())")
    case "role", "group": return .skip("the rights of role \(name(in: words.dropFirst()))")
    case "user":
      return userMapping(words)
    case "server", "subscription", "publication", "transform", "extension", "language", "event": return .skip("")
    case "table" where !SQLTokens(bytes).contains(where: { $0.is("add") || $0.is("column") }):
      let last = SQLTokens(bytes).suffix(3)
      return triggers(last, bytes) ?? owner(last) ?? .run
    case "foreign":
      guard words.dropFirst().first?.is("table") == true else { return .skip("") }
      if SQLTokens(bytes).contains(where: { $0.is("options") }) { return .skip("") }
      return .rewrite([Self.plainTable(bytes)])
    default: return owner(SQLTokens(bytes).suffix(3)) ?? .run
    }
  }

  /// `ALTER … OWNER TO ROLE`: everything belongs to the one who loads it.
  private func owner(_ last: [SQLTokens.Token]) -> DumpAction? {
    guard last.count == 3, last[0].is("owner"), last[1].is("to") else { return nil }
    let role = last[2]
    return ["current_user", "session_user", "current_role"].contains(role.text) ? .skip("") : .makeRole(role.text)
  }

  /// `ALTER TABLE … DISABLE TRIGGER ALL`, as dumps of data have it: the triggers that check references are the server's, and
  /// only a superuser may switch them off. For the one who loads, a setting does the same.
  private func triggers(_ last: [SQLTokens.Token], _ bytes: [UInt8]) -> DumpAction? {
    guard last.count == 3, last[2].is("all"), last[1].is("trigger") else { return nil }
    let role = last[0].is("disable") ? "replica" : "origin"
    let own = bytes[..<last[2].range.lowerBound] + Array("USER".utf8)
    return .rewrite([Array("SET session_replication_role = \(role)".utf8), Array(own)])
  }

  private func about(_ tokens: [SQLTokens.Token]) -> DumpAction {
    guard let on = tokens.firstIndex(where: { $0.is("on") }), on + 2 < tokens.count else { return .run }
    switch tokens[on + 1].text {
    case "server", "subscription", "publication", "foreign", "transform", "database", "role", "tablespace", "extension",
      "language", "event":
      return .skip("")
    default: return .run
    }
  }

  // MARK: Rights, rows, jobs

  /// Rights on tables and routines are kept; membership in roles, rights on what is not loaded and rights on the
  /// server's own functions, some of which read files, are not.
  private func privilege(_ all: SQLTokens) -> DumpAction {
    var tokens = all
    while let token = tokens.next() {
      guard token.is("on") else { continue }
      guard let object = tokens.next() else { break }
      if ["database", "tablespace", "parameter", "language"].contains(object.text) { return .skip("") }
      let kind = tokens.next()
      if object.text == "foreign", let kind, !kind.is("table") { return .skip("") }
      if object.text == "pg_catalog" || kind?.text == "pg_catalog"
        || tokens.contains(where: { $0.text == "pg_catalog" })
      {
        return .skip("a right on an object of the server's own")
      }
      return .run
    }
    return .skip("membership of a role in another")
  }

  private func copy(_ all: SQLTokens, _ first: [SQLTokens.Token]) -> DumpAction {
    var tokens = all
    while let token = tokens.next(), !token.is("from") {}
    guard tokens.next()?.is("stdin") == true else { return .refuse("COPY from or to a file, a program or a query") }
    return isJobTable(first) ? .skipRows("rows of \(qualifiedName(in: first.dropFirst()[...]))") : .rows
  }

  /// Jobs run by themselves, outside of any session.
  private func isJobTable(_ tokens: [SQLTokens.Token]) -> Bool {
    guard let index = tokens.firstIndex(where: { $0.text == "cron" || $0.text == "pgagent" }), index <= 2 else {
      return false
    }
    return index + 1 < tokens.count && tokens[index + 1].text == "."
  }

  private func isJob(_ tokens: [SQLTokens.Token]) -> Bool {
    tokens.count > 3 && tokens[1].text == "cron" && tokens[2].text == "."
  }

  // MARK: Names

  private func name(in tokens: ArraySlice<SQLTokens.Token>) -> String {
    tokens.first { $0.isName && !["if", "not", "exists", "for"].contains($0.text) }?.text ?? ""
  }

  private func qualifiedName(in tokens: ArraySlice<SQLTokens.Token>) -> String {
    var name = ""
    for token in tokens {
      if token.isName, ["if", "not", "exists", "only"].contains(token.text), name.isEmpty { continue }
      guard token.isName && (name.isEmpty || name.hasSuffix(".")) || token.text == "." && !name.isEmpty else { break }
      name += token.text
    }
    return name
  }

  /// What follows the word LANGUAGE outside strings.
  private static func language(of bytes: [UInt8]) -> String? {
    var isNext = false
    for token in SQLTokens(bytes) {
      if isNext { return token.kind == .string ? "" : token.text }
      isNext = token.is("language")
    }
    return nil
  }

  /// A foreign table's definition as that of a plain one: without the server and without options.
  private static func plainTable(_ bytes: [UInt8]) -> [UInt8] {
    var kept: [UInt8] = []
    var end = 0
    var depth = 0
    var options: Int?
    var awaitsOptions = false
    for token in SQLTokens(bytes) {
      if depth == 0, token.is("server") { break }
      if token.text == "(", token.kind == .symbol {
        depth += 1
        if awaitsOptions { options = depth }
      }
      awaitsOptions = options == nil && token.is("options")
      let isDropped = options != nil || awaitsOptions || token.is("foreign") && kept.count < 16
      if !isDropped { kept += bytes[end..<token.range.upperBound] }
      end = token.range.upperBound
      if token.text == ")", token.kind == .symbol {
        if options == depth { options = nil }
        depth -= 1
      }
    }
    return kept
  }
}
