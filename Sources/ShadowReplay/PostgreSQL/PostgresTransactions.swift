import AuditTrail
import Postgres

/// How recorded transactions become the clone's: real ones on a clone of the session's own, savepoints in the outer
/// transaction of a session that is rolled back.
extension PostgresSessionRun {
  private static let probe = "assay_probe"
  private static let outer = "assay_transaction"

  /// Opens what a text's commands run in, so that they can be undone, or end together.
  func openScope() throws(PostgresError) {
    guard scope == .none else { return }
    if isolation == .clone, !transaction.isOpen {
      try meter.script("BEGIN")
      scope = .transaction
      try meter.rebase(state)
    } else {
      try meter.script("SAVEPOINT \(Self.probe)")
      scope = .savepoint
    }
  }

  /// Ends it; gives the execution of a commit that fails.
  func closeScope(keep: Bool) throws(PostgresError) -> Execution? {
    defer { scope = .none }
    switch scope {
    case .none: return nil
    case .savepoint:
      try meter.script(keep ? "RELEASE \(Self.probe)" : "ROLLBACK TO \(Self.probe); RELEASE \(Self.probe)")
    case .transaction:
      guard keep else {
        try meter.script("ROLLBACK")
        return nil
      }
      do {
        try meter.script("COMMIT")
      } catch  where !error.isConnectionLost {
        return .failed(code: error.sqlstate, missingObject: nil)
      }
    }
    return nil
  }

  /// What a commit would find of constraints that wait for it, before what it would keep is undone.
  func checkDeferred() throws(PostgresError) -> Execution? {
    do {
      try meter.script("SET CONSTRAINTS ALL IMMEDIATE")
      return nil
    } catch  where !error.isConnectionLost {
      return .failed(code: error.sqlstate, missingObject: nil)
    }
  }

  /// Follows a transaction command; gives the execution of one that fails.
  func apply(_ command: TransactionCommand, _ text: PostgresCommand) throws(PostgresError) -> Execution? {
    let noTransaction = Execution.failed(code: "25P01", missingObject: nil)
    switch command {
    case .begin:
      // A second BEGIN is a warning.
      if transaction.isOpen { return nil }
      try begin(text)
    case .commit(let andChain):
      guard transaction.isOpen else { return nil }
      if transaction.isAborted {
        try rollBackRecorded()
      } else if let failure = try commitRecorded() {
        return failure
      }
      if andChain { try begin(text) }
    case .rollback(let andChain):
      guard transaction.isOpen else { return nil }
      try rollBackRecorded()
      if andChain { try begin(text) }
    case .savepoint(let name):
      guard transaction.isOpen else { return noTransaction }
      try meter.script("SAVEPOINT \(quoted(name))")
      transaction.mark(name, state)
    case .release(let name):
      guard transaction.isOpen else { return noTransaction }
      guard let position = transaction.position(of: name) else { return .failed(code: "3B001", missingObject: nil) }
      try meter.script("RELEASE \(quoted(name))")
      transaction.release(position)
    case .rollbackTo(let name):
      guard transaction.isOpen else { return noTransaction }
      guard let position = transaction.position(of: name) else { return .failed(code: "3B001", missingObject: nil) }
      try meter.script("ROLLBACK TO \(quoted(name))")
      let (undone, earlier) = transaction.rollBack(to: position)
      for position in undone { run.effects[position].kept = false }
      state = earlier
    }
    return nil
  }

  private func begin(_ text: PostgresCommand) throws(PostgresError) {
    isReadOnlyTransaction = text.words.contains("read") && text.words.contains("only")
    switch isolation {
    case .rolledBack:
      try meter.script("SAVEPOINT \(Self.outer)")
      if isReadOnlyTransaction { try meter.script("SET LOCAL transaction_read_only = on") }
    case .clone:
      let isBegin = ["begin", "start"].contains(text.verb)
      if isBegin { _ = try meter.connection.execute(text.sql) } else { try meter.script("BEGIN") }
      try meter.rebase(state)
    }
    transaction.open(state)
  }

  private func commitRecorded() throws(PostgresError) -> Execution? {
    switch isolation {
    case .rolledBack:
      let undo = isReadOnlyTransaction ? "ROLLBACK TO \(Self.outer); " : ""
      try meter.script("\(undo)RELEASE \(Self.outer)")
    case .clone:
      do {
        try meter.script("COMMIT")
      } catch  where !error.isConnectionLost {
        // A deferred constraint that does not hold rolls back.
        undoRecorded()
        return .failed(code: error.sqlstate, missingObject: nil)
      }
    }
    transaction.commit()
    return nil
  }

  private func rollBackRecorded() throws(PostgresError) {
    try meter.script(isolation == .clone ? "ROLLBACK" : "ROLLBACK TO \(Self.outer); RELEASE \(Self.outer)")
    undoRecorded()
  }

  private func undoRecorded() {
    let (undone, earlier) = transaction.rollBack()
    for position in undone { run.effects[position].kept = false }
    if let earlier { state = earlier }
  }
}

extension TransactionCommand {
  /// Whether it makes, drops or goes back to a savepoint.
  var isSavepoint: Bool {
    switch self {
    case .savepoint, .release, .rollbackTo: true
    case .begin, .commit, .rollback: false
    }
  }
}
