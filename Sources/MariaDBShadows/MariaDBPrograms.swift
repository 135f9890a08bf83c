import AuditTrail
import Foundation
import ThrowAwayServers

/// The programs of an installed MariaDB server.
struct MariaDBPrograms: Sendable {
  /// The server.
  let server: String
  /// What makes its system tables; a script, which needs a shell.
  let installer: String
  /// Such as `10.11.19`.
  let version: String

  /// The version from which the facts hold that a measurement rests on.
  private static let oldest = [10, 11]
  private static let folders = ["/usr/sbin", "/usr/bin", "/usr/local/bin", "/usr/local/sbin"]

  /// Looks in `PATH` and in Debian's folders.
  ///
  /// - Throws: `unavailable` naming the package, where there is none.
  static func installed(searchPath: [String] = Program.searchPath) throws(AssayError) -> MariaDBPrograms {
    let folders = searchPath + folders
    guard let server = Program.find("mariadbd", in: folders),
      let installer = Program.find("mariadb-install-db", in: folders)
    else {
      throw AssayError(
        .unavailable,
        "There is no MariaDB server here, which a shadow from a dump of MySQL or MariaDB needs (mariadbd and "
          + "mariadb-install-db, looked for in PATH and in /usr/sbin); install the Debian package mariadb-server.")
    }
    let answer = try Program.run(server, ["--no-defaults", "--version"])
    let version = answer.output.firstMatch(of: #/Ver ([0-9]+\.[0-9]+\.[0-9]+)/#).map { String($0.output.1) } ?? ""
    let numbers = version.split(separator: ".").compactMap { Int($0) }
    guard answer.status == 0, !numbers.lexicographicallyPrecedes(oldest), !numbers.isEmpty else {
      throw AssayError(
        .unavailable, "A shadow needs MariaDB 10.11 or newer; this server is \(version.isEmpty ? "unknown" : version).",
        at: Place(server))
    }
    return MariaDBPrograms(server: server, installer: installer, version: version)
  }
}
