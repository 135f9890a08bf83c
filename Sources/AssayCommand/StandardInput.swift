import AuditTrail
import Foundation
import Ledger

/// What stands on standard input, kept in a file for as long as the value lives: an archive is hashed and read as a file.
struct StandardInput {
  /// The file.
  let path: String
  private let folder: TemporaryFolder
  /// How it is called in the ledger.
  static let label = "standard input"

  /// Reads standard input to its end.
  init() throws {
    folder = try TemporaryFolder("input")
    path = folder.path + "/input"
    guard FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600]) else {
      throw AssayError(.inputOutput, "A temporary file cannot be made; check TMPDIR.", at: Place(path))
    }
    do {
      let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
      while let chunk = try FileHandle.standardInput.read(upToCount: 1 << 20), !chunk.isEmpty {
        try file.write(contentsOf: chunk)
      }
      try file.close()
    } catch {
      throw AssayError(.inputOutput, "Standard input cannot be kept; check the room in TMPDIR.", at: Place(path))
    }
  }
}
