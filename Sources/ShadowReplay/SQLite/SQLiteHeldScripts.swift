import AuditTrail
import Ledger
import SQLite

/// Scripts that were held back as one: each statement meets what those before it would have left, and then all is undone.
extension CloneSession {
  private static var unit: String { "assay_unit" }
  private static var unitTransaction: String { "assay_unit_transaction" }

  /// Probes the statements from `position` to before `end`.
  mutating func probeScript(
    _ statements: [StatementEntry], from position: Int, to end: Int, _ plan: ObservationPlan
  ) throws(SQLiteError) {
    let (before, recorded) = (state, transaction)
    isProbingScript = true
    for index in position..<end {
      // An interrupt ends the whole transaction: what follows must be undone too.
      if index == position || !clone.database.isInTransaction { try execute("SAVEPOINT \(Self.unit)") }
      run.effects.append(Effect(.ran))
      run.effects[index] = try measure(statements[index], index, plan)
      run.effects[index].kept = false
      if isOutOfTime { return }
    }
    (isProbingScript, heldTransaction) = (false, nil)
    if clone.database.isInTransaction { try execute("ROLLBACK TO \(Self.unit); RELEASE \(Self.unit)") }
    (state, transaction) = (before, recorded)
  }

  /// Follows a transaction command of a held script: what it would have rolled back itself is no effect of it.
  mutating func followHeld(_ command: TransactionCommand, _ position: Int) throws(SQLiteError) {
    switch command {
    case .begin where heldTransaction == nil:
      try execute("SAVEPOINT \(Self.unitTransaction)")
      heldTransaction = HeldTransaction(position: position, state: state)
    case .commit where heldTransaction != nil:
      try execute("RELEASE \(Self.unitTransaction)")
      heldTransaction = nil
    case .rollback:
      guard let held = heldTransaction else { return }
      try execute("ROLLBACK TO \(Self.unitTransaction); RELEASE \(Self.unitTransaction)")
      for index in held.position..<position { run.effects[index].forgetChanges() }
      (state, heldTransaction) = (held.state, nil)
    default: break
    }
  }
}
