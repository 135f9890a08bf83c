import AuditTrail
import Evidence
import XLSX

/// `workpaper.xlsx`: the same figures as the Markdown and the CSV, to filter, sample and tick.
struct Workpaper {
  static let path = "workpaper.xlsx"
  /// Rows beyond which a table stays in its CSV file and the sheet says where.
  static let rowLimit = 50_000

  let model: EvidenceModel
  let summary: Summary
  /// The CSV files of the package.
  let files: [EvidenceFile]

  /// Writes the workbook to `path`; gives what could not be written as it is, one sentence each.
  func write(to path: String) throws(AssayError) -> [String] {
    do {
      return try draw(path)
    } catch {
      let code: AssayError.Code = error.code == .inputOutput ? .inputOutput : .internalFault
      throw AssayError(code, "The workbook could not be written", at: Place(path), cause: error.description)
    }
  }

  private func draw(_ path: String) throws(XLSXError) -> [String] {
    let properties = WorkbookProperties(
      title: "Evidence workpaper \(model.period.label)",
      subject: "Management's automated tests of database access controls; not an opinion", author: "Assay",
      company: model.organization, created: max(model.period.end.seconds, 1))
    let book = try Workbook(path: path, properties: properties, rowsInOrder: true, shown: CSVWriter.escaped)
    let sheets = planned()
    var drawn: [(PlannedSheet, Worksheet)] = []
    // Links lead only to sheets that exist, so all of them are made before the first cell is written.
    for sheet in sheets { drawn.append((sheet, try book.addWorksheet(sheet.name))) }
    for (sheet, worksheet) in drawn { try draw(sheet, on: worksheet, among: sheets) }
    let notes = try book.close()
    return sentences(notes)
  }

  private func draw(_ sheet: PlannedSheet, on worksheet: Worksheet, among sheets: [PlannedSheet]) throws(XLSXError) {
    try worksheet.setFooter(
      PageFooter(
        left: short(CSVWriter.escaped(model.organization)), center: "",
        right: "\(short(model.period.label)) \(sheet.name)"))
    switch sheet.content {
    case .cover: try CoverSheet(model: model, summary: summary).draw(on: worksheet)
    case .index: try IndexSheet(model: model, sheets: sheets).draw(on: worksheet)
    case .evidence(let file, _) where file.count > Self.rowLimit:
      try EvidenceSheet(title: sheet.title, file: EvidenceFile(file.path, file.purpose, [], [])).drawPointer(
        on: worksheet, rows: file.count)
    case .evidence(let file, let printed):
      var rows = EvidenceSheet(title: sheet.title, file: file)
      rows.printed = printed
      try rows.draw(on: worksheet)
    case .coverage(let hours, let gaps):
      var rows = EvidenceSheet(title: sheet.title, file: hours)
      if hours.count > Self.rowLimit {
        rows = EvidenceSheet(title: sheet.title, file: gaps)
      } else {
        rows.appended = gaps
      }
      try rows.draw(on: worksheet)
    case .decisions(let file): try DecisionsSheet(model: model, file: file).draw(on: worksheet)
    case .legend: try LegendSheet().draw(on: worksheet)
    }
  }

  private func planned() -> [PlannedSheet] {
    func file(_ path: String) -> EvidenceFile {
      files.first { $0.path == path } ?? EvidenceFile(path, "", [], [])
    }
    var sheets = [
      PlannedSheet("Cover", "What an assessor asks first, on one page.", .cover),
      PlannedSheet("Index", "This list.", .index),
      PlannedSheet("Control matrix", "Control matrix", .evidence(file("controls/control-matrix.csv"), .whole(keys: 3))),
      PlannedSheet("Results", "Results by test", .evidence(file("metrics/results.csv"))),
      PlannedSheet(
        "Coverage", "Coverage: hours, then runs of hours without records",
        .coverage(file("coverage/hours.csv"), file("coverage/gaps.csv"))),
      PlannedSheet(
        "Exceptions", "Exceptions, gravest first", .evidence(file("exceptions/exceptions.csv"), .columns(11))),
      PlannedSheet("Verdicts", "What replay made of the decisions", .evidence(file("replay/verdicts.csv"))),
      PlannedSheet("Tie-out", "Control totals, both sides", .evidence(file("tieout/control-totals.csv"))),
      PlannedSheet(
        "Decisions by week", "Decisions by ISO week", .decisions(file("metrics/decisions-by-week.csv"))),
    ]
    for test in model.tests {
      let population = file(test.populationPath)
      sheets.append(
        PlannedSheet(
          test.sheetName, "\(test.id.rawValue) \(test.title): population", .evidence(population, .nothing)))
    }
    return sheets + [
      PlannedSheet("Legend", "What results, verdicts, severities, decisions and tickmarks mean.", .legend)
    ]
  }

  private func sentences(_ notes: WorkbookNotes) -> [String] {
    [
      (
        notes.replacedCharacters, "character that a workbook cannot hold was replaced by U+FFFD",
        "characters that a workbook cannot hold were replaced by U+FFFD"
      ),
      (
        notes.cutTexts, "text was cut at the 32,767 characters a cell holds",
        "texts were cut at the 32,767 characters a cell holds"
      ),
      (notes.plainLinks, "link was written as text", "links were written as text"),
      (notes.integersAsText, "integer beyond 2^53 was written as text", "integers beyond 2^53 were written as text"),
    ].filter { $0.0 > 0 }.map {
      "`\(Self.path)`: \(counted($0.0, $0.1, $0.2)); see the CSV files, which hold them all."
    }
  }

  /// At most 60 characters, for footers.
  private func short(_ text: String) -> String {
    text.count <= 60 ? text : "\(text.prefix(59))…"
  }
}

/// A sheet of the workbook, named before any is drawn.
struct PlannedSheet {
  enum Content {
    case cover, index, legend
    case evidence(EvidenceFile, EvidenceSheet.Printed = .whole())
    case coverage(EvidenceFile, EvidenceFile)
    case decisions(EvidenceFile)
  }

  let name: String
  let title: String
  let content: Content

  init(_ name: String, _ title: String, _ content: Content) {
    self.name = name
    self.title = title
    self.content = content
  }

  /// The file that holds the same rows, and how many.
  var file: (path: String, rows: Int, purpose: String)? {
    switch content {
    case .cover, .index, .legend: nil
    case .evidence(let file, _), .decisions(let file):
      (file.path, file.count, file.purpose)
    case .coverage(let hours, let gaps):
      ("\(hours.path), \(gaps.path)", hours.count + gaps.count, hours.purpose)
    }
  }
}

extension TestResult {
  /// The name of its population's sheet.
  var sheetName: String { "\(id.rawValue) population" }
}
