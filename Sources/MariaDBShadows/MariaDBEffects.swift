import AuditTrail
import Ledger
import MariaDB
import Replay
import SQLAnalysis

/// Why it is not known what a command did.
enum EffectDoubt: Error {
  /// It does what no counter tells apart.
  case undecided
  /// The counters contradict one another, or the server failed.
  case disagreement

  /// What the verdict says.
  var reason: InconclusiveReason {
    switch self {
    case .undecided: .unsupported
    case .disagreement: .shadowError
    }
  }
}

extension MariaDBDriver {
  /// Adds the rows and objects that the last command changed, and counts the tables on.
  func addEffects(
    of command: MySQLCommand, since counted: CounterReading, failed: Bool, _ text: inout TextRun,
    _ state: inout CloneState<MariaDBDriver>
  ) throws(EffectDoubt) {
    let catalog = state.schema.catalog
    let now: CounterReading
    do { now = try meter.countNow(of: catalog) } catch { throw .disagreement }
    let moved = Self.moved(counted, now)
    let hasOtherFiles = moved.contains { now.tables[$0]?.numbers != counted.tables[$0]?.numbers }
    if command.mayChangeObjects || hasOtherFiles {
      let isDefinition = command.mayChangeObjects && !command.isCompound
      let change: ObjectChange
      do { change = try ObjectChange(from: catalog, counted, to: meter) } catch { throw .disagreement }
      if isDefinition || !change.isNothing {
        // Code that makes or drops objects may also change rows, and the counters of those are gone.
        guard isDefinition else { throw .undecided }
        try addDefinition(command, change, moved, counted, now, &text, &state)
        return
      }
    }
    try addRows(of: command, moved, counted, now, failed: failed, &text, &state)
  }

  private static func moved(_ before: CounterReading, _ now: CounterReading) -> [String] {
    Set(before.tables.keys).union(now.tables.keys).filter { before.tables[$0] != now.tables[$0] }.sorted()
  }

  // MARK: Rows

  private func addRows(
    of command: MySQLCommand, _ moved: [String], _ counted: CounterReading, _ now: CounterReading, failed: Bool,
    _ text: inout TextRun, _ state: inout CloneState<MariaDBDriver>
  ) throws(EffectDoubt) {
    let catalog = state.schema.catalog
    defer { judgeByChance(command, catalog, &text) }
    // Procedures that fail have done by then what nothing undoes as one.
    if failed, command.isCompound, !moved.isEmpty { throw .undecided }
    let reach = catalog.reach(from: command.names, writes: true)
    let others = reach.tables.filter { catalog.tables[$0].map { $0.holdsRows && !$0.isTransactional } ?? false }
    if moved.isEmpty, others.isEmpty { return }
    let isDynamic = command.isCompound && command.verb != "call"
    let context = CounterContext(
      ignoresErrors: command.ignoresErrors || reach.ignoresErrors || isDynamic,
      hasHandlers: reach.hasHandlers || isDynamic,
      joined: command.verb == "delete" ? .delete : command.verb == "update" ? .update : nil, hasFailed: failed)
    let deltas = moved.map { ($0, (now.tables[$0] ?? TableCounters()).since(counted.tables[$0] ?? TableCounters())) }
    // In a join the counters leave out what the command itself does.
    let children = catalog.cascading(
      deleted: Set(deltas.filter { $0.1.deletes != 0 || context.joined == .delete && $0.1.changed != 0 }.map(\.0)),
      updated: Set(deltas.filter { $0.1.updates != 0 || context.joined == .update && $0.1.changed != 0 }.map(\.0)))
    for (key, delta) in deltas {
      guard let table = catalog.tables[key] else { throw .disagreement }
      // A sequence has a row that no one reads as one.
      guard table.holdsRows, !delta.isNothing else { continue }
      let kind = CountedTable(
        isTransactional: table.isTransactional, isPartitioned: table.isPartitioned,
        isVersioned: table.type == "SYSTEM VERSIONED", mayCascade: children.contains(key))
      var change: RowChange
      do {
        change = try solveCounters(delta, of: kind, in: context)
      } catch {
        throw error == .undecided ? .undecided : .disagreement
      }
      addIndirect(command, key, table, &change)
      addChange(change, to: key, &text, &state)
    }
    for key in others.sorted() { try addCleared(key, command, &text, &state) }
  }

  /// Holds a table that InnoDB does not keep against its count: where all of its rows go at once, no counter moves.
  private func addCleared(
    _ key: String, _ command: MySQLCommand, _ text: inout TextRun, _ state: inout CloneState<MariaDBDriver>
  ) throws(EffectDoubt) {
    guard let table = state.schema.catalog.tables[key] else { return }
    let rows: Int64
    do { rows = try meter.countRows(of: table) } catch { throw .disagreement }
    let expected = state.rows[state.schema.identity(key)] ?? 0
    if rows == expected { return }
    guard rows == 0 else { throw .disagreement }
    var change = RowChange(deleted: expected)
    addIndirect(command, key, table, &change)
    addChange(change, to: key, &text, &state)
  }

  /// Where the command's text does not name the table, code has changed it.
  private func addIndirect(
    _ command: MySQLCommand, _ key: String, _ table: MariaDBCatalog.Table, _ change: inout RowChange
  ) {
    let total = change.inserted + change.updated + change.deleted
    guard !command.names.contains(table.name), change.indirect < total else { return }
    change.cause = change.indirect == 0 ? .code : .unknown
    change.indirect = total
  }

  private func addChange(
    _ change: RowChange, to key: String, _ text: inout TextRun, _ state: inout CloneState<MariaDBDriver>
  ) {
    guard change.inserted != 0 || change.updated != 0 || change.deleted != 0 else { return }
    let table = state.schema.identity(key)
    let before = state.rows[table]
    text.changes.note(
      table, state.schema.catalog.shownName(of: key), before: before, isScratch: state.made.contains(table))
    text.changes.add(change, to: table)
    state.rows[table] = max(0, (before ?? 0) &+ change.inserted &- change.deleted)
  }

  /// Notes where chance chose the rows, or a bound that this server passes over in silence.
  private func judgeByChance(_ command: MySQLCommand, _ catalog: MariaDBCatalog, _ text: inout TextRun) {
    let chooses =
      command.asksChance
      || !command.isQuery && (command.limitsWithoutOrder || command.mayDiffer || command.keywords.contains("recursive"))
    if chooses || catalog.reach(from: command.names, writes: true).asksChance { text.choosesByChance = true }
  }

  // MARK: Definitions

  /// Adds what a definition made, dropped and altered, and the rows that went with it.
  private func addDefinition(
    _ command: MySQLCommand, _ found: ObjectChange, _ moved: [String], _ counted: CounterReading,
    _ now: CounterReading, _ text: inout TextRun, _ state: inout CloneState<MariaDBDriver>
  ) throws(EffectDoubt) {
    var change = found
    // A table made from a query may run functions that change others.
    let concerned = Set(change.gone + change.come + change.rebuilt + change.renamed.flatMap { [$0.from, $0.to] })
    for key in moved where !concerned.contains(key) {
      guard let table = state.schema.catalog.tables[key], !command.names.contains(table.name) else { continue }
      let delta = (now.tables[key] ?? TableCounters()).since(counted.tables[key] ?? TableCounters())
      guard delta.inserts + delta.updates + delta.deletes + delta.changed == 0 else { throw .undecided }
    }
    let old = state
    try change.resolveColumns(by: command, rows: { old.rows[old.schema.identity($0)] ?? 0 })
    for (from, to) in change.renamed {
      text.changes.altered.append(
        "rename table \(old.schema.catalog.shownName(of: from)) to \(change.after.shownName(of: to))")
    }
    var moves: [(rows: Int64?, isMade: Bool, to: String)] = []
    for (from, to) in change.renamed {
      let table = old.schema.identity(from)
      moves.append((state.rows.removeValue(forKey: table), state.made.remove(table) != nil, to))
      state.schema.free(from)
    }
    for key in change.gone { dropTable(key, old, &text, &state) }
    for key in change.rebuilt where command.verb == "create" { dropTable(key, old, &text, &state) }
    state.schema.catalog = change.after
    for move in moves {
      let table = state.schema.identity(move.to)
      state.rows[table] = move.rows
      if move.isMade { state.made.insert(table) }
    }
    try addLostRows(command, change, &text, &state)
    addMade(command, change, &text, &state)
    addColumns(change, &text, &state)
    addCode(change, old, &text, &state)
  }

  private func dropTable(
    _ key: String, _ old: CloneState<MariaDBDriver>, _ text: inout TextRun, _ state: inout CloneState<MariaDBDriver>
  ) {
    guard let gone = old.schema.catalog.tables[key], gone.holdsRows else { return }
    let table = old.schema.identity(key)
    let isScratch = state.made.remove(table) != nil
    text.changes.drop(
      DroppedObject(
        type: "table", name: old.schema.catalog.shownName(of: key), rows: old.rows[table], isScratch: isScratch),
      table: table)
    state.rows[table] = nil
    state.schema.free(key)
  }

  /// Adds rows that are gone from tables that are still there.
  private func addLostRows(
    _ command: MySQLCommand, _ change: ObjectChange, _ text: inout TextRun,
    _ state: inout CloneState<MariaDBDriver>
  ) throws(EffectDoubt) {
    let made = Set(change.come + (command.verb == "create" ? change.rebuilt : []))
    for (key, rows) in change.rows.sorted(by: { $0.key < $1.key }) where !made.contains(key) {
      let table = state.schema.identity(key)
      let before = state.rows[table] ?? 0
      guard rows != before || command.verb == "truncate" else { continue }
      guard let known = change.after.tables[key], command.names.contains(known.name), rows <= before else {
        if rows == before { continue }
        throw .disagreement
      }
      let isScratch = state.made.contains(table)
      text.changes.note(table, change.after.shownName(of: key), before: before, isScratch: isScratch)
      text.changes.add(RowChange(deleted: before - rows), to: table)
      let isWhole = command.verb == "truncate" && rows == 0
      if isWhole, !isScratch, before > 0 || isEmptyHere(table) { text.changes.truncated.insert(table) }
      state.rows[table] = rows
    }
  }

  private func addMade(
    _ command: MySQLCommand, _ change: ObjectChange, _ text: inout TextRun,
    _ state: inout CloneState<MariaDBDriver>
  ) {
    for key in (change.come + (command.verb == "create" ? change.rebuilt : [])).sorted() {
      guard let table = change.after.tables[key] else { continue }
      let kind = table.type == "VIEW" ? "view" : table.type == "SEQUENCE" ? "sequence" : "table"
      let name = change.after.shownName(of: key)
      text.changes.altered.append("create \(kind) \(name)")
      guard table.holdsRows else { continue }
      let identity = state.schema.identity(key)
      state.made.insert(identity)
      let rows = change.rows[key] ?? 0
      state.rows[identity] = rows
      guard rows > 0 else { continue }
      text.changes.note(identity, name, before: nil, isScratch: true)
      text.changes.add(RowChange(inserted: rows), to: identity)
    }
    for key in change.altered { text.changes.altered.append("alter table \(change.after.shownName(of: key))") }
    // What changes no column or index, such as a key or an option, shows in the text alone.
    guard command.verb == "alter" else { return }
    for (key, table) in change.after.tables where table.holdsRows && command.names.contains(table.name) {
      text.changes.altered.append("alter table \(change.after.shownName(of: key))")
    }
  }

  private func addColumns(
    _ change: ObjectChange, _ text: inout TextRun, _ state: inout CloneState<MariaDBDriver>
  ) {
    for (key, column) in change.lostColumns {
      let table = state.schema.identity(key)
      let name = "\(change.after.shownName(of: key)).\(column)"
      let isMade = state.madeObjects.remove("column \(key) \(column)") != nil
      text.changes.drop(
        DroppedObject(
          type: "column", name: name, rows: state.rows[table], isScratch: isMade || state.made.contains(table)))
    }
    for (key, column) in change.newColumns { state.madeObjects.insert("column \(key) \(column)") }
  }

  private func addCode(
    _ change: ObjectChange, _ old: CloneState<MariaDBDriver>, _ text: inout TextRun,
    _ state: inout CloneState<MariaDBDriver>
  ) {
    for object in change.lostObjects {
      let isScratch = state.madeObjects.remove("\(object.type) \(object.name)") != nil
      text.changes.drop(DroppedObject(type: object.type, name: object.name, isScratch: isScratch))
    }
    for object in change.newObjects {
      state.madeObjects.insert("\(object.type) \(object.name)")
      if object.type != "view" { text.changes.altered.append("create \(object.type) \(object.name)") }
    }
    for object in change.otherObjects { text.changes.altered.append("alter \(object.type) \(object.name)") }
  }
}
