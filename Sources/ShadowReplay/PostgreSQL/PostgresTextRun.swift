import AuditTrail
import Ledger
import Postgres

/// One statement's text while it runs, command by command.
struct PostgresTextRun {
  let statement: StatementEntry
  let position: Int
  /// Whether its effect stays on the clone.
  let keeps: Bool
  /// Whether what the client saw of it is looked at.
  let isObserved: Bool
  var effect: Effect
  var observed: ObservedRows?
  /// Where it may go back to; only for a text of several commands.
  var marks: EffectMarks?
  /// Whether nothing of it can change anything.
  var isReadOnly = true
  var mayWrite = false
  /// Tables that it names as targets.
  var targets: Set<UInt32> = []

  init(statement: StatementEntry, position: Int, keeps: Bool, isObserved: Bool, effect: Effect) {
    self.statement = statement
    self.position = position
    self.keeps = keeps
    self.isObserved = isObserved
    self.effect = effect
  }

  /// Ends it without effect.
  mutating func fail(_ execution: Execution) {
    effect.execution = execution
    effect.kept = false
  }
}

/// How a session is kept apart from others.
enum PostgresIsolation: String, Sendable {
  /// In an outer transaction that is rolled back at its end; the clone serves the next session.
  case rolledBack = "rolled_back"
  /// On a clone of its own, in transactions as recorded.
  case clone
}

/// Why a run of a session cannot go on.
enum PostgresRunFault: Error {
  /// The server failed outside of a recorded statement.
  case server(PostgresRunError)
  /// No clone could be had.
  case unavailable(AssayError)
  /// The session does something that an outer transaction does not bear.
  case needsOwnClone
}

/// An error's code, for a fault's cause.
struct PostgresRunError: Sendable {
  let sqlstate: String
  let isConnectionLost: Bool

  init(_ error: PostgresError) {
    sqlstate = error.sqlstate
    isConnectionLost = error.isConnectionLost
  }
}
