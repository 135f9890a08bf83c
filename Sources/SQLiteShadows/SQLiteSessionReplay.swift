import AuditTrail
import Ledger
import Replay
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
  private let engine: SessionEngine<SQLiteDriver>
  private var worlds: SQLiteLeakWorlds

  init(on shadow: SQLiteShadow, columns: SQLiteSensitiveColumns, _ measuring: Measuring) throws(AssayError) {
    let facts = FactsCache(measuring.analyze)
    do {
      engine = SessionEngine(
        try SQLiteDriver(of: shadow, columns: columns, measuring, facts: facts), reusesReads: measuring.reusesReads)
    } catch {
      throw shadow.cloneFault(error)
    }
    worlds = SQLiteLeakWorlds(shadow: shadow, columns: columns, measuring: measuring, facts: facts)
  }

  func measure(_ statements: [StatementEntry], engine: String) throws(AssayError) -> [MeasuredStatement] {
    worlds.history.removeAll()
    return try measure(statements, engine, continuing: false)
  }

  func measureNext(_ statements: [StatementEntry], engine: String) throws(AssayError) -> [MeasuredStatement] {
    try measure(statements, engine, continuing: true)
  }

  private func measure(
    _ statements: [StatementEntry], _ recorded: String, continuing: Bool
  ) throws(AssayError) -> [MeasuredStatement] {
    var run: SessionRun
    do {
      run = try engine.run(statements, engine: recorded, observing: .sensitive, continuing: continuing)
    } catch {
      throw worlds.shadow.cloneFault(error)
    }
    (worlds.statements, worlds.engine, worlds.unanswered) = (statements, recorded, run.unanswered)
    try LeakSearch(worlds: worlds).add(to: &run)
    if engine.session.isTouched, !worlds.columns.list.isEmpty {
      worlds.history.append(statements, engine: recorded, unanswered: run.unanswered)
    }
    return run.measured
  }

  func tables(of statement: StatementEntry, facts: Facts) throws(AssayError) -> TouchedTables? {
    do {
      try engine.renew()
      return try engine.driver.tables(of: statement, facts)
    } catch {
      throw worlds.shadow.cloneFault(error)
    }
  }

  func endState(contentsOf tables: Set<String>) throws(AssayError) -> EndState? {
    do { return try engine.driver.endState(contentsOf: tables) } catch { throw worlds.shadow.cloneFault(error) }
  }
}

extension SQLiteDriver {
  /// What the clone holds now: every table counted.
  fileprivate func endState(contentsOf tables: Set<String>) throws(SQLiteError) -> EndState {
    try clone.withoutRecording { (database) throws(SQLiteError) in
      var state = EndState(rows: [:], objects: [])
      for object in try SchemaObjects(of: database).sorted where !object.isTemporary {
        state.objects.insert("\(object.type) \(object.name)")
        guard object.type == "table" else { continue }
        // A module may be unable to read its rows.
        if object.isVirtual { continue }
        var count = try database.prepare("SELECT count(*) FROM \(quoted(object.name))")
        state.rows[object.name] = try count.step() ? count.int64(0) : 0
        if tables.contains(object.name) { state.contents[object.name] = try columnSums(of: object.name, in: database) }
      }
      return state
    }
  }

  /// A number for each column over all rows, whatever their order: which value stands at which key.
  private func columnSums(
    of table: String, in database: borrowing SQLiteDatabase
  ) throws(SQLiteError) -> [String: UInt64?] {
    var columns: [(name: String, isKey: Bool)] = []
    var info = try database.prepare("SELECT name, pk > 0 FROM pragma_table_info(?)")
    try info.bind(1, table)
    while try info.step() { columns.append((info.text(0), info.int64(1) == 1)) }
    var sums = [UInt64](repeating: 0, count: columns.count)
    var rows = try database.prepare("SELECT * FROM \(quoted(table))")
    while try rows.step() {
      let cells = columns.indices.map { column in
        rows.isNull(column) ? RowHash.basis : RowHash.hash(rows.bytes(column), into: RowHash.basis &+ 1)
      }
      let key = zip(columns, cells).reduce(RowHash.basis) { $1.0.isKey ? RowHash.mix($0, $1.1) : $0 }
      for column in columns.indices { sums[column] &+= RowHash.mix(key, cells[column]) }
    }
    return Dictionary(zip(columns.map(\.name), sums), uniquingKeysWith: { first, _ in first })
  }
}

extension SQLiteShadow {
  /// An error of SQLite where none should be: a fault of the replay or of the machine, never of a recorded statement.
  func cloneFault(_ error: any Error) -> AssayError {
    AssayError(
      .internalFault, "The shadow's clone failed outside of a recorded statement; please report this.",
      at: Place(source), cause: (error as? SQLiteError)?.description)
  }
}
