import AuditTrail
package import Postgres
import Replay

/// The two roles that work on a shadow besides its clones' own. Neither is a superuser, nor may it read or write a file,
/// run a program, or change the server; so no code of a dump or of a session ever runs with such rights.
///
/// A superuser only makes roles, databases and extensions, hands objects over, and installs what measures; all of it in
/// fixed statements, run where no code of the dump can be reached.
package struct ShadowRoles: Sendable {
  /// Loads the dump and owns what it made.
  package let owner: String
  /// Reads and changes any clone, as the leak search must: a member of each clone's role, and of none that writes elsewhere.
  package let measurer: String

  /// Two roles by their names.
  package init(owner: String, measurer: String) {
    self.owner = owner
    self.measurer = measurer
  }

  /// The oldest server on which a role without rights can do both; from there on it may be given single settings.
  /// Source: PostgreSQL 15, release notes, "GRANT … ON PARAMETER".
  package static let oldestServer = 15

  /// Makes both; `password` lets the measurer in where the server asks for one.
  package func make(on server: borrowing PostgresConnection, password: String? = nil) throws(PostgresError) {
    let rights = "LOGIN BYPASSRLS NOSUPERUSER NOCREATEROLE NOCREATEDB NOREPLICATION"
    let secret = password.map { "PASSWORD \(literal($0))" } ?? "PASSWORD NULL"
    try server.script(
      """
      CREATE ROLE \(quoted(owner)) \(rights) \(secret);
      CREATE ROLE \(quoted(measurer)) \(rights) \(secret) IN ROLE pg_read_all_data;
      GRANT \(quoted(owner)) TO \(quoted(measurer));
      GRANT SET ON PARAMETER session_replication_role TO \(quoted(owner)), \(quoted(measurer));
      ALTER ROLE \(quoted(owner)) SET temp_file_limit = '4GB';
      """)
  }
}
