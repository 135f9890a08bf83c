import AuditTrail
import Ledger
import Postgres

/// Finds how much of the sensitive columns reached the client, by running the session in other worlds.
///
/// Worlds A and B hold the same rows in the same order and differ in the values of one sensitive column; each runs the
/// whole session. A runs it twice: what differs between its two runs is volatile and says nothing.
final class PostgresDisclosure {
  private let clones: PostgresClones
  /// Kept for sessions that leave a clone as it was: by column, A under -1 - column.
  private var kept: [Int: PostgresMeter] = [:]
  private var impossible: Set<Int> = []

  init(_ clones: PostgresClones) { self.clones = clones }

  private var world: PostgresWorld { clones.world }

  /// Gives the clones back.
  func close() {
    for key in kept.keys.sorted() { if let meter = kept[key] { clones.pool.discard(meter.clone) } }
    kept.removeAll()
  }

  /// Adds leaks to the effects of a run on the first clone.
  func add(
    to run: inout SessionRun, of statements: [StatementEntry], engine: String, _ isolation: PostgresIsolation
  ) throws(AssayError) {
    guard !run.observed.isEmpty else { return }
    let positions = Set(run.observed.keys)
    let read = run.sensitiveReads.values.reduce(into: Set<Int>()) { $0.formUnion($1) }
    var leaks: [Int: [(column: Int, leak: Leak)]] = [:]
    for column in read.sorted() {
      let worlds = try worlds(of: column, statements, engine, isolation, positions)
      for position in positions where run.sensitiveReads[position]?.contains(column) == true {
        let statement = statements[position]
        let first = run.observed[position] ?? ObservedRows()
        var leak: Leak?
        if let worlds {
          let here = worlds.a.observed[position] ?? ObservedRows()
          let again = worlds.again.observed[position] ?? ObservedRows()
          let there = worlds.b.observed[position] ?? ObservedRows()
          leak = compare(here, again, there, column, statement)
          if leak == nil, statement.showsNothing(first, of: run.effects[position]) {
            leak = byDataFlow(column, first, statement)
          }
        } else {
          let flow = byDataFlow(column, first, statement)
          if flow >= .derived { run.sensitiveOutputs[position, default: []].append(world.sensitive[column].name) }
          // What a detector would have masked by content, no row shows.
          if !statement.isMaskedByContent { leak = flow }
        }
        if let leak, leak != .none { leaks[position, default: []].append((column, leak)) }
      }
    }
    for (position, found) in leaks {
      let worst = found.map(\.leak).max() ?? .none
      run.effects[position].leak = worst
      run.effects[position].leakedColumns = found.filter { ($0.leak >= .derived) == (worst >= .derived) }
        .map { world.sensitive[$0.column].name }.sorted()
    }
  }

  // MARK: The other worlds

  private struct Worlds {
    let a: SessionRun
    let again: SessionRun
    let b: SessionRun
  }

  /// The session in worlds that differ in the column; `nil` where its values cannot be changed, or none are here.
  private func worlds(
    of column: Int, _ statements: [StatementEntry], _ engine: String, _ isolation: PostgresIsolation,
    _ positions: Set<Int>
  ) throws(AssayError) -> Worlds? {
    guard !impossible.contains(column), let relation = world.catalog.relations[world.sensitive[column].relation],
      world.catalog.baselineRows(of: relation) != 0
    else { return nil }
    do {
      let a = try run(statements, engine, isolation, positions, in: column, changed: false)
      let again = try run(statements, engine, isolation, positions, in: column, changed: false)
      let b = try run(statements, engine, isolation, positions, in: column, changed: true)
      guard let a, let again, let b else { return nil }
      return Worlds(a: a, again: again, b: b)
    } catch {
      throw clones.fault(error)
    }
  }

  private func run(
    _ statements: [StatementEntry], _ engine: String, _ isolation: PostgresIsolation, _ positions: Set<Int>,
    in column: Int, changed: Bool
  ) throws(PostgresRunFault) -> SessionRun? {
    let key = changed ? column : -1 - column
    let known = isolation == .rolledBack ? kept.removeValue(forKey: key) : nil
    var found = known
    if found == nil { found = try prepared(column, changed: changed) }
    guard let meter = found else { return nil }
    do {
      let run = try PostgresSessionRun(meter, world, isolation, observing: .at(positions))
        .measure(statements, engine: engine)
      if isolation == .rolledBack { kept[key] = meter } else { clones.pool.discard(meter.clone) }
      return run
    } catch {
      clones.pool.discard(meter.clone)
      throw error
    }
  }

  private func prepared(_ column: Int, changed: Bool) throws(PostgresRunFault) -> PostgresMeter? {
    let meter = try clones.meter()
    do {
      let owner = try PostgresConnection(meter.clone.owner)
      let sensitive = world.sensitive[column]
      if try PostgresPerturbation.apply(sensitive, changing: changed, in: world.catalog, owner) { return meter }
    } catch {
      clones.pool.discard(meter.clone)
      throw .server(PostgresRunError(error))
    }
    clones.pool.discard(meter.clone)
    impossible.insert(column)
    return nil
  }

  // MARK: What the worlds say

  /// How a statement's output depends on the column; `nil` when it does not.
  private func compare(
    _ here: ObservedRows, _ again: ObservedRows, _ there: ObservedRows, _ column: Int, _ statement: StatementEntry
  ) -> Leak? {
    let (a, b) = (here.seen, there.seen)
    var differs: Bool
    if a == again.seen {
      differs = a.multiset != b.multiset || a.rows != b.rows || a.ownCount != b.ownCount
      if !differs, a.ordered != b.ordered, ordersRows(statement) { return .predicate }
    } else {
      // What differs between two runs of one world is volatile: the other columns, and the count where it holds.
      let stable = a.columns.indices.filter { index in
        again.seen.columns.indices.contains(index) && a.columns[index] == again.seen.columns[index]
      }
      differs = stable.contains { !b.columns.indices.contains($0) || b.columns[$0] != a.columns[$0] }
      if a.rows == again.seen.rows, a.rows != b.rows { differs = true }
    }
    let tells = here.texts == again.texts && here.texts != there.texts
    if a.failure == again.seen.failure, a.failure != b.failure { differs = true }
    guard differs || tells else { return nil }
    if tells, here.verbatim.contains(column) { return .raw }
    if a.multiset == b.multiset, a.rows == b.rows, a == again.seen { return .predicate }
    guard flowsOut(column, here, statement) ?? (a.rows == b.rows && a.failure == b.failure) else { return .predicate }
    return here.verbatim.contains(column) ? .raw : .derived
  }

  /// How the text alone says that the column reaches the client.
  private func byDataFlow(_ column: Int, _ here: ObservedRows, _ statement: StatementEntry) -> Leak {
    if here.origins.contains(column) { return .raw }
    return Leak(flowsOut: flowsOut(column, here, statement), isMasked: isMaskedByOrigin(column, here, statement))
  }

  /// Whether an output expression reads the column, directly or through views; `nil` where the text does not show it.
  private func flowsOut(_ column: Int, _ here: ObservedRows, _ statement: StatementEntry) -> Bool? {
    if here.origins.contains(column) { return true }
    let reads = world.commands(of: statement).map(world.reads)
    if reads.contains(where: { $0.outputs.contains(column) }) { return true }
    // Through code, a cursor, or a table that was written from it.
    return reads.contains { $0.isOpaque || !$0.sensitive.contains(column) } ? nil : false
  }

  private func isMaskedByOrigin(_ column: Int, _ here: ObservedRows, _ statement: StatementEntry) -> Bool {
    guard statement.decision.action != .block else { return false }
    return here.hidden.contains(column)
  }

  private func ordersRows(_ statement: StatementEntry) -> Bool {
    world.commands(of: statement).contains { command in
      zip(command.words, command.words.dropFirst()).contains { $0 == "order" && $1 == "by" }
    }
  }
}
