import AuditTrail
import Replay
import SQLite

/// The name of the savepoint under which what must be undone runs.
private let probe = "assay_probe"

/// Recorded transactions and savepoints are the clone's own.
extension SQLiteDriver {
  /// Runs commands of ours, which count as nothing that the session did.
  func execute(_ sql: String) throws(SQLiteError) {
    try clone.withoutRecording { (database) throws(SQLiteError) in try database.execute(sql) }
  }

  func openScope(_ session: Session<SQLiteDriver>) throws(SQLiteError) {
    guard !hasScope else { return }
    try execute("SAVEPOINT \(probe)")
    hasScope = true
  }

  func closeScope(keep: Bool, _ session: Session<SQLiteDriver>) throws -> Execution? {
    hasScope = false
    guard isInTransaction else { return nil }
    if keep {
      do throws(SQLiteError) {
        try execute("RELEASE \(probe)")
        return nil
      } catch {
        // A deferred key that does not hold, where the savepoint stood for the transaction.
        try execute("ROLLBACK TO \(probe); RELEASE \(probe)")
        return Execution(of: error, isForeign: session.isForeign)
      }
    }
    try execute("ROLLBACK TO \(probe); RELEASE \(probe)")
    return nil
  }

  /// Nothing runs at a commit but checks, which it makes itself.
  func settle(_ text: inout TextRun, _ session: inout Session<SQLiteDriver>) -> Execution? { nil }

  func checkDeferred() -> Execution? {
    clone.database.hasBrokenDeferredKeys ? .failed(code: "SQLITE_CONSTRAINT_FOREIGNKEY", missingObject: nil) : nil
  }

  var isInTransaction: Bool { clone.database.isInTransaction }

  func beginTransaction(_ command: SQLiteCommand?, _ session: Session<SQLiteDriver>) throws { try execute("BEGIN") }

  /// The scope's savepoint is the transaction: its end ends both.
  func openTransactionOnScope(_ command: SQLiteCommand?) { hasScope = false }

  func commitTransaction(_ session: Session<SQLiteDriver>) throws -> Execution? {
    guard isInTransaction else { return nil }
    do throws(SQLiteError) {
      try execute("COMMIT")
      return nil
    } catch {
      return Execution(of: error, isForeign: session.isForeign)
    }
  }

  func rollBackTransaction(_ session: Session<SQLiteDriver>) throws { if isInTransaction { try execute("ROLLBACK") } }

  func setSavepoint(_ name: String) throws { try execute("SAVEPOINT \(quoted(name))") }

  func releaseSavepoint(_ name: String) throws { try executeIfThere("RELEASE \(quoted(name))") }

  func rollBackToSavepoint(_ name: String) throws { try executeIfThere("ROLLBACK TO \(quoted(name))") }

  /// Runs a command about a savepoint, which a lost transaction has taken along.
  private func executeIfThere(_ sql: String) throws(SQLiteError) {
    do throws(SQLiteError) {
      try execute(sql)
    } catch  where error.message.hasPrefix("no such savepoint") {
      return
    }
  }

  func mark() {}

  func restore(_ mark: Void?, recounts: Bool, _ session: Session<SQLiteDriver>) {}

  /// A bound, and `OR ROLLBACK` in what is only probed, undo the clone's whole transaction though the recorded one went on:
  /// what follows runs in a new one, on what is left.
  func reopenLostTransaction(_ session: inout Session<SQLiteDriver>) throws {
    if !session.isProbingScript { try restoreSettings() }
    guard session.transaction.isOpen, !isInTransaction, let start = session.transaction.start else { return }
    try execute("BEGIN")
    session.state = start
  }
}
