import AuditTrail

extension Walk {
  /// Walks an `INSERT`, `UPDATE`, `DELETE` or `MERGE` into the draft under way; gives what its `RETURNING` puts out.
  mutating func manipulation(_ node: Int) -> Relation {
    let visible = ctes.count
    defer { ctes.removeSubrange(visible...) }
    if let with = tree.member(node, .withClause) { commonTables(with) }
    switch tree.key(node) {
    case .InsertStmt: return insert(node)
    case .UpdateStmt: return update(node)
    case .DeleteStmt: return delete(node)
    case .MergeStmt: return merge(node)
    default: return Relation()
    }
  }

  private mutating func insert(_ node: Int) -> Relation {
    drafts[current].kinds.insert(.insert)
    guard let target = tree.member(node, .relation) else { return Relation() }
    let table = table(target)
    let columns = tree.member(node, .cols).map({ targetNames($0) }) ?? []
    for column in columns.isEmpty ? ["*"] : columns { write(table, column) }
    if let select = tree.member(node, .selectStmt).flatMap({ tree.unwrapped($0, as: .SelectStmt) }) {
      _ = query(select)
    }
    scopes.append([targetEntry(target, table)])
    defer { scopes.removeLast() }
    if let conflict = tree.member(node, .onConflictClause) { onConflict(conflict, table) }
    return returning(node)
  }

  /// MySQL's `REPLACE` deletes the rows that are in its way.
  mutating func replaceRows(_ draft: Int) {
    drafts[draft].kinds.insert(.delete)
    for table in Set(drafts[draft].writes.map(\.table)).sorted() {
      drafts[draft].writes.append(Ref(table: table, column: "*"))
    }
  }

  private mutating func onConflict(_ node: Int, _ table: Int32) {
    if let infer = tree.member(node, .infer) { expression(of: infer, .whereClause) }
    guard tree.text(node, .action, is: "ONCONFLICT_UPDATE") else { return }
    drafts[current].kinds.insert(.update)
    set(tree.member(node, .targetList), table)
    expression(of: node, .whereClause)
  }

  private mutating func update(_ node: Int) -> Relation {
    drafts[current].kinds.insert(.update)
    guard let target = tree.member(node, .relation) else { return Relation() }
    let table = table(target)
    scopes.append([targetEntry(target, table)] + from(tree.member(node, .fromClause)))
    defer { scopes.removeLast() }
    joinConditions(tree.member(node, .fromClause))
    set(tree.member(node, .targetList), table)
    predicate(tree.member(node, .whereClause))
    return returning(node)
  }

  private mutating func delete(_ node: Int) -> Relation {
    drafts[current].kinds.insert(.delete)
    guard let target = tree.member(node, .relation) else { return Relation() }
    let table = table(target)
    write(table, "*")
    scopes.append([targetEntry(target, table)] + from(tree.member(node, .usingClause)))
    defer { scopes.removeLast() }
    joinConditions(tree.member(node, .usingClause))
    predicate(tree.member(node, .whereClause))
    return returning(node)
  }

  private mutating func merge(_ node: Int) -> Relation {
    drafts[current].kinds.insert(.merge)
    guard let target = tree.member(node, .relation) else { return Relation() }
    let table = table(target)
    var entries = [targetEntry(target, table)]
    if let source = tree.member(node, .sourceRelation) { append(source, to: &entries) }
    scopes.append(entries)
    defer { scopes.removeLast() }
    predicate(tree.member(node, .joinCondition))
    for clause in tree.list(node, .mergeWhenClauses) {
      guard let clause = tree.unwrapped(clause, as: .MergeWhenClause) else { continue }
      expression(of: clause, .condition)
      switch tree.text(clause, .commandType) {
      case "CMD_DELETE":
        drafts[current].kinds.insert(.delete)
        write(table, "*")
      case "CMD_UPDATE":
        drafts[current].kinds.insert(.update)
        set(tree.member(clause, .targetList), table)
      case "CMD_INSERT":
        drafts[current].kinds.insert(.insert)
        let columns = tree.member(clause, .targetList).map({ targetNames($0) }) ?? []
        for column in columns.isEmpty ? ["*"] : columns { write(table, column) }
        expression(of: clause, .values)
      default: break
      }
    }
    return Relation()
  }

  private mutating func returning(_ node: Int) -> Relation {
    tree.member(node, .returningList).map { outputs($0) } ?? Relation()
  }

  /// A table written to, under the name that the text gives it.
  private func targetEntry(_ node: Int, _ table: Int32) -> ScopeEntry {
    ScopeEntry(name: alias(node).name ?? tables[Int(table)].name, table: table)
  }

  private func targetNames(_ targets: Int) -> [String] {
    var names: [String] = []
    var target = targets + 1
    while target < tree.end(targets) {
      if let name = tree.unwrapped(target, as: .ResTarget).flatMap({ tree.text($0, .name) }) { names.append(name) }
      target = tree.end(target)
    }
    return names
  }

  private mutating func set(_ targets: Int?, _ table: Int32) {
    guard let targets else { return }
    for name in targetNames(targets) { write(table, name) }
    expression(targets, flow: false)
  }

  private mutating func predicate(_ node: Int?) {
    drafts[current].predicate = state(ofPredicate: node)
    if let node { expression(node, flow: false) }
  }

  /// What a `WHERE` clause amounts to.
  mutating func state(ofPredicate node: Int?) -> PredicateState {
    guard let node else { return .missing }
    if !tree.foldsAlikeWhateverItsValues(node) { hangsOnValues = true }
    return tree.truth(node) == true ? .alwaysTrue : .present
  }

  /// What the `WHERE` of a query amounts to: of the arms of a set operation the least bounded, of a query without FROM
  /// none.
  mutating func predicateState(ofQuery node: Int) -> PredicateState {
    var arms = [node]
    var least = PredicateState.none
    while let arm = arms.popLast() {
      if let left = tree.member(arm, .larg), let right = tree.member(arm, .rarg) {
        arms += [left, right]
        continue
      }
      guard tree.member(arm, .fromClause) != nil else { continue }
      let state = state(ofPredicate: tree.member(arm, .whereClause))
      if unboundedness(state) > unboundedness(least) { least = state }
    }
    return least
  }

  private func unboundedness(_ state: PredicateState) -> Int {
    switch state {
    case .none: 0
    case .present: 1
    case .alwaysTrue: 2
    case .missing: 3
    }
  }
}
