import AuditTrail
import Foundation
import Glibc
import ThrowAwayServers

/// The wall around pg_restore, which reads an archive before anything else sees it: it sees the archive, to read, and its own
/// libraries, no program but itself, no other file, no process and no network; it is bounded in memory and writes to no file.
///
/// Where bubblewrap is missing or does not work, only the bounds hold.
struct RestoreSandbox: Sendable {
  /// Whether it is walled in.
  let isClosed: Bool
  private let program: String
  private let limiter: [String]
  private let wall: [String]

  /// Address space in bytes; no file, no core.
  private static let limits = ["--as=4294967296", "--fsize=0", "--core=0"]
  private static let folders = ["/usr/bin", "/bin"]

  /// Tries the wall with pg_restore's own version.
  init(_ programs: ServerPrograms) throws(AssayError) {
    let program = programs.path("pg_restore")
    limiter = Program.find("prlimit", in: Self.folders).map { [$0] + Self.limits + ["--"] } ?? []
    self.program = program
    guard let bubblewrap = Program.find("bwrap", in: Self.folders) else {
      (isClosed, wall) = (false, [])
      return
    }
    // As root it may still read what the archive's owner keeps from others, where the system makes no namespace of users: in
    // one, root is nobody to them.
    let rights = geteuid() == 0 ? ["--cap-drop", "ALL", "--cap-add", "CAP_DAC_READ_SEARCH"] : []
    let wall = [bubblewrap, "--unshare-all", "--new-session", "--chdir", "/"] + rights + Self.libraries(programs)
    let trial = Program.process(limiter + wall + ["--", program, "--version"])
    try Program.start(trial)
    trial.waitUntilExit()
    isClosed = trial.terminationReason == .exit && trial.terminationStatus == 0
    self.wall = isClosed ? wall : []
  }

  /// The command that gives an archive's SQL on standard output.
  func restore(_ archive: String, _ options: [String]) -> [String] {
    let shown = isClosed ? ["--ro-bind", archive, archive, "--"] : []
    return limiter + wall + shown + [program] + options + [archive]
  }

  private static func libraries(_ programs: ServerPrograms) -> [String] {
    let files = FileManager.default
    var words: [String] = []
    for path in ["/usr/lib", "/usr/lib64", "/lib", "/lib64", "/etc/ld.so.cache"] {
      if let link = try? files.destinationOfSymbolicLink(atPath: path) {
        words += ["--symlink", link, path]
      } else if files.fileExists(atPath: path) {
        words += ["--ro-bind", path, path]
      }
    }
    if !programs.folder.hasPrefix("/usr/lib/") {
      let prefix = URL(filePath: programs.folder).deletingLastPathComponent().path
      for path in ["\(prefix)/lib", programs.path("pg_restore")] where files.fileExists(atPath: path) {
        words += ["--ro-bind", path, path]
      }
    }
    return words
  }
}
