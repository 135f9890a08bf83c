import AuditTrail
import Foundation
import Ledger
import Reporting

/// A file that a command writes piece by piece: it comes to its place when it is whole.
///
/// A device or a pipe, such as `/dev/stdout`, is written to and never replaced.
final class OutputFile {
  private enum Target {
    case file(WholeFile)
    case device(FileHandle)
  }

  private let path: String
  private let target: Target
  private let isEvidence: Bool

  /// Opens the file for its user alone, and makes the folders above it; evidence takes the place of no other file. Throws
  /// `input_output`.
  init(_ path: String, isEvidence: Bool = false) throws(AssayError) {
    (self.path, self.isEvidence) = (path, isEvidence)
    try makeFolder(above: path)
    if Self.isReplaced(path) {
      target = .file(try WholeFile(path))
    } else {
      guard let handle = FileHandle(forWritingAtPath: path) else { throw Self.failure(path) }
      target = .device(handle)
    }
  }

  /// Appends to it. Throws `input_output`.
  func write(_ bytes: [UInt8]) throws(AssayError) {
    switch target {
    case .file(let file): try file.append(bytes)
    case .device(let handle):
      do { try handle.write(contentsOf: Data(bytes)) } catch { throw Self.failure(path) }
    }
  }

  /// Puts it in its place, where every user may read it if it is shared. Throws `input_output`, and `not_replaced` where
  /// evidence would replace a file that differs.
  func finish(isShared: Bool = false) throws(AssayError) {
    switch target {
    case .file(let file):
      if isEvidence, fileExists(path), !isEmptyOrSame(file.temporaryPath) {
        throw AssayError(
          .notReplaced, "Another file is stored here, and it would be lost; name another, or remove it.",
          at: Place(path))
      }
      try file.place(isShared: isShared)
    case .device(let handle):
      do { try handle.close() } catch { throw Self.failure(path) }
    }
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
    // What is still a link leads nowhere.
    return type == .typeRegular || type == .typeSymbolicLink
  }

  /// That the file cannot be written.
  static func failure(_ path: String) -> AssayError {
    AssayError(.inputOutput, "The file cannot be written; check the folder and the disk.", at: Place(path))
  }
}
