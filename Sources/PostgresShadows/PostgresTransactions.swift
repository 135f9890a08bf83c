import AuditTrail
import Postgres
import Replay
import SQLAnalysis

/// How recorded transactions become the clone's: real ones on a clone of the session's own, savepoints in the outer
/// transaction of a session that is rolled back.
extension PostgresDriver {
  private static let probe = "assay_probe"
  private static let outer = "assay_transaction"

  var hasScope: Bool { scope != .none }

  var isInTransaction: Bool { meter.connection.transactionStatus != .idle }

  func openScope(_ session: Session<PostgresDriver>) throws(PostgresError) {
    guard scope == .none else { return }
    if isolation == .clone, !session.isInTransaction {
      try meter.script("BEGIN")
      scope = .transaction
      try meter.rebase(session.state)
    } else {
      try meter.script("SAVEPOINT \(Self.probe)")
      scope = .savepoint
      if meter.isStale { try meter.rebase(session.state) }
    }
  }

  func closeScope(keep: Bool, _ session: Session<PostgresDriver>) throws -> Execution? {
    defer { (scope, hasCommandMark) = (.none, false) }
    switch scope {
    case .none: return nil
    case .savepoint:
      try meter.script(keep ? "RELEASE \(Self.probe)" : "ROLLBACK TO \(Self.probe); RELEASE \(Self.probe)")
      if !keep { meter.noteEnded() }
      return nil
    case .transaction:
      if keep { return try ending("COMMIT") }
      try meter.script("ROLLBACK")
      return nil
    }
  }

  /// Runs what checks constraints that waited; gives the execution where one does not hold.
  private func ending(_ sql: String) throws(PostgresError) -> Execution? {
    do {
      try meter.script(sql)
      return nil
    } catch  where !error.isConnectionLost {
      return .failed(code: error.sqlstate, missingObject: nil)
    }
  }

  private static let settling = "SET CONSTRAINTS ALL IMMEDIATE"

  /// Source: PostgreSQL 15, SET CONSTRAINTS: what waits runs at once, constraint triggers too.
  func settle(_ text: inout TextRun, _ session: inout Session<PostgresDriver>) throws -> Execution? {
    if holdsCode {
      text.isReadOnly = false
      text.fail(.notRun(.unsupported))
      holdsCode = false
    }
    guard catalog.hasDeferredCode || session.state.schema.hasNewCode, isInTransaction else { return nil }
    let rights = try meter.rights()
    let command = PostgresCommand(Self.settling, world.analyze(Self.settling, .postgreSQL))
    var answer = try send(command, [], text, session)
    observe(answer, &text)
    if let error = answer.error {
      if error.isConnectionLost { throw error }
      return .failed(code: error.sqlstate, missingObject: nil)
    }
    if answer.hasEvents { answer.events = try meter.readEvents() }
    addEvents(answer.events, command, &text, &session.state)
    try followEvents(answer.events, &text, &session.state)
    addRights(since: rights, try meter.rights(), &text)
    try addCounters(try meter.readCounters(session.state), command, answer, &text, &session.state)
    return nil
  }

  func checkDeferred() throws -> Execution? {
    catalog.hasDeferrable || isolation == .clone ? try ending(Self.settling) : nil
  }

  func beginTransaction(_ command: PostgresCommand?, _ session: Session<PostgresDriver>) throws {
    let words = command?.words ?? []
    isReadOnlyTransaction = words.contains("read") && words.contains("only")
    switch isolation {
    case .rolledBack:
      try meter.script("SAVEPOINT \(Self.outer)")
      if isReadOnlyTransaction { try meter.script("SET LOCAL transaction_read_only = on") }
    case .clone:
      // Nothing is asked inside before the session does: some of its commands must be a transaction's first.
      try meter.startCounting(session.state)
      if let command, ["begin", "start"].contains(command.verb) {
        _ = try meter.connection.execute(command.sql)
      } else {
        try meter.script("BEGIN")
      }
    }
  }

  func openTransactionOnScope(_ command: PostgresCommand?) throws {
    // An outer transaction has no name for what the text began with.
    guard isolation == .clone else { throw PostgresRunFault.needsOwnClone }
    if hasCommandMark { try endCommandMark() }
    scope = .none
    isReadOnlyTransaction = false
    if let command { _ = try meter.connection.execute(command.sql) }
  }

  func commitTransaction(_ session: Session<PostgresDriver>) throws -> Execution? {
    if isolation == .clone { return try ending("COMMIT") }
    try meter.script("\(isReadOnlyTransaction ? "ROLLBACK TO \(Self.outer); " : "")RELEASE \(Self.outer)")
    meter.noteEnded()
    return nil
  }

  func rollBackTransaction(_ session: Session<PostgresDriver>) throws {
    holdsCode = false
    try meter.script(isolation == .clone ? "ROLLBACK" : "ROLLBACK TO \(Self.outer); RELEASE \(Self.outer)")
    meter.noteEnded()
  }

  func setSavepoint(_ name: String) throws {
    if hasCommandMark { try endCommandMark() }
    try meter.script("SAVEPOINT \(quoted(name))")
  }

  func releaseSavepoint(_ name: String) throws {
    if hasCommandMark { try endCommandMark() }
    try meter.script("RELEASE \(quoted(name))")
    meter.noteEnded()
  }

  func rollBackToSavepoint(_ name: String) throws {
    if hasCommandMark { try endCommandMark() }
    try meter.script("ROLLBACK TO \(quoted(name))")
    meter.noteEnded()
  }

  /// The last values of sequences.
  func mark() -> [UInt32: Int64] { meter.sequences }

  func restore(_ mark: [UInt32: Int64]?, recounts: Bool, _ session: Session<PostgresDriver>) throws {
    if recounts, isInTransaction { try meter.rebase(session.state) }
    if let mark { try meter.restoreSequences(to: mark) }
  }

  /// What is prepared is not part of a transaction.
  func endHeldScript() throws {
    for name in heldPrepared { try deallocate(name) }
    heldPrepared.removeAll()
  }

  private func deallocate(_ name: String) throws(PostgresError) {
    do {
      try meter.script("DEALLOCATE \(quoted(name))")
    } catch  where error.sqlstate == "26000" {
      // The script itself has let go of it.
      return
    }
  }
}
