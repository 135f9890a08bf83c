import AuditTrail
import Postgres

/// How counters and events become an effect.
extension PostgresSessionRun {
  /// What effects call a relation.
  func name(of relation: PostgresRelation) -> String { catalog.displayName(relation) }

  /// The partitioned table of a partition, any other relation itself.
  func root(of oid: UInt32) -> PostgresRelation? {
    guard let relation = state.relations[oid] else { return nil }
    return state.relations[relation.root] ?? relation
  }

  /// The rows of a table now, with those of its partitions.
  func rowsNow(of root: PostgresRelation) -> Int64 {
    guard root.kind == "p" else { return state.rows[root.oid] ?? 0 }
    return state.relations.values.reduce(0) { $0 + ($1.root == root.oid ? state.rows[$1.oid] ?? 0 : 0) }
  }

  func isScratch(_ relation: PostgresRelation) -> Bool { relation.isTemporary || state.made.contains(relation.oid) }

  /// The effect on a table so far; a first one says how many rows there were.
  private func tableEffect(_ root: PostgresRelation, _ text: PostgresTextRun) -> TableEffect {
    if let known = text.effect.tables[name(of: root)] { return known }
    var table = TableEffect()
    table.before = state.made.contains(root.oid) && rowsNow(of: root) == 0 ? nil : rowsNow(of: root)
    table.isScratch = isScratch(root)
    return table
  }

  // MARK: Counters

  /// Adds the rows that a command changed, and tables whose rows are gone with their file.
  ///
  /// - Parameter codeSince: the first transaction number of a command whose code may have undone parts of it.
  func addCounters(
    _ reading: CounterReading, _ command: PostgresCommand, _ answer: PostgresAnswer, _ text: inout PostgresTextRun,
    codeSince: Int64? = nil
  ) throws(PostgresError) {
    var changed: [UInt32: RowCounters] = [:]
    var unchanged: [UInt32: Int64] = [:]
    var emptied: [UInt32] = []
    var gains: [UInt32: Int64] = [:]
    let rewritten = Self.rewritten(answer.events)
    for relation in reading.relations {
      guard let known = state.relations[relation.oid] else { continue }
      var delta = meter.advance(relation)
      if let codeSince, delta != RowCounters() { delta = try left(of: delta, in: relation, since: codeSince) }
      let still = max(0, relation.unchanged - (state.unchanged[relation.oid] ?? 0))
      state.unchanged[relation.oid] = relation.unchanged
      if delta != RowCounters() {
        var sum = changed[known.root] ?? RowCounters()
        sum.inserted += delta.inserted
        sum.updated += delta.updated
        sum.deleted += delta.deleted
        changed[known.root] = sum
        unchanged[known.root, default: 0] += still
        if known.holdsRows { gains[relation.oid] = delta.inserted - delta.deleted }
      }
      if known.holdsRows, relation.file != state.files[relation.oid] ?? 0 {
        if relation.file != 0, known.kind == "r", !rewritten.contains(relation.oid) { emptied.append(relation.oid) }
        state.files[relation.oid] = relation.file
      }
    }
    // Rows before are those before any of this is counted on.
    for root in changed.keys.sorted() {
      guard let relation = state.relations[root] else { continue }
      var table = tableEffect(relation, text)
      add(changed[root] ?? RowCounters(), unchanged[root] ?? 0, to: &table, relation, command, answer)
      text.effect.tables[name(of: relation)] = table
    }
    for oid in emptied where changed[state.relations[oid]?.root ?? oid] == nil {
      guard let root = root(of: oid) else { continue }
      let table = tableEffect(root, text)
      if text.effect.tables[name(of: root)] == nil { text.effect.tables[name(of: root)] = table }
    }
    for (oid, gained) in gains { state.rows[oid] = max(0, (state.rows[oid] ?? 0) &+ gained) }
    for oid in emptied { try addEmptied(oid, &text) }
    for (sequence, last) in reading.sequences where meter.sequences[sequence] != last {
      meter.note(last, of: sequence)
      if !text.effect.tables.values.contains(where: { $0.inserted > 0 }), let known = catalog.sequences[sequence] {
        text.effect.altered.append("sequence \(known.name)")
      }
    }
    for name in text.effect.tables.filter({ $0.value.isNothing }).keys where !text.effect.truncated.contains(name) {
      text.effect.tables[name] = nil
    }
    world.addTainted(by: command, changed: Set(changed.keys), answer.events, to: &state)
  }

  private func add(
    _ delta: RowCounters, _ unchanged: Int64, to table: inout TableEffect, _ relation: PostgresRelation,
    _ command: PostgresCommand, _ answer: PostgresAnswer
  ) {
    var delta = delta
    if relation.kind == "p", delta.inserted > 0, delta.deleted > 0, answer.tag.hasPrefix("UPDATE ") {
      // A row that moves to another partition is deleted there and inserted here.
      let moved = min(delta.inserted, delta.deleted)
      let keys = catalog.partitionKeys[relation.oid] ?? []
      let written = command.facts.commands.flatMap(\.writes).map { $0.column.lowercased() }
      if written.allSatisfy(keys.contains) {
        table.restored &+= moved
      } else {
        delta.inserted -= moved
        delta.deleted -= moved
        delta.updated += moved
      }
    }
    table.inserted &+= delta.inserted
    table.updated &+= delta.updated
    table.deleted &+= delta.deleted
    table.unchanged &+= min(unchanged, delta.updated)
    if !command.facts.commands.contains(where: { $0.writes.contains { $0.table.name == relation.name } }) {
      table.indirect &+= delta.inserted + delta.updated + delta.deleted
    }
  }

  /// Relations whose file a command wrote anew for another reason than to empty it.
  private static func rewritten(_ events: [PostgresEvent]) -> Set<UInt32> {
    var oids: Set<UInt32> = []
    for event in events {
      switch event {
      case .rewrite(let oid): oids.insert(oid)
      case .change(let change): oids.insert(change.oid)
      case .drop: break
      }
    }
    return oids
  }

  /// Adds a table whose rows went with their file, if they did: `CLUSTER` keeps them.
  private func addEmptied(_ oid: UInt32, _ text: inout PostgresTextRun) throws(PostgresError) {
    guard let root = root(of: oid), let after = try meter.rows(of: oid) else { return }
    let expected = state.rows[oid] ?? 0
    let lost = max(0, expected - after)
    state.rows[oid] = after
    guard lost > 0 || after == 0 else { return }
    var table = tableEffect(root, text)
    table.deleted &+= lost
    text.effect.tables[name(of: root)] = table
    text.targets.insert(root.oid)
    if !table.isScratch, (table.before ?? 0) > 0 || world.isEmptyHere(root) {
      text.effect.truncated.append(name(of: root))
    }
  }

  // MARK: Events

  /// Adds objects that were made, altered and dropped.
  func addEvents(_ events: [PostgresEvent], _ command: PostgresCommand, _ text: inout PostgresTextRun) {
    guard !events.isEmpty else { return }
    let makesTable = events.contains { event in
      if case .change(let change) = event { Self.makingTags.contains(change.tag) } else { false }
    }
    let dropped = Set(
      events.compactMap { event -> UInt32? in
        if case .drop(let drop) = event, ["table", "view"].contains(drop.type) { drop.oid } else { nil }
      })
    for event in events {
      switch event {
      case .drop(let drop): add(drop, besides: dropped, &text)
      case .change(let change): add(change, makesTable: makesTable, &text)
      case .rewrite: break
      }
    }
    if command.verb == "alter", command.words.contains("detach") { noteDetached(command) }
  }

  /// A detached partition is a table of its own from then on; the event names the table that it was a part of.
  private func noteDetached(_ command: PostgresCommand) {
    let name = command.words.drop { $0 != "partition" }.dropFirst().last { !["concurrently", "finalize"].contains($0) }
    guard let name, var part = relation(name) else { return }
    part.root = part.oid
    state.relations[part.oid] = part
  }

  private static let makingTags: Set<String> = ["CREATE TABLE", "CREATE TABLE AS", "SELECT INTO"]

  private func add(_ change: PostgresEvent.Change, makesTable: Bool, _ text: inout PostgresTextRun) {
    let tag = change.tag.lowercased()
    switch change.tag {
    case "GRANT": text.effect.escalated.append("grant")
    case "REVOKE": text.effect.altered.append("revoke")
    case "ALTER DEFAULT PRIVILEGES":
      text.effect.altered.append(tag)
    case "ALTER POLICY": text.effect.escalated.append("row_security")
    default: break
    }
    // Its effects count whether or not anything here is sensitive.
    if change.isCode { state.hasNewCode = true }
    if change.isSecurityDefiner { text.effect.escalated.append("security_definer") }
    if let relation = change.relation { note(relation, change, &text) }
    if ["GRANT", "REVOKE", "ALTER DEFAULT PRIVILEGES"].contains(change.tag) { return }
    // What a table brings with it is no object of its own.
    if makesTable, !Self.makingTags.contains(change.tag) { return }
    let type = change.type == "table column" ? "table" : change.type
    var name = change.identity
    if let relation = state.relations[change.oid] { name = catalog.displayName(relation) }
    for prefix in ["public.", "pg_temp."] where name.hasPrefix(prefix) { name = String(name.dropFirst(prefix.count)) }
    let verb = tag.hasPrefix("create") || tag == "select into" ? "create" : String(tag.prefix { $0 != " " })
    if !text.effect.altered.contains(where: { $0.hasPrefix("rename \(type) ") && $0.hasSuffix(" to \(name)") }) {
      text.effect.altered.append(name.isEmpty ? tag : "\(verb) \(type) \(name)")
    }
    if verb == "create" { state.madeObjects.insert("\(type) \(change.identity)") }
  }

  /// Notes a relation that was made or altered.
  private func note(_ new: PostgresRelation, _ change: PostgresEvent.Change, _ text: inout PostgresTextRun) {
    let old = state.relations[new.oid]
    if let old {
      if old.security.isOn && !new.security.isOn || old.security.isForced && !new.security.isForced {
        text.effect.escalated.append("row_security")
      }
      if old.name != new.name {
        text.effect.altered.append("rename \(change.type) \(old.name) to \(new.name)")
      }
    }
    var relation = new
    relation.columns = old?.columns ?? []
    state.relations[new.oid] = relation
    if old == nil {
      state.made.insert(new.oid)
      if relation.holdsRows {
        state.rows[new.oid] = 0
        state.files[new.oid] = change.file
      }
    }
  }

  private func add(_ drop: PostgresEvent.Drop, besides dropped: Set<UInt32>, _ text: inout PostgresTextRun) {
    let cascading: Set<String> = [
      "table", "view", "materialized view", "foreign table", "function", "procedure", "table column",
    ]
    let relation = state.relations[drop.oid]
    let wasMade =
      drop.isTemporary || state.made.contains(drop.oid) || state.madeObjects.contains("\(drop.type) \(drop.identity)")
    switch drop.type {
    case "table", "materialized view", "view", "foreign table":
      guard let relation else { return }
      let isPart = relation.root != relation.oid && dropped.contains(relation.root)
      if drop.isOriginal || drop.isNormal, !isPart {
        let rows = ["r", "p"].contains(relation.kind) ? rowsNow(of: relation) : nil
        let name = name(of: relation)
        text.effect.dropped.append(
          DroppedObject(type: drop.type, name: name, rows: rows, isScratch: wasMade))
        if let rows, rows > 0 {
          var lost = TableEffect()
          (lost.deleted, lost.before, lost.isScratch) = (rows, rows, wasMade)
          text.effect.tables[name] = lost
        }
        for part in state.relations.values where part.root == relation.oid { forget(part.oid) }
      }
      forget(drop.oid)
    case "table column":
      guard let relation, drop.isOriginal || drop.isNormal, relation.kind != "v" else { return }
      text.effect.dropped.append(
        DroppedObject(
          type: "column", name: "\(name(of: relation)).\(drop.lastName)", rows: rowsNow(of: relation),
          isScratch: wasMade))
    case "policy":
      if drop.isOriginal {
        text.effect.escalated.append("row_security")
        text.effect.dropped.append(DroppedObject(type: "policy", name: drop.lastName, isScratch: wasMade))
      }
    case "table constraint", "default value", "default acl", "toast table", "rule", "type", "domain constraint":
      if drop.isOriginal, drop.type == "rule" || drop.type == "type" {
        text.effect.dropped.append(DroppedObject(type: drop.type, name: plain(drop), isScratch: wasMade))
      }
    default:
      guard drop.isOriginal || drop.isNormal && cascading.contains(drop.type), drop.schema != "pg_toast" else { return }
      text.effect.dropped.append(DroppedObject(type: drop.type, name: plain(drop), isScratch: wasMade))
    }
  }

  private func plain(_ drop: PostgresEvent.Drop) -> String {
    let name = drop.name.isEmpty ? drop.identity : drop.name
    return name.hasPrefix("public.") ? String(name.dropFirst(7)) : name
  }

  private func forget(_ oid: UInt32) {
    state.relations[oid] = nil
    state.files[oid] = nil
    state.rows[oid] = nil
  }
}

extension TableEffect {
  /// Whether nothing was counted.
  fileprivate var isNothing: Bool { inserted == 0 && updated == 0 && deleted == 0 }
}
