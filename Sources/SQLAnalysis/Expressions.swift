import AuditTrail

extension Walk {
  /// Walks an expression: its columns are read, and flow on to what the query puts out when `flow` says so.
  mutating func expression(_ node: Int, flow: Bool) {
    var next = node + 1
    let end = tree.end(node)
    while next < end {
      let child = next
      next = tree.end(child)
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
    let name = parts.count == 1 ? parts[0] : parts.joined(separator: ".")
    drafts[current].functions.append(String(nameKey: name.nameKey))
  }

  // MARK: Columns

  private mutating func column(_ node: Int, flow: Bool) {
    guard let fields = tree.member(node, .fields) else { return }
    let name = tree.columnName(fields)
    guard let column = name.column else { return name.isStar ? everything(flow: flow) : () }
    if name.qualifier.count == 0 {
      unqualified(column, flow: flow)
    } else {
      qualified(name.qualifier, column, flow: flow)
    }
  }

  private mutating func everything(flow: Bool) {
    guard let scope = scopes.indices.last else { return }
    for entry in scopes[scope].indices { readEverything(scope, entry, flow: flow) }
  }

  private mutating func readEverything(_ scope: Int, _ entry: Int, flow: Bool) {
    if scopes[scope][entry].isOpen { overApproximate = true }
    if let table = scopes[scope][entry].table {
      read(Ref(table: table, column: "*"), flow: flow)
    } else {
      read(scopes[scope][entry].relation.all, flow: flow)
    }
  }

  private mutating func qualified(_ qualifier: Qualifier, _ column: String, flow: Bool) {
    for scope in scopes.indices.reversed() {
      for entry in scopes[scope].indices where matches(scopes[scope][entry], qualifier) {
        if column == "*" {
          readEverything(scope, entry, flow: flow)
        } else {
          readColumn(column, scope, entry, flow: flow)
        }
        return
      }
      // `c.address.city`: a field of a column.
      if qualifier.count == 2, let entry = scopes[scope].firstIndex(where: { $0.name.isExactly(qualifier.first) }) {
        readColumn(qualifier.name, scope, entry, flow: flow)
        return
      }
    }
    // `address.*` may be a column whose fields are meant.
    if qualifier.count == 1, scopes.last?.contains(where: { $0.relation.names(qualifier.name) }) == true {
      unqualified(qualifier.name, flow: flow)
    }
  }

  private func matches(_ entry: borrowing ScopeEntry, _ qualifier: borrowing Qualifier) -> Bool {
    guard entry.name.isExactly(qualifier.name) else { return false }
    guard qualifier.count > 1, let table = entry.table else { return qualifier.count == 1 }
    let schema = tables[Int(table)].schema
    return schema?.isExactly(qualifier.secondLast) ?? true
  }

  private mutating func readColumn(_ column: String, _ scope: Int, _ entry: Int, flow: Bool) {
    var refs: [Ref] = []
    if let table = scopes[scope][entry].table, scopes[scope][entry].columnAliases.isEmpty {
      return read(Ref(table: table, column: column), flow: flow)
    }
    addSources(of: column, scope, entry, to: &refs)
    read(refs, flow: flow)
  }

  private mutating func addSources(of column: String, _ scope: Int, _ entry: Int, to refs: inout [Ref]) {
    guard let table = scopes[scope][entry].table else {
      if scopes[scope][entry].relation.stars.count > 1 { overApproximate = true }
      refs += scopes[scope][entry].relation.sources(of: column)
      return
    }
    let isAlias = scopes[scope][entry].columnAliases.contains { $0.isExactly(column) }
    if isAlias { overApproximate = true }
    refs.append(Ref(table: table, column: isAlias ? "*" : column))
  }

  /// A name alone is a column that a subquery in sight is known to put out, or a row under that name, or a column of
  /// any table in sight.
  private mutating func unqualified(_ name: String, flow: Bool) {
    var candidates = self.candidates
    self.candidates = []
    candidates.removeAll(keepingCapacity: true)
    defer { self.candidates = candidates }
    for scope in scopes.indices.reversed() {
      let entries = scopes[scope].indices
      guard spend(entries.count) else { return }
      var isKnown = false
      for entry in entries
      where scopes[scope][entry].table == nil && scopes[scope][entry].relation.names(name) {
        addSources(of: name, scope, entry, to: &candidates)
        isKnown = true
      }
      if isKnown { return read(candidates, flow: flow) }
      var isRow = false
      for entry in entries {
        if scopes[scope][entry].name.isExactly(name) {
          isRow = true
          if scopes[scope][entry].isOpen { overApproximate = true }
          candidates += scopes[scope][entry].everything
        } else {
          addSources(of: name, scope, entry, to: &candidates)
        }
      }
      if isRow { break }
    }
    if candidates.count > 1 { overApproximate = true }
    read(candidates, flow: flow)
  }
}

/// What stands before a column's name: the last of its parts names what is in a FROM list.
private struct Qualifier {
  var count = 0
  var first = ""
  var secondLast = ""
  var name = ""

  mutating func append(_ part: String) {
    if count == 0 { first = part }
    (secondLast, name) = (name, part)
    count += 1
  }
}

extension Tree {
  /// The name that the fields of a column spell; its column is `*` where a qualified star ends it, and missing in `*`
  /// alone.
  fileprivate func columnName(_ fields: Int) -> (qualifier: Qualifier, column: String?, isStar: Bool) {
    var (qualifier, column, isStar) = (Qualifier(), String?.none, false)
    var field = fields + 1
    while field < end(fields) {
      if let inner = unwrapped(field) {
        if key(inner) == .A_Star {
          isStar = true
        } else if let part = text(inner, .sval) {
          if let column { qualifier.append(column) }
          column = part
        }
      }
      field = end(field)
    }
    guard isStar, let last = column else { return (qualifier, column, isStar) }
    qualifier.append(last)
    return (qualifier, "*", true)
  }
}
