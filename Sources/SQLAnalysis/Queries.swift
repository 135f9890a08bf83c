import AuditTrail

extension Walk {
  /// Walks a `SELECT`, `VALUES` or set operation and gives what it puts out.
  ///
  /// - Parameter recursive: the common table expression that it defines, in sight of itself.
  mutating func query(_ node: Int, recursive: (name: String, columns: [String])? = nil) -> Relation {
    guard spend(1) else { return Relation() }
    let visible = ctes.count
    defer { ctes.removeSubrange(visible...) }
    if let with = tree.member(node, .withClause) { commonTables(with) }

    if let left = tree.member(node, .larg), let right = tree.member(node, .rarg) {
      let first = query(left)
      if let recursive { ctes.append((recursive.name, first.renamed(recursive.columns))) }
      let result = first.united(with: query(right))
      for key in [Key.sortClause, .limitCount, .limitOffset] { expressionOutsideFrom(node, key) }
      return result
    }

    if let into = tree.member(node, .intoClause) { intoTable(into) }
    let items = tree.member(node, .fromClause)
    scopes.append(from(items))
    defer { scopes.removeLast() }
    joinConditions(items)
    clauses(node)
    var result = Relation()
    if let values = tree.member(node, .valuesLists) { result = rows(values) }
    if let targets = tree.member(node, .targetList) { result = outputs(targets) }
    order(node, after: result)
    return result
  }

  /// Walks the clauses of a query that put nothing out; those that the tree has out of order, in the order of the text.
  private mutating func clauses(_ node: Int) {
    var (limit, offset, distinct): (Int?, Int?, Int?) = (nil, nil, nil)
    var next = node + 1
    let end = tree.end(node)
    while next < end {
      let clause = next
      next = tree.end(clause)
      switch tree.key(clause) {
      case .whereClause, .groupClause, .havingClause, .windowClause: expression(clause, flow: false)
      case .limitCount: limit = clause
      case .limitOffset: offset = clause
      case .distinctClause: distinct = clause
      default: break
      }
    }
    if let limit { expression(limit, flow: false) }
    if let offset { expression(offset, flow: false) }
    if let distinct { expression(distinct, flow: false) }
  }

  /// `ORDER BY` of a set operation sees only what the arms put out.
  private mutating func expressionOutsideFrom(_ node: Int, _ key: Key) {
    scopes.append([])
    expression(of: node, key)
    scopes.removeLast()
  }

  /// `ORDER BY total` means the output of that name where there is one.
  private mutating func order(_ node: Int, after result: Relation) {
    for item in tree.list(node, .sortClause) {
      if let sortBy = tree.unwrapped(item), let value = tree.member(sortBy, .node),
        let column = tree.unwrapped(value, as: .ColumnRef), let fields = tree.member(column, .fields)
      {
        let name = tree.onlyNamePart(fields)
        if let name, result.names(name) { continue }
      }
      expression(item, flow: false)
    }
  }

  private mutating func rows(_ lists: Int) -> Relation {
    var result = Relation()
    for list in tree.children(lists) {
      guard let items = tree.unwrapped(list, as: .List).flatMap({ tree.member($0, .items) }) else { continue }
      for (index, item) in tree.children(items).enumerated() {
        let refs = isConstant(item) ? [] : sources(item)
        if index < result.columns.count {
          result.columns[index].refs += refs
        } else {
          result.columns.append(("column\(index + 1)", refs))
        }
      }
    }
    return result
  }

  private func isConstant(_ node: Int) -> Bool { tree.unwrapped(node, as: .A_Const) != nil }

  /// What a target or `RETURNING` list puts out.
  mutating func outputs(_ targets: Int) -> Relation {
    var result = Relation()
    var next = targets + 1
    let end = tree.end(targets)
    while next < end {
      let item = next
      next = tree.end(item)
      guard let target = tree.unwrapped(item, as: .ResTarget), let value = tree.member(target, .val) else { continue }
      if let column = tree.unwrapped(value, as: .ColumnRef), endsInStar(column) {
        let refs = sources(value)
        expand(column, refs, into: &result)
      } else {
        result.columns.append((tree.text(target, .name) ?? outputName(value), sources(value)))
      }
    }
    return result
  }

  private func endsInStar(_ column: Int) -> Bool {
    guard let fields = tree.member(column, .fields) else { return false }
    var next = fields + 1
    while next < tree.end(fields) {
      if tree.unwrapped(next, as: .A_Star) != nil { return true }
      next = tree.end(next)
    }
    return false
  }

  /// A star keeps the names of a subquery's columns, and stands for all of a table's.
  private mutating func expand(_ column: Int, _ refs: [Ref], into result: inout Relation) {
    let qualifier = tree.member(column, .fields).flatMap({ tree.lastNamePart($0) })
    var isEntry = false
    for entry in scopes.last ?? [] where qualifier.map({ entry.name.isExactly($0) }) ?? true {
      isEntry = true
      if let table = entry.table {
        result.stars.append(table)
      } else {
        spend(entry.relation.size)
        result = result.beside(entry.relation)
      }
    }
    if !isEntry { result.blur += refs }
  }

  /// The name that PostgreSQL gives an output without one.
  private func outputName(_ value: Int) -> String {
    guard let inner = tree.unwrapped(value) else { return "" }
    switch tree.key(inner) {
    case .ColumnRef: return tree.member(inner, .fields).flatMap({ tree.lastNamePart($0) }) ?? ""
    case .FuncCall: return tree.member(inner, .funcname).flatMap({ tree.lastNamePart($0) }) ?? ""
    case .TypeCast, .CollateClause: return tree.member(inner, .arg).map({ outputName($0) }) ?? ""
    case .A_Indirection: return tree.member(inner, .arg).map({ outputName($0) }) ?? ""
    case .CoalesceExpr: return "coalesce"
    case .CaseExpr: return tree.member(inner, .defresult).map({ outputName($0) }) ?? "case"
    default: return ""
    }
  }

  // MARK: Common table expressions

  /// Puts the expressions of a `WITH` in sight; those that write are commands of their own.
  mutating func commonTables(_ with: Int) {
    let isRecursive = tree.flag(with, .recursive)
    for item in tree.list(with, .ctes) {
      guard let cte = tree.unwrapped(item, as: .CommonTableExpr), let name = tree.text(cte, .ctename),
        let body = tree.member(cte, .ctequery).flatMap({ tree.unwrapped($0) })
      else { continue }
      let columns = tree.member(cte, .aliascolnames).map({ tree.nameParts($0) }) ?? []
      let relation: Relation
      if tree.key(body) == .SelectStmt {
        relation = query(body, recursive: isRecursive ? (name, columns) : nil)
      } else {
        relation = draft(nested: true) { walk in
          let relation = walk.manipulation(body)
          walk.put(out: relation)
          return relation
        }
      }
      ctes.append((name, relation.renamed(columns)))
    }
  }

  // MARK: FROM

  /// The entries of a FROM list.
  mutating func from(_ items: Int?) -> [ScopeEntry] {
    var entries: [ScopeEntry] = []
    guard let items else { return entries }
    var item = items + 1
    while item < tree.end(items) {
      append(item, to: &entries)
      item = tree.end(item)
    }
    return entries
  }

  /// Adds what one item of a FROM list brings in.
  mutating func append(_ item: Int, to entries: inout [ScopeEntry]) {
    guard let node = tree.unwrapped(item) else { return }
    switch tree.key(node) {
    case .RangeVar: entries.append(entry(rangeVar: node))
    case .RangeSubselect:
      guard let select = tree.member(node, .subquery).flatMap({ tree.unwrapped($0, as: .SelectStmt) }) else { return }
      let isLateral = tree.flag(node, .lateral)
      if isLateral { scopes.append(entries) }
      let relation = query(select)
      if isLateral { scopes.removeLast() }
      let (name, columns) = alias(node)
      spend(relation.size)
      entries.append(ScopeEntry(name: name ?? "", table: nil, relation: relation.renamed(columns)))
    case .JoinExpr: join(node, to: &entries)
    case .RangeTableSample:
      if let relation = tree.member(node, .relation) { append(relation, to: &entries) }
      expression(of: node, .args)
    default: tableFunction(node, to: &entries)
    }
  }

  private mutating func join(_ node: Int, to entries: inout [ScopeEntry]) {
    let start = entries.count
    if let left = tree.member(node, .larg) { append(left, to: &entries) }
    let middle = entries.count
    if let right = tree.member(node, .rarg) { append(right, to: &entries) }
    if let using = tree.member(node, .usingClause) {
      for name in tree.nameParts(using) { joined(name, entries[start...]) }
    } else if tree.flag(node, .isNatural) {
      // Which columns meet only a catalog says: any of either side may.
      for entry in entries[start...] { read(entry.everything, flow: false) }
      overApproximate = true
    }
    if middle < entries.count, let name = alias(node).name {
      var relation = Relation()
      for entry in entries[start...] {
        if let table = entry.table { relation.stars.append(table) } else { relation = relation.beside(entry.relation) }
      }
      entries.removeSubrange(start...)
      entries.append(ScopeEntry(name: name, table: nil, relation: relation.renamed(alias(node).columns)))
    }
  }

  private mutating func joined(_ name: String, _ entries: ArraySlice<ScopeEntry>) {
    for entry in entries {
      if let table = entry.table {
        read(Ref(table: table, column: name), flow: false)
      } else {
        read(entry.relation.sources(of: name), flow: false)
      }
    }
  }

  /// The conditions of joins, which see the whole FROM list.
  mutating func joinConditions(_ items: Int?) {
    guard let items else { return }
    var item = items + 1
    while item < tree.end(items) {
      joinCondition(item)
      item = tree.end(item)
    }
  }

  private mutating func joinCondition(_ item: Int) {
    guard let join = tree.unwrapped(item, as: .JoinExpr) else { return }
    expression(of: join, .quals)
    for side in [Key.larg, .rarg] {
      if let side = tree.member(join, side) { joinCondition(side) }
    }
  }

  /// `unnest(c.emails) AS e(x)`: its columns come from its arguments.
  private mutating func tableFunction(_ node: Int, to entries: inout [ScopeEntry]) {
    scopes.append(entries)
    let refs = sources(node)
    scopes.removeLast()
    let (name, columns) = alias(node)
    var relation = Relation(blur: refs)
    var names = columns
    for item in tree.list(node, .coldeflist) {
      if let definition = tree.unwrapped(item), let name = tree.text(definition, .colname) { names.append(name) }
    }
    names.append(name ?? "")
    relation.columns = names.map { ($0, refs) }
    entries.append(ScopeEntry(name: name ?? "", table: nil, relation: relation))
  }

  mutating func entry(rangeVar node: Int) -> ScopeEntry {
    let (alias, columns) = alias(node)
    let name = tree.text(node, .relname) ?? ""
    if tree.member(node, .schemaname) == nil, let cte = ctes.last(where: { $0.name.isExactly(name) }) {
      spend(cte.relation.size)
      return ScopeEntry(name: alias ?? name, table: nil, relation: cte.relation.renamed(columns))
    }
    let table = table(node)
    drafts[current].touched.append(table)
    return ScopeEntry(name: alias ?? name, table: table, columnAliases: columns)
  }

  /// The alias of a FROM item and the names it gives the columns.
  func alias(_ node: Int) -> (name: String?, columns: [String]) {
    guard let alias = tree.member(node, .alias) else { return (nil, []) }
    return (tree.text(alias, .aliasname), tree.member(alias, .colnames).map({ tree.nameParts($0) }) ?? [])
  }
}
