import AuditTrail

extension Walk {
  /// Walks an expression: its columns are read, and flow on to what the query puts out when `flow` says so.
  mutating func expression(_ node: Int, flow: Bool) {
    for child in tree.children(node) {
      let kind = tree.nodes[child].kind
      guard kind == .object || kind == .array else { continue }
      switch tree.key(child) {
      case .ColumnRef: column(child, flow: flow)
      case .SubLink: subLink(child, flow: flow)
      case .SelectStmt:
        let relation = query(child)
        if flow { flowing += relation.all }
      case .FuncCall: call(child, flow: flow)
      case .TypeName, .typeName, .A_Const, .String: continue
      default: expression(child, flow: flow)
      }
    }
  }

  /// Walks an expression for what it reads.
  mutating func expression(of node: Int, _ key: Key, flow: Bool = false) {
    if let member = tree.member(node, key) { expression(member, flow: flow) }
  }

  /// Walks an expression and gives the columns that its value comes from.
  mutating func sources(_ node: Int) -> [Ref] {
    let mark = flowing.count
    expression(node, flow: true)
    defer { flowing.removeSubrange(mark...) }
    guard flowing.count > mark + 1 else { return Array(flowing[mark...]) }
    var seen: Set<Ref> = []
    return flowing[mark...].filter { seen.insert($0).inserted }
  }

  private mutating func subLink(_ node: Int, flow: Bool) {
    expression(of: node, .testexpr, flow: flow)
    guard let subselect = tree.member(node, .subselect).flatMap({ tree.unwrapped($0, as: .SelectStmt) }) else { return }
    let relation = query(subselect)
    // Whether a row exists says something of the columns compared, not of those listed.
    if flow, !tree.text(node, .subLinkType, is: "EXISTS_SUBLINK") { flowing += relation.all }
  }

  private mutating func call(_ node: Int, flow: Bool) {
    function(tree.member(node, .funcname))
    expression(node, flow: flow)
  }

  /// Notes a function by the list of its name's parts.
  mutating func function(_ list: Int?) {
    guard let list else { return }
    var parts = tree.nameParts(list)
    if parts.count > 1, parts[0] == "pg_catalog" { parts.removeFirst() }
    drafts[current].functions.append(parts.joined(separator: ".").lowercased())
  }

  // MARK: Columns

  private mutating func column(_ node: Int, flow: Bool) {
    guard let fields = tree.member(node, .fields) else { return }
    var parts: [String] = []
    var star = false
    for field in tree.children(fields) {
      guard let inner = tree.unwrapped(field) else { continue }
      if tree.key(inner) == .A_Star { star = true } else if let part = tree.text(inner, .sval) { parts.append(part) }
    }
    switch (parts.count, star) {
    case (0, true): everything(flow: flow)
    case (1, false): unqualified(parts[0], flow: flow)
    case (_, true): qualified(parts, "*", flow: flow)
    default: qualified(Array(parts.dropLast()), parts[parts.count - 1], flow: flow)
    }
  }

  private mutating func everything(flow: Bool) {
    for entry in scopes.last ?? [] { readEverything(entry, flow: flow) }
  }

  private mutating func readEverything(_ entry: Entry, flow: Bool) {
    if entry.isOpen { overApproximate = true }
    read(entry.everything, flow: flow)
  }

  private mutating func qualified(_ qualifier: [String], _ column: String, flow: Bool) {
    guard let name = qualifier.last else { return }
    for scope in scopes.reversed() {
      for entry in scope where matches(entry, qualifier, name) {
        if column == "*" {
          readEverything(entry, flow: flow)
        } else {
          read(sources(of: column, in: entry), flow: flow)
        }
        return
      }
      // `c.address.city`: a field of a column.
      if qualifier.count == 2, let entry = scope.first(where: { $0.name == qualifier[0] }) {
        read(sources(of: qualifier[1], in: entry), flow: flow)
        return
      }
    }
    // `address.*` may be a column whose fields are meant.
    if qualifier.count == 1, scopes.last?.contains(where: { $0.relation.names(name) }) == true {
      unqualified(name, flow: flow)
    }
  }

  private func matches(_ entry: Entry, _ qualifier: [String], _ name: String) -> Bool {
    guard entry.name == name else { return false }
    guard qualifier.count > 1, let table = entry.table else { return qualifier.count == 1 }
    let schema = tables[Int(table)].schema
    return schema == nil || schema == qualifier[qualifier.count - 2]
  }

  private mutating func sources(of column: String, in entry: Entry) -> [Ref] {
    guard let table = entry.table else {
      if entry.relation.stars.count > 1 { overApproximate = true }
      return entry.relation.sources(of: column)
    }
    guard entry.columnAliases.contains(column) else { return [Ref(table: table, column: column)] }
    overApproximate = true
    return [Ref(table: table, column: "*")]
  }

  /// A name alone is a column that a subquery in sight is known to put out, or a row under that name, or a column of
  /// any table in sight.
  private mutating func unqualified(_ name: String, flow: Bool) {
    var candidates: [Ref] = []
    for scope in scopes.reversed() {
      guard spend(scope.count) else { return }
      let known = scope.filter { $0.table == nil && $0.relation.names(name) }
      if !known.isEmpty {
        for entry in known { candidates += sources(of: name, in: entry) }
        return read(candidates, flow: flow)
      }
      let isRow = scope.contains { $0.name == name }
      for entry in scope {
        if entry.name == name {
          if entry.isOpen { overApproximate = true }
          candidates += entry.everything
        } else {
          candidates += sources(of: name, in: entry)
        }
      }
      if isRow { break }
    }
    if candidates.count > 1 { overApproximate = true }
    read(candidates, flow: flow)
  }
}
