import AuditTrail
import Ledger
import Replay
import SQLite

/// A pragma that a command sets.
struct SetPragma: Sendable {
  /// Its name in lower case.
  let name: String
  /// What it is set to, in lower case.
  let value: String
}

extension SQLiteDriver {
  /// Pragmas that take effect where they are compiled, whether they run or not. Source: sqlite.org/pragma.html; `pragma.c` of
  /// SQLite 3.40, `PragTyp_FLAG`.
  private static let flags = [
    "automatic_index", "cell_size_check", "checkpoint_fullfsync", "count_changes", "defer_foreign_keys",
    "empty_result_callbacks", "foreign_keys", "full_column_names", "fullfsync", "ignore_check_constraints",
    "legacy_alter_table", "query_only", "read_uncommitted", "recursive_triggers", "reverse_unordered_selects",
    "short_column_names",
  ]

  /// Remembers what a text that is only probed may set.
  func rememberSettings(of statement: StatementEntry) throws(SQLiteError) {
    guard settings.isEmpty, statement.sql.lowercased().contains("pragma") else { return }
    settings = try clone.withoutRecording { (database) throws(SQLiteError) in
      var found: [SetPragma] = []
      for name in Self.flags {
        var row = try database.prepare("PRAGMA \(name)")
        if try row.step() { found.append(SetPragma(name: name, value: row.text(0))) }
      }
      return found
    }
  }

  /// Sets it back, for no rollback does.
  func restoreSettings() throws(SQLiteError) {
    guard !settings.isEmpty else { return }
    for setting in settings { try execute("PRAGMA \(setting.name) = \(setting.value)") }
    try execute("PRAGMA case_sensitive_like = \(isLikeCaseSensitive ? 1 : 0)")
    settings.removeAll()
  }
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
    case "case_sensitive_like":
      if text.keeps { isLikeCaseSensitive = ["1", "on", "yes", "true"].contains(pragma.value) }
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
