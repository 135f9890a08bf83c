package import AuditTrail
package import Evidence
import Ledger
import XLSX

/// The workbooks beside a package that people fill in: what management answers, and what a reviewer ticks and signs. They are bound to the
/// package by the digest of its manifest, and nothing that is written into them touches its seal.
package struct PeoplesWorkbooks {
  /// One of them.
  package struct File: Sendable {
    /// What its name has after the package's, such as `.responses.xlsx`.
    package let suffix: String
    /// Its bytes.
    package let bytes: [UInt8]
  }

  static let (responsesSuffix, signOffSuffix) = (".responses.xlsx", ".signoff.xlsx")
  static let (signOffSheet, gridSheet) = ("Sign-off", "Attributes")
  /// What a reviewer may come to.
  static let decisions = ["agreed", "agreed with remarks", "not agreed"]
  /// Who signs, in this order.
  static let roles = ["preparer", "reviewer", "approver"]
  /// What each column of the grid asks of a test.
  static let attributes = [
    ("A", "The population is complete: its count ties to the source, and its query gives the same rows."),
    ("B", "A sample of items was traced to the archive's entries."),
    ("C", "Items without exception were judged alike by the reviewer."),
    ("D", "Each exception is one, and what caused it was asked for."),
    ("E", "The conclusion follows from the items."),
  ]

  private let model: EvidenceModel
  private let manifest: String

  /// The workbooks of a package that was written.
  package init(_ model: EvidenceModel, _ package: PackageSummary) {
    (self.model, manifest) = (model, package.manifestSHA256)
  }

  /// Both, made again from nothing but the package.
  package func files() throws(AssayError) -> [File] {
    [
      File(
        suffix: Self.responsesSuffix,
        bytes: try made("Answers to exceptions") { (book) throws(XLSXError) in
          try drawResponses(on: book.addWorksheet(ResponsesTable.sheet))
        }),
      File(
        suffix: Self.signOffSuffix,
        bytes: try made("Review and sign-off") { (book) throws(XLSXError) in
          try drawSignOff(on: book.addWorksheet(Self.signOffSheet))
          try drawGrid(on: book.addWorksheet(Self.gridSheet))
          try LegendSheet().draw(on: book.addWorksheet("Legend"))
        }),
    ]
  }

  private func made(
    _ title: String, _ draw: (borrowing Workbook) throws(XLSXError) -> Void
  ) throws(AssayError) -> [UInt8] {
    let folder = try TemporaryFolder("workbook")
    let path = "\(folder.path)/workbook.xlsx"
    do {
      let properties = WorkbookProperties(
        title: "\(title) \(model.period.label)", subject: "Filled in by people; bound to manifest \(manifest)",
        author: "Assay", company: model.organization, created: max(model.period.end.seconds, 1))
      let book = try Workbook(path: path, properties: properties, rowsInOrder: true, shown: CSVWriter.escaped)
      try draw(book)
      try book.close()
    } catch {
      throw AssayError(.inputOutput, "A workbook beside the package could not be written", cause: error.description)
    }
    guard let bytes = readFile(path, limit: 1 << 30) else {
      throw AssayError(.inputOutput, "A workbook beside the package could not be read back", at: Place(path))
    }
    return bytes
  }

  private func drawBlock(_ title: String, _ lines: [String], on sheet: Worksheet) throws(XLSXError) -> Int {
    try sheet.setPage(landscape: true)
    try sheet.hideGridlines()
    try sheet.setRowHeight(26, row: 0)
    try sheet.write(.text(title), at: CellReference(0, 0), style: WorkpaperStyle.title)
    let all =
      lines + ["\(model.organization), \(model.period.sentence). Package with the manifest SHA-256 \(manifest)."]
    for (place, line) in all.enumerated() {
      try sheet.write(.text(line), at: CellReference(place + 1, 0), style: WorkpaperStyle.note)
    }
    try sheet.freezePanes(at: CellReference(all.count + 2, 1))
    return all.count + 1
  }

  private func drawResponses(on sheet: Worksheet) throws(XLSXError) {
    let own = SideFile.named(ResponsesTable.sideFile)?.columns.map(\.name) ?? []
    let shown = ["test", "rating", "what was found", "who and where"]
    let widths: [Double] = [24, 48, 22, 13, 22, 13, 36, 9, 11, 60, 40]
    try sheet.setColumnWidths(widths)
    let left = Int64(model.exceptions.count - Workpaper.rowLimit)
    let header = try drawBlock(
      "Answers to exceptions",
      [
        "Write into the columns from response to reason; the last three accept the exception. Leave rows that nobody answers as they are.",
        "Name this file under side_files in assay.yaml (management_responses: …/\(fileName(model.period.label)).responses.xlsx): the next "
          + "report reads it.",
      ]
        + (left > 0
          ? ["\(counted(left, "exception")) less grave are not listed: answer them in a CSV file of the same columns."]
          : []),
      on: sheet)
    try sheet.write(
      row: (own + shown).map { .text($0) }, at: CellReference(header, 0), style: WorkpaperStyle.header)
    for (place, exception) in model.exceptions.prefix(Workpaper.rowLimit).enumerated() {
      let row = header + 1 + place
      let response = exception.response
      let accepted = exception.acceptance
      let cells: [String?] = [
        exception.id, response?.text, response?.owner, response?.due?.description, accepted?.by,
        accepted?.on.description, accepted?.reason, exception.test.rawValue, exception.rating.rawValue,
        exception.condition, exception.whoAndWhere,
      ]
      let texts = cells.map { $0 ?? "" }
      try sheet.setRowHeight(WorkpaperStyle.height(texts, widths: widths), row: row)
      for (column, text) in texts.enumerated() {
        try sheet.write(
          text.isEmpty ? .blank : .text(text), at: CellReference(row, column),
          style: column == 0 ? WorkpaperStyle.label : WorkpaperStyle.text)
      }
    }
  }

  private func drawSignOff(on sheet: Worksheet) throws(XLSXError) {
    try sheet.setColumnWidths([16, 28, 22, 14, 60, 66])
    let header = try drawBlock(
      "Sign-off",
      [
        "Reviewer and preparer are different people. Who signs compares the digest below with the package that was read.",
        "Put the filled workbook into \(fileName(model.period.label)).signoff/, beside the package: from then on the package is not replaced.",
      ], on: sheet)
    try sheet.write(
      row: ["role", "name", "decision", "date", "remark", "manifest SHA-256"].map { .text($0) },
      at: CellReference(header, 0), style: WorkpaperStyle.header)
    for (place, role) in Self.roles.enumerated() {
      let cells: [CellValue] = [.text(role), .blank, .blank, .blank, .blank, .text(manifest)]
      for (column, cell) in cells.enumerated() {
        try sheet.write(cell, at: CellReference(header + 1 + place, column), style: WorkpaperStyle.text)
      }
    }
    let last = header + Self.roles.count
    try sheet.offer(Self.decisions, in: CellRange(rows: (header + 1)...last, columns: 2...2))
  }

  private func drawGrid(on sheet: Worksheet) throws(XLSXError) {
    let widths: [Double] = [9, 40, 20, 10, 11, 8, 8, 8, 8, 8, 20, 13, 48]
    try sheet.setColumnWidths(widths)
    let header = try drawBlock(
      "Attributes by test",
      Self.attributes.map { "\($0.0): \($0.1)" } + ["The sheet Legend says what the tickmarks mean."],
      on: sheet)
    let columns =
      ["test", "title", "result", "items", "exceptions"] + Self.attributes.map(\.0) + ["by", "on", "remark"]
    try sheet.write(row: columns.map { .text($0) }, at: CellReference(header, 0), style: WorkpaperStyle.header)
    for (place, test) in model.tests.enumerated() {
      let cells: [(CellValue, CellStyle)] =
        [
          (.text(test.id.rawValue), WorkpaperStyle.label), (.text(test.title), WorkpaperStyle.text),
          (.text(test.status.phrase), WorkpaperStyle.status(test.status)),
          (.integer(test.population.count), WorkpaperStyle.number),
          (.integer(Int64(test.exceptions.count)), WorkpaperStyle.number),
        ] + Array(repeating: (.blank, WorkpaperStyle.text), count: Self.attributes.count + 3)
      let texts = [test.id.rawValue, test.title, test.status.phrase]
      try sheet.setRowHeight(WorkpaperStyle.height(texts, widths: widths), row: header + 1 + place)
      for (column, cell) in cells.enumerated() {
        try sheet.write(cell.0, at: CellReference(header + 1 + place, column), style: cell.1)
      }
    }
    guard !model.tests.isEmpty else { return }
    try sheet.offer(
      LegendSheet.tickmarks.map(\.0),
      in: CellRange(rows: (header + 1)...(header + model.tests.count), columns: 5...(4 + Self.attributes.count)))
  }
}
