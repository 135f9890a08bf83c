import Foundation
import Testing

/// `assay report --compare`: what changed since an earlier package, from the two packages alone.
@Suite struct CompareTests {
  private static let package = "quarter/reports/2026-07"
  private static let files = ["\(package).compare.md", "\(package).compare.csv"]

  /// The quarter, its package in `before`, and a second archive in which the same person does the same in another session.
  private static func made() throws -> Folder {
    let folder = try SmallQuarter.folder()
    try SmallQuarter.run(in: folder)
    try folder.copy(package, to: "before")
    let text = try folder.text("raw.jsonl").replacing("\"s1\"", with: "\"s9\"").replacing("id > 4", with: "id > 2")
      .replacing("SELECT name FROM visits", with: "DROP TABLE visits")
    try folder.write("raw.jsonl", text)
    try SmallQuarter.seal(in: folder)
    try folder.remove("quarter/.assay")
    try folder.write("quarter/policy.yaml", SmallQuarter.policy.replacing("rows: 3", with: "rows: 2"))
    return folder
  }

  private static func report(in folder: Folder, _ more: String...) throws -> Finished {
    try assay(["report", "--config", "quarter/assay.yaml"] + more, in: folder)
  }

  @Test func `what is new, recurs and is gone stands beside the package, whose bytes do not depend on it`() throws {
    let folder = try Self.made()
    try SmallQuarter.run(in: folder)
    let sums = try folder.text("\(Self.package)/SHA256SUMS")
    let finished = try Self.report(in: folder, "--compare", "before", "--json")
    #expect(finished.status == 0, "\(finished)")
    #expect(try folder.text("\(Self.package)/SHA256SUMS") == sums)
    #expect(try assay("verify", Self.package, in: folder).status == 0)
    let compared = try finished.json.compare
    #expect(
      compared.files.array.compactMap(\.string).map { $0.hasSuffix("2026-07.compare.md") || $0.hasSuffix(".csv") } == [
        true, true,
      ])
    let harm = compared.exceptions.array.filter { $0.test.string == "T-19" }
    // The same person deletes by the same shape in another session; only now a table is dropped.
    let recurring = try #require(harm.first { $0.change.string == "recurring" }, "\(harm)")
    #expect(recurring.then.array != recurring.now.array && recurring.then.array.count == 1)
    #expect(recurring.first_seen.string?.hasPrefix("2026-07-01") == true)
    #expect(harm.contains { $0.change.string == "new" && $0.then.array.isEmpty })
    #expect(compared.choices.array.contains { $0.name.string == "What counts as harm" })
    let page = try folder.text(Self.files[0])
    for words in ["# What changed since 2026-07", "Kinds of exceptions that recur", "What counts as harm"] {
      #expect(page.contains(words), "\(words)")
    }
    let rows = readCSV(try folder.bytes(Self.files[1]))
    #expect(rows.contains { $0["subject"] == "exception" && $0["name"] == recurring.kind.string })
    #expect(rows.count { $0["subject"] == "test" } == compared.tests.array.count)
    // Again gives the same bytes, and a person's own file in the place is kept.
    let bytes = try Self.files.map { try folder.bytes($0) }
    let again = try Self.report(in: folder, "--compare", "before/")
    #expect(again.status == 0 && again.output.contains("recur"), "\(again)")
    #expect(try Array(Self.files.map { try folder.bytes($0) }.last ?? []) == bytes.last)
    try folder.write(Self.files[0], "my notes\n")
    let refused = try Self.report(in: folder, "--compare", "before")
    #expect(refused.status == 77 && refused.errors.contains("compare.md"), "\(refused)")
  }

  @Test(
    arguments: [
      ("nowhere", 66, "Name the folder"), ("quarter", 66, "not an evidence package"),
      ("raw.jsonl", 66, "Name the folder"),
      ("changed", 65, "summary.md"),
    ] as [(String, Int32, String)])
  func `an earlier package that is none, or was changed, ends it before anything is written`(
    _ name: String, _ status: Int32, _ words: String
  ) throws {
    let folder = try Self.made()
    try folder.copy("before", to: "changed")
    try folder.write("changed/summary.md", "All is well.\n")
    let sums = try folder.text("\(Self.package)/SHA256SUMS")
    let finished = try Self.report(in: folder, "--compare", name)
    #expect(finished.status == status && finished.errors.contains(words), "\(finished)")
    #expect(try folder.text("\(Self.package)/SHA256SUMS") == sums)
    #expect(!FileManager.default.fileExists(atPath: folder(Self.files[0])))
  }

  @Test func `a package compared with what takes its place is read before that`() throws {
    let folder = try Self.made()
    try assay("ingest", "--config", "quarter/assay.yaml", in: folder)
    let finished = try Self.report(in: folder, "--compare", Self.package, "--json")
    #expect(finished.status == 0, "\(finished)")
    let compared = try finished.json.compare
    #expect(compared.then.manifest_sha256.string != compared.now.manifest_sha256.string)
  }

  /// Puts the digests and sizes of changed files into the package's two lists.
  private static func sumAgain(_ package: String, _ changed: [String], in folder: Folder) throws {
    let lists = """
      import hashlib, json, pathlib, sys
      package = pathlib.Path(sys.argv[1])
      digest = lambda name: hashlib.sha256((package / name).read_bytes()).hexdigest()
      manifest = json.loads((package / "MANIFEST.json").read_text())
      for file in manifest["files"]:
          if file["path"] in sys.argv[2:]:
              file["sha256"], file["bytes"] = digest(file["path"]), (package / file["path"]).stat().st_size
      (package / "MANIFEST.json").write_text(json.dumps(manifest))
      names = [line[66:] for line in (package / "SHA256SUMS").read_text().splitlines()]
      (package / "SHA256SUMS").write_text("".join(f"{digest(name)}  {name}\\n" for name in names))
      """
    let finished = try run(URL(filePath: "/usr/bin/env"), ["python3", "-c", lists, package] + changed, in: folder)
    try #require(finished.status == 0, "\(finished)")
  }

  /// Earlier versions wrote no choices, and facts that this one cannot read.
  @Test func `the package of an earlier version can be named as the one before`() throws {
    let folder = try Self.made()
    let path = "before/machine/evidence.json"
    var object = try #require(
      JSONSerialization.jsonObject(with: Data(try folder.bytes(path))) as? [String: Any])
    object["choices"] = nil
    try folder.write(path, [UInt8](try JSONSerialization.data(withJSONObject: object)))
    try folder.write("before/machine/facts.json", "{\"plan\": {}}\n")
    try Self.sumAgain("before", ["machine/evidence.json", "machine/facts.json"], in: folder)
    try folder.write("quarter/assay.yaml", SmallQuarter.configuration + "previous: ../before\n")
    try SmallQuarter.run(in: folder)
    let harm = try folder.text("\(Self.package)/summary.md").split(separator: "\n").first {
      $0.contains("| What counts as harm ")
    }
    #expect(harm?.contains("not known") == true, "\(harm ?? "")")
    #expect(try assay("verify", Self.package, in: folder).status == 0)
  }
}
