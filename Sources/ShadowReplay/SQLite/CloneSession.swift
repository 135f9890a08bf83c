import AuditTrail
import Ledger
import SQLAnalysis
import SQLite

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
  /// Whether statements of a script that was held back as one are probed, each on what those before it left.
  var isProbingScript = false
  var heldTransaction: HeldTransaction<CloneState>?
  /// Whether the clone is as the image: nothing of it, its settings included, was touched.
  private(set) var isPristine = true
  /// Whether the session that ran last touched it.
  private var isTouched = false
  /// What reads came to on the unchanged clone; `nil` where every read is measured.
  private var readings: KnownReadings<Effect>?
  private var known: [Int64: [CommandAccess]] = [:]
  /// Commands that this connection has ready, by text.
  private var ready: [Int64: ReadyCommand] = [:]
  private let baseline: CloneState
  /// What the clone was reloaded with last, where that is not the image.
  private var left: [UInt8]?
  /// Statements of the session that are not waited for: their time was up before.
  private var unanswered: Set<Int> = []
  /// The statement whose time was up.
  private var outOfTime: Int?

  /// How many statements of a session are waited for until their time is up.
  private static let mostWaits = 2
  /// How many texts' accesses are kept.
  private static let knownTexts = 65_536
  /// How many commands a connection has ready.
  private static let readyCommands = 512

  /// A clone of the image, or of the shadow's own where none is given.
  ///
  /// - Parameter reusesReads: whether what reads came to may be used again.
  init(
    of shadow: SQLiteShadow, columns: SQLiteSensitiveColumns, image: [UInt8]? = nil, _ measuring: Measuring,
    facts: FactsCache, reusesReads: Bool
  ) throws(SQLiteError) {
    readings = reusesReads && image == nil ? KnownReadings() : nil
    let image = image ?? shadow.image
    var settings = shadow.settings
    settings.secondLimit = measuring.secondsPerStatement
    let clone = try SQLiteShadowConnection(image: image, settings: settings)
    try Self.setPragmas(shadow.pragmas, clone)
    self.shadow = shadow
    self.columns = columns
    self.image = image
    seed = measuring.seed
    conclusiveDeletes = measuring.conclusiveDeletes
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

  /// Makes the clone fresh, unless it is.
  mutating func renew() throws(SQLiteError) {
    if !isPristine {
      ready.removeAll(keepingCapacity: true)
      try clone.reload(image: image)
      try Self.setPragmas(shadow.pragmas, clone)
    }
    isPristine = true
    isTouched = false
    left = nil
    state = baseline
  }

  /// Keeps what the last session left in the database, and nothing of its connection.
  private mutating func goOn() throws(SQLiteError) {
    guard isTouched else { return }
    try load(try clone.database.serialize())
    state.endSession()
  }

  private mutating func load(_ bytes: [UInt8]) throws(SQLiteError) {
    ready.removeAll(keepingCapacity: true)
    try clone.reload(image: bytes)
    try Self.setPragmas(shadow.pragmas, clone)
    left = bytes
    isTouched = false
  }

  /// Whether the last session changed anything.
  var wasTouched: Bool { isTouched }

  /// Runs a session's statements in their order, on a fresh clone or on the one that the last session left.
  ///
  /// Where a statement's time is up, what it had done by then says nothing: the clone is thrown away, and the session runs
  /// again from its start without that statement.
  mutating func run(
    _ statements: [StatementEntry], engine: String, observing plan: ObservationPlan, continuing: Bool = false,
    without known: Set<Int> = []
  ) throws(SQLiteError) -> SessionRun {
    if continuing { try goOn() } else { try renew() }
    isForeign = engine != "sqlite"
    isPostgreSQL = engine.hasPrefix("postgres")
    let (start, wasPristine) = (state, isPristine)
    unanswered = known
    var waits = 0
    while true {
      try run(statements, plan)
      guard let position = outOfTime else { break }
      waits += 1
      unanswered.formUnion(waits < Self.mostWaits ? position...position : position...(statements.count - 1))
      try load(left ?? image)
      (state, isPristine) = (start, wasPristine)
    }
    run.unanswered = unanswered
    return run
  }

  private mutating func run(_ statements: [StatementEntry], _ plan: ObservationPlan) throws(SQLiteError) {
    outOfTime = nil
    transaction = TransactionState<CloneState>()
    (isProbingScript, heldTransaction) = (false, nil)
    run = SessionRun()
    run.effects.reserveCapacity(statements.count)
    var position = 0
    while position < statements.count {
      let end = statements.endOfHeldScript(from: position)
      if end > position + 1 {
        try probeScript(statements, from: position, to: end, plan)
      } else {
        run.effects.append(Effect(.ran))
        run.effects[position] = try measure(statements[position], position, plan)
      }
      if isOutOfTime { return }
      position = end
    }
    // A session that ends inside its transaction has it undone.
    let (undone, _) = transaction.rollBack()
    for position in undone { run.effects[position].kept = false }
    if clone.database.isInTransaction {
      try clone.withoutRecording { (database) throws(SQLiteError) in try database.rollback() }
    }
  }

  /// Whether a statement's time was up, so that nothing more can be asked of the clone.
  var isOutOfTime: Bool { outOfTime != nil }

  /// Whether the statement took effect when it was recorded.
  private func tookEffect(_ statement: StatementEntry) -> Bool {
    if statement.result?.error != nil { return false }
    switch statement.outcome {
    case .ran, .ranUnapproved: return true
    case .notRun: return false
    case .unknown: return statement.decision.action.letsThrough || statement.decision.action == .observed
    }
  }

  /// Measures a statement within its time.
  mutating func measure(
    _ statement: StatementEntry, _ position: Int, _ plan: ObservationPlan
  ) throws(SQLiteError) -> Effect {
    guard !unanswered.contains(position) else {
      var effect = Effect(.notRun(.timeout))
      (effect.basis, effect.kept) = (shadow.basis, false)
      run.isReadOnly.append(false)
      return effect
    }
    clone.startClock()
    do {
      let effect = try measureInTime(statement, position, plan)
      if clone.stopClock() { outOfTime = position }
      return effect
    } catch {
      guard clone.stopClock() else { throw error }
      outOfTime = position
      return Effect(.notRun(.timeout))
    }
  }

  private mutating func measureInTime(
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
    let reading = isPristine && keeps && !transaction.isOpen ? ReadingKey(statement, isForeign: isForeign) : nil
    if let reading, let known = readings?[reading] {
      run.isReadOnly.append(true)
      return known
    }
    var text = TextRun(
      statement: statement, position: position, keeps: keeps,
      known: state.hasBaselineSchema ? known[statement.textID] : nil,
      isObserved: plan.includes(position), searched: plan.searched, effect: effect)
    text.effect.kept = keeps
    try perform(&text)
    if let accesses = text.learned {
      if known.count >= Self.knownTexts { known.removeAll(keepingCapacity: true) }
      known[statement.textID] = accesses
    }
    if text.touchesClone { (isPristine, isTouched) = (false, true) }
    finish(&text)
    run.isReadOnly.append(text.isReadOnly)
    if let reading, isPristine, text.isRepeatable, !transaction.isOpen { readings?[reading] = text.effect }
    return text.effect
  }

  /// Runs a text of one command that this connection has ready; `nil` where it must be prepared.
  mutating func rerun(_ text: inout TextRun, _ isInProbe: inout Bool) throws(SQLiteError) -> End? {
    guard state.hasBaselineSchema, let known = text.known, known.count == 1,
      let command = ready[text.statement.textID]
    else { return nil }
    begin(text.statement, 0, trackRowIdentity: known[0].mayInsert)
    command.statement.reset()
    text.add(known[0])
    var used = 0
    let end = try run(&command.statement, known[0], &text, &isInProbe, isPartOfWhole: false, used: &used)
    if end != .done { ready[text.statement.textID] = nil }
    return end
  }

  /// Keeps a command that has run to its end for the next statement of the same text.
  mutating func keepReady(_ command: consuming SQLiteStatement, for text: Int64) {
    guard ready.count < Self.readyCommands else { return }
    ready[text] = ReadyCommand(command)
  }

  /// Makes the lists of an effect whole: sorted, each once; and judges what hangs on rows that are not here.
  private mutating func finish(_ text: inout TextRun) {
    if text.readsSeveralLists {
      text.effect.reads = Set(text.effect.reads).sorted()
    }
    text.marks?.finish(&text.effect, isProbe: !text.keeps)
    if text.mayWrite || !text.effect.emptyTables.isEmpty { addRowJudgements(&text) }
    // The verdict rests on tables of which nothing but the schema is here.
    if !text.effect.emptyTables.isEmpty { text.effect.basis = .schemaOnly }
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

/// A prepared command that runs again for every statement of its text.
final class ReadyCommand {
  var statement: SQLiteStatement

  init(_ statement: consuming SQLiteStatement) { self.statement = statement }
}

/// Facts of texts, each analysed once and only when something hangs on it.
final class FactsCache {
  private let analyze: @Sendable (String, SQLDialect) -> Facts
  private var known: [Int64: Facts] = [:]

  /// A cache over an analysis.
  init(_ analyze: @escaping @Sendable (String, SQLDialect) -> Facts) { self.analyze = analyze }

  /// The facts of the statement's text.
  func facts(of statement: StatementEntry) -> Facts {
    if let facts = known[statement.textID] { return facts }
    let facts = analyze(statement.sql, statement.dialect)
    known[statement.textID] = facts
    return facts
  }

  /// The facts of the shadow's own text.
  func facts(of sql: String) -> Facts { analyze(sql, .postgreSQL) }
}
