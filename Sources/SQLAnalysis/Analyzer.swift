public import AuditTrail

/// The facts of a SQL text; for many texts keep an ``Analyzer``.
public func analyze(_ sql: String, as dialect: SQLDialect = .postgreSQL) -> Facts {
  var analyzer = Analyzer()
  return analyzer.analyze(sql, as: dialect)
}

/// Draws facts from SQL texts, one after another, keeping its buffers.
///
/// Facts come from the parse tree of PostgreSQL's own grammar. A text that it does not read (another engine's, garbage,
/// longer, deeper or more tangled than is safe) has `parsed == false` and what its tokens alone say.
public struct Analyzer: Sendable {
  private var walk = Walk()
  private var normalization = Normalization()
  private var shapes = Shapes()

  /// An analyzer without memory of any text.
  public init() {}

  /// The facts of a text.
  public mutating func analyze(_ sql: String, as dialect: SQLDialect = .postgreSQL) -> Facts {
    analyze(Array(sql.utf8), as: dialect)
  }

  /// The facts of a text in UTF-8.
  public mutating func analyze(_ bytes: [UInt8], as dialect: SQLDialect = .postgreSQL) -> Facts {
    if dialect == .mySQL { return analyzeMySQL(bytes) }
    let tokens = Lexer.tokens(bytes)
    let hasLooseQuotes = dialect == .looseQuotes && tokens.contains { $0.kind == .quotedName }
    let mayHoldValues = hasLooseQuotes || !wordsInPrintQuotes(tokens, of: bytes).isEmpty
    // Where values may be more than values, texts have no shape in common by their tokens.
    let isNamedByTokens = !mayHoldValues && fingerprintFollowsTokens(bytes, tokens)
    normalization.canonical(isNamedByTokens ? tokens : hidingSettings(tokens, of: bytes), of: bytes)
    let known = isNamedByTokens ? shapes.find(normalization) : nil
    let arePlain = isNamedByTokens && areValuesPlain(bytes, tokens)
    if arePlain, let facts = known?.facts { return facts }
    walk.reset()
    var fingerprint = known?.fingerprint
    if fingerprint == nil {
      fingerprint = Grammar.parseNamed(bytes, into: &walk.tree)
    } else if !Grammar.parse(bytes, into: &walk.tree) {
      fingerprint = nil
    }
    guard var fingerprint else { return unparsed(bytes, dialect) }
    if mayHoldValues {
      normalization.canonical(
        hiding(hasLooseQuotes ? walk.tree.quotedColumns : [], in: hidingSettings(tokens, of: bytes)), of: bytes)
      fingerprint = Grammar.fingerprint(normalization.text) ?? fingerprint
    }
    walk.statements(nested: false)
    let commandCount = walk.drafts.reduce(0) { $0 + ($1.isNested ? 0 : 1) }
    walk.readInner()
    guard !walk.isExhausted else { return unparsed(bytes, dialect) }
    let facts = Facts(
      parsed: true, fingerprint: fingerprint,
      normalized: known?.normalized ?? String(decoding: normalization.text, as: UTF8.self), commands: walk.facts(),
      commandCount: commandCount, overApproximate: walk.overApproximate)
    if isNamedByTokens {
      shapes.remember(facts, of: normalization, areFactsOfAll: arePlain && !walk.hangsOnValues && walk.inner.isEmpty)
    }
    return facts
  }

  /// Whether the grammar reads each value as it reads any other of its kind: strings that end and have no escapes or
  /// prefixes, numbers without letters, ASCII alone, and no more text than is always read.
  private func areValuesPlain(_ bytes: [UInt8], _ tokens: [Token]) -> Bool {
    guard bytes.count <= 4_096 else { return false }
    for byte in bytes where byte == 0 || byte >= 0x80 { return false }
    for token in tokens {
      switch token.kind {
      case .string:
        guard bytes[token.start] == UInt8(ascii: "'") else { return false }
        var quotes = 0
        for index in token.start..<token.end where bytes[index] == UInt8(ascii: "'") { quotes += 1 }
        if quotes % 2 != 0 { return false }
      case .number:
        for index in token.start..<token.end where !isDigit(bytes[index]) && bytes[index] != UInt8(ascii: ".") {
          return false
        }
      case .comment:
        // It may have no end.
        if token.end == bytes.count, bytes[token.start] == UInt8(ascii: "/") { return false }
      case .parameter:
        // Letters that depend on a parameter are a fault, and the shape does not show them.
        if token.end < bytes.count, isNamePart(bytes[token.end]) { return false }
      case .bitString, .nationalString: return false
      default: break
      }
    }
    return true
  }

  /// Whether every value of the text is a constant of an expression, which fingerprints leave out: so it is in queries
  /// and manipulations, but for `float(24)` and `float(25)`, which are two types.
  private func fingerprintFollowsTokens(_ bytes: [UInt8], _ tokens: [Token]) -> Bool {
    var startsCommand = true
    for token in tokens where token.kind != .comment {
      if startsCommand, token.kind != .semicolon {
        let word = bytes[token.start..<token.end]
        guard ["select", "insert", "update", "delete", "with"].contains(where: { word.equals($0) }) else {
          return false
        }
      } else if token.kind == .word, token.end - token.start == 5, bytes[token.start..<token.end].equals("float") {
        return false
      }
      startsCommand = token.kind == .semicolon
    }
    return true
  }

  private mutating func unparsed(_ bytes: [UInt8], _ dialect: SQLDialect) -> Facts {
    unparsedFacts(bytes, dialect, &normalization)
  }

  /// The facts of a MySQL text: PostgreSQL's grammar reads it as the bridge spells it, its shape is its own.
  private mutating func analyzeMySQL(_ bytes: [UInt8]) -> Facts {
    let (tokens, redactable, isWhole) = mySQLTokens(bytes)
    guard isWhole else { return unparsed(bytes, .mySQL) }
    let bridge = MySQLBridge(tokens, of: bytes)
    walk.reset()
    guard let fingerprint = Grammar.parseNamed(bridge.text, into: &walk.tree) else { return unparsed(bytes, .mySQL) }
    walk.statements(nested: false)
    let topLevel = walk.drafts.indices.filter { !walk.drafts[$0].isNested }
    for command in bridge.replacing where command < topLevel.count { walk.replaceRows(topLevel[command]) }
    walk.readInner()
    guard !walk.isExhausted else { return unparsed(bytes, .mySQL) }
    normalization.canonical(hidingSettings(redactable, of: bytes), of: bytes)
    return Facts(
      parsed: true, fingerprint: fingerprint, normalized: String(decoding: normalization.text, as: UTF8.self),
      commands: walk.facts(), commandCount: topLevel.count, overApproximate: walk.overApproximate)
  }
}
