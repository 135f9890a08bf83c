import AuditTrail
package import Ledger

extension [StatementEntry] {
  /// Where a script of several statements that was held back as one ends; the next position where there is none.
  package func endOfHeldScript(from position: Int) -> Int {
    guard let unit = self[position].unit, self[position].isHeld else { return position + 1 }
    var end = position + 1
    while end < count, self[end].unit == unit, self[end].isHeld { end += 1 }
    return end
  }
}

/// The transaction that a held script opened: where, and what it goes back to.
package struct HeldTransaction<State> {
  package let position: Int
  package let state: State
}

extension StatementEntry {
  /// Whether it did not run.
  fileprivate var isHeld: Bool { outcome == .notRun || decision.action == .block && outcome == .unknown }
}

private let unit = "assay_unit"
private let unitTransaction = "assay_unit_transaction"

/// Scripts that were held back as one: each statement meets what those before it would have left, and then all is undone.
extension SessionEngine {
  /// Probes the statements from `position` to before `end`.
  package func probeScript(_ statements: [StatementEntry], from position: Int, to end: Int) throws {
    let (before, mark, recorded) = (session.state, driver.mark(), session.transaction)
    // A clone that only ever holds what was committed needs a transaction around the script.
    var opens = false
    session.isProbingScript = true
    for index in position..<end {
      // A bound that ends the whole transaction has undone what came before; what follows must be undone too.
      if !driver.isInTransaction {
        opens = true
        try driver.beginTransaction(nil, session)
        try driver.setSavepoint(unit)
      } else if index == position {
        try driver.setSavepoint(unit)
      }
      try measure(statements[index], index)
      session.run.effects[index].kept = false
      if session.outOfTime != nil { return }
    }
    (session.isProbingScript, session.heldTransaction) = (false, nil)
    if driver.isInTransaction {
      try driver.rollBackToSavepoint(unit)
      try driver.releaseSavepoint(unit)
      if opens { try driver.rollBackTransaction(session) }
    }
    try driver.endHeldScript()
    (session.state, session.transaction) = (before, recorded)
    try driver.restore(mark, recounts: true, session)
    try driver.reopenLostTransaction(&session)
  }

  /// Follows a transaction command of a held script: what it would have rolled back itself is not an effect of it.
  package func followHeld(_ command: TransactionCommand, _ position: Int) throws {
    if driver.hasScope { _ = try driver.closeScope(keep: true, session) }
    switch command {
    case .begin where session.heldTransaction == nil:
      try driver.setSavepoint(unitTransaction)
      session.heldTransaction = HeldTransaction(position: position, state: session.state)
    case .commit where session.heldTransaction != nil:
      try driver.releaseSavepoint(unitTransaction)
      session.heldTransaction = nil
    case .rollback:
      guard let held = session.heldTransaction else { return }
      try driver.rollBackToSavepoint(unitTransaction)
      try driver.releaseSavepoint(unitTransaction)
      for index in held.position..<position { session.run.effects[index].forgetChanges() }
      (session.state, session.heldTransaction) = (held.state, nil)
      try driver.restore(nil, recounts: true, session)
    case .begin, .commit, .savepoint, .release, .rollbackTo: break
    }
  }
}

extension Effect {
  /// Takes back what a script's own rollback would have taken back.
  fileprivate mutating func forgetChanges() {
    (tables, dropped, truncated) = ([:], [], [])
    (altered, escalated) = ([], [])
  }
}
