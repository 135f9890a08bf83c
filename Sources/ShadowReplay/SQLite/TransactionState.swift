/// What of a clone's state SQLite undoes with a transaction, kept beside it.
struct CloneState: Sendable {
  /// Rows by table, in lower case; temporary tables as `temp.name`.
  var rows: [String: Int64]
  /// The objects of the schema.
  var objects: SchemaObjects
  /// Tables that the session made, in lower case.
  var made: Set<String> = []
  /// Whether no object was made, dropped or altered, so that what is known of texts still holds.
  var hasBaselineSchema = true
  /// Tables that hold values written from sensitive columns, in lower case.
  var tainted: Set<String> = []
  /// Whether a session before this one wrote such values, or their columns have other names by now: of which columns they
  /// are is not known here, so it may be any.
  var inheritsTaint = false

  /// What is left for the next session: no temporary object, and what was made is made no more by it.
  mutating func endSession() {
    rows = rows.filter { !$0.key.hasPrefix("temp.") }
    objects.removeTemporary()
    made.removeAll()
    inheritsTaint = !tainted.isEmpty
  }
}

/// The recorded transaction of a session: which statements' effects hang on it, and what to go back to.
struct TransactionState<State: Sendable> {
  /// A recorded savepoint.
  struct Savepoint {
    let name: String
    /// How many statements had written in the transaction before it.
    let pending: Int
    let state: State
  }

  /// Whether a transaction is open, in the recorded session's eyes.
  private(set) var isOpen = false
  /// Whether a failed command has made everything fail until the end, as in PostgreSQL.
  var isAborted = false
  /// Whether a savepoint opened it, so that releasing the savepoint commits, as in SQLite.
  private(set) var isOpenedBySavepoint = false
  /// The statements that wrote in the transaction, by position.
  private(set) var pending: [Int] = []
  private(set) var savepoints: [Savepoint] = []
  /// The state when it was opened.
  private(set) var start: State?

  /// Opens it.
  mutating func open(_ state: State, bySavepoint: Bool = false) {
    self = TransactionState()
    isOpen = true
    isOpenedBySavepoint = bySavepoint
    start = state
  }

  /// Notes that a statement wrote.
  mutating func add(_ statement: Int) {
    if isOpen, pending.last != statement { pending.append(statement) }
  }

  /// Marks a place to go back to.
  mutating func mark(_ name: String, _ state: State) {
    savepoints.append(Savepoint(name: name.lowercased(), pending: pending.count, state: state))
  }

  /// The innermost savepoint of the name.
  func position(of name: String) -> Int? { savepoints.lastIndex { $0.name == name.lowercased() } }

  /// Forgets a savepoint and those within it.
  mutating func release(_ position: Int) { savepoints.removeSubrange(position...) }

  /// Goes back to a savepoint, which stays: the statements whose effects are gone, and the state there.
  mutating func rollBack(to position: Int) -> (undone: [Int], state: State) {
    let savepoint = savepoints[position]
    savepoints.removeSubrange((position + 1)...)
    let undone = Array(pending[savepoint.pending...])
    pending.removeSubrange(savepoint.pending...)
    isAborted = false
    return (undone, savepoint.state)
  }

  /// Ends it with its effects kept.
  mutating func commit() { self = TransactionState() }

  /// Ends it without: the statements whose effects are gone, and the state before it.
  mutating func rollBack() -> (undone: [Int], state: State?) {
    let result = (pending, start)
    self = TransactionState()
    return result
  }
}
