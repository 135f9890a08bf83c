import AuditTrail
import Ledger
import SQLite

/// Which statements of a run are observed as their client saw them.
enum ObservationPlan {
  /// Those that read a sensitive column, or a table that holds values written from one.
  case sensitive
  /// Those at the given positions: the same as on the first clone.
  case at(Set<Int>)
}

/// What a run of a session gave, by the statements' positions.
struct SessionRun {
  var effects: [Effect] = []
  /// Whether the statement can change nothing, as SQLite's compiler says.
  var isReadOnly: [Bool] = []
  var observed: [Int: ObservedRows] = [:]
  /// Which sensitive columns (or tables tainted by them) the observed statements read.
  var sensitiveReads: [Int: Set<Int>] = [:]
  /// Sensitive columns in the output of statements whose tables are empty here, by data flow.
  var sensitiveOutputs: [Int: [String]] = [:]
}

/// Runs sessions one after another, each on a fresh clone of one image.
///
/// One thread uses it. What is kept from session to session is the connection, reloaded unless nothing was written, and
/// what SQLite's compiler said of texts under the baseline's schema.
struct CloneSession: ~Copyable {
  let shadow: SQLiteShadow
  let columns: SQLiteSensitiveColumns
  let image: [UInt8]
  let seed: UInt64
  let conclusiveDeletes: Int64
  let facts: FactsCache
  var clone: SQLiteShadowConnection
  var state: CloneState
  var transaction = TransactionState<CloneState>()
  var run = SessionRun()
  var isForeign = false
  var isPostgreSQL = false
  private var isPristine = true
  private var known: [Int64: [CommandAccess]] = [:]
  private let baseline: CloneState

  /// A clone of the image, or of the shadow's own where none is given.
  ///
  /// - Parameter conclusiveDeletes: deleted rows from which a statement that ran out of steps counts as measured.
  init(
    of shadow: SQLiteShadow, columns: SQLiteSensitiveColumns, image: [UInt8]? = nil, seed: UInt64,
    conclusiveDeletes: Int64,
    facts: FactsCache
  ) throws(SQLiteError) {
    let image = image ?? shadow.image
    let clone = try SQLiteShadowConnection(image: image, settings: shadow.settings)
    try Self.setPragmas(shadow.pragmas, clone)
    self.shadow = shadow
    self.columns = columns
    self.image = image
    self.seed = seed
    self.conclusiveDeletes = conclusiveDeletes
    self.facts = facts
    self.clone = clone
    baseline = CloneState(rows: shadow.catalog.rowCounts, objects: shadow.catalog.objects)
    state = baseline
  }

  private static func setPragmas(
    _ pragmas: [String], _ clone: borrowing SQLiteShadowConnection
  ) throws(SQLiteError) {
    guard !pragmas.isEmpty else { return }
    try clone.withoutRecording { (database) throws(SQLiteError) in
      for pragma in pragmas { try database.execute(pragma) }
    }
  }

  /// Runs a session's statements in their order.
  mutating func run(
    _ statements: [StatementEntry], engine: String, observing plan: ObservationPlan
  ) throws(SQLiteError) -> SessionRun {
    if !isPristine {
      try clone.reload(image: image)
      try Self.setPragmas(shadow.pragmas, clone)
    }
    isPristine = true
    state = baseline
    transaction = TransactionState<CloneState>()
    run = SessionRun()
    run.effects.reserveCapacity(statements.count)
    isForeign = engine != "sqlite"
    isPostgreSQL = engine.hasPrefix("postgres")
    for (position, statement) in statements.enumerated() {
      run.effects.append(Effect(.ran))
      run.effects[position] = try measure(statement, position, plan)
    }
    // A session that ends inside its transaction has it undone.
    let (undone, _) = transaction.rollBack()
    for position in undone { run.effects[position].kept = false }
    if clone.database.isInTransaction {
      try clone.withoutRecording { (database) throws(SQLiteError) in try database.rollback() }
    }
    return run
  }

  /// Whether the statement took effect when it was recorded.
  private func tookEffect(_ statement: StatementEntry) -> Bool {
    if statement.result?.error != nil { return false }
    switch statement.outcome {
    case .ran, .ranUnapproved: return true
    case .notRun: return false
    case .unknown: return statement.decision.action.letsThrough || statement.decision.action == .observed
    }
  }

  private mutating func measure(
    _ statement: StatementEntry, _ position: Int, _ plan: ObservationPlan
  ) throws(SQLiteError) -> Effect {
    var effect = Effect(.ran)
    effect.basis = shadow.basis
    let reason: InconclusiveReason? =
      statement.completeness.contains(.statementTruncated)
      ? .truncatedSQL : statement.completeness.contains(.redacted) ? .redactedSQL : nil
    let keeps = tookEffect(statement)
    if let reason {
      effect.execution = .notRun(reason)
      effect.kept = keeps
      run.isReadOnly.append(false)
      return effect
    }
    let isObserved: Bool =
      switch plan {
      case .sensitive: true
      case .at(let positions): positions.contains(position)
      }
    var text = TextRun(
      statement: statement, position: position, keeps: keeps,
      known: state.hasBaselineSchema ? known[statement.textID] : nil,
      isObserved: isObserved, effect: effect)
    text.effect.kept = keeps
    try perform(&text)
    if let accesses = text.learned { known[statement.textID] = accesses }
    if text.touchesClone { isPristine = false }
    finish(&text)
    run.isReadOnly.append(text.isReadOnly)
    return text.effect
  }

  /// Makes the lists of an effect whole: sorted, each once; and judges what hangs on rows that are not here.
  private mutating func finish(_ text: inout TextRun) {
    if text.readsSeveralLists {
      text.effect.reads = Set(text.effect.reads).sorted()
    }
    if text.mayWrite || !text.effect.emptyTables.isEmpty { addRowJudgements(&text) }
    if !text.effect.refused.isEmpty { text.effect.refused = Set(text.effect.refused).sorted() }
    if text.keeps, transaction.isOpen, text.mayWrite || !text.effect.altered.isEmpty || !text.effect.dropped.isEmpty {
      transaction.add(text.position)
    }
    // A statement of PostgreSQL that fails inside a transaction makes the rest of it fail.
    if isPostgreSQL, transaction.isOpen, text.statement.outcome != .notRun {
      if text.statement.result?.error != nil {
        transaction.isAborted = true
      } else if text.statement.result == nil, case .failed = text.effect.execution {
        transaction.isAborted = true
      }
    }
  }
}

/// Facts of texts, each analysed once and only when something hangs on it.
final class FactsCache {
  private let analyze: @Sendable (String) -> Facts
  private var known: [Int64: Facts] = [:]

  /// A cache over an analysis.
  init(_ analyze: @escaping @Sendable (String) -> Facts) { self.analyze = analyze }

  /// The facts of the statement's text.
  func facts(of statement: StatementEntry) -> Facts {
    if let facts = known[statement.textID] { return facts }
    let facts = analyze(statement.sql)
    known[statement.textID] = facts
    return facts
  }

  /// The facts of any text.
  func facts(of sql: String) -> Facts { analyze(sql) }
}
