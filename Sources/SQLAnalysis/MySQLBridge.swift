/// Writes a MySQL text as PostgreSQL would have it, token by token, so that PostgreSQL's grammar reads it.
///
/// What is only spelt in another way is bridged: names in back-ticks (folded as unquoted ones), values in double quotes,
/// backslash escapes, `#` comments, `?` for a parameter, `LIMIT a, b`, `REPLACE INTO`, `INSERT IGNORE`, `ON DUPLICATE KEY
/// UPDATE`, a `LIMIT` on UPDATE and DELETE, `&&`, `||`, `<=>`, `REGEXP`, `DIV`, `INTERVAL 1 DAY`. Anything else is passed on
/// as it stands: the grammar reads it, or the text counts as not parsed.
struct MySQLBridge {
  /// The text that PostgreSQL's grammar is to read.
  private(set) var text: [UInt8] = []
  /// Top-level commands that are `REPLACE`, by their place.
  private(set) var replacing: Set<Int> = []
  private let bytes: [UInt8]
  private let tokens: [Token]
  private var position = 0
  private var nextParameter = 1
  /// The first word of the command under way, in lower case.
  private var verb = ""
  private var command = 0
  private var depth = 0
  /// Whether `ON DUPLICATE KEY UPDATE` was seen, in which `VALUES(a)` is the row that was to be inserted.
  private var isUpsert = false

  init(_ tokens: [Token], of bytes: [UInt8]) {
    self.tokens = tokens.filter { $0.kind != .comment }
    self.bytes = bytes
    for token in self.tokens where token.kind == .parameter {
      let digits = bytes[(token.start + 1)..<min(token.end, token.start + 7)]
      nextParameter = max(nextParameter, (Int(String(decoding: digits, as: UTF8.self)) ?? 0) + 1)
    }
    text.reserveCapacity(bytes.count + bytes.count / 4)
    while position < self.tokens.count { next() }
    endCommand()
  }

  // MARK: Tokens

  private mutating func next() {
    let token = tokens[position]
    switch token.kind {
    case .word: word(token)
    case .quotedName: append(name: unquoted(token))
    case .string, .nationalString: strings()
    case .number where hasPrefix("0x", token): append("X'\(spelling(token).dropFirst(2))'")
    case .number where hasPrefix("0b", token): append("B'\(spelling(token).dropFirst(2))'")
    case .semicolon:
      endCommand()
      append(";")
      (verb, depth, isUpsert) = ("", 0, false)
      command += 1
    case .open:
      depth += 1
      append("(")
    case .close:
      depth -= 1
      append(")")
    case .symbol: symbol(token)
    default: append(spelling(token))
    }
    position += 1
  }

  private mutating func endCommand() {
    // A name for the shape of REPLACE that INSERT has not.
    if verb == "replace" { append("ON CONFLICT ON CONSTRAINT replaced DO NOTHING") }
    if verb.isEmpty { command -= 1 }
  }

  private mutating func append(_ piece: String) {
    text.append(UInt8(ascii: " "))
    text.append(contentsOf: piece.utf8)
  }

  private mutating func append(name: [UInt8]) {
    text += [UInt8(ascii: " "), UInt8(ascii: "\"")]
    for byte in name {
      if byte == UInt8(ascii: "\"") { text.append(byte) }
      text.append(byte >= 65 && byte <= 90 ? byte | 0x20 : byte)
    }
    text.append(UInt8(ascii: "\""))
  }

  private func spelling(_ token: Token) -> String { String(decoding: bytes[token.start..<token.end], as: UTF8.self) }

  private func hasPrefix(_ prefix: String, _ token: Token) -> Bool {
    token.end - token.start > 2 && bytes[token.start..<(token.start + 2)].equals(prefix)
  }

  private func token(_ ahead: Int) -> Token? { position + ahead < tokens.count ? tokens[position + ahead] : nil }

  private func isWord(_ ahead: Int, _ word: String) -> Bool {
    guard let token = token(ahead), token.kind == .word else { return false }
    return bytes[token.start..<token.end].equals(word)
  }

  // MARK: Quotes

  /// The contents of a quoted token, doubled quotes once.
  private func unquoted(_ token: Token) -> [UInt8] {
    let quote = bytes[token.start]
    var name: [UInt8] = []
    var index = token.start + 1
    let end = token.end - (token.end > index && bytes[token.end - 1] == quote ? 1 : 0)
    while index < end {
      name.append(bytes[index])
      index += bytes[index] == quote && index + 1 < end && bytes[index + 1] == quote ? 2 : 1
    }
    return name
  }

  /// Strings side by side are one.
  private mutating func strings() {
    var value: [UInt8] = []
    while let token = token(0), token.kind == .string || token.kind == .nationalString {
      decode(token, into: &value)
      position += 1
    }
    position -= 1
    text += [UInt8(ascii: " "), UInt8(ascii: "'")]
    for byte in value {
      if byte == UInt8(ascii: "'") { text.append(byte) }
      text.append(byte)
    }
    text.append(UInt8(ascii: "'"))
  }

  private func decode(_ token: Token, into value: inout [UInt8]) {
    var index = token.start + (token.kind == .nationalString ? 1 : 0)
    let quote = bytes[index]
    index += 1
    while index < token.end {
      let byte = bytes[index]
      let next = index + 1 < token.end ? bytes[index + 1] : nil
      if byte == UInt8(ascii: "\\"), let next {
        // `\\%` and `\\_` keep their backslash: they mean something to LIKE.
        if next == UInt8(ascii: "%") || next == UInt8(ascii: "_") { value.append(byte) }
        value += escaped(next)
        index += 2
      } else if byte == quote {
        if next == quote { value.append(byte) }
        index += 2
      } else {
        value.append(byte)
        index += 1
      }
    }
  }

  private func escaped(_ byte: UInt8) -> [UInt8] {
    switch byte {
    case UInt8(ascii: "0"): Array("\u{fffd}".utf8)
    case UInt8(ascii: "n"): [10]
    case UInt8(ascii: "r"): [13]
    case UInt8(ascii: "t"): [9]
    case UInt8(ascii: "b"): [8]
    case UInt8(ascii: "Z"): [26]
    default: [byte]
    }
  }

  // MARK: Symbols

  private mutating func symbol(_ token: Token) {
    switch spelling(token) {
    case "&&": append("AND")
    case "||": append("OR")
    case "<=>": append("IS NOT DISTINCT FROM")
    case "!": append("NOT")
    case ":=": append("=")
    case "?": parameter()
    case "@", "@@": variable()
    case let other: append(other)
    }
  }

  private mutating func parameter() {
    append("$\(nextParameter)")
    nextParameter += 1
  }

  /// `@a`, `@@session.a`: a value that the text does not say; SET names it.
  private mutating func variable() {
    guard verb != "set" else { return }
    while let name = token(1), name.kind == .word || name.kind == .quotedName || name.kind == .string {
      position += 1
      guard token(1)?.kind == .dot else { break }
      position += 1
    }
    parameter()
  }

  // MARK: Words

  private mutating func word(_ token: Token) {
    let word = bytes[token.start..<token.end].lowercasedText
    if verb.isEmpty { return begin(word) }
    if isUpsert, word == "values", endOfValues() { return }
    switch word {
    case "limit": limit()
    case "on" where isWord(1, "duplicate") && isWord(2, "key") && isWord(3, "update"):
      append("ON CONFLICT DO UPDATE SET")
      isUpsert = true
      position += 3
    case "not" where isWord(1, "regexp") || isWord(1, "rlike"):
      append("!~")
      position += 1
    case "regexp", "rlike": append("~")
    case "div": append("/")
    case "mod" where self.token(1)?.kind != .open: append("%")
    case "interval": interval()
    case "straight_join": append("JOIN")
    case "distinctrow": append("DISTINCT")
    case "from" where isWord(1, "dual"): position += 1
    case "lock" where isWord(1, "in") && isWord(2, "share") && isWord(3, "mode"):
      append("FOR SHARE")
      position += 3
    case "user", "session_user", "current_role", "current_schema", "current_catalog":
      // Columns there, values of the session here.
      if Self.dataVerbs.contains(verb) { append(name: Array(word.utf8)) } else { append(word) }
    case _ where word.hasPrefix("_") && (self.token(1)?.kind == .string): break
    default: append(spelling(token))
    }
  }

  private static let dataVerbs: Set<String> = ["select", "insert", "update", "delete", "replace", "with", "explain"]

  /// The first word of a command, and the modifiers behind it that change nothing here.
  private mutating func begin(_ word: String) {
    verb = word
    switch word {
    case "replace":
      replacing.insert(command)
      append("INSERT")
      skip(["low_priority", "delayed"])
      if !isWord(1, "into") { append("INTO") }
    case "insert":
      append("INSERT")
      skip(["low_priority", "delayed", "high_priority", "ignore"])
      if !isWord(1, "into") { append("INTO") }
    case "update", "delete":
      append(word)
      skip(["low_priority", "quick", "ignore"])
    case "select":
      append(word)
      skip([
        "high_priority", "straight_join", "sql_small_result", "sql_big_result", "sql_no_cache", "sql_calc_found_rows",
      ])
    default: append(word)
    }
  }

  private mutating func skip(_ modifiers: Set<String>) {
    while let next = token(1), next.kind == .word, modifiers.contains(bytes[next.start..<next.end].lowercasedText) {
      position += 1
    }
  }

  /// `VALUES(a)` behind `ON DUPLICATE KEY UPDATE`.
  private mutating func endOfValues() -> Bool {
    guard token(1)?.kind == .open, let name = token(2), name.kind == .word || name.kind == .quotedName,
      token(3)?.kind == .close
    else { return false }
    append("excluded.")
    append(name: name.kind == .word ? Array(bytes[name.start..<name.end]) : unquoted(name))
    position += 3
    return true
  }

  /// `LIMIT a, b` is `LIMIT b OFFSET a`. The limit of an UPDATE or DELETE goes: it says how many rows, not which.
  private mutating func limit() {
    guard let first = operand(1) else { return append("LIMIT") }
    if depth == 0, verb == "update" || verb == "delete" {
      position += 1
    } else if token(2)?.kind == .comma, let second = operand(3) {
      append("LIMIT \(second) OFFSET \(first)")
      position += 3
    } else {
      append("LIMIT")
    }
  }

  /// A number or parameter that a `LIMIT` takes.
  private mutating func operand(_ ahead: Int) -> String? {
    guard let token = token(ahead) else { return nil }
    switch token.kind {
    case .number, .parameter: return spelling(token)
    case .symbol where spelling(token) == "?":
      guard self.token(ahead - 1)?.kind == .comma || self.token(ahead + 1)?.kind == .comma else { return "?" }
      defer { nextParameter += 1 }
      return "$\(nextParameter)"
    default: return nil
    }
  }

  /// `INTERVAL 1 DAY`: a unit without quotes around the number.
  private mutating func interval() {
    guard let value = token(1), token(2)?.kind == .word else { return append("INTERVAL") }
    switch value.kind {
    case .number: append("INTERVAL '\(spelling(value))'")
    case .string: append("INTERVAL '1'")
    case .parameter: append(spelling(value))
    case .symbol where spelling(value) == "?": parameter()
    default: return append("INTERVAL")
    }
    position += 2
  }
}
