import AuditTrail
import Ledger
import Postgres
import Replay
import Synchronization

/// Opens replays on clones of one PostgreSQL shadow, which share what is known of it.
struct PostgresClones: CloneSource {
  let pool: PostgresClonePool
  let world: PostgresWorld
  let source: String
  let secondsPerStatement: Double

  /// Reads the baseline from a first clone.
  init(
    _ pool: PostgresClonePool, source: String, basis: Basis, production: ProductionRows, _ measuring: Measuring
  ) throws(AssayError) {
    let clone = try pool.take()
    do {
      let connection = try PostgresConnection(clone.measurer)
      world = try PostgresWorld(
        connection, probing: (clone, pool.settings), basis: basis, production: production, measuring)
    } catch {
      pool.discard(clone)
      throw AssayError(
        .internalFault, "The shadow's catalog could not be read; please report this.", at: Place(source),
        cause: error.withoutLiterals)
    }
    // Where it is the probe's, it is until the shadow is closed.
    if world.probe == nil { pool.discard(clone) }
    self.pool = pool
    self.source = source
    secondsPerStatement = measuring.secondsPerStatement
  }

  func open() -> any SessionReplay { PostgresSessionReplay(self) }
}

/// Measures recorded sessions on clones of a PostgreSQL shadow.
///
/// A session that bears it runs in an outer transaction that is rolled back, so that its clone serves the next one; any
/// other gets a clone of its own. With isolation `history` all but the first share one.
final class PostgresSessionReplay: HistoryReplay {
  private let clones: PostgresClones
  private var shared: SessionEngine<PostgresDriver>?
  private let worlds: PostgresLeakWorlds
  /// The sessions since the last one that began again, those without effect left out but for the last.
  private var past: [PastSession] = []
  /// Where they have left what they did; made when a second one comes.
  private var history: PostgresHistoryClone?
  /// Whether a command of the session measured last took no cancel.
  private var wasCut = false

  init(_ clones: PostgresClones) {
    self.clones = clones
    worlds = PostgresLeakWorlds(clones)
  }

  deinit {
    if let shared { clones.pool.discard(shared.driver.meter.clone) }
    forgetHistory()
    worlds.close()
  }

  private func forgetHistory() {
    if let history { clones.pool.discard(history.clone) }
    history = nil
    past.removeAll()
  }

  func measure(_ statements: [StatementEntry], engine: String) throws(AssayError) -> [MeasuredStatement] {
    forgetHistory()
    var isolation = clones.isolation(for: statements)
    var run: SessionRun
    do {
      run = try measure(statements, engine, isolation, .sensitive)
    } catch {
      // What was not seen in the text showed itself at run time, or the connection was lost. What takes no cancel is not
      // waited for again.
      isolation = .clone
      run = wasCut ? lostRun(statements) : try onOwnClone(statements, engine)
    }
    worlds.begin((statements, engine), isolation)
    try LeakSearch(worlds: worlds).add(to: &run)
    past.append((statements, engine))
    return run.measured
  }

  func measureNext(_ statements: [StatementEntry], engine: String) throws(AssayError) -> [MeasuredStatement] {
    let place = if let history { history } else { try clones.place(after: past) }
    history = place
    var run: SessionRun
    do {
      run = try place.run((statements, engine), observing: .sensitive) { [clones, past] in
        try clones.place(after: past)
      }
    } catch {
      guard case .server = error else { throw clones.fault(error) }
      wasCut = place.hasCut
      run = lostRun(statements)
    }
    let changes = run.isReadOnly.contains(false)
    worlds.begin((statements, engine), after: past, changes: changes)
    try LeakSearch(worlds: worlds).add(to: &run)
    if changes {
      past.append((statements, engine))
      place.sessions += 1
    }
    return run.measured
  }

  func tables(of statement: StatementEntry, facts: Facts) throws(AssayError) -> TouchedTables? {
    try worlds.references().tables(of: clones.world.commands(of: statement))
  }

  func endState(contentsOf tables: Set<String>) throws(AssayError) -> EndState? {
    var end = try clones.endState(after: past, contentsOf: tables)
    // What a second run does not repeat says nothing of the statements.
    end.forgetVolatile(comparedWith: try clones.endState(after: past, contentsOf: tables))
    return end
  }

  private func onOwnClone(_ statements: [StatementEntry], _ engine: String) throws(AssayError) -> SessionRun {
    do {
      return try measure(statements, engine, .clone, .sensitive)
    } catch {
      guard case .server = error else { throw clones.fault(error) }
      return lostRun(statements)
    }
  }

  /// What ends the server's process again, or fails where nothing of ours should, is the session's own doing: it has no
  /// verdict but `shadow_error`, or `timeout` where a command took no cancel; and others go on.
  private func lostRun(_ statements: [StatementEntry]) -> SessionRun {
    var run = SessionRun()
    for statement in statements {
      var effect = Effect(.notRun(wasCut ? .timeout : .shadowError))
      effect.kept = statement.outcome != .notRun
      (effect.basis, effect.mode) = (clones.world.basis, PostgresIsolation.clone.rawValue)
      run.effects.append(effect)
      run.isReadOnly.append(false)
    }
    return run
  }

  private func measure(
    _ statements: [StatementEntry], _ recorded: String, _ isolation: PostgresIsolation, _ plan: ObservationPlan
  ) throws(PostgresRunFault) -> SessionRun {
    wasCut = false
    let engine: SessionEngine<PostgresDriver>
    if isolation == .rolledBack, let shared {
      engine = shared
    } else {
      engine = clones.engine(try clones.meter(), isolation)
    }
    shared = nil
    let meter = engine.driver.meter
    do {
      let run = try clones.run((statements, recorded), on: engine, observing: plan) { try clones.meter() }
      if isolation == .rolledBack { shared = engine } else { clones.pool.discard(meter.clone) }
      wasCut = meter.watchdog.hasCut
      return run
    } catch {
      wasCut = meter.watchdog.hasCut
      clones.pool.discard(meter.clone)
      throw PostgresRunFault(error)
    }
  }
}

extension PostgresClones {
  /// A connection to a fresh clone.
  func meter() throws(PostgresRunFault) -> PostgresMeter {
    do {
      return try PostgresMeter(try pool.take(), world.catalog, seconds: secondsPerStatement)
    } catch let error as PostgresError {
      throw .server(PostgresRunError(error))
    } catch let error as AssayError {
      throw .unavailable(error)
    } catch {
      throw .server(PostgresRunError(PostgresError(sqlstate: "XX000", message: "")))
    }
  }

  /// An engine on a clone.
  func engine(_ meter: PostgresMeter, _ isolation: PostgresIsolation) -> SessionEngine<PostgresDriver> {
    SessionEngine(PostgresDriver(meter, world, isolation), reusesReads: isolation == .rolledBack)
  }

  /// How a session is kept apart, by its texts. In one transaction the clock stands still, and its number is one: what asks for
  /// them needs the session's own.
  func isolation(for statements: [StatementEntry]) -> PostgresIsolation {
    let hasDeferrable = world.catalog.hasDeferrable
    var hasWritten = false
    for statement in statements {
      for command in world.commands(of: statement) {
        let writes = !world.isReadOnly(command)
        if hasDeferrable, writes { return .clone }
        if command.needsOwnClone { return .clone }
        if writes || hasWritten, world.choosesByChance(command) || command.definesWhatChanceDecides { return .clone }
        hasWritten = hasWritten || writes
      }
    }
    return .rolledBack
  }

  /// An error of the server where none should be: a fault of the replay or of the machine.
  func fault(_ fault: PostgresRunFault) -> AssayError {
    switch fault {
    case .unavailable(let error): error
    case .server(let error):
      AssayError(
        .internalFault, "The shadow's clone failed outside of a recorded statement; please report this.",
        at: Place(source), cause: "SQLSTATE \(error.sqlstate)")
    case .needsOwnClone:
      AssayError(
        .internalFault, "A session's transaction was lost on its clone; please report this.", at: Place(source))
    }
  }
}
