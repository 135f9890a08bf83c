import AuditTrail

extension Walk {
  /// Walks every command of the tree.
  mutating func statements(nested: Bool) {
    for raw in tree.list(0, .stmts) {
      guard let statement = tree.member(raw, .stmt).flatMap({ tree.unwrapped($0) }) else { continue }
      let start = min(tree.number(raw, .stmt_location), tree.source.count)
      let length = tree.number(raw, .stmt_len)
      range = start..<(length == 0 ? tree.source.count : min(start + length, tree.source.count))
      draft(nested: nested) { $0.command(statement) }
    }
  }

  /// Walks one command into the draft under way.
  mutating func command(_ node: Int) {
    switch tree.key(node) {
    case .SelectStmt: select(node)
    case .InsertStmt, .UpdateStmt, .DeleteStmt, .MergeStmt:
      let relation = manipulation(node)
      put(out: relation)
    case .TruncateStmt:
      kind(.truncate)
      for relation in tree.list(node, .relations) {
        if let rangeVar = tree.unwrapped(relation, as: .RangeVar) { write(table(rangeVar), "*") }
      }
    case .CopyStmt: copy(node)
    case .CallStmt:
      kind(.call)
      if let call = tree.member(node, .funccall) {
        function(tree.member(call, .funcname))
        expression(call, flow: false)
      }
    case .DoStmt:
      kind(.do)
      procedure(node)
    case .ExplainStmt: explain(node)
    case .PrepareStmt, .DeclareCursorStmt:
      kind(.other)
      if let query = tree.member(node, .query).flatMap({ tree.unwrapped($0) }) { command(query) }
    case .TransactionStmt: kind(.transaction)
    case .VariableSetStmt: set(node)
    case .CreateTableAsStmt: createTableAs(node)
    default: definition(node)
    }
  }

  mutating func kind(_ kind: CommandKind) { drafts[current].kinds.insert(kind) }

  private mutating func select(_ node: Int) {
    kind(.select)
    drafts[current].predicate = predicateState(ofQuery: node)
    drafts[current].hasLimit = tree.member(node, .limitCount).map { tree.constant($0) != .null } ?? false
    let relation = query(node)
    // What goes into a table does not go to the client.
    if !drafts[current].kinds.contains(.create) { put(out: relation) }
  }

  /// `SELECT … INTO`.
  mutating func intoTable(_ node: Int) {
    guard let rangeVar = tree.member(node, .rel) else { return }
    kind(.create)
    object("table", rangeVar)
    write(table(rangeVar), "*")
  }

  private mutating func createTableAs(_ node: Int) {
    kind(.create)
    if let rangeVar = tree.member(node, .into).flatMap({ tree.member($0, .rel) }) {
      object(objectType(tree.text(node, .objtype)), rangeVar)
      write(table(rangeVar), "*")
    }
    if let query = tree.member(node, .query).flatMap({ tree.unwrapped($0) }) {
      command(query)
      drafts[current].outputs = []
    }
  }

  private mutating func copy(_ node: Int) {
    kind(.copy)
    if tree.member(node, .filename) != nil {
      drafts[current].objects.append(
        ObjectReference(type: tree.flag(node, .is_program) ? "program" : "file", name: ""))
    }
    if let query = tree.member(node, .query).flatMap({ tree.unwrapped($0) }) { return command(query) }
    guard let rangeVar = tree.member(node, .relation) else { return }
    let table = table(rangeVar)
    let columns = tree.member(node, .attlist).map({ tree.nameParts($0) }) ?? ["*"]
    for column in columns {
      if tree.flag(node, .is_from) {
        write(table, column)
      } else {
        read(Ref(table: table, column: column), flow: false)
        drafts[current].outputs.append(Ref(table: table, column: column))
      }
    }
    if tree.flag(node, .is_from) { expression(of: node, .whereClause) }
  }

  /// `EXPLAIN` plans; with `ANALYZE` it also runs.
  private mutating func explain(_ node: Int) {
    kind(.explain)
    guard runs(node), let query = tree.member(node, .query).flatMap({ tree.unwrapped($0) }) else { return }
    command(query)
    drafts[current].outputs = []
  }

  private func runs(_ node: Int) -> Bool {
    var runs = false
    for option in tree.list(node, .options) {
      guard let option = tree.unwrapped(option, as: .DefElem), tree.text(option, .defname, is: "analyze") else {
        continue
      }
      runs = tree.member(option, .arg).map({ isOn($0) }) ?? true
    }
    return runs
  }

  private func isOn(_ value: Int) -> Bool {
    guard let inner = tree.unwrapped(value) else { return true }
    if let word = tree.text(inner, .sval) { return !["false", "off"].contains(word.lowercased()) }
    if let member = tree.member(inner, .boolval) { return tree.nodes[member].kind == .yes }
    if tree.member(inner, .ival) != nil { return tree.number(inner, .ival) != 0 }
    // A zero or a false is left out of the tree.
    return false
  }

  private mutating func set(_ node: Int) {
    let name = tree.text(node, .name) ?? ""
    guard !name.hasSuffix("TRANSACTION"), !name.hasSuffix("TRANSACTION SNAPSHOT"), name != "SESSION CHARACTERISTICS"
    else {
      return kind(.transaction)
    }
    kind(.set)
    drafts[current].objects.append(
      ObjectReference(type: "setting", name: name.isEmpty ? "all" : name.lowercased()))
  }
}
