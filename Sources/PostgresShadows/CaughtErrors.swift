/// What code says of errors that it may catch and that a shadow alone raises: the handler then runs on the shadow, and what the
/// code did in production is not seen.
///
/// Of an error that is caught the server tells nobody.
struct CaughtErrors: Sendable {
  /// Whether the code has a handler of errors.
  private(set) var isHandled = false
  /// Whether it may run what a shadow refuses: by its words, or in a text that it builds.
  private(set) var mayBeRefused = false

  /// Code that neither handles errors nor is refused anything.
  init() {}

  /// What a text says, which holds the code or defines it.
  init(of code: String, _ words: [String]) {
    isHandled = zip(words, words.dropFirst()).contains { $0 == "exception" && $1 == "when" }
    mayBeRefused = Self.isRefused(words) || BuiltText.all(in: code).contains { $0.isOpen || Self.isRefused($0.words) }
  }

  /// Whether a handler may have caught such an error.
  var mayHide: Bool { isHandled && mayBeRefused }

  /// Takes those of code that runs with it.
  mutating func formUnion(_ other: CaughtErrors) {
    isHandled = isHandled || other.isHandled
    mayBeRefused = mayBeRefused || other.mayBeRefused
  }

  /// What a shadow refuses for reasons of its own, word by word: its roles are not production's, and it has no files or programs.
  private static let refused: [[String]] = [
    ["grant"], ["revoke"], ["set", "role"], ["create", "role"], ["alter", "role"], ["drop", "role"],
    ["create", "user"],
    ["alter", "user"], ["drop", "user"], ["owner", "to"], ["session", "authorization"], ["alter", "system"],
    ["program"],
    ["create", "extension"], ["create", "subscription"], ["security", "label"], ["pg_read_file"],
    ["pg_read_binary_file"], ["pg_ls_dir"], ["lo_import"], ["lo_export"],
  ]

  private static func isRefused(_ words: [String]) -> Bool {
    words.indices.contains { place in refused.contains { words[place...].starts(with: $0) } }
  }
}

/// A text that code runs by `EXECUTE`, as far as the code shows it.
///
/// Source: PostgreSQL 15, 43.5.4 "Executing Dynamic Commands".
private struct BuiltText {
  /// The words of the literal with which it begins.
  let words: [String]
  /// Whether the rest of it may be anything.
  let isOpen: Bool

  /// Commands of which the first two words say what they do, if no other command comes behind: on the rows and objects of the
  /// clone.
  private static let told: Set<String> = [
    "insert", "update", "delete", "truncate", "create", "drop", "alter", "comment", "analyze", "vacuum", "refresh",
    "reindex", "cluster", "lock",
  ]

  /// The texts that code runs.
  static func all(in code: String) -> [BuiltText] {
    // A body in single quotes doubles its own.
    let isQuoted = code.firstMatch(of: #/(?i)^\s*do\s+(?:language\s+\w+\s+)?e?'|\bas\s+e?'/#) != nil
    let text = isQuoted ? code.replacing("''", with: "'") : code
    let starts = text.matches(of: #/(?i)\bexecute\b\s*/#)
    if starts.isEmpty { return [] }
    let variables = ShownVariables(of: text)
    return starts.compactMap { BuiltText(text[$0.range.upperBound...], variables) }
  }

  /// The text behind `EXECUTE`; `nil` where that names a trigger's function, a right or a prepared statement.
  private init?(_ rest: Substring, _ variables: ShownVariables) {
    if rest.prefixMatch(of: #/(?i)(?:function|procedure|on)\b/#) != nil { return nil }
    let isFormat = rest.prefixMatch(of: #/(?i)(?:pg_catalog\s*\.\s*)?format\s*\(\s*/#)
    let start = isFormat.map { rest[$0.range.upperBound...] } ?? rest
    guard let literal = Self.literal(start) else {
      (words, isOpen) = ([], true)
      return
    }
    let tail = Self.tail(literal.next, variables)
    words = PostgresWords.words(of: literal.content + (isFormat == nil ? tail.literals : ""))
    let isWhole =
      isFormat == nil
      ? literal.next.prefixMatch(of: #/(?i)\s*(?:;|into\b|using\b|loop\b|$)/#) != nil
      : !literal.content.contains("%s") && literal.next.prefixMatch(of: #/\s*[,)]/#) != nil
    // What is not a quoted name or value may end the command and begin another.
    let isNamed = isFormat == nil ? tail.isNamed : !literal.content.contains("%s")
    let isTold = Self.told.contains(words.first ?? "") && words.count > 1 && isNamed
    isOpen = !isWhole && !isTold
  }

  /// The literals up to the end of a command, and whether all between them is quoted names and values, or shown by the code. Two
  /// that are put together without anything between them may share a word.
  private static func tail(_ text: Substring, _ variables: ShownVariables) -> (literals: String, isNamed: Bool) {
    var (literals, others, rest) = ("", "", text)
    var isTogether = true
    while let sign = rest.first, sign != ";" {
      if let literal = literal(rest) {
        literals += (isTogether ? "" : " ") + literal.content
        rest = literal.next
        isTogether = true
      } else {
        isTogether = isTogether && (sign == "|" || sign.isWhitespace)
        others.append(rest.removeFirst())
      }
    }
    others = others.replacing(#/(?i)\b(?:into|using)\b.*/#, with: "")
      .replacing(#/(?i)\bquote_\w+\s*\([^()]*\)/#, with: "").replacing(#/::\s*\w+/#, with: "")
    for name in others.matches(of: #/\w+/#).map({ $0.output.lowercased() }) {
      if let literal = variables.literals[name] { literals += " " + literal }
    }
    others = others.replacing(#/\w+/#) { variables.holds($0.output.lowercased()) ? "" : $0.output }
    return (literals, !others.contains(where: \.isLetter))
  }

  /// The literal at a text's start, and what comes behind it; `nil` where there is none.
  private static func literal(_ text: Substring) -> (content: String, next: Substring)? {
    let bytes = (text.first?.lowercased() == "e" ? text.dropFirst() : text).utf8
    guard bytes.first == UInt8(ascii: "'") else { return nil }
    var content: [UInt8] = []
    var rest = bytes.dropFirst()
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "'") {
        guard rest.first == byte else { return (String(decoding: content, as: UTF8.self), Substring(rest)) }
        rest.removeFirst()
      }
      content.append(byte)
    }
    return nil
  }
}

/// Variables of code of which its text shows all that they may hold: one literal, or what their type keeps to numbers and quoted
/// names.
private struct ShownVariables {
  /// What those hold that are given a literal once.
  private(set) var literals: [String: String] = [:]
  private var plain: Set<String> = []

  /// More of declarations is not looked through: what is sought in them may be tried at each word.
  private static let mostDeclared = 8192

  /// Those of a text with one list of declarations: a second might use a name again.
  init(of code: String) {
    let words = PostgresWords.words(of: code)
    guard words.count(where: { $0 == "declare" }) == 1, let start = code.firstRange(of: #/(?i)\bdeclare\b/#),
      let end = code[start.upperBound...].firstRange(of: #/(?i)\bbegin\b/#)
    else { return }
    let (before, declared) = (code[..<start.lowerBound], code[start.upperBound..<end.lowerBound])
    // In a comment or a literal it would declare nothing.
    guard declared.utf8.count <= Self.mostDeclared, !["--", "/*", "'"].contains(where: { before.contains($0) }) else {
      return
    }
    let assigned = Set(code.matches(of: #/\b(\w+)\s*:?=/#).map { $0.output.1.lowercased() })
    func isGivenMore(_ name: String) -> Bool {
      assigned.contains(name)
        || words.indices.contains { place in
          ["into", "for", "foreach"].contains(words[place]) && words[place...].prefix(7).contains(name)
        }
    }
    let text = #/(?i)\b(\w+)\s+(?:constant\s+)?(?:text|name|varchar)\s*(?::=|=|\bdefault\b)\s*'((?:[^']|'')*)'\s*;/#
    for match in declared.matches(of: text) where !isGivenMore(match.output.1.lowercased()) {
      literals[match.output.1.lowercased()] = String(match.output.2)
    }
    let bare = declared.replacing(#/'(?:[^']|'')*'/#, with: "")
    let number =
      #/(?i)\b(\w+)\s+(?:integer|int[248]?|bigint|smallint|oid|regclass|date|boolean)\s*(?::?=|;|\bdefault\b)/#
    plain = Set(bare.matches(of: number).map { $0.output.1.lowercased() })
  }

  /// Whether the text shows what a variable holds.
  func holds(_ name: String) -> Bool { literals[name] != nil || plain.contains(name) }
}
