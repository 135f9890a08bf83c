import AuditTrail
import Ledger
import SQLAnalysis
import SQLite

/// Finds how much of the sensitive columns reached the client, by running the session in other worlds.
///
/// Clones A and B differ in the values of one sensitive column and run the whole session in step; what a client sees of
/// a statement on A and on B differs only if it depends on those values. Where the first change shows nothing, others
/// follow that keep less of the values' shape. SQLite needs no third run against volatility: clock and random source are
/// given, so A run again is A. That run is made only to name what leaked.
struct Disclosure {
  let shadow: SQLiteShadow
  let columns: SQLiteSensitiveColumns
  let seed: UInt64
  let conclusiveDeletes: Int64
  let facts: FactsCache
  /// With isolation `history`: the sessions that changed the clone before this one, which the other world lives through too.
  var past: [(statements: [StatementEntry], engine: String)] = []

  /// What one statement shows of one column.
  private struct Found {
    let column: Int
    let leak: Leak
    var form: LeakForm?

    /// Values before their shape, output before predicates.
    var rank: (Int, Int) { (leak.rank, form.map { LeakForm.allCases.firstIndex(of: $0) ?? 0 } ?? 5) }
  }

  /// Adds leaks to the effects of a run on the first clone.
  func add(to run: inout SessionRun, of statements: [StatementEntry], engine: String) throws(SQLiteError) {
    guard !run.observed.isEmpty else { return }
    let read = run.sensitiveReads.values.reduce(into: Set<Int>()) { $0.formUnion($1) }
    var leaks: [Int: [Found]] = [:]
    for column in read.sorted() {
      if !isEmptyHere(column), try addSeen(column, &run, statements, engine, &leaks) { continue }
      addByDataFlow(column, &run, statements, &leaks)
    }
    try name(&leaks, run, statements, engine)
    for (position, found) in leaks {
      let worst = found.map(\.leak).max() ?? .none
      let shown = found.filter { ($0.leak >= .derived) == (worst >= .derived) }
      run.effects[position].leak = worst
      run.effects[position].leakedColumns = shown.map { columns.list[$0.column].name }.sorted()
      run.effects[position].leakForm = shown.max { $0.rank < $1.rank }?.form
    }
  }

  /// Compares the session with itself in other worlds; false where the schema allows none.
  private func addSeen(
    _ column: Int, _ run: inout SessionRun, _ statements: [StatementEntry], _ engine: String,
    _ leaks: inout [Int: [Found]]
  ) throws(SQLiteError) -> Bool {
    var pending = Set(run.observed.keys)
    var hasValueWorld = false
    for kind in Perturbation.allCases {
      if kind.tellsShapeOnly, !hasValueWorld { return false }
      guard let last = pending.max() else { break }
      guard case .image(let image) = columns.perturbed(column, kind) else { continue }
      hasValueWorld = true
      var clone = try world(image)
      let other = try clone.run(
        Array(statements[...last]), engine: engine, observing: .at(pending), continuing: !past.isEmpty)
      for position in pending.sorted() {
        let (here, there) = (run.observed[position] ?? ObservedRows(), other.observed[position] ?? ObservedRows())
        let reads = run.effects[position].reads
        if let leak = compare(here, there, column, statements[position], reads: reads) {
          leaks[position, default: []].append(found(column, leak, kind, here))
        } else if kind == .sameShape, statements[position].showsNothing(here, of: run.effects[position]) {
          let leak = byDataFlow(column, here, statements[position], reads)
          if leak != .none { leaks[position, default: []].append(Found(column: column, leak: leak)) }
        } else {
          continue
        }
        pending.remove(position)
      }
      pending.formIntersection(positions(reading: column, run))
    }
    return hasValueWorld
  }

  private func found(_ column: Int, _ leak: Leak, _ kind: Perturbation, _ here: ObservedRows) -> Found {
    if kind.tellsShapeOnly { return Found(column: column, leak: .predicate, form: leak >= .derived ? .shape : nil) }
    return Found(column: column, leak: leak, form: leak == .raw ? .verbatim : leak == .derived ? .value : nil)
  }

  /// Statements that read the column, or a table that was written from sensitive ones.
  private func positions(reading column: Int, _ run: SessionRun) -> Set<Int> {
    Set(run.sensitiveReads.filter { $0.value.contains(column) || $0.value.isEmpty }.keys)
  }

  private func addByDataFlow(
    _ column: Int, _ run: inout SessionRun, _ statements: [StatementEntry], _ leaks: inout [Int: [Found]]
  ) {
    for position in run.observed.keys.sorted() where leaks[position]?.contains(where: { $0.column == column }) != true {
      let here = run.observed[position] ?? ObservedRows()
      let leak = byDataFlow(column, here, statements[position], run.effects[position].reads)
      if leak >= .derived { run.sensitiveOutputs[position, default: []].append(columns.list[column].name) }
      // What a detector would have masked by content, no row shows.
      if leak != .none, !statements[position].isMaskedByContent {
        leaks[position, default: []].append(Found(column: column, leak: leak))
      }
    }
  }

  /// Looks for the values in other forms where an output depends on them and none stands there as it is.
  private func name(
    _ leaks: inout [Int: [Found]], _ run: SessionRun, _ statements: [StatementEntry], _ engine: String
  ) throws(SQLiteError) {
    let unnamed = leaks.filter { $0.value.contains { $0.form == .value } }
    guard let last = unnamed.keys.max() else { return }
    let searched = Set(unnamed.values.flatMap { $0.filter { $0.form == .value }.map(\.column) }).sorted()
    var clone = try world(nil)
    let again = try clone.run(
      Array(statements[...last]), engine: engine, observing: .searching(Set(unnamed.keys), columns: searched),
      continuing: !past.isEmpty)
    for (position, found) in unnamed {
      leaks[position] = found.map { found in
        var named = found
        if named.form == .value { named.form = again.observed[position]?.forms[named.column] ?? .value }
        return named
      }
    }
  }

  /// A clone of another image, or of the shadow's own, after what the sessions before this one did.
  private func world(_ image: [UInt8]?) throws(SQLiteError) -> CloneSession {
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
    return Leak(
      flowsOut: flowsOut(column, here, statement, reads), isMasked: isMaskedByOrigin(column, here, statement))
  }

  /// Whether the column is masked and stands in the output only as itself, so that the mask has caught it.
  private func isMaskedByOrigin(_ column: Int, _ here: ObservedRows, _ statement: StatementEntry) -> Bool {
    guard statement.decision.action != .block else { return false }
    return statement.decision.masked.contains { SQLiteSensitiveColumns.key($0) == columns.list[column].key }
      && here.hidden.contains(column)
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
    let isRead = reads.contains { read in
      read.lowercased() == target.key || isGenerated(read, from: target)
    }
    guard isRead else {
      return facts.commands.contains { !$0.outputs.isEmpty }
    }
    return outputs(of: facts, include: target, depth: 0)
  }

  /// Whether a column, named `table.column`, may be generated from the target.
  private func isGenerated(_ name: String, from target: SQLiteSensitiveColumns.Column) -> Bool {
    let parts = name.split(separator: ".", maxSplits: 1)
    guard parts.count == 2, parts[0].lowercased() == target.table.lowercased() else { return false }
    return shadow.catalog.isGenerated(table: String(parts[0]), column: String(parts[1]))
  }

  private func outputs(of facts: Facts, include target: SQLiteSensitiveColumns.Column, depth: Int) -> Bool {
    for output in facts.commands.lazy.flatMap(\.outputs) {
      let table = output.table.name.lowercased()
      if table == target.table.lowercased() {
        if output.column == "*" || output.column.lowercased() == target.column.lowercased() { return true }
        if shadow.catalog.isGenerated(table: table, column: output.column) { return true }
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
