import AuditTrail
import Ledger

/// What of a clone a rollback undoes, kept beside it.
package struct CloneState<Driver: ShadowDriver>: Sendable {
  /// Rows by table.
  package var rows: [TableIdentity: Int64]
  /// Tables that the session made.
  package var made: Set<TableIdentity> = []
  /// Other objects that it made, as the driver names them.
  package var madeObjects: Set<String> = []
  /// What the driver knows beside.
  package var schema: Driver.Schema

  /// A clone on which nothing has run.
  package init(rows: [TableIdentity: Int64], schema: Driver.Schema) {
    self.rows = rows
    self.schema = schema
  }

  /// What is left for the next session: nothing is of its own making.
  package mutating func endSession() {
    made.removeAll()
    madeObjects.removeAll()
  }
}

/// One recorded session on its way through a clone.
package struct Session<Driver: ShadowDriver> {
  /// The engine it was recorded on.
  package let engine: String
  /// How transactions behave there.
  package let rules: TransactionRules
  /// Which statements are observed.
  package let plan: ObservationPlan
  /// The clone as it is now.
  package var state: CloneState<Driver>
  /// The recorded transaction.
  package var transaction = RecordedTransaction<CloneState<Driver>>()
  /// What was measured so far.
  package var run = SessionRun()
  /// Whether the clone is as it was made: nothing of it, its settings included, was touched.
  package var isPristine: Bool
  /// Whether the session touched it.
  package var isTouched = false
  /// Whether statements of a script that was held back as one are probed, each on what those before it left.
  package var isProbingScript = false
  /// The transaction that such a script has opened itself.
  package var held = RecordedTransaction<CloneState<Driver>>()
  /// The transaction of a text that is only probed, while it runs.
  package var probed: ProbedTransaction<Driver>?
  /// The statement whose time was up, so that nothing more can be asked of the clone.
  package var outOfTime: Int?

  /// Whether what runs now is inside a transaction that is not its own.
  package var isInTransaction: Bool { transaction.isOpen || isProbingScript }

  /// Takes back what statements had done.
  package mutating func undo(_ end: (undone: [Int], state: CloneState<Driver>?)) {
    for position in end.undone { run.effects[position].kept = false }
    if let earlier = end.state { state = earlier }
  }
}
