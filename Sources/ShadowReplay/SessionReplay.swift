public import AuditTrail
public import Ledger
import SQLAnalysis
import SQLite

/// What was measured of a statement.
public struct MeasuredStatement: Sendable {
  /// What the shadow measured.
  public var effect: Effect
  /// Whether the statement can change nothing, as the shadow's own parser says.
  public var isReadOnly: Bool
  /// Sensitive columns that its output expressions read, as `table.column`, where the shadow's tables are empty.
  public var sensitiveOutputs: [String]
}

/// Measures recorded sessions on a shadow, each on a clone of its own.
///
/// Allowed statements take effect on the clone as recorded; what was blocked, not run or failed is probed and undone;
/// recorded transactions are followed. Use it from one thread; its connection serves many sessions.
public struct SessionReplay: ~Copyable {
  private var clone: CloneSession
  private let disclosure: Disclosure

  /// A replay of sessions on a shadow.
  ///
  /// - Parameters:
  ///   - sensitive: the columns whose values must not reach a client.
  ///   - seed: where `random()` starts, with the statement's id.
  ///   - conclusiveDeletes: destroyed rows from which a statement that ran out of steps counts as measured all the same.
  ///   - analyze: facts of a text; asked only where something hangs on them.
  public init(
    on shadow: Shadow, sensitive: SensitiveColumns, seed: UInt64 = 0, conclusiveDeletes: Int64 = 10_000,
    analyze: @escaping @Sendable (String) -> Facts
  ) throws(AssayError) {
    let facts = FactsCache(analyze)
    do {
      clone = try CloneSession(
        of: shadow, columns: sensitive, seed: seed, conclusiveDeletes: conclusiveDeletes, facts: facts)
    } catch {
      throw shadow.fault(error)
    }
    disclosure = Disclosure(
      shadow: shadow, columns: sensitive, seed: seed, conclusiveDeletes: conclusiveDeletes, facts: facts)
  }

  /// Measures a session's statements, which must be in their order; `engine` is the recorded connection's.
  public mutating func measure(
    _ statements: [StatementEntry], engine: String
  ) throws(AssayError) -> [MeasuredStatement] {
    do {
      var run = try clone.run(statements, engine: engine, observing: .sensitive)
      try disclosure.add(to: &run, of: statements, engine: engine)
      return run.effects.enumerated().map { position, effect in
        MeasuredStatement(
          effect: effect, isReadOnly: run.isReadOnly[position],
          sensitiveOutputs: run.sensitiveOutputs[position] ?? [])
      }
    } catch {
      throw disclosure.shadow.fault(error)
    }
  }
}

extension Shadow {
  /// An error of SQLite where none should be: a fault of the replay or of the machine, never of a recorded statement.
  func fault(_ error: SQLiteError) -> AssayError {
    AssayError(
      .internalFault, "The shadow's clone failed outside of a recorded statement; please report this.",
      at: Place(source), cause: error.description)
  }
}
