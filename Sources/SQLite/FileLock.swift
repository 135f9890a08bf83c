import Glibc

/// A lock file: held by one process at a time, gone when the process ends however it ends.
///
/// The file says who holds it, for those who find it held.
public final class FileLock: Sendable {
  /// What asking for a lock came to.
  public enum Outcome {
    /// The lock is ours as long as the value lives.
    case held(FileLock)
    /// Another holds it; what that one wrote into the file.
    case heldByAnother(String)
    /// There can be no lock file here, with the system's error number.
    case impossible(Int32)
  }

  private let path: String
  private let descriptor: Int32

  private init(path: String, descriptor: Int32) {
    self.path = path
    self.descriptor = descriptor
  }

  // First the name: whoever opens the file between both steps finds a file that is no longer there, and asks again.
  deinit {
    _ = unsafe unlink(path)
    _ = close(descriptor)
  }

  /// Asks for the lock without waiting, and writes `holder` into its file.
  public static func ask(path: String, holder: String) -> Outcome {
    while true {
      let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, mode_t(0o600))
      guard descriptor >= 0 else { return .impossible(errno) }
      guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
        let reason = errno
        defer { _ = close(descriptor) }
        return reason == EWOULDBLOCK ? .heldByAnother(text(of: descriptor)) : .impossible(reason)
      }
      guard isAt(path, descriptor) else {
        _ = close(descriptor)
        continue
      }
      let lock = FileLock(path: path, descriptor: descriptor)
      _ = ftruncate(descriptor, 0)
      let text = Array(holder.utf8)
      // Without the holder's name the lock holds all the same.
      _ = unsafe text.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
      return .held(lock)
    }
  }

  /// What the holder of a lock wrote into its file; `nil` where nobody holds it.
  public static func holder(path: String) -> String? {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { return nil }
    defer { _ = close(descriptor) }
    guard flock(descriptor, LOCK_SH | LOCK_NB) != 0 else { return nil }
    return text(of: descriptor)
  }

  private static func text(of descriptor: Int32) -> String {
    var bytes = [UInt8](repeating: 0, count: 200)
    let count = unsafe bytes.withUnsafeMutableBytes { unsafe pread(descriptor, $0.baseAddress, $0.count, 0) }
    return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
  }

  /// Whether the path still names the file that is open.
  private static func isAt(_ path: String, _ descriptor: Int32) -> Bool {
    var (named, opened) = (stat(), stat())
    return unsafe stat(path, &named) == 0 && fstat(descriptor, &opened) == 0 && named.st_ino == opened.st_ino
      && named.st_dev == opened.st_dev
  }
}
