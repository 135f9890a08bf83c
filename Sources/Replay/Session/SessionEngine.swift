package import AuditTrail
package import Ledger
import SQLAnalysis

/// Runs recorded sessions on the clone of a driver, one after another.
///
/// Allowed statements take effect as recorded; what was blocked, not run or failed is probed and undone; recorded
/// transactions are followed. One thread uses it.
package final class SessionEngine<Driver: ShadowDriver> {
  /// What runs commands.
  package let driver: Driver
  /// The session that runs, or the last one.
  package var session: Session<Driver>
  /// What reads came to on the clone as it was made; `nil` where every read is measured.
  package var readings: KnownReadings<Effect>?

  /// How many statements of a session are waited for until their time is up.
  private static var mostWaits: Int { 2 }

  /// An engine on a clone on which nothing has run.
  package init(_ driver: Driver, reusesReads: Bool) {
    self.driver = driver
    readings = reusesReads ? KnownReadings() : nil
    session = Session(
      engine: "", rules: driver.rules(for: ""), plan: .at([]), state: driver.baseline, isPristine: true)
  }

  /// Runs a session's statements in their order, on the clone as it was made or as the last session left it.
  ///
  /// Where a statement's time is up, what it had done by then says nothing: the session runs again from its start without
  /// that statement.
  ///
  /// - Parameter known: statements that are not waited for, since their time was up in another run.
  package func run(
    _ statements: [StatementEntry], engine: String, observing plan: ObservationPlan, continuing: Bool = false,
    without known: Set<Int> = []
  ) throws -> SessionRun {
    var (state, isPristine) = (driver.baseline, true)
    if continuing {
      try driver.prepare(.next(isTouched: session.isTouched))
      (state, isPristine) = (session.state, session.isPristine)
      state.endSession()
      driver.forgetTemporary(&state)
    } else {
      try driver.prepare(.anew(isPristine: session.isPristine))
    }
    var (unanswered, waits) = (known, 0)
    while true {
      session = Session(
        engine: engine, rules: driver.rules(for: engine), plan: plan, state: state, isPristine: isPristine)
      session.run.unanswered = unanswered
      try runOnce(statements)
      guard let position = session.outOfTime else { return session.run }
      waits += 1
      unanswered.formUnion(waits < Self.mostWaits ? position...position : position...(statements.count - 1))
      try driver.prepare(.again)
    }
  }

  /// Runs a session after the last one, and takes the clone back to where that one left it.
  package func rehearse(
    _ statements: [StatementEntry], engine: String, observing plan: ObservationPlan, without known: Set<Int>
  ) throws -> SessionRun {
    let last = session
    let run = try run(statements, engine: engine, observing: plan, continuing: true, without: known)
    session = last
    try driver.prepare(.again)
    return run
  }

  /// Makes the clone as it was made.
  package func renew() throws {
    try driver.prepare(.anew(isPristine: session.isPristine))
    session = Session(
      engine: "", rules: driver.rules(for: ""), plan: .at([]), state: driver.baseline, isPristine: true)
  }

  private func runOnce(_ statements: [StatementEntry]) throws {
    session.run.effects.reserveCapacity(statements.count)
    try driver.beginSession(&session)
    var position = 0
    while position < statements.count {
      let end = statements.endOfHeldScript(from: position)
      if end > position + 1 {
        try probeScript(statements, from: position, to: end)
        position = end
      } else {
        let measured = try driver.measureAhead(statements, from: position, self)
        if measured == 0 { try measure(statements[position], position) }
        position += max(1, measured)
      }
      if session.outOfTime != nil { return }
    }
    // A session that ends inside its transaction has it undone.
    session.undo(session.transaction.rollBack())
    try driver.endSession(&session)
  }

  // MARK: One statement

  /// Whether the statement took effect when it was recorded.
  package func tookEffect(_ statement: StatementEntry) -> Bool {
    if statement.result?.error != nil { return false }
    switch statement.outcome {
    case .ran, .ranUnapproved: return true
    case .notRun: return false
    case .unknown: return statement.decision.action.letsThrough || statement.decision.action == .observed
    }
  }

  /// Measures the next statement within its time.
  package func measure(_ statement: StatementEntry, _ position: Int) throws {
    var text = textRun(statement, position)
    if case .ran = text.effect.execution {
      driver.startClock()
      do {
        try measure(&text)
        if driver.stopClock() { session.outOfTime = position }
      } catch {
        guard driver.stopClock() else { throw error }
        session.outOfTime = position
        text.fail(.notRun(.timeout))
      }
    }
    record(text)
  }

  /// Records the next statement's effect, from what `measure` puts into it.
  package func record(
    _ statement: StatementEntry, _ position: Int, _ measure: (inout TextRun) throws -> Void
  ) throws -> Effect {
    var text = textRun(statement, position)
    try measure(&text)
    finish(&text)
    record(text)
    return text.effect
  }

  /// Records that the next statement reads what is known.
  package func recordKnown(_ effect: Effect) {
    session.run.effects.append(effect)
    session.run.isReadOnly.append(true)
  }

  /// A text's run before anything of it has run; its effect says so where it must not run.
  private func textRun(_ statement: StatementEntry, _ position: Int) -> TextRun {
    var text = TextRun(
      statement: driver.asRead(statement), position: position, keeps: tookEffect(statement),
      isObserved: session.plan.includes(position), searched: session.plan.searched)
    (text.effect.basis, text.effect.mode) = (driver.basis, driver.mode)
    let isKept = text.keeps
    text.effect.kept = isKept
    if session.run.unanswered.contains(position) {
      text.fail(.notRun(.timeout))
    } else if statement.completeness.contains(.statementTruncated) {
      text.effect.execution = .notRun(.truncatedSQL)
    } else if statement.completeness.contains(.redacted) {
      text.effect.execution = .notRun(.redactedSQL)
    } else if let reason = driver.refusal(of: statement) {
      text.fail(.notRun(reason))
    } else {
      return text
    }
    text.isReadOnly = false
    return text
  }

  private func measure(_ text: inout TextRun) throws {
    let reading = readingKey(of: text.statement, isOpen: session.transaction.isOpen)
    if let reading, let known = readings?[reading] {
      text.effect = known
      return
    }
    try perform(&text)
    if text.touchesClone { (session.isPristine, session.isTouched) = (false, true) }
    finish(&text)
    if let reading, text.isRepeatable, session.isPristine, !session.transaction.isOpen {
      readings?[reading] = text.effect
    }
  }

  /// Under what a read may be known that runs now; `nil` where it must be measured.
  package func readingKey(of statement: StatementEntry, isOpen: Bool) -> ReadingKey? {
    guard readings != nil, session.isPristine, !isOpen, tookEffect(statement) else { return nil }
    return ReadingKey(statement, engine: session.engine)
  }

  private func record(_ text: TextRun) {
    session.run.effects.append(text.effect)
    session.run.isReadOnly.append(text.isReadOnly)
    guard let observed = text.observed else { return }
    session.run.observed[text.position] = observed
    session.run.sensitiveReads[text.position] = text.sensitiveReads
    if text.isIndirect { session.run.isIndirect.insert(text.position) }
  }

  /// Judges a text that has run and makes its effect whole.
  private func finish(_ text: inout TextRun) {
    driver.conclude(&text, session)
    if text.marks?.finish(&text.changes, isProbe: !text.keeps) == true { text.effect.kept = false }
    judgeRows(&text)
    text.judgeChance()
    text.complete()
    // What the text does not name, the error may have from a value: `'…'::regclass`, `nextval('…')`, code that builds names.
    if case .failed(let code, let missing?) = text.effect.execution, !missing.hasPrefix("("),
      !holdsName(missing, in: text.statement.sql, as: text.statement.dialect)
    {
      text.effect.execution = .failed(code: code, missingObject: "(unnamed)")
    }
    // What it has committed itself, the transaction that it leaves open does not undo.
    if text.keeps || text.effect.kept, session.transaction.isOpen, text.marks?.committed.isEmpty ?? true,
      text.isTransactional ? !text.isReadOnly : !text.changes.isEmpty
    {
      session.transaction.add(text.position)
    }
    // A statement that fails inside a transaction makes the rest of it fail.
    if session.rules.failureAborts, session.transaction.isOpen, text.statement.outcome != .notRun {
      if text.statement.result?.error != nil {
        session.transaction.isAborted = true
      } else if text.statement.result == nil, case .failed = text.effect.execution, text.keeps {
        session.transaction.isAborted = true
      }
    }
  }
}
