import AuditTrail
import Ledger
import SQLAnalysis
import SQLite

/// Opens replays on clones of one image, which share what was learnt of the sensitive columns.
struct SQLiteClones: CloneSource {
  let shadow: SQLiteShadow
  let columns: SQLiteSensitiveColumns
  let measuring: Measuring

  func open() throws(AssayError) -> any SessionReplay {
    try SQLiteSessionReplay(on: shadow, columns: columns, measuring)
  }
}

/// Measures recorded sessions on a shadow, each on a clone of its own.
///
/// Allowed statements take effect on the clone as recorded; what was blocked, not run or failed is probed and undone;
/// recorded transactions are followed. Its connection serves many sessions.
final class SQLiteSessionReplay: HistoryReplay {
  private var clone: CloneSession
  private var disclosure: Disclosure

  init(on shadow: SQLiteShadow, columns: SQLiteSensitiveColumns, _ measuring: Measuring) throws(AssayError) {
    let facts = FactsCache(measuring.analyze)
    let opened: CloneSession
    do {
      opened = try CloneSession(
        of: shadow, columns: columns, seed: measuring.seed, conclusiveDeletes: measuring.conclusiveDeletes,
        facts: facts, reusesReads: measuring.reusesReads)
    } catch {
      throw shadow.fault(error)
    }
    clone = opened
    disclosure = Disclosure(
      shadow: shadow, columns: columns, seed: measuring.seed, conclusiveDeletes: measuring.conclusiveDeletes,
      facts: facts)
  }

  func measure(_ statements: [StatementEntry], engine: String) throws(AssayError) -> [MeasuredStatement] {
    disclosure.past.removeAll()
    return try measure(statements, engine: engine, continuing: false)
  }

  func measureNext(_ statements: [StatementEntry], engine: String) throws(AssayError) -> [MeasuredStatement] {
    try measure(statements, engine: engine, continuing: true)
  }

  private func measure(
    _ statements: [StatementEntry], engine: String, continuing: Bool
  ) throws(AssayError) -> [MeasuredStatement] {
    do {
      var run = try clone.run(statements, engine: engine, observing: .sensitive, continuing: continuing)
      try disclosure.add(to: &run, of: statements, engine: engine)
      if clone.wasTouched, !disclosure.columns.list.isEmpty { disclosure.past.append((statements, engine)) }
      return run.effects.enumerated().map { position, effect in
        MeasuredStatement(
          effect: effect, isReadOnly: run.isReadOnly[position],
          sensitiveOutputs: run.sensitiveOutputs[position] ?? [])
      }
    } catch {
      throw disclosure.shadow.fault(error)
    }
  }

  func tables(of statement: StatementEntry, facts: Facts) throws(AssayError) -> TouchedTables? {
    do { return try clone.tables(of: statement, facts) } catch { throw disclosure.shadow.fault(error) }
  }

  func endState() throws(AssayError) -> EndState? {
    do { return try clone.endState() } catch { throw disclosure.shadow.fault(error) }
  }
}

extension CloneSession {
  /// What the clone holds now: every table counted.
  fileprivate func endState() throws(SQLiteError) -> EndState {
    try clone.withoutRecording { (database) throws(SQLiteError) in
      var state = EndState(rows: [:], objects: [])
      for object in try SchemaObjects(of: database).sorted where !object.isTemporary {
        state.objects.insert("\(object.type) \(object.name)")
        guard object.type == "table" else { continue }
        var count = try database.prepare("SELECT count(*) FROM \(quoted(object.name))")
        state.rows[object.name] = try count.step() ? count.int64(0) : 0
      }
      return state
    }
  }
}

extension SQLiteShadow {
  /// An error of SQLite where none should be: a fault of the replay or of the machine, never of a recorded statement.
  func fault(_ error: SQLiteError) -> AssayError {
    AssayError(
      .internalFault, "The shadow's clone failed outside of a recorded statement; please report this.",
      at: Place(source), cause: error.description)
  }
}
