import AuditTrail
import EmbeddedFiles
import Evidence
import Foundation
import Testing

@testable import Reporting

/// A change to a package after which every sum is made to fit again, and the files that verify must name.
struct Forgery: Sendable, CustomTestStringConvertible {
  let name: String
  /// Files that are named, each with a part of what is said of it.
  let named: [String: String]
  let forge: @Sendable (Forger) throws -> Void

  init(_ name: String, _ named: [String: String], _ forge: @escaping @Sendable (Forger) throws -> Void) {
    (self.name, self.named, self.forge) = (name, named, forge)
  }

  var testDescription: String { name }
}

@Suite struct ForgeryTests {
  private static let json = "machine/evidence.json"
  private static let exceptions = "exceptions/exceptions.csv"
  /// What the JSON says of T-19, behind its name.
  private static let effectiveness = "\"id\": \"T-19\""

  @Test func `an untouched package verifies, sealed again or not`() throws {
    let forger = try Forger()
    #expect(try forger.verify().failures == [])
    try forger.seal()
    #expect(try forger.verify().failures == [])
  }

  @Test(arguments: [
    Forgery("a test's status in the JSON", [json: "\"status\": \"pass\""]) {
      try $0.replace(json, "\"status\": \"fail\"", "\"status\": \"pass\"", after: effectiveness)
    },
    Forgery(
      "a test's status in the JSON and on every page",
      [
        json: "T-19", "metrics/results.csv": "T-19", "summary.md": "T-19", "tests/T-19.md": "No exceptions noted",
        "workpaper.xlsx": "sheet Results",
      ]
    ) {
      try $0.replace(json, "\"status\": \"fail\"", "\"status\": \"pass\"", after: effectiveness)
      try $0.replace("metrics/results.csv", "fail,Exceptions noted", "pass,No exceptions noted", after: "T-19,")
      try $0.replace("summary.md", "Exceptions noted", "No exceptions noted", after: "[T-19]")
      try $0.replace("tests/T-19.md", "Exceptions noted", "No exceptions noted")
      try $0.changeSheet("Results", ">Exceptions noted<", ">No exceptions noted<")
    },
    Forgery("an exception taken out of the register", [exceptions: "line"]) {
      try $0.dropLines(exceptions, with: ",T-19,", ending: "\r\n")
    },
    Forgery("an exception taken off its page", ["tests/T-19.md": "line"]) {
      try $0.dropLines("tests/T-19.md", with: "| high")
    },
    Forgery("an exception's severity in the JSON", [json: "S1"]) {
      try $0.replace(json, "\"severity\": \"S4\"", "\"severity\": \"S1\"")
    },
    Forgery(
      "an exception taken out everywhere but in the workbook",
      [exceptions: "line", json: "exceptions", "tests/T-19.md": "line"]
    ) {
      try $0.dropLines(exceptions, with: ",T-19,", ending: "\r\n")
      try $0.dropLines("tests/T-19.md", with: "| high")
      let text = try $0.text(json)
      let start = try #require(text.range(of: "\"exceptions\": [", range: try afterT19(text)))
      let end = try #require(text.range(of: "]", range: start.upperBound..<text.endIndex))
      try $0.write(json, text.replacingCharacters(in: start.upperBound..<end.lowerBound, with: ""))
    },
    Forgery("a user swapped in a population", ["populations/T-19.csv": "eve@example.org", "workpaper.xlsx": "sheet"]) {
      try $0.replace("populations/T-19.csv", "ana@example.org", "eve@example.org")
    },
    Forgery(
      "a verdict swapped in a population",
      ["populations/T-19.csv": "kind of s1/1: nothing, by its verdict", "replay/verdicts.csv": "line"]
    ) {
      try $0.replace("populations/T-19.csv", "false_allow", "confirmed_allow")
    },
    Forgery(
      "a fate swapped in a population",
      ["populations/T-19.csv": "fate of s1/1: let_through", "metrics/results.csv": "T-19"]
    ) {
      try $0.replace("populations/T-19.csv", ",let_through,", ",blocked,")
    },
    Forgery("harm taken off a row", ["populations/T-19.csv": "kind of s1/1: a kind of harm, by its verdict"]) {
      try $0.replace("populations/T-19.csv", "true,destroys,let_through,", "false,,,")
    },
    Forgery("a row taken out of a population", ["tieout/control-totals.csv": "TO-", "tests/T-19.md": "line"]) {
      try $0.dropLines("populations/T-19.csv", with: "false_allow", ending: "\r\n")
    },
    Forgery("a row taken out of the audit events", ["populations/T-19.csv": "where it is not"]) {
      try $0.dropLines("populations/T-03.csv", with: "statement,hoop gw-1,s1,1,", ending: "\r\n")
    },
    Forgery("a figure of the summary", ["summary.md": "line"]) {
      try $0.replace("summary.md", "3", "7", after: "not replayed")
    },
    Forgery("a sentence of the summary", ["summary.md": "complete"]) {
      try $0.replace("summary.md", "Completeness", "complete, Completeness")
    },
    Forgery("a control's status", ["controls/control-matrix.csv": "CC6.1", "report/soc2-2017.md": "CC6.1"]) {
      try $0.replace(
        "controls/control-matrix.csv", ",fail,Exceptions noted,", ",pass,No exceptions noted,", after: "CC6.1")
      try $0.replace("report/soc2-2017.md", "Exceptions noted", "No exceptions noted", after: "| CC6.1")
    },
    Forgery("a day's figures", ["metrics/daily.csv": "T-19"]) {
      try $0.replace("metrics/daily.csv", "T-19,2026-07-01,4,", "T-19,2026-07-01,3,")
    },
    Forgery("a word of the workbook's cover", ["workpaper.xlsx": "sheet Cover, cell"]) {
      try $0.changeSheet("Cover", "Management", "The auditor")
    },
    Forgery("a number in the workbook", ["workpaper.xlsx": "sheet T-19 population, cell V6: 5000"]) {
      try $0.changeSheet("T-19 population", "<v>5000</v>", "<v>5</v>")
    },
    Forgery("a file added to the manifest", ["tests/T-99.md": ""]) { try $0.write("tests/T-99.md", "# All is well\n") },
    Forgery("a page taken out of the manifest", ["tests/T-19.md": ""]) { try $0.remove("tests/T-19.md") },
    Forgery("a population taken out of the manifest", ["populations/T-19.csv": ""]) {
      try $0.remove("populations/T-19.csv")
    },
    Forgery("the facts taken out of the manifest", ["machine/facts.json": ""]) { try $0.remove("machine/facts.json") },
    Forgery("a declared floor", [json: "facts_sha256"]) {
      try $0.replace("machine/facts.json", "\"coverage_floor\" : 95", "\"coverage_floor\" : 1")
    },
    Forgery("an acceptance that nobody gave", [json: "", exceptions: "accepted"]) {
      try $0.replace(
        "machine/facts.json", "\"tables\" : {",
        """
        "tables" : { "management_responses" : { "file" : "management_responses", "rows" : [ [
        "\(try exceptionID($0, ",T-19,high,S4"))", "none", null, null, "eve", "2026-07-02", "none" ] ] },
        """)
    },
    Forgery("a control that no test supports any more", ["machine/facts.json": "soc2-2017"]) {
      let text = try $0.text("machine/facts.json")
      let control = try #require(text.range(of: "\"id\" : \"CC6.1\""))
      let tests = try #require(text.range(of: "\"mappings\" : [", range: control.upperBound..<text.endIndex))
      let end = try #require(text.range(of: "]", range: tests.upperBound..<text.endIndex))
      try $0.write("machine/facts.json", text.replacingCharacters(in: tests.upperBound..<end.lowerBound, with: ""))
    },
    Forgery("a count that no report can hold", ["machine/facts.json": "not_facts"]) {
      try $0.replace("machine/facts.json", "\"records_read\" : ", "\"records_read\" : 9223372036854775807, \"x\" : ")
    },
    Forgery("the organisation", ["README.md": "Another", json: "Another"]) {
      try $0.replace(json, "Meridian Clinic", "Another Clinic")
      try $0.replace("README.md", "Meridian Clinic", "Another Clinic")
    },
  ])
  func `verify names what a forger changed, though every sum fits`(forgery: Forgery) throws {
    let forger = try Forger()
    try forgery.forge(forger)
    try forger.seal()
    let verification = try forger.verify()
    #expect(!verification.verified)
    let said = verification.failures.map { failure in
      "\(failure.path) \(failure.problem) \(failure.expected ?? "") \(failure.actual ?? "")"
    }
    for (file, part) in forgery.named {
      #expect(
        said.contains { $0.hasPrefix("\(file) ") && (part.isEmpty || $0.contains(part)) }, "\(file) \(part): \(said)")
    }
  }

  /// The texts of a package's files, each with another first, middle or last digit.
  private static func changes(_ forger: Forger) throws -> [(file: String, original: String, changed: [String])] {
    try PackageTree("\(forger.scratch.path)/\(Forger.package)").files.filter {
      ![Manifest.path, Manifest.checksumsPath, "workpaper.xlsx"].contains($0)
    }.map { file in
      let original = try forger.text(file)
      let digits = original.indices.filter { original[$0].isASCII && original[$0].isNumber }
      let places = [digits.first, digits.isEmpty ? nil : digits[digits.count / 2], digits.last].compactMap(\.self)
      return (
        file, original,
        places.map {
          original.replacingCharacters(in: $0...$0, with: original[$0] == "9" ? "8" : "9")
        }
      )
    }
  }

  /// What is judged again is changed file by file; what only follows from it is changed everywhere at once, and each file must
  /// be named.
  @Test func `a digit changed in any file is seen, though every sum fits`() throws {
    let forger = try Forger()
    let changes = try Self.changes(forger)
    func isJudged(_ file: String) -> Bool { file.hasPrefix("machine/") || file.hasPrefix("populations/") }
    for (file, original, changed) in changes where isJudged(file) {
      for text in changed {
        try forger.write(file, text)
        // A header that the two documents state apart is not a seal.
        guard (try? forger.seal()) != nil else { continue }
        #expect(try !forger.verify().verified, "\(file)")
      }
      try forger.write(file, original)
    }
    for place in 0..<3 {
      let rendered = changes.filter { !isJudged($0.file) && place < $0.changed.count }
      #expect(rendered.count > 50)
      for (file, _, changed) in rendered { try forger.write(file, changed[place]) }
      try forger.seal()
      let failed = Set(try forger.verify().failures.map(\.path))
      #expect(rendered.map(\.file).filter { !failed.contains($0) } == [], "place \(place)")
      for (file, original, _) in rendered { try forger.write(file, original) }
    }
    try forger.seal()
    #expect(try forger.verify().verified)
  }

  @Test func `what a whole rebuild hides is said to be not provable, and a digest kept elsewhere shows it`() throws {
    let honest = try Forger.model()
    let kept = try Forger(honest).verify().manifestSHA256
    var facts = honest.facts
    for test in TestID.allCases {
      guard let column = drawnColumns(test)?.firstIndex(where: { $0.name == "user" }) else { continue }
      var rows = try facts.drawn[test]?.rows.all() ?? []
      for row in rows.indices where rows[row][column] == .text("ana@example.org") {
        rows[row][column] = .text("eve@example.org")
      }
      facts.drawn[test]?.rows = try ItemRows(rows)
    }
    let forger = try Forger(try conclude(facts))
    let verification = try forger.verify()
    #expect(verification.verified)
    #expect(
      verification.notProvable.contains { $0.sentence.contains("Who made it: Unsigned: whoever could write here") })
    #expect(verification.notProvable.contains { $0.sentence.contains("are as the archives have them") })
    let held = try forger.verify { $0.manifestSHA256 = kept }
    #expect(held.failures.map { "\($0.path) \($0.problem)" } == ["MANIFEST.json other_manifest"])
    let whole = try Forger(honest).verify { $0.manifestSHA256 = kept }
    #expect(whole.verified && !whole.notProvable.contains { $0.sentence.contains("Who made it") })
  }

  @Test func `the note beside a package names its manifest`() throws {
    let forger = try Forger()
    let note = "\(Forger.package).run.json"
    try forger.scratch.write(note, "{\"manifest_sha256\":\"\(try #require(try forger.verify().manifestSHA256))\"}")
    #expect(try forger.verify().verified)
    for other in ["{\"manifest_sha256\":\"ab\"}", "{}", "no note"] {
      try forger.scratch.write(note, other)
      #expect(try forger.verify().failures.map { "\($0.path) \($0.problem)" } == ["../\(note) other_manifest"])
    }
  }

  @Test func `a workbook packed otherwise holds the same, and one with anything more in it does not`() throws {
    let forger = try Forger()
    try forger.changeSheet("Cover", "Management", "Management")
    try forger.seal()
    #expect(try forger.verify().failures == [])
    let path = "\(Forger.package)/workpaper.xlsx"
    let bytes = try forger.scratch.bytes(path)
    let parts = try #require(ZipParts(bytes)).parts
    for other in [
      bytes + [0], [0] + bytes,
      // Flags, a version, sizes, attributes that one of the two places says alone, or that no workbook has.
      changed(bytes, atLocal: 6, to: 1), changed(bytes, atLocal: 22, to: 9), changed(bytes, atEntry: 8, to: 1),
      changed(bytes, atEntry: 6, to: 99), changed(bytes, atEntry: 41, to: 0xA0), changed(bytes, atEntry: 38, to: 0x10),
      storedZip(parts + [parts[3]]), storedZip(parts.dropLast()),
      storedZip(parts.map { ($0.name, $0.name.hasSuffix("sheet1.xml") ? [] : $0.content) }), [],
    ] {
      try forger.scratch.write(path, other)
      try forger.seal()
      #expect(try forger.verify().failures.map(\.path) == ["workpaper.xlsx"])
    }
  }

  @Test func `a workbook that holds far more than is rendered is not unpacked`() throws {
    let forger = try Forger()
    let path = "\(Forger.package)/workpaper.xlsx"
    let parts = try #require(ZipParts(try forger.scratch.bytes(path))).parts
    try forger.scratch.write(
      path, storedZip(parts.map { ($0.name, $0.content + [UInt8](repeating: 0x20, count: 2 << 20)) }))
    try forger.seal()
    let failure = try #require(try forger.verify().failures.first)
    #expect(failure.path == "workpaper.xlsx" && failure.actual?.contains("holds far more") == true, "\(failure)")
  }

  /// The bytes with one of the first part's own head, or of its entry in the directory, changed.
  private func changed(_ bytes: [UInt8], atLocal place: Int? = nil, atEntry entry: Int = 0, to value: UInt8) -> [UInt8]
  {
    var bytes = bytes
    let end = bytes.count - 22
    let start = bytes[(end + 16)..<(end + 20)].reversed().reduce(0) { $0 << 8 | Int($1) }
    bytes[place ?? start + entry] = value
    return bytes
  }

  @Test func `another version's package that says otherwise is not compared, and not verified`() throws {
    let forger = try Forger()
    #expect(try forger.verify { $0.program = "9.9.9" }.verified)
    try forger.replace("summary.md", "Completeness", "complete, Completeness")
    try forger.seal()
    let failures = try forger.verify { $0.program = "9.9.9" }.failures
    #expect(failures.map { "\($0.path) \($0.problem)" } == ["machine/facts.json not_compared"])
    #expect(failures.first?.expected?.contains("1.0.0") == true && failures.first?.actual == "assay 9.9.9")
  }

  @Test func `a package made with one's own shells verifies with them`() throws {
    let (forger, shells) = (try Forger(), try Scratch())
    let builtIn = String(decoding: embeddedFile("readme.mustache"), as: UTF8.self)
    try shells.write("readme.mustache", builtIn + "\nOurs.\n")
    _ = try writePackage(try Forger.model(), to: forger.scratch.path, templates: shells.path)
    #expect(try forger.verify().failures.map(\.path) == ["README.md"])
    #expect(try forger.verify { $0.shells = shells.path }.verified)
  }

  private static func afterT19(_ text: String) throws -> Range<String.Index> {
    try #require(text.firstRange(of: effectiveness)).upperBound..<text.endIndex
  }

  private static func exceptionID(_ forger: Forger, _ part: String) throws -> String {
    let rows = try forger.text(exceptions).components(separatedBy: "\r\n")
    return String(try #require(rows.first { $0.contains(part) }).prefix { $0 != "," })
  }
}
