import AuditTrail
import Ledger
import Postgres
import SQLAnalysis

/// Runs one session on a clone.
final class PostgresSessionRun {
  let meter: PostgresMeter
  let world: PostgresWorld
  let isolation: PostgresIsolation
  let plan: ObservationPlan
  var state: PostgresState
  var transaction = TransactionState<PostgresState>()
  var run = SessionRun()
  /// What each text opened to be undone, or to end as one.
  var scope = Scope.none
  var isForeign = false
  /// Whether the open recorded transaction may not write, so that rolling it back ends that too.
  var isReadOnlyTransaction = false
  /// Up to where statements run one by one, since one of them failed in a group.
  var aloneUntil = 0
  /// Whether the block that is read was cancelled.
  var ranOutOfTime = false
  /// Up to where no block is tried, since one was undone.
  var carefulUntil = 0
  /// Whether the session has done nothing but read: the clone and the connection are as they were.
  var isPristine = true
  /// Whether statements of a script that was held back as one are probed, each on what those before it left.
  var isProbingScript = false
  var heldTransaction: HeldTransaction<PostgresState>?
  /// Names that such a script has prepared.
  var heldPrepared: [String] = []
  /// How many statements the next block may have.
  var longestBlock = PostgresSessionRun.blockLengths.upperBound
  /// How many statements blocks have measured.
  var measuredInBlocks = 0

  enum Scope { case none, savepoint, transaction }

  init(
    _ meter: PostgresMeter, _ world: PostgresWorld, _ isolation: PostgresIsolation, observing plan: ObservationPlan
  ) {
    self.meter = meter
    self.world = world
    self.isolation = isolation
    self.plan = plan
    state = world.start()
  }

  var catalog: PostgresCatalog { world.catalog }

  /// Runs a session's statements in their order.
  func measure(_ statements: [StatementEntry], engine: String) throws(PostgresRunFault) -> SessionRun {
    isForeign = !engine.hasPrefix("postgres")
    do {
      try begin()
      var position = 0
      while position < statements.count {
        let held = statements.endOfHeldScript(from: position)
        if held > position + 1, isolation == .rolledBack || transaction.isOpen {
          isPristine = false
          try probeScript(statements, from: position, to: held)
          position = held
          continue
        }
        let block = block(statements, from: position)
        if block.count > 1 {
          let count = block.count
          if try measureBlock(block, statements, from: position) { position += count }
          continue
        }
        let group = groupLength(statements, from: position)
        if group > 1 {
          position += try measureGroup(statements, from: position, count: group)
        } else {
          run.effects.append(Effect(.ran))
          run.isReadOnly.append(false)
          try measure(statements[position], position)
          position += 1
        }
      }
      let (undone, earlier) = transaction.rollBack()
      for position in undone { run.effects[position].kept = false }
      if let earlier { state = earlier }
      try end()
    } catch let fault as PostgresRunFault {
      throw fault
    } catch let error as PostgresError {
      throw .server(PostgresRunError(error))
    } catch {
      throw .server(PostgresRunError(PostgresError(sqlstate: "XX000", message: "")))
    }
    return run
  }

  private func begin() throws(PostgresError) {
    _ = meter.takeEvents()
    try meter.prepareCounters()
    if isolation == .rolledBack {
      try meter.script("BEGIN")
      try meter.rebase(state)
    }
  }

  /// Leaves the clone as it was, where it serves another session.
  private func end() throws(PostgresError) {
    guard isolation == .rolledBack else { return }
    try meter.script("ROLLBACK")
    try meter.script("DISCARD ALL")
    meter.forgetPrepared()
    let moved = try meter.readCounters(PostgresState(catalog)).sequences
    for (sequence, last) in moved { meter.note(last, of: sequence) }
    try meter.restoreSequences(to: catalog.sequences.mapValues(\.last))
    meter.forgetCounters()
    _ = meter.takeEvents()
  }

  // MARK: One statement

  /// Whether the statement took effect when it was recorded.
  func tookEffect(_ statement: StatementEntry) -> Bool {
    if statement.result?.error != nil { return false }
    switch statement.outcome {
    case .ran, .ranUnapproved: return true
    case .notRun: return false
    case .unknown: return statement.decision.action.letsThrough || statement.decision.action == .observed
    }
  }

  /// A text's run before anything of it has run; its effect says so where it must not run.
  func textRun(_ statement: StatementEntry, _ position: Int) -> PostgresTextRun {
    var effect = Effect(.ran)
    effect.basis = world.basis
    effect.mode = isolation.rawValue
    let keeps = tookEffect(statement)
    effect.kept = keeps
    if statement.completeness.contains(.statementTruncated) {
      effect.execution = .notRun(.truncatedSQL)
    } else if statement.completeness.contains(.redacted) {
      effect.execution = .notRun(.redactedSQL)
    } else if statement.holdsZero {
      (effect.execution, effect.kept) = (.notRun(.unparseable), false)
    }
    let isObserved = plan.includes(position) && (!plan.isFirst || world.mayReadSensitive(statement, state))
    return PostgresTextRun(
      statement: statement, position: position, keeps: keeps, isObserved: isObserved, effect: effect)
  }

  func measure(_ statement: StatementEntry, _ position: Int) throws {
    var text = textRun(statement, position)
    let commands = world.commands(of: statement)
    if commands.count != 1 || !world.onlyReads(commands[0]) { isPristine = false }
    if case .ran = text.effect.execution {
      try perform(&text)
      finish(&text)
    }
    run.effects[position] = text.effect
    run.isReadOnly[position] = text.isReadOnly
    keepObservation(text)
  }

  func keepObservation(_ text: PostgresTextRun) {
    guard let observed = text.observed else { return }
    run.observed[text.position] = observed
    run.sensitiveReads[text.position] = world.sensitiveCandidates(text.statement, state)
    if world.commands(of: text.statement).contains(where: { world.isTainted($0, state) }) {
      run.isIndirect.insert(text.position)
    }
  }

  private func perform(_ text: inout PostgresTextRun) throws {
    let commands = world.commands(of: text.statement)
    if transaction.isAborted, text.keeps, text.statement.result == nil,
      !(commands.count == 1 && commands[0].transaction != nil)
    {
      text.fail(.failed(code: "25P02", missingObject: nil))
      return
    }
    let before = state
    let sequences = meter.sequences
    let end = try runCommands(commands, &text)
    if scope != .none {
      let keep = (text.keeps || isProbingScript) && end == .done
      let endsTransaction = catalog.hasDeferrable && !keep && end == .done && !transaction.isOpen
      if endsTransaction, let failure = try checkDeferred() { text.fail(failure) }
      if let failure = try closeScope(keep: keep) {
        text.fail(failure)
        state = before
      } else if !keep {
        state = before
        // What failed was counted up to then.
        if end == .failed, isolation == .rolledBack || transaction.isOpen { try meter.rebase(state) }
        if !text.keeps { try meter.restoreSequences(to: sequences) }
      }
    }
    if end == .failed { text.effect.kept = false }
  }

  enum End { case done, failed }

  private func runCommands(_ commands: [PostgresCommand], _ text: inout PostgresTextRun) throws -> End {
    let before = state
    for (number, command) in commands.enumerated() {
      if let transaction = command.transaction {
        if isProbingScript {
          try followHeld(transaction, text.position)
          continue
        }
        // What is sent as one text is one transaction, which a rollback ends though none was opened.
        let isWhole = scope != .none && !self.transaction.isOpen
        if commands.count > 1 {
          var marks = text.marks ?? EffectMarks(Effect(.ran))
          marks.follow(transaction, &text.effect, isOpen: self.transaction.isOpen || isWhole)
          text.marks = marks
        }
        if isWhole, case .rollback = transaction {
          _ = try closeScope(keep: false)
          state = before
          try meter.rebase(state)
        }
        // A commit that failed when recorded ends its transaction all the same.
        guard text.keeps || (transaction.isCommit && text.statement.result?.error != nil) else {
          if text.statement.result?.error != nil, transaction.isSavepoint, !self.transaction.isOpen {
            text.fail(.failed(code: "25P01", missingObject: nil))
          }
          continue
        }
        if scope != .none, let failure = try closeScope(keep: true) {
          text.fail(failure)
          return .failed
        }
        if let failure = try apply(transaction, command) {
          text.effect.execution = failure
          return .failed
        }
        continue
      }
      world.addReads(command, to: &text)
      if let escape = command.escape {
        refuse(escape, &text)
        return .failed
      }
      if command.makesWhatItExplains {
        text.isReadOnly = false
        text.fail(.notRun(.unsupported))
        return .failed
      }
      if addGlobalChange(command, &text) { continue }
      if command.needsTransactionBlock, !transaction.isOpen, commands.count == 1 {
        text.fail(.failed(code: "25P01", missingObject: nil))
        return .failed
      }
      if isolation == .rolledBack, command.needsOwnClone, text.keeps { throw PostgresRunFault.needsOwnClone }
      let end = try execute(command, number, &text)
      guard end == .done else { return end }
    }
    return .done
  }

  /// Errors with which the server refuses a command about databases: none is there, in a transaction, in use.
  private static let undone: Set<String> = ["3D000", "25001", "55006"]

  /// An escape is never tried; one that the server refused when it was recorded failed there as it would here.
  private func refuse(_ escape: String, _ text: inout PostgresTextRun) {
    let recorded = text.statement.result?.error?.sqlstate ?? ""
    let wasRefused = recorded.hasPrefix("42") || Self.undone.contains(recorded)
    if !wasRefused { text.effect.refused.append(escape) }
    text.fail(.failed(code: Self.undone.contains(recorded) ? recorded : "42501", missingObject: nil))
    text.isReadOnly = false
  }

  /// What changes the server as a whole is said by its text and not run: other clones share the server.
  private func addGlobalChange(_ command: PostgresCommand, _ text: inout PostgresTextRun) -> Bool {
    guard let change = command.global else { return false }
    text.isReadOnly = false
    if let code = text.statement.result?.error?.sqlstate {
      text.fail(.failed(code: code, missingObject: nil))
      return true
    }
    switch change {
    case .altered(let what):
      if let escalation = command.escalation { text.effect.escalated.append(escalation) }
      text.effect.altered.append(what)
    case .droppedDatabase(let name):
      let rows = catalog.rows.values.reduce(0, +)
      text.effect.dropped.append(DroppedObject(type: "database", name: name, rows: rows, isScratch: false))
    }
    return true
  }

  /// Makes an effect's lists whole, and notes what hangs on the recorded transaction.
  func finish(_ text: inout PostgresTextRun) {
    text.marks?.finish(&text.effect, isProbe: !text.keeps)
    addRowJudgements(&text)
    judgeVolatility(&text)
    text.effect.reads = Set(text.effect.reads).sorted()
    text.effect.refused = Set(text.effect.refused).sorted()
    text.effect.altered = Set(text.effect.altered).sorted()
    text.effect.escalated = Set(text.effect.escalated).sorted()
    text.effect.truncated = Set(text.effect.truncated).sorted()
    text.effect.dropped = Set(text.effect.dropped).sorted()
    text.effect.emptyTables = Set(text.effect.emptyTables).sorted()
    let effect = text.effect
    if !effect.tables.isEmpty || !effect.altered.isEmpty || !effect.dropped.isEmpty || !effect.escalated.isEmpty
      || !effect.truncated.isEmpty
    {
      text.isReadOnly = false
    }
    if text.keeps, transaction.isOpen, !text.isReadOnly { transaction.add(text.position) }
    // A statement that fails inside a transaction makes the rest of it fail.
    if !isForeign, transaction.isOpen, text.statement.outcome != .notRun {
      if text.statement.result?.error != nil {
        transaction.isAborted = true
      } else if text.statement.result == nil, case .failed = effect.execution, text.keeps {
        transaction.isAborted = true
      }
    }
  }
}
