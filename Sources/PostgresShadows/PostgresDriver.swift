import AuditTrail
import Ledger
import Postgres
import Replay
import SQLAnalysis

/// Runs commands on a clone of a PostgreSQL shadow.
final class PostgresDriver: ShadowDriver {
  typealias Schema = PostgresSchema
  typealias Script = PostgresScript
  typealias Command = PostgresCommand
  typealias Mark = [UInt32: Int64]

  let meter: PostgresMeter
  let world: PostgresWorld
  let isolation: PostgresIsolation
  var scope = Scope.none
  /// Whether the scope holds a savepoint where the command began that runs now.
  var hasCommandMark = false
  /// Whether the open recorded transaction may not write, so that rolling it back ends that too.
  var isReadOnlyTransaction = false
  /// Whether the rows that a client sees of the text are looked at.
  var watchesRows = false
  /// Sensitive columns that the text's notices and errors may tell of, whatever it reads.
  var toldColumns: Set<Int> = []
  /// The statements whose probes run though no rollback gives the connection back what they take from it.
  var probed: Range<Int> = 0..<0
  /// The statements that were left out since their probes are such, in their order.
  var leftOut: [Int] = []
  /// Names that a held script has prepared.
  var heldPrepared: [String] = []
  /// What the session has prepared, by its name: no rollback undoes it.
  var prepared: [String: PreparedStatement] = [:]
  /// Names of transactions that the session has prepared and not ended.
  var preparedTransactions: Set<String> = []
  /// Whether the open recorded transaction holds a cursor whose query runs code when it ends, which is not measured.
  var holdsCode = false
  /// Which statements may be measured together.
  var together = StatementsTogether()

  /// What a text opened to be undone, or to end as one.
  enum Scope { case none, savepoint, transaction }

  init(_ meter: PostgresMeter, _ world: PostgresWorld, _ isolation: PostgresIsolation) {
    self.meter = meter
    self.world = world
    self.isolation = isolation
  }

  var catalog: PostgresCatalog { world.catalog }
  var basis: Basis { world.basis }
  var mode: String { isolation.rawValue }
  var baseline: PostgresState { world.start() }
  var knowsProduction: Bool { !world.production.isEmpty }

  func rules(for engine: String) -> TransactionRules {
    TransactionRules(failureAborts: engine.hasPrefix("postgres"), textIsWhole: true)
  }

  // MARK: Sessions

  /// Ends the last session's connection as its client would: what is open is undone, what is its own is gone.
  func prepare(_ start: SessionStart) throws {
    guard case .next = start else { return }
    if isInTransaction { try meter.script("ROLLBACK") }
    try forgetConnection()
    try meter.script("SELECT pg_catalog.assay_begin()")
  }

  private func forgetConnection() throws(PostgresError) {
    try meter.script("DISCARD ALL")
    meter.forgetPrepared()
    meter.forgetCounters()
    _ = meter.takeNotices()
  }

  func beginSession(_ session: inout Session<PostgresDriver>) throws {
    together.beginSession()
    leftOut.removeAll()
    prepared.removeAll()
    preparedTransactions.removeAll()
    holdsCode = false
    _ = meter.takeNotices()
    try meter.prepareCounters()
    session.state.schema.lastBefore = try meter.lastRelation(isKept: isolation == .rolledBack)
    guard isolation == .rolledBack else { return }
    try meter.script("BEGIN")
    try meter.rebase(session.state)
  }

  /// Leaves the clone as it was, where it serves another session.
  func endSession(_ session: inout Session<PostgresDriver>) throws {
    guard isolation == .rolledBack else { return }
    try meter.script("ROLLBACK")
    try forgetConnection()
    let moved = try meter.readCounters(PostgresState(catalog)).sequences
    for (sequence, last) in moved { meter.note(last, of: sequence) }
    try meter.restoreSequences(to: catalog.sequences.mapValues(\.last))
    meter.forgetCounters()
    _ = meter.takeNotices()
  }

  func forgetTemporary(_ state: inout PostgresState) {
    for (oid, relation) in state.schema.relations where relation.isTemporary { state.forget(oid) }
  }

  // MARK: Tables

  func table(named name: TableReference, in state: PostgresState) -> TableIdentity? {
    state.relation(name.name, schema: name.schema).map { TableIdentity($0.root) }
  }

  func heirs(of table: TableIdentity, in state: PostgresState) -> Set<TableIdentity> {
    var found = catalog.heirs[table.number] ?? []
    for kin in state.schema.kin where kin.contains(table.number) { found.formUnion(kin) }
    if let view = state.schema.relations[table.number], view.kind == "v" {
      found.formUnion(state.schema.behindViews[view.oid] ?? world.tables(behind: view))
    }
    return Set(found.map(TableIdentity.init))
  }

  func name(of table: TableIdentity, in state: PostgresState) -> String {
    guard let relation = state.schema.relations[table.number] ?? catalog.relations[table.number] else { return "" }
    return name(of: relation, in: state)
  }

  /// What effects call a relation: its name, with its schema where it hides another, or another has it too.
  func name(of relation: PostgresRelation, in state: PostgresState) -> String {
    guard relation.schema != "public" || relation.isTemporary else { return relation.name }
    let others = state.schema.relations.values.lazy.filter { $0.oid != relation.oid && $0.root == $0.oid }
    guard catalog.hasOther(relation) || others.contains(where: { $0.name == relation.name }) else {
      return relation.name
    }
    return relation.isTemporary ? "pg_temp.\(relation.name)" : "\(relation.schema).\(relation.name)"
  }

  func isEmptyHere(_ table: TableIdentity) -> Bool { catalog.relations[table.number].map(world.isEmptyHere) ?? false }

  func productionRows(of table: TableIdentity) -> Int64? {
    catalog.relations[table.number].flatMap { world.production[catalog.displayName($0)] }
  }

  func unboundedWrites(of text: TextRun) -> UnboundedWrites {
    world.commands(of: text.statement).reduce(into: UnboundedWrites()) {
      $0.formUnion($1.unbounded)
      if let executed = executed(by: $1) { $0.formUnion(executed.unbounded) }
    }
  }
}
