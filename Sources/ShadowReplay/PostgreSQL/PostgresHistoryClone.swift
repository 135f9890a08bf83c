import AuditTrail
import Ledger
import Postgres

/// A recorded session with its engine.
typealias PastSession = (statements: [StatementEntry], engine: String)

/// A clone on which sessions run one after another: each meets what the last one left in the database, and nothing of its
/// connection.
final class PostgresHistoryClone {
  private let clones: PostgresClones
  private var meter: PostgresMeter
  private var state: PostgresState
  /// How many past sessions it has lived through.
  var sessions = 0

  /// The clone that a meter is connected to; nothing has run on it.
  init(_ clones: PostgresClones, _ meter: PostgresMeter) {
    self.clones = clones
    self.meter = meter
    state = clones.world.start()
  }

  var clone: PostgresClone { meter.clone }
  /// Whether a command took no cancel, so that its connection was cut.
  var hasCut: Bool { meter.watchdog.hasCut }

  /// Runs the next session, whole.
  func run(_ session: PastSession, observing plan: ObservationPlan) throws(PostgresRunFault) -> SessionRun {
    let run = PostgresSessionRun(meter, clones.world, .clone, observing: plan)
    run.state = state
    do {
      let measured = try run.measure(session.statements, engine: session.engine)
      state = run.state
      try end()
      return measured
    } catch {
      try recover()
      throw error
    }
  }

  /// Lives through sessions that changed something before; one that failed fails again.
  func live(through past: [PastSession]) throws(AssayError) {
    while sessions < past.count {
      do {
        _ = try run(past[sessions], observing: .at([]))
      } catch {
        guard case .server(let lost) = error, lost.isConnectionLost else { throw clones.fault(error) }
      }
      sessions += 1
    }
  }

  /// Ends the session's connection as its client would: what is open is undone, what is its own is gone.
  private func end() throws(PostgresRunFault) {
    do {
      if meter.connection.transactionStatus != .idle { try meter.script("ROLLBACK") }
      try meter.script("DISCARD ALL")
    } catch {
      throw .server(PostgresRunError(error))
    }
    meter.forgetPrepared()
    meter.forgetCounters()
    _ = meter.takeEvents()
    state.endSession()
  }

  /// Goes on after the server has ended a connection: with what the clone holds.
  private func recover() throws(PostgresRunFault) {
    do {
      let catalog = try PostgresCatalog(of: try PostgresConnection(meter.clone.measurer))
      meter = try PostgresMeter(meter.clone, clones.world.catalog, seconds: clones.secondsPerStatement)
      for (sequence, known) in catalog.sequences { meter.note(known.last, of: sequence) }
      let (tainted, hasNewCode) = (state.tainted, state.hasNewCode)
      state = PostgresState(catalog)
      (state.tainted, state.hasNewCode) = (tainted, hasNewCode)
      state.endSession()
    } catch {
      throw .server(PostgresRunError(error))
    }
  }
}

extension PostgresState {
  /// Keeps what is the database's and drops what was the session's own.
  mutating func endSession() {
    for (oid, relation) in relations where relation.isTemporary {
      relations[oid] = nil
      files[oid] = nil
      rows[oid] = nil
    }
    made.removeAll()
    madeObjects.removeAll()
    unchanged.removeAll()
  }
}
