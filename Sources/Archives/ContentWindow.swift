public import AuditTrail
import Compression
import Digests

/// A window onto the decompressed content of a file, hashed as stored in the same pass.
///
/// It holds what was read and not yet consumed. The bytes of an entry stay where they are until the next call that reads.
struct ContentWindow: ~Copyable {
  private var input: CompressedInput
  private var stored = BackgroundHasher()
  /// The window's memory; `start..<end` is not consumed yet.
  private(set) var bytes: [UInt8]
  /// The first byte that is not consumed.
  private(set) var start = 0
  /// Behind the last byte that was read.
  private(set) var end = 0
  /// The offset of `bytes[start]` in the content.
  private(set) var offset: Int64 = 0
  /// Whether the content ends at `end`.
  private(set) var isAtEnd = false
  /// Why the content ended before its time.
  private(set) var damage: CompressionError?

  /// The least room that is offered for reading.
  private static let room = 1 << 18

  /// Opens the file at the path.
  init(path: String, limits: ExpansionLimits) throws(AssayError) {
    do throws(CompressionError) {
      input = try CompressedInput(path: path, limits: limits)
    } catch {
      throw AssayError(reading: error)
    }
    bytes = [UInt8](repeating: 0, count: 1 << 20)
  }

  /// How many bytes are there to be read without another call.
  var count: Int { end - start }

  /// Marks bytes as consumed; they stay in memory until the next call of ``more()``.
  mutating func consume(_ count: Int) {
    start += count
    offset += Int64(count)
  }

  /// Consumes UTF-8's byte order mark, where the content begins with it.
  mutating func skipByteOrderMark() throws(AssayError) {
    while count < 3, try more() {}
    if offset == 0, bytes[start..<end].starts(with: [0xEF, 0xBB, 0xBF]) { consume(3) }
  }

  /// Takes back what was consumed since the last call of ``more()``.
  mutating func unread(_ count: Int) {
    start -= count
    offset -= Int64(count)
  }

  /// Reads on; false when the content has ended.
  mutating func more() throws(AssayError) -> Bool {
    if isAtEnd { return false }
    makeRoom()
    let read: Int
    do throws(CompressionError) {
      read = try input.read(into: &bytes, at: end, updating: &stored) { digest, chunk in digest.update(chunk) }
    } catch {
      return try stop(at: error)
    }
    end += read
    isAtEnd = read == 0
    return read > 0
  }

  /// The SHA-256 of the file as stored, its size, and the size of its content as far as it could be read.
  mutating func finish() throws(AssayError) -> (sha256: SHA256Digest, stored: Int64, content: Int64) {
    if damage != nil {
      do throws(CompressionError) {
        try input.drain(updating: &stored) { digest, chunk in digest.update(chunk) }
      } catch {
        throw AssayError(reading: error)
      }
    }
    return (stored.finish(), input.storedSize, input.contentCount)
  }

  private mutating func stop(at error: CompressionError) throws(AssayError) -> Bool {
    switch error.code {
    case .truncated, .corrupt, .unsupported, .expansionLimit:
      damage = error
      isAtEnd = true
      return false
    case .missing, .permission, .notARegularFile, .changedWhileRead, .inputOutput:
      throw AssayError(reading: error)
    }
  }

  private mutating func makeRoom() {
    if start == end {
      start = 0
      end = 0
    }
    guard bytes.count - end < Self.room else { return }
    if start > 0 {
      // An assignment from a slice of itself would copy the whole buffer first.
      for index in 0..<count { bytes[index] = bytes[start + index] }
      end -= start
      start = 0
    }
    // From an array: one copy, where another sequence would be taken byte by byte.
    if bytes.count - end < Self.room { bytes.append(contentsOf: [UInt8](repeating: 0, count: bytes.count)) }
  }
}

extension AssayError {
  /// A failure to read a file, with the exit status that fits it.
  init(reading error: CompressionError) {
    let (code, cause): (Code, String?) =
      switch error.code {
      case .missing: (.missingInput, nil)
      case .permission: (.permissionDenied, nil)
      case .notARegularFile: (.notAFile, nil)
      case .changedWhileRead: (.changedWhileRead, nil)
      case .inputOutput: (.inputOutput, nil)
      case .truncated, .corrupt, .unsupported, .expansionLimit:
        (.damagedContainer, "\(error.code.rawValue) at byte \(error.storedOffset) of the file as stored")
      }
    let offset = code == .damagedContainer ? Int(clamping: error.contentOffset) : nil
    self.init(code, error.message, at: Place(error.path, byteOffset: offset), cause: cause)
  }
}

extension AssayError.Code {
  /// A file is there and may not be read.
  public static let permissionDenied = Self("permission_denied", .missingInput)
}
