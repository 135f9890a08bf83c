package import AuditTrail
import Digests
import FoundationEssentials
import SQLite
import Synchronization

/// Who writes a ledger: one process at a time, for as long as its command takes.
final class LedgerLock: Sendable {
  private let path: String
  private let held = Mutex<FileLock?>(nil)

  /// The lock of the ledger at a path, not taken yet.
  init(path: String) { self.path = path }

  /// Takes the lock and keeps it; fails where another process has it.
  func take() throws(AssayError) {
    let path = path
    try held.withLock { (held) throws(AssayError) in
      guard held == nil else { return }
      switch FileLock.ask(path: Self.file(path), holder: ownName()) {
      case .held(let lock): held = lock
      case .heldByAnother(let holder): throw Self.inUse(path, by: holder)
      case .impossible(let number):
        throw AssayError(
          .ledger, "The ledger's lock file cannot be made; check the folder, its disk and the limits of the process.",
          at: Place(Self.file(path)), cause: "system error \(number)")
      }
    }
  }

  /// Whether it is taken by us.
  var isHeld: Bool { held.withLock { $0 != nil } }

  /// Lets go of it.
  func release() { held.withLock { $0 = nil } }

  /// Who has the lock of the ledger at a path, if anybody.
  static func holder(of path: String) -> String? { FileLock.holder(path: file(path)) }

  /// The error of a ledger that others write.
  static func inUse(_ path: String, by holder: String?) -> AssayError { inUse(path, user: userName(holder)) }

  /// The error of a ledger that was waited for in vain. Where the lock is this process's own, whoever holds the file is no
  /// other assay that writes, and left no name.
  static func busy(_ path: String) -> AssayError {
    let holder = holder(of: path)
    let isOurs = holder?.hasPrefix("process \(ProcessInfo.processInfo.processIdentifier) ") == true
    return inUse(path, user: isOurs ? userName(nil) : userName(holder))
  }

  private static func inUse(_ path: String, user: String) -> AssayError {
    AssayError(
      .inUse, "The ledger is in use by \(user); wait for it to end, or name another ledger with --ledger.",
      at: Place(path))
  }

  /// Beside the file itself, whatever link names it: who comes by another name must find the same lock.
  private static func file(_ path: String) -> String { URL(filePath: path).resolvingSymlinksInPath().path + ".lock" }
}

/// That one process writes a package at a time: two would take away each other's files.
package final class PackageLock: Sendable {
  private let lock: FileLock

  /// Takes the lock of the package at a path, which a file beside it keeps for as long as the value lives. Throws `in_use`
  /// where another process has it, `input_output` where there can be no such file.
  package init(_ file: String, of package: String) throws(AssayError) {
    switch FileLock.ask(path: file, holder: ownName()) {
    case .held(let lock): self.lock = lock
    case .heldByAnother(let holder):
      throw AssayError(
        .inUse, "The package is being written by \(userName(holder)); wait for it to end, or name another output",
        at: Place(package))
    case .impossible(let number):
      throw AssayError(
        .inputOutput, "The package's lock file cannot be made; check the folder and its disk", at: Place(file),
        cause: "system error \(number)")
    }
  }
}

/// That one process sends to a sink at a time: two would send everything twice.
package final class ExportLock: Sendable {
  private let lock: FileLock

  /// Takes the lock of a cursor of the ledger at a path, which a file beside the ledger keeps for as long as the value lives.
  /// Throws `in_use` where another process has it, `ledger` where there can be no such file.
  package init(_ cursor: String, of ledger: String) throws(AssayError) {
    let file = "\(ledger).export-\(SHA256Digest(of: cursor).hex.prefix(16)).lock"
    switch FileLock.ask(path: file, holder: ownName()) {
    case .held(let lock): self.lock = lock
    case .heldByAnother(let holder):
      throw AssayError(
        .inUse,
        "The same is being exported by \(userName(holder)); wait for it to end, or name another cursor with --cursor.",
        at: Place(ledger))
    case .impossible(let number):
      throw AssayError(
        .ledger, "The export's lock file cannot be made; check the folder and its disk.", at: Place(file),
        cause: "system error \(number)")
    }
  }
}

/// How a lock's file names this process.
private func ownName() -> String {
  let now = Timestamp(seconds: Int64(Date().timeIntervalSince1970)).map { " since \($0)" } ?? ""
  return "process \(ProcessInfo.processInfo.processIdentifier)\(now)"
}

/// Who holds a lock, by what its file says.
private func userName(_ holder: String?) -> String {
  let plain = holder.map { $0.filter { $0.isASCII && !$0.isNewline && ($0 >= " " && $0 != "\u{7F}") } } ?? ""
  return plain.isEmpty ? "another program" : "another assay (\(plain))"
}
