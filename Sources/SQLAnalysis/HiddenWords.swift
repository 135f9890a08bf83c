/// Words that are values, or may be: what stands for them in a shape is a placeholder, as for a literal.

/// The tokens of a text that the grammar reads, the values of its settings as strings: `SET a.b TO word`, and the same in
/// ALTER and in a function's definition. A name there is as much a value as what is in quotes, and so is one in quotes of
/// print, which the grammar takes for letters.
func hidingSettings(_ tokens: [Token], of bytes: [UInt8]) -> [Token] {
  var hidden = tokens
  for place in wordsInPrintQuotes(tokens, of: bytes) { hidden[place].kind = .string }
  for range in commandTokens(tokens, of: bytes) {
    let places = range.filter { tokens[$0].kind != .comment }
    guard let first = places.first, tokens[first].kind == .word else { continue }
    let verb = bytes[tokens[first].start..<tokens[first].end]
    guard ["set", "alter", "create", "copy", "explain"].contains(where: verb.equals) else { continue }
    var settings = Settings(tokens: tokens, places: places, bytes: bytes)
    if verb.equals("set") {
      settings.readAll()
    } else {
      if verb.equals("alter") || verb.equals("create") && settings.makesRoutine { settings.readClauses() }
      settings.readOptions()
    }
    for place in settings.values { hidden[place].kind = .string }
  }
  return hidden
}

/// The places of words that begin or end with a quotation mark of print, and of those between two such words: a value that
/// a word processor has quoted, as in `‘x’`, may hold what ends a word.
func wordsInPrintQuotes(_ tokens: [Token], of bytes: [UInt8]) -> [Int] {
  var found: [Int] = []
  /// Words behind one that begins a value, until one ends it.
  var inside: [Int]?
  for place in tokens.indices {
    let token = tokens[place]
    if token.kind == .semicolon { inside = nil }
    guard token.kind == .word || token.kind == .quotedName else { continue }
    var (begins, ends) = printQuotes(token, of: bytes)
    if begins, !ends, inside != nil { (begins, ends) = (false, true) }
    if ends { found += inside ?? [] }
    if begins || ends { found.append(place) }
    if begins || ends { inside = ends ? nil : [] } else { inside?.append(place) }
  }
  return found
}

/// Whether a name begins, and whether it ends, with a quotation mark of print; a mark alone begins.
private func printQuotes(_ token: Token, of bytes: [UInt8]) -> (begins: Bool, ends: Bool) {
  var spelling = bytes[token.start..<token.end]
  if token.kind == .quotedName { spelling = spelling.dropFirst().dropLast() }
  guard let first = spelling.first, let last = spelling.last, first >= 0x80 || last >= 0x80 else {
    return (false, false)
  }
  let scalars = String(decoding: spelling, as: UTF8.self).unicodeScalars
  let begins = scalars.first.map(isPrintQuote) ?? false
  return (begins, (scalars.last.map(isPrintQuote) ?? false) && (scalars.count > 1 || !begins))
}

/// Whether a letter is beyond ASCII and quotes, or is an accent or a prime that people type for a quote.
private func isPrintQuote(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar {
  case "\u{B4}", "\u{2B9}"..."\u{2BC}", "\u{2CA}"..."\u{2CB}", "\u{2032}"..."\u{2037}", "\u{FF40}": true
  default: !scalar.isASCII && scalar.properties.isQuotationMark
  }
}

/// Finds the values that a command gives to settings.
private struct Settings {
  let tokens: [Token]
  /// The command's tokens but comments.
  let places: [Int]
  let bytes: [UInt8]
  private(set) var values: [Int] = []

  init(tokens: [Token], places: [Int], bytes: [UInt8]) {
    (self.tokens, self.places, self.bytes) = (tokens, places, bytes)
  }

  private func `is`(_ index: Int, _ text: String) -> Bool {
    guard index < places.count else { return false }
    let token = tokens[places[index]]
    return bytes[token.start..<token.end].equals(text)
  }

  private func isName(_ index: Int) -> Bool {
    index < places.count && (tokens[places[index]].kind == .word || tokens[places[index]].kind == .quotedName)
  }

  private func assigns(_ index: Int) -> Bool { self.is(index, "=") || self.is(index, ":=") || self.is(index, "to") }

  var makesRoutine: Bool { (1..<5).contains { self.is($0, "function") || self.is($0, "procedure") } }

  private mutating func hide(_ index: Int) {
    guard index < places.count else { return }
    let token = tokens[places[index]]
    guard token.kind == .quotedName || token.kind == .word && !Keywords.contains(bytes[token.start..<token.end]) else {
      return
    }
    values.append(places[index])
  }

  /// Of SET itself, all behind the first sign of assignment, but names that are assigned to.
  mutating func readAll() {
    let start =
      places.indices.first(where: assigns)
      ?? places.indices.dropFirst().first { self.is($0, "zone") && self.is($0 - 1, "time") }
    guard let start else { return }
    for index in places.indices.dropFirst(start + 1) where isName(index) && !assigns(index + 1) { hide(index) }
  }

  /// What a definition is told by name and that is a name itself.
  ///
  /// Source: PostgreSQL 15, CREATE AGGREGATE, CREATE OPERATOR, CREATE TYPE, CREATE TEXT SEARCH DICTIONARY.
  private static let named: Set<String> = [
    "sfunc", "stype", "finalfunc", "combinefunc", "serialfunc", "deserialfunc", "msfunc", "minvfunc", "mstype",
    "mfinalfunc", "basetype", "sortop", "function", "procedure", "leftarg", "rightarg", "commutator", "negator",
    "restrict", "join", "input", "output", "receive", "send", "typmod_in", "typmod_out", "analyze", "subscript", "like",
    "element", "subtype", "subtype_opclass", "canonical", "subtype_diff", "multirange_type_name", "template", "parser",
  ]
  /// Values of options that every program writes.
  private static let common: Set<String> = ["csv", "text", "binary", "json", "xml", "yaml"]
  private static let ofDatabase: Set<String> = [
    "encoding", "locale", "lc_collate", "lc_ctype", "icu_locale", "icu_rules", "locale_provider", "collation_version",
    "strategy",
  ]

  /// The values of options in parentheses, `WITH (name = word)` or `(name word)`, and those of a database.
  mutating func readOptions() {
    let (isCopy, isExplain, isDatabase) = (self.is(0, "copy"), self.is(0, "explain"), self.is(1, "database"))
    let isDefinition =
      ["aggregate", "type", "operator", "collation", "text"].contains { kind in (1..<4).contains { self.is($0, kind) } }
    var index = 1
    while index < places.count, !self.is(index, "begin"), isCopy || !self.is(index, "select") {
      if isDatabase, Self.ofDatabase.contains(word(index)) { hide(index + (self.is(index + 1, "=") ? 2 : 1)) }
      guard tokens[places[index]].kind == .open else {
        index += 1
        continue
      }
      let before = word(index - 1)
      let follows = ["with", "set", "options"].contains(before)
      let isList =
        follows || isExplain && index == 1 || isDefinition && before != "as"
        || isCopy && (["stdin", "stdout"].contains(before) || tokens[places[index - 1]].kind == .string)
      index = isList ? readList(from: index + 1, needsSign: isDefinition && !follows) : index + 1
    }
  }

  /// Reads a list of options up to its end; gives the place behind it.
  private mutating func readList(from start: Int, needsSign: Bool) -> Int {
    var (index, depth, item) = (start, 0, start)
    while index < places.count {
      switch tokens[places[index]].kind {
      case .open: depth += 1
      case .close:
        if depth == 0 { return index + 1 }
        depth -= 1
      case .comma where depth == 0: item = index + 1
      default:
        let isValue = index > item && (!needsSign || self.is(item + 1, "="))
        if isValue, !Self.named.contains(word(item)), !Self.common.contains(word(index)) { hide(index) }
      }
      index += 1
    }
    return index
  }

  /// A token in lower case.
  private func word(_ index: Int) -> String {
    guard index < places.count else { return "" }
    let token = tokens[places[index]]
    return bytes[token.start..<token.end].lowercasedText
  }

  /// Of other commands, the list behind each `SET name TO`, outside of a body.
  mutating func readClauses() {
    var index = 1
    while index < places.count, !self.is(index, "begin") {
      guard self.is(index, "set"), isName(index + 1) else {
        index += 1
        continue
      }
      if self.is(index + 1, "time"), self.is(index + 2, "zone"), isName(index + 3) { hide(index + 3) }
      var next = index + 2
      while next < places.count, tokens[places[next]].kind == .dot { next += 2 }
      guard assigns(next) else {
        index += 1
        continue
      }
      index = next + 1
      while index < places.count {
        if isName(index) { hide(index) }
        index += 1
        guard index < places.count, tokens[places[index]].kind == .comma else { break }
        index += 1
      }
    }
  }
}

/// Where names in double quotes stand alone in an expression of a text that the grammar reads, which may be values; `nil`
/// where it does not read it.
func quotedColumns(of bytes: [UInt8]) -> Set<Int>? {
  var tree = Tree()
  return Grammar.parse(bytes, into: &tree) ? tree.quotedColumns : nil
}

/// The tokens with those that start at the given places as strings.
func hiding(_ places: Set<Int>, in tokens: [Token]) -> [Token] {
  guard !places.isEmpty else { return tokens }
  return tokens.map { token in
    var token = token
    if places.contains(token.start) { token.kind = .string }
    return token
  }
}

extension Tree {
  /// Where columns stand that are named without a table and in double quotes.
  var quotedColumns: Set<Int> {
    var places: Set<Int> = []
    for node in nodes.indices where nodes[node].key == .ColumnRef {
      let place = number(node, .location)
      guard place < source.count, source[place] == UInt8(ascii: "\""),
        list(node, .fields).reduce(0, { count, _ in count + 1 }) == 1
      else { continue }
      places.insert(place)
    }
    return places
  }
}

/// The tokens of a text that the grammar does not read as a whole. A command of it that it does read stays; of the others
/// stays what SQL itself uses, and what a command that is read names. Any other word may be a value.
func hidingUnknownWords(_ tokens: [Token], of bytes: [UInt8], _ dialect: SQLDialect) -> [Token] {
  var hidden = hidingSettings(tokens, of: bytes)
  var isShown = [Bool](repeating: false, count: tokens.count)
  var known: Set<ArraySlice<UInt8>> = []
  let ranges = bytes.count <= mostBytesRead ? commandTokens(tokens, of: bytes) : []
  for command in ranges.prefix(mostCommandsRead) {
    // Rows of COPY come before what follows them, and are not part of it.
    let range = tokens[command.lowerBound].kind == .string ? command.dropFirst() : command
    guard let values = quotedValues(tokens[range], of: bytes, dialect) else { continue }
    for place in range {
      isShown[place] = true
      if values.contains(tokens[place].start) { hidden[place].kind = .string }
      if hidden[place].kind == .word || hidden[place].kind == .quotedName { known.insert(name(tokens[place], bytes)) }
    }
  }
  for place in hidden.indices where !isShown[place] {
    let token = hidden[place]
    guard token.kind == .word || token.kind == .quotedName, !known.contains(name(token, bytes)) else { continue }
    if token.kind == .word, Keywords.contains(bytes[token.start..<token.end]) { continue }
    hidden[place].kind = .string
  }
  return hidden
}

/// The most that is read of a text command by command.
private let mostBytesRead = 1 << 20
private let mostCommandsRead = 1_000

/// Where names of a command stand that may be values; `nil` where the dialect's grammar does not read it.
private func quotedValues(_ command: ArraySlice<Token>, of bytes: [UInt8], _ dialect: SQLDialect) -> Set<Int>? {
  guard let first = command.first, let last = command.last else { return nil }
  switch dialect {
  case .postgreSQL: return Grammar.reads(Array(bytes[first.start..<last.end])) ? [] : nil
  case .mySQL: return Grammar.reads(MySQLBridge(Array(command), of: bytes).text) ? [] : nil
  case .looseQuotes:
    return quotedColumns(of: Array(bytes[first.start..<last.end])).map { Set($0.map { $0 + first.start }) }
  }
}

/// A name in lower case, without its quotes.
private func name(_ token: Token, _ bytes: [UInt8]) -> ArraySlice<UInt8> {
  let spelling = bytes[token.start..<token.end]
  let bare = token.kind == .quotedName && spelling.count > 1 ? spelling.dropFirst().dropLast() : spelling
  return Array(bare.lowercasedText.utf8)[...]
}
