import AuditTrail

/// SQL without its literals, whatever it is that came in: the second lock behind the shapes that analysis makes.
///
/// Strings, dollar-quoted bodies, bit strings and numbers become `?`, comments are left out; names, keywords, `$1` and
/// `?` stay, but not what a detector finds in a name. What is left open at the end is taken for a literal. Text that was redacted before comes out the same.
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

private func hasQuoteAfterBackslash(_ sql: String) -> Bool { sql.contains("\\'") || sql.contains("\\\"") }

private struct LiteralScanner {
  private let source: [Unicode.Scalar]
  private var index = 0
  private var result = String.UnicodeScalarView()
  /// What stands in a literal's place.
  private let mark: Unicode.Scalar
  /// Whether comments leave the mark too, rather than nothing.
  private let marksComments: Bool
  private let quotedNames: Bool

  init(_ source: [Unicode.Scalar], mark: Unicode.Scalar = "?", quotedNames: Bool = true) {
    self.source = source
    self.mark = mark
    self.quotedNames = quotedNames
    marksComments = mark != "?"
  }

  mutating func redacted() -> String {
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
    return String(result)
  }

  private func peek(_ offset: Int = 0) -> Unicode.Scalar? {
    index + offset < source.count ? source[index + offset] : nil
  }

  private mutating func take() {
    result.append(source[index])
    index += 1
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
    result.append(mark)
  }

  /// A quoted name stays; what some engines would take for a string, as no name looks like it, goes.
  private mutating func copyName() {
    var end = index + 1
    while end < source.count, source[end] != "\"" { end += 1 }
    let name = source[(index + 1)..<end]
    let isName =
      quotedNames && end < source.count && name.allSatisfy { isNamePart($0) || $0 == "." || $0 == " " || $0 == "-" }
    result.append(contentsOf: isName ? Array(source[index...end]) : [mark])
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
      return
    }
    var end = index + 1
    while end < source.count, isNamePart(source[end]), source[end] != "$" { end += 1 }
    guard end < source.count, source[end] == "$" else { return take() }
    let tag = source[index...end]
    var at = end + 1
    while at < source.count, !(source[at] == "$" && source[at...].starts(with: tag)) { at += 1 }
    index = min(source.count, at + tag.count)
    result.append(mark)
  }

  private mutating func number() {
    while let scalar = peek(), isNamePart(scalar) || scalar == "." { index += 1 }
    result.append(mark)
  }

  private mutating func copyWord() {
    while let scalar = peek(), isNamePart(scalar) { take() }
  }

  private func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

  private func isNamePart(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", "_", "$": true
    default: scalar.value > 0x7F
    }
  }
}
