package import AuditTrail
import Foundation

/// The limits of this process that a server started by it has too.
package enum ServerLimits {
  /// What a server needs at least; each is named as `/proc/self/limits` names it. Source: proc(5).
  private static let needs: [(name: String, least: UInt64, words: String)] = [
    ("Max open files", 256, "256 open files (ulimit -n)"),
    ("Max file size", 256 << 20, "files of 256 MB (ulimit -f)"),
    ("Max address space", 1 << 30, "1 GB of address space (ulimit -v)"),
  ]

  /// Says which limit is too low for a server; where the system tells none, the server finds out.
  ///
  /// - Throws: `inputOutput` naming the limit.
  package static func check(limits path: String = "/proc/self/limits") throws(AssayError) {
    guard let bytes = FileManager.default.contents(atPath: path) else { return }
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    for need in needs {
      guard let line = lines.first(where: { $0.hasPrefix(need.name) }),
        let soft = line.dropFirst(need.name.count).split(separator: " ").first.flatMap({ UInt64($0) }),
        soft < need.least
      else { continue }
      throw AssayError(
        .inputOutput,
        "A server for a shadow needs \(need.words); this process is limited to less. Raise the limit.")
    }
  }
}
