package import AuditTrail
import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A private folder that is removed with the value. Its name holds the process, so that the folders of processes that are
/// no more can be told and removed.
package final class TemporaryFolder: Sendable {
  /// Where it is.
  package let path: String

  /// An empty folder. Throws `input_output`.
  package init(_ purpose: String = "ledger") throws(AssayError) {
    let parent = FileManager.default.temporaryDirectory
    let prefix = "assay-\(purpose)-"
    Self.removeLeftBehind(in: parent, prefix)
    let folder = parent.appending(
      path: "\(prefix)\(ProcessInfo.processInfo.processIdentifier)-\(UUID().uuidString)")
    do {
      try FileManager.default.createDirectory(
        at: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    } catch {
      throw AssayError(
        .inputOutput, "No temporary folder can be made; check TMPDIR and its disk.", at: Place(parent.path))
    }
    path = folder.path
  }

  // What cannot be removed now, the next process tries again.
  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Copies a SQLite database with its logs into the folder; gives the copy's path. Throws `input_output`.
  package func copy(database source: String) throws(AssayError) -> String {
    let target = path + "/copy.db"
    let files = FileManager.default
    let original = URL(filePath: source).resolvingSymlinksInPath().path as String
    do {
      for end in ["", "-wal", "-journal"] where end.isEmpty || files.fileExists(atPath: original + end) {
        // A pipe would be waited for.
        guard try files.attributesOfItem(atPath: original + end)[.type] as? FileAttributeType == .typeRegular else {
          throw AssayError(
            .unknownFormat, "What ends in \(end) here is not a regular file; name a database's own files.",
            at: Place(source))
        }
        if !end.isEmpty { try Self.requireFitting(original + end, beside: original) }
        try files.copyItem(atPath: original + end, toPath: target + end)
      }
    } catch let error as AssayError {
      throw error
    } catch {
      throw AssayError(
        .inputOutput, "This database must be copied to be read, and there is no room for it; set TMPDIR.",
        at: Place(source))
    }
    return target
  }

  /// The most that a log may hold, in bytes, and how many times its database.
  private static let logLimit: (bytes: Int64, times: Int64) = (1 << 30, 8)

  /// Fails for a log that is larger than one of such a database: a file with holes costs its maker nothing, its copy the disk.
  private static func requireFitting(_ log: String, beside database: String) throws {
    func size(_ path: String) throws -> Int64 {
      guard let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? NSNumber else {
        throw AssayError(.inputOutput, "The size of this file cannot be told.", at: Place(path))
      }
      return size.int64Value
    }
    let most = max(logLimit.bytes, try size(database).multipliedReportingOverflow(by: logLimit.times).partialValue)
    guard try size(log) > most else { return }
    throw AssayError(
      .damagedContainer,
      "This log is larger than one of its database can be; end what writes the database, which clears it, or make the copy "
        + "again without it.", at: Place(log))
  }

  /// Removes what processes that were killed left; another user's folders stay, for they cannot be removed.
  private static func removeLeftBehind(in parent: URL, _ prefix: String) {
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: parent.path) else { return }
    for name in names where name.hasPrefix(prefix) {
      guard let process = name.dropFirst(prefix.count).split(separator: "-").first.flatMap({ pid_t($0) }),
        process > 0, kill(process, 0) != 0, errno == ESRCH
      else { continue }
      try? FileManager.default.removeItem(atPath: parent.appending(path: name).path)
    }
  }
}
