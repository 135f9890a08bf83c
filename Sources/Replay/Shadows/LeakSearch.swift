package import AuditTrail
package import Ledger

/// A world in which a session runs once more.
package enum LeakWorld: Hashable {
  /// The column has its own values: what the others are compared with.
  case own
  /// The same, to see what differs by itself.
  case ownAgain
  /// The same, to look for its values in other forms.
  case searched
  /// Its values are others.
  case changed(Perturbation)
}

/// What an engine gives the leak oracle: one session in other worlds, and what its texts say of data flow.
package protocol LeakWorlds {
  /// The session's statements.
  var statements: [StatementEntry] { get }
  /// Whether a session that runs again shows the same: then the first run is world `own`.
  var isRepeatable: Bool { get }

  /// The sensitive column as `table.column`.
  func name(of column: Int) -> String
  /// The sensitive columns that show the column's values as their own beside those of their table, as one does whose table
  /// others inherit from.
  func ancestors(of column: Int) -> [Int]
  /// Whether the column has values that could be changed.
  func hasValues(_ column: Int) -> Bool
  /// Runs the session up to and with a statement; `nil` where the schema's rules allow no such world.
  func run(
    upTo last: Int, in world: LeakWorld, of column: Int, observing plan: ObservationPlan
  ) throws(AssayError) -> SessionRun?
  /// Whether a statement reads the column, by its first run.
  func isRead(_ column: Int, by position: Int, in run: SessionRun) -> Bool
  /// Whether an output expression of a statement reads the column, directly or through views; `nil` where its text does
  /// not show it.
  func flowsOut(_ column: Int, _ here: ObservedRows, _ position: Int, in run: SessionRun) -> Bool?
  /// The same for some of its result columns, by their positions.
  func flowsOut(
    _ column: Int, _ here: ObservedRows, _ position: Int, in run: SessionRun, at outputs: [Int]
  ) -> Bool?
  /// Whether the order of its rows is asked for.
  func ordersRows(_ position: Int) -> Bool
  /// Whether it sends values to others than its client, which no run of it shows.
  func sendsElsewhere(_ position: Int) -> Bool
}

extension LeakWorlds {
  /// An engine without inheritance.
  package func ancestors(of column: Int) -> [Int] { [] }

  /// Any of its result columns, for an engine that cannot tell them apart, or whose sessions show the same each time.
  package func flowsOut(
    _ column: Int, _ here: ObservedRows, _ position: Int, in run: SessionRun, at outputs: [Int]
  ) -> Bool? { flowsOut(column, here, position, in: run) }
}

/// Finds how much of the sensitive columns reached the client, by running the session in other worlds.
///
/// Two worlds hold the same rows in the same order and differ in the values of one sensitive column; each runs the whole
/// session. What a client sees of a statement differs between them only if it depends on those values. Where the first
/// change shows nothing, others follow that keep less of the values' shape. Where the engine does not repeat itself, the
/// unchanged world runs twice: what differs between its two runs is volatile and says nothing.
package struct LeakSearch<Worlds: LeakWorlds> {
  package let worlds: Worlds

  /// A search in worlds of a session.
  package init(worlds: Worlds) { self.worlds = worlds }

  /// What one statement shows of one column.
  private struct Found {
    let column: Int
    let leak: Leak
    var form: LeakForm?
    /// Whether a mask of the column leaves it.
    var passesMasks = false
    /// How many of its values stood there.
    var values: Int64 = 0

    init(column: Int, leak: Leak, form: LeakForm? = nil) { (self.column, self.leak, self.form) = (column, leak, form) }

    /// What the text alone tells: what does not stand there as itself passes a mask.
    init(_ column: Int, byDataFlow leak: Leak) {
      self.init(column: column, leak: leak)
      passesMasks = leak == .derived
    }

    /// Values before their shape, output before predicates.
    var rank: (Int, Int) { (leak.rank, form.map { LeakForm.allCases.firstIndex(of: $0) ?? 0 } ?? 5) }
  }

  /// What the client saw in the unchanged world; `again` where that is not the same each time.
  private struct Unchanged {
    let here: [Int: ObservedRows]
    let again: [Int: ObservedRows]?
  }

  /// Adds leaks to the effects of a run on the first clone.
  package func add(to run: inout SessionRun) throws(AssayError) {
    guard !run.observed.isEmpty else { return }
    for (position, observed) in run.observed {
      run.effects[position].maskedColumns = observed.hidden.map(worlds.name).sorted()
    }
    let read = run.sensitiveReads.values.reduce(into: Set<Int>()) { $0.formUnion($1) }
    var leaks: [Int: [Found]] = [:]
    var unsteady: [Int: Set<Int>] = [:]
    for column in read.sorted() {
      if worlds.hasValues(column), try addSeen(column, run, &leaks, &unsteady) { continue }
      addByDataFlow(column, &run, &leaks)
    }
    try nameForms(&leaks, unsteady)
    for (position, found) in leaks {
      let worst = found.map(\.leak).max() ?? .none
      let shown = found.filter { ($0.leak >= .derived) == (worst >= .derived) }
      run.effects[position].leak = worst
      run.effects[position].leakedColumns = names(shown.map(\.column))
      if worst >= .derived {
        // A mask of an ancestor's column hides what is shown as that.
        let asked = run.observed[position].map { $0.origins.union($0.hidden) } ?? []
        let others = shown.flatMap { worlds.ancestors(of: $0.column) }.filter { !asked.contains($0) }
        run.effects[position].unmaskableColumns = names(shown.filter(\.passesMasks).map(\.column) + others)
        run.effects[position].valuesShown = shown.map(\.values).max() ?? 0
      }
      run.effects[position].leakForm = shown.max { $0.rank < $1.rank }?.form
    }
  }

  /// The names of columns with those by which the same values are asked for.
  private func names(_ columns: [Int]) -> [String] {
    Set(columns.flatMap { [$0] + worlds.ancestors(of: $0) }.map(worlds.name)).sorted()
  }

  // MARK: Other worlds

  /// Compares the session with itself in other worlds; false where the schema allows none. Statements are noted
  /// as unsteady that tell something else each time, or show other rows where their text does not say what of.
  private func addSeen(
    _ column: Int, _ run: SessionRun, _ leaks: inout [Int: [Found]], _ unsteady: inout [Int: Set<Int>]
  ) throws(AssayError) -> Bool {
    // What reads a table that was written from sensitive ones may show any of them.
    var pending = Set(run.observed.keys).intersection(
      run.sensitiveReads.filter {
        $0.value.contains(column) || $0.value.isEmpty || run.isIndirect.contains($0.key)
      }.keys)
    var unchanged: Unchanged?
    var hasOtherValues = true
    for kind in Perturbation.allCases {
      if kind.tellsShapeOnly, unchanged == nil { return false }
      guard let last = pending.max() else { break }
      if kind == .moved, hasOtherValues { continue }
      guard let other = try worlds.run(upTo: last, in: .changed(kind), of: column, observing: .at(pending)) else {
        if kind == .sameShape { hasOtherValues = false }
        continue
      }
      let isFirst = unchanged == nil
      if isFirst { unchanged = try self.unchanged(column, run, upTo: last, pending) }
      guard let own = unchanged else { return false }
      for position in pending.sorted() {
        let here = own.here[position] ?? ObservedRows()
        let there = other.observed[position] ?? ObservedRows()
        let seen = run.observed[position] ?? ObservedRows()
        let again = own.again.map { $0[position] ?? ObservedRows() } ?? here
        let isExchange = kind == .shuffled && !hasOtherValues
        if isFirst, here.isUnsteady(again) { unsteady[position, default: []].insert(column) }
        if let leak = compare(here, again, there, column, position, run, isExchange: isExchange) {
          // A value that stands there is one, whatever its type allowed to change.
          let isShown = leak == .raw || leak == .derived && here.origins.contains(column)
          let showsShape = kind.tellsShapeOnly && (hasOtherValues || !isShown)
          var one = found(column, leak, showsShape: showsShape)
          if one.leak >= .derived {
            let masked = compare(
              here.behindMasks, again.behindMasks, there.behindMasks, column, position, run, isExchange: isExchange)
            one.passesMasks = masked.map { $0 >= .derived } ?? false
            one.values = one.leak == .raw ? here.values[column] ?? 0 : 0
          }
          leaks[position, default: []].append(one)
          if one.leak == .predicate, worlds.flowsOut(column, here, position, in: run) == nil {
            unsteady[position, default: []].insert(column)
          }
        } else if isFirst,
          worlds.statements[position].showsNothing(seen, of: run.effects[position]) || worlds.sendsElsewhere(position)
        {
          let leak = byDataFlow(column, seen, position, run)
          if leak != .none { leaks[position, default: []].append(Found(column, byDataFlow: leak)) }
        } else {
          continue
        }
        pending.remove(position)
      }
    }
    // All its values are the same, so no world has others; the engine says all the same that the client gets it as it is.
    if !hasOtherValues, let own = unchanged {
      for position in pending.sorted() {
        guard let here = own.here[position], here.seen.rows > 0, here.origins.contains(column) else { continue }
        leaks[position, default: []].append(found(column, .raw, showsShape: false))
      }
    }
    return unchanged != nil
  }

  private func unchanged(
    _ column: Int, _ run: SessionRun, upTo last: Int, _ positions: Set<Int>
  ) throws(AssayError) -> Unchanged? {
    if worlds.isRepeatable { return Unchanged(here: run.observed, again: nil) }
    guard let here = try worlds.run(upTo: last, in: .own, of: column, observing: .at(positions)),
      let again = try worlds.run(upTo: last, in: .ownAgain, of: column, observing: .at(positions))
    else { return nil }
    return Unchanged(here: here.observed, again: again.observed)
  }

  private func found(_ column: Int, _ leak: Leak, showsShape: Bool) -> Found {
    if showsShape { return Found(column: column, leak: .predicate, form: leak >= .derived ? .shape : nil) }
    return Found(column: column, leak: leak, form: leak == .raw ? .verbatim : leak == .derived ? .value : nil)
  }

  /// Looks for the values in other forms where an output depends on them and none stands there as it is, or where a text that
  /// is not the same each time hides whether it does.
  private func nameForms(_ leaks: inout [Int: [Found]], _ unsteady: [Int: Set<Int>]) throws(AssayError) {
    let unnamed = leaks.filter { $0.value.contains { $0.form == .value } }
    let named = unnamed.values.flatMap { $0.filter { $0.form == .value }.map(\.column) }
    let columns = Set(named).union(unsteady.values.joined()).sorted()
    let positions = Set(unnamed.keys).union(unsteady.keys)
    guard let last = positions.max(), let first = columns.first,
      let run = try worlds.run(
        upTo: last, in: .searched, of: first, observing: .searching(positions, columns: columns))
    else { return }
    for (position, found) in unnamed {
      leaks[position] = found.map { found in
        var named = found
        if named.form == .value { named.form = run.observed[position]?.forms[named.column] ?? .value }
        return named
      }
    }
    for column in Set(unsteady.values.joined()).sorted() {
      let held = unsteady.keys.filter { position in
        unsteady[position]?.contains(column) == true && (run.observed[position]?.forms[column] ?? .value) >= .part
          && leaks[position]?.contains { $0.column == column && $0.leak >= .derived } != true
      }
      try addHeld(column, Set(held), run, &leaks)
    }
  }

  /// Adds those of the statements in whose output a value stands in another form, where other values do not leave it there.
  private func addHeld(
    _ column: Int, _ positions: Set<Int>, _ run: SessionRun, _ leaks: inout [Int: [Found]]
  ) throws(AssayError) {
    guard let last = positions.max(),
      let other = try worlds.run(
        upTo: last, in: .changed(.sameShape), of: column, observing: .searching(positions, columns: [column]))
    else { return }
    for position in positions.sorted() {
      let form = run.observed[position]?.forms[column] ?? .value
      guard (other.observed[position]?.forms[column] ?? .value) < form else { continue }
      var found = Found(column, byDataFlow: .derived)
      found.form = form
      leaks[position, default: []].append(found)
    }
  }

  // MARK: What the worlds say

  /// How a statement's output depends on the column, from what was seen in both worlds; `nil` when it does not.
  ///
  /// - Parameter isExchange: whether values that only change places stand for others, where the column allows no more.
  private func compare(
    _ here: ObservedRows, _ again: ObservedRows, _ there: ObservedRows, _ column: Int, _ position: Int,
    _ run: SessionRun, isExchange: Bool
  ) -> Leak? {
    let (a, b) = (here.seen, there.seen)
    // Where rows stand on disk is not part of it: what was overwritten meanwhile moves them, under load other ones.
    let isStable = a.hasSameRows(as: again.seen)
    var differs: Bool
    var unstable: [Int] = []
    if isStable {
      differs = !a.hasSameRows(as: b)
      if !differs, a.failure == b.failure, a.ordered == again.seen.ordered, a.ordered != b.ordered {
        if isExchange, worlds.flowsOut(column, here, position, in: run) == true {
          return here.verbatim.contains(column) ? .raw : .derived
        }
        if worlds.ordersRows(position) { return .predicate }
      }
    } else {
      // The columns that are the same each time, and the count where it holds.
      let stable = a.columns.indices.filter { index in
        again.seen.columns.indices.contains(index) && a.columns[index] == again.seen.columns[index]
      }
      unstable = a.columns.indices.filter { !stable.contains($0) }
      differs = stable.contains { !b.columns.indices.contains($0) || b.columns[$0] != a.columns[$0] }
      if a.rows == again.seen.rows, a.rows != b.rows { differs = true }
    }
    if a.failure == again.seen.failure, a.failure != b.failure { differs = true }
    let told = here.told(of: column, again: again, there: there)
    guard differs || told != nil else {
      guard !isStable else { return nil }
      // Its rows, or the values in them, are not the same each time: no world shows what depends on the column.
      // That its values stand there is seen; else the text decides, for those result columns that do not hold still.
      let flows = worlds.flowsOut(column, here, position, in: run, at: unstable)
      if here.verbatim.contains(column) { return flows == false ? nil : .raw }
      let leak = Leak(flowsOut: flows, isMasked: here.hidden.contains(column))
      return leak == .derived && (flows == true || mayCarry(column, to: position, run)) ? leak : nil
    }
    // A notice or an error that says something else in another world is output.
    if let told { return told }
    if isStable, a.multiset == b.multiset, a.rows == b.rows { return .predicate }
    guard worlds.flowsOut(column, here, position, in: run) ?? (a.rows == b.rows && a.failure == b.failure) else {
      // Tried out value by value, what a predicate lets through is the column's all the same.
      return here.learnt.contains(column) ? .raw : .predicate
    }
    return here.verbatim.contains(column) ? .raw : .derived
  }

  /// Whether a statement may show the column by way of what earlier ones wrote: one of them read it, or none is known to
  /// have read any.
  private func mayCarry(_ column: Int, to position: Int, _ run: SessionRun) -> Bool {
    guard run.isIndirect.contains(position) else { return true }
    let carried = run.sensitiveReads.filter { $0.key < position && !run.isIndirect.contains($0.key) }.values
    return carried.allSatisfy(\.isEmpty) || carried.contains { $0.contains(column) }
  }

  private func addByDataFlow(_ column: Int, _ run: inout SessionRun, _ leaks: inout [Int: [Found]]) {
    for position in run.observed.keys.sorted() where leaks[position]?.contains(where: { $0.column == column }) != true {
      let leak = byDataFlow(column, run.observed[position] ?? ObservedRows(), position, run)
      if leak >= .derived { run.sensitiveOutputs[position, default: []].append(worlds.name(of: column)) }
      // What a detector would have masked by content, no row shows.
      if leak != .none, !worlds.statements[position].isMaskedByContent {
        leaks[position, default: []].append(Found(column, byDataFlow: leak))
      }
    }
  }

  /// How the text alone says that the column reaches the client.
  private func byDataFlow(_ column: Int, _ here: ObservedRows, _ position: Int, _ run: SessionRun) -> Leak {
    if here.origins.contains(column) { return .raw }
    // What could not even be planned read nothing.
    if let failure = here.seen.failure, failure.hasPrefix("42") || failure == "syntax" { return .none }
    guard worlds.isRead(column, by: position, in: run) else { return .none }
    // Masked, and in the output only as itself: the mask has caught it.
    let isMasked = worlds.statements[position].decision.action != .block && here.hidden.contains(column)
    return Leak(flowsOut: worlds.flowsOut(column, here, position, in: run), isMasked: isMasked)
  }
}
