import AuditTrail

/// What becomes of a statement of a dump: most run; what reaches outside the database is named and left out.
enum DumpAction: Equatable {
  case run
  /// Run this text in its place.
  case rewrite([UInt8])
  /// Rows follow on the dump's next lines, for this table.
  case rows
  /// Rows follow, of a table that is not loaded.
  case skipRows(String)
  /// `CREATE EXTENSION` of this one.
  case makeExtension(String)
  /// Not run; the words name it, without any option's value. Empty words are not worth a line.
  case skip(String)
  /// Nothing a dump should do; the words say what.
  case refuse(String)
}

/// Decides by a statement's first words.
struct DumpFilter {
  /// Extensions that were left out, and with them what is said about them.
  var missingExtensions: Set<String> = []
  /// Foreign tables, which are loaded as plain, empty ones.
  var foreignTables: Set<String> = []

  private static let outward = [
    "server": "foreign server", "subscription": "subscription", "publication": "publication",
    "foreign data wrapper": "foreign data wrapper", "user mapping": "user mapping", "transform": "transform",
  ]

  /// What becomes of the statement.
  mutating func action(for bytes: [UInt8]) -> DumpAction {
    var first: [SQLTokens.Token] = []
    for token in SQLTokens(bytes) {
      first.append(token)
      if first.count == 16 { break }
    }
    guard let verb = first.first, verb.kind == .word else { return .run }
    switch verb.text {
    case "create": return create(first, bytes)
    case "alter", "drop": return change(first, bytes)
    case "comment", "security": return about(first)
    case "grant", "revoke": return privilege(SQLTokens(bytes), first)
    case "copy": return copy(SQLTokens(bytes), first)
    case "insert": return isJobTable(first) ? .skip("a row of a job") : .run
    case "select": return isJob(first) ? .skip("a job") : .run
    case "set" where first.count > 1 && first[1].is("default_tablespace"):
      return .skip("")
    default: return .run
    }
  }

  // MARK: Definitions

  private mutating func create(_ tokens: [SQLTokens.Token], _ bytes: [UInt8]) -> DumpAction {
    var words = tokens.dropFirst()[...]
    while let word = words.first, ["or", "replace", "trusted", "procedural"].contains(word.text) { words.removeFirst() }
    guard let kind = words.first else { return .run }
    switch kind.text {
    case "extension": return .makeExtension(name(in: words.dropFirst()))
    case "server", "subscription", "publication", "transform":
      return .skip("\(Self.outward[kind.text] ?? kind.text) \(name(in: words.dropFirst()))")
    case "user": return userMapping(words)
    case "foreign": return foreign(words, bytes)
    case "database", "tablespace": return .refuse("CREATE \(kind.text.uppercased())")
    case "role", "group": return .skip("the rights of role \(name(in: words.dropFirst()))")
    case "language":
      let name = name(in: words.dropFirst())
      return ["plpgsql", "plperl", "pltcl"].contains(name) ? .run : .skip("untrusted language \(name)")
    case "function", "procedure":
      guard let language = Self.language(of: bytes), !["sql", "plpgsql", "plperl", "pltcl"].contains(language) else {
        return .run
      }
      return .skip("\(kind.text) \(qualifiedName(in: words.dropFirst())) in the untrusted language \(language)")
    default: return .run
    }
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
    foreignTables.insert(qualifiedName(in: rest.dropFirst()))
    return .rewrite(Self.plainTable(bytes))
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
    case "server", "subscription", "publication", "transform": return .skip("")
    case "extension":
      return missingExtensions.contains(name(in: words.dropFirst())) ? .skip("") : .run
    case "language":
      return ["plpgsql", "plperl", "pltcl"].contains(name(in: words.dropFirst())) ? .run : .skip("")
    case "foreign":
      guard words.dropFirst().first?.is("table") == true else { return .skip("") }
      if SQLTokens(bytes).contains(where: { $0.is("options") }) { return .skip("") }
      return .rewrite(Self.plainTable(bytes))
    default: return .run
    }
  }

  private func about(_ tokens: [SQLTokens.Token]) -> DumpAction {
    guard let on = tokens.firstIndex(where: { $0.is("on") }), on + 2 < tokens.count else { return .run }
    let words = tokens[(on + 1)...]
    switch tokens[on + 1].text {
    case "server", "subscription", "publication", "foreign", "transform", "database", "role", "tablespace":
      return .skip("")
    case "extension": return missingExtensions.contains(name(in: words.dropFirst())) ? .skip("") : .run
    default: return .run
    }
  }

  // MARK: Rights, rows, jobs

  /// Rights on tables and routines are kept; membership in roles, rights on what is not loaded and rights on the
  /// server's own functions, some of which read files, are not.
  private func privilege(_ all: SQLTokens, _ first: [SQLTokens.Token]) -> DumpAction {
    let tokens = Array(all)
    guard let on = tokens.firstIndex(where: { $0.is("on") }), on + 1 < tokens.count else {
      return .skip("membership of a role in another")
    }
    let object = tokens[on + 1].text
    if ["database", "tablespace", "parameter", "language"].contains(object) { return .skip("") }
    if object == "foreign", on + 2 < tokens.count, !tokens[on + 2].is("table") { return .skip("") }
    if tokens[on...].contains(where: { $0.text == "pg_catalog" }) {
      return .skip("a right on an object of the server's own")
    }
    return .run
  }

  private func copy(_ all: SQLTokens, _ first: [SQLTokens.Token]) -> DumpAction {
    let tokens = Array(all)
    guard let from = tokens.firstIndex(where: { $0.is("from") }), from + 1 < tokens.count, tokens[from + 1].is("stdin")
    else { return .refuse("COPY from or to a file, a program or a query") }
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
