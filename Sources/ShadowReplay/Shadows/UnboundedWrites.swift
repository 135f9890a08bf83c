import AuditTrail

/// The tables that a text's deletes and updates name without a predicate that could leave a row out, in lower case.
func unboundedWrites(_ facts: Facts) -> (deletes: Set<String>, updates: Set<String>) {
  var (deletes, updates): (Set<String>, Set<String>) = ([], [])
  for command in facts.commands where command.predicate == .missing || command.predicate == .alwaysTrue {
    let tables = command.writes.map { $0.table.name.lowercased() }
    if command.kinds.contains(.delete) { deletes.formUnion(tables) }
    if command.kinds.contains(.update) { updates.formUnion(tables) }
  }
  for command in facts.commands where command.kinds == [.truncate] {
    deletes.formUnion(command.writes.map { $0.table.name.lowercased() })
  }
  return (deletes, updates)
}
