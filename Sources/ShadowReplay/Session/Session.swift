import AuditTrail
import Ledger

/// What of a clone a rollback undoes, kept beside it.
struct CloneState<Driver: ShadowDriver>: Sendable {
  /// Rows by table.
  var rows: [Driver.Table: Int64]
  /// Tables that the session made.
  var made: Set<Driver.Table> = []
  /// Other objects that it made, as the driver names them.
  var madeObjects: Set<String> = []
  /// What the driver knows beside.
  var schema: Driver.Schema

  /// What is left for the next session: nothing is of its own making.
  mutating func endSession() {
    made.removeAll()
    madeObjects.removeAll()
  }
}

/// One recorded session on its way through a clone.
struct Session<Driver: ShadowDriver> {
  /// The engine it was recorded on.
  let engine: String
  /// How transactions behave there.
  let rules: TransactionRules
  /// Which statements are observed.
  let plan: ObservationPlan
  /// The clone as it is now.
  var state: CloneState<Driver>
  /// The recorded transaction.
  var transaction = RecordedTransaction<CloneState<Driver>>()
  /// What was measured so far.
  var run = SessionRun()
  /// Whether the clone is as it was made: nothing of it, its settings included, was touched.
  var isPristine: Bool
  /// Whether the session touched it.
  var isTouched = false
  /// Whether statements of a script that was held back as one are probed, each on what those before it left.
  var isProbingScript = false
  /// The transaction that such a script has opened itself.
  var heldTransaction: HeldTransaction<CloneState<Driver>>?
  /// The statement whose time was up, so that nothing more can be asked of the clone.
  var outOfTime: Int?

  /// Whether what runs now is inside a transaction that is not its own.
  var isInTransaction: Bool { transaction.isOpen || isProbingScript }

  /// Takes back what statements had done.
  mutating func undo(_ end: (undone: [Int], state: CloneState<Driver>?)) {
    for position in end.undone { run.effects[position].kept = false }
    if let earlier = end.state { state = earlier }
  }
}
