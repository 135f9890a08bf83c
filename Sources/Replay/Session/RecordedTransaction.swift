import AuditTrail

/// The recorded transaction of a session: which statements' effects depend on it, and what to go back to.
package struct RecordedTransaction<State: Sendable> {
  /// A recorded savepoint.
  package struct Savepoint {
    let name: String
    /// How many statements had written in the transaction before it.
    let pending: Int
    let state: State
  }

  /// Whether a transaction is open, in the recorded session's eyes.
  package private(set) var isOpen = false
  /// Whether a failed command has made everything fail until the end, as in PostgreSQL.
  package var isAborted = false
  /// Whether a savepoint opened it, so that releasing the savepoint commits, as in SQLite.
  package private(set) var isOpenedBySavepoint = false
  /// The statements that wrote in the transaction, by position.
  package private(set) var pending: [Int] = []
  package private(set) var savepoints: [Savepoint] = []
  /// The state when it was opened.
  package private(set) var start: State?

  /// Opens it.
  package mutating func open(_ state: State, bySavepoint: Bool = false) {
    self = RecordedTransaction()
    isOpen = true
    isOpenedBySavepoint = bySavepoint
    start = state
  }

  /// Notes that a statement wrote.
  package mutating func add(_ statement: Int) {
    if isOpen, pending.last != statement { pending.append(statement) }
  }

  /// Marks a place to go back to.
  package mutating func mark(_ name: String, _ state: State) {
    savepoints.append(Savepoint(name: name, pending: pending.count, state: state))
  }

  /// The innermost savepoint of the name.
  package func position(of name: String) -> Int? { savepoints.lastIndex { $0.name.isExactly(name) } }

  /// Forgets a savepoint and those within it.
  package mutating func release(_ position: Int) { savepoints.removeSubrange(position...) }

  /// Goes back to a savepoint, which stays: the statements whose effects are gone, and the state there.
  package mutating func rollBack(to position: Int) -> (undone: [Int], state: State) {
    let savepoint = savepoints[position]
    savepoints.removeSubrange((position + 1)...)
    let undone = Array(pending[savepoint.pending...])
    pending.removeSubrange(savepoint.pending...)
    isAborted = false
    return (undone, savepoint.state)
  }

  /// Ends it with its effects kept.
  package mutating func commit() { self = RecordedTransaction() }

  /// Ends it without: the statements whose effects are gone, and the state before it.
  package mutating func rollBack() -> (undone: [Int], state: State?) {
    let result = (pending, start)
    self = RecordedTransaction()
    return result
  }
}
