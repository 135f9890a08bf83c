import AuditTrail
import Evidence
import XLSX

/// A sheet with the rows of an evidence file under a block that says what they are.
struct EvidenceSheet {
  /// The row of the column headers, from 0; the block stands above.
  static let headerRow = 4

  let title: String
  let file: EvidenceFile
  /// A second table below the first.
  var appended: EvidenceFile?

  init(title: String, file: EvidenceFile) {
    self.title = title
    self.file = file
  }

  func draw(on sheet: Worksheet) throws(XLSXError) {
    let table = file.table
    try lay(out: sheet, columns: table.columns)
    try drawBlock(on: sheet, rows: table.rows.count + (appended?.table.rows.count ?? 0))
    try draw(table, from: Self.headerRow, on: sheet)
    if appended == nil, !table.rows.isEmpty {
      try sheet.setAutofilter(
        CellRange(
          rows: Self.headerRow...(Self.headerRow + table.rows.count), columns: 0...max(0, table.columns.count - 1)))
    }
    if let appended { try draw(appended.table, from: Self.headerRow + max(1, table.rows.count) + 2, on: sheet) }
    let columns = max(table.columns.count, appended?.table.columns.count ?? 0, 1)
    try sheet.allowNumbersAsText(
      in: CellRange(
        rows: 0...(Self.headerRow + table.rows.count + (appended?.table.rows.count ?? 0) + 3),
        columns: 0...(columns - 1)))
  }

  /// Says where the rows stand that are too many for a sheet.
  func drawPointer(on sheet: Worksheet, rows: Int) throws(XLSXError) {
    try sheet.setColumnWidths([110])
    try sheet.setPage(landscape: true)
    try sheet.hideGridlines()
    try drawBlock(on: sheet, rows: rows)
    try sheet.write(
      .text("\(counted(rows, "row")), more than a sheet shows well. Every one of them stands in \(file.path)."),
      at: CellReference(Self.headerRow, 0), style: WorkpaperStyle.label)
  }

  private func lay(out sheet: Worksheet, columns: [Column]) throws(XLSXError) {
    var widths = columns.map(WorkpaperStyle.width)
    if let appended {
      for (index, column) in appended.table.columns.enumerated() where widths.indices.contains(index) {
        widths[index] = max(widths[index], WorkpaperStyle.width(column))
      }
    }
    try sheet.setColumnWidths(widths)
    try sheet.freezePanes(at: CellReference(Self.headerRow + 1, 1))
    try sheet.repeatRows(Self.headerRow...Self.headerRow)
    try sheet.setPage(landscape: true)
    try sheet.hideGridlines()
  }

  private func drawBlock(on sheet: Worksheet, rows: Int) throws(XLSXError) {
    var line = CellStyle(fontColor: WorkpaperStyle.quiet)
    line.verticalAlignment = .top
    try sheet.setRowHeight(26, row: 0)
    try sheet.write(.text(title), at: CellReference(0, 0), style: WorkpaperStyle.title)
    try sheet.write(.text(file.purpose), at: CellReference(1, 0), style: line)
    let source = appended.map { "\(file.path) and \($0.path)" } ?? file.path
    try sheet.write(
      .text("\(counted(rows, "row")), the same as in \(source)"), at: CellReference(2, 0), style: line)
    try sheet.write(
      .link("Back to the index", to: .sheet("Index")), at: CellReference(3, 0), style: WorkpaperStyle.link)
  }

  private func draw(_ table: Table, from row: Int, on sheet: Worksheet) throws(XLSXError) {
    try sheet.setRowHeight(30, row: row)
    try sheet.write(
      row: table.columns.map { .text($0.title) }, at: CellReference(row, 0), style: WorkpaperStyle.header)
    if table.rows.isEmpty {
      try sheet.write(.text("None."), at: CellReference(row + 1, 0), style: WorkpaperStyle.text)
    }
    for (index, cells) in table.rows.enumerated() {
      for (column, cell) in zip(table.columns.indices, cells) {
        let (value, style) = WorkpaperStyle.shown(cell, table.columns[column])
        try sheet.write(value, at: CellReference(row + 1 + index, column), style: style)
      }
    }
  }
}
