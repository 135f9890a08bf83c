import AuditTrail

/// SQL inside a command: the bodies of functions and `DO` blocks.
extension Walk {
  /// `CREATE FUNCTION`: what it defines, and its body to be read after it.
  mutating func createFunction(_ node: Int) {
    kind(.create)
    if let names = tree.member(node, .funcname) {
      object(tree.flag(node, .is_procedure) ? "procedure" : "function", names)
    }
    if let body = tree.member(node, .sql_body) { return nestedStatements(body) }
    switch language(node) {
    case "sql":
      if let text = bodyText(node) { inner.append(Inner(form: .statements, text: Array(text.utf8), draft: current)) }
    case "plpgsql": procedure(node)
    default: break
    }
  }

  /// Leaves the command's own text for the grammar of PL/pgSQL.
  mutating func procedure(_ node: Int) {
    guard language(node) == nil || language(node) == "plpgsql", !range.isEmpty else { return }
    let body = Array((bodyText(node) ?? "").utf8)
    inner.append(Inner(form: .procedure, text: Array(tree.source[range]), body: body, draft: current))
  }

  /// The statements of a `BEGIN ATOMIC` body or the expression of a `RETURN`.
  private mutating func nestedStatements(_ node: Int) {
    for child in tree.children(node) {
      let kind = tree.nodes[child].kind
      guard kind == .object || kind == .array else { continue }
      switch tree.key(child) {
      case .SelectStmt, .InsertStmt, .UpdateStmt, .DeleteStmt, .MergeStmt, .TruncateStmt, .CallStmt:
        draft(nested: true) { $0.command(child) }
      case .ReturnStmt: expression(child, flow: false)
      default: nestedStatements(child)
      }
    }
  }

  private func option(_ node: Int, _ name: String) -> Int? {
    for key in [Key.options, .args] {
      for option in tree.list(node, key) {
        if let option = tree.unwrapped(option, as: .DefElem), tree.text(option, .defname, is: name) {
          return tree.member(option, .arg)
        }
      }
    }
    return nil
  }

  private func language(_ node: Int) -> String? { option(node, "language").map({ name($0) })?.lowercased() }

  private func bodyText(_ node: Int) -> String? {
    guard let value = option(node, "as"), let inner = tree.unwrapped(value) else { return nil }
    if tree.key(inner) == .String { return tree.text(inner, .sval) }
    return tree.list(inner, .items).compactMap { tree.unwrapped($0, as: .String).flatMap { tree.text($0, .sval) } }
      .first
  }
}

/// A piece of SQL in a PL/pgSQL body.
struct ProcedurePiece {
  enum Form {
    /// A statement of its own.
    case statement
    /// The value of an expression; it belongs to the command around it.
    case expression
    /// An expression whose value is run as SQL.
    case dynamic
  }
  var form: Form
  var text: String
}

extension Tree {
  /// The SQL of a PL/pgSQL tree, in the order of the body.
  func procedurePieces() -> [ProcedurePiece] {
    var pieces: [ProcedurePiece] = []
    var forms: [(end: Int, form: ProcedurePiece.Form)] = []
    var runsText: [(end: Int, flag: Bool)] = []
    for index in nodes.indices {
      let end = Int(nodes[index].end)
      while let last = forms.last, last.end <= index { forms.removeLast() }
      while let last = runsText.last, last.end <= index { runsText.removeLast() }
      switch nodes[index].key {
      case .PLpgSQL_stmt_execsql, .PLpgSQL_stmt_perform, .PLpgSQL_stmt_call: forms.append((end, .statement))
      case .PLpgSQL_stmt_dynexecute, .PLpgSQL_stmt_dynfors: runsText.append((end, true))
      case .PLpgSQL_stmt_fors, .PLpgSQL_stmt_forc, .PLpgSQL_stmt_return_query, .PLpgSQL_stmt_open:
        runsText.append((end, false))
      case .dynquery: forms.append((end, .dynamic))
      case .query where nodes[index].kind == .object:
        forms.append((end, runsText.last?.flag == true ? .dynamic : .expression))
      case .query where nodes[index].kind == .string:
        if let text = text(index) { pieces.append(ProcedurePiece(form: forms.last?.form ?? .expression, text: text)) }
      default: break
      }
    }
    return pieces
  }
}
