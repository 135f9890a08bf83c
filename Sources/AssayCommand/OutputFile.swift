import AuditTrail
import Foundation

/// A file that a command writes piece by piece: it comes to its place when it is whole.
///
/// A device or a pipe, such as `/dev/stdout`, is written to and never replaced.
final class OutputFile {
  private let path: String
  /// Where it is written until it is whole; `nil` for a device or a pipe.
  private let temporary: String?
  private let handle: FileHandle
  private let isEvidence: Bool

  /// Opens the file for its user alone, and makes the folders above it; evidence takes the place of no other file. Throws
  /// `input_output`.
  init(_ path: String, isEvidence: Bool = false) throws(AssayError) {
    (self.path, self.isEvidence) = (path, isEvidence)
    try makeFolder(above: path)
    temporary = Self.isReplaced(path) ? path + ".partial" : nil
    let handle: FileHandle?
    if let temporary {
      try? FileManager.default.removeItem(atPath: temporary)
      let isMade = FileManager.default.createFile(
        atPath: temporary, contents: nil, attributes: [.posixPermissions: NSNumber(value: 0o600)])
      handle = isMade ? FileHandle(forWritingAtPath: temporary) : nil
    } else {
      handle = FileHandle(forWritingAtPath: path)
    }
    guard let handle else { throw Self.failure(path) }
    self.handle = handle
  }

  // What did not become whole goes; what did is not there any more.
  deinit { if let temporary { try? FileManager.default.removeItem(atPath: temporary) } }

  /// Appends to it. Throws `input_output`.
  func write(_ bytes: [UInt8]) throws(AssayError) {
    do { try handle.write(contentsOf: Data(bytes)) } catch { throw Self.failure(path) }
  }

  /// Puts it in its place. Throws `input_output`, and `not_replaced` where evidence would replace a file that differs.
  func finish() throws(AssayError) {
    do { try handle.close() } catch { throw Self.failure(path) }
    guard let temporary else { return }
    if isEvidence, fileExists(path), !isEmptyOrSame(temporary) {
      throw AssayError(
        .notReplaced, "Another file is stored here, and it would be lost; name another, or remove it.", at: Place(path))
    }
    do {
      if fileExists(path) { try FileManager.default.removeItem(atPath: path) }
      try FileManager.default.moveItem(atPath: temporary, toPath: path)
    } catch { throw Self.failure(path) }
  }

  private func isEmptyOrSame(_ temporary: String) -> Bool {
    guard let stored = digest(ofFile: path), let new = digest(ofFile: temporary) else { return false }
    return stored.bytes == 0 || stored == new
  }

  /// Whether what stands at the path is a file, or nothing, so that another takes its place.
  static func isReplaced(_ path: String) -> Bool {
    let place = URL(fileURLWithPath: path).standardizedFileURL.path
    guard !["/dev/std", "/dev/fd/", "/proc/"].contains(where: place.hasPrefix) else { return false }
    let target = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    guard let type = try? FileManager.default.attributesOfItem(atPath: target)[.type] as? FileAttributeType else {
      return true
    }
    return type == .typeRegular
  }

  /// That the file cannot be written.
  static func failure(_ path: String) -> AssayError {
    AssayError(.inputOutput, "The file cannot be written; check the folder and the disk.", at: Place(path))
  }
}
