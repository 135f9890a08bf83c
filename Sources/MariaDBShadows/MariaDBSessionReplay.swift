import AuditTrail
import Ledger
import MariaDB
import Replay

/// Opens replays on copies of one MariaDB shadow.
struct MariaDBClones: CloneSource {
  let world: MariaDBWorld

  func open() throws(AssayError) -> any SessionReplay { try MariaDBSessionReplay(world) }
}

/// Measures recorded sessions on copies of a MariaDB shadow, each on one of its own.
final class MariaDBSessionReplay: SessionReplay {
  private let world: MariaDBWorld
  private var engine: SessionEngine<MariaDBDriver>?

  init(_ world: MariaDBWorld) throws(AssayError) {
    self.world = world
    engine = try Self.fresh(world)
  }

  deinit { engine?.driver.shutDown() }

  private static func fresh(_ world: MariaDBWorld) throws(AssayError) -> SessionEngine<MariaDBDriver> {
    do {
      // What a read gives depends on the session's settings.
      return SessionEngine(try MariaDBDriver(world), reusesReads: false)
    } catch {
      throw error as? AssayError
        ?? AssayError(
          .internalFault, "The shadow's clone could not be opened; please report this.", at: Place(world.source),
          cause: (error as? MariaDBError)?.description)
    }
  }

  func measure(_ statements: [StatementEntry], engine recorded: String) throws(AssayError) -> [MeasuredStatement] {
    if self.engine == nil { self.engine = try Self.fresh(world) }
    guard let engine = self.engine else { return lost(statements) }
    do {
      return try engine.run(statements, engine: recorded, observing: .at([])).measured
    } catch {
      // The session may have ended its own server: it has no verdict, and others go on with another one.
      self.engine = nil
      engine.driver.shutDown()
      if let fault = error as? AssayError { throw fault }
      return lost(statements)
    }
  }

  private func lost(_ statements: [StatementEntry]) -> [MeasuredStatement] {
    statements.map { statement in
      var effect = Effect(.notRun(.shadowError))
      effect.kept = statement.outcome != .notRun
      (effect.basis, effect.mode) = (world.basis, "clone")
      return MeasuredStatement(effect: effect)
    }
  }

  func endState(contentsOf tables: Set<String>) throws(AssayError) -> EndState? { nil }
}
