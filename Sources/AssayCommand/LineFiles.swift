import AuditTrail
import Export
import Foundation

/// A file that lines are added to, which outlives the process. What a killed process wrote of a line is cut off: it is sent
/// again.
final class AppendedFile: LineFile {
  private let path: String
  private let handle: FileHandle

  /// Opens the file for its user alone, and makes it and the folders above it where they are missing. Throws `input_output`.
  init(_ path: String) throws(AssayError) {
    self.path = path
    try makeFolder(above: path)
    if !fileExists(path), !FileManager.default.createFile(atPath: path, contents: nil) {
      throw OutputFile.failure(path)
    }
    guard let handle = FileHandle(forUpdatingAtPath: path) else { throw OutputFile.failure(path) }
    self.handle = handle
    do { try Self.cutTail(of: handle) } catch { throw OutputFile.failure(path) }
  }

  /// Ends the file behind its last line's end.
  private static func cutTail(of handle: FileHandle) throws {
    var end = try handle.seekToEnd()
    let size = end
    while end > 0 {
      let start = end - min(end, 65_536)
      try handle.seek(toOffset: start)
      let piece = try handle.read(upToCount: Int(end - start)) ?? Data()
      if let last = piece.lastIndex(of: UInt8(ascii: "\n")) {
        end = start + UInt64(last - piece.startIndex) + 1
        break
      }
      end = start
    }
    if end < size { try handle.truncate(atOffset: end) }
    try handle.seekToEnd()
  }

  func append(_ bytes: [UInt8]) throws(AssayError) {
    do { try handle.write(contentsOf: Data(bytes)) } catch { throw OutputFile.failure(path) }
  }

  func settle() throws(AssayError) {
    do { try handle.synchronize() } catch { throw OutputFile.failure(path) }
  }
}

/// A file that comes to its place when it is whole.
final class PlacedFile: LineFile {
  private let file: OutputFile

  init(_ path: String) throws(AssayError) { file = try OutputFile(path) }

  func append(_ bytes: [UInt8]) throws(AssayError) { try file.write(bytes) }

  /// It is whole only at the end.
  func settle() {}

  /// Puts it in its place.
  func finish() throws(AssayError) { try file.finish() }
}

/// Standard output, where lines for programs go.
final class StandardOutputLines: LineFile {
  private let console: Console

  init(_ console: Console) { self.console = console }

  func append(_ bytes: [UInt8]) { console.write(lines: bytes) }

  func settle() {}
}

/// A file that is made when the first line comes.
final class LazyFile: LineFile {
  private let path: String
  private var file: AppendedFile?

  init(_ path: String) { self.path = path }

  func append(_ bytes: [UInt8]) throws(AssayError) {
    if file == nil { file = try AppendedFile(path) }
    try file?.append(bytes)
  }

  func settle() throws(AssayError) { try file?.settle() }
}
