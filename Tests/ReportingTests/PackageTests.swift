import AuditTrail
import Compression
import Digests
import Evidence
import Foundation
import JSONReader
import Testing

@testable import Reporting

@Suite struct PackageTests {
  private static let package = "2026-Q3"

  @Test func `two runs give the same bytes`() throws {
    let (first, second) = (try Scratch(), try Scratch())
    let summaries = [
      try writePackage(Sample.model(), to: first.path), try writePackage(Sample.model(), to: second.path),
    ]
    #expect(summaries[0].manifestSHA256 == summaries[1].manifestSHA256)
    #expect(try first.bytes("2026-Q3/SHA256SUMS") == second.bytes("2026-Q3/SHA256SUMS"))
    #expect(summaries[0].files == (try first.files(Self.package).count))
    #expect(summaries[0].manifestSHA256 == SHA256Digest(of: try first.bytes("2026-Q3/MANIFEST.json")).hex)
  }

  @Test func `the package holds what the design names, and no file is empty`() throws {
    let scratch = try Scratch()
    _ = try writePackage(Sample.model(), to: scratch.path)
    let files = Set(try scratch.files(Self.package))
    let named = [
      "README.md", "summary.md", "report/soc2-2017.md", "report/fedramp-rev5-moderate.md", "tests/T-01.md",
      "tests/T-19.md",
      "populations/T-19.csv", "exceptions/exceptions.csv", "controls/control-matrix.csv", "coverage/hours.csv",
      "coverage/gaps.csv", "metrics/daily.csv", "tieout/control-totals.csv", "replay/verdicts.csv",
      "replay/confusion.csv",
      "custody/input-digests.csv", "machine/evidence.json", "workpaper.xlsx", "DATA-DICTIONARY.md", "MANIFEST.json",
      "SHA256SUMS",
    ]
    #expect(files.isSuperset(of: named))
    for file in files { #expect(try !scratch.bytes("\(Self.package)/\(file)").isEmpty, "\(file)") }
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == [Self.package])
  }

  @Test func `coreutils check the checksums`() throws {
    let scratch = try Scratch()
    _ = try writePackage(Sample.model(), to: scratch.path)
    let check = Process()
    check.executableURL = URL(fileURLWithPath: "/usr/bin/sha256sum")
    check.arguments = ["--strict", "--quiet", "--check", "SHA256SUMS"]
    check.currentDirectoryURL = URL(fileURLWithPath: "\(scratch.path)/\(Self.package)")
    try check.run()
    check.waitUntilExit()
    #expect(check.terminationStatus == 0)
  }

  @Test func `no literal, no parameter and no path of a machine is in any file`() throws {
    let scratch = try Scratch()
    _ = try writePackage(Sample.model(), to: scratch.path)
    for file in try scratch.files(Self.package) {
      let bytes = try scratch.bytes("\(Self.package)/\(file)")
      let parts = file.hasSuffix(".xlsx") ? try unzip(bytes) : [file: bytes]
      for (part, content) in parts {
        let text = String(decoding: content, as: UTF8.self)
        for canary in Sample.canaries + ["/var/exports", "/home/ana", scratch.path] {
          #expect(!text.contains(canary), "\(canary) in \(file) \(part)")
        }
      }
    }
  }

  @Test func `a package of the same period is replaced, and nothing is left beside it`() throws {
    let scratch = try Scratch()
    var model = Sample.model()
    _ = try writePackage(model, to: scratch.path)
    model.organization = "Another Clinic"
    _ = try writePackage(model, to: scratch.path)
    #expect(try scratch.text("2026-Q3/README.md").contains("Another Clinic"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == [Self.package])
  }

  /// What may have happened to a package before it is made again, and whether it stays.
  private static let meanwhile: [(name: String, stays: Bool, act: @Sendable (Scratch) throws -> Void)] = [
    ("nothing", true, { _ in }),
    ("a page was changed", false, { try $0.write("2026-Q3/summary.md", try $0.text("2026-Q3/summary.md") + "x") }),
    (
      "the checksums were changed", false,
      { try $0.write("2026-Q3/SHA256SUMS", try $0.text("2026-Q3/SHA256SUMS") + "\n") }
    ),
    (
      "the manifest was changed", false,
      { try $0.write("2026-Q3/MANIFEST.json", try $0.text("2026-Q3/MANIFEST.json") + " ") }
    ),
    ("a chart was removed", false, { try FileManager.default.removeItem(atPath: $0.path + "/2026-Q3/charts") }),
    (
      "all may read it", false,
      { try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: $0.path + "/2026-Q3") }
    ),
  ]

  @Test(arguments: meanwhile.indices)
  func `a package that is known and whole stays as it is`(number: Int) throws {
    let scratch = try Scratch()
    let known = try writePackage(Sample.model(), to: scratch.path)
    try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: scratch.path + "/2026-Q3")
    func file() throws -> Int? {
      try FileManager.default.attributesOfItem(atPath: scratch.path + "/2026-Q3/summary.md")[.systemFileNumber] as? Int
    }
    let before = try file()
    let (name, stays, act) = Self.meanwhile[number]
    try act(scratch)
    let again = try writePackage(Sample.model(), to: scratch.path, known: known.manifestSHA256)
    #expect(again.isAsBefore == stays, "\(name)")
    #expect(try (file() == before) == stays, "\(name)")
    #expect((again.manifestSHA256, again.files) == (known.manifestSHA256, known.files), "\(name)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == [Self.package])
  }

  @Test func `a package of other evidence, or one that nobody knows, is made again`() throws {
    let scratch = try Scratch()
    let known = try writePackage(Sample.model(), to: scratch.path)
    #expect(try !writePackage(Sample.model(), to: scratch.path, known: nil).isAsBefore)
    #expect(try !writePackage(Sample.model(), to: scratch.path, known: String(repeating: "0", count: 64)).isAsBefore)
    var model = Sample.model()
    model.organization = "Another Clinic"
    #expect(try !writePackage(model, to: scratch.path, known: known.manifestSHA256).isAsBefore)
    #expect(try scratch.text("2026-Q3/README.md").contains("Another Clinic"))
  }

  @Test func `what is not a package is left alone`() throws {
    let scratch = try Scratch()
    try FileManager.default.createDirectory(atPath: "\(scratch.path)/2026-Q3", withIntermediateDirectories: false)
    try scratch.write("2026-Q3/thesis.md", "mine")
    let error = #expect(throws: AssayError.self) { try writePackage(Sample.model(), to: scratch.path) }
    #expect(error?.code.category == .refused)
    #expect(try scratch.text("2026-Q3/thesis.md") == "mine")
  }

  @Test func `a package with a file of someone else in it is left alone`() throws {
    let scratch = try Scratch()
    _ = try writePackage(Sample.model(), to: scratch.path)
    try scratch.write("2026-Q3/tests/notes.txt", "mine")
    let error = #expect(throws: AssayError.self) { try writePackage(Sample.model(), to: scratch.path) }
    #expect(error?.place?.path.hasSuffix("2026-Q3/tests/notes.txt") == true)
    #expect(try scratch.text("2026-Q3/tests/notes.txt") == "mine")
  }

  @Test func `a run killed between its two moves loses no package`() throws {
    let scratch = try Scratch()
    _ = try writePackage(Sample.model(), to: scratch.path)
    try FileManager.default.moveItem(atPath: "\(scratch.path)/2026-Q3", toPath: "\(scratch.path)/.2026-Q3.replaced")
    try FileManager.default.createDirectory(
      atPath: "\(scratch.path)/.2026-Q3.partial", withIntermediateDirectories: false)
    _ = try writePackage(Sample.model(), to: scratch.path)
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == [Self.package])
  }

  @Test func `a framework named twice is refused, and the package that was there stays`() throws {
    let scratch = try Scratch()
    var model = Sample.model()
    _ = try writePackage(model, to: scratch.path)
    let manifest = try scratch.bytes("2026-Q3/MANIFEST.json")
    model.frameworks.append(model.frameworks[0])
    let error = #expect(throws: AssayError.self) { try writePackage(model, to: scratch.path) }
    #expect(error?.place?.path == "report/soc2-2017.md")
    #expect(try scratch.bytes("2026-Q3/MANIFEST.json") == manifest)
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == [Self.package])
  }

  @Test func `a shell that is wrong leaves nothing behind`() throws {
    let (scratch, shells) = (try Scratch(), try Scratch())
    try shells.write("test.mustache", "{{nothing}}")
    #expect(throws: AssayError.self) { try writePackage(Sample.model(), to: scratch.path, templates: shells.path) }
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path).isEmpty)
  }

  /// A row does not grow beyond twelve lines, and what is below is not seen.
  @Test func `the cover lists tests in no more lines than a row shows, however many end alike`() throws {
    let test = try #require(Sample.model().tests.first)
    for count in 1...60 {
      let list = CoverSheet.list(Array(repeating: test, count: count))
      #expect(list.split(separator: "\n").count <= 12)
      #expect(list.components(separatedBy: test.id.rawValue).count == count + 1)
    }
  }

  @Test func `summary and cover answer in the design's order`() throws {
    let scratch = try Scratch()
    _ = try writePackage(Sample.model(), to: scratch.path)
    let summary = try scratch.text("2026-Q3/summary.md")
    let cover = try #require(try readWorkbook(try scratch.bytes("2026-Q3/workpaper.xlsx"))["Cover"]).joined().joined(
      separator: "\n")
    for text in [summary, cover] {
      let order = [
        "Management's automated tests", "Can it be relied on?", "Connections in scope and seen",
        "Completeness of the extraction",
        "Integrity", "Shadow", "Thresholds", "Results", "evaluation unknown", "approved", "five gravest events",
        "make it testable",
      ]
      var rest = text[...]
      for part in order {
        let found = rest.firstRange(of: part)
        #expect(found != nil, "\(part)")
        if let found { rest = rest[found.upperBound...] }
      }
      #expect(!text.lowercased().contains("compliant"))
    }
  }

  @Test func `a population too large for a sheet stays in its file, and the sheet says so`() throws {
    let scratch = try Scratch()
    _ = try writePackage(Sample.model(largePopulation: Workpaper.rowLimit + 1), to: scratch.path)
    let sheet = try #require(try readWorkbook(try scratch.bytes("2026-Q3/workpaper.xlsx"))["T-19 population"])
    #expect(sheet.joined().contains { $0.contains("50,001 rows") && $0.contains("populations/T-19.csv") })
    #expect(readCSV(try scratch.bytes("2026-Q3/populations/T-19.csv")).count == 50_002)
  }

  @Test func `exceptions too many for a sheet stay in their file, and the sheet says so`() throws {
    let scratch = try Scratch()
    var model = Sample.model()
    model.exceptions = Array(repeating: try #require(model.exceptions.first), count: Workpaper.rowLimit + 1)
    _ = try writePackage(model, to: scratch.path)
    let sheet = try #require(try readWorkbook(try scratch.bytes("2026-Q3/workpaper.xlsx"))["Exceptions"])
    #expect(sheet.joined().contains { $0.contains("50,001 rows") && $0.contains("exceptions/exceptions.csv") })
    #expect(readCSV(try scratch.bytes("2026-Q3/exceptions/exceptions.csv")).count == 50_002)
  }

  @Test func `every column of every CSV file is in the data dictionary`() throws {
    let scratch = try Scratch()
    _ = try writePackage(Sample.model(), to: scratch.path)
    let sections = try scratch.text("2026-Q3/DATA-DICTIONARY.md").components(separatedBy: "\n## ")
    for file in try scratch.files(Self.package) where file.hasSuffix(".csv") {
      let section = try #require(sections.first { $0.hasPrefix(file + "\n") }, "\(file)")
      let described = MarkdownTable.with(["Column", "Type", "Meaning"], in: section).map { $0[0] }
      #expect(readCSV(try scratch.bytes("2026-Q3/\(file)")).first == described, "\(file)")
    }
    #expect(try scratch.text("2026-Q3/populations/T-07.csv").contains("\\u{0}"))
  }

  @Test func `what report prints as JSON has the keys of the contract`() throws {
    let model = Sample.model()
    var parser = JSONParser()
    let root = try parser.parse(reportJSON(model, PackageSummary(path: "out/2026-Q3", files: 9, manifestSHA256: "ab")))
    #expect(parser.text(root, "package") == "out/2026-Q3")
    #expect(parser.text(root, "period") == "2026-Q3")
    #expect(parser.value(of: root, "files").flatMap { parser.int($0) } == 9)
    #expect(parser.text(root, "manifest_sha256") == "ab")
    #expect(parser.value(of: root, "frameworks").map { parser.elements(of: $0).count } == model.frameworks.count)
    let first = parser.value(of: root, "tests").flatMap { parser.elements(of: $0).first }
    let test = try #require(first)
    #expect(parser.text(test, "id") == "T-01" && parser.text(test, "status") == "fail")
    #expect(parser.value(of: test, "population").flatMap { parser.int($0) } == 3)
    let controls = parser.value(of: root, "controls").map { parser.elements(of: $0) } ?? []
    #expect(controls.count == 5)
    #expect(parser.text(controls[2], "status") == "not_run")
  }

  @Test func `the workbook prints summary sheets, its cover on one page, exceptions one page wide`() throws {
    let scratch = try Scratch()
    _ = try writePackage(Sample.model(), to: scratch.path)
    let parts = try unzip(try scratch.bytes("2026-Q3/workpaper.xlsx"))
    func text(_ name: String) throws -> String { String(decoding: try #require(parts[name]), as: UTF8.self) }
    let book = try text("xl/workbook.xml")
    let areas = book.split(separator: "<definedName ").filter { $0.contains("_xlnm.Print_Area") }
    #expect(areas.contains { $0.contains(">Exceptions!$A$1:$K$") })
    for test in ["T-02", "T-19"] {
      // An area without content is not a page.
      #expect(areas.contains { $0.contains("'\(test) population'!$GS$1<") }, "\(test)")
    }
    #expect(!areas.contains { $0.contains("Results") || $0.contains("Cover") })
    #expect(try text("xl/worksheets/sheet1.xml").contains("<pageSetup paperSize=\"9\" orientation=\"portrait\""))
    #expect(!(try text("xl/worksheets/sheet1.xml")).contains("fitToHeight=\"0\""))
    let sheets = try readWorkbook(try scratch.bytes("2026-Q3/workpaper.xlsx"))
    #expect(sheets["T-19 population"]?.joined().contains("Tickmark") == true)
    #expect(sheets["Legend"]?.joined().contains("Tickmark") == true)
  }
}
