import AuditTrail
import Replay
import SQLite

/// A pragma that a command sets.
struct SetPragma: Sendable {
  /// Its name in lower case.
  let name: String
  /// What it is set to, in lower case.
  let value: String
}

/// What of a session's pragmas its later statements meet, though the shadow itself is kept in another way.
extension SQLiteDriver {
  /// Follows a pragma that took effect when it was recorded.
  ///
  /// Source: sqlite.org/pragma.html. Neither mode nor storage can be changed while a transaction is open.
  func followPragma(
    _ pragma: SetPragma, _ text: inout TextRun, _ session: inout Session<SQLiteDriver>
  ) throws(SQLiteError) {
    switch pragma.name {
    case "user_version", "application_id": text.changes.altered.append("pragma \(pragma.name)")
    case "journal_mode":
      guard text.keeps, !session.isInTransaction else { return }
      session.state.schema.hasNoJournal = pragma.value == "off"
      // What a rollback finds without a journal depends on which pages were written by then.
      if session.state.schema.hasNoJournal { text.fail(.notRun(.unsupported)) }
    case "temp_store":
      let store = Self.temporaryStore(pragma.value)
      guard text.keeps, !session.isInTransaction, session.state.schema.temporaryStore != store else { return }
      session.state.schema.temporaryStore = store
      try dropTemporary(&session.state)
    default: return
    }
  }

  /// Another storage loses all temporary tables, triggers and views: their names mean the database's own again.
  private func dropTemporary(_ state: inout CloneState<SQLiteDriver>) throws(SQLiteError) {
    for object in state.schema.objects.byKey.values.filter(\.isTemporary).sorted(by: { $0.name < $1.name }) {
      switch object.type {
      case "table", "view", "trigger": try execute("DROP \(object.type) IF EXISTS temp.\(quoted(object.name))")
      default: continue
      }
    }
    let inherits = state.schema.inheritsTaint
    forgetTemporary(&state)
    state.schema.inheritsTaint = inherits
  }

  /// 0 by default, 1 in files, 2 in memory.
  private static func temporaryStore(_ value: String) -> Int {
    switch value {
    case "1", "file": 1
    case "2", "memory": 2
    default: 0
    }
  }
}
