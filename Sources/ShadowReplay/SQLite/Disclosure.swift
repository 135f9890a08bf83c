import AuditTrail
import Ledger
import SQLAnalysis
import SQLite

/// Finds how much of the sensitive columns reached the client, by running the session in a second world.
///
/// Clones A and B differ in the values of one sensitive column and run the whole session in step; what a client sees of
/// a statement on A and on B differs only if it depends on those values. SQLite needs no third run against
/// volatility: clock and random source are given, so A run again is A.
struct Disclosure {
  let shadow: SQLiteShadow
  let columns: SQLiteSensitiveColumns
  let seed: UInt64
  let conclusiveDeletes: Int64
  let facts: FactsCache
  /// With isolation `history`: the sessions that changed the clone before this one, which the other world lives through too.
  var past: [(statements: [StatementEntry], engine: String)] = []

  /// Adds leaks to the effects of a run on the first clone.
  func add(to run: inout SessionRun, of statements: [StatementEntry], engine: String) throws(SQLiteError) {
    guard !run.observed.isEmpty else { return }
    let positions = Set(run.observed.keys)
    let read = run.sensitiveReads.values.reduce(into: Set<Int>()) { $0.formUnion($1) }
    var leaks: [Int: [(column: Int, leak: Leak)]] = [:]
    for column in read.sorted() {
      switch columns.perturbed(column) {
      case .image(let image) where !isEmptyHere(column):
        var clone = try world(image)
        let other = try clone.run(statements, engine: engine, observing: .at(positions), continuing: !past.isEmpty)
        for position in positions {
          let (here, there) = (run.observed[position] ?? ObservedRows(), other.observed[position] ?? ObservedRows())
          let statement = statements[position]
          if let leak = compare(here, there, column, statement, reads: run.effects[position].reads) {
            leaks[position, default: []].append((column, leak))
          } else if showsNothing(here, statement, of: run.effects[position]) {
            let leak = byDataFlow(column, here, statement, run.effects[position].reads)
            if leak != .none { leaks[position, default: []].append((column, leak)) }
          }
        }
      case .image, .impossible:
        for position in positions {
          let here = run.observed[position] ?? ObservedRows()
          let leak = byDataFlow(column, here, statements[position], run.effects[position].reads)
          if leak >= .derived { run.sensitiveOutputs[position, default: []].append(columns.list[column].name) }
          // What a detector would have masked by content, no row shows.
          if leak != .none, !isMaskedByContent(statements[position]) {
            leaks[position, default: []].append((column, leak))
          }
        }
      }
    }
    for (position, found) in leaks {
      let worst = found.map(\.leak).max() ?? .none
      run.effects[position].leak = worst
      run.effects[position].leakedColumns = found.filter { ($0.leak >= .derived) == (worst >= .derived) }
        .map { columns.list[$0.column].name }.sorted()
    }
  }

  /// A clone of another image, after what the sessions before this one did.
  private func world(_ image: [UInt8]) throws(SQLiteError) -> CloneSession {
    var clone = try CloneSession(
      of: shadow, columns: columns, image: image, seed: seed, conclusiveDeletes: conclusiveDeletes, facts: facts)
    for (position, session) in past.enumerated() {
      _ = try clone.run(session.statements, engine: session.engine, observing: .at([]), continuing: position > 0)
    }
    return clone
  }

  private func isEmptyHere(_ column: Int) -> Bool {
    shadow.catalog.tables[columns.list[column].table.lowercased()]?.rows == 0
  }

  /// Whether no row of the shadow met the predicate though the record says that rows came back: then only data flow
  /// can tell what they held.
  private func showsNothing(_ here: ObservedRows, _ statement: StatementEntry, of effect: Effect) -> Bool {
    guard here.seen.rows == 0, here.seen.failure == nil, effect.tables.isEmpty, let result = statement.result,
      result.rowsKind == .returned
    else { return false }
    return (result.rows ?? 0) > 0
  }

  /// How a statement's output depends on the column, from what was seen in both worlds; `nil` when it does not.
  private func compare(
    _ here: ObservedRows, _ there: ObservedRows, _ column: Int, _ statement: StatementEntry, reads: [String]
  ) -> Leak? {
    let (a, b) = (here.seen, there.seen)
    let differs =
      a.multiset != b.multiset || a.rows != b.rows || a.failure != b.failure || a.ownCount != b.ownCount
    let reordered = !differs && a.ordered != b.ordered && ordersRows(statement)
    guard differs || reordered else { return nil }
    if reordered || (a.multiset == b.multiset && a.rows == b.rows) { return .predicate }
    let isOutput = flowsOut(column, here, statement, reads) ?? (a.rows == b.rows)
    guard isOutput else { return .predicate }
    return here.verbatim.contains(column) ? .raw : .derived
  }

  /// How the text alone says that the column reaches the client.
  private func byDataFlow(
    _ column: Int, _ here: ObservedRows, _ statement: StatementEntry, _ reads: [String]
  ) -> Leak {
    if here.origins.contains(column) { return .raw }
    guard reads.contains(where: { $0.lowercased() == columns.list[column].key }) else { return .none }
    switch flowsOut(column, here, statement, reads) {
    case true: return isMaskedByOrigin(column, here, statement) ? .predicate : .derived
    case false: return .predicate
    case nil: return .derived
    }
  }

  /// Whether the column is masked and stands in the output only as itself, so that the mask has caught it.
  private func isMaskedByOrigin(_ column: Int, _ here: ObservedRows, _ statement: StatementEntry) -> Bool {
    guard statement.decision.action != .block else { return false }
    return statement.decision.masked.contains { SQLiteSensitiveColumns.key($0) == columns.list[column].key }
      && here.hidden.contains(column)
  }

  private func isMaskedByContent(_ statement: StatementEntry) -> Bool {
    statement.decision.action != .block && statement.decision.masked.contains { $0.hasPrefix("detector:") }
  }

  private func ordersRows(_ statement: StatementEntry) -> Bool {
    facts.facts(of: statement).normalized.lowercased().contains("order by")
  }

  // MARK: Data flow

  /// Whether an output expression reads the column, directly or through a view or a table that was written from it;
  /// `nil` when the text cannot be analysed.
  private func flowsOut(_ column: Int, _ here: ObservedRows, _ statement: StatementEntry, _ reads: [String]) -> Bool? {
    if here.origins.contains(column) { return true }
    let facts = facts.facts(of: statement)
    guard facts.parsed else { return nil }
    let target = columns.list[column]
    // A value that took the way through another table stands under that table's name.
    guard reads.contains(where: { $0.lowercased() == target.key }) else {
      return facts.commands.contains { !$0.outputs.isEmpty }
    }
    return outputs(of: facts, include: target, depth: 0)
  }

  private func outputs(of facts: Facts, include target: SQLiteSensitiveColumns.Column, depth: Int) -> Bool {
    for output in facts.commands.lazy.flatMap(\.outputs) {
      let table = output.table.name.lowercased()
      if table == target.table.lowercased() {
        if output.column == "*" || output.column.lowercased() == target.column.lowercased() { return true }
      } else if let view = shadow.catalog.views[table], depth < 8 {
        if shows(view, output.column.lowercased(), target, depth + 1) { return true }
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
