import AuditTrail

/// Names the kind of each exception, and the earlier periods in which one of its kind was noted.
func nameKinds(_ tests: inout [TestResult], plan: EvidencePlan) {
  let earlier = Dictionary((plan.previous?.kinds ?? []).map { ($0.id, $0) }) { first, _ in first }
  for index in tests.indices {
    for place in tests[index].exceptions.indices where tests[index].exceptions[place].kind == nil {
      let kind = tests[index].exceptions[place].ownKind(readsRows: !tests[index].outcomes.isEmpty)
      tests[index].exceptions[place].kind = kind
      tests[index].exceptions[place].notedBefore = earlier[kind.id]?.periods ?? []
    }
  }
}

extension ExceptionNoted {
  /// Its kind, by what it states and by its item; by the first alone where no population says which item it is about.
  fileprivate func ownKind(readsRows: Bool) -> ExceptionKind {
    var row: [String: String] = [:]
    let columns = kindColumns(test.rawValue)
    for column in readsRows ? columns.lasting + columns.passing : [] {
      guard let place = item.names.firstIndex(of: column) else { continue }
      if case .text(let text) = item.cells[place] { row[column] = text }
    }
    return ExceptionKind(
      test: test.rawValue, key: item.key, session: item.session, user: item.user, connection: item.connection, row: row)
  }
}
