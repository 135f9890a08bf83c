import AuditTrail

/// SQL without its literals, whatever it is that came in: the second lock behind the shapes that analysis makes.
///
/// Strings, dollar-quoted bodies, bit strings and numbers become `?`, comments are left out; names, keywords, `$1` and
/// `?` stay, but not what a detector finds in a name, nor a name that looks like a value, nor one that a statement gives
/// to something of its own between double quotes: an alias, a list of them, a query in WITH, a savepoint, a cursor. What is left open at the end is taken for a literal. Text that was redacted before comes out the same.
/// Where a quote follows a backslash, engines differ on where the literal ends, and the whole text is withheld.
public func redactingLiterals(in sql: String) -> String {
  if hasQuoteAfterBackslash(sql) { return "(text withheld: engines differ on where its literals end)" }
  var scanner = LiteralScanner(Array(sql.unicodeScalars))
  return replacingValues(in: scanner.redacted(), with: Detector.inNames) { _ in "?" }
}

/// SQL with ``RedactionMark/mark`` in place of each literal and comment, so that the rest stands as it was written; one
/// mark alone for a text of which that cannot be told. `quotedNames` says whether double quotes hold names; where they do
/// not, they hold literals.
public func markingLiterals(in sql: String, quotedNames: Bool) -> String {
  if hasQuoteAfterBackslash(sql) { return RedactionMark.text }
  var scanner = LiteralScanner(Array(sql.unicodeScalars), mark: RedactionMark.mark, quotedNames: quotedNames)
  return redactingValues(in: scanner.redacted())
}

/// The text with ``RedactionMark/mark`` in place of what a detector finds in a name: addresses, numbers of cards and
/// accounts, keys.
public func redactingValues(in text: String) -> String {
  replacingValues(in: text, with: Detector.inNames) { _ in RedactionMark.text }
}

/// Whether a name looks like a value: nine digits or more, as numbers of people, telephones and cards have, or digits alone.
public func looksLikeValue(_ name: String) -> Bool { looksLikeValue(name.unicodeScalars) }

/// A name, or words of which some are names, without what a detector finds in it and without what looks like a value.
public func redactingNames(in text: String) -> String {
  redact(text, with: Detector.inNames).split(separator: " ", omittingEmptySubsequences: false).map { word in
    looksLikeValue(String(word)) ? "?" : String(word)
  }.joined(separator: " ")
}

/// Words that people and programs wrote freely, without what a detector finds in them and without words that hold nine digits
/// or more.
public func redactingProse(in text: String) -> String {
  redact(text, with: Detector.allCases).split(separator: " ", omittingEmptySubsequences: false).map { word in
    word.unicodeScalars.count { $0.category == .decimalNumber } >= 9 ? "?" : String(word)
  }.joined(separator: " ")
}

private func looksLikeValue(_ name: some Collection<Unicode.Scalar>) -> Bool {
  var (digits, others) = (0, 0)
  for scalar in name {
    switch scalar.category {
    case .decimalNumber: digits += 1
    case .spaceSeparator, .dashPunctuation: break
    default: others += scalar == "." || scalar == "_" ? 0 : 1
    }
  }
  return digits >= 9 || digits > 0 && others == 0
}

extension Unicode.Scalar {
  /// Its general category, as far as it matters here; that of ASCII is known without a look into Unicode's tables.
  fileprivate var category: Unicode.GeneralCategory {
    switch value {
    case 0x30...0x39: .decimalNumber
    case 0x20: .spaceSeparator
    case 0x2D: .dashPunctuation
    case ..<0x80: .otherLetter
    default: properties.generalCategory
    }
  }
}

private func hasQuoteAfterBackslash(_ sql: String) -> Bool { sql.contains("\\'") || sql.contains("\\\"") }

private struct LiteralScanner {
  private let source: [Unicode.Scalar]
  private var index = 0
  private var result: [Unicode.Scalar] = []
  /// What is in a literal's place.
  private let mark: Unicode.Scalar
  /// Whether comments leave the mark too, rather than nothing.
  private let marksComments: Bool
  private let quotedNames: Bool
  /// What stands before: the words since the last other token, and whether a value or a closing parenthesis does.
  private var words: [String] = []
  private var followsValue = false
  /// Whether a value or a name in quotes stood before the words.
  private var wordsFollowValue = false
  /// Whether the name in quotes that was read last is the statement's own.
  private var isOwnName = false
  /// How many parentheses are open, and how many at the names of a list that the statement gives: `AS x ("a", "b")`.
  private var depth = 0
  private var ownList: Int?
  /// Names in double quotes that the statement gives and that are not plain words; they are hidden wherever it uses them.
  private var given: Set<[Unicode.Scalar]> = []

  /// Words after which a statement names something of its own, which is in no schema.
  private static let givesName: Set<String> = [
    "as", "savepoint", "release", "prepare", "execute", "deallocate", "declare", "listen", "unlisten", "notify",
    "close",
    "fetch", "move", "window",
  ]
  /// Words after which a name is one of the schema, or of what the statement works on.
  private static let usesName: Set<String> = [
    "all", "add", "and", "any", "asc", "between", "by", "cascade", "case", "check", "collate", "column", "constraint",
    "copy", "database", "default", "delete", "desc", "distinct", "domain", "drop", "else", "except", "exists",
    "extension",
    "filter", "foreign", "from", "full", "function", "grant", "group", "having", "ilike", "in", "index", "inner",
    "intersect", "into", "is", "join", "key", "lateral", "left", "like", "limit", "lock", "materialized", "natural",
    "not",
    "of", "offset", "on", "only", "or", "order", "outer", "over", "owner", "partition", "primary", "procedure",
    "recursive", "references", "rename", "replace", "returning", "right", "role", "schema", "select", "sequence", "set",
    "some", "table", "temp", "temporary", "then", "to", "trigger", "truncate", "type", "union", "unique", "unlogged",
    "update", "user", "using", "vacuum", "values", "view", "when", "where", "with", "analyze", "reindex", "cluster",
    "comment", "concurrently", "cross", "revoke", "policy", "rule", "server", "tablespace", "cast", "call", "if",
  ]

  init(_ source: [Unicode.Scalar], mark: Unicode.Scalar = "?", quotedNames: Bool = true) {
    self.source = source
    self.mark = mark
    self.quotedNames = quotedNames
    marksComments = mark != "?"
  }

  /// The text without its values.
  mutating func redacted() -> String {
    scan()
    if !given.isEmpty {
      (index, words, followsValue, depth, ownList) = (0, [], false, 0, nil)
      result.removeAll(keepingCapacity: true)
      scan()
    }
    return String(String.UnicodeScalarView(result))
  }

  private mutating func scan() {
    while let scalar = peek() {
      switch scalar {
      case "'": skipQuoted(by: "'", backslash: precededByEscapeLetter())
      case "\"": copyName()
      case "-" where peek(1) == "-", "#" where isLineCommentMark(): skipLine()
      case "/" where peek(1) == "*": skipBlockComment()
      case "$": dollar()
      case "0"..."9": number()
      case "." where peek(1).map(isDigit) == true: number()
      case _ where isNamePart(scalar): copyWord()
      default: take()
      }
    }
  }

  private func peek(_ offset: Int = 0) -> Unicode.Scalar? {
    index + offset < source.count ? source[index + offset] : nil
  }

  private mutating func take() {
    let scalar = source[index]
    if !scalar.properties.isWhitespace {
      if scalar == "(" {
        depth += 1
        if ownList == nil, opensOwnList { ownList = depth }
      } else if scalar == ")" {
        if ownList == depth { ownList = nil }
        depth -= 1
      }
      words.removeAll(keepingCapacity: true)
      isOwnName = false
      followsValue = scalar == ")" || scalar == "]"
    }
    result.append(scalar)
    index += 1
  }

  /// Puts the mark in the place of a value.
  private mutating func putMark() {
    result.append(mark)
    words.removeAll(keepingCapacity: true)
    followsValue = true
  }

  /// Whether what comes is a name that the statement gives: `1 AS "x"`, `count(*) "x"`, `visits "x"`, `ROLLBACK TO SAVEPOINT "x"`.
  private var namesItsOwn: Bool {
    if ownList == depth { return true }
    guard let last = words.last else { return followsValue }
    let before = words.dropLast().last ?? ""
    return Self.givesName.contains(last) || !Self.usesName.contains(last)
      || last == "to" && ["rollback", "work", "transaction"].contains(before)
      || ["with", "recursive"].contains(last) || last == "set" && (words.contains("search") || words.contains("cycle"))
  }

  /// Words that a command in parentheses, or the frame of a window, begins with.
  private static let beginsBody: Set<String> = [
    "select", "with", "values", "insert", "update", "delete", "merge", "table", "partition", "order", "range", "rows",
    "groups",
  ]

  /// Whether the parenthesis here opens a list of names that the statement gives: `visits x ("a")`, `AS x ("a")`,
  /// `f() AS ("a" text)`, `WITH x ("a") AS (…)`.
  private var opensOwnList: Bool {
    guard let last = words.last else { return followsValue && isOwnName }
    if last == "as" { return followsBodyless }
    let before = words.dropLast().last
    if ["as", "with", "recursive"].contains(before) { return true }
    if Self.usesName.contains(last) { return false }
    return before.map { !Self.usesName.contains($0) } ?? wordsFollowValue || followsAsAfterList
  }

  /// Whether what comes behind the parenthesis here begins no command and no frame.
  private var followsBodyless: Bool {
    let start = blanksEnd(index + 1)
    if start < source.count, source[start] == "\"" { return true }
    let word = self.word(from: start)
    return word != "" && !Self.beginsBody.contains(word)
  }

  /// Whether the list that opens here is one of a query's columns: `( … ) AS (`, `( … ) AS MATERIALIZED (`.
  private var followsAsAfterList: Bool {
    // A list that is longer names no columns; what looked further would look again from each parenthesis.
    guard let end = source[index...].prefix(2_000).firstIndex(of: ")") else { return false }
    return followsAs(end + 1)
  }

  /// Whether a query that is named, or a window, follows: `AS (`, `AS MATERIALIZED (`, `AS NOT MATERIALIZED (`.
  private func followsAs(_ start: Int) -> Bool {
    var at = blanksEnd(start)
    guard word(from: at) == "as" else { return false }
    at = blanksEnd(at + 2)
    return at < source.count && (source[at] == "(" || ["not", "materialized"].contains(word(from: at)))
  }

  private func blanksEnd(_ start: Int) -> Int {
    var at = start
    while at < source.count, source[at].properties.isWhitespace { at += 1 }
    return at
  }

  private func word(from start: Int) -> String {
    var end = start
    while end < source.count, isNamePart(source[end]), end - start < 16 { end += 1 }
    return start < end ? String(String.UnicodeScalarView(source[start..<end])).lowercased() : ""
  }

  /// Backslashes are taken for escapes after `E`; elsewhere a doubled quote is the only escape.
  private func precededByEscapeLetter() -> Bool {
    index > 0 && (source[index - 1] == "E" || source[index - 1] == "e") && (index < 2 || !isNamePart(source[index - 2]))
  }

  private mutating func skipQuoted(by quote: Unicode.Scalar, backslash: Bool) {
    index += 1
    while let scalar = peek() {
      index += 1
      if backslash, scalar == "\\" {
        index += 1
      } else if scalar == quote {
        if peek() == quote { index += 1 } else { break }
      }
    }
    putMark()
  }

  /// A quoted name stays; what some engines would take for a string, as no name looks like it, goes.
  private mutating func copyName() {
    var end = index + 1
    while end < source.count, source[end] != "\"" { end += 1 }
    let name = source[(index + 1)..<end]
    isOwnName = namesItsOwn || given.contains(Array(name)) || end < source.count && followsAs(end + 1)
    // A plain word names a column as well: `"t"."id" AS "id"`.
    if isOwnName, !name.allSatisfy({ $0.isASCII && isNamePart($0) }) { given.insert(Array(name)) }
    let isName =
      quotedNames && end < source.count && !isOwnName && !looksLikeValue(name)
      && name.allSatisfy { isNamePart($0) || $0 == "." || $0 == " " || $0 == "-" }
    result.append(contentsOf: isName ? Array(source[index...end]) : [mark])
    words.removeAll(keepingCapacity: true)
    followsValue = true
    index = min(source.count, end + 1)
  }

  /// `#` begins a comment in MySQL and an operator in PostgreSQL, where a blank follows neither.
  private func isLineCommentMark() -> Bool {
    (index == 0 || source[index - 1] == "\n") || peek(1) == " "
  }

  private mutating func skipLine() {
    while let scalar = peek(), scalar != "\n" { index += 1 }
    if marksComments { result.append(mark) }
  }

  private mutating func skipBlockComment() {
    var depth = 0
    while let scalar = peek() {
      if scalar == "/", peek(1) == "*" {
        depth += 1
        index += 2
      } else if scalar == "*", peek(1) == "/" {
        depth -= 1
        index += 2
        if depth == 0 { break }
      } else {
        index += 1
      }
    }
    result.append(marksComments ? mark : " ")
  }

  /// `$1` stays, `$tag$…$tag$` goes.
  private mutating func dollar() {
    if peek(1).map(isDigit) == true {
      take()
      while let scalar = peek(), isDigit(scalar) { take() }
      followsValue = true
      return
    }
    var end = index + 1
    while end < source.count, isNamePart(source[end]), source[end] != "$" { end += 1 }
    guard end < source.count, source[end] == "$" else { return take() }
    let tag = source[index...end]
    var at = end + 1
    while at < source.count, !(source[at] == "$" && source[at...].starts(with: tag)) { at += 1 }
    index = min(source.count, at + tag.count)
    putMark()
  }

  private mutating func number() {
    while let scalar = peek(), isNamePart(scalar) || scalar == "." { index += 1 }
    putMark()
  }

  private mutating func copyWord() {
    let start = index
    while let scalar = peek(), isNamePart(scalar) { index += 1 }
    let word = source[start..<index]
    guard !looksLikeValue(word) else { return putMark() }
    result.append(contentsOf: word)
    if words.isEmpty { wordsFollowValue = followsValue }
    words.append(String(String.UnicodeScalarView(word)).lowercased())
    followsValue = false
  }

  private func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

  private func isNamePart(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", "_", "$": true
    default: scalar.value > 0x7F
    }
  }
}
