import AuditTrail
import MariaDB
import Replay

/// Recorded transactions are the copy's own; what is undone is thrown away with the copy it ran on.
extension MariaDBDriver {
  /// Names that the session engine gives to places in what only a copy undoes.
  private static let places: Set<String> = ["assay_unit", "assay_part"]

  var hasScope: Bool { spare != nil && !isHolding }

  func openScope(_ session: Session<MariaDBDriver>) throws {
    guard spare == nil else { return }
    try makeSpare(session.state)
  }

  /// What failed and stays in part, as it did when it was recorded, runs on the session's own copy too.
  func closeScope(keep: Bool, _ session: Session<MariaDBDriver>) throws -> Execution? {
    let ran = spareJournal
    discardSpare()
    guard keep else { return nil }
    for entry in ran {
      do {
        try run(entry, on: own)
      } catch {
        if error.isConnectionLost { throw error }
      }
      journal.append(entry)
    }
    own.isStale = true
    return nil
  }

  /// Nothing waits for the end of a transaction.
  func settle(_ text: inout TextRun, _ session: inout Session<MariaDBDriver>) -> Execution? { nil }

  func checkDeferred() -> Execution? { nil }

  var isInTransaction: Bool { isHolding || meter.session.isInTransaction }

  func beginTransaction(_ command: MySQLCommand?, _ session: Session<MariaDBDriver>) throws {
    if session.isProbingScript { return }
    if own.session.isInTransaction { return }
    let sql = command.map { ["begin", "start"].contains($0.verb) ? $0.sql : "BEGIN" } ?? "BEGIN"
    try record(sql)
  }

  func openTransactionOnScope(_ command: MySQLCommand?) {}

  func commitTransaction(_ session: Session<MariaDBDriver>) throws -> Execution? {
    try record("COMMIT")
    return nil
  }

  func rollBackTransaction(_ session: Session<MariaDBDriver>) throws {
    if isHolding || !own.session.isInTransaction { return }
    try record("ROLLBACK")
    isUnsure = isUnsure || isMixed
  }

  func setSavepoint(_ name: String) throws {
    if name == "assay_unit" { isHolding = true }
    if !Self.places.contains(name) { try record("SAVEPOINT \(ticked(name))") }
  }

  func releaseSavepoint(_ name: String) throws {
    if !Self.places.contains(name) { try record("RELEASE SAVEPOINT \(ticked(name))") }
  }

  func rollBackToSavepoint(_ name: String) throws {
    if !Self.places.contains(name) { try record("ROLLBACK TO SAVEPOINT \(ticked(name))") }
    isUnsure = isUnsure || isMixed
  }

  /// Runs a transaction command of ours, which moves counters otherwise than a change does.
  private func record(_ sql: String) throws(MariaDBError) {
    let entry = JournalEntry(sql: sql, values: nil, clock: "")
    try run(entry, on: own)
    journal.append(entry)
    own.isStale = true
  }

  func mark() {}

  func restore(_ mark: Void?, recounts: Bool, _ session: Session<MariaDBDriver>) {}

  func endHeldScript() {
    isHolding = false
    discardSpare()
  }

  /// Makes the session's transaction what the server has after a command: a definition, a lock and `autocommit` end one, and
  /// the latter opens one.
  func followServer(_ session: inout Session<MariaDBDriver>, since before: CloneState<MariaDBDriver>) {
    let isOpen = own.session.isInTransaction
    if session.transaction.isOpen, !isOpen { session.transaction.commit() }
    if !session.transaction.isOpen, isOpen { session.transaction.open(before) }
  }

  /// A command that failed when it was recorded has ended the transaction there all the same, as on the copy: what came
  /// before it in the transaction is kept.
  func followFailedEnd(_ session: inout Session<MariaDBDriver>) throws(MariaDBError) {
    guard session.transaction.isOpen, own.session.isInTransaction, !meter.session.isInTransaction else { return }
    try record("COMMIT")
    session.transaction.commit()
  }
}
