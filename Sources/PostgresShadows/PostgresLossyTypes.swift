import AuditTrail
import Ledger
import Postgres
import Replay

/// What depends on values: changes of a type that lose some, keys that find no parent.
///
/// No counter tells of a type's change, and its text need not name it: code builds it, a type's attribute takes the tables of
/// that type with it. The server says which tables it writes again; what they held is read before the command runs once more.
///
/// Source: PostgreSQL 15, 40.1 "Overview of Event Trigger Behavior", `table_rewrite`; 9.29, `pg_event_trigger_table_rewrite_reason`.
extension PostgresDriver {
  /// A table's rows before a command gives some of its columns another type.
  struct RowsBefore {
    let relation: UInt32
    let columns: [(column: PostgresMeter.Column, hashes: [Int64?])]
  }

  /// The tables that were there before and whose rows have another type by now, in the order of their numbers.
  func retyped(_ events: [PostgresEvent], _ state: PostgresState) -> [UInt32] {
    var tables: Set<UInt32> = []
    for case .rewrite(let oid, let changesType) in events where changesType {
      if state.schema.relations[oid]?.holdsRows == true { tables.insert(oid) }
    }
    return tables.sorted()
  }

  /// What the tables hold now.
  func rows(of tables: [UInt32]) throws(PostgresError) -> [RowsBefore] {
    var found: [RowsBefore] = []
    for oid in tables {
      var columns: [(PostgresMeter.Column, [Int64?])] = []
      for column in try meter.columns(of: oid) {
        columns.append((column, try meter.hashes(of: column, in: oid, as: column)))
      }
      found.append(RowsBefore(relation: oid, columns: columns))
    }
    return found
  }

  /// What the tables hold whose types a command changes that no transaction may hold: it runs in one that is undone, unless
  /// it ends that itself.
  func rowsBeforeBare(
    _ command: PostgresCommand, _ values: [PostgresValue], _ text: TextRun, _ session: Session<PostgresDriver>
  ) throws -> [RowsBefore] {
    let mayAlter =
      ["do", "call"].contains(command.verb) && (catalog.codeAlters || session.state.schema.hasNewCode)
      || command.sql.lowercased().contains("alter")
    guard mayAlter else { return [] }
    let mark = mark()
    try meter.script("BEGIN")
    let answer = try send(command, values, text, session)
    if let error = answer.error, error.isConnectionLost { throw error }
    let events = answer.error == nil && answer.hasEvents ? try meter.readEvents() : []
    try meter.script("ROLLBACK")
    try restore(mark, recounts: false, session)
    return try rows(of: retyped(events, session.state))
  }

  /// Counts the rows whose values do not come back from the new types as they were: those are overwritten.
  func addLossyTypes(
    _ before: [RowsBefore], _ command: PostgresCommand, _ text: inout TextRun, _ state: PostgresState
  ) throws(PostgresError) {
    for table in before {
      guard let relation = state.schema.relations[table.relation] else { continue }
      let lost = try lostRows(table)
      guard lost > 0 else { continue }
      let root = state.root(of: table.relation) ?? relation
      note(root, &text, state)
      var change = RowChange(updated: lost)
      if command.verb != "alter" {
        change.indirect = lost
        change.cause = cause(of: root, [root.oid], command, state)
      }
      text.changes.add(change, to: root.table)
    }
  }

  private func lostRows(_ before: RowsBefore) throws(PostgresError) -> Int64 {
    let now = try meter.columns(of: before.relation)
    var lost: Set<Int> = []
    for (column, hashes) in before.columns {
      guard let after = now.first(where: { $0.number == column.number }) else { continue }
      let back = try comingBack(after, in: before.relation, as: column)
      if back.count == hashes.count {
        for index in hashes.indices where hashes[index] != back[index] { lost.insert(index) }
      } else {
        // Rows came or went with it: they are counted as such, and the order of the others is not known.
        lost.formUnion(0..<Self.missing(hashes, from: back))
      }
    }
    return Int64(lost.count)
  }

  /// A column's hashes as values of its old type; as their text where there is no way back.
  private func comingBack(
    _ column: PostgresMeter.Column, in relation: UInt32, as type: PostgresMeter.Column
  ) throws(PostgresError) -> [Int64?] {
    try meter.script("SAVEPOINT assay_type")
    do {
      let back = try meter.hashes(of: column, in: relation, as: type)
      try meter.script("RELEASE assay_type")
      return back
    } catch  where !error.isConnectionLost {
      try meter.script("ROLLBACK TO assay_type; RELEASE assay_type")
      return try meter.hashes(of: column, in: relation, as: column)
    }
  }

  /// How many of the values are not among the others, without those that so many fewer rows explain.
  private static func missing(_ values: [Int64?], from others: [Int64?]) -> Int {
    var left: [Int64?: Int] = [:]
    for value in others { left[value, default: 0] += 1 }
    var missing = 0
    for value in values {
      if let count = left[value], count > 0 { left[value] = count - 1 } else { missing += 1 }
    }
    return max(0, missing - max(0, values.count - others.count))
  }

  /// Whether a key found no parent because the parent's table is empty here.
  func addMissingParents(_ error: PostgresError, _ text: inout TextRun) -> Bool {
    guard let table = error.table, let child = catalog.relation(table, schema: error.schema) else { return false }
    let parents = catalog.foreignKeys.filter { $0.table == child.oid }.compactMap { catalog.relations[$0.parent] }
    let empty = parents.filter(world.isEmptyHere)
    text.emptyTables.formUnion(empty.map(\.table))
    return !empty.isEmpty
  }
}
