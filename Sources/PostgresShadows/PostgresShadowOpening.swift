import AuditTrail
import Foundation
import Postgres
import Replay
import ThrowAwayServers

/// What opening a shadow came to, before clones are made of it.
struct PostgresShadowOpening: Sendable {
  var settings: PostgresClonePool.Settings
  var template: PostgresParameters
  var tables: PostgresTables
  /// What sessions are measured against.
  var catalog: PostgresCatalog
  var marker: PostgresMarker?
  var omitted: [String]
  /// What keeps the server's processes in, in words.
  var containment: String
  /// The SHA-256 of the dump, or of a running server's schema and row counts.
  var sha256: String
  /// The version of a throw-away cluster's server, as libpq gives it; `nil` of a running one.
  var serverVersion: Int?
  /// The SHA-256 of the marker of a running server's database.
  var markerSHA256: String?
  var bytes: Int
  /// Removes all of it.
  var close: @Sendable () -> Void

  private static let templateName = "assay_template"
  private static let roles = ShadowRoles(owner: "assay_owner", measurer: "assay_measurer")

  // MARK: From a dump

  /// Starts a cluster and loads the dump.
  static func dump(_ path: String) throws(AssayError) -> PostgresShadowOpening {
    guard FileManager.default.fileExists(atPath: path) else {
      throw AssayError(
        .missingInput, "There is no dump here; check the path in --shadow or in the configuration.", at: Place(path))
    }
    let cluster = try PostgresCluster.start()
    let number = OpenShadows.add { cluster.stop() }
    do {
      let opened = try load(path, into: cluster)
      OpenShadows.remove(number)
      return opened
    } catch {
      OpenShadows.remove(number)
      cluster.stop()
      throw error
    }
  }

  private static func load(_ path: String, into cluster: PostgresCluster) throws(AssayError) -> PostgresShadowOpening {
    let settings = PostgresClonePool.Settings(
      admin: cluster.admin, template: templateName, roles: roles, prefix: "assay_clone_")
    try working(path) { () throws(PostgresError) in
      let server = try PostgresConnection(cluster.admin)
      try roles.make(on: server)
      try server.script("CREATE DATABASE \(templateName) TEMPLATE template0 OWNER \(roles.owner)")
      // Whoever may enter a database is said one by one, here and where clones are made.
      for name in [templateName, "postgres", "template1"] {
        try server.script("REVOKE ALL ON DATABASE \(name) FROM PUBLIC")
      }
    }
    let loaded = try DumpLoader.load(path, settings, programs: cluster.programs)
    var removed: [String] = []
    var marker: PostgresMarker?
    try working(path) { () throws(PostgresError) in
      let connection = try PostgresConnection(settings.connection(templateName, roles.owner, "assay load"))
      marker = try PostgresMarker.read(connection)
      try connection.script(
        PostgresMarker.markingScript(
          basis: (marker?.basis ?? .synthetic).rawValue, asOf: marker?.asOf?.description, server: marker?.server,
          created: nil))
    }
    try working(path) { () throws(PostgresError) in
      removed = try PostgresTemplate.prepare(settings)
    }
    let template = settings.connection(templateName, roles.measurer, "assay")
    let (tables, catalog, _) = try contents(template, path)
    return PostgresShadowOpening(
      settings: settings, template: template, tables: tables, catalog: catalog, marker: marker,
      omitted: Set(loaded.omitted + removed).sorted(), containment: cluster.sandbox.words, sha256: loaded.sha256,
      serverVersion: cluster.programs.version, bytes: loaded.bytes, close: { cluster.stop() })
  }

  /// How long the tables of a template may take to be counted.
  private static let secondsToRead = 600.0

  /// What the prepared template holds.
  private static func contents(
    _ template: PostgresParameters, _ path: String
  ) throws(AssayError) -> (PostgresTables, PostgresCatalog, schemaSHA256: String) {
    do {
      let connection = try PostgresConnection(template)
      // Whoever counts a table's rows runs what its indexes hold.
      let watchdog = PostgresWatchdog(seconds: Self.secondsToRead)
      try watchdog.watch(connection)
      watchdog.arm()
      defer { watchdog.disarm() }
      let tables = try PostgresTables(of: connection)
      return (tables, try PostgresCatalog(of: connection), try tables.digest(connection))
    } catch {
      throw AssayError(
        .unavailable, "The shadow's tables could not be read.", at: Place(path), cause: error.withoutLiterals)
    }
  }

  private static func working(_ path: String, _ body: () throws(PostgresError) -> Void) throws(AssayError) {
    do {
      try body()
    } catch {
      throw AssayError(
        .unavailable, "The shadow could not be prepared on its server; check the disk and the rights of the role.",
        at: Place(path), cause: error.withoutLiterals)
    }
  }

  // MARK: On a running server

  /// Checks the marker, removes what dead runs left, and makes a template of the marked database.
  static func server(
    _ address: PostgresAddress, allowSuperuser: Bool
  ) throws(AssayError) -> PostgresShadowOpening {
    var source = address.parameters.with(["application_name": "assay check", "client_encoding": "UTF8"])
    // From 17 on an event trigger may fire on each login; ours comes before any of them can be removed.
    if try admit(source, address, allowSuperuser) >= 17 {
      source["options"] = PostgresCluster.superuserOptions + " -c event_triggers=off"
    }
    var marker: PostgresMarker?
    var (markerSHA256, size): (String?, Int) = (nil, 0)
    do {
      let connection = try connect(source, for: "to check the marker")
      try check(connection, address)
      try working(address.label) { () throws(PostgresError) in
        marker = try PostgresMarker.read(connection)
        markerSHA256 = try PostgresMarker.digest(connection)
        size = Int(try connection.execute("SELECT pg_database_size(current_database())").integer(0, 0) ?? 0)
      }
    }
    let run = try RunName(on: source.with(["dbname": address.maintenanceDatabase]))
    let close: @Sendable () -> Void = { run.removeEverything() }
    let number = OpenShadows.add(close)
    defer { OpenShadows.remove(number) }
    do {
      var opening = try copy(address, run, marker, size, close)
      opening.markerSHA256 = markerSHA256
      return opening
    } catch {
      close()
      throw error
    }
  }

  /// Asks what the role may do, from a database without code of the shadow's: clones are made by a superuser, and one is
  /// used only where the user says so.
  ///
  /// - Returns: the server's major version.
  /// - Throws: `unavailable` for an old server or a role that cannot make clones; `refused_superuser`.
  private static func admit(
    _ role: PostgresParameters, _ address: PostgresAddress, _ allowSuperuser: Bool
  ) throws(AssayError) -> Int {
    let server = try connect(role.with(["dbname": address.maintenanceDatabase]), for: "to ask what its role may do")
    var rights: [String] = []
    try working(address.label) { () throws(PostgresError) in rights = try serverRights(server) }
    let major = server.serverVersion / 10_000
    guard major >= ShadowRoles.oldestServer else {
      throw AssayError(
        .unavailable, "A shadow needs PostgreSQL \(ShadowRoles.oldestServer) or newer; this server is \(major).",
        at: Place(address.label))
    }
    guard rights.contains("superuser") else {
      throw AssayError(
        .unavailable,
        "Clones are made by a superuser of the shadow's server, and this role is none (it has: "
          + "\(rights.isEmpty ? "no right of the server's" : rights.joined(separator: ", "))). Connect as one, or name a dump "
          + "with postgres:DUMP, which needs no server.", at: Place(address.label))
    }
    guard allowSuperuser else {
      throw AssayError(
        .refusedSuperuser,
        "This role is a superuser, who may run programs and read files on the shadow's server. Assay uses one only for fixed "
          + "statements. Allow it with --allow-superuser or `allow_superuser: true`, or name a dump with postgres:DUMP.",
        at: Place(address.label))
    }
    return major
  }

  /// What a role may do on its server beyond databases, in words.
  private static func serverRights(_ server: borrowing PostgresConnection) throws(PostgresError) -> [String] {
    try server.execute(
      """
      SELECT words FROM pg_roles r CROSS JOIN LATERAL (VALUES
        (1, r.rolsuper, 'superuser'), (2, r.rolcreaterole, 'may create roles'), (3, r.rolcreatedb, 'may create databases'),
        (4, r.rolreplication, 'may replicate'), (5, r.rolbypassrls, 'passes by row security'),
        (6, pg_has_role('pg_read_server_files', 'USAGE'), 'may read files'),
        (7, pg_has_role('pg_write_server_files', 'USAGE'), 'may write files'),
        (8, pg_has_role('pg_execute_server_program', 'USAGE'), 'may run programs')) AS w(place, holds, words)
      WHERE r.rolname = current_user AND holds ORDER BY place
      """
    ).firstColumn
  }

  /// - Throws: `not_a_shadow`.
  private static func check(
    _ connection: borrowing PostgresConnection, _ address: PostgresAddress
  ) throws(AssayError) {
    var isMarked = false
    try working(address.label) { () throws(PostgresError) in isMarked = try PostgresMarker.proves(connection) }
    guard isMarked else {
      throw AssayError(
        .notAShadow,
        "This database does not prove that it is a shadow: it has no table assay_shadow that names this server and this "
          + "database. Mark a disposable copy with what `assay shadow create --print-marker` prints, or name a dump with "
          + "postgres:DUMP; never replay on production.", at: Place(address.label))
    }
  }

  private static func copy(
    _ address: PostgresAddress, _ run: RunName, _ marker: PostgresMarker?, _ size: Int,
    _ close: @escaping @Sendable () -> Void
  ) throws(AssayError) -> PostgresShadowOpening {
    let (admin, name) = (run.parameters, run.prefix + "template")
    let roles = ShadowRoles(owner: run.prefix + "owner", measurer: run.prefix + "measurer")
    var settings = PostgresClonePool.Settings(admin: admin, template: name, roles: roles, prefix: run.prefix + "clone_")
    settings.password = run.password
    var removed: [String] = []
    try working(address.label) { () throws(PostgresError) in
      let server = try PostgresConnection(admin)
      try RunName.removeAbandoned(on: server, admin)
      try roles.make(on: server, password: run.password)
      try server.script(
        "CREATE DATABASE \(quoted(name)) TEMPLATE \(quoted(address.database))"
          + " STRATEGY file_copy")
      try server.script("REVOKE ALL ON DATABASE \(quoted(name)) FROM PUBLIC")
      removed = try PostgresTemplate.prepare(settings)
    }
    let template = settings.connection(name, roles.measurer, "assay")
    let (tables, catalog, sha256) = try contents(template, address.label)
    return PostgresShadowOpening(
      settings: settings, template: template, tables: tables, catalog: catalog, marker: marker, omitted: removed,
      containment: "a running server, used as a superuser: nothing but PostgreSQL's own rights keeps it in",
      sha256: sha256, bytes: size, close: close)
  }
}
