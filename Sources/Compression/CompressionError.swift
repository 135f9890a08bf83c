/// Why a file could not be read to its end, or bytes not be compressed.
public struct CompressionError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What kind of fault it is; the raw value is a stable name.
  public enum Code: String, Sendable {
    /// There is no file of that name.
    case missing
    /// The file may not be read.
    case permission
    /// A directory, FIFO, socket or device.
    case notARegularFile = "not_a_regular_file"
    /// The compressed data stops before its end.
    case truncated
    /// The compressed data contradicts itself: a checksum, a length, bytes after the end.
    case corrupt
    /// The data needs a dictionary, or more memory than a reader may be made to take.
    case unsupported
    /// The data grows beyond the limits given, as a decompression bomb does.
    case expansionLimit = "expansion_limit"
    /// Size or modification time differ between opening and the end of reading.
    case changedWhileRead = "changed_while_read"
    /// The operating system or a library failed.
    case inputOutput = "io"
  }

  /// What kind of fault it is.
  public let code: Code
  /// The file as it was named, empty for bytes in memory.
  public let path: String
  /// What is wrong and what to do about it.
  public let message: String
  /// How many bytes of the file, as stored, lie before the fault.
  public let storedOffset: Int64
  /// How many decompressed bytes lie before the fault; all of them were delivered.
  public let contentOffset: Int64

  /// Path, message and place.
  public var description: String {
    let place = path.isEmpty ? "" : "\(path): "
    return "\(place)\(message) (byte \(storedOffset) as stored, \(contentOffset) decompressed)"
  }
}

/// A fault before it is known in which file it stands.
struct Fault: Error {
  let code: CompressionError.Code
  let message: String

  init(_ code: CompressionError.Code, _ message: String) {
    self.code = code
    self.message = message
  }

  func at(_ path: String, stored: Int64 = 0, content: Int64 = 0) -> CompressionError {
    CompressionError(code: code, path: path, message: message, storedOffset: stored, contentOffset: content)
  }
}
