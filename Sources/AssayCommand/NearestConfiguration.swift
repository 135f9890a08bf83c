import AuditTrail
import Foundation
import Synchronization

/// The `assay.yaml` of the working folder, or of the nearest folder above it that has one.
enum NearestConfiguration {
  /// Its path, relative to the working folder; `nil` where there is none.
  static let path: String? = find(from: FileManager.default.currentDirectoryPath)

  private static let isAnnounced = Mutex(false)

  /// Says once which file is used, where that is not plain: one of a folder above.
  static func announce(on console: Console) {
    guard let path, path != name, !console.isQuiet, !console.isJSON else { return }
    let isNew = isAnnounced.withLock { announced in
      defer { announced = true }
      return !announced
    }
    if isNew { console.complain("assay: Using \(printable(path)).") }
  }

  private static let name = "assay.yaml"

  /// Looks upwards. Above the working folder only a file counts that belongs to the user or to the system's administrator:
  /// whoever may write to a shared folder must not choose what is read and written here.
  private static func find(from folder: String) -> String? {
    if fileExists(name) { return name }
    let depth = folder.split(separator: "/").count
    guard depth > 0 else { return nil }
    return (1...depth).lazy.map { String(repeating: "../", count: $0) + name }.first(where: isOwn)
  }

  private static func isOwn(_ path: String) -> Bool {
    let owner = try? FileManager.default.attributesOfItem(atPath: path)[.ownerAccountID] as? NSNumber
    guard let owner else { return false }
    return owner.uint32Value == geteuid() || owner.uint32Value == 0
  }
}
