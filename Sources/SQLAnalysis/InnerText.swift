/// Reading the SQL found inside commands, after the commands themselves.
extension Walk {
  /// Reads what stands inside the commands read so far, and what stands inside that.
  mutating func readInner() {
    var next = 0
    while next < inner.count, spend(inner[next].text.count) {
      let found = inner[next]
      next += 1
      current = found.draft
      switch found.form {
      case .statements: _ = readStatements(found.text)
      case .procedure:
        let isRead = Grammar.parseProcedures(found.text, into: &tree)
        for piece in isRead ? tree.procedurePieces() : procedurePieces(of: found.body) {
          current = found.draft
          read(piece)
        }
      }
    }
  }

  /// Reads text as commands inside the one under way; `false` when it is none.
  private mutating func readStatements(_ text: [UInt8]) -> Bool {
    guard Grammar.parse(text, into: &tree) else { return false }
    statements(nested: true)
    return true
  }

  private mutating func read(_ piece: ProcedurePiece) {
    let text = Array(piece.text.utf8)
    let first = Lexer.tokens(text).first { $0.kind != .comment }
    let startsStatement = first.map { Self.statementWords.contains(text[$0.start..<$0.end].lowercasedText) } ?? false
    if piece.form == .statement || (piece.form == .expression && startsStatement) {
      _ = readStatements(text)
      return
    }
    let value = Array("SELECT ".utf8) + afterAssignment(text)
    guard Grammar.parse(value, into: &tree), let select = onlySelect() else { return }
    if piece.form == .dynamic, case .string(let sql) = outputConstant(select) {
      inner.append(Inner(form: .statements, text: Array(sql.utf8), draft: current))
    }
    _ = query(select)
  }

  private func onlySelect() -> Int? {
    var statements = tree.list(0, .stmts)
    guard let raw = statements.next(), statements.next() == nil else { return nil }
    return tree.member(raw, .stmt).flatMap { tree.unwrapped($0, as: .SelectStmt) }
  }

  private func outputConstant(_ select: Int) -> Constant {
    var targets = tree.list(select, .targetList)
    guard let target = targets.next().flatMap({ tree.unwrapped($0, as: .ResTarget) }), targets.next() == nil else {
      return .unknown
    }
    return tree.member(target, .val).map({ tree.constant($0) }) ?? .unknown
  }

  /// What an assignment assigns; the text itself where there is none.
  private func afterAssignment(_ text: [UInt8]) -> [UInt8] {
    let tokens = Lexer.tokens(text)
    let sign = tokens.first { $0.kind == .symbol && text[$0.start..<$0.end].elementsEqual(":=".utf8) }
    return sign.map { Array(text[$0.end...]) } ?? text
  }

  // MARK: Bodies that libpg_query cannot read

  private static let statementWords: Set<String> = [
    "select", "insert", "update", "delete", "merge", "with", "values", "truncate", "drop", "alter", "create", "grant",
    "revoke", "copy", "call", "set", "reset", "do", "comment", "lock", "refresh",
  ]

  private static let blockWords: Set<String> = ["begin", "then", "else", "loop", "perform", "execute", "query"]

  /// The statements of a body, from its tokens: libpg_query knows no catalog, so it gives up on a whole body for one
  /// variable of a type that it does not know. What is found is still read by the grammar.
  private func procedurePieces(of body: [UInt8]) -> [ProcedurePiece] {
    let tokens = Lexer.tokens(body).filter { $0.kind != .comment }
    var pieces: [ProcedurePiece] = []
    var start: (token: Int, form: ProcedurePiece.Form, prefix: String)?
    var atStart = true
    for (index, token) in tokens.enumerated() {
      if token.kind == .semicolon {
        if let start { pieces.append(piece(body, tokens[start.token..<index], start.form, start.prefix)) }
        (start, atStart) = (nil, true)
        continue
      }
      guard token.kind == .word, start == nil else {
        atStart = false
        continue
      }
      let word = body[token.start..<token.end].lowercasedText
      if word == "perform", index + 1 < tokens.count {
        start = (index + 1, .statement, "SELECT ")
      } else if word == "execute", index + 1 < tokens.count {
        start = (index + 1, .dynamic, "")
      } else if atStart, Self.statementWords.contains(word) {
        start = (index, .statement, "")
      }
      atStart = Self.blockWords.contains(word)
    }
    return pieces
  }

  private func piece(
    _ body: [UInt8], _ tokens: ArraySlice<Token>, _ form: ProcedurePiece.Form, _ prefix: String
  ) -> ProcedurePiece {
    var kept = tokens
    // `SELECT … INTO variable` and `EXECUTE … USING value` are PL/pgSQL's; the grammar reads what is before them.
    let isSelect = tokens.first.map { body[$0.start..<$0.end].equals("select") } ?? false
    var text = prefix
    var depth = 0
    var skipsNames = false
    while let token = kept.popFirst() {
      let word = body[token.start..<token.end]
      if token.kind == .open { depth += 1 }
      if token.kind == .close { depth -= 1 }
      if depth == 0, form == .dynamic, word.equals("using") || word.equals("into") || word.equals("loop") { break }
      if depth == 0, isSelect, word.equals("into") {
        skipsNames = true
        continue
      }
      if skipsNames {
        if word.equals("strict") || token.kind == .comma || token.kind == .dot { continue }
        let next = kept.first?.kind
        if next == .comma || next == .dot { continue }
        skipsNames = false
        continue
      }
      text +=
        (text.isEmpty || token.kind == .dot || text.hasSuffix(".") ? "" : " ") + String(decoding: word, as: UTF8.self)
    }
    return ProcedurePiece(form: form, text: text)
  }
}

extension ArraySlice<UInt8> {
  /// Its text in lower case (ASCII).
  var lowercasedText: String {
    String(decoding: map { $0 >= 65 && $0 <= 90 ? $0 | 0x20 : $0 }, as: UTF8.self)
  }
}
