import AuditTrail
import Ledger

extension [StatementEntry] {
  /// Where a script of several statements that was held back as one ends; the next position where there is none.
  func endOfHeldScript(from position: Int) -> Int {
    guard let unit = self[position].unit, self[position].isHeld else { return position + 1 }
    var end = position + 1
    while end < count, self[end].unit == unit, self[end].isHeld { end += 1 }
    return end
  }
}

/// The transaction that a held script opened: where, and what it goes back to.
struct HeldTransaction<State> {
  let position: Int
  let state: State
}

extension StatementEntry {
  /// Whether it did not run.
  fileprivate var isHeld: Bool { outcome == .notRun || decision.action == .block && outcome == .unknown }
}

extension Effect {
  /// Takes back what a script's own rollback would have taken back.
  mutating func forgetChanges() { takeChanges(of: Effect(.ran)) }
}
