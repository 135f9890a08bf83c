package import AuditTrail
import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A temporary file without a name: nothing of it is left, however the process ends. It is written to its end and read anywhere.
package final class UnnamedFile: Sendable {
  private let descriptor: Int32

  /// An empty file in the folder for temporary files. Throws `input_output`.
  package init() throws(AssayError) {
    let folder = FileManager.default.temporaryDirectory.path
    var template = Array("\(folder)/assay-XXXXXX".utf8CString)
    // mkstemp(3) makes it with mode 0600 and close-on-exec is set apart.
    descriptor = unsafe mkstemp(&template)
    guard descriptor >= 0 else {
      throw AssayError(.inputOutput, "No temporary file can be made; check TMPDIR and its disk.", at: Place(folder))
    }
    _ = unsafe unlink(template)
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
  }

  deinit { close(descriptor) }

  /// Writes the bytes behind those that stand there; the file has one writer. Throws `input_output`.
  package func append(_ bytes: [UInt8]) throws(AssayError) {
    guard writeWhole(bytes, to: descriptor) else {
      throw AssayError(.inputOutput, "A temporary file cannot be written; free space or set TMPDIR.")
    }
  }

  /// The `count` bytes from `offset` on. Throws `input_output` where they are not there.
  package func read(_ count: Int, at offset: Int64) throws(AssayError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
      let place = filled
      let read = unsafe bytes.withUnsafeMutableBytes { buffer in
        unsafe pread(descriptor, buffer.baseAddress?.advanced(by: place), count - place, off_t(offset) + off_t(place))
      }
      if read < 0, errno == EINTR { continue }
      guard read > 0 else { throw AssayError(.inputOutput, "A temporary file cannot be read back; check its disk.") }
      filled += read
    }
    return bytes
  }
}
