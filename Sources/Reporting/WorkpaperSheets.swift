import AuditTrail
import Evidence
import XLSX

/// The list of sheets, each with a link.
struct IndexSheet {
  let model: EvidenceModel
  let sheets: [PlannedSheet]

  func draw(on sheet: Worksheet) throws(XLSXError) {
    try sheet.setPage(landscape: true, fitToPagesTall: 1)
    try sheet.hideGridlines()
    try sheet.freezePanes(at: CellReference(2, 0))
    try sheet.repeatRows(1...1)
    var cursor = try SheetCursor(sheet, widths: [20, 86, 10, 36])
    try cursor.title("Index")
    try cursor.line(
      ["Sheet", "What it holds", "Rows", "The same rows as CSV"].map { (.text($0), WorkpaperStyle.header) })
    for planned in sheets {
      let file = planned.file
      let purpose = file?.purpose ?? planned.title
      try cursor.line([
        (.link(planned.name, to: .sheet(planned.name)), WorkpaperStyle.cellLink), (.text(purpose), WorkpaperStyle.text),
        (file.map { .integer(Int64($0.rows)) } ?? .blank, WorkpaperStyle.number),
        (.text(file?.path ?? ""), WorkpaperStyle.text),
      ])
    }
  }
}

/// Decisions by week, with their sums and a chart.
struct DecisionsSheet {
  let model: EvidenceModel
  let file: EvidenceFile

  func draw(on sheet: Worksheet) throws(XLSXError) {
    let weeks = file.count
    try EvidenceSheet(title: "Decisions by ISO week", file: file).draw(on: sheet)
    guard weeks > 0 else { return }
    let (first, last) = (EvidenceSheet.headerRow + 1, EvidenceSheet.headerRow + weeks)
    try sheet.write(.text("Total"), at: CellReference(last + 1, 0), style: WorkpaperStyle.label)
    try sheet.write(.blank, at: CellReference(last + 1, 1), style: WorkpaperStyle.total)
    for (index, action) in Action.allCases.enumerated() {
      let column = index + 2
      let sum = model.decisionsByWeek.reduce(Int64(0)) { sum, week in
        sum &+ (week.counts.first { $0.action == action }?.statements ?? 0)
      }
      let range = CellRange(rows: first...last, columns: column...column)
      try sheet.write(
        .formula("=SUM(\(range.a1))", cached: .number(Double(sum))), at: CellReference(last + 1, column),
        style: WorkpaperStyle.total)
    }
    try sheet.add(chart(first, last), at: CellReference(last + 3, 0))
  }

  private func chart(_ first: Int, _ last: Int) -> Chart {
    let series = Action.allCases.enumerated().map { index, action in
      ChartSeries(
        name: action.phrase, categories: CellRange(rows: first...last, columns: 0...0),
        values: CellRange(rows: first...last, columns: (index + 2)...(index + 2)), color: WorkpaperStyle.color(action))
    }
    let total = model.decisionsByWeek.flatMap(\.counts).reduce(Int64(0)) { $0 &+ $1.statements }
    return Chart(
      .stackedColumns, title: "Statements by week and decision", horizontalAxis: "ISO week",
      verticalAxis: "Statements", series: series,
      alternativeText: "Stacked columns: \(grouped(total)) statements in \(last - first + 1) weeks, by decision.",
      width: 860, height: 330)
  }
}

/// What the words of the workbook mean.
struct LegendSheet {
  /// What a reviewer may write beside an item, and what it means.
  static let tickmarks = [
    ("v", "agreed without exception"), ("X", "exception"), ("F", "footed"),
    ("TB", "traced back to the archive's entry"),
    ("TF", "traced forward to the approval or ticket"), ("RP", "re-performed by replay"), ("IC", "cannot be decided"),
    ("NA", "does not apply"),
  ]

  func draw(on sheet: Worksheet) throws(XLSXError) {
    try sheet.setPage(landscape: true)
    try sheet.hideGridlines()
    var cursor = try SheetCursor(sheet, widths: [28, 96])
    try cursor.title("Legend")
    try cursor.section("Results")
    for status in TestStatus.allCases {
      try cursor.line([
        (.text(status.phrase), WorkpaperStyle.status(status)),
        (.text("\(status.meaning) In files: \(status.rawValue)."), WorkpaperStyle.text),
      ])
    }
    try cursor.section("Verdicts")
    for verdict in VerdictName.allCases {
      try cursor.line([(.text(verdict.rawValue), WorkpaperStyle.label), (.text(verdict.phrase), WorkpaperStyle.text)])
    }
    try cursor.section("Severity")
    for severity in Severity.allCases {
      try cursor.line([
        (.text(severity.name), WorkpaperStyle.severity(severity)), (.text(severity.meaning), WorkpaperStyle.text),
      ])
    }
    try cursor.section("Decisions")
    for action in Action.allCases {
      try cursor.line([(.text(action.rawValue), WorkpaperStyle.label), (.text(action.phrase), WorkpaperStyle.text)])
    }
    try cursor.section("Tickmarks, for the columns “Tickmark” and “By, on” of exceptions and populations")
    try cursor.line([(.text("Tickmark"), WorkpaperStyle.header), (.text("Meaning"), WorkpaperStyle.header)])
    for (mark, meaning) in Self.tickmarks {
      try cursor.line([(.text(mark), WorkpaperStyle.label), (.text(meaning), WorkpaperStyle.text)])
    }
  }
}
