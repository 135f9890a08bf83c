import AuditTrail
import Digests
import Foundation

/// A file being written, counted and hashed on its way.
struct FileSink: ~Copyable {
  private let handle: FileHandle
  private let path: String
  private var hasher = SHA256Hasher()
  private var count: Int64 = 0

  /// Creates the file at `path`, which must not exist. Throws `input_output`.
  init(creating path: String) throws(AssayError) {
    guard FileManager.default.createFile(atPath: path, contents: nil), let handle = FileHandle(forWritingAtPath: path)
    else { throw AssayError(.inputOutput, "The file cannot be written; check space and rights", at: Place(path)) }
    self.handle = handle
    self.path = path
  }

  mutating func write(_ bytes: [UInt8]) throws(AssayError) {
    do {
      try handle.write(contentsOf: Data(bytes))
    } catch {
      throw AssayError(.inputOutput, "The file cannot be written; check space and rights", at: Place(path))
    }
    hasher.update(bytes)
    count += Int64(bytes.count)
  }

  /// Closes the file and says what was written.
  consuming func close(as name: String) throws(AssayError) -> PackageFile {
    do {
      try handle.close()
    } catch {
      throw AssayError(.inputOutput, "The file cannot be closed; check space", at: Place(path))
    }
    return PackageFile(path: name, bytes: count, sha256: hasher.finish().hex)
  }
}

/// What stands at a path.
enum FileKind {
  case file, directory, link, other
}

/// What stands at `path`, links not followed; `nil` if nothing does.
func fileKind(_ path: String) -> FileKind? {
  guard let attributes = try? FileManager.default.attributesOfItem(atPath: path) else { return nil }
  switch attributes[.type] as? FileAttributeType {
  case .typeRegular: return .file
  case .typeDirectory: return .directory
  case .typeSymbolicLink: return .link
  default: return .other
  }
}

/// Reads and hashes the file at `path` in pieces; one of more than `limit` bytes is not read and has no digest. Throws
/// `input_output`.
func hashFile(_ path: String, as name: String, limit: Int64 = .max) throws(AssayError) -> PackageFile {
  let attributes = try? FileManager.default.attributesOfItem(atPath: path)
  if let size = (attributes?[.size] as? NSNumber)?.int64Value, size > limit {
    return PackageFile(path: name, bytes: size, sha256: "not read: \(size) bytes")
  }
  var hasher = SHA256Hasher()
  var count: Int64 = 0
  try forEachPiece(of: path) { piece in
    hasher.update(piece)
    count += Int64(piece.count)
  }
  return PackageFile(path: name, bytes: count, sha256: hasher.finish().hex)
}

/// Reads and hashes a file of which a manifest states something. What is far larger than it says is another file, and would take
/// long to read: it has no digest. Throws `input_output`.
func hashFile(_ path: String, as name: String, stated: Manifest.StatedFile?) throws(AssayError) -> PackageFile {
  try hashFile(path, as: name, limit: max(stated?.bytes ?? 0, Int64(FactsJSON.byteLimit)))
}

/// Reads the file at `path` in pieces of at most 1 MiB. Throws `input_output`.
func forEachPiece(of path: String, _ body: ([UInt8]) -> Void) throws(AssayError) {
  guard let handle = FileHandle(forReadingAtPath: path) else {
    throw AssayError(.inputOutput, "The file cannot be read; check its rights", at: Place(path))
  }
  defer { try? handle.close() }
  do {
    while let piece = try handle.read(upToCount: 1 << 20), !piece.isEmpty { body([UInt8](piece)) }
  } catch {
    throw AssayError(.inputOutput, "The file cannot be read to its end", at: Place(path))
  }
}

/// The bytes of a regular file of at most `limit` bytes; `nil` if there is none or it is larger.
func readFile(_ path: String, limit: Int) -> [UInt8]? {
  guard fileKind(path) == .file, let attributes = try? FileManager.default.attributesOfItem(atPath: path),
    let size = attributes[.size] as? NSNumber, size.intValue <= limit,
    let data = FileManager.default.contents(atPath: path)
  else { return nil }
  return [UInt8](data)
}
