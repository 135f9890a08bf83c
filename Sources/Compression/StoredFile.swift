import Glibc

/// A regular file open for reading, and what it looked like when it was opened.
struct StoredFile: ~Copyable {
  private let descriptor: Int32
  private let opened: Appearance

  private struct Appearance: Equatable {
    let device, inode: UInt64
    let size: Int64
    let seconds, nanoseconds: Int
  }

  init(path: String) throws(Fault) {
    guard !path.utf8.contains(0) else { throw Fault(.missing, "A file name holds no NUL; check how it was made") }
    // Without O_NONBLOCK, opening a FIFO would wait for a writer.
    let descriptor = unsafe open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
    guard descriptor >= 0 else { throw Self.openFault(errno) }
    try self.init(adopting: descriptor)
  }

  /// Takes ownership of `descriptor`: it is closed even when this throws.
  init(adopting descriptor: Int32) throws(Fault) {
    do throws(Fault) {
      opened = try Self.appearance(of: descriptor)
      self.descriptor = descriptor
    } catch {
      close(descriptor)
      throw error
    }
  }

  deinit {
    close(descriptor)
  }

  /// Its size when it was opened, in bytes.
  var size: Int64 { opened.size }

  /// Reads into `buffer` from its start; returns how many bytes, 0 at the end of the file.
  func read(into buffer: inout [UInt8]) throws(Fault) -> Int {
    while true {
      let count = unsafe buffer.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
      if count >= 0 { return count }
      guard errno == EINTR else { throw Self.systemFault(errno, "read") }
    }
  }

  /// Whether the file is still as it was when opened.
  func isUnchanged() -> Bool {
    (try? Self.appearance(of: descriptor)) == opened
  }

  private static func appearance(of descriptor: Int32) throws(Fault) -> Appearance {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { throw systemFault(errno, "examined") }
    guard status.st_mode & S_IFMT == S_IFREG else { throw notRegular }
    return Appearance(
      device: UInt64(status.st_dev), inode: UInt64(status.st_ino), size: Int64(status.st_size),
      seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec)
  }

  private static let notRegular = Fault(
    .notARegularFile, "Not a regular file (a directory, pipe, socket or device); name a file")

  private static func openFault(_ code: Int32) -> Fault {
    switch code {
    case ENOENT, ENOTDIR: Fault(.missing, "There is no such file; check the path")
    case EACCES, EPERM: Fault(.permission, "The file may not be read; grant read permission")
    case ENXIO: notRegular
    default: systemFault(code, "opened")
    }
  }

  private static func systemFault(_ code: Int32, _ verb: String) -> Fault {
    Fault(.inputOutput, "The file could not be \(verb): \(unsafe String(cString: strerror(code)))")
  }
}
