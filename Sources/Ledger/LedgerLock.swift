import AuditTrail
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
      let now = Timestamp(seconds: Int64(Date().timeIntervalSince1970)).map { " since \($0)" } ?? ""
      let holder = "process \(ProcessInfo.processInfo.processIdentifier)\(now)"
      switch FileLock.ask(path: Self.file(path), holder: holder) {
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

  static func inUse(_ path: String, by holder: String?) -> AssayError {
    let plain = holder.map { $0.filter { $0.isASCII && !$0.isNewline && ($0 >= " " && $0 != "\u{7F}") } } ?? ""
    return AssayError(
      .inUse,
      plain.isEmpty
        ? "The ledger is in use by another program; wait for it to end, or name another ledger with --ledger."
        : "The ledger is in use by another assay (\(plain)); wait for it to end, or name another ledger with --ledger.",
      at: Place(path))
  }

  private static func file(_ path: String) -> String { path + ".lock" }
}
