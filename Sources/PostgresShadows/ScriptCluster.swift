package import AuditTrail
package import Postgres
package import Replay
import Synchronization
import ThrowAwayServers

/// A throw-away cluster on which shadows are made from scripts, a database for each: for the golden corpus, whose many
/// small schemas need no server of their own.
package final class ScriptCluster: Sendable {
  private static let roles = ShadowRoles(owner: "shadow_owner", measurer: "shadow_measurer")

  private struct State {
    var databases = 0
    var pools: [PostgresClonePool] = []
  }

  package let cluster: PostgresCluster
  private let state = Mutex(State())
  private let closingNumber: Int

  /// Starts the cluster; it is gone with ``close()``, at the end of the program, or when a signal ends it.
  ///
  /// - Throws: `unavailable` where no server is installed or it does not start.
  package init() throws(AssayError) {
    let cluster = try PostgresCluster.start()
    self.cluster = cluster
    closingNumber = OpenShadows.add { cluster.stop() }
    do {
      let server = try PostgresConnection(cluster.admin)
      try Self.roles.make(on: server)
      for name in ["postgres", "template1"] { try server.script("REVOKE ALL ON DATABASE \(name) FROM PUBLIC") }
    } catch {
      cluster.stop()
      throw Self.fault(error)
    }
  }

  /// The server's major version, such as 15.
  package var serverVersion: Int { cluster.programs.version }

  /// Runs a script of ours as the superuser and opens replays on clones of what it made.
  package func clones(
    of script: String, source: String, production: ProductionRows, _ measuring: Measuring
  ) throws(AssayError) -> any CloneSource {
    let pool: PostgresClonePool
    do {
      pool = try self.pool(script)
    } catch {
      throw Self.fault(error)
    }
    return try PostgresClones(pool, source: source, basis: .synthetic, production: production, measuring)
  }

  /// Runs a script of ours as the superuser and opens a pool of clones of what it made.
  package func pool(_ script: String) throws(PostgresError) -> PostgresClonePool { try pool(of: template(script)) }

  /// Opens a pool, which is closed with the cluster.
  package func pool(of template: Template) -> PostgresClonePool {
    let pool = PostgresClonePool(template.settings)
    state.withLock { $0.pools.append(pool) }
    return pool
  }

  /// A database to clone.
  package struct Template {
    package let settings: PostgresClonePool.Settings
    /// What was removed because it reaches outside.
    package let removed: [String]
  }

  /// Runs a script of ours as the superuser in a new database and prepares that for cloning.
  package func template(_ script: String) throws(PostgresError) -> Template {
    let number = state.withLock { state in
      state.databases += 1
      return state.databases
    }
    let name = "script_\(number)"
    let database = cluster.admin.with(["dbname": name])
    let script = "SET search_path = public; " + script
    try PostgresConnection(cluster.admin).script("CREATE DATABASE \(name)")
    try PostgresConnection(database).script(script)
    let settings = PostgresClonePool.Settings(
      admin: cluster.admin, template: name, roles: Self.roles, prefix: "clone_\(number)_", ahead: 2)
    let removed = try PostgresTemplate.prepare(settings)
    try PostgresConnection(cluster.admin).script("REVOKE ALL ON DATABASE \(name) FROM PUBLIC")
    return Template(settings: settings, removed: removed)
  }

  /// Closes the pools, stops the server and removes everything; again is a no-op.
  package func close() {
    OpenShadows.remove(closingNumber)
    for pool in state.withLock({ $0.pools }) { pool.close() }
    cluster.stop()
  }

  private static func fault(_ error: PostgresError) -> AssayError {
    AssayError(
      .unavailable, "A shadow could not be made from a script on the throw-away cluster; check the disk.",
      cause: error.withoutLiterals)
  }
}
