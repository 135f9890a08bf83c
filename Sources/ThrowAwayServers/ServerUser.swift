package import AuditTrail
import Foundation
import Glibc

/// The user a throw-away server runs as: ourselves, or an unprivileged user where we are root.
package struct ServerUser: Sendable {
  /// Who connects, as the operating system names them.
  package let client: String
  /// The unprivileged user, where we are root.
  package let unprivileged: (name: String, user: UInt32, group: UInt32)?

  /// The user for this process; where we are root, the first of the names that has an account.
  package static func forThisProcess(_ names: [String] = ["postgres", "nobody"]) throws(AssayError) -> ServerUser {
    let accounts = FileManager.default.contents(atPath: "/etc/passwd") ?? Data()
    guard geteuid() == 0 else { return ServerUser(client: NSUserName(), unprivileged: nil) }
    for name in names {
      for line in String(decoding: accounts, as: UTF8.self).split(separator: "\n") {
        let fields = line.split(separator: ":", omittingEmptySubsequences: false)
        guard fields.count > 3, fields[0] == name, let user = UInt32(fields[2]), let group = UInt32(fields[3]),
          user != 0
        else { continue }
        return ServerUser(client: NSUserName(), unprivileged: (name, user, group))
      }
    }
    throw AssayError(
      .unavailable,
      "A throw-away server does not run as root, and there is no user \(names.joined(separator: " or ")) here.")
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
