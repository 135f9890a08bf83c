import AuditTrail
import Foundation

/// What a directory holds, links not followed.
struct PackageTree {
  /// Directories inside one another that a walk goes into; a package has two levels.
  private static let depthLimit = 8

  /// Paths of regular files, in order.
  private(set) var files: [String] = []
  /// Paths of directories without anything in them, in order.
  private(set) var emptyDirectories: [String] = []
  /// Paths of links, in order.
  private(set) var links: [String] = []
  /// Paths of pipes, sockets, devices and directories too deep, in order.
  private(set) var others: [String] = []

  /// Walks the directory at `root`. Throws `input_output` where one cannot be read.
  init(_ root: String) throws(AssayError) {
    var waiting = [(path: "", depth: 0)]
    while let next = waiting.popLast() {
      let directory = next.path.isEmpty ? root : "\(root)/\(next.path)"
      guard let names = try? FileManager.default.contentsOfDirectory(atPath: directory) else {
        throw AssayError(.inputOutput, "The directory cannot be read; check its rights", at: Place(directory))
      }
      if names.isEmpty, !next.path.isEmpty { emptyDirectories.append(next.path) }
      for name in names {
        let path = next.path.isEmpty ? name : "\(next.path)/\(name)"
        switch fileKind("\(root)/\(path)") {
        case .file: files.append(path)
        case .link: links.append(path)
        case .directory where next.depth < Self.depthLimit: waiting.append((path, next.depth + 1))
        default: others.append(path)
        }
      }
    }
    files.sort()
    emptyDirectories.sort()
    links.sort()
    others.sort()
  }
}
