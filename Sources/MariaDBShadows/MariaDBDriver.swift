import AuditTrail
import Ledger
import MariaDB
import Replay
import SQLAnalysis

/// Runs commands on a copy of a MariaDB shadow.
///
/// What takes effect runs on the session's own copy. What must be undone runs on another one, on which everything that took
/// effect so far is run again first: no rollback undoes a definition, a table of MyISAM, a counter or a setting.
final class MariaDBDriver: ShadowDriver {
  typealias Schema = MariaDBSchema
  typealias Script = MySQLScript
  typealias Command = MySQLCommand
  typealias Mark = Void

  let world: MariaDBWorld
  let watchdog: MariaDBWatchdog
  /// The session's own copy.
  private(set) var own: MariaDBMeter
  /// The copy on which something runs that is undone by throwing it away.
  var spare: MariaDBMeter?
  /// Whether the spare copy belongs to a script that was held back as one.
  var isHolding = false
  /// What took effect so far, to be run again.
  var journal: [JournalEntry] = []
  /// What ran on the spare copy.
  var spareJournal: [JournalEntry] = []
  /// Whether what is known of the rows does not hold any more, so that they are counted again.
  var isUnsure = false
  /// Whether the open transaction has changed what no rollback undoes.
  var isMixed = false
  /// Whether the session's transactions cannot be followed any more.
  var isLost = false
  /// Whether a value of a sensitive column may stand where no name says so.
  var isTainted = false
  /// How the session's settings make the server read quotes.
  var quoting = QuotingMode()
  /// How many of a text's values its commands have used so far.
  var usedParameters = 0
  private var engine = ""

  /// A command that ran, with what it was given.
  struct JournalEntry {
    let sql: String
    let values: [MariaDBValue]?
    let clock: String
    /// Whether it failed.
    var fails = false
  }

  /// A driver on a copy of its own.
  init(_ world: MariaDBWorld) throws {
    self.world = world
    watchdog = MariaDBWatchdog(seconds: world.measuring.secondsPerStatement)
    own = try world.freshMeter()
  }

  /// Ends its copies.
  func shutDown() {
    discardSpare()
    world.pool.retire(own.clone)
  }

  /// The copy on which commands run now.
  var meter: MariaDBMeter { spare ?? own }

  var basis: Basis { world.basis }
  var mode: String { "clone" }
  var baseline: CloneState<MariaDBDriver> { world.firstState() }
  var knowsProduction: Bool { !world.production.isEmpty }

  /// MySQL's: a failure undoes its command alone, and each command of a text stands for itself.
  func rules(for engine: String) -> TransactionRules {
    var rules = TransactionRules(failureAborts: false, textIsWhole: false)
    rules.noSavepoint = .failed(code: "42000", missingObject: nil)
    return rules
  }

  // MARK: Sessions

  func prepare(_ start: SessionStart) throws {
    discardSpare()
    (journal, isUnsure, isLost, isTainted, isMixed) = ([], false, false, false, false)
    let last = own.clone
    // A copy that nothing has touched serves the next session, over connections of its own.
    if case .anew(isPristine: true) = start, last.isRunning, !watchdog.hasFired {
      own = try MariaDBMeter(last, world)
    } else {
      world.pool.retire(last)
      own = try world.freshMeter()
    }
  }

  func beginSession(_ session: inout Session<MariaDBDriver>) throws {
    engine = session.engine
    try own.beginSession(as: engine)
    quoting = try own.quoting()
    watchdog.guardThread(own.session.thread, of: own.clone)
  }

  func endSession(_ session: inout Session<MariaDBDriver>) { discardSpare() }

  func forgetTemporary(_ state: inout CloneState<MariaDBDriver>) {}

  func startClock() { watchdog.beginTime() }

  func stopClock() -> Bool { watchdog.endTime() }

  // MARK: Copies

  /// Makes a spare copy that stands where the session's own does.
  func makeSpare(_ state: CloneState<MariaDBDriver>) throws {
    let copy = try world.freshMeter()
    spare = copy
    watchdog.guardThread(copy.session.thread, of: copy.clone)
    try copy.beginSession(as: engine)
    for entry in journal { try runAgain(entry, on: copy) }
    if journal.contains(where: { MySQLCommand($0.sql, quoting).mayChangeObjects }) {
      try copy.openTables(state.schema.catalog)
    }
  }

  /// Ends the spare copy.
  func discardSpare() {
    guard let copy = spare else { return }
    (spare, spareJournal, isHolding) = (nil, [], false)
    world.pool.retire(copy.clone)
    watchdog.guardThread(own.session.thread, of: own.clone)
  }

  /// Runs a command as it ran before.
  @discardableResult
  func run(_ entry: JournalEntry, on meter: MariaDBMeter) throws(MariaDBError) -> [MariaDBResult] {
    if !entry.clock.isEmpty { try meter.session.execute(entry.clock) }
    if let values = entry.values, !values.isEmpty { return try meter.session.execute(entry.sql, values) }
    return try meter.session.execute(entry.sql)
  }

  /// Runs a command that must end as it did before.
  private func runAgain(_ entry: JournalEntry, on meter: MariaDBMeter) throws(MariaDBError) {
    do {
      try run(entry, on: meter)
    } catch {
      if entry.fails, !error.isConnectionLost { return }
      throw error
    }
    if entry.fails { throw MariaDBError(code: 0, message: "it failed before") }
  }

  // MARK: Tables

  func table(named name: TableReference, in state: CloneState<MariaDBDriver>) -> TableIdentity? {
    let catalog = state.schema.catalog
    let key = MariaDBCatalog.tableKey(name.schema ?? catalog.main, name.name)
    if catalog.tables[key] != nil { return state.schema.identity(key) }
    // Facts have names in lower case; here letters' case makes another table.
    let found = catalog.tables.filter {
      $0.value.name.lowercased() == name.name.lowercased()
        && (name.schema ?? catalog.main).lowercased() == $0.value.schema.lowercased()
    }
    return found.count == 1 ? found.first.map { state.schema.identity($0.key) } : nil
  }

  func name(of table: TableIdentity, in state: CloneState<MariaDBDriver>) -> String {
    state.schema.catalog.shownName(of: table.name)
  }

  func isEmptyHere(_ table: TableIdentity) -> Bool { table.number == 0 && world.holdsNoRows(table.name) }

  func productionRows(of table: TableIdentity) -> Int64? {
    table.number == 0 ? world.productionCount(of: table.name) : nil
  }

  func unboundedWrites(of text: TextRun) -> UnboundedWrites { UnboundedWrites(world.textFacts(of: text.statement)) }
}
