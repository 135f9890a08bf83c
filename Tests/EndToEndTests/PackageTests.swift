import Foundation
import Testing

/// The package: the same inputs give the same bytes, and every change of it shows.
@Suite struct PackageTests {
  @Test func `a run in another place, killed on the way and started again, gives the same package`() async throws {
    let quarter = try await SampleQuarter.shared.value
    let folder = try Folder.withSamples()
    try folder.makeFolder("elsewhere/deeper")
    try FileManager.default.moveItem(atPath: folder("samples"), toPath: folder("elsewhere/deeper/quarter"))
    let command = [
      "run", "--config", "elsewhere/deeper/quarter/assay.yaml", "--ledger", "elsewhere/other.db", "--output", "out",
      "--workers", "1", "--quiet",
    ]
    // Somewhere between the first archive and the last page.
    _ = try assay(command, in: folder, killAfter: Double.random(in: 1...12))
    let finished = try assay(command, in: folder)
    #expect(finished.status == 0, "\(finished)")
    #expect(differences(quarter.package, try folder.package("out/2026-Q3")) == [])
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder("out")).sorted()
        == ["2026-Q3", "2026-Q3.responses.xlsx", "2026-Q3.run.json", "2026-Q3.signoff.xlsx"])
  }

  @Test func `a second run on the same ledger reads and measures nothing again and gives the same package`()
    async throws
  {
    let quarter = try await SampleQuarter.shared.value
    let folder = try quarter.copyOfItsFolder()
    let finished = try assay(
      "run", "--config", "samples/assay.yaml", "--output", "again", "--verdicts", "again.jsonl", "--json", in: folder)
    #expect(finished.status == 0, "\(finished)")
    let document = try finished.json
    #expect(document.ingest.archives.array.allSatisfy { $0.already_ingested.bool == true })
    #expect(document.ingest.totals.statements.int == 0)
    let first = try quarter.finished.json.replay
    #expect(document.replay.sessions.measured.int == 0)
    #expect(document.replay.sessions.reused == first.sessions.measured)
    #expect(document.replay.object.filter { $0.key != "sessions" } == first.object.filter { $0.key != "sessions" })
    #expect(try folder.bytes("again.jsonl") == (try folder.bytes("verdicts.jsonl")))
    #expect(differences(quarter.package, try folder.package("again/2026-Q3")) == [])
    // The package is there now, made by this very program.
    let third = try assay("run", "--config", "samples/assay.yaml", "--output", "again", in: folder)
    #expect(third.status == 0, "\(third)")
    #expect(third.output.contains("Nothing is new: the package that was here is whole"), "\(third)")
    #expect(differences(quarter.package, try folder.package("again/2026-Q3")) == [])
  }

  @Test func `a package verifies, and its report names what it holds`() async throws {
    let quarter = try await SampleQuarter.shared.value
    let report = try quarter.finished.json.report
    let verified = try assay("verify", "reports/2026-Q3", "--json", in: quarter.folder)
    #expect(verified.status == 0, "\(verified)")
    let document = try verified.json
    #expect((document.verified.bool, document.kind.string, document.failures.array.count) == (true, "package", 0))
    #expect(document.files.int == report.files.int)
    #expect(quarter.package.count == report.files.int)
    #expect(!quarter.package.contains { $0.value.isEmpty })
  }

  private static let repository = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
    .standardizedFileURL
  private static let python = repository.appending(path: ".build/oscal/bin/python")

  @Test(
    .enabled(
      if: FileManager.default.isExecutableFile(atPath: python.path),
      "nothing reads OSCAL in .build/oscal; `make test-deps` installs it"))
  func `the sample's assessment results are valid OSCAL`() async throws {
    let quarter = try await SampleQuarter.shared.value
    let valid = try run(
      Self.python,
      [
        Self.repository.appending(path: "Tests/oscal/validate.py").path,
        quarter.folder("reports/2026-Q3/machine/oscal-assessment-results.json"),
      ], in: quarter.folder)
    #expect(valid.status == 0, "\(valid)")
  }

  /// A small quarter's package, with every form that a package has: what is found in one is found in any.
  private static let small = Task {
    let folder = try LedgerTests.folder()
    let configuration = try folder.text("assay.yaml")
    try folder.write(
      "assay.yaml", configuration.replacing("[soc2-2017]", with: "[soc2-2017, fedramp-rev5-moderate]"))
    let report = try assay("report", "--quiet", in: folder)
    try #require(report.status == 0, "\(report)")
    return folder
  }

  /// A folder of its own with that package as `p`.
  private static func smallPackage() async throws -> Folder {
    let (made, folder) = (try await small.value, try Folder())
    try FileManager.default.copyItem(atPath: made("out/2026-07"), toPath: folder("p"))
    return folder
  }

  @Test(arguments: [
    "summary.md", "workpaper.xlsx", "MANIFEST.json", "SHA256SUMS", "populations/T-19.csv", "machine/evidence.json",
    "machine/oscal-assessment-results.json",
  ])
  func `one byte changed in a file of a package is found, and the file is named`(file: String) async throws {
    let folder = try await Self.smallPackage()
    var bytes = try folder.bytes("p/\(file)")
    // In the middle: a digit of a digest, a letter of a page.
    bytes[bytes.count / 2] ^= 0x01
    try folder.write("p/\(file)", bytes)
    let verified = try assay("verify", "p", "--json", in: folder)
    #expect(verified.status == 1, "\(verified)")
    let document = try verified.json
    #expect(document.verified.bool == false)
    #expect(document.failures.array.contains { $0.path.string == file }, "\(verified)")
    let said = try assay("verify", "p", in: folder)
    #expect(said.status == 1)
    #expect(said.output.contains(file), "\(said)")
  }

  @Test func `a file that is gone and a file that was added are named`() async throws {
    let folder = try await Self.smallPackage()
    try folder.remove("p/tests/T-07.md")
    try folder.write("p/tests/T-99.md", "# T-99\n")
    let verified = try assay("verify", "p", "--json", in: folder)
    #expect(verified.status == 1, "\(verified)")
    let named = Set(try verified.json.failures.array.compactMap(\.path.string))
    #expect(named.isSuperset(of: ["tests/T-07.md", "tests/T-99.md"]), "\(verified)")
  }

  @Test func `a verdict that was changed is found and named, though every sum was made to fit`() async throws {
    let folder = try await Self.smallPackage()
    var evidence = try folder.text("p/machine/evidence.json")
    let test = try #require(evidence.range(of: "\"id\": \"T-03\""))
    let status = try #require(evidence.range(of: "\"fail\"", range: test.upperBound..<evidence.endIndex))
    evidence.replaceSubrange(status, with: "\"pass\"")
    let register = try folder.text("p/exceptions/exceptions.csv")
    let kept = register.components(separatedBy: "\r\n").filter { !$0.contains(",T-03,") }.joined(separator: "\r\n")
    try folder.write("p/machine/evidence.json", evidence)
    try folder.write("p/exceptions/exceptions.csv", kept)
    try folder.makeSumsFit("p", ["machine/evidence.json", "exceptions/exceptions.csv", "MANIFEST.json"])
    let verified = try assay("verify", "p", "--json", in: folder)
    #expect(verified.status == 1, "\(verified)")
    let named = try verified.json.failures.array.map { "\($0.path.string ?? "") \($0.problem.string ?? "")" }
    #expect(named == ["exceptions/exceptions.csv differs", "machine/evidence.json differs"], "\(verified)")
  }

  @Test func `a link in a package is not followed, and fails it`() async throws {
    let folder = try await Self.smallPackage()
    try folder.copy("p/summary.md", to: "outside.md")
    try folder.remove("p/summary.md")
    try FileManager.default.createSymbolicLink(atPath: folder("p/summary.md"), withDestinationPath: "../outside.md")
    let verified = try assay("verify", "p", "--json", in: folder)
    #expect(verified.status == 1, "\(verified)")
    #expect(try verified.json.failures.array.contains { $0.path.string == "summary.md" }, "\(verified)")
  }
}

extension SampleQuarter {
  /// A folder of its own with what the run left: the samples, the ledger, the package, the verdicts.
  func copyOfItsFolder() throws -> Folder {
    let copy = try Folder()
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
      try FileManager.default.copyItem(atPath: folder(name), toPath: copy(name))
    }
    return copy
  }

  /// A folder of its own with the package in `p/`.
  func copyOfThePackage() throws -> Folder {
    let copy = try Folder()
    try FileManager.default.copyItem(atPath: folder("reports/2026-Q3"), toPath: copy("p"))
    return copy
  }
}

extension Folder {
  /// States in the package's manifest and checksums what the files, which were changed, are now.
  func makeSumsFit(_ package: String, _ files: [String]) throws {
    for file in files {
      let sum = try run(URL(filePath: "/usr/bin/sha256sum"), ["\(package)/\(file)"], in: self)
      let digest = try #require(sum.output.split(separator: " ").first)
      if file != "MANIFEST.json" {
        let manifest = try text("\(package)/MANIFEST.json")
        let place = try #require(manifest.range(of: "\"path\": \"\(file)\""))
        let stated = try #require(manifest[place.upperBound...].firstMatch(of: /"bytes": \d+,\s+"sha256": "[0-9a-f]+"/))
        let now = "\"bytes\": \(try bytes("\(package)/\(file)").count),\n      \"sha256\": \"\(digest)\""
        try write("\(package)/MANIFEST.json", manifest.replacingCharacters(in: stated.range, with: now))
      }
      let sums = try text("\(package)/SHA256SUMS").components(separatedBy: "\n").map { line in
        line.hasSuffix("  \(file)") ? "\(digest)  \(file)" : line
      }
      try write("\(package)/SHA256SUMS", sums.joined(separator: "\n"))
    }
  }
}
