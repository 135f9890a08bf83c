import AuditTrail
import Postgres
import Replay

/// How counters and events become an effect.
extension PostgresDriver {
  /// Takes a table into the text's changes; a first one says how many rows there were.
  func note(_ root: PostgresRelation, _ text: inout TextRun, _ state: PostgresState) {
    let rows = state.rowsNow(of: root)
    text.changes.note(
      root.table, name(of: root, in: state), before: state.made.contains(root.table) && rows == 0 ? nil : rows,
      isScratch: state.isScratch(root))
  }

  // MARK: Counters

  /// Adds the rows that a command changed, and tables whose rows are gone with their file.
  ///
  /// - Parameters:
  ///   - codeSince: the first transaction number of a command whose code may have undone parts of it.
  ///   - collapsed: partitioned tables whose moved rows have lost which value of the key was theirs.
  func addCounters(
    _ reading: CounterReading, _ command: PostgresCommand, _ answer: PostgresAnswer,
    _ text: inout TextRun,
    _ state: inout PostgresState, codeSince: Int64? = nil, collapsed: Set<UInt32> = []
  ) throws(PostgresError) {
    var changed: [UInt32: RowCounters] = [:]
    var unchanged: [UInt32: Int64] = [:]
    var emptied: [UInt32] = []
    var gains: [UInt32: Int64] = [:]
    let rewritten = Self.rewritten(answer.events)
    for relation in reading.relations {
      guard let known = state.schema.relations[relation.oid] else { continue }
      let isEmptied =
        known.holdsRows && known.kind == "r" && relation.file != 0
        && relation.file != state.schema.files[relation.oid] ?? 0
      var delta = meter.advance(relation)
      if known.kind == "m", command.verb == "refresh", relation.file != state.schema.files[relation.oid] ?? 0 {
        // Its rows went with their file, and no counter says so.
        delta.deleted += state.rows[known.table] ?? 0
      }
      if delta.isNegative {
        // A truncate takes back what the transaction has counted before it, and so does a refresh, which only a materialized view
        // has: its rows are those of others.
        if isEmptied || known.kind == "m" { delta = delta.withoutNegative } else { text.fail(.notRun(.shadowError)) }
      }
      var still = relation.unchanged - (state.schema.unchanged[relation.oid] ?? 0)
      if let codeSince, delta != RowCounters() {
        let attempted = delta.updated
        delta = try left(of: delta, in: relation, since: codeSince, state)
        // Of several updates of a row only one counts here: not one that left it as another of them had made it.
        still -= attempted - delta.updated
      }
      state.schema.unchanged[relation.oid] = relation.unchanged
      if delta != RowCounters() {
        var sum = changed[known.root] ?? RowCounters()
        sum.inserted += delta.inserted
        sum.updated += delta.updated
        sum.deleted += delta.deleted
        changed[known.root] = sum
        unchanged[known.root, default: 0] += max(0, still)
        if known.holdsRows { gains[relation.oid] = delta.inserted - delta.deleted }
      }
      if known.holdsRows, relation.file != state.schema.files[relation.oid] ?? 0 {
        if isEmptied { emptied.append(relation.oid) }
        state.schema.files[relation.oid] = relation.file
      }
    }
    changed.countLargeObjectsOnce()
    // Rows before are those before any of this is counted on.
    for root in changed.keys.sorted() {
      guard let relation = state.schema.relations[root] else { continue }
      note(relation, &text, state)
      var change = rowChange(
        changed[root] ?? RowCounters(), unchanged[root] ?? 0, relation, command, answer, state,
        isCollapsed: collapsed.contains(root))
      if change.indirect > 0 { change.cause = cause(of: relation, Set(changed.keys), command, state) }
      text.changes.add(change, to: relation.table)
    }
    for oid in emptied where changed[state.schema.relations[oid]?.root ?? oid] == nil {
      if let root = state.root(of: oid) { note(root, &text, state) }
    }
    for (oid, gained) in gains {
      state.rows[TableIdentity(oid)] = max(0, (state.rows[TableIdentity(oid)] ?? 0) &+ gained)
    }
    state.disown(receivers(gains, state))
    for oid in emptied where try addEmptied(oid, isRewritten: rewritten.contains(oid), &text, &state) {
      meter.noteEmptied()
    }
    for (sequence, last) in reading.sequences where meter.sequences[sequence] != last {
      meter.note(last, of: sequence)
      if !text.changes.tables.values.contains(where: { $0.inserted > 0 }), let known = catalog.sequences[sequence] {
        text.changes.altered.append("sequence \(known.name)")
      }
    }
    text.changes.removeUnchanged()
    world.addTainted(by: command, changed: Set(changed.keys), answer.events, to: &state)
  }

  /// The parts of the session's own to which rows of other parts have moved, whatever moved them.
  private func receivers(_ gains: [UInt32: Int64], _ state: PostgresState) -> [UInt32] {
    func root(_ oid: UInt32) -> UInt32? { state.schema.relations[oid]?.root }
    let givers = gains.filter { $0.value < 0 && !state.made.contains(TableIdentity($0.key)) }.compactMap {
      root($0.key)
    }
    return gains.filter { $0.value > 0 && root($0.key).map(givers.contains) == true }.map(\.key)
  }

  private func rowChange(
    _ delta: RowCounters, _ unchanged: Int64, _ relation: PostgresRelation, _ command: PostgresCommand,
    _ answer: PostgresAnswer, _ state: PostgresState, isCollapsed: Bool
  ) -> RowChange {
    var change = RowChange(inserted: delta.inserted, updated: delta.updated, deleted: delta.deleted)
    if relation.kind == "p", delta.inserted > 0, delta.deleted > 0, answer.tag.hasPrefix("UPDATE ") {
      // A row that moves to another partition is deleted there and inserted here; a trigger may overwrite it on the way.
      let moved = min(delta.inserted, delta.deleted)
      let keys = catalog.partitionKeys[relation.oid] ?? []
      let isRewritten =
        isCollapsed || state.schema.code.runs(with: command)
        || catalog.rewriting.contains { state.schema.relations[$0]?.root == relation.oid }
      // What the command does not name, code writes, and which columns is not known.
      let isNamed = command.facts.commands.contains { one in
        one.writes.contains {
          catalog.relation($0.table)?.root == relation.oid || $0.table.name.isExactly(relation.name)
        }
      }
      if isNamed, Self.writesOnly(keys, command), !isRewritten {
        change.restored = moved
      } else {
        change.inserted -= moved
        change.deleted -= moved
        change.updated += moved
      }
    }
    change.unchanged = min(unchanged, change.updated)
    // A materialized view that is made again holds what its query gives.
    if relation.kind == "m", command.verb == "refresh" {
      (change.restored, change.unchanged) = (change.deleted, change.updated)
    }
    if !command.facts.commands.contains(where: { $0.writes.contains { $0.table.name.isExactly(relation.name) } }) {
      change.indirect = change.inserted + change.updated + change.deleted
    }
    return change
  }

  /// Relations whose file a command may have written again for another reason than to empty it.
  private static func rewritten(_ events: [PostgresEvent]) -> Set<UInt32> {
    var oids: Set<UInt32> = []
    for event in events {
      switch event {
      case .rewrite(let oid, _): oids.insert(oid)
      case .change(let change): oids.insert(change.oid)
      case .drop: break
      }
    }
    return oids
  }

  /// Adds a table whose rows went with their file, and says whether they did: `CLUSTER` keeps them, and so does a table that is
  /// written again.
  private func addEmptied(
    _ oid: UInt32, isRewritten: Bool, _ text: inout TextRun, _ state: inout PostgresState
  ) throws(PostgresError) -> Bool {
    guard let root = state.root(of: oid), let after = try meter.rows(of: oid) else { return false }
    let expected = state.rows[TableIdentity(oid)] ?? 0
    let lost = max(0, expected - after)
    note(root, &text, state)
    state.rows[TableIdentity(oid)] = after
    guard lost > 0 || after == 0 && !isRewritten else { return false }
    text.changes.add(RowChange(deleted: lost), to: root.table)
    let table = text.changes.tables[root.table]
    if table?.isScratch == false, (table?.before ?? 0) > 0 || world.isEmptyHere(root) {
      text.changes.truncated.insert(root.table)
    }
    return true
  }

  // MARK: Events

  /// Adds objects that were made, altered and dropped.
  func addEvents(
    _ events: [PostgresEvent], _ command: PostgresCommand, _ text: inout TextRun,
    _ state: inout PostgresState
  ) {
    guard !events.isEmpty else { return }
    let makesTable = events.contains { event in
      if case .change(let change) = event { Self.makingTags.contains(change.tag) } else { false }
    }
    let dropped = DroppedTogether(events)
    // What an extension's script drops it has made itself.
    let isExtension = ["create", "alter"].contains(command.verb) && command.words.dropFirst().first == "extension"
    for event in events {
      switch event {
      case .drop(let drop) where !isExtension: add(drop, besides: dropped, &text, &state)
      case .drop: break
      case .change(let change): add(change, by: command, makesTable: makesTable, &text, &state)
      case .rewrite: break
      }
    }
  }

  private static let makingTags: Set<String> = ["CREATE TABLE", "CREATE TABLE AS", "SELECT INTO"]

  private func add(
    _ change: PostgresEvent.Change, by command: PostgresCommand, makesTable: Bool, _ text: inout TextRun,
    _ state: inout PostgresState
  ) {
    let tag = change.tag.lowercased()
    if change.tag == "ALTER DEFAULT PRIVILEGES" {
      text.changes.altered.append(tag)
      // What a text says of rights is read from its words; what code says is not known.
      if command.verb != "alter" { text.changes.escalated.append("grant") }
    }
    switch change.tag {
    case "GRANT": text.changes.escalated.append("grant")
    case "REVOKE": text.changes.altered.append("revoke")
    case "ALTER POLICY" where command.words.suffix(3).first != "rename": text.changes.escalated.append("row_security")
    default: break
    }
    if change.isOthers, command.verb != "alter", tag.hasPrefix("alter ") { text.changes.escalated.append("owner") }
    if change.tag == "CREATE POLICY", let table = state.schema.relations[change.shown], table.security.isOn,
      !state.isScratch(table)
    {
      text.changes.escalated.append("row_security")
    }
    // Its effects count whether or not anything here is sensitive.
    if change.isCode { state.schema.code.add(change, by: command) }
    if change.isSecurityDefiner { text.changes.escalated.append("security_definer") }
    let wasThere = state.schema.relations[change.oid] != nil
    if let relation = change.relation { note(relation, change, &text, &state) }
    if ["GRANT", "REVOKE", "ALTER DEFAULT PRIVILEGES"].contains(change.tag) { return }
    // What a table brings with it is not an object of its own.
    if makesTable, !Self.makingTags.contains(change.tag) { return }
    let type = change.type == "table column" ? "table" : change.type
    var name = change.identity
    if let relation = state.schema.relations[change.oid] { name = self.name(of: relation, in: state) }
    for prefix in ["public.", "pg_temp."] where name.hasPrefix(prefix) { name = String(name.dropFirst(prefix.count)) }
    let verb = tag.hasPrefix("create") || tag == "select into" ? "create" : String(tag.prefix { $0 != " " })
    if !text.changes.altered.contains(where: { $0.hasPrefix("rename \(type) ") && $0.hasSuffix(" to \(name)") }) {
      text.changes.altered.append(name.isEmpty ? tag : "\(verb) \(type) \(name)")
    }
    // What is replaced was there before; the session has not made it.
    let key = "\(type) \(change.identity)".exactKey
    if verb == "create", !wasThere, !catalog.objects.contains(key) || state.schema.gone.contains(key) {
      // Its number: another object may get its name.
      state.madeObjects.insert("\(type) \(change.oid)")
    }
  }

  /// Notes a relation that was made or altered.
  private func note(
    _ new: PostgresRelation, _ change: PostgresEvent.Change, _ text: inout TextRun,
    _ state: inout PostgresState
  ) {
    let old = state.schema.relations[new.oid]
    if let old {
      if old.security.isOn && !new.security.isOn || old.security.isForced && !new.security.isForced {
        text.changes.escalated.append("row_security")
      }
      if old.name != new.name {
        text.changes.altered.append("rename \(change.type) \(old.name) to \(new.name)")
      }
      for number in old.columnCount..<max(old.columnCount, new.columnCount) {
        state.madeObjects.insert(Self.column(number + 1, of: new.oid))
      }
    }
    var relation = new
    relation.columns = old?.columns ?? []
    state.schema.relations[new.oid] = relation
    if old == nil {
      state.made.insert(new.table)
      if relation.holdsRows {
        state.rows[new.table] = 0
        state.schema.files[new.oid] = change.file
      }
    }
  }

  /// Objects that a `DEPENDS ON EXTENSION` or an `OWNED BY` puts behind others.
  private static let goingAlong: Set<String> = ["function", "procedure", "aggregate", "sequence", "trigger"]

  private func isOwn(_ drop: PostgresEvent.Drop, _ state: PostgresState) -> Bool {
    drop.isTemporary || state.made.contains(TableIdentity(drop.oid))
      || state.madeObjects.contains("\(drop.type) \(drop.oid)")
      || drop.type == "table column" && state.madeObjects.contains(Self.column(drop.column, of: drop.oid))
  }

  private static func column(_ number: Int64, of relation: UInt32) -> String { "table column \(relation).\(number)" }

  private func add(
    _ drop: PostgresEvent.Drop, besides dropped: DroppedTogether, _ text: inout TextRun,
    _ state: inout PostgresState
  ) {
    let cascading: Set<String> = [
      "table", "view", "materialized view", "foreign table", "function", "procedure", "table column",
    ]
    let relation = state.schema.relations[drop.oid]
    state.schema.gone.insert("\(drop.type) \(drop.identity)".exactKey)
    var wasMade = isOwn(drop, state)
    // What was there before does not go unsaid with what the session made: it was put behind that.
    let goesAlong =
      !wasMade && !drop.isOriginal && drop.oid <= state.schema.lastBefore
      && !drop.lastName.hasPrefix("RI_ConstraintTrigger_")
      && dropped.originals.allSatisfy { isOwn($0, state) }
    switch drop.type {
    case "table", "materialized view", "view", "foreign table":
      guard let relation else { return }
      let isPart = relation.root != relation.oid && dropped.relations.contains(relation.root)
      // What was attached to a table of the session's own goes with that, and was not of its making.
      let wasAttached = !wasMade && relation.root == relation.oid && (relation.kind != "v" || goesAlong)
      if drop.isOriginal || drop.isNormal || wasAttached, !isPart {
        var rows = ["r", "p"].contains(relation.kind) ? state.rowsNow(of: relation) : nil
        if relation.kind == "p", relation.root != relation.oid {
          // A part that has parts itself: they go with it.
          let parts = dropped.parts.filter { state.schema.relations[$0]?.root == relation.root }
          rows = parts.reduce(0) { $0 + (state.rows[TableIdentity($1)] ?? 0) }
          wasMade = wasMade && parts.allSatisfy { state.made.contains(TableIdentity($0)) }
          for part in parts { state.forget(part) }
        }
        text.changes.drop(
          DroppedObject(type: drop.type, name: name(of: relation, in: state), rows: rows, isScratch: wasMade),
          table: relation.table)
        for part in state.schema.relations.values where part.root == relation.oid { state.forget(part.oid) }
      }
      state.forget(drop.oid)
    case "table column":
      guard let relation, drop.isOriginal || drop.isNormal, relation.kind != "v" else { return }
      // A part's column goes with its table's.
      let isMade =
        wasMade
        || dropped.columns.contains { column in
          guard state.madeObjects.contains(Self.column(column.column, of: column.oid)) else { return false }
          if column.oid == drop.oid { return column.column == drop.column }
          let isAbove = column.oid == relation.root || catalog.heirs[column.oid]?.contains(drop.oid) == true
          return isAbove && column.lastName == drop.lastName
        }
      text.changes.drop(
        DroppedObject(
          type: "column", name: "\(name(of: relation, in: state)).\(drop.lastName)", rows: state.rowsNow(of: relation),
          isScratch: isMade))
    case "policy":
      if drop.isOriginal {
        // Without one of the session's own, rows are as they were before it.
        if !wasMade { text.changes.escalated.append("row_security") }
        text.changes.drop(DroppedObject(type: "policy", name: drop.lastName, isScratch: wasMade))
      }
    case "table constraint", "default value", "default acl", "toast table", "rule", "type", "domain constraint":
      if drop.isOriginal, drop.type == "rule" || drop.type == "type" {
        text.changes.drop(DroppedObject(type: drop.type, name: plain(drop), isScratch: wasMade))
      }
    default:
      let isKey = drop.type == "index" && dropped.constraints.contains(drop.lastName)
      let isTold = drop.isOriginal || isKey || drop.isNormal && cascading.contains(drop.type)
      guard isTold || goesAlong && Self.goingAlong.contains(drop.type), drop.schema != "pg_toast" else { return }
      // What an extension of the session's own brought came after it, and so did all that depends on it.
      let isOfOwn = dropped.extensions.contains { state.madeObjects.contains("extension \($0)") && $0 < drop.oid }
      // No event tells of the index that a constraint brings, nor of the relation behind a type.
      let isNew = (isKey || drop.type == "composite type column") && drop.oid > state.schema.lastBefore
      text.changes.drop(
        DroppedObject(type: drop.type, name: plain(drop), isScratch: wasMade || isOfOwn || isNew))
    }
  }

  private func plain(_ drop: PostgresEvent.Drop) -> String {
    let name = drop.name.isEmpty ? drop.identity : drop.name
    return name.hasPrefix("public.") ? String(name.dropFirst(7)) : name
  }
}
