import AuditTrail
import Ledger
import Postgres
import Replay
import SQLAnalysis

/// The worlds of the leak oracle on PostgreSQL: each is a clone in which one column was written again, with its own values
/// or with others.
///
/// A session that leaves its clone as it was shares a world with others. With isolation `history` a world lives through
/// every session that changed something, once each.
final class PostgresLeakWorlds: LeakWorlds {
  private struct Key: Hashable {
    let column: Int
    let world: LeakWorld
  }

  /// How many clones are kept for the sessions to come; each holds a database and a connection.
  private static let mostKept = 24

  private let clones: PostgresClones
  /// The one used last stands last.
  private var kept: [(key: Key, engine: SessionEngine<PostgresDriver>)] = []
  private var lived: [(key: Key, clone: PostgresHistoryClone)] = []
  private var impossible: Set<Key> = []
  private var known: PostgresReferences?

  private(set) var statements: [StatementEntry] = []
  private var engine = ""
  private var isolation = PostgresIsolation.clone
  /// With isolation `history` the sessions that changed the clone before this one; `nil` where each has its own.
  private var past: [PastSession]?
  /// Whether the session itself will be one of them.
  private var changes = false

  let isRepeatable = false

  init(_ clones: PostgresClones) { self.clones = clones }

  private var world: PostgresWorld { clones.world }

  /// Says which session comes, on a clone of its own.
  func begin(_ session: PastSession, _ isolation: PostgresIsolation) {
    (statements, engine, self.isolation, past) = (session.statements, session.engine, isolation, nil)
    discardLived()
  }

  /// Says which session comes, after others; `changes` whether later ones meet what it does.
  func begin(_ session: PastSession, after past: [PastSession], changes: Bool) {
    (statements, engine, isolation, self.past) = (session.statements, session.engine, .clone, past)
    self.changes = changes
  }

  /// Gives the clones back.
  func close() {
    for place in kept { clones.pool.discard(place.engine.driver.meter.clone) }
    kept.removeAll()
    discardLived()
  }

  private func discardLived() {
    for place in lived { clones.pool.discard(place.clone.clone) }
    lived.removeAll()
  }

  // MARK: Worlds

  func name(of column: Int) -> String { world.sensitive[column].name }

  /// Source: PostgreSQL 15, 5.10 "Inheritance": a query of a table reads those that inherit from it.
  func ancestors(of column: Int) -> [Int] {
    let own = world.sensitive[column]
    return world.sensitive.indices.filter { index in
      let other = world.sensitive[index]
      return other.column == own.column && world.catalog.heirs[other.relation]?.contains(own.relation) == true
    }
  }

  func hasValues(_ column: Int) -> Bool {
    guard let relation = world.catalog.relations[world.sensitive[column].relation] else { return false }
    return world.catalog.baselineRows(of: relation) != 0
  }

  func run(
    upTo last: Int, in world: LeakWorld, of column: Int, observing plan: ObservationPlan
  ) throws(AssayError) -> SessionRun? {
    if let past { return try run(Key(column: column, world: world), after: past, plan) }
    // What leaves no trace may run in the unchanged world as often as it is asked for.
    let isShared = isolation == .rolledBack
    if case .changed = world { return try run(Key(column: column, world: world), upTo: last, plan, isShared) }
    return try run(Key(column: column, world: .own), upTo: last, plan, isShared)
  }

  private func run(
    _ key: Key, upTo last: Int, _ plan: ObservationPlan, _ isShared: Bool
  ) throws(AssayError) -> SessionRun? {
    var engine: SessionEngine<PostgresDriver>?
    if isShared, let position = kept.firstIndex(where: { $0.key == key }) { engine = kept.remove(at: position).engine }
    if engine == nil { engine = try prepared(key).map { clones.engine($0, isolation) } }
    guard let engine else { return nil }
    let clone = engine.driver.meter.clone
    do {
      let session = (statements: Array(statements[...last]), engine: self.engine)
      let run = try clones.run(session, on: engine, observing: plan) { try prepared(key) }
      if isShared { kept.append((key, engine)) } else { clones.pool.discard(clone) }
      while kept.count > Self.mostKept { clones.pool.discard(kept.removeFirst().engine.driver.meter.clone) }
      return run
    } catch {
      clones.pool.discard(clone)
      throw clones.fault(PostgresRunFault(error))
    }
  }

  /// Runs the whole session, for those to come meet what all of it does.
  private func run(
    _ key: Key, after past: [PastSession], _ plan: ObservationPlan
  ) throws(AssayError) -> SessionRun? {
    var place: PostgresHistoryClone?
    if let position = lived.firstIndex(where: { $0.key == key }) { place = lived.remove(at: position).clone }
    if place == nil { place = try prepared(key).map { PostgresHistoryClone(clones, $0) } }
    guard let place else { return nil }
    do {
      try place.live(through: past)
      let run = try place.run((statements, engine), observing: plan) {
        let other = try prepared(key).map { PostgresHistoryClone(clones, $0) }
        try other?.live(through: past)
        return other
      }
      if changes { place.sessions += 1 }
      lived.append((key, place))
      while lived.count > Self.mostKept { clones.pool.discard(lived.removeFirst().clone.clone) }
      return run
    } catch let fault as PostgresRunFault {
      clones.pool.discard(place.clone)
      throw clones.fault(fault)
    } catch let error as AssayError {
      clones.pool.discard(place.clone)
      throw error
    } catch {
      throw AssayError(.internalFault, "A world of the leak search was lost; please report this.")
    }
  }

  private func prepared(_ key: Key) throws(AssayError) -> PostgresMeter? {
    if impossible.contains(key) { return nil }
    let meter: PostgresMeter
    do { meter = try clones.meter() } catch { throw clones.fault(error) }
    var kind: Perturbation?
    if case .changed(let change) = key.world { kind = change }
    do {
      let owner = try PostgresConnection(meter.clone.measurer)
      let change = PostgresPerturbation(column: world.sensitive[key.column], catalog: world.catalog)
      if try change.apply(kind, owner) { return meter }
    } catch {
      clones.pool.discard(meter.clone)
      throw clones.fault(.server(PostgresRunError(error)))
    }
    clones.pool.discard(meter.clone)
    impossible.insert(key)
    return nil
  }

  // MARK: What texts say

  /// Of code that does not show what it reads, its words decide for a column without values, with those of all that the
  /// session sent before: where none names its table, nor leads there, it is not read.
  func isRead(_ column: Int, by position: Int, in run: SessionRun) -> Bool {
    guard run.sensitiveReads[position]?.contains(column) == true else { return false }
    if hasValues(column) { return true }
    let own = world.commands(of: statements[position])
    guard run.isIndirect.contains(position) || own.contains(where: { world.reads($0).isOpaque }) else { return true }
    // What gives no result column and says nothing shows nothing; the others send rows in ways of their own.
    let seen = run.observed[position]
    let sendsNothing = seen?.seen.columns.isEmpty != false && seen?.texts.isEmpty != false
    if sendsNothing, !own.contains(where: { ["copy", "fetch", "execute", "table"].contains($0.verb) }) { return false }
    return mayReach(column, statements[...position])
  }

  /// Whether statements name a column's table, lead to it, or build texts that may.
  private func mayReach(_ column: Int, _ statements: ArraySlice<StatementEntry>) -> Bool {
    guard let relation = world.catalog.relations[world.sensitive[column].relation] else { return true }
    let name = relation.name.lowercased()
    if statements.contains(where: { $0.sql.lowercased().contains(name) }) { return true }
    let commands = statements.flatMap { world.commands(of: $0) }
    let buildsTexts = commands.contains { command in
      command.words.prefix(4).contains { ["function", "procedure"].contains($0) } && command.words.contains("execute")
    }
    if buildsTexts { return true }
    do {
      return try references().tables(of: commands)?.touched.contains(relation.name.nameKey) ?? true
    } catch {
      return true
    }
  }

  /// What hangs together in the shadow, read once.
  func references() throws(AssayError) -> PostgresReferences {
    if let known { return known }
    let read = try clones.references()
    known = read
    return read
  }

  func flowsOut(_ column: Int, _ here: ObservedRows, _ position: Int, in run: SessionRun) -> Bool? {
    if here.origins.contains(column) { return true }
    let reads = world.commands(of: statements[position]).map(world.reads)
    if reads.contains(where: { $0.outputs.contains(column) }) { return true }
    // The server's functions that run a query print what it gives.
    let functions = world.commands(of: statements[position]).flatMap(\.functionNames)
    if !PostgresWorld.queryingFunctions.isDisjoint(with: functions), reads.contains(where: \.isOpaque) { return true }
    if run.isIndirect.contains(position) { return nil }
    // Through code or a cursor.
    return reads.contains { $0.isOpaque || !$0.sensitive.contains(column) } ? nil : false
  }

  func flowsOut(
    _ column: Int, _ here: ObservedRows, _ position: Int, in run: SessionRun, at outputs: [Int]
  ) -> Bool? {
    let flows = flowsOut(column, here, position, in: run)
    let commands = world.commands(of: statements[position])
    if flows == nil, !run.isIndirect.contains(position), !commands.contains(where: { world.reads($0).isOpaque }) {
      return false
    }
    guard flows == true, commands.count == 1, let query = commands.first, !run.isIndirect.contains(position) else {
      return flows
    }
    // The text as a table of its own, of which only those columns are asked for.
    let names = here.seen.columns.indices.map { "c\($0)" }
    let asked = outputs.map { names[$0] }.joined(separator: ", ")
    let text = "SELECT \(asked) FROM (\(query.sql)\n) AS asked (\(names.joined(separator: ", ")))"
    let facts = world.analyze(text, .postgreSQL)
    guard facts.parsed, facts.commandCount == 1 else { return flows }
    let reads = world.findReads(facts)
    return reads.isOpaque || reads.outputs.contains(column)
  }

  /// What is notified reaches whoever listens, once the transaction is committed.
  func sendsElsewhere(_ position: Int) -> Bool {
    world.commands(of: statements[position]).contains { $0.functionNames.contains("pg_notify") }
  }

  func ordersRows(_ position: Int) -> Bool {
    world.commands(of: statements[position]).contains { command in
      zip(command.words, command.words.dropFirst()).contains { $0 == "order" && $1 == "by" }
    }
  }
}
