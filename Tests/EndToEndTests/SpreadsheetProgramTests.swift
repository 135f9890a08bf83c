import Foundation
import Testing
import XLSX

/// Workbooks as the programs of other people read them: openpyxl, and LibreOffice, which also saves them again.
@Suite struct SpreadsheetProgramTests {
  private static let python = repository.appending(path: ".build/oscal/bin/python")
  private static let office = URL(filePath: "/usr/bin/soffice")

  private static let hasBoth = [python, office].allSatisfy { FileManager.default.isExecutableFile(atPath: $0.path) }

  /// Texts that a program could run, round, turn into a date or decode, and what each must show.
  private static let traps: [(written: CellValue, shown: String)] =
    [
      "=1+1", "=HYPERLINK(\"https://example.org\")", "@SUM(A1)", "+49 30 1", "-5", "0012", "1e5", "2026-07-01", "TRUE",
      " first", "'quoted", "tab\tline\nend", "_x0041_", "_x000D_", "a<b>&\"c\"", "ÄÖ 漢字 🙂",
      String(repeating: "z", count: 32_767),
    ].map { (.text($0), $0) } + [
      (.text("a\u{1}b"), "a\u{FFFD}b"), (.text("\u{FFFE}\u{FFFF}"), "\u{FFFD}\u{FFFD}"),
      (.integer(9_007_199_254_740_993), "9007199254740993"), (.integer(.min), "-9223372036854775808"),
    ]

  @Test(.enabled(if: hasBoth, "no openpyxl or no LibreOffice; `make test-deps` installs both"))
  func `openpyxl and LibreOffice show each cell as it was written, and run none`() throws {
    let folder = try Folder()
    let book = try Workbook(
      path: folder("traps.xlsx"),
      properties: WorkbookProperties(title: "Traps", subject: "2026-Q3", created: 1_790_000_000))
    let sheet = try book.addWorksheet("Traps")
    try sheet.write(.text("value"), at: CellReference(0, 0))
    for (row, trap) in Self.traps.enumerated() { try sheet.write(trap.written, at: CellReference(row + 1, 0)) }
    try sheet.offer(["agreed", "not agreed"], in: CellRange(rows: 1...3, columns: 1...1))
    let last = try book.addWorksheet("Last row")
    try last.write(.text("value"), at: CellReference(0, 0))
    try last.write(.text("here"), at: CellReference(CellReference.rowCount - 1, 0))
    try book.close()

    try folder.write(
      "read.py",
      """
      import json, openpyxl
      book = openpyxl.load_workbook('traps.xlsx')
      sheet = book.worksheets[0]
      assert all(cell.data_type == 's' for row in sheet for cell in row if cell.value is not None)
      assert [str(v.sqref) for v in sheet.data_validations.dataValidation] == ['B2:B4']
      assert book['Last row'].cell(\(CellReference.rowCount), 1).value == 'here'
      print(json.dumps([sheet.cell(row, 1).value for row in range(2, sheet.max_row + 1)]))

      """)
    let read = try run(Self.python, ["read.py"], in: folder)
    try #require(read.status == 0, "\(read)")
    #expect(try JSON(read.output).array.compactMap(\.string) == Self.traps.map(\.shown))

    try convert("traps.xlsx", to: Self.everySheet, in: folder)
    let shown = readCSV(try folder.bytes("traps-Traps.csv")).map { $0["value"] ?? "" }
    // The reader of the tests takes the guard of our own files off.
    #expect(shown == Self.traps.map { $0.shown.hasPrefix("'") ? String($0.shown.dropFirst()) : $0.shown })
    #expect(readCSV(try folder.bytes("traps-Last row.csv")).last?["value"] == "here")
  }

  @Test(.enabled(if: hasBoth, "no openpyxl or no LibreOffice; `make test-deps` installs both"))
  func `LibreOffice shows the exceptions of the package, and what it saves is read again`() throws {
    let folder = try SmallQuarter.folder()
    try SmallQuarter.run(in: folder)
    try folder.copy("quarter/reports/2026-07/workpaper.xlsx", to: "workpaper.xlsx")
    try convert("workpaper.xlsx", to: Self.everySheet, in: folder)
    let listed = readCSV(try folder.bytes("quarter/reports/2026-07/exceptions/exceptions.csv"))
    let ids = listed.compactMap { $0["exception"] }
    let sheet = try folder.text("workpaper-Exceptions.csv")
    #expect(!ids.isEmpty && ids.allSatisfy { sheet.contains($0) })
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) where name.hasSuffix(".csv") {
      let text = try folder.text(name)
      for error in ["#NAME?", "#VALUE!", "#REF!", "Err:5"] { #expect(!text.contains(error), "\(name)") }
    }

    try folder.write(
      "fill.py",
      """
      import openpyxl
      book = openpyxl.load_workbook('quarter/reports/2026-07.responses.xlsx')
      sheet = book['Responses']
      row = next(r for r in range(1, 20) if sheet.cell(r, 1).value == 'exception') + 1
      for column, value in enumerate(['=known', 'ana@example.org', '2026-08-15'], start=2):
        sheet.cell(row, column).value = value
        sheet.cell(row, column).data_type = 's'
      book.save('filled/2026-07.responses.xlsx')
      print(sheet.cell(row, 1).value)

      """)
    try folder.makeFolder("filled")
    let filled = try run(Self.python, ["fill.py"], in: folder)
    try #require(filled.status == 0, "\(filled)")
    try convert("filled/2026-07.responses.xlsx", to: "xlsx", in: folder)
    let configuration = try folder.text("quarter/assay.yaml")
    try folder.write(
      "quarter/assay.yaml", configuration + "side_files: { management_responses: ../2026-07.responses.xlsx }\n")
    try SmallQuarter.run(in: folder)
    let id = filled.output.trimmingCharacters(in: .whitespacesAndNewlines)
    let rows = readCSV(try folder.bytes("quarter/reports/2026-07/exceptions/exceptions.csv"))
    let row = try #require(rows.first { $0["exception"] == id })
    #expect(row["response"] == "=known" && row["response_owner"] == "ana@example.org", "\(row)")
    #expect(row["response_due"] == "2026-08-15")

    try folder.copy("quarter/reports/2026-07.signoff.xlsx", to: "2026-07.signoff.xlsx")
    try convert("2026-07.signoff.xlsx", to: Self.everySheet, in: folder)
    #expect(try folder.text("2026-07.signoff-Sign-off.csv").contains("reviewer"))
  }

  /// Every sheet as a CSV file of its own, cells as they are shown, in UTF-8.
  private static let everySheet = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"

  /// Converts into the folder, with settings of its own.
  private func convert(_ workbook: String, to form: String, in folder: Folder) throws {
    let finished = try run(
      Self.office,
      [
        "-env:UserInstallation=file://\(folder.path)/office", "--headless", "--convert-to", form, "--outdir",
        folder.path, workbook,
      ], in: folder)
    try #require(finished.status == 0, "\(finished)")
  }
}
