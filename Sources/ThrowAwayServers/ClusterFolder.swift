package import AuditTrail
import Foundation
import Glibc

/// The private folder of a throw-away cluster, with the name of the process it belongs to.
///
/// The folder itself is ours; the server's user may only pass through it. The two folders within, mode 700, belong to the
/// server's user: no other user reaches the files or the socket.
package struct ClusterFolder: Sendable {
  private static let prefixes = ["assay-postgres-", "assay-mariadb-"]
  private static let ownerName = "owner"

  /// Where it stands.
  package let path: String
  /// The cluster's files.
  package var data: String { path + "/data" }
  /// The socket.
  package var sockets: String { path + "/run" }
  /// Who the server's processes believe there is on this machine: the server's user and the client.
  package var accounts: String { path + "/accounts" }
  /// What the server says when it cannot start.
  package var log: String { path + "/data.log" }

  /// Makes a new folder for a server of the kind that runs as the user.
  package static func make(for user: ServerUser, of kind: String = "postgres") throws(AssayError) -> ClusterFolder {
    guard let owner = ProcessIdentity.current else {
      throw AssayError(.unavailable, "This process cannot be told apart in /proc, which a throw-away cluster needs.")
    }
    let folder = ClusterFolder(path: "\(base)/assay-\(kind)-\(UUID().uuidString.prefix(13).lowercased())")
    do {
      let files = FileManager.default
      try files.createDirectory(
        atPath: folder.path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
      try Data(owner.text.utf8).write(to: URL(filePath: folder.ownerFile))
      for name in [folder.data, folder.sockets] {
        try files.createDirectory(
          atPath: name, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        guard let server = user.unprivileged else { continue }
        try files.setAttributes(
          [.ownerAccountID: NSNumber(value: server.user), .groupOwnerAccountID: NSNumber(value: server.group)],
          ofItemAtPath: name)
      }
      if let server = user.unprivileged {
        try files.setAttributes(
          [.groupOwnerAccountID: NSNumber(value: server.group), .posixPermissions: 0o710], ofItemAtPath: folder.path)
      }
    } catch {
      folder.remove()
      throw AssayError(
        .inputOutput, "The folder of a throw-away cluster could not be made; check the disk and TMPDIR.",
        at: Place(base))
    }
    return folder
  }

  /// Removes the folder with all that is in it; a child of a program that was just killed may still write there.
  package func remove() {
    for _ in 0..<50 {
      try? FileManager.default.removeItem(atPath: path)
      if !FileManager.default.fileExists(atPath: path) { return }
      Thread.sleep(forTimeInterval: 0.02)
    }
  }

  private var ownerFile: String { "\(path)/\(Self.ownerName)" }

  /// The folder for temporary files, unless a socket's path would be too long there, or hold a comma: PostgreSQL takes that
  /// for the end of a folder's name (PostgreSQL 15, 20.3.1, `unix_socket_directories`).
  private static var base: String {
    let folder = ProcessInfo.processInfo.environment["TMPDIR"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "/tmp"
    let trimmed = folder.count > 1 && folder.hasSuffix("/") ? String(folder.dropLast()) : folder
    return trimmed.utf8.count <= 50 && !trimmed.contains(",") ? trimmed : "/tmp"
  }

  // MARK: What others left behind

  /// Stops the servers and removes the folders of processes that are gone.
  package static func removeAbandoned() {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: base)) ?? []
    where prefixes.contains(where: name.hasPrefix) {
      let folder = ClusterFolder(path: "\(base)/\(name)")
      if folder.isOurs, folder.isAbandoned {
        folder.stopServer()
        folder.remove()
      }
    }
  }

  /// Whether this user made it. The temporary folder is open to all: another's folder, or a link, is not touched.
  private var isOurs: Bool {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    return attributes?[.type] as? FileAttributeType == .typeDirectory
      && (attributes?[.ownerAccountID] as? NSNumber)?.uint32Value == geteuid()
  }

  private var isAbandoned: Bool {
    guard let owner = FileManager.default.contents(atPath: ownerFile) else {
      // Just made, or half removed: an hour decides.
      let made = (try? FileManager.default.attributesOfItem(atPath: path))?[.modificationDate] as? Date
      return made.map { $0.timeIntervalSinceNow < -3600 } ?? false
    }
    return ProcessIdentity(text: String(decoding: owner, as: UTF8.self))?.isRunning != true
  }

  /// Stops the server whose files these are: the processes that work in its folder. Behind a wall the number that the server
  /// wrote down is not the one it has here.
  package func stopServer() {
    for signal in [SIGQUIT, SIGKILL] {
      let servers = ProcessIdentity.working(in: data)
      let numbers = Set(servers.map(\.number))
      // A server tells its other processes itself, in order.
      for server in servers where signal == SIGKILL || !numbers.contains(server.parent ?? 0) {
        kill(server.number, signal)
      }
      for _ in 0..<300 where servers.contains(where: \.isRunning) { Thread.sleep(forTimeInterval: 0.02) }
      if !servers.contains(where: \.isRunning) { return }
    }
  }
}
