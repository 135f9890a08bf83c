package import AuditTrail
import Foundation
import Glibc
import Replay
import ThrowAwayServers

/// The programs of an installed PostgreSQL server.
package struct ServerPrograms: Sendable {
  /// The folder that holds them.
  package let folder: String
  /// The major version, such as 15.
  package let version: Int

  /// Where Debian puts them: a folder for each major version.
  package static let packagedServers = "/usr/lib/postgresql"

  /// Looks in `PATH`, where `pg_config` says, and in Debian's folders, the newest version first.
  ///
  /// - Throws: `unavailable` naming the package, where there is none.
  package static func find(
    searchPath: [String] = Program.searchPath, packaged: String = packagedServers
  ) throws(AssayError) -> ServerPrograms {
    var folders = searchPath
    if let config = Program.find("pg_config", in: searchPath) {
      let answer = try Program.run(config, ["--bindir"])
      if answer.status == 0 { folders.append(answer.output.trimmingCharacters(in: .whitespacesAndNewlines)) }
    }
    let versions = (try? FileManager.default.contentsOfDirectory(atPath: packaged)) ?? []
    folders += versions.compactMap(Int.init).sorted(by: >).map { "\(packaged)/\($0)/bin" }
    for folder in folders where Program.find("initdb", in: [folder]) != nil {
      guard let server = Program.find("postgres", in: [folder]) else { continue }
      let answer = try Program.run(server, ["--version"])
      let number = answer.output.split(whereSeparator: { !$0.isNumber }).first.flatMap { Int($0) }
      // A link may stand alone, away from the server's other programs.
      let real = URL(filePath: server).resolvingSymlinksInPath().deletingLastPathComponent().path
      if answer.status == 0, let number, number >= ShadowRoles.oldestServer {
        return ServerPrograms(folder: real, version: number)
      }
    }
    throw AssayError(
      .unavailable,
      "There is no PostgreSQL server \(ShadowRoles.oldestServer) or newer here, which a shadow from a dump needs (initdb and postgres, looked for in PATH, "
        + "where pg_config says, and in \(packaged)); install the Debian package postgresql.")
  }

  /// The path of one of them.
  package func path(_ name: String) -> String { "\(folder)/\(name)" }
}
