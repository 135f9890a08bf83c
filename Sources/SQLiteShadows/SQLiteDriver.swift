import AuditTrail
import Ledger
import Replay
import SQLAnalysis
import SQLite

/// Runs commands on a clone of one image.
///
/// What is kept from session to session is the connection, reloaded unless nothing was written, and what SQLite's compiler
/// said of texts under the baseline's schema.
final class SQLiteDriver: ShadowDriver {
  typealias Schema = SQLiteSchema
  typealias Script = SQLiteText
  typealias Command = SQLiteCommand
  typealias Mark = Void

  let shadow: SQLiteShadow
  let columns: SQLiteSensitiveColumns
  let facts: FactsCache
  let seed: UInt64
  let conclusiveDeletes: Int64
  let baseline: CloneState<SQLiteDriver>
  var clone: SQLiteShadowConnection
  /// What SQLite's compiler said of the commands of a text under the baseline's schema.
  var known: [Int64: [CommandAccess]] = [:]
  /// Commands that this connection has ready, by text.
  var ready: [Int64: SQLiteCommand] = [:]
  var hasScope = false
  /// How many of a text's values its commands have used so far.
  var usedParameters = 0
  /// Empty tables that the text may ask only whether a key is there.
  var emptyParents: [String] = []
  /// What a text that is only probed may have set, as it was before.
  var settings: [SetPragma] = []
  /// Whether LIKE tells cases apart, as the session has set it.
  var isLikeCaseSensitive = false
  private let image: [UInt8]
  /// What the clone was reloaded with last, where that is not the image.
  private var left: [UInt8]?

  /// A clone of the image, or of the shadow's own where none is given.
  init(
    of shadow: SQLiteShadow, columns: SQLiteSensitiveColumns, image: [UInt8]? = nil, _ measuring: Measuring,
    facts: FactsCache
  ) throws(SQLiteError) {
    let image = image ?? shadow.image
    var settings = shadow.settings
    settings.secondLimit = measuring.secondsPerStatement
    let clone = try SQLiteShadowConnection(image: image, settings: settings)
    try Self.setPragmas(shadow.pragmas, clone)
    self.shadow = shadow
    self.columns = columns
    self.image = image
    self.facts = facts
    self.clone = clone
    seed = measuring.seed
    conclusiveDeletes = measuring.conclusiveDeletes
    let rows = shadow.catalog.rowCounts.map { (TableIdentity($0.key), $0.value) }
    baseline = CloneState(
      rows: Dictionary(uniqueKeysWithValues: rows), schema: SQLiteSchema(shadow.catalog.objects))
  }

  private static func setPragmas(
    _ pragmas: [String], _ clone: borrowing SQLiteShadowConnection
  ) throws(SQLiteError) {
    guard !pragmas.isEmpty else { return }
    try clone.withoutRecording { (database) throws(SQLiteError) in
      for pragma in pragmas { try database.execute(pragma) }
    }
  }

  var basis: Basis { shadow.basis }
  var mode: String { "session" }
  var knowsProduction: Bool { !shadow.production.isEmpty }

  /// SQLite's own rules for what was recorded on SQLite, PostgreSQL's and MySQL's for what was recorded there.
  func rules(for engine: String) -> TransactionRules {
    let isPostgreSQL = engine.hasPrefix("postgres")
    var rules = TransactionRules(failureAborts: isPostgreSQL, textIsWhole: isPostgreSQL)
    guard !isPostgreSQL else { return rules }
    rules.noTransaction = .failed(code: "SQLITE_ERROR", missingObject: nil)
    rules.noSavepoint = rules.noTransaction
    if engine == "sqlite" { (rules.isStrict, rules.savepointOpens, rules.failedCommitEnds) = (true, true, false) }
    return rules
  }

  // MARK: Sessions

  func prepare(_ start: SessionStart) throws {
    switch start {
    case .anew(isPristine: true): break
    case .anew: try reload(image)
    case .next(isTouched: false): break
    case .next:
      var bytes = try clone.database.serialize()
      if Self.schemaCookie(bytes) != Self.schemaCookie(left ?? image) {
        // Rows that are older than a column of the last session's are to the next one as if they held its default.
        bytes = try SQLiteShadow.withWholeRows(bytes)
      }
      try reload(bytes)
      left = bytes
    case .again: try reload(left ?? image)
    }
    if case .anew = start { left = nil }
  }

  /// What changes with each change of a database's schema. Source: sqlite.org/fileformat2.html 1.3.9 "Schema cookie".
  private static func schemaCookie(_ image: [UInt8]) -> ArraySlice<UInt8> { image.prefix(44).suffix(4) }

  private func reload(_ bytes: [UInt8]) throws(SQLiteError) {
    ready.removeAll(keepingCapacity: true)
    hasScope = false
    settings.removeAll()
    isLikeCaseSensitive = false
    try clone.reload(image: bytes)
    try Self.setPragmas(shadow.pragmas, clone)
  }

  func beginSession(_ session: inout Session<SQLiteDriver>) {}

  func endSession(_ session: inout Session<SQLiteDriver>) throws {
    guard clone.database.isInTransaction else { return }
    try clone.withoutRecording { (database) throws(SQLiteError) in try database.rollback() }
  }

  func forgetTemporary(_ state: inout CloneState<SQLiteDriver>) {
    state.rows = state.rows.filter { !$0.key.name.hasPrefix("temp.") }
    state.schema.objects.removeTemporary()
    state.schema.inheritsTaint = !state.schema.tainted.isEmpty
    state.schema.hasNoJournal = false
  }

  func startClock() { clone.startClock() }

  func stopClock() -> Bool { clone.stopClock() }

  // MARK: Tables

  func table(named name: TableReference, in state: CloneState<SQLiteDriver>) -> TableIdentity? {
    let key = name.name.nameKey
    let schemas = name.schema?.nameKey == "temp" ? ["temp"] : name.schema == nil ? ["temp", "main"] : ["main"]
    for schema in schemas where state.schema.objects.byKey["\(schema).table.\(key)"] != nil {
      return state.schema.table(schema == "temp" ? "temp.\(key)" : key)
    }
    return nil
  }

  /// The name as the schema spells it; `temp.name` for a temporary table that hides another.
  func name(of table: TableIdentity, in state: CloneState<SQLiteDriver>) -> String {
    let objects = state.schema.objects.byKey
    guard table.name.hasPrefix("temp.") else {
      return objects["main.table.\(table.name)"]?.name ?? String(nameKey: table.name)
    }
    let bare = String(table.name.dropFirst(5))
    let name = objects["temp.table.\(bare)"]?.name ?? String(nameKey: bare)
    return shadow.catalog.tables[bare] != nil || objects["main.table.\(bare)"] != nil ? "temp.\(name)" : name
  }

  func isEmptyHere(_ table: TableIdentity) -> Bool { table.number == 0 && shadow.isEmptyHere(table.name) }

  func productionRows(of table: TableIdentity) -> Int64? {
    table.number == 0 ? shadow.production[table.name] : nil
  }

  func unboundedWrites(of text: TextRun) -> UnboundedWrites {
    UnboundedWrites(facts.facts(of: text.statement))
  }
}

/// Facts of texts, each analysed once and only when something depends on it.
final class FactsCache {
  private let analyze: @Sendable (String, SQLDialect) -> Facts
  private var known: [Int64: Facts] = [:]

  /// A cache over an analysis.
  init(_ analyze: @escaping @Sendable (String, SQLDialect) -> Facts) { self.analyze = analyze }

  /// The facts of the statement's text.
  func facts(of statement: StatementEntry) -> Facts {
    if let facts = known[statement.textID] { return facts }
    let facts = analyze(statement.sql, statement.dialect)
    known[statement.textID] = facts
    return facts
  }

  /// The facts of the shadow's own text.
  func facts(of sql: String) -> Facts { analyze(sql, .postgreSQL) }
}
