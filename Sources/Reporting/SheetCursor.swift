import XLSX

/// Writes a sheet of texts line by line from the top, each row as high as its texts need.
struct SheetCursor {
  private let sheet: Worksheet
  private let widths: [Double]
  private var row = 0

  /// At the top of `sheet`, whose columns become as wide as `widths` says.
  init(_ sheet: Worksheet, widths: [Double]) throws(XLSXError) {
    self.sheet = sheet
    self.widths = widths
    try sheet.setColumnWidths(widths)
  }

  /// Writes the sheet's title, which goes on over the columns beside it.
  mutating func title(_ title: String) throws(XLSXError) {
    try sheet.setRowHeight(28, row: row)
    try sheet.write(.text(title), at: CellReference(row, 0), style: WorkpaperStyle.title)
    row += 1
  }

  /// Writes cells side by side and goes on to the next line.
  mutating func line(_ cells: [(CellValue, CellStyle)]) throws(XLSXError) {
    let texts = cells.map { cell in
      if case .text(let text) = cell.0 { text } else { "" }
    }
    try sheet.setRowHeight(WorkpaperStyle.height(texts, widths: widths) + 3, row: row)
    for (column, cell) in cells.enumerated() {
      try sheet.write(cell.0, at: CellReference(row, column), style: cell.1)
    }
    row += 1
  }

  /// Leaves a line free and writes a heading.
  mutating func section(_ title: String) throws(XLSXError) {
    row += 1
    try sheet.setRowHeight(22, row: row)
    try sheet.write(.text(title), at: CellReference(row, 0), style: WorkpaperStyle.section)
    row += 1
  }

  /// Writes a question with its answer.
  mutating func answer(_ answer: Summary.Line) throws(XLSXError) {
    try line([
      (.text(answer.question), WorkpaperStyle.label), (.text(answer.answer), WorkpaperStyle.text),
      answer.status.map { (.text($0.phrase), WorkpaperStyle.status($0)) } ?? (.blank, WorkpaperStyle.text),
    ])
  }
}
