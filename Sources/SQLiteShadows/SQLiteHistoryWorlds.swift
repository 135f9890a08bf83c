import Ledger
import Replay

/// The other worlds of a clone on which sessions run one after another: each lives through the sessions once, and is asked
/// about the next one as often as need be.
final class SQLiteHistoryWorlds {
  /// A world of one column.
  struct Place: Hashable {
    let column: Int
    let world: LeakWorld
  }

  /// A clone of a world, and how many of the past sessions it has lived through.
  private struct Clone {
    let engine: SessionEngine<SQLiteDriver>
    var sessions = 0
    /// When it was asked last, by the number of the question.
    var asked = 0
  }

  /// How many clones are kept at once; others live through the past again when they are asked.
  private static let mostClones = 16

  /// The sessions that changed something, in their order, each with those of its statements whose time was up.
  private(set) var past: [(statements: [StatementEntry], engine: String, unanswered: Set<Int>)] = []
  private var clones: [Place: Clone] = [:]
  private var questions = 0

  /// Notes that a session has changed something.
  func append(_ statements: [StatementEntry], engine: String, unanswered: Set<Int>) {
    past.append((statements, engine, unanswered))
  }

  /// Begins again with a clone on which nothing has run.
  func removeAll() {
    past.removeAll()
    clones.removeAll()
  }

  /// The world's engine after all past sessions; `nil` where `make` gives none.
  func caughtUp(
    at place: Place, or make: () throws -> SessionEngine<SQLiteDriver>?
  ) throws -> SessionEngine<SQLiteDriver>? {
    var clone: Clone
    if let known = clones.removeValue(forKey: place) {
      clone = known
    } else if let engine = try make() {
      clone = Clone(engine: engine)
    } else {
      return nil
    }
    while clone.sessions < past.count {
      let session = past[clone.sessions]
      _ = try clone.engine.run(
        session.statements, engine: session.engine, observing: .at([]), continuing: clone.sessions > 0,
        without: session.unanswered)
      clone.sessions += 1
    }
    questions += 1
    clone.asked = questions
    if clones.count >= Self.mostClones, let oldest = clones.min(by: { $0.value.asked < $1.value.asked }) {
      clones.removeValue(forKey: oldest.key)
    }
    clones[place] = clone
    return clone.engine
  }
}
