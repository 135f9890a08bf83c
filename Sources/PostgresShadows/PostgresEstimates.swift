import AuditTrail
import JSONReader
import Ledger
import Postgres
import Replay
import SQLAnalysis

/// What the planner expects of a write that did not end in time.
///
/// Source: PostgreSQL 15, 14.1 "Using EXPLAIN" and `EXPLAIN (FORMAT JSON)`: a `ModifyTable` node names its table, and the
/// rows of the plan below it are those it would change.
extension PostgresDriver {
  /// Undoes what the write has done and adds its estimate; false where the plan does not tell what it would change.
  func estimate(
    _ command: PostgresCommand, _ values: [PostgresValue], _ text: inout TextRun,
    _ session: Session<PostgresDriver>
  ) throws -> Bool {
    let state = session.state
    let writes: Set<CommandKind> = [.insert, .update, .delete]
    guard text.statement.result?.error == nil, world.commands(of: text.statement).count == 1, command.facts.parsed,
      !command.facts.kinds.isDisjoint(with: writes), command.facts.kinds.isSubset(of: writes.union([.select])),
      command.verb != "explain"
    else { return false }
    try undoCommand(session)
    try meter.rebase(state)
    let planned = try planned(command, values, session)
    var roots: Set<UInt32> = []
    for write in planned {
      guard let relation = catalog.relation(write.table, schema: write.schema) ?? state.relation(write.table),
        let root = state.root(of: relation.oid)
      else { return false }
      roots.insert(root.oid)
      add(write, to: root, command, &text, state)
    }
    guard !planned.isEmpty else { return false }
    let isWhole = planned.allSatisfy { !$0.resolvesConflicts } && !hasMore(command, roots, state)
    text.effect.estimate = isWhole ? .whole : .atLeast
    text.isReadOnly = false
    return true
  }

  /// The writes of a command's plan; none where the server makes no plan of it.
  private func planned(
    _ command: PostgresCommand, _ values: [PostgresValue], _ session: Session<PostgresDriver>
  ) throws -> [PlannedWrite] {
    meter.watchdog.arm()
    defer { meter.watchdog.disarm() }
    do throws(PostgresError) {
      return PlannedWrite.all(
        in: try meter.connection.execute(PlannedWrite.explanation + command.sql, values).text(0, 0))
    } catch  where !error.isConnectionLost {
      try undoCommand(session)
      return []
    }
  }

  /// Adds the rows that a write would change; one without a predicate changes every row that is there.
  private func add(
    _ write: PlannedWrite, to root: PostgresRelation, _ command: PostgresCommand,
    _ text: inout TextRun, _ state: PostgresState
  ) {
    let before = state.rowsNow(of: root)
    func isWhole(_ tables: Set<TableReference>) -> Bool {
      tables.contains { $0.name.nameKey == root.name.nameKey }
    }
    text.changes.note(root.table, name(of: root, in: state), before: before, isScratch: state.isScratch(root))
    text.changes.update(root.table) { table in
      switch write.change {
      case .insert: table.inserted &+= write.rows
      case .update: table.updated = isWhole(command.unbounded.updates) ? before : min(before, write.rows)
      case .delete: table.deleted = isWhole(command.unbounded.deletes) ? before : min(before, write.rows)
      }
    }
  }

  /// Whether keys, triggers, rules, code or output depend on the write: no plan counts what they do.
  private func hasMore(_ command: PostgresCommand, _ roots: Set<UInt32>, _ state: PostgresState) -> Bool {
    let reads = world.reads(command)
    return reads.isSensitive || reads.firesCode || world.isTainted(command, state)
      || catalog.foreignKeys.contains { roots.contains($0.parent) }
  }
}

/// A node of a plan that changes rows.
struct PlannedWrite: Equatable {
  enum Change: String { case insert = "Insert", update = "Update", delete = "Delete" }

  let change: Change
  let schema: String?
  let table: String
  /// Rows that the planner expects.
  let rows: Int64
  /// Whether a row that is there already is changed instead.
  let resolvesConflicts: Bool

  /// What asks for a plan; nothing is run.
  static let explanation = "EXPLAIN (VERBOSE, FORMAT JSON) "

  /// The writes of a plan as ``explanation`` prints it; none where one of them is of another kind, such
  /// as `MERGE`, of whose rows a plan does not say what happens to them.
  static func all(in text: String) -> [PlannedWrite] {
    var parser = JSONParser()
    guard let root = try? parser.parse(text), let first = parser.elements(of: root).first,
      let plan = parser.value(of: first, "Plan")
    else { return [] }
    var writes: [PlannedWrite] = []
    var pending = [plan]
    while let node = pending.popLast() {
      let below = parser.value(of: node, "Plans").map { parser.elements(of: $0) } ?? []
      pending += below
      guard parser.value(of: node, "Node Type").map({ parser.string($0, is: "ModifyTable") }) == true else { continue }
      guard let change = parser.value(of: node, "Operation").flatMap({ parser.string($0) }).flatMap(Change.init),
        let table = parser.value(of: node, "Relation Name").flatMap({ parser.string($0) })
      else { return [] }
      let rows = below.filter { child in
        parser.value(of: child, "Parent Relationship").map { parser.string($0, is: "Outer") } == true
      }.compactMap { parser.value(of: $0, "Plan Rows").flatMap { parser.double($0) } }.reduce(0, +)
      writes.append(
        PlannedWrite(
          change: change, schema: parser.value(of: node, "Schema").flatMap { parser.string($0) }, table: table,
          rows: Int64(min(max(0, rows.rounded()), 9e18)),
          resolvesConflicts: parser.value(of: node, "Conflict Resolution").map { parser.string($0, is: "UPDATE") }
            == true))
    }
    return writes
  }
}
