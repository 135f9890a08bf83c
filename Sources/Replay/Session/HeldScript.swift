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
    (session.isProbingScript, session.held) = (true, RecordedTransaction())
    for index in position..<end {
      // A bound that ends the whole transaction has undone what came before; what follows must be undone too.
      if !driver.isInTransaction {
        (opens, session.held) = (true, RecordedTransaction())
        try driver.beginTransaction(nil, session)
        try driver.setSavepoint(unit)
      } else if index == position {
        try driver.setSavepoint(unit)
      }
      // Inside an open transaction the script's own rollback would take back what it did until then.
      if index == position, recorded.isOpen { try openHeld() }
      try measure(statements[index], index)
      session.held.add(index)
      session.run.effects[index].kept = false
      if session.outOfTime != nil { return }
    }
    (session.isProbingScript, session.held) = (false, RecordedTransaction())
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
  package func followHeld(_ command: TransactionCommand) throws {
    if driver.hasScope { _ = try driver.closeScope(keep: true, session) }
    switch command {
    case .begin: if !session.held.isOpen { try openHeld() }
    case .commit: try commitHeld()
    case .rollback:
      guard session.held.isOpen else { return }
      try driver.rollBackToSavepoint(unitTransaction)
      try driver.releaseSavepoint(unitTransaction)
      let (undone, state) = session.held.rollBack()
      try forget(undone, state ?? session.state)
    case .savepoint(let name):
      // A text that is one transaction has no savepoint outside of one that was begun.
      guard session.held.isOpen || !session.rules.textIsWhole else { return }
      if !session.held.isOpen { try openHeld(bySavepoint: true) }
      try driver.setSavepoint(name)
      session.held.mark(name, session.state)
    case .release(let name):
      guard let position = session.held.position(of: name) else { return }
      try driver.releaseSavepoint(name)
      session.held.release(position)
      if position == 0, session.held.isOpenedBySavepoint { try commitHeld() }
    case .rollbackTo(let name):
      guard let position = session.held.position(of: name) else { return }
      try driver.rollBackToSavepoint(name)
      let (undone, state) = session.held.rollBack(to: position)
      try forget(undone, state)
    }
  }

  private func openHeld(bySavepoint: Bool = false) throws {
    try driver.setSavepoint(unitTransaction)
    session.held.open(session.state, bySavepoint: bySavepoint)
  }

  private func commitHeld() throws {
    guard session.held.isOpen else { return }
    try driver.releaseSavepoint(unitTransaction)
    session.held.commit()
  }

  /// Goes back to a state that the script's own command leads to.
  private func forget(_ undone: [Int], _ state: CloneState<Driver>) throws {
    for index in undone { session.run.effects[index].forgetChanges() }
    session.state = state
    try driver.restore(nil, recounts: true, session)
  }
}

extension Effect {
  /// Takes back what a script's own rollback would have taken back.
  fileprivate mutating func forgetChanges() {
    (tables, dropped, truncated) = ([:], [], [])
    (altered, escalated) = ([], [])
  }
}
