import Foundation
import Testing

/// What is known of a package beside its own period: the packages before it, the program's own cases, the organisation's controls.
@Suite struct FollowUpTests {
  private static let package = "quarter/reports/2026-07"

  private static func rows(_ path: String, in folder: Folder) throws -> [[String: String]] {
    readCSV(try folder.bytes("\(package)/\(path)"))
  }

  /// The same month again stands for the next one: what it notes, it noted before.
  @Test func `exceptions name their kind and the periods that noted it, over several packages`() throws {
    let folder = try SmallQuarter.folder()
    try SmallQuarter.run(in: folder)
    func recurrence() throws -> (status: String?, periods: Set<String>) {
      let status = try Self.rows("metrics/results.csv", in: folder).first { $0["test"] == "T-29" }?["status"]
      let noted = try Self.rows("exceptions/exceptions.csv", in: folder).filter { $0["test"] != "T-29" }
      #expect(noted.allSatisfy { $0["kind"]?.hasPrefix("EK-") == true })
      return (status, Set(noted.map { $0["noted_before"] ?? "" }))
    }
    #expect(try recurrence() == ("inconclusive", [""]))
    for (number, periods) in ["2026-07", "2026-07; 2026-07"].enumerated() {
      try folder.copy(Self.package, to: "before-\(number)")
      try folder.write("quarter/assay.yaml", SmallQuarter.configuration + "previous: ../before-\(number)\n")
      try SmallQuarter.run(in: folder)
      #expect(try recurrence() == ("fail", [periods]))
    }
    // The kinds are those by which packages are compared, and the package is judged again from its own facts.
    let compared = try assay(
      "report", "--config", "quarter/assay.yaml", "--compare", "before-1", "--json", in: folder)
    let kinds = try compared.json.compare.exceptions.array.filter { $0.test.string != "T-29" }
    #expect(!kinds.isEmpty && kinds.allSatisfy { $0.change.string == "recurring" })
    let own = Set(try Self.rows("exceptions/exceptions.csv", in: folder).compactMap { $0["kind"] })
    #expect(Set(kinds.compactMap(\.kind.string)).isSubset(of: own))
    let verified = try assay("verify", Self.package, in: folder)
    #expect(verified.status == 0, "\(verified)")
  }

  @Test func `what a month noted is known in the next one, of one ledger that holds both`() throws {
    let folder = try SmallQuarter.folder()
    let lines = try folder.text("raw.jsonl").split(separator: "\n").map(String.init)
    let june = lines.dropFirst().map {
      $0.replacing("2026-07-01", with: "2026-06-03").replacing(#""s1""#, with: #""s0""#)
    }
    try folder.write("raw.jsonl", ([lines[0]] + june + lines.dropFirst()).joined(separator: "\n") + "\n")
    try SmallQuarter.seal(in: folder)
    try SmallQuarter.run(in: folder, "--period", "2026-06")
    func noted(_ period: String) throws -> [String: [String: String]] {
      let rows = readCSV(try folder.bytes("quarter/reports/\(period)/exceptions/exceptions.csv"))
      return Dictionary(rows.filter { $0["test"] == "T-19" }.map { ($0["kind"] ?? "", $0) }) { first, _ in first }
    }
    let before = try noted("2026-06")
    #expect(!before.isEmpty && before.values.allSatisfy { $0["noted_before"] == "" })
    try folder.write("quarter/assay.yaml", SmallQuarter.configuration + "previous: reports/2026-06\n")
    try SmallQuarter.run(in: folder)
    let after = try noted("2026-07")
    #expect(Set(after.keys) == Set(before.keys))
    #expect(after.values.allSatisfy { $0["noted_before"] == "2026-06" })
    #expect(
      Set(after.values.compactMap { $0["exception"] }).isDisjoint(with: before.values.compactMap { $0["exception"] }))
    #expect(try Self.rows("metrics/results.csv", in: folder).first { $0["test"] == "T-29" }?["status"] == "fail")
    let again = try assay(
      "verify", "--reperform", Self.package, "--config", "quarter/assay.yaml", "--quiet", in: folder)
    #expect(again.status == 0, "\(again)")
    let kinds = "quarter/reports/2026-06/populations/T-29.csv"
    try folder.write(kinds, try folder.text(kinds).replacing("EK-", with: "EK-0"))
    let forged = try assay("report", "--config", "quarter/assay.yaml", "--quiet", in: folder)
    #expect(forged.status == 65 && forged.errors.contains("populations/T-29.csv"), "\(forged)")
  }

  @Test func `a selftest that was recorded stands in the package, and is run again with it`() throws {
    let folder = try SmallQuarter.folder()
    try SmallQuarter.run(in: folder)
    let page = "\(Self.package)/replay/tool-validation.md"
    #expect(try folder.text(page).contains("No run of this program is recorded."))
    let tested = try assay("selftest", "--engine", "sqlite", "--config", "quarter/assay.yaml", "--json", in: folder)
    #expect(tested.status == 0, "\(tested)")
    #expect(try tested.json.recorded_in.string?.hasSuffix(".assay/ledger.db") == true)
    #expect(try assay("report", "--config", "quarter/assay.yaml", "--quiet", in: folder).status == 0)
    let row = try #require(try Self.rows("replay/tool-validation.csv", in: folder).first)
    #expect(row["engine"] == "sqlite" && row["wrong"] == "0")
    #expect(row["statements"] == (try tested.json.statements.int).map(String.init))
    #expect(try folder.text(page).contains(try #require(try tested.json.sha256.string)))
    let again = try assay(
      "verify", "--reperform", Self.package, "--config", "quarter/assay.yaml", "--quiet", in: folder)
    #expect(again.status == 0, "\(again)")
    let missing = try assay("selftest", "--engine", "sqlite", "--ledger", "none.db", in: folder)
    #expect(missing.status == 66, "\(missing)")
  }

  @Test func `a report begins with the organisation's own controls`() throws {
    let folder = try SmallQuarter.folder()
    try folder.write(
      "quarter/controls.yaml",
      """
      title: Controls of the clinic
      version: "1"
      date: 2026-07-01
      controls:
        - id: DB-1
          title: Guardrails stop harm
          criteria: [soc2-2017 CC6.1]
          tests: [T-19]

      """)
    try folder.write("quarter/assay.yaml", SmallQuarter.configuration + "controls: controls.yaml\n")
    let finished = try SmallQuarter.run(in: folder)
    #expect(try finished.json.report.frameworks.array.compactMap(\.string) == ["controls", "soc2-2017"])
    #expect(try folder.text("\(Self.package)/report/controls.md").contains("DB-1"))
    let noted = try Self.rows("exceptions/exceptions.csv", in: folder).filter { $0["test"] == "T-19" }
    #expect(!noted.isEmpty && noted.allSatisfy { $0["controls"]?.hasPrefix("controls DB-1; ") == true })
    let inputs = try Self.rows("custody/input-digests.csv", in: folder)
    #expect(inputs.contains { $0["path"] == "controls.yaml" })
    for more in [[], ["--reperform", "--config", "quarter/assay.yaml"]] {
      let verified = try assay(["verify", Self.package, "--quiet"] + more, in: folder)
      #expect(verified.status == 0, "\(verified)")
    }
    try folder.write(
      "quarter/controls.yaml", try folder.text("quarter/controls.yaml").replacing("CC6.1", with: "CC66.1"))
    let refused = try assay("report", "--config", "quarter/assay.yaml", in: folder)
    #expect(refused.status == 65 && refused.errors.contains("no control `CC66.1`"), "\(refused)")
  }

  private static let python = repository.appending(path: ".build/oscal/bin/python")

  /// What management does: fills in the workbook by another program, and names it.
  @Test(
    .enabled(
      if: FileManager.default.isExecutableFile(atPath: python.path),
      "no openpyxl in .build/oscal; `make test-deps` installs it"))
  func `answers that another program wrote into the workbook are in the next package, and a run never loses them`()
    throws
  {
    let folder = try SmallQuarter.folder()
    try SmallQuarter.run(in: folder)
    func fill(_ script: String) throws -> String {
      let lines = ["import openpyxl, datetime, zipfile, io", "from openpyxl import load_workbook", script]
      try folder.write("fill.py", lines.joined(separator: "\n") + "\n")
      let finished = try EndToEndTests.run(Self.python, ["fill.py"], in: folder)
      try #require(finished.status == 0, "\(finished)")
      return finished.output
    }
    let lists = try fill(
      """
      book = load_workbook('quarter/reports/2026-07.signoff.xlsx')
      for sheet in book: print(sheet.title, [str(v.sqref) for v in sheet.data_validations.dataValidation])
      """)
    #expect(lists.contains("Sign-off ['C") && lists.contains("Attributes ['F"), "\(lists)")
    let id = try fill(
      """
      path = 'quarter/reports/2026-07.responses.xlsx'
      book = load_workbook(path)
      sheet = book['Responses']
      head = next(r for r in range(1, 20) if sheet.cell(r, 1).value == 'exception')
      for column, value in enumerate(['Löschung "ok" <&>', 'ana@example.org', datetime.date(2026, 8, 15)], start=2):
        sheet.cell(head + 1, column).value = value
      book.save(path)
      print(sheet.cell(head + 1, 1).value)
      # As a program that writes to a stream saves it: sizes come after the content.
      class Stream(io.RawIOBase):
        def __init__(self, file): self.file = file
        def writable(self): return True
        def write(self, data): return self.file.write(data)
      old = zipfile.ZipFile(path)
      parts = [(name, old.read(name)) for name in old.namelist()]
      with open(path, 'wb') as file, zipfile.ZipFile(Stream(file), 'w', zipfile.ZIP_DEFLATED) as new:
        for name, data in parts: new.writestr(name, data)
      """
    ).trimmingCharacters(in: .whitespacesAndNewlines)
    let filled = try folder.bytes("quarter/reports/2026-07.responses.xlsx")
    let before = try folder.bytes("quarter/reports/2026-07.signoff.xlsx")
    try folder.write(
      "quarter/assay.yaml",
      SmallQuarter.configuration + "side_files: { management_responses: reports/2026-07.responses.xlsx }\n")
    try SmallQuarter.run(in: folder)
    let row = try #require(
      try Self.rows("exceptions/exceptions.csv", in: folder).first { $0["exception"] == id }, "\(id)")
    #expect(row["response_owner"] == "ana@example.org" && row["response_due"] == "2026-08-15", "\(row)")
    #expect(try folder.bytes("quarter/reports/2026-07.responses.xlsx") == filled)
    #expect(try folder.bytes("quarter/reports/2026-07.signoff.xlsx") != before)
    for more in [[], ["--reperform", "--config", "quarter/assay.yaml"]] {
      let verified = try assay(["verify", Self.package, "--quiet"] + more, in: folder)
      #expect(verified.status == 0, "\(verified)")
    }
    try folder.write("quarter/reports/2026-07.responses.xlsx", Array("no workbook".utf8))
    let refused = try assay("report", "--config", "quarter/assay.yaml", in: folder)
    #expect(refused.status == 65 && refused.errors.contains("save it as .xlsx"), "\(refused)")
  }
}
