import AuditTrail
import Ledger
import Postgres

/// Scripts that were held back as one: each statement meets what those before it would have left, and then all is undone.
extension PostgresSessionRun {
  private static let unit = "assay_unit"
  private static let transaction = "assay_unit_transaction"

  /// Probes the statements from `position` to before `end`.
  func probeScript(_ statements: [StatementEntry], from position: Int, to end: Int) throws {
    let (before, sequences, recorded) = (state, meter.sequences, transaction)
    try meter.script("SAVEPOINT \(Self.unit)")
    isProbingScript = true
    for index in position..<end {
      run.effects.append(Effect(.ran))
      run.isReadOnly.append(false)
      try measure(statements[index], index)
      run.effects[index].kept = false
    }
    (isProbingScript, heldTransaction) = (false, nil)
    try meter.script("ROLLBACK TO \(Self.unit); RELEASE \(Self.unit)")
    // What is prepared is no part of a transaction.
    for name in heldPrepared { try forget(name) }
    heldPrepared.removeAll()
    (state, transaction) = (before, recorded)
    try meter.rebase(state)
    try meter.restoreSequences(to: sequences)
  }

  private func forget(_ prepared: String) throws(PostgresError) {
    do {
      try meter.script("DEALLOCATE \(quoted(prepared))")
    } catch  where error.sqlstate == "26000" {
      // The script itself has let go of it.
      return
    }
  }

  /// Follows a transaction command of a held script: what it would have rolled back itself is no effect of it.
  func followHeld(_ command: TransactionCommand, _ position: Int) throws(PostgresError) {
    if scope != .none { _ = try closeScope(keep: true) }
    switch command {
    case .begin where heldTransaction == nil:
      try meter.script("SAVEPOINT \(Self.transaction)")
      heldTransaction = HeldTransaction(position: position, state: state)
    case .commit where heldTransaction != nil:
      try meter.script("RELEASE \(Self.transaction)")
      heldTransaction = nil
    case .rollback:
      guard let held = heldTransaction else { return }
      try meter.script("ROLLBACK TO \(Self.transaction); RELEASE \(Self.transaction)")
      for index in held.position..<position { run.effects[index].forgetChanges() }
      (state, heldTransaction) = (held.state, nil)
      try meter.rebase(state)
    default: break
    }
  }
}
