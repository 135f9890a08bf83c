package import AuditTrail
package import Foundation
import Glibc

/// The wall around a throw-away server's processes, whoever asks them: it sees no program but itself, no file but its own,
/// no process but those it started, no network, and is bounded in memory and in the size of a file.
///
/// Roles without rights are the first wall; this is the one behind it. It is made by bubblewrap where that is installed
/// and the kernel allows it; where not, ``words`` says so.
/// Source: bwrap(1), prlimit(1) and setpriv(1) of Debian 12.
package struct ServerSandbox: Sendable {
  /// Whether the server's processes are walled in.
  package let isClosed: Bool
  /// What walls it in, or why nothing does and what would.
  package let words: String
  /// What stands before the server's command.
  private var wall: [String]
  private let limiter: [String]
  private let bubblewrap: String
  private let program: String
  private let user: ServerUser

  /// Address space of one process of the server, and the greatest file, in bytes; no core is written.
  private static let limits = ["--as=8589934592", "--fsize=2147483648", "--core=0"]
  private static let folders = ["/usr/bin", "/bin"]

  /// Tries the wall with the server's own program, and says what holds.
  package init(_ program: String, _ user: ServerUser, _ folder: ClusterFolder) throws(AssayError) {
    (self.program, self.user) = (program, user)
    limiter = Program.find("prlimit", in: Self.folders).map { [$0] + Self.limits + ["--"] } ?? []
    bubblewrap = Program.find("bwrap", in: Self.folders) ?? ""
    guard !bubblewrap.isEmpty else {
      (isClosed, wall) = (false, limiter)
      words = "no wall around the server's processes: install the Debian package bubblewrap"
      return
    }
    let closed = try limiter + [bubblewrap] + Self.wall(program, user, folder)
    let trial = Program.process(closed + (try user.command(program, ["--version"])))
    try Program.start(trial)
    trial.waitUntilExit()
    isClosed = trial.terminationReason == .exit && trial.terminationStatus == 0
    wall = isClosed ? closed : limiter
    words =
      isClosed
      ? "walled in by bubblewrap: no programs, no network, no files and processes but its own"
      : "no wall around the server's processes: bubblewrap does not work here; check that user namespaces are allowed"
  }

  /// The same wall around another folder of the same server's, which needs no trial of its own.
  package func around(_ folder: ClusterFolder) throws(AssayError) -> ServerSandbox {
    var other = self
    if isClosed { other.wall = try limiter + [bubblewrap] + Self.wall(program, user, folder) }
    return other
  }

  /// The server with its arguments, not started yet.
  package func server(_ arguments: [String]) throws(AssayError) -> Process {
    let process = Program.process(wall + (try user.command(program, arguments)))
    process.environment?["PATH"] = ""
    return process
  }

  /// What bubblewrap shows to the command that follows.
  private static func wall(
    _ program: String, _ user: ServerUser, _ folder: ClusterFolder
  ) throws(AssayError) -> [String] {
    // The server is the first process of a world of its own: whoever is in there sees no process outside, and none of them
    // outlives it.
    var words = ["--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-pid", "--as-pid-1", "--new-session"]
    var made: Set<String> = []
    // Folders above what is shown: bubblewrap would close them to other users than its own.
    func above(_ path: String) -> [String] {
      var parents: [String] = []
      var rest = path[...]
      while let slash = rest.lastIndex(of: "/"), slash > rest.startIndex {
        rest = rest[..<slash]
        parents.insert(String(rest), at: 0)
      }
      return parents.filter { made.insert($0).inserted }.flatMap { ["--perms", "0755", "--dir", $0] }
    }
    for path in try readable(program, user, folder) {
      words += above(path.target) + (path.isLink ? ["--symlink"] : ["--ro-bind"]) + [path.source, path.target]
      made.insert(path.target)
    }
    words += ["--dev", "/dev", "--perms", "1777", "--tmpfs", "/dev/shm"]
    for path in [folder.data, folder.sockets] { words += above(path) + ["--bind", path, path] }
    words += ["--chdir", "/"]
    // The one program besides the server: it gives up the rights of root, and cannot take them again.
    if user.unprivileged != nil, let changer = try user.command("", []).first {
      words += above(changer) + ["--ro-bind", changer, changer]
      words += ["--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    }
    return words + ["--"]
  }

  /// Libraries and data of the server, its own program, and who the two users are; nothing that could be run besides.
  private static func readable(
    _ program: String, _ user: ServerUser, _ folder: ClusterFolder
  ) throws(AssayError) -> [(source: String, target: String, isLink: Bool)] {
    let files = FileManager.default
    var shown: [(source: String, target: String, isLink: Bool)] = []
    for path in ["/usr/lib", "/usr/lib64", "/usr/share", "/lib", "/lib64", "/etc/ld.so.cache"] {
      if let link = try? files.destinationOfSymbolicLink(atPath: path) {
        shown.append((link, path, true))
      } else if files.fileExists(atPath: path) {
        shown.append((path, path, false))
      }
    }
    if !program.hasPrefix("/usr/lib/") {
      let prefix = URL(filePath: program).deletingLastPathComponent().deletingLastPathComponent().path
      for path in ["\(prefix)/lib", "\(prefix)/share", program]
      where files.fileExists(atPath: path) && !shown.contains(where: { $0.target == path }) {
        shown.append((path, path, false))
      }
    }
    try user.writeAccounts(to: folder.accounts)
    shown.append((folder.accounts, "/etc/passwd", false))
    return shown
  }
}

/// The server's first process, or a program that makes its files.
package struct ServerProcess: Sendable {
  private let process: Process
  /// Whether a program that walls it in stands before it, and ends with it.
  private let isWalled: Bool

  /// A process that was not started yet.
  package init(_ process: Process, isWalled: Bool = false) { (self.process, self.isWalled) = (process, isWalled) }

  /// Starts it.
  package func start() throws(AssayError) { try Program.start(process) }

  /// Whether it runs.
  package var isRunning: Bool { process.isRunning }

  /// Ends it: at most five seconds are waited for each signal.
  package func end(_ signals: [Int32] = [SIGQUIT, SIGKILL]) {
    for signal in signals where process.isRunning {
      for number in receivers(of: signal) { kill(number, signal) }
      for _ in 0..<500 where process.isRunning { Thread.sleep(forTimeInterval: 0.01) }
    }
  }

  private func receivers(of signal: Int32) -> [Int32] {
    let own = process.processIdentifier
    guard isWalled else { return [own] }
    let inside = ProcessIdentity.children(of: own)
    return inside.isEmpty || signal == SIGKILL ? inside + [own] : inside
  }
}
