package import AuditTrail
import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file that comes to its place when it is whole. Until then it has a name of its own beside it that nothing had, so that
/// nothing that stands there is lost or followed; it goes where it does not become whole.
package final class WholeFile {
  /// Where it is written.
  package let temporaryPath: String
  private let path: String
  private var descriptor: Int32

  /// An empty file for its user alone, in the folder of `path`. Throws `input_output`.
  package init(_ path: String) throws(AssayError) {
    self.path = path
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    var template = Array("\(folder).assay-XXXXXX".utf8CString)
    descriptor = unsafe mkstemp(&template)
    temporaryPath = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    guard descriptor >= 0 else { throw failure }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
  }

  deinit {
    guard descriptor >= 0 else { return }
    _ = close(descriptor)
    _ = unsafe unlink(temporaryPath)
  }

  /// Writes the bytes behind those that stand there. Throws `input_output`.
  package func append(_ bytes: [UInt8]) throws(AssayError) {
    guard writeWhole(bytes, to: descriptor) else { throw failure }
  }

  /// Puts it in its place in one step, whatever file or link stands there; `isShared` lets every user read it. Throws
  /// `input_output`.
  package func place(isShared: Bool = false) throws(AssayError) {
    guard fchmod(descriptor, isShared ? 0o644 : 0o600) == 0, unsafe rename(temporaryPath, path) == 0 else {
      throw failure
    }
    let closed = close(descriptor)
    descriptor = -1
    guard closed == 0 else { throw failure }
  }

  private var failure: AssayError {
    AssayError(.inputOutput, "The file cannot be written; check the folder and the disk.", at: Place(path))
  }
}

/// Writes all of the bytes; says whether that was possible.
func writeWhole(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
  var written = 0
  while written < bytes.count {
    let count = unsafe bytes.withUnsafeBytes { buffer in
      unsafe write(descriptor, buffer.baseAddress?.advanced(by: written), buffer.count - written)
    }
    if count < 0, errno == EINTR { continue }
    guard count > 0 else { return false }
    written += count
  }
  return true
}
