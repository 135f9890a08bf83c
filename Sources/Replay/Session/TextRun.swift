package import AuditTrail
package import Ledger

/// One statement's text while it runs, command by command.
package struct TextRun {
  /// The recorded statement.
  package let statement: StatementEntry
  /// Its position in the session.
  package let position: Int
  /// Whether its effect stays on the clone.
  package let keeps: Bool
  /// Whether what the client saw of it is looked at.
  package var isObserved: Bool
  /// Sensitive columns whose values are looked for in other forms.
  package let searched: [Int]
  /// What is known of its effect but for what it changed.
  package var effect = Effect(.ran)
  /// What it changed.
  package var changes = Changes()
  /// Tables that decide what it does and hold no rows here.
  package var emptyTables: Set<TableIdentity> = []
  /// What the client saw.
  package var observed: ObservedRows?
  /// Which sensitive columns it read where it was observed.
  package var sensitiveReads: Set<Int> = []
  /// Whether it does not show what it reads, since earlier texts carried or renamed it.
  package var isIndirect = false
  /// What stays of it where it fails: what its commands have changed by then that no failure undoes.
  package var leaves = Changes()
  /// Where it may go back to; only for a text of several commands.
  package var marks: EffectMarks?
  /// Whether nothing of it can change rows, objects or settings.
  package var isReadOnly = true
  /// Whether what it sets goes with its transaction.
  package var isTransactional = true
  /// Whether anything of the clone, its settings included, may have changed.
  package var touchesClone = false
  /// Whether it would give the same again: it only read, nothing sensitive, and neither clock nor chance had a part.
  package var isRepeatable = true
  /// Whether the server's clock, chance or the role it runs as, which are not the recorded ones, chose its rows.
  package var choosesByChance = false

  /// Whether code of it may have caught an error that only a replay raises: then no count shows what it did.
  package var mayHideErrors = false

  /// Whether it reached the database when it was recorded, and failed there.
  package var failedWhenRecorded: Bool { statement.result?.error != nil && statement.outcome != .notRun }

  /// Ends it without effect.
  package mutating func fail(_ execution: Execution) {
    effect.execution = execution
    effect.kept = false
  }

  /// Takes what the client saw of a command; a statement of several is compared as a whole.
  package mutating func observe(_ rows: ObservedRows) {
    if var earlier = observed {
      earlier.append(rows)
      observed = earlier
    } else {
      observed = rows
    }
  }

  /// Where the server's clock or chance chose the rows, which they were is known only where the counts agree.
  package mutating func judgeChance() {
    guard choosesByChance || mayHideErrors, case .ran = effect.execution, effect.refused.isEmpty,
      statement.result?.error == nil
    else { return }
    if mayHideErrors {
      effect.execution = .notRun(.volatile)
    } else if let recorded = statement.result?.rows {
      if recorded != effect.ownCount ?? effect.rowsReturned { effect.execution = .notRun(.volatile) }
    } else if !isReadOnly || observed != nil && effect.rowsReturned == 0 {
      // A read that gave nothing here may have shown something sensitive there.
      effect.execution = .notRun(.volatile)
    }
  }

  /// Makes the effect whole: tables by name, each list sorted, each element once.
  package mutating func complete() {
    effect.reads = effect.reads.sortedExactly()
    effect.refused = effect.refused.sortedExactly()
    // Most texts read.
    guard !changes.isEmpty else { return }
    isReadOnly = false
    effect.tables = changes.namedTables
    effect.truncated = Set(changes.truncated.compactMap { changes.names[$0] }).sorted()
    effect.dropped = Self.sorted(changes.dropped.map(\.object))
    effect.altered = changes.altered.sortedExactly()
    effect.escalated = changes.escalated.sortedExactly()
  }

  private static func sorted<Element: Hashable & Comparable>(_ list: [Element]) -> [Element] {
    for (index, next) in list.enumerated().dropFirst() where list[index - 1] >= next { return Set(list).sorted() }
    return list
  }
}
