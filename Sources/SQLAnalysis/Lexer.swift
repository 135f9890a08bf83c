/// Cuts a SQL text into tokens by the lexical rules of PostgreSQL or MySQL, in one pass and without copies.
///
/// It never fails: an unterminated string, name or comment reaches to the end of the text. libpg_query's own scanner
/// refuses such text and copies every token; the tests hold the two against each other on text that both can read.
struct Lexer {
  let bytes: [UInt8]
  private let lexicon: Lexicon
  private var position = 0
  /// Whether MySQL's conditional comment (`/*!50000 … */`), whose contents are run, is open.
  private var isConditional = false
  /// Whether the last token is a string or quoted name without an end.
  private(set) var endsInQuote = false

  init(_ bytes: [UInt8], lexicon: Lexicon = .postgreSQL) {
    self.bytes = bytes
    self.lexicon = lexicon
  }

  /// Every token of a text, comments included.
  static func tokens(_ bytes: [UInt8], lexicon: Lexicon = .postgreSQL) -> [Token] {
    var lexer = Lexer(bytes, lexicon: lexicon)
    var tokens: [Token] = []
    tokens.reserveCapacity(bytes.count / 4 + 4)
    while let token = lexer.next() { tokens.append(token) }
    return tokens
  }

  /// Goes on from an offset, whatever stands before it.
  mutating func skip(to offset: Int) { position = max(position, offset) }

  /// The next token, or `nil` at the end.
  mutating func next() -> Token? {
    while position < bytes.count, isSpace(bytes[position]) { position += 1 }
    guard position < bytes.count else { return nil }
    let start = position
    let kind = scan(bytes[position])
    return Token(kind: kind, start: start, end: position)
  }

  private mutating func scan(_ byte: UInt8) -> Token.Kind {
    switch byte {
    case UInt8(ascii: "'"): return string(.string, escapes: lexicon == .mySQL)
    case UInt8(ascii: "\""):
      quoted(by: byte)
      return lexicon == .postgreSQL ? .quotedName : .string
    case UInt8(ascii: "`") where lexicon != .postgreSQL:
      quoted(by: byte)
      return .quotedName
    case UInt8(ascii: "#") where lexicon.isMySQL || lexicon == .unknown && peek(1) != UInt8(ascii: ">"):
      return lineComment()
    case UInt8(ascii: "$"): return lexicon.isMySQL && peek(1).map(isDigit) != true ? word(byte) : dollar()
    case UInt8(ascii: "0")...UInt8(ascii: "9"): return number()
    case UInt8(ascii: "."):
      if peek(1) == UInt8(ascii: ".") { return double(.symbol) }
      return peek(1).map(isDigit) == true ? number() : single(.dot)
    case UInt8(ascii: ";"): return single(.semicolon)
    case UInt8(ascii: "("): return single(.open)
    case UInt8(ascii: ")"): return single(.close)
    case UInt8(ascii: "["): return single(.openBracket)
    case UInt8(ascii: "]"): return single(.closeBracket)
    case UInt8(ascii: ","): return single(.comma)
    case UInt8(ascii: ":"):
      if peek(1) == UInt8(ascii: ":") { return double(.cast) }
      return peek(1) == UInt8(ascii: "=") ? double(.symbol) : single(.symbol)
    case _ where isNameStart(byte): return word(byte)
    case _ where isOperator(byte): return lexicon.isMySQL ? mySQLOperator() : operators()
    default: return single(.symbol)
    }
  }

  // MARK: Names and numbers

  private mutating func word(_ first: UInt8) -> Token.Kind {
    let quote = peek(1)
    if quote == UInt8(ascii: "'") {
      switch first | 0x20 {
      case UInt8(ascii: "e") where !lexicon.isMySQL: return prefixed(1, .string, escapes: true)
      case UInt8(ascii: "b"), UInt8(ascii: "x"): return prefixed(1, .bitString, escapes: false)
      case UInt8(ascii: "n"): return prefixed(1, .nationalString, escapes: lexicon == .mySQL)
      default: break
      }
    } else if quote == UInt8(ascii: "&"), first | 0x20 == UInt8(ascii: "u"), !lexicon.isMySQL {
      if peek(2) == UInt8(ascii: "'") { return prefixed(2, .string, escapes: false) }
      if peek(2) == UInt8(ascii: "\"") {
        position += 2
        quoted(by: UInt8(ascii: "\""))
        return lexicon == .unknown ? .string : .quotedName
      }
    }
    while position < bytes.count, isNamePart(bytes[position]) { position += 1 }
    return .word
  }

  private mutating func quoted(by quote: UInt8) {
    let escapes = lexicon == .mySQL && quote == UInt8(ascii: "\"")
    position += 1
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      if escapes, byte == UInt8(ascii: "\\") { position = min(position + 1, bytes.count) }
      guard byte == quote else { continue }
      if position < bytes.count, bytes[position] == quote { position += 1 } else { return }
    }
    endsInQuote = true
  }

  /// A number with whatever letters depend on it, which is `0xFF` elsewhere and junk in PostgreSQL.
  private mutating func number() -> Token.Kind {
    digits()
    if peek(0) == UInt8(ascii: "."), peek(1) != UInt8(ascii: ".") {
      position += 1
      digits()
    }
    if let letter = peek(0), letter | 0x20 == UInt8(ascii: "e"), let sign = peek(1),
      sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"), peek(2).map(isDigit) == true
    {
      position += 2
    }
    while position < bytes.count, isNamePart(bytes[position]), bytes[position] != UInt8(ascii: "$") { position += 1 }
    return .number
  }

  private mutating func digits() {
    while position < bytes.count, isDigit(bytes[position]) { position += 1 }
  }

  // MARK: Strings

  private mutating func prefixed(_ count: Int, _ kind: Token.Kind, escapes: Bool) -> Token.Kind {
    position += count
    return string(kind, escapes: escapes)
  }

  private mutating func string(_ kind: Token.Kind, escapes: Bool) -> Token.Kind {
    repeat {
      position += 1
      var closed = false
      while !closed, position < bytes.count {
        let byte = bytes[position]
        position += 1
        if byte == UInt8(ascii: "\\"), escapes {
          position = min(position + 1, bytes.count)
        } else if byte == UInt8(ascii: "'") {
          if peek(0) == UInt8(ascii: "'"), kind != .bitString { position += 1 } else { closed = true }
        }
      }
      if !closed { endsInQuote = true }
    } while continuesOnAnotherLine()
    return kind
  }

  /// `'a'` and `'b'` on lines of their own are one string, as SQL has it.
  private mutating func continuesOnAnotherLine() -> Bool {
    guard !lexicon.isMySQL else { return false }
    var next = position
    var newline = false
    while next < bytes.count {
      if isSpace(bytes[next]) {
        newline = newline || bytes[next] == 10 || bytes[next] == 13
        next += 1
      } else if newline, bytes[next] == UInt8(ascii: "-"), next + 1 < bytes.count, bytes[next + 1] == UInt8(ascii: "-")
      {
        while next < bytes.count, bytes[next] != 10, bytes[next] != 13 { next += 1 }
      } else {
        break
      }
    }
    guard newline, next < bytes.count, bytes[next] == UInt8(ascii: "'") else { return false }
    position = next
    return true
  }

  private mutating func dollar() -> Token.Kind {
    if peek(1).map(isDigit) == true {
      position += 1
      digits()
      return .parameter
    }
    var tagEnd = position + 1
    if tagEnd < bytes.count, isNameStart(bytes[tagEnd]) {
      while tagEnd < bytes.count, isNamePart(bytes[tagEnd]), bytes[tagEnd] != UInt8(ascii: "$") { tagEnd += 1 }
    }
    guard tagEnd < bytes.count, bytes[tagEnd] == UInt8(ascii: "$") else { return single(.symbol) }
    let tag = position...tagEnd
    position = tagEnd + 1
    while position < bytes.count {
      if bytes[position] == UInt8(ascii: "$") {
        if position + tag.count <= bytes.count, stands(tag, at: position) {
          position += tag.count
          return .string
        }
      }
      position += 1
    }
    endsInQuote = true
    return .string
  }

  private func stands(_ tag: ClosedRange<Int>, at offset: Int) -> Bool {
    for index in 0..<tag.count where bytes[tag.lowerBound + index] != bytes[offset + index] { return false }
    return true
  }

  // MARK: Operators and comments

  private mutating func operators() -> Token.Kind {
    let start = position
    if let comment = comment() { return comment }
    var hasUncommon = false
    while position < bytes.count, isOperator(bytes[position]) {
      if position > start, startsComment() { break }
      hasUncommon = hasUncommon || isUncommon(bytes[position])
      position += 1
    }
    // `a=-1` is an equals sign and a minus: only operators with an uncommon character may end in a sign.
    if !hasUncommon {
      while position - start > 1, bytes[position - 1] == UInt8(ascii: "-") || bytes[position - 1] == UInt8(ascii: "+") {
        position -= 1
      }
    }
    return .symbol
  }

  /// One of MySQL's operators, of which none but these has more than one character.
  private mutating func mySQLOperator() -> Token.Kind {
    if isConditional, bytes[position] == UInt8(ascii: "*"), peek(1) == UInt8(ascii: "/") {
      isConditional = false
      return double(.comment)
    }
    if let comment = comment() { return comment }
    for operators in Self.longOperators {
      let count = operators.utf8.count
      guard position + count <= bytes.count, bytes[position..<(position + count)].elementsEqual(operators.utf8) else {
        continue
      }
      position += count
      return .symbol
    }
    return single(.symbol)
  }

  private static let longOperators = ["<=>", "->>", "<=", ">=", "<>", "!=", "&&", "||", "<<", ">>", "->", "@@"]

  private func startsComment() -> Bool {
    if lexicon.isMySQL, bytes[position] == UInt8(ascii: "-"), let third = peek(2), third > 32 { return false }
    return (bytes[position] == UInt8(ascii: "-") && peek(1) == UInt8(ascii: "-"))
      || (bytes[position] == UInt8(ascii: "/") && peek(1) == UInt8(ascii: "*"))
  }

  private mutating func comment() -> Token.Kind? {
    guard startsComment() else { return nil }
    if bytes[position] == UInt8(ascii: "-") { return lineComment() }
    if lexicon.isMySQL { return mySQLComment() }
    var depth = 0
    var firstEnd: Int?
    while position < bytes.count {
      if bytes[position] == UInt8(ascii: "/"), peek(1) == UInt8(ascii: "*") {
        depth += 1
        position += 2
      } else if bytes[position] == UInt8(ascii: "*"), peek(1) == UInt8(ascii: "/") {
        depth -= 1
        position += 2
        firstEnd = firstEnd ?? position
        if depth == 0 { return .comment }
      } else {
        position += 1
      }
    }
    // Comments do not nest everywhere: where the inner ones leave none open but the outer, that one has ended before.
    if lexicon == .unknown, let firstEnd { position = firstEnd }
    return .comment
  }

  /// MySQL's comments do not nest. What is in a conditional one is run, so its marks alone are the comment.
  private mutating func mySQLComment() -> Token.Kind {
    position += 2
    let isMariaDB = peek(0) == UInt8(ascii: "M") && peek(1) == UInt8(ascii: "!")
    if !isConditional, peek(0) == UInt8(ascii: "!") || isMariaDB {
      position += isMariaDB ? 2 : 1
      digits()
      isConditional = true
      return .comment
    }
    while position < bytes.count {
      if bytes[position] == UInt8(ascii: "*"), peek(1) == UInt8(ascii: "/") {
        position += 2
        break
      }
      position += 1
    }
    return .comment
  }

  private mutating func lineComment() -> Token.Kind {
    while position < bytes.count, bytes[position] != 10, bytes[position] != 13 { position += 1 }
    return .comment
  }

  // MARK: Bytes

  private func peek(_ ahead: Int) -> UInt8? {
    position + ahead < bytes.count ? bytes[position + ahead] : nil
  }

  private mutating func single(_ kind: Token.Kind) -> Token.Kind {
    position += 1
    return kind
  }

  private mutating func double(_ kind: Token.Kind) -> Token.Kind {
    position += 2
    return kind
  }
}

@inline(__always) func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (byte >= 9 && byte <= 13) }

@inline(__always) func isDigit(_ byte: UInt8) -> Bool { byte >= 48 && byte <= 57 }

@inline(__always) func isNameStart(_ byte: UInt8) -> Bool {
  (byte | 0x20 >= 97 && byte | 0x20 <= 122) || byte == UInt8(ascii: "_") || byte >= 0x80
}

@inline(__always) func isNamePart(_ byte: UInt8) -> Bool {
  isNameStart(byte) || isDigit(byte) || byte == UInt8(ascii: "$")
}

private func isOperator(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "*"), UInt8(ascii: "/"), UInt8(ascii: "<"), UInt8(ascii: ">"),
    UInt8(ascii: "="):
    true
  default: isUncommon(byte)
  }
}

private func isUncommon(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "~"), UInt8(ascii: "!"), UInt8(ascii: "@"), UInt8(ascii: "#"), UInt8(ascii: "^"), UInt8(ascii: "&"),
    UInt8(ascii: "|"), UInt8(ascii: "`"), UInt8(ascii: "?"), UInt8(ascii: "%"):
    true
  default: false
  }
}
