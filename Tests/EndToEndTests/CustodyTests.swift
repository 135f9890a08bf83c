import Foundation
import Testing

/// That every input of a report is named by its digest, and what was chosen, or not shown, stands where it is read.
@Suite struct CustodyTests {
  private static func rows(_ path: String, in folder: Folder) throws -> [[String: String]] {
    try EvidenceChoiceTests.rows(path, in: folder)
  }

  private static func summary(_ folder: Folder) throws -> String {
    try folder.text("quarter/reports/2026-07/summary.md")
  }

  private static func inputs(_ folder: Folder) throws -> String {
    try folder.text("quarter/reports/2026-07/MANIFEST.json").split(separator: "\n").first {
      $0.contains("inputs_sha256")
    }.map(String.init) ?? ""
  }

  @Test func `an archive outside of the configuration's folder is found again, and told from one of its name within`()
    throws
  {
    let folder = try SmallQuarter.folder()
    try folder.write("a.jsonl", Archive.text("other", statements: 3))
    try folder.write("quarter/a.jsonl", Archive.text("another", statements: 4))
    let archives = "archives: [archives, ../a.jsonl, a.jsonl]"
    try folder.write(
      "quarter/assay.yaml", SmallQuarter.configuration.replacing("archives: [archives]", with: archives))
    try SmallQuarter.run(in: folder)
    let inputs = try Self.rows("custody/input-digests.csv", in: folder).filter { $0["format"] == "assay.archive/1" }
    #expect(inputs.compactMap { $0["path"] }.sorted() == ["../a.jsonl", "a.jsonl", "archives/a.jsonl"])
    let results = try Self.rows("metrics/results.csv", in: folder)
    #expect(results.first { $0["test"] == "T-41" }?["status"] == "pass", "\(results)")
    let from = try EndToEndTests.run(
      URL(filePath: "/bin/bash"), ["-c", "cd quarter && exec '\(binary.path)' run --ledger m.db --output other"],
      in: folder)
    #expect(from.status == 0, "\(from)")
    #expect(
      try folder.bytes("quarter/other/2026-07/MANIFEST.json") == folder.bytes("quarter/reports/2026-07/MANIFEST.json"))
  }

  @Test func `configuration, policy, shadow, side files, sidecars and catalogs are named, and make one digest`() throws
  {
    let folder = try SmallQuarter.folder()
    try folder.write(
      "quarter/tickets.csv", "ticket,summary,requested_by,approved_by,approved_at,window_from,window_to\n")
    try folder.write(
      "quarter/tickets.csv.meta.yaml",
      "system: tracker\nquery: all changes\nextracted_by: ana@example.org\nat: 2026-08-01T08:00:00Z\nrows: 0\n")
    try folder.write("quarter/assay.yaml", SmallQuarter.configuration + "side_files: { tickets: tickets.csv }\n")
    try SmallQuarter.run(in: folder)
    let digests = try Self.rows("custody/input-digests.csv", in: folder)
    let kinds = Set(digests.compactMap { $0["format"] })
    let wanted: Set = [
      "assay.archive/1", "configuration", "policy", "shadow", "side file", "sidecar", "catalog (built in)",
      "image of a shadow",
    ]
    #expect(kinds == wanted)
    let lines = digests.compactMap { $0["sha256"] }.sorted().map { "\($0)\n" }.joined()
    try folder.write("digests", lines)
    let sum = try EndToEndTests.run(URL(filePath: "/usr/bin/sha256sum"), ["digests"], in: folder)
    #expect(try Self.inputs(folder).contains(sum.output.prefix(64)))
    let side = try #require(try Self.rows("custody/side-files.csv", in: folder).first)
    #expect(side["system"] == "tracker" && side["extracted_by"] == "ana@example.org" && side["rows"] == "0")
    let before = try Self.inputs(folder)
    try folder.write("quarter/policy.yaml", SmallQuarter.policy + "# a remark\n")
    try SmallQuarter.run(in: folder)
    #expect(try Self.inputs(folder) != before)
    #expect(try assay("verify", "quarter/reports/2026-07", in: folder).status == 0)
  }

  @Test func `a sidecar that counts other rows than its file holds is refused`() throws {
    let folder = try SmallQuarter.folder()
    try folder.write("quarter/leavers.csv", "user,at,disabled_at\n")
    try folder.write(
      "quarter/leavers.csv.meta.yaml", "system: hr\nquery: q\nextracted_by: a\nat: 2026-08-01T08:00:00Z\nrows: 2\n")
    try folder.write("quarter/assay.yaml", SmallQuarter.configuration + "side_files: { leavers: leavers.csv }\n")
    let finished = try assay("run", "--config", "quarter/assay.yaml", in: folder)
    #expect(finished.status == 65 && finished.errors.contains("leavers.csv.meta.yaml:5"), "\(finished)")
  }

  @Test func `each template of a side file is read, and an empty one is not taken for an empty register`() throws {
    let folder = try SmallQuarter.folder()
    let made = try assay("init", "quarter", "--side-files", "--json", in: folder)
    let names = try made.json.written.array.compactMap(\.string).filter { $0.hasSuffix(".csv") }
    #expect(try names.count >= 18 && made.json.written.array.count == 2 * names.count)
    let entries = names.map { path in
      let file = path.split(separator: "/").last.map(String.init) ?? ""
      return "\(file.dropLast(4)): side-files/\(file)"
    }
    try folder.write(
      "quarter/assay.yaml", SmallQuarter.configuration + "side_files: { \(entries.joined(separator: ", ")) }\n")
    let empty = try assay("run", "--config", "quarter/assay.yaml", in: folder)
    #expect(empty.status == 65 && empty.errors.contains("accounts.csv.meta.yaml"), "\(empty)")
    for path in names { try folder.remove("\(path).meta.yaml") }
    let finished = try assay("run", "--config", "quarter/assay.yaml", in: folder)
    #expect(finished.status == 0, "\(finished)")
    let results = try Self.rows("metrics/results.csv", in: folder)
    for test in ["T-10", "T-11", "T-12", "T-13", "T-26", "T-34", "T-36", "T-39", "T-45"] {
      #expect(results.first { $0["test"] == test }?["status"] == "inconclusive", "\(test)")
    }
  }

  @Test func `what is chosen otherwise than shipped, or than in the package before, stands on the first page`() throws {
    let folder = try SmallQuarter.folder()
    try SmallQuarter.run(in: folder)
    func harm() throws -> String? {
      try Self.summary(folder).split(separator: "\n").first { $0.contains("| What counts as harm ") }.map(String.init)
    }
    let chosen = try #require(try harm())
    #expect(chosen.contains("| destroying 3 rows or more") && chosen.contains("destroying 1,000 rows or more"))
    try folder.copy("quarter/reports/2026-07", to: "before")
    try folder.write("quarter/policy.yaml", SmallQuarter.policy.replacing("rows: 3", with: "rows: 300"))
    try folder.write("quarter/assay.yaml", SmallQuarter.configuration + "previous: ../before\n")
    try SmallQuarter.run(in: folder)
    let row = try harm()
    #expect(row?.contains("destroying 300 rows or more") == true && row?.contains("destroying 3 rows or more") == true)
    #expect(try assay("verify", "quarter/reports/2026-07", in: folder).status == 0)
  }

  @Test func `a file of no known format is an input with its digest, and a file that was left out`() throws {
    let folder = try SmallQuarter.folder()
    try folder.write("quarter/archives/notes.txt", "nothing that any proxy writes\n")
    let log =
      "2026-07-01 09:00:00.000 UTC,\"ana\",\"clinic\",77,\"10.0.0.8:1\",66a1.4d,1,\"SELECT\",2026-07-01 09:00:00 UTC,3/5,0,LOG,"
      + "00000,\"statement: SELECT 1\",,,,,,,,,\"psql\",\"client backend\",,0\n"
    try folder.write("quarter/archives/server.csv", log)
    try folder.write("quarter/archives/server.log", "2026-07-01 ending log output to stderr\n")
    _ = try assay("run", "--config", "quarter/assay.yaml", in: folder)
    func input(_ path: String) throws -> [String: String]? {
      try Self.rows("custody/input-digests.csv", in: folder).first { $0["path"] == path }
    }
    for (name, kind) in [("notes.txt", "file that could not be read"), ("server.log", "file that was left out")] {
      let sum = try EndToEndTests.run(URL(filePath: "/usr/bin/sha256sum"), ["quarter/archives/\(name)"], in: folder)
      let row = try input("archives/\(name)")
      #expect(row?["format"] == kind && row?["sha256"] == String(sum.output.prefix(64)), "\(name) \(row ?? [:])")
      #expect(try Self.summary(folder).contains("archives/\(name)"))
    }
    #expect(try assay("verify", "quarter/reports/2026-07", in: folder).status == 0)
    let before = try Self.inputs(folder)
    try folder.write("quarter/archives/notes.txt", "something else that no proxy writes\n")
    _ = try assay("run", "--config", "quarter/assay.yaml", in: folder)
    #expect(try Self.inputs(folder) != before)
  }

  /// The pages that rest on what the archives hold: all but the package's own contents.
  private static func pages(_ folder: Folder) throws -> [String] {
    try folder.files("quarter/reports/2026-07").filter {
      $0 == "summary.md" || $0.hasPrefix("tests/") && $0 != "tests/T-01.md" || $0.hasPrefix("report/")
    }
  }

  @Test(arguments: [
    ("another's signature", "is signed by no trusted key"), ("no signature", "is signed by no trusted key"),
    ("another file's seal", "the seal of archives/a.jsonl does not hold"),
  ])
  func `a foreign seal is said on each page that rests on it, and run ends with it`(
    kind: String, sentence: String
  ) throws {
    let folder = try SmallQuarter.folder()
    for name in ["ours", "theirs"] { try SmallQuarter.makeKey(name, SmallQuarter.ed25519, in: folder) }
    func seal(_ input: String, _ output: String, _ key: String?) throws {
      let sealed = try assay(["seal", input, "--output", output] + (key.map { ["--key", $0] } ?? []), in: folder)
      try #require(sealed.status == 0, "\(sealed)")
    }
    try folder.remove("quarter/archives/a.jsonl")
    switch kind {
    case "another's signature": try seal("raw.jsonl", "quarter/archives/a.jsonl", "theirs.pem")
    case "no signature": try seal("raw.jsonl", "quarter/archives/a.jsonl", nil)
    default:
      try folder.write("other.jsonl", try folder.text("raw.jsonl").replacing("SELECT 1", with: "SELECT 2"))
      try seal("raw.jsonl", "one.jsonl", "ours.pem")
      try seal("other.jsonl", "two.jsonl", "ours.pem")
      let lines = try ["one.jsonl", "two.jsonl"].map { try folder.text($0).split(separator: "\n") }
      let mixed = lines[0].dropLast() + [try #require(lines[1].last)]
      try folder.write("quarter/archives/a.jsonl", mixed.joined(separator: "\n") + "\n")
    }
    try folder.write(
      "quarter/assay.yaml",
      SmallQuarter.configuration + "trusted_keys: [{ key: ../ours.pub, role: producer, sources: [gate] }]\n")
    let finished = try assay("run", "--config", "quarter/assay.yaml", in: folder)
    #expect(finished.status == 0)
    #expect(finished.output.split(separator: "\n").last?.contains(sentence) == true, "\(finished)")
    let pages = try Self.pages(folder)
    let number = try folder.files("quarter/reports/2026-07/tests").count
    #expect(number >= 30 && pages.count >= number)
    for page in pages {
      #expect(try folder.text("quarter/reports/2026-07/\(page)").contains(sentence), "\(page)")
    }
    let tests = try Self.rows("metrics/results.csv", in: folder)
    #expect(tests.first { $0["test"] == "T-01" }?["status"] == "fail")
    let archive = try assay("verify", "quarter/archives/a.jsonl", "--trusted-key", "ours.pub", in: folder)
    #expect(archive.status == 1, "\(archive)")
  }

  @Test(arguments: [
    ("none", "1 carries no seal"), ("broken", "does not hold"), ("unsigned", "1 is sealed, and signed by nobody"),
  ]) func `what seals do not show is said on each page, and run ends with it`(kind: String, sentence: String) throws {
    let folder = try SmallQuarter.folder()
    var text = try folder.text("quarter/archives/a.jsonl")
    if kind == "none" { text = text.split(separator: "\n").dropLast().joined(separator: "\n") + "\n" }
    if kind == "broken" { text = text.replacing("ana@example.org", with: "eve@example.org") }
    try folder.write("quarter/archives/a.jsonl", text)
    let finished = try assay("run", "--config", "quarter/assay.yaml", in: folder)
    #expect(finished.status == 0)
    let last = finished.output.split(separator: "\n").last.map(String.init) ?? ""
    #expect(last.contains(sentence) && (kind != "broken" || last.contains("archives/a.jsonl")), "\(finished)")
    for page in ["tests/T-14.md", "tests/T-19.md", "report/soc2-2017.md"] {
      #expect(try folder.text("quarter/reports/2026-07/\(page)").contains(sentence), "\(page)")
    }
  }

  @Test func `the note beside a package says whether the run built its ledger`() throws {
    let folder = try SmallQuarter.folder()
    let first = try SmallQuarter.run(in: folder).json
    #expect(first.report.ledger_built.bool == true)
    #expect(try folder.text("quarter/reports/2026-07.run.json").contains("\"ledger_built\": true"))
    let package = try folder.package("quarter/reports/2026-07")
    #expect(try SmallQuarter.run(in: folder).json.report.ledger_built.bool == false)
    #expect(try folder.text("quarter/reports/2026-07.run.json").contains("\"ledger_built\": false"))
    #expect(differences(package, try folder.package("quarter/reports/2026-07")) == [])
    #expect(package["summary.md"].map { String(decoding: $0, as: UTF8.self).contains("ledger_built") } == true)
  }

  @Test func `an archive that the configuration names and the ledger does not hold is named in the report`() throws {
    let folder = try SmallQuarter.folder()
    try SmallQuarter.run(in: folder)
    try folder.write("quarter/archives/late.jsonl", Archive.text("late", statements: 3))
    let reported = try assay("report", "--config", "quarter/assay.yaml", in: folder)
    #expect(reported.status == 0, "\(reported)")
    #expect(reported.output.contains("Not in this report: archives/late.jsonl."), "\(reported)")
    let page = try folder.text("quarter/reports/2026-07/summary.md")
    #expect(page.contains("archives/late.jsonl is named in the configuration and was not read"))
    #expect(try assay("verify", "quarter/reports/2026-07", in: folder).status == 0)
    let run = try assay("run", "--config", "quarter/assay.yaml", in: folder)
    #expect(run.status == 0, "\(run)")
    #expect(try !folder.text("quarter/reports/2026-07/summary.md").contains("late.jsonl is named in"))
  }
}
