import AuditTrail
import MariaDB
import Replay
import ThrowAwayServers

/// What a dump came to on a server that is stopped by now: what copies are made of.
struct MariaDBBase: Sendable {
  let stopped: MariaDBServer
  let loaded: LoadedDump
  let catalog: MariaDBCatalog
  /// Rows by table, counted.
  let rows: [String: Int64]
  let marker: MariaDBMarker
  /// The server's version.
  let version: String

  /// The account that a dump is loaded as, which has no right beyond its schemas.
  static let loader = "assay_loader"

  /// Makes a server, tries its counters, loads the dump and counts what it holds.
  static func build(_ path: String) throws(AssayError) -> MariaDBBase {
    try MySQLDumpInput.requireThere(path)
    let programs = try MariaDBPrograms.installed()
    ClusterFolder.removeAbandoned()
    let server = try MariaDBServer.found(programs)
    do {
      let base = try build(path, into: server, programs)
      server.stopInOrder()
      return base
    } catch {
      server.tearDown()
      throw error
    }
  }

  private static func build(
    _ path: String, into server: MariaDBServer, _ programs: MariaDBPrograms
  ) throws(AssayError) -> MariaDBBase {
    try preparing(path) { () throws(MariaDBError) in
      let administrator = try server.login(as: MariaDBServer.administrator)
      guard try CounterTrial.passes(on: administrator) else {
        throw MariaDBError(code: 0, message: "the counters")
      }
      for account in [loader, MariaDBMeter.replayer, MariaDBMeter.gate] {
        try administrator.execute("CREATE USER \(account)@localhost")
      }
    }
    let loaded = try MySQLDumpLoading.readAll(path, into: server)
    var found: (MariaDBCatalog, [String: Int64], MariaDBMarker)?
    try preparing(path) { () throws(MariaDBError) in
      found = try readBaseline(of: server, loaded)
    }
    guard let (catalog, rows, marker) = found else {
      throw AssayError(.internalFault, "The shadow's tables were not read; please report this.", at: Place(path))
    }
    guard !catalog.tables.isEmpty else {
      throw AssayError(
        .invalidFile, "The dump makes nothing, no table and no view, as where mysqldump failed; make it again.",
        at: Place(path))
    }
    return MariaDBBase(
      stopped: server, loaded: loaded, catalog: catalog, rows: rows, marker: marker, version: programs.version)
  }

  private static func readBaseline(
    of server: MariaDBServer, _ loaded: LoadedDump
  ) throws(MariaDBError) -> (MariaDBCatalog, [String: Int64], MariaDBMarker) {
    let administrator = try server.login(as: MariaDBServer.administrator)
    try administrator.execute("SET SESSION sql_mode = ''")
    for schema in loaded.schemas {
      try administrator.execute("GRANT \(rights) ON \(ticked(schema)).* TO \(MariaDBMeter.replayer)@localhost")
    }
    let catalog = try MariaDBCatalog(administrator, schemas: loaded.schemas, main: loaded.main)
    var rows: [String: Int64] = [:]
    for (key, table) in catalog.tables where table.holdsRows {
      let name = "\(ticked(table.schema)).\(ticked(table.name))"
      rows[key] = try administrator.rows("SELECT count(*) FROM \(name)").first?.number(0) ?? 0
      _ = try administrator.rows("ANALYZE TABLE \(name)")
    }
    let marker = try MariaDBMarker(administrator, schema: loaded.main)
    return (catalog, rows, marker)
  }

  /// Rights in the shadow's schemas alone. Source: `mariadb-effects.md` 4.
  private static let rights =
    "SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, ALTER, INDEX, REFERENCES, TRIGGER, CREATE VIEW, SHOW VIEW, CREATE ROUTINE, "
    + "ALTER ROUTINE, EXECUTE, LOCK TABLES, CREATE TEMPORARY TABLES, DELETE HISTORY"

  private static func preparing(_ path: String, _ body: () throws(MariaDBError) -> Void) throws(AssayError) {
    do {
      try body()
    } catch {
      throw AssayError(
        .unavailable,
        error.code == 0
          ? "This MariaDB server does not count rows in the way that a measurement rests on; use Debian's mariadb-server 10.11."
          : "The shadow could not be prepared on its server; check the disk.",
        at: Place(path), cause: error.code == 0 ? nil : error.description)
    }
  }
}

/// What the marker table of a dump says; every field may be missing.
struct MariaDBMarker: Sendable {
  var basis: Basis?
  var asOf: Timestamp?
  var server: String?

  /// Reads the marker, where there is one.
  init(_ administrator: borrowing MariaDB, schema: String) throws(MariaDBError) {
    let columns = Set(
      try administrator.rows(
        "SELECT lower(column_name) FROM information_schema.columns WHERE table_schema = '\(schema.sqlText)' "
          + "AND table_name = '\(MariaDBCatalog.marker)'"
      ).map { $0.cell(0) })
    guard !columns.isEmpty else { return }
    func columnOrNull(_ name: String) -> String { columns.contains(name) ? name : "NULL" }
    let row = try administrator.rows(
      "SELECT \(columnOrNull("basis")), \(columnOrNull("as_of")), \(columnOrNull("server")) FROM \(ticked(schema)).\(MariaDBCatalog.marker) LIMIT 1"
    ).first
    guard let row else { return }
    basis = row[0].flatMap(Basis.init(rawValue:))
    asOf = row[1].flatMap { Timestamp($0) }
    server = row[2]
  }
}
