import Foundation
import SQLite
import SeededRandom
import Testing

/// The ledger is not trusted: what another program changed is found, is not reported, and ends no command by a signal.
@Suite struct LedgerTests {
  /// A folder with a configuration, an archive, a shadow and a ledger that was replayed.
  static func folder() throws -> Folder {
    let folder = try Folder()
    try folder.write("a.jsonl", Archive.text("s1", statements: 12) + Archive.opening("s2") + "\n")
    try folder.write("shadow.sql", "CREATE TABLE t (a); INSERT INTO t VALUES (1), (2);")
    try folder.write(
      "assay.yaml",
      """
      organization: Clinic
      period: 2026-07
      archives: [a.jsonl]
      shadows: [{ connection: clinic, source: "sqlite:shadow.sql", basis: synthetic }]
      frameworks: [soc2-2017]
      ledger: l.db
      output: out
      """)
    let run = try assay("run", "--quiet", in: folder)
    try #require(run.status == 0, "\(run)")
    return folder
  }

  private static func change(_ folder: Folder, _ sql: String) throws -> Int {
    let database = try SQLiteDatabase(path: folder("l.db"), access: .readWrite)
    do { try database.execute(sql) } catch { return 0 }
    return database.totalChanges
  }

  @Test func `a ledger whose index leaves rows out makes no evidence`() throws {
    let folder = try Self.folder()
    let change = """
      import sqlite3
      ledger = sqlite3.connect("l.db", isolation_level=None)
      name, table, sql = ledger.execute("SELECT name, tbl_name, sql FROM sqlite_schema WHERE name = 'statements_by_session'").fetchone()
      ledger.execute("PRAGMA writable_schema = ON")
      ledger.execute("UPDATE sqlite_schema SET sql = sql || ' WHERE sequence <> 3' WHERE name = ?", (name,))
      ledger.close()
      ledger = sqlite3.connect("l.db", isolation_level=None)
      ledger.execute("REINDEX " + name)
      ledger.execute("PRAGMA writable_schema = ON")
      ledger.execute("UPDATE sqlite_schema SET sql = ? WHERE name = ?", (sql, name))
      """
    let made = try run(URL(filePath: "/usr/bin/env"), ["python3", "-c", change], in: folder)
    try #require(made.status == 0, "\(made)")
    for command in ["report --output other", "ledger fsck", "run"] {
      let finished = try assay(command.split(separator: " ").map(String.init), in: folder)
      #expect(finished.status == (command.hasPrefix("ledger") ? 1 : 65), "\(command): \(finished)")
      #expect((finished.output + finished.errors).contains("damaged"), "\(command): \(finished)")
    }
  }

  @Test func `a page that nobody rendered is not signed because a ledger names its package`() throws {
    let folder = try Self.folder()
    try folder.write(
      "k.pem",
      "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIAcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH\n-----END PRIVATE KEY-----\n"
    )
    let forge = """
      import hashlib, json, sqlite3
      package = "out/2026-07/"
      digest = lambda path: hashlib.sha256(open(package + path, "rb").read()).hexdigest()
      open(package + "summary.md", "a").write("All is well.\\n")
      manifest = json.load(open(package + "MANIFEST.json"))
      for file in manifest["files"]:
          if file["path"] == "summary.md":
              file["bytes"] += 13
              file["sha256"] = digest("summary.md")
      open(package + "MANIFEST.json", "w").write(json.dumps(manifest, indent=2, ensure_ascii=False) + "\\n")
      paths = [line[66:] for line in open(package + "SHA256SUMS").read().splitlines()]
      open(package + "SHA256SUMS", "w").write("".join(digest(path) + "  " + path + "\\n" for path in paths))
      ledger = sqlite3.connect("l.db", isolation_level=None)
      ledger.execute("UPDATE meta SET value = ? || substr(value, 65) WHERE key LIKE 'package %'", (digest("MANIFEST.json"),))
      """
    for more in [["--no-check"], ["--no-check", "--sign", "k.pem"]] {
      #expect(try assay("report", "--no-check", in: folder).status == 0)
      let forged = try run(URL(filePath: "/usr/bin/env"), ["python3", "-c", forge], in: folder)
      try #require(forged.status == 0, "\(forged)")
      #expect(try folder.text("out/2026-07/summary.md").contains("All is well."))
      let finished = try assay(["report"] + more, in: folder)
      #expect(finished.status == 0, "\(finished)")
      #expect(try !folder.text("out/2026-07/summary.md").contains("All is well."), "\(more)")
    }
  }

  @Test func `a changed ledger makes no evidence unless the package says that it was not checked`() throws {
    let folder = try Self.folder()
    #expect(try assay("ledger", "fsck", in: folder).status == 0)
    #expect(try folder.text("out/2026-07/summary.md").contains("compared with the digests"))
    #expect(try Self.change(folder, "UPDATE verdicts SET verdict = 'confirmed_block' WHERE statement = 1") == 1)
    let checked = try assay("ledger", "fsck", in: folder)
    #expect(checked.status == 1 && checked.output.contains("`verdicts`"), "\(checked)")
    let refused = try assay("report", "--output", "other", in: folder)
    #expect(refused.status == 65 && refused.errors.contains("assay ledger fsck"), "\(refused)")
    #expect(!FileManager.default.fileExists(atPath: folder("other")))
    let all = try assay("report", "--no-check", "--output", "other", in: folder)
    #expect(all.status == 0, "\(all)")
    #expect(try folder.text("other/2026-07/summary.md").contains("no-check"))
    // A replay makes its tables again: then all is as it was written.
    #expect(try assay("run", "--quiet", in: folder).status == 0)
  }

  @Test func `archives that are read again tell which record is not theirs`() throws {
    let folder = try Self.folder()
    #expect(try assay("ledger", "fsck", "--archives", in: folder).status == 0)
    #expect(try Self.change(folder, "UPDATE texts SET sql = 'SELECT 99' WHERE sql = 'SELECT 5'") == 1)
    let found = try assay("ledger", "fsck", "--archives", "--json", in: folder)
    #expect(found.status == 1, "\(found)")
    let problems = try found.json.problems.array.compactMap(\.string)
    #expect(problems.contains { $0.contains("gate/s1/5") && $0.contains("not what the archive says") }, "\(problems)")
    try folder.write("a.jsonl", "{}")
    let other = try assay("ledger", "fsck", "--archives", in: folder)
    #expect(other.status == 1 && other.output.contains("not the one that was read"), "\(other)")
  }

  @Test func `whatever is in the ledger, no command ends by a signal, and fsck tells it`() throws {
    let folder = try Self.folder()
    let written = try folder.bytes("l.db")
    var random = SplitMix64(seed: 10)
    let values = [
      "NULL", "-1", "9223372036854775807", "-9223372036854775808", "''", "'x'", "'{}'", "x'ff00ff'", "1e999", "'[1]'",
      #"'{"execution":"ran","tables":{"t":{"deleted":9223372036854775807,"updated":9223372036854775807}}}'"#,
    ]
    let tables = try Self.tables(folder)
    for table in tables {
      try folder.write("l.db", written)
      var changes = 0
      for column in table.columns where Bool.random(using: &random) || table.columns.count == 1 {
        let value = values.randomElement(using: &random) ?? "0"
        changes += try Self.change(folder, "UPDATE OR IGNORE \(table.name) SET \(column) = \(value)")
      }
      if changes == 0 { changes = try Self.change(folder, "DELETE FROM \(table.name)") }
      for command in [
        ["ledger", "fsck"], ["report", "--no-check", "--output", "changed"], ["find"], ["incident", "s1"],
        ["explain", "s1/3"], ["diff", "recorded", "recorded"], ["policy", "suggest"], ["replay", "--thresholds"],
        ["replay"],
      ] {
        let finished = try assay(command, in: folder)
        let status = try #require(finished.status, "\(table) \(command) \(finished)")
        #expect(status != 70, "\(table) \(command) \(finished)")
        if command == ["ledger", "fsck"], changes > 0 {
          // A version that is none of this program's is told before anything else is read.
          #expect([1, 65].contains(status) || table.name == "meta" && status == 74, "\(table) \(finished)")
        }
      }
    }
  }

  private static func tables(_ folder: Folder) throws -> [(name: String, columns: [String])] {
    let database = try SQLiteDatabase(path: folder("l.db"), access: .readOnly)
    var find = try database.prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    var tables: [(name: String, columns: [String])] = []
    while try find.step() {
      let rows = try database.prepare("SELECT * FROM \(find.text(0))")
      tables.append((find.text(0), (0..<rows.columnCount).map { rows.columnName($0) }))
    }
    return tables
  }

  @Test func `a replay that was stopped begins again where its shadows were deleted`() throws {
    let folder = try Self.folder()
    // As a replay leaves it that was killed: the plan is noted, and what it stored.
    _ = try Self.change(folder, "DELETE FROM replays; INSERT OR REPLACE INTO meta VALUES ('replay_plan', 'x')")
    let sentence = "A replay was begun and had not ended when this was written"
    let early = try assay("report", "--output", "early", "--no-check", in: folder)
    #expect(early.status == 0, "\(early)")
    #expect(try folder.text("early/2026-07/summary.md").contains(sentence))
    let replayed = try assay("replay", in: folder)
    #expect(replayed.status == 0, "\(replayed)")
    _ = try assay("report", "--output", "late", "--no-check", in: folder)
    #expect(try !folder.text("late/2026-07/summary.md").contains(sentence))
  }

  /// Holds the lock of a folder's ledger as an ingest does, until the pipe is closed.
  private static func hold(_ folder: Folder) throws -> Pipe {
    let first = Process()
    first.executableURL = URL(filePath: "/usr/bin/env")
    first.arguments = ["flock", "--exclusive", folder("l.db.lock"), "sh", "-c", "echo held; exec cat"]
    let (input, output) = (Pipe(), Pipe())
    (first.standardInput, first.standardOutput) = (input, output)
    try Data("process 4711 since 2026-07-01T00:00:00Z".utf8).write(to: URL(filePath: folder("l.db.lock")))
    try first.run()
    _ = output.fileHandleForReading.readData(ofLength: 4)
    return input
  }

  @Test func `a second writer is told so before it reads shadows or archives`() throws {
    let folder = try Self.folder()
    let held = try Self.hold(folder)
    defer { try? held.fileHandleForWriting.close() }
    for file in ["shadow.sql", "a.jsonl"] { try FileManager.default.removeItem(atPath: folder(file)) }
    for command in [["ingest", "a.jsonl"], ["replay"], ["run"]] {
      let told = try assay(command, in: folder)
      #expect(told.status == 75, "\(told)")
      #expect(told.errors.contains("in use by another assay (process 4711 since 2026-07-01"), "\(told)")
    }
  }

  // A ledger that is made has no log yet, so that who reads it keeps an archive from being committed.
  @Test func `who looks into a ledger that is made takes no archive out of it`() throws {
    let folder = try Self.folder()
    try folder.write("b.jsonl", Archive.text("s9", statements: 3))
    let look = """
      import os, sqlite3, time
      # What the tests start may have SIGTERM blocked: it ends by itself, too.
      for _ in range(24000):
          try:
              ledger = sqlite3.connect("file:new.db?mode=ro", uri=True, isolation_level=None)
              ledger.execute("BEGIN")
              if ledger.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] > 0:
                  break
          except sqlite3.Error:
              pass
          time.sleep(0.005)
      time.sleep(8)
      """
    let reader = Process()
    reader.executableURL = URL(filePath: "/usr/bin/env")
    reader.arguments = ["python3", "-c", look]
    reader.currentDirectoryURL = URL(filePath: folder.path)
    try reader.run()
    defer { _ = kill(reader.processIdentifier, SIGKILL) }
    let made = try assay("ingest", "a.jsonl", "b.jsonl", "--ledger", "new.db", in: folder)
    #expect(made.status == 0, "\(made)")
    #expect(try assay("status", "--ledger", "new.db", "--json", in: folder).json.statements.int == 15)
  }

  @Test func `a second writer is told who holds the ledger`() throws {
    let folder = try Self.folder()
    let held = try Self.hold(folder)
    defer { try? held.fileHandleForWriting.close() }
    for command in [["ingest", "a.jsonl"], ["replay"], ["run"]] {
      let told = try assay(command, in: folder)
      #expect(told.status == 75, "\(told)")
      #expect(told.errors.contains("in use by another assay (process 4711 since 2026-07-01"), "\(told)")
    }
    for command in [["find"], ["report"], ["explain", "s1/3"], ["ledger", "fsck"], ["diff", "recorded", "recorded"]] {
      let finished = try assay(command, in: folder)
      #expect(finished.status == 0, "\(finished)")
    }
  }
}
