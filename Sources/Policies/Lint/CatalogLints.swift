import AuditTrail

extension Policy {
  /// The tables and columns that the policy names and no shadow has.
  ///
  /// - Parameter columns: every column of the shadows, as `table.column` or `schema.table.column`.
  public func lints(againstColumns columns: [String]) -> [PolicyLint] {
    var lints: [PolicyLint] = []
    for rule in rules {
      for condition in rule.conditions {
        for name in condition.test.columns ?? [] {
          if let lint = lint(name, rule: rule.id, columns, at: condition.place) { lints.append(lint) }
        }
      }
      if case .mask(let masked, _) = rule.action {
        for column in masked where !column.hasPrefix("detector:") {
          guard let name = ColumnPattern(column) else { continue }
          if let lint = lint(name, rule: rule.id, columns, at: rule.place) { lints.append(lint) }
        }
      }
    }
    return lints.inOrder
  }

  private func lint(_ name: ColumnPattern, rule: String, _ columns: [String], at place: Place) -> PolicyLint? {
    if columns.contains(where: { name.matches(effectName: $0, isColumn: true) }) { return nil }
    let table = ColumnPattern(schema: name.schema, table: name.table, column: nil)
    guard columns.contains(where: { table.matches(effectName: $0, isColumn: true) }) else {
      return PolicyLint(
        .unknownTable, rule: rule,
        "no shadow has a table `\(table.spelling)`; mend the name, or name the shadow that has it",
        at: place)
    }
    return PolicyLint(
      .unknownColumn, rule: rule,
      "no shadow has a column `\(name.spelling)`; mend the name: a rule on it never applies",
      at: place)
  }
}

extension Rule {
  /// Every predicate of it.
  var predicates: [Predicate] {
    var predicates = [when] + (unless.map { [$0] } ?? [])
    if case .review(_, let approval?) = action {
      predicates += [approval.when] + (approval.unless.map { [$0] } ?? [])
    }
    return predicates
  }

  /// Every condition of its predicates.
  var conditions: [Condition] { predicates.flatMap { $0.alternatives.flatMap(\.conditions) } }
}
