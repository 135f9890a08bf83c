import AuditTrail
import Ledger
import Postgres
import Replay

/// Probes that no rollback undoes: a cursor stays where a fetch left it, and what is closed or deallocated is gone.
///
/// What was blocked did not happen, so the session goes on without such a probe. It is measured in a run of its own, which
/// ends there.
///
/// Source: PostgreSQL 15, ROLLBACK TO SAVEPOINT, "Notes" on cursors; PREPARE.
extension PostgresDriver {
  private static let takingVerbs: Set<String> = ["fetch", "move", "close", "deallocate", "discard"]
  /// Cursors that the session has declared, and what it has prepared.
  private static let kept = """
    SELECT 1 FROM pg_catalog.pg_cursor() WHERE name OPERATOR(pg_catalog.<>) ''
    UNION ALL SELECT 1 FROM pg_catalog.pg_prepared_statement() WHERE name OPERATOR(pg_catalog.!~) '^assay_'
    """

  /// Whether a command may move or close a cursor of the session, or let go of what it has prepared: by itself or by code.
  func takesFromConnection(_ command: PostgresCommand, _ state: PostgresState) throws(PostgresError) -> Bool {
    if Self.takingVerbs.contains(command.verb) { return true }
    guard runsCode(command, state) else { return false }
    return try meter.connection.execute(Self.kept).rowCount > 0
  }
}

extension SessionEngine<PostgresDriver> {
  /// Runs a session up to the end of a part whose probes take from the connection what no rollback gives back.
  func run(
    _ session: PastSession, probing part: Range<Int>, observing plan: ObservationPlan, continuing: Bool = false
  ) throws -> SessionRun {
    driver.probed = part
    defer { driver.probed = 0..<0 }
    return try run(
      Array(session.statements[..<part.upperBound]), engine: session.engine, observing: plan, continuing: continuing)
  }

  /// Runs a session, and takes the parts that it has left out from runs of their own, as `apart` gives them.
  func run(
    _ session: PastSession, observing plan: ObservationPlan, continuing: Bool = false,
    apart: (Range<Int>) throws -> SessionRun?
  ) throws -> SessionRun {
    var run = try run(session.statements, engine: session.engine, observing: plan, continuing: continuing)
    for part in partsLeftOut(of: session.statements) where part.contains(where: plan.includes) {
      if let other = try apart(part) { run.take(part, from: other) }
    }
    return run
  }

  /// The statements that the last run has left out, each alone; of a script that was held back as one all.
  private func partsLeftOut(of statements: [StatementEntry]) -> [Range<Int>] {
    var parts: [Range<Int>] = []
    var position = 0
    for left in driver.leftOut where left >= position {
      var end = statements.endOfHeldScript(from: position)
      while end <= left { (position, end) = (end, statements.endOfHeldScript(from: end)) }
      parts.append(position..<end)
      position = end
    }
    return parts
  }
}

extension PostgresClones {
  /// Runs a session on an engine, and what it leaves out on the same one, where that is as it was; else on one of `fresh`.
  func run(
    _ session: PastSession, on engine: SessionEngine<PostgresDriver>, observing plan: ObservationPlan,
    fresh: () throws -> PostgresMeter?
  ) throws -> SessionRun {
    try engine.run(session, observing: plan) { part in
      let isolation = engine.driver.isolation
      if isolation == .rolledBack { return try engine.run(session, probing: part, observing: plan) }
      guard let meter = try fresh() else { return nil }
      defer { pool.discard(meter.clone) }
      return try self.engine(meter, isolation).run(session, probing: part, observing: plan)
    }
  }
}

extension SessionRun {
  /// Takes what another run has measured of some statements.
  fileprivate mutating func take(_ part: Range<Int>, from other: SessionRun) {
    for position in part where other.effects.indices.contains(position) {
      (effects[position], isReadOnly[position]) = (other.effects[position], other.isReadOnly[position])
      (observed[position], sensitiveReads[position]) = (other.observed[position], other.sensitiveReads[position])
      if other.isIndirect.contains(position) { isIndirect.insert(position) } else { isIndirect.remove(position) }
    }
  }
}
