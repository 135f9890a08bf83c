public import AuditTrail

/// What a verdict is drawn from: the decision, what the archive records, and what the shadow measured.
public struct GradeInput: Sendable, Hashable {
  /// What the proxy did.
  public var decision: Decision
  /// What happened to the unit.
  public var outcome: Outcome
  /// What the shadow measured.
  public var effect: Effect
  /// What the archive says came of it.
  public var recorded: RecordedResult?
  /// What the archive could not show.
  public var completeness: Completeness
  /// The recorded connection's engine, in lower case.
  public var connectionEngine: String
  /// The shadow's engine, in lower case.
  public var shadowEngine: String
  /// Whether another statement of the ledger used the missing object with success.
  public var objectUsedElsewhere: Bool
  /// Whether the statement can change nothing, as the shadow's own parser says.
  public var isReadOnly: Bool
  /// Sensitive columns that its output expressions read, as `table.column`, by data flow; needed where tables are empty
  /// and a differential run could show nothing.
  public var sensitiveOutputs: [String]
  /// Whether the session's recorded counts match the shadow's too seldom.
  public var isLowFidelity: Bool
  /// The approval that the statement was joined to, as it stands to its unit.
  public var approval: ApprovalJudgement?

  /// Input for ``grade(_:harm:)``.
  public init(
    decision: Decision, outcome: Outcome, effect: Effect, recorded: RecordedResult? = nil,
    completeness: Completeness = [], connectionEngine: String, shadowEngine: String, objectUsedElsewhere: Bool = false,
    isReadOnly: Bool = false, sensitiveOutputs: [String] = [], isLowFidelity: Bool = false,
    approval: ApprovalJudgement? = nil
  ) {
    self.decision = decision
    self.outcome = outcome
    self.effect = effect
    self.recorded = recorded
    self.completeness = completeness
    self.connectionEngine = connectionEngine
    self.shadowEngine = shadowEngine
    self.objectUsedElsewhere = objectUsedElsewhere
    self.isReadOnly = isReadOnly
    self.sensitiveOutputs = sensitiveOutputs
    self.isLowFidelity = isLowFidelity
    self.approval = approval
  }
}

/// What a failure on the shadow says of the statement.
enum Refusal {
  /// Syntax, a function or a type that the engine does not have.
  case dialect
  /// A table, column or other object that is not there.
  case missingObject
  /// Anything else, such as a constraint.
  case other

  /// Source: PostgreSQL's error codes, appendix A; for SQLite the names that the replay gives its messages.
  init(code: String, missingObject: String?) {
    switch code {
    case "42601", "42883", "42704", "42804", "42846", "0A000", "syntax", "no_such_function", "no_such_module",
      "no_such_collation", "unsupported":
      self = .dialect
    case "42P01", "42703", "3F000", "42P02", "no_such_table", "no_such_column", "no_such_index", "no_such_view",
      "no_such_trigger":
      self = .missingObject
    default:
      self = missingObject == nil ? .other : .missingObject
    }
  }

  /// Whether the code is a fault of the text itself, which fails on every database of the engine.
  static func isSyntax(_ code: String) -> Bool { code == "42601" || code == "syntax" }
}

extension GradeInput {
  /// Whether both engines are one.
  var isSameEngine: Bool { connectionEngine == shadowEngine }

  /// Whether the archive says that the statement failed.
  var failedWhenRecorded: Bool { recorded?.error != nil }

  /// Whether what the shadow measured also happened: not probed, not rolled back, not left undone.
  var happened: Bool { effect.kept && outcome != .notRun }

  /// Whether changes count as done and kept. A probe is undone, so what was held back is judged on all of its effect,
  /// whatever its client did next: a client that is refused rolls back, and no archive tells whether it would have
  /// otherwise. What ran counts only where it was kept.
  var isDone: Bool {
    switch (decision.action, outcome) {
    case (.block, .notRun), (.block, .unknown), (.review, .notRun): true
    default: happened
    }
  }

  /// Whether output counts as seen: rows reach the client before a transaction is rolled back.
  var isDisclosed: Bool { decision.action == .block || decision.action == .review || outcome != .notRun }

  /// Whether a recorded mask names what nobody read. What a detector hides is not known by column.
  var isOverMask: Bool {
    let masked = decision.masked
    guard !masked.isEmpty, !masked.contains(where: { $0.hasPrefix("detector:") }) else { return false }
    return !masked.contains { name in effect.reads.contains { ColumnPattern(name)?.isMatch(of: $0) == true } }
  }

  /// Whether a recorded mask keeps from the client what would be disclosed without it, in rows enough to count as harm.
  func maskHides(by harm: Harm) -> Bool {
    guard decision.action == .mask, case .ran = effect.execution, let discloses = harm.discloses, !isOverMask,
      isDisclosed, max(1, effect.rowsReturned) >= discloses.rows
    else { return false }
    guard let columns = discloses.columns else { return true }
    let masked = decision.masked
    if masked.isEmpty || masked.contains(where: { $0.hasPrefix("detector:") }) { return true }
    return effect.reads.contains { read in
      columns.contains { $0.isMatch(of: read) }
        && masked.contains { ColumnPattern($0)?.isMatch(of: read) == true }
    }
  }

  /// Tables that the effect depends on and of whose rows nothing is known.
  var unknownTables: [String] {
    let counted = Set(effect.countedInProduction)
    return effect.emptyTables.filter { !counted.contains($0) }
  }

  /// Whether the archive's row count can be compared with the shadow's.
  var isCountComparable: Bool {
    recorded?.rows != nil && !failedWhenRecorded && effect.isCounted
  }

  /// The recorded count and the shadow's own, where both count the same thing.
  var counts: (recorded: Int64, shadow: Int64)? {
    guard isCountComparable, let recorded, let rows = recorded.rows else { return nil }
    switch recorded.rowsKind {
    case .affected: return effect.ownCount.map { (rows, $0) }
    case .returned: return (rows, effect.rowsReturned)
    case .unknown: return (rows, effect.ownCount ?? effect.rowsReturned)
    }
  }
}

/// Whether two counts differ by more than one row and more than 5 % of the recorded one.
func diverge(_ recorded: Int64, _ shadow: Int64) -> Bool {
  let (difference, overflow) = recorded.subtractingReportingOverflow(shadow)
  guard !overflow else { return true }
  let distance = difference.magnitude
  guard distance > 1 else { return false }
  let (twentyfold, tooLarge) = distance.multipliedReportingOverflow(by: 20)
  return tooLarge || twentyfold > recorded.magnitude
}

extension ColumnPattern {
  /// Whether it names a column, given as `table.column`.
  fileprivate func isMatch(of column: String) -> Bool { matches(effectName: column, isColumn: true) }
}
