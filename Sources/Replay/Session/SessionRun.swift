package import AuditTrail

/// Which statements of a run are observed as their client saw them.
package enum ObservationPlan {
  /// Those that read a sensitive column, or a table that holds values written from one.
  case sensitive
  /// Those at the given positions: the same as on the first clone.
  case at(Set<Int>)
  /// Those at the given positions, with a search for values of the given columns in other forms.
  case searching(Set<Int>, columns: [Int])

  /// Whether a statement is observed.
  package func includes(_ position: Int) -> Bool {
    switch self {
    case .sensitive: true
    case .at(let positions), .searching(let positions, _): positions.contains(position)
    }
  }

  /// Whether the run finds out which statements read a sensitive column.
  package var isFirst: Bool { if case .sensitive = self { true } else { false } }

  /// The columns whose values are searched for in other forms.
  package var searched: [Int] {
    if case .searching(_, let columns) = self { columns } else { [] }
  }
}

/// What a run of a session gave, by the statements' positions.
package struct SessionRun {
  package var effects: [Effect] = []
  /// Whether the statement can change nothing, as the engine says.
  package var isReadOnly: [Bool] = []
  package var observed: [Int: ObservedRows] = [:]
  /// Which sensitive columns (or tables tainted by them) the observed statements read.
  package var sensitiveReads: [Int: Set<Int>] = [:]
  /// Observed statements whose texts do not show what they read, since earlier ones carried or renamed it.
  package var isIndirect: Set<Int> = []
  /// Sensitive columns in the output of statements whose tables are empty here, by data flow.
  package var sensitiveOutputs: [Int: [String]] = [:]
  /// Statements whose time was up: they are part of no other run of the session.
  package var unanswered: Set<Int> = []

  /// A run that has measured nothing.
  package init() {}
}

extension SessionRun {
  /// What was measured of each statement, in their order.
  package var measured: [MeasuredStatement] {
    effects.enumerated().map { position, effect in
      MeasuredStatement(
        effect: effect, isReadOnly: isReadOnly[position], sensitiveOutputs: sensitiveOutputs[position] ?? [])
    }
  }
}
