import AuditTrail
import Replay
import SQLite

extension TransactionCommand {
  /// The command as SQLite's own parser read it.
  init?(_ action: SQLiteAction) {
    // SQLite compares names without the case of ASCII letters.
    let name = String(nameKey: (action.detail ?? "").nameKey)
    switch (action.kind, action.name) {
    case (.transaction, "BEGIN"): self = .begin
    case (.transaction, "COMMIT"): self = .commit(andChain: false)
    case (.transaction, "ROLLBACK"): self = .rollback(andChain: false)
    case (.savepoint, "BEGIN"): self = .savepoint(name)
    case (.savepoint, "RELEASE"): self = .release(name)
    case (.savepoint, "ROLLBACK"): self = .rollbackTo(name)
    default: return nil
    }
  }
}
