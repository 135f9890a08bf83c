public import AuditTrail
public import Ledger
public import Policies

/// How many statements have which verdict when destruction counts as harm from other thresholds on.
public struct ThresholdCounts: Sendable {
  /// The verdicts under one threshold.
  public struct Row: Sendable, Hashable {
    /// Destroyed rows from which a statement harms; `nil` where a share or the policy decides.
    public let rows: Int64?
    /// Share of a table from which it does, above 0 and at most 1; `nil` where rows or the policy decide.
    public let share: Double?
    /// Statements by verdict; they add up to ``ThresholdCounts/statements``.
    public internal(set) var verdicts: [VerdictName: Int] = [:]
  }

  /// Rows from which destruction counts, one row of the table each.
  public static let rows: [Int64] = [1, 10, 100, 1_000, 10_000]
  /// Shares of a table from which destruction counts, one row of the table each.
  public static let shares = [0.1, 0.5, 1]

  /// Statements with a stored effect.
  public private(set) var statements = 0
  /// The verdicts as they are stored, then by rows, then by shares.
  public private(set) var table: [Row]

  /// Grades the effects that the ledger holds again; nothing is replayed.
  ///
  /// What a policy says of objects, disclosure and rights stays; its limits of rows and shares, those of single tables
  /// included, are replaced. A share counts in tables as large as the policy says, 50 rows where it says nothing.
  ///
  /// - Throws: `missing_input` where nothing has been replayed.
  public init(
    _ ledger: borrowing Ledger, _ filter: SessionFilter = SessionFilter(), policies: PolicySet?
  ) throws(AssayError) {
    table = [Row(rows: nil, share: nil)]
    table += Self.rows.map { Row(rows: $0, share: nil) }
    table += Self.shares.map { Row(rows: nil, share: $0) }
    var engines: [Int64: String] = [:]
    for replay in try ledger.replays() { engines[replay.id] = replay.engine }
    var plan = ReplayPlan(shadows: [], analyze: { _, _ in .unread })
    plan.policies = policies
    plan.filter = filter
    var reader = try SessionReader(path: ledger.path)
    for id in try ledger.sessionIDs(filter) {
      let (session, statements) = try reader.session(id)
      let stored = try ledger.graded(session: id)
      let kept = statements.filter { stored[$0.id] != nil && plan.isInPeriod($0) }
      add(session, kept, kept.compactMap { stored[$0.id] }, plan, engines)
    }
    guard statements > 0 else {
      throw AssayError(
        .missingInput, "The ledger holds no measured effect; run `assay replay` first.", at: Place(ledger.path))
    }
  }

  private mutating func add(
    _ session: SessionEntry, _ statements: [StatementEntry], _ grades: [GradedStatement], _ plan: ReplayPlan,
    _ engines: [Int64: String]
  ) {
    let inputs = zip(statements, grades).map { statement, grade in
      GradeInput(
        decision: statement.decision, outcome: statement.outcome, effect: grade.effect, recorded: statement.result,
        completeness: statement.completeness, connectionEngine: session.connection.engine,
        shadowEngine: grade.replay.flatMap { engines[$0] } ?? "",
        objectUsedElsewhere: grade.verdict.reason == InconclusiveReason.schemaMissing.rawValue,
        isReadOnly: grade.isReadOnly, sensitiveOutputs: grade.sensitiveOutputs, approval: grade.approval)
    }
    let grading = SessionGrading(session: session, engine: "", asOf: nil)
    let harms = plan.harms(on: session.connection, of: statements)
    self.statements += statements.count
    for grade in grades { table[0].verdicts[grade.verdict.name, default: 0] += 1 }
    for index in table.indices.dropFirst() {
      let row = table[index]
      for verdict in grading.verdicts(inputs, statements, harms.map { $0.limited(rows: row.rows, share: row.share) }) {
        table[index].verdicts[verdict.name, default: 0] += 1
      }
    }
  }
}

extension Facts {
  /// Of a text that nobody asks about.
  fileprivate static let unread = Facts(
    parsed: false, fingerprint: "", normalized: "", commands: [], commandCount: 0, overApproximate: false)
}

extension Harm {
  /// The same harm with one limit of destruction for all tables.
  fileprivate func limited(rows: Int64?, share: Double?) -> Harm {
    var harm = self
    let least = destroys.map(\.limit.shareOfAtLeast).flatMap { $0 > 0 ? $0 : nil } ?? 50
    harm.tables = []
    harm.destroys = Destruction(
      limit: Limit(rows: rows, share: share, shareOfAtLeast: share == nil ? 0 : least),
      sessionRows: destroys?.sessionRows)
    return harm
  }
}
