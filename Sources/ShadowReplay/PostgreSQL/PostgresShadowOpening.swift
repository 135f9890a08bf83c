import AuditTrail
import Foundation
import Postgres

/// What opening a shadow came to, before clones are made of it.
struct PostgresShadowOpening: Sendable {
  var settings: PostgresClonePool.Settings
  var template: PostgresParameters
  var tables: PostgresTables
  /// What sessions are measured against.
  var catalog: PostgresCatalog
  var marker: PostgresMarker?
  var omitted: [String]
  /// The SHA-256 of the dump.
  var sha256: String?
  var bytes: Int
  /// Removes all of it.
  var close: @Sendable () -> Void

  private static let templateName = "assay_template"
  private static let ownerName = "assay_owner"

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
    let template = cluster.admin.with(["dbname": templateName])
    try working(path) { () throws(PostgresError) in
      let server = try PostgresConnection(cluster.admin)
      try server.script("CREATE ROLE \(ownerName) NOLOGIN")
      try server.script("CREATE DATABASE \(templateName) TEMPLATE template0")
      // Whoever may enter a database is said one by one, here and where clones are made.
      for name in [templateName, "postgres", "template1"] {
        try server.script("REVOKE ALL ON DATABASE \(name) FROM PUBLIC")
      }
    }
    let loaded = try DumpLoader.load(path, into: template, programs: cluster.programs)
    var removed: [String] = []
    var marker: PostgresMarker?
    try working(path) { () throws(PostgresError) in
      let connection = try PostgresConnection(template)
      marker = try PostgresMarker.read(connection)
      try connection.script(
        PostgresMarker.markingScript(
          basis: (marker?.basis ?? .synthetic).rawValue, asOf: marker?.asOf?.description, server: marker?.server,
          created: nil))
    }
    try working(path) { () throws(PostgresError) in
      removed = try PostgresTemplate.prepare(template, owner: ownerName)
    }
    let (tables, catalog) = try contents(template, path)
    return PostgresShadowOpening(
      settings: PostgresClonePool.Settings(
        admin: cluster.admin, template: templateName, templateOwner: ownerName, prefix: "assay_clone_"),
      template: template, tables: tables, catalog: catalog, marker: marker,
      omitted: Set(loaded.omitted + removed).sorted(), sha256: loaded.sha256, bytes: loaded.bytes,
      close: { cluster.stop() })
  }

  /// What the prepared template holds.
  private static func contents(
    _ template: PostgresParameters, _ path: String
  ) throws(AssayError) -> (PostgresTables, PostgresCatalog) {
    do {
      let connection = try PostgresConnection(template)
      return (try PostgresTables(of: connection), try PostgresCatalog(of: connection))
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
  static func server(_ address: PostgresAddress) throws(AssayError) -> PostgresShadowOpening {
    let source = address.parameters.with(["application_name": "assay check", "client_encoding": "UTF8"])
    var marker: PostgresMarker?
    var size = 0
    do {
      let connection = try connect(source, for: "to check the marker")
      try check(connection, address)
      try working(address.label) { () throws(PostgresError) in
        marker = try PostgresMarker.read(connection)
        size = Int(try connection.execute("SELECT pg_database_size(current_database())").integer(0, 0) ?? 0)
      }
    }
    let run = try RunName(on: source.with(["dbname": address.maintenanceDatabase]))
    let close: @Sendable () -> Void = { run.removeEverything() }
    let number = OpenShadows.add(close)
    defer { OpenShadows.remove(number) }
    do {
      return try copy(address, run, marker, size, close)
    } catch {
      close()
      throw error
    }
  }

  /// - Throws: `not_a_shadow`, or `unavailable` for a role that cannot make clones.
  private static func check(
    _ connection: borrowing PostgresConnection, _ address: PostgresAddress
  ) throws(AssayError) {
    var isMarked = false
    var isSuperuser = false
    try working(address.label) { () throws(PostgresError) in
      isMarked = try PostgresMarker.proves(connection)
      isSuperuser = try connection.execute("SHOW is_superuser").text(0, 0) == "on"
    }
    guard isMarked else {
      throw AssayError(
        .notAShadow,
        "This database does not prove that it is a shadow: it has no table assay_shadow that names this server and this "
          + "database. Mark a disposable copy with what `assay shadow create --print-marker` prints, or name a dump with "
          + "postgres:DUMP; never replay on production.", at: Place(address.label))
    }
    guard isSuperuser else {
      throw AssayError(
        .unavailable, "Clones are made by a superuser of the shadow's server; connect as one.", at: Place(address.label)
      )
    }
  }

  private static func copy(
    _ address: PostgresAddress, _ run: RunName, _ marker: PostgresMarker?, _ size: Int,
    _ close: @escaping @Sendable () -> Void
  ) throws(AssayError) -> PostgresShadowOpening {
    let (admin, name, owner) = (run.parameters, run.prefix + "template", run.prefix + "owner")
    let template = admin.with(["dbname": name])
    var removed: [String] = []
    try working(address.label) { () throws(PostgresError) in
      let server = try PostgresConnection(admin)
      try RunName.removeAbandoned(on: server, admin)
      try server.script("CREATE ROLE \(quoted(owner)) NOLOGIN")
      try server.script(
        "CREATE DATABASE \(quoted(name)) TEMPLATE \(quoted(address.database))"
          + (server.serverVersion >= 150_000 ? " STRATEGY file_copy" : ""))
      try server.script("REVOKE ALL ON DATABASE \(quoted(name)) FROM PUBLIC")
      removed = try PostgresTemplate.prepare(template, owner: owner)
    }
    let (tables, catalog) = try contents(template, address.label)
    var settings = PostgresClonePool.Settings(
      admin: admin, template: name, templateOwner: owner, prefix: run.prefix + "clone_")
    settings.password = run.password
    return PostgresShadowOpening(
      settings: settings, template: template, tables: tables, catalog: catalog, marker: marker, omitted: removed,
      sha256: nil,
      bytes: size, close: close)
  }
}
