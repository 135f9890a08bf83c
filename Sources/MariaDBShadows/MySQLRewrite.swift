import Replay

/// A definition of a dump as this server reads it: edits at the places of its tokens, each of them said.
struct MySQLRewrite {
  private let bytes: [UInt8]
  private let tokens: [MySQLTokens.Token]
  private var edits: [(range: Range<Int>, text: String)] = []
  /// What is another way than in the dump, in words.
  private(set) var changes: Set<String> = []

  /// A definition.
  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    tokens = Array(MySQLTokens(bytes))
  }

  /// The name that follows a keyword, without `IF NOT EXISTS` and its schema.
  static func name(after keyword: String, _ bytes: [UInt8]) -> String {
    var isAfter = false
    var name = ""
    for token in MySQLTokens(bytes) {
      if !isAfter {
        isAfter = token.isWord(keyword)
        continue
      }
      if token.isSymbol(".") { continue }
      if ["if", "not", "exists"].contains(where: token.isWord) { continue }
      guard token.isName, name.isEmpty || token.range.lowerBound > 0 else { break }
      if !name.isEmpty, !Self.isAfterDot(token, bytes) { break }
      name = token.text
    }
    return name
  }

  private static func isAfterDot(_ token: MySQLTokens.Token, _ bytes: [UInt8]) -> Bool {
    bytes[..<token.range.lowerBound].last { $0 > 0x20 } == UInt8(ascii: ".")
  }

  /// The definition with its edits.
  var edited: [UInt8] {
    var result: [UInt8] = []
    var position = 0
    for edit in edits.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) where edit.range.lowerBound >= position
    {
      result += bytes[position..<edit.range.lowerBound] + Array(edit.text.utf8)
      position = edit.range.upperBound
    }
    return result + bytes[position...]
  }

  /// Makes the edits.
  mutating func makeEdits() {
    for place in tokens.indices { edit(place) }
    dropDefinitions()
    turnVersionComments()
  }

  private func token(_ place: Int) -> MySQLTokens.Token? { tokens.indices.contains(place) ? tokens[place] : nil }

  private mutating func edit(_ place: Int) {
    let token = tokens[place]
    guard token.kind == .word else {
      if token.isSymbol("-"), self.token(place + 1)?.isSymbol(">") == true { arrow(place) }
      return
    }
    if token.text.hasPrefix("utf8mb4_"), token.text.contains("0900_") { return collation(token) }
    switch token.text {
    case "definer" where self.token(place + 1)?.isSymbol("=") == true: definer(place)
    case "stats_auto_recalc": option(place, "without STATS_AUTO_RECALC")
    case "encryption", "secondary_engine", "secondary_engine_attribute", "engine_attribute", "autoextend_size":
      if self.token(place + 1)?.isSymbol("=") == true { option(place, "without \(token.text.uppercased())") }
    case "directory": option(place, "without DATA DIRECTORY", from: place - 1)
    case "tablespace": option(place, "without TABLESPACE")
    default: break
    }
  }

  /// MySQL 8's collations have others of the same rules; one without pad has one without pad.
  private mutating func collation(_ token: MySQLTokens.Token) {
    if token.text == "utf8mb4_0900_bin" {
      edits.append((token.range, "utf8mb4_bin"))
      changes.insert("with utf8mb4_0900_bin as utf8mb4_bin")
      return
    }
    let strength = token.text.hasSuffix("as_cs") ? "as_cs" : token.text.hasSuffix("as_ci") ? "as_ci" : "ai_ci"
    let other = "utf8mb4_uca1400_nopad_\(strength)"
    edits.append((token.range, other))
    changes.insert("with \(token.text) as \(other)")
  }

  /// Everything is loaded by one account and belongs to it.
  private mutating func definer(_ place: Int) {
    var end = place + 2
    if token(end + 1)?.isSymbol("@") == true { end += 2 }
    if token(end + 1)?.isSymbol("(") == true { end += 2 }
    guard let last = token(end) else { return }
    edits.append((tokens[place].range.lowerBound..<last.range.upperBound, ""))
    changes.insert("without its DEFINER")
  }

  /// Takes out an option with its value.
  private mutating func option(_ place: Int, _ words: String, from start: Int? = nil) {
    var end = place + 1
    if token(end)?.isSymbol("=") == true { end += 1 }
    guard let last = token(end), let first = token(start ?? place) else { return }
    edits.append((first.range.lowerBound..<last.range.upperBound, ""))
    changes.insert(words)
  }

  /// `column -> 'path'` and `column ->> 'path'` as the functions that they stand for.
  private mutating func arrow(_ place: Int) {
    let isText = token(place + 2)?.isSymbol(">") == true
    let path = place + (isText ? 3 : 2)
    var start = place - 1
    guard let column = token(start), column.isName, let value = token(path), value.kind == .string else { return }
    while let dot = token(start - 1), dot.isSymbol("."), token(start - 2)?.isName == true { start -= 2 }
    let name = String(decoding: bytes[tokens[start].range.lowerBound..<column.range.upperBound], as: UTF8.self)
    let text = String(decoding: bytes[value.range], as: UTF8.self)
    let call = "json_extract(\(name),\(text))"
    edits.append((tokens[start].range.lowerBound..<value.range.upperBound, isText ? "json_unquote(\(call))" : call))
    changes.insert("with -> as json_extract")
  }

  // MARK: Parts of a table

  /// Takes out keys over expressions, and checks that are not enforced, which this server would enforce.
  private mutating func dropDefinitions() {
    guard let open = tokens.firstIndex(where: { $0.isSymbol("(") }),
      tokens.prefix(open).contains(where: { $0.isWord("table") })
    else { return }
    var (depth, start) = (0, open + 1)
    for place in tokens[open...].indices {
      let token = tokens[place]
      if token.isSymbol("(") { depth += 1 }
      let isEnd = token.isSymbol(")") && depth == 1
      if isEnd || token.isSymbol(",") && depth == 1 {
        judge(start..<place, isFirst: start == open + 1)
        start = place + 1
      }
      if token.isSymbol(")") { depth -= 1 }
      if isEnd { return }
    }
  }

  private mutating func judge(_ part: Range<Int>, isFirst: Bool) {
    let definition = Array(tokens[part])
    guard let first = definition.first, let last = definition.last else { return }
    let isKey = ["key", "unique", "index"].contains(where: first.isWord)
    let isOverExpression =
      isKey && zip(definition, definition.dropFirst()).contains { $0.isSymbol("(") && $1.isSymbol("(") }
    let isUnenforced = zip(definition, definition.dropFirst()).contains { $0.isWord("not") && $1.isWord("enforced") }
    guard isOverExpression || isUnenforced else { return }
    let name = definition.first { $0.kind == .quotedName }?.text ?? ""
    if isUnenforced, !["constraint", "check"].contains(where: first.isWord) {
      // A check of a column goes from its first word.
      guard let check = definition.firstIndex(where: { $0.isWord("check") || $0.isWord("constraint") }) else { return }
      cutOut(definition[check].range.lowerBound..<last.range.upperBound)
    } else {
      let start = isFirst ? first.range.lowerBound : tokens[part.lowerBound - 1].range.lowerBound
      cutOut(start..<last.range.upperBound)
    }
    changes.insert(
      isUnenforced ? "without the check \(name), which is not enforced" : "without the key \(name) over an expression")
  }

  /// Takes out a part with the end of its comment.
  private mutating func cutOut(_ range: Range<Int>) {
    var end = range.upperBound
    let piece = bytes[range]
    let opens = zip(piece, piece.dropFirst()).count { $0 == UInt8(ascii: "/") && $1 == UInt8(ascii: "*") }
    let closes = zip(piece, piece.dropFirst()).count { $0 == UInt8(ascii: "*") && $1 == UInt8(ascii: "/") }
    if opens > closes {
      while end < bytes.count, bytes[end - 1] != UInt8(ascii: "/") || bytes[end - 2] != UInt8(ascii: "*") { end += 1 }
    }
    edits.removeAll { $0.range.overlaps(range) }
    edits.append((range.lowerBound..<end, ""))
  }

  // MARK: Comments that MySQL 8 runs

  /// This server passes by what is for MySQL 5.7.0 and newer: what it knows runs, what it does not is named.
  private mutating func turnVersionComments() {
    var index = 0
    while let open = firstPlace("/*!", from: index) {
      let close = firstPlace("*/", from: open + 3) ?? bytes.count
      index = close
      let digits = bytes[(open + 3)..<close].prefix { $0 &- UInt8(ascii: "0") < 10 }
      let version = Int(String(decoding: digits, as: UTF8.self)) ?? 0
      guard (50_700...99_999).contains(version), !isInQuotes(open) else { continue }
      let range = open..<min(bytes.count, close + 2)
      if edits.contains(where: { $0.range.overlaps(range) }) { continue }
      let content = String(decoding: bytes[(open + 3 + digits.count)..<close], as: UTF8.self).trimmed
      switch content.lowercased() {
      case "invisible":
        let isKey = isOfKey(open)
        edits.append((range, isKey ? "IGNORED" : "INVISIBLE"))
        changes.insert(isKey ? "with an INVISIBLE key as IGNORED" : "with an INVISIBLE column of MySQL 8")
      case let other where other.hasPrefix("default encryption"): edits.append((range, ""))
      default:
        edits.append((range, ""))
        changes.insert("without \(content.prefix(40))")
      }
    }
  }

  private func firstPlace(_ text: String, from start: Int) -> Int? {
    let wanted = Array(text.utf8)
    guard bytes.count >= wanted.count, start <= bytes.count - wanted.count else { return nil }
    return (start...(bytes.count - wanted.count)).first { bytes[$0..<($0 + wanted.count)].elementsEqual(wanted) }
  }

  private func isInQuotes(_ index: Int) -> Bool {
    tokens.contains { ($0.kind == .string || $0.kind == .quotedName) && $0.range.contains(index) }
  }

  private func isOfKey(_ index: Int) -> Bool {
    let before = tokens.last { $0.range.upperBound <= index }
    return before?.isSymbol(")") == true
      && tokens.last { $0.range.upperBound <= index && ($0.isWord("key") || $0.isWord("index")) } != nil
  }
}

extension String {
  fileprivate var trimmed: String {
    String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
  }
}
