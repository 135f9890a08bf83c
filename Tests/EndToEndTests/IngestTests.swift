import Foundation
import SQLite
import Testing

/// Reading archives again, in parts, tampered with, and killed on the way.
@Suite struct IngestTests {
  @Test func `a tampered segment is read and its seal said to be broken`() throws {
    let folder = try Folder.withSamples()
    let tampered = "samples/tampered/gw-1-2026-W30.jsonl.gz"
    let read = try assay("ingest", tampered, "--ledger", "l.db", "--json", in: folder)
    #expect(read.status == 0, "\(read)")
    let archive = try #require(try read.json.archives.array.first)
    #expect(archive.seal.string == "broken")
    #expect(archive.flags.array.compactMap(\.string).contains("seal_broken"))
    #expect((archive.accepted.int ?? 0) > 1000)
    let strict = try assay("ingest", tampered, "--ledger", "l.db", "--strict", in: folder)
    #expect(strict.status == 65, "\(strict)")
    let verified = try assay("verify", tampered, in: folder)
    #expect(verified.status == 1, "\(verified)")
    #expect(verified.output.contains(tampered))
  }

  @Test func `a run over a tampered segment reports T-01 as failed`() throws {
    let folder = try Folder.withSamples()
    try folder.remove("samples/archives/native/gw-1-2026-W30.jsonl.zst")
    try folder.copy("samples/tampered/gw-1-2026-W30.jsonl.gz", to: "samples/archives/native/gw-1-2026-W30.jsonl.gz")
    // T-01 needs no shadow; the month around the segment is enough.
    for name in try folder.files("samples/archives/native") where !["W29", "W30", "W31"].contains(where: name.contains)
    {
      try folder.remove("samples/archives/native/\(name)")
    }
    try folder.write(
      "samples/assay.yaml",
      """
      organization: Meridian Clinic
      period: 2026-07
      archives: [archives/native]
      frameworks: [soc2-2017]
      ledger: l.db
      output: out
      """)
    let finished = try assay("run", "--config", "samples/assay.yaml", "--json", in: folder)
    #expect(finished.status == 0, "\(finished)")
    let test = try finished.json.report.tests.array.first { $0.id.string == "T-01" }
    #expect(test?.status.string == "fail")
    let noted = readCSV(try folder.bytes("samples/out/2026-07/exceptions/exceptions.csv")).filter {
      $0["test"] == "T-01"
    }
    #expect(noted.contains { $0.values.contains { $0.contains("gw-1-2026-W30.jsonl.gz") } }, "\(noted)")
  }

  @Test func `the same archive again adds nothing`() throws {
    let folder = try Folder()
    try folder.write("one.jsonl", Archive.text(statements: 40))
    let first = try assay("ingest", "one.jsonl", "--ledger", "l.db", "--json", in: folder)
    #expect(try first.json.archives.array.map(\.already_ingested.bool) == [false])
    try folder.copy("l.db", to: "before.db")
    try folder.copy("one.jsonl", to: "renamed.jsonl")
    let again = try assay("ingest", "one.jsonl", "renamed.jsonl", "--ledger", "l.db", "--json", in: folder)
    #expect(again.status == 0, "\(again)")
    #expect(try again.json.archives.array.map(\.already_ingested.bool) == [true, true])
    #expect(try again.json.totals.statements.int == 0)
    #expect(try ledgerDifferences(folder, "l.db", "before.db") == [])
    try folder.write("two.jsonl", Archive.text("s2", statements: 1))
    _ = try assay("ingest", "two.jsonl", "--ledger", "l.db", in: folder)
    #expect(try ledgerDifferences(folder, "l.db", "before.db").contains("statements"))
  }

  @Test func `records that two exports share are held once`() throws {
    let folder = try Folder()
    try folder.write("early.jsonl", Archive.text(statements: 20))
    try folder.write("late.jsonl", Archive.text(statements: 30))
    let read = try assay("ingest", "early.jsonl", "late.jsonl", "--ledger", "l.db", "--json", in: folder)
    #expect(read.status == 0, "\(read)")
    let archives = try read.json.archives.array
    #expect(archives.allSatisfy { $0.accepted.int == $0.entries.int && $0.already_ingested.bool == false })
    #expect((archives.last?.duplicates.int ?? 0) >= 20, "\(read)")
    let ledger = try SQLiteDatabase(path: folder("l.db"), access: .readOnly)
    var count = try ledger.prepare("SELECT count(*) FROM statements")
    #expect(try count.step() && count.int64(0) == 30)
    #expect(try assay("ledger", "fsck", "--ledger", "l.db", in: folder).status == 0)
  }

  @Test func `killed at any moment, a second run ends with the ledger of an undisturbed one`() async throws {
    let quarter = try await SampleQuarter.shared.value
    let folder = try quarter.copyOfItsFolder()
    var killed = 0
    for moment in [0.02, 0.06, 0.12, 0.25, 0.5] {
      let finished = try assay(
        ["ingest", "--config", "samples/assay.yaml", "--ledger", "killed.db"], in: folder, killAfter: moment)
      killed += finished.status == nil ? 1 : 0
    }
    #expect(killed > 0, "no run was killed: this machine is too fast for the moments")
    let finished = try assay("ingest", "--config", "samples/assay.yaml", "--ledger", "killed.db", in: folder)
    #expect(finished.status == 0, "\(finished)")
    #expect(try assay("ledger", "fsck", "--ledger", "killed.db", in: folder).status == 0)
    let undisturbed = try assay("ingest", "--config", "samples/assay.yaml", "--ledger", "whole.db", in: folder)
    #expect(undisturbed.status == 0, "\(undisturbed)")
    #expect(try ledgerDifferences(folder, "killed.db", "whole.db") == [])
  }

  /// The tables of what was read that differ between two ledgers, ids included; what replay adds is left out.
  private func ledgerDifferences(_ folder: Folder, _ one: String, _ other: String) throws -> [String] {
    let ledger = try SQLiteDatabase(path: folder(one), access: .readOnly)
    try ledger.execute("ATTACH '\(folder(other))' AS other")
    var names: [String] = []
    var tables = try ledger.prepare("SELECT name FROM main.sqlite_schema WHERE type = 'table' ORDER BY name")
    while try tables.step() { names.append(tables.text(0)) }
    #expect(names.contains("statements"))
    let measured: Set = ["replays", "measurements", "verdicts", "findings"]
    return try names.filter { !measured.contains($0) && !$0.hasPrefix("sqlite_") }.filter { name in
      var differs = try ledger.prepare(
        """
        SELECT EXISTS (SELECT * FROM main.\(name) EXCEPT SELECT * FROM other.\(name))
          OR EXISTS (SELECT * FROM other.\(name) EXCEPT SELECT * FROM main.\(name))
          OR (SELECT count(*) FROM main.\(name)) <> (SELECT count(*) FROM other.\(name))
        """)
      return try differs.step() && differs.int64(0) != 0
    }
  }
}
