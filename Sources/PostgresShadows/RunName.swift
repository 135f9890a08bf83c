package import AuditTrail
package import Postgres
import Replay
import Synchronization

/// The name of one run on a running server: what its databases and roles begin with, so that the server is left as found.
///
/// While a run lives it holds a connection that carries the name; a run whose name no connection carries is gone, and the
/// next one removes what it left.
package final class RunName: Sendable {
  private static let start = "assay_run_"
  private static let length = 12

  /// `assay_run_`, the run's digits and an underscore.
  package let prefix: String
  /// The password of the run's clones' roles: nobody else gets in as one of them.
  package let password: String
  private let admin: PostgresParameters
  private let presence: Mutex<PostgresConnection?>

  /// A name that no other run has, known to the server from now on. The name and the password are random: neither
  /// reaches a result.
  package init(on server: PostgresParameters) throws(AssayError) {
    var generator = SystemRandomNumberGenerator()
    let digits = Array("0123456789abcdefghijkmnpqrstuvwxyz")
    func text(_ count: Int) -> String {
      String((0..<count).map { _ in digits[Int.random(in: 0..<digits.count, using: &generator)] })
    }
    prefix = Self.start + text(Self.length) + "_"
    password = text(32)
    admin = server.with(["application_name": prefix])
    presence = Mutex(try connect(admin, for: "to make clones"))
  }

  /// How the superuser connects in this run's name, to the database it was given.
  package var parameters: PostgresParameters { admin }

  /// Drops every database and role of the run and ends its presence; again is a no-op.
  package func removeEverything() {
    presence.withLock { held in
      guard let server = held.take() else { return }
      // A server that is gone, or that a command without an end holds up, keeps what is left for the next run.
      try? server.script("SET statement_timeout = '10s'")
      try? Self.remove(prefix, on: server, admin)
    }
  }

  /// Removes what runs that are gone left on the server.
  package static func removeAbandoned(
    on server: borrowing PostgresConnection, _ admin: PostgresParameters
  ) throws(PostgresError) {
    let names = try server.execute(
      """
      SELECT DISTINCT left(name, \(start.count + length + 1)) FROM (SELECT datname AS name FROM pg_database
        UNION ALL SELECT rolname FROM pg_roles) n
      WHERE starts_with(name, '\(start)')
        AND left(name, \(start.count + length + 1)) NOT IN (SELECT application_name FROM pg_stat_activity)
      ORDER BY 1
      """
    ).firstColumn
    for name in names { try remove(name, on: server, admin) }
  }

  private static func remove(
    _ prefix: String, on server: borrowing PostgresConnection, _ admin: PostgresParameters
  ) throws(PostgresError) {
    let databases = try server.execute(
      "SELECT datname FROM pg_database WHERE starts_with(datname, $1) ORDER BY 1", [PostgresValue(prefix)]
    ).firstColumn
    for name in databases { try dropClone(name, on: server, admin) }
    let roles = try server.execute(
      "SELECT rolname FROM pg_roles WHERE starts_with(rolname, $1) ORDER BY 1", [PostgresValue(prefix)]
    ).firstColumn
    // What they were given goes first, settings they may change included.
    for name in roles { try server.script("DROP OWNED BY \(quoted(name)); DROP ROLE \(quoted(name))") }
  }
}
