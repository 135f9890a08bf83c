import Foundation
import SQLite
import Testing

/// Ledgers that earlier versions of the program made: `fixtures/ledger-N.db.gz` holds the last archive of the sample quarter,
/// ingested and replayed by version N of the ledger.
@Suite struct MigrationTests {
  private static let archive = "archives/native/gw-1-2026-W40.jsonl.zst"

  /// A folder with the old ledger, as `old.db`.
  private func folder(version: Int = 5) throws -> Folder {
    let folder = try Folder()
    let fixture = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "fixtures/ledger-\(version).db.gz")
    let unpacked = try run(
      URL(filePath: "/bin/sh"), ["-c", "gzip -dc \"$0\" > old.db", fixture.path], in: folder)
    try #require(unpacked.status == 0, "\(unpacked)")
    return folder
  }

  private func version(_ path: String) throws -> String? {
    let database = try SQLiteDatabase(path: path, access: .readOnly)
    var find = try database.prepare("SELECT value FROM meta WHERE key = 'version'")
    return try find.step() ? find.text(0) : nil
  }

  /// Version 5 kept nothing by which what was measured is used again; an earlier revision measured what is in version 7.
  @Test(arguments: [5, 7])
  func `a ledger of a version before opens, keeps every verdict, and is graded again`(number: Int) throws {
    let folder = try folder(version: number)
    #expect(try version(folder("old.db")) == "\(number)")
    let sample = repository.appending(path: "samples").path
    let configuration = ["--config", sample + "/assay.yaml"]
    let fresh = try assay(
      ["ingest", "\(sample)/\(Self.archive)", "--ledger", "new.db", "--quiet"] + configuration, in: folder)
    try #require(fresh.status == 0, "\(fresh)")
    // It opens, and nothing that it held is lost or taken for changed.
    let check = try assay("ledger", "fsck", "--ledger", "old.db", in: folder)
    #expect(check.status == 0, "\(check)")
    #expect(try version(folder("old.db")) == "8")
    let explained = try assay(["find", "--ledger", "old.db", "--json"] + configuration, in: folder)
    #expect(explained.status == 0, "\(explained)")
    // What names nothing that it depends on is measured once more, and from then on never again.
    for (ledger, measured) in [("old.db", true), ("old.db", false), ("new.db", true)] {
      let replayed = try assay(
        ["replay", "--ledger", ledger, "--json", "--verdicts", "\(ledger)-\(measured).jsonl"] + configuration,
        in: folder)
      try #require(replayed.status == 0, "\(replayed)")
      #expect(((try replayed.json.sessions.measured.int ?? 0) > 0) == measured)
      #expect(((try replayed.json.sessions.reused.int ?? 0) > 0) == !measured)
    }
    let wanted = try folder.text("new.db-true.jsonl")
    #expect(!wanted.isEmpty)
    #expect(try folder.text("old.db-true.jsonl") == wanted)
    #expect(try folder.text("old.db-false.jsonl") == wanted)
  }

  @Test(arguments: [("4", "reads versions 5 to 8"), ("9", "reads versions 5 to 8"), ("x", "reads versions 5 to 8")])
  func `a ledger of another version says which are read`(_ version: String, _ words: String) throws {
    let folder = try folder()
    do {
      let database = try SQLiteDatabase(path: folder("old.db"), access: .readWrite)
      try database.execute("UPDATE meta SET value = '\(version)' WHERE key = 'version'")
    }
    let check = try assay("ledger", "fsck", "--ledger", "old.db", in: folder)
    #expect(check.status != 0 && check.errors.contains(words), "\(check)")
  }

  @Test func `an old ledger that another program changed is told as changed`() throws {
    let folder = try folder()
    do {
      let database = try SQLiteDatabase(path: folder("old.db"), access: .readWrite)
      try database.execute("UPDATE statements SET rows = 7 WHERE id = 1")
    }
    let check = try assay("ledger", "fsck", "--ledger", "old.db", in: folder)
    #expect(check.status == 1 && check.output.contains("statements"), "\(check)")
  }
}
