import AuditTrail
import Ledger
import Replay
import SQLAnalysis
import SQLite

/// The worlds of the leak oracle on SQLite: each is a clone of its own, of an image in which one column was changed.
///
/// SQLite needs no run against volatility: clock and random source are given, so a session that runs again is the same
/// again.
struct SQLiteLeakWorlds: LeakWorlds {
  let shadow: SQLiteShadow
  let columns: SQLiteSensitiveColumns
  let measuring: Measuring
  let facts: FactsCache
  /// With isolation `history`: the sessions that changed the clone before this one, which the other worlds live through too.
  let history = SQLiteHistoryWorlds()
  var statements: [StatementEntry] = []
  /// Those of them whose time was up.
  var unanswered: Set<Int> = []
  /// The session's engine.
  var engine = ""

  let isRepeatable = true

  func name(of column: Int) -> String { columns.list[column].name }

  func hasValues(_ column: Int) -> Bool {
    shadow.catalog.tables[columns.list[column].table.nameKey]?.rows != 0
  }

  func run(
    upTo last: Int, in world: LeakWorld, of column: Int, observing plan: ObservationPlan
  ) throws(AssayError) -> SessionRun? {
    do {
      if history.past.isEmpty {
        guard let engine = try freshEngine(in: world, of: column) else { return nil }
        return try engine.run(Array(statements[...last]), engine: self.engine, observing: plan, without: unanswered)
      }
      let place = SQLiteHistoryWorlds.Place(column: column, world: world)
      guard let engine = try history.caughtUp(at: place, or: { try freshEngine(in: world, of: column) }) else {
        return nil
      }
      return try engine.rehearse(
        Array(statements[...last]), engine: self.engine, observing: plan, without: unanswered)
    } catch {
      throw shadow.cloneFault(error)
    }
  }

  /// An engine on a clone of the world's image; `nil` where the schema allows no such world.
  private func freshEngine(in world: LeakWorld, of column: Int) throws -> SessionEngine<SQLiteDriver>? {
    var image: [UInt8]?
    if case .changed(let kind) = world {
      guard case .image(let changed) = columns.perturbed(column, kind) else { return nil }
      image = changed
    }
    return SessionEngine(
      try SQLiteDriver(of: shadow, columns: columns, image: image, measuring, facts: facts), reusesReads: false)
  }

  func isRead(_ column: Int, by position: Int, in run: SessionRun) -> Bool {
    if run.effects[position].reads.contains(where: { $0.nameKey == columns.list[column].key }) { return true }
    // From a table into which an earlier statement wrote it.
    return run.isIndirect.contains(position)
      && run.sensitiveReads.contains { $0.key < position && $0.value.contains(column) }
  }

  func sendsElsewhere(_ position: Int) -> Bool { false }

  func ordersRows(_ position: Int) -> Bool {
    facts.facts(of: statements[position]).normalized.lowercased().contains("order by")
  }

  // MARK: Data flow

  func flowsOut(_ column: Int, _ here: ObservedRows, _ position: Int, in run: SessionRun) -> Bool? {
    if here.origins.contains(column) { return true }
    let facts = facts.facts(of: statements[position])
    guard facts.parsed else { return nil }
    if facts.commands.contains(where: { $0.functions.contains("last_insert_rowid") }) { return true }
    let target = columns.list[column]
    // A value that took the way through another table stands under that table's name.
    let isRead = run.effects[position].reads.contains { read in
      read.nameKey == target.key || isGenerated(read, from: target)
    }
    let asksTable = facts.commands.contains { command in
      !Self.tableFunctions.isDisjoint(with: command.functions)
        || command.functions.contains { shadow.catalog.objects.isVirtual($0) }
    }
    guard isRead else {
      return asksTable ? nil : facts.commands.contains { !$0.outputs.isEmpty }
    }
    if outputs(of: facts, include: target, depth: 0) { return true }
    // Of a view or table that the session made itself the text does not show what is in it.
    let sources = facts.commands.flatMap { $0.reads.map(\.table) + $0.outputs.map(\.table) }
    let isKnown = sources.allSatisfy { source in
      let name = source.name.nameKey
      return shadow.catalog.tables[name] != nil || shadow.catalog.views[name] != nil
    }
    // A query that gives no column, such as a count, asks only which rows there are.
    guard isKnown else { return asksTable || facts.commands.contains { !$0.outputs.isEmpty } ? nil : false }
    // What is returned may be what was just written from it.
    let returnsWritten = facts.commands.contains { command in
      !command.outputs.isEmpty && !command.kinds.isDisjoint(with: [.insert, .update])
    }
    return returnsWritten || asksTable ? nil : false
  }

  /// Functions of full-text tables that show columns which the text does not name. Source: SQLite 3.40, FTS3 and FTS5.
  private static let tableFunctions: Set<String> = ["snippet", "highlight", "offsets", "matchinfo"]

  /// Whether a column, named `table.column`, may be generated from the target.
  private func isGenerated(_ name: String, from target: SQLiteSensitiveColumns.Column) -> Bool {
    let parts = name.split(separator: ".", maxSplits: 1)
    guard parts.count == 2, parts[0].nameKey == target.table.nameKey else { return false }
    return shadow.catalog.isGenerated(table: String(parts[0]), column: String(parts[1]))
  }

  private func outputs(of facts: Facts, include target: SQLiteSensitiveColumns.Column, depth: Int) -> Bool {
    for output in facts.commands.lazy.flatMap(\.outputs) {
      let table = output.table.name.nameKey
      if table == target.table.nameKey {
        if output.column == "*" || output.column.nameKey == target.column.nameKey { return true }
        if shadow.catalog.isGenerated(table: table, column: output.column) { return true }
      } else if let view = shadow.catalog.views[table], depth < 8 {
        if shows(view, output.column.nameKey, target, depth + 1) { return true }
      }
    }
    return false
  }

  /// Whether a column of a view shows the target: by name where the view's body shows it under that name or another.
  private func shows(
    _ view: SQLiteCatalog.View, _ column: String, _ target: SQLiteSensitiveColumns.Column, _ depth: Int
  ) -> Bool {
    if column != "*", let origin = view.origins[column] { return origin == target.key }
    let body = facts.facts(of: view.body)
    return !body.parsed || outputs(of: body, include: target, depth: depth)
  }
}
