import AuditTrail

/// Graded statements as rows of the ledger, encoded on the thread that graded them, so that storing them is cheap.
public struct GradedRows: Sendable {
  struct Row: Sendable {
    let statement: Int64
    let replay: Int64?
    let rowsDestroyed: Int64
    let kept: Bool
    let leak: Leak
    let basis: Basis
    let verdict: Verdict
    let approval: ApprovalJudgement?
    let effectEnd: Int
    /// Whether the ledger holds this very measurement.
    let isStored: Bool
  }

  private(set) var rows: [Row] = []
  /// The encoded effects, one after the other.
  public private(set) var effects: [UInt8] = []
  /// The session whose measurements they are, by row id, and what names all that they depend on; `nil` where nothing does,
  /// or where the ledger holds it.
  public var measured: (session: Int64, key: [UInt8])?

  /// No row.
  public init() {}

  /// How many rows there are.
  public var count: Int { rows.count }

  /// The first row's statement.
  public var first: Int64? { rows.first?.statement }

  /// Adds a graded statement; `stored` is the ledger's row of its measurement, which need not be written again as it is.
  public mutating func add(_ grade: GradedStatement, stored: KnownMeasurement? = nil) {
    let start = effects.count
    encode(grade, into: &effects)
    let isStored = stored.map { $0.replay == grade.replay && effects[start...].elementsEqual($0.encoded) } ?? false
    rows.append(
      Row(
        statement: grade.statement, replay: grade.replay, rowsDestroyed: grade.effect.rowsDestroyed,
        kept: grade.effect.kept, leak: grade.effect.leak, basis: grade.effect.basis, verdict: grade.verdict,
        approval: grade.approval, effectEnd: effects.count,
        isStored: isStored))
  }
}

/// What is stored in one transaction, so that a replay that is stopped has stored whole sessions only.
public struct ReplayBatch: Sendable {
  /// The graded statements.
  public var graded: [GradedRows] = []
  /// Statements that a sample left out, by row id.
  public var notSampled: [Int64] = []
  /// What was found.
  public var findings: [Finding] = []
  /// Sessions of which everything is stored with it, by row id.
  public var finished: [Int64] = []

  /// Nothing.
  public init() {}
}
