import AuditTrail
import Ledger
import Postgres
import Replay

/// A recorded session with its engine.
typealias PastSession = (statements: [StatementEntry], engine: String)

/// A clone on which sessions run one after another: each meets what the last one left in the database, and nothing of its
/// connection.
final class PostgresHistoryClone {
  private let clones: PostgresClones
  private var engine: SessionEngine<PostgresDriver>
  private var hasRun = false
  /// How many past sessions it has lived through.
  var sessions = 0

  /// The clone that a meter is connected to; nothing has run on it.
  init(_ clones: PostgresClones, _ meter: PostgresMeter) {
    self.clones = clones
    engine = clones.engine(meter, .clone)
  }

  var clone: PostgresClone { engine.driver.meter.clone }
  /// Whether a command took no cancel, so that its connection was cut.
  var hasCut: Bool { engine.driver.meter.watchdog.hasCut }

  /// Runs the next session, whole, and what it leaves out on others that have lived through the same.
  func run(
    _ session: PastSession, observing plan: ObservationPlan, other: () throws -> PostgresHistoryClone? = { nil }
  ) throws(PostgresRunFault) -> SessionRun {
    defer { hasRun = true }
    do {
      return try engine.run(session, observing: plan, continuing: hasRun) { part in
        guard let place = try other() else { return nil }
        defer { clones.pool.discard(place.clone) }
        return try place.engine.run(session, probing: part, observing: plan, continuing: place.hasRun)
      }
    } catch {
      try recover()
      throw PostgresRunFault(error)
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

  /// Goes on after the server has ended a connection: with what the clone holds.
  private func recover() throws(PostgresRunFault) {
    do {
      let clone = engine.driver.meter.clone
      let catalog = try PostgresCatalog(of: try PostgresConnection(clone.measurer))
      let meter = try PostgresMeter(clone, clones.world.catalog, seconds: clones.secondsPerStatement)
      for (sequence, known) in catalog.sequences { meter.note(known.last, of: sequence) }
      let before = engine.session.state.schema
      engine = clones.engine(meter, .clone)
      var state = PostgresState(catalog)
      (state.schema.tainted, state.schema.code) = (before.tainted, before.code)
      state.schema.unchanged = try meter.unchangedRows()
      (engine.session.state, engine.session.isPristine) = (state, false)
    } catch {
      throw .server(PostgresRunError(error))
    }
  }
}

extension PostgresClones {
  /// A clone that has lived through sessions.
  func place(after past: [PastSession]) throws(AssayError) -> PostgresHistoryClone {
    let place: PostgresHistoryClone
    do { place = PostgresHistoryClone(self, try meter()) } catch { throw fault(error) }
    do {
      try place.live(through: past)
    } catch {
      pool.discard(place.clone)
      throw error
    }
    return place
  }
}
