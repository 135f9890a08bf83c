package import AuditTrail
import Foundation
import Glibc
import Replay

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

/// The user a throw-away server runs as: ourselves, or an unprivileged user where we are root.
package struct ServerUser: Sendable {
  /// Who connects, as the operating system names them.
  package let client: String
  /// The unprivileged user, where we are root.
  package let unprivileged: (name: String, user: UInt32, group: UInt32)?

  /// The user for this process.
  package static func forThisProcess() throws(AssayError) -> ServerUser {
    let accounts = FileManager.default.contents(atPath: "/etc/passwd") ?? Data()
    guard geteuid() == 0 else { return ServerUser(client: NSUserName(), unprivileged: nil) }
    for name in ["postgres", "nobody"] {
      for line in String(decoding: accounts, as: UTF8.self).split(separator: "\n") {
        let fields = line.split(separator: ":", omittingEmptySubsequences: false)
        guard fields.count > 3, fields[0] == name, let user = UInt32(fields[2]), let group = UInt32(fields[3]),
          user != 0
        else { continue }
        return ServerUser(client: NSUserName(), unprivileged: (name, user, group))
      }
    }
    throw AssayError(
      .unavailable, "A PostgreSQL server does not run as root, and there is neither a user postgres nor nobody here.")
  }

  /// Writes the accounts that a server behind a wall needs to know: its own user and the client.
  package func writeAccounts(to path: String) throws(AssayError) {
    var lines = ["\(client):x:\(geteuid()):\(getegid())::/:/"]
    if let unprivileged {
      lines.append("\(unprivileged.name):x:\(unprivileged.user):\(unprivileged.group)::/:/")
    }
    do {
      try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: path))
      try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
    } catch {
      throw AssayError(.inputOutput, "The throw-away cluster could not be set up; check the disk.", at: Place(path))
    }
  }

  /// A program of the server, to be run as this user: the words of the command.
  package func command(_ path: String, _ arguments: [String]) throws(AssayError) -> [String] {
    guard let unprivileged else { return [path] + arguments }
    guard let setpriv = Program.find("setpriv", in: ["/usr/bin", "/bin"]) else {
      throw AssayError(
        .unavailable, "As root, the server is started through setpriv; install the Debian package util-linux.")
    }
    return [
      setpriv, "--reuid=\(unprivileged.user)", "--regid=\(unprivileged.group)", "--clear-groups", "--no-new-privs",
      "--inh-caps=-all", "--", path,
    ] + arguments
  }
}
