import Foundation
import MariaDB
import Replay

/// A copy of a shadow with two connections: one on which recorded texts run, without rights beyond the shadow's schemas, and
/// one that counts.
final class MariaDBMeter {
  /// The account that recorded texts run as.
  static let replayer = "assay_replay"
  /// The account that sees everything but sensitive columns.
  static let gate = "assay_gate"

  let clone: MariaDBServer
  let session: MariaDB
  private let administrator: MariaDB
  private let world: MariaDBWorld
  /// What was counted last.
  private(set) var reading = CounterReading()
  /// Whether the counters have moved since then otherwise than by a command.
  var isStale = true

  /// Connects to a copy and opens every table, without which InnoDB does not count.
  init(_ clone: MariaDBServer, _ world: MariaDBWorld) throws {
    (self.clone, self.world) = (clone, world)
    do {
      administrator = try clone.login(as: MariaDBServer.administrator)
      session = try clone.login(as: Self.replayer, to: world.catalog.main)
    } catch {
      world.pool.retire(clone)
      throw error
    }
    // What the session has not committed yet is counted too.
    try administrator.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ UNCOMMITTED")
    try administrator.execute("SET SESSION sql_mode = ''")
    try openTables(world.catalog)
    try openGate()
  }

  /// Lets the gate's account do everything with tables but read sensitive columns; views and code it may not use at all.
  private func openGate() throws(MariaDBError) {
    guard !world.sensitiveTables.isEmpty else { return }
    for (key, table) in world.catalog.tables where table.holdsRows {
      let name = "\(ticked(table.schema)).\(ticked(table.name)) TO \(Self.gate)@localhost"
      let shown = table.columns.filter { !world.sensitiveColumns.contains($0.name.lowercased()) }
      let isWhole = !world.sensitiveTables.contains(key)
      try administrator.execute("GRANT INSERT, UPDATE, DELETE\(isWhole ? ", SELECT" : "") ON \(name)")
      if !isWhole, !shown.isEmpty {
        try administrator.execute("GRANT SELECT (\(shown.map { ticked($0.name) }.joined(separator: ", "))) ON \(name)")
      }
    }
  }

  /// Makes the connection what a client of the recorded engine has when it begins.
  func beginSession(as engine: String) throws {
    let isMariaDB = engine.lowercased().contains("mariadb")
    try session.execute("SET SESSION sql_mode = '\(isMariaDB ? Self.modeOfMariaDB : Self.modeOfMySQL)'")
    // Differs in what it calls equal from what MySQL 8 does in nothing but versions of Unicode.
    if !isMariaDB { try session.execute("SET NAMES utf8mb4 COLLATE utf8mb4_uca1400_nopad_ai_ci") }
    try session.execute("SET SESSION max_recursive_iterations = 1001")
  }

  /// Source: MySQL 8.4 Reference Manual, "Server SQL Modes"; MariaDB Knowledge Base, "SQL_MODE".
  private static let modeOfMySQL =
    "ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION"
  private static let modeOfMariaDB =
    "STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_AUTO_CREATE_USER,NO_ENGINE_SUBSTITUTION"

  /// The settings by which the server reads quotes now.
  func quoting() throws(MariaDBError) -> QuotingMode {
    QuotingMode(sqlMode: try session.rows("SELECT @@sql_mode").first?.cell(0) ?? "")
  }

  // MARK: Counting

  /// Reads the counters.
  func countNow(of catalog: MariaDBCatalog) throws(MariaDBError) -> CounterReading {
    let next = try CounterReading(administrator, schemas: catalog.schemas, stored: catalog.stored)
    reading = next
    isStale = false
    return next
  }

  /// The rows of a table, counted now.
  func countRows(of table: MariaDBCatalog.Table) throws(MariaDBError) -> Int64 {
    try administrator.rows("SELECT count(*) FROM \(ticked(table.schema)).\(ticked(table.name))").first?.number(0) ?? 0
  }

  /// What the schemas hold now.
  func catalogNow() throws(MariaDBError) -> MariaDBCatalog {
    try MariaDBCatalog(administrator, schemas: world.catalog.schemas, main: world.catalog.main)
  }

  /// Opens every table of InnoDB's. Source: `mariadb-effects.md` 1, trap 1.
  func openTables(_ catalog: MariaDBCatalog) throws(MariaDBError) {
    for table in catalog.tables.values where table.type != "VIEW" {
      _ = try administrator.rows("SELECT 1 FROM \(ticked(table.schema)).\(ticked(table.name)) LIMIT 1")
    }
    isStale = true
  }

  /// Whether a command can be prepared without the right to read sensitive columns.
  func passesGate(_ sql: String) -> Bool {
    do {
      let gate = try clone.login(as: Self.gate, to: world.catalog.main)
      _ = try gate.parameterCount(of: sql)
      return true
    } catch {
      return false
    }
  }
}
