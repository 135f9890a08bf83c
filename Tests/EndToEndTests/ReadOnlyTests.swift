import Foundation
import SQLite
import Testing

/// A ledger on media that cannot be written, for a user who is not a superuser.
@Suite struct ReadOnlyTests {
  /// What is next to the ledger.
  enum Log: CaseIterable {
    case none
    /// A write-ahead log with its index, as a killed process leaves both.
    case withIndex
    /// The log alone, as some copies have it.
    case alone
  }

  @Test(arguments: Log.allCases)
  func `what only reads works on a ledger that cannot be written, and what writes says so`(log: Log) throws {
    let folder = try LedgerTests.folder()
    try folder.makeFolder("media")
    try folder.makeFolder("reports")
    try folder.makeFolder("tmp")
    let writer = try SQLiteDatabase(path: folder("l.db"), access: .readWrite)
    if log != .none { try writer.execute("UPDATE meta SET value = value") }
    for end in log == .none ? [""] : log == .withIndex ? ["", "-wal", "-shm"] : ["", "-wal"] {
      try folder.copy("l.db" + end, to: "media/l.db" + end)
    }
    let configuration = try folder.text("assay.yaml").replacing("ledger: l.db", with: "ledger: media/l.db")
    try folder.write(
      "media.yaml",
      configuration + "\nidentities: [{ match: { user: \"ana@*\" }, kind: service, owner: bo@example.org }]\n")
    // Whatever this process lets others read.
    let root = URL(filePath: folder.path).deletingLastPathComponent().path
    _ = try run(URL(filePath: "/bin/chmod"), ["-R", "a+rX", root], in: folder)
    for name in try folder.files("media") { try Self.permit(folder("media/" + name), 0o444) }
    try Self.permit(folder("media"), 0o555)
    for name in ["reports", "tmp"] { try Self.permit(folder(name), 0o777) }
    defer { try? Self.permit(folder("media"), 0o755) }
    for (command, status) in [
      (["ledger", "fsck"], Int32(0)), (["ledger", "fsck", "--archives"], 0), (["find", "--kind", "service"], 0),
      (["report", "--output", "reports"], 0), (["diff", "recorded", "recorded"], 0), (["explain", "s1/3"], 0),
      (["incident", "s1"], 0), (["replay"], 74), (["ingest", "a.jsonl"], 74),
    ] {
      let finished = try Self.asNobody(command + ["--config", "media.yaml"], in: folder)
      #expect(finished.status == status, "\(command) \(finished)")
      if command[0] == "find" { #expect(finished.output.contains("ana@example.org"), "\(finished)") }
      if status == 74 { #expect(finished.errors.contains("read-only"), "\(finished)") }
    }
    _ = consume writer
  }

  private static func permit(_ path: String, _ mode: Int) throws {
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
  }

  /// Runs the binary as a user whom permissions hold: root's are none.
  private static func asNobody(_ arguments: [String], in folder: Folder) throws -> Finished {
    guard geteuid() == 0 else { return try assay(arguments, in: folder) }
    // A copy that everybody may run, wherever the repository stands.
    if !FileManager.default.fileExists(atPath: folder("assay")) {
      try FileManager.default.copyItem(at: binary, to: URL(filePath: folder("assay")))
    }
    return try run(
      URL(filePath: "/usr/bin/env"),
      ["TMPDIR=\(folder("tmp"))", "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", folder("assay")]
        + arguments, in: folder)
  }
}
