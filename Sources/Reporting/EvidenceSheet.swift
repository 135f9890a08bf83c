import AuditTrail
import Evidence
import XLSX

/// A sheet with the rows of an evidence file under a block that says what they are.
struct EvidenceSheet {
  /// The row of the column headers, from 0; the block stands above.
  static let headerRow = 4
  /// Characters that a printed page shows side by side.
  private static let legibleWidth = 200.0

  /// What a printer gets of a sheet.
  enum Printed {
    /// All of it; where it goes on over several pages side by side, each begins with so many columns.
    case whole(keys: Int = 1)
    /// All rows, and so many columns, on one page side by side.
    case columns(Int)
    /// Nothing: its rows are for the screen.
    case nothing
  }

  let title: String
  let file: EvidenceFile
  var printed = Printed.whole()
  /// A second table below the first.
  var appended: EvidenceFile?

  init(title: String, file: EvidenceFile) {
    self.title = title
    self.file = file
  }

  func draw(on sheet: Worksheet) throws(XLSXError) {
    try lay(out: sheet)
    try drawBlock(on: sheet, rows: file.count + (appended?.count ?? 0))
    try draw(file, from: Self.headerRow, on: sheet)
    if appended == nil, file.count > 0 {
      try sheet.setAutofilter(
        CellRange(
          rows: Self.headerRow...(Self.headerRow + file.count), columns: 0...max(0, file.columns.count - 1)))
    }
    try setPrint(rows: file.count, on: sheet)
    if let appended { try draw(appended, from: Self.headerRow + max(1, file.count) + 2, on: sheet) }
    let columns = max(file.columns.count, appended?.columns.count ?? 0, 1)
    try sheet.allowNumbersAsText(
      in: CellRange(
        rows: 0...(Self.headerRow + file.count + (appended?.count ?? 0) + 3),
        columns: 0...(columns - 1)))
  }

  /// Says where the rows stand that are too many for a sheet.
  func drawPointer(on sheet: Worksheet, rows: Int) throws(XLSXError) {
    try sheet.setColumnWidths([110])
    try sheet.setPage(landscape: true)
    try sheet.hideGridlines()
    try drawBlock(on: sheet, rows: rows)
    try sheet.write(
      .text("\(counted(rows, "row")), more than a sheet shows well. Every one of them is in \(file.path)."),
      at: CellReference(Self.headerRow, 0), style: WorkpaperStyle.label)
  }

  private func lay(out sheet: Worksheet) throws(XLSXError) {
    try sheet.setColumnWidths(widths)
    try sheet.freezePanes(at: CellReference(Self.headerRow + 1, 1))
    try sheet.setPage(landscape: true, fitToPagesWide: pagesWide)
    try sheet.hideGridlines()
  }

  /// Wide tables go on over as many pages as keep them legible; each begins with the columns that name the row.
  private var pagesWide: Int {
    guard case .whole(let keys) = printed else { return 1 }
    let key = widths.prefix(keys).reduce(0, +)
    let rest = widths.reduce(0, +) - key
    return max(1, Int((rest / (Self.legibleWidth - key)).rounded(.up)))
  }

  /// Columns for whoever reviews; the sheet Legend says what the tickmarks mean.
  private static let reviewColumns = ["Tickmark", "By, on"]

  private var isForReview: Bool {
    switch printed {
    case .whole: false
    case .columns, .nothing: true
    }
  }

  private func setPrint(rows: Int, on sheet: Worksheet) throws(XLSXError) {
    switch printed {
    case .whole(let keys):
      try sheet.repeatRows(Self.headerRow...Self.headerRow)
      if pagesWide > 1 { try sheet.repeatColumns(0...(keys - 1)) }
    case .columns(let columns):
      try sheet.repeatRows(Self.headerRow...Self.headerRow)
      try sheet.setPrintArea(CellRange(rows: 0...(Self.headerRow + max(1, rows)), columns: 0...(columns - 1)))
    // An area without content is not a page, in Excel and in LibreOffice.
    case .nothing: try sheet.setPrintArea(CellRange(rows: 0...0, columns: 200...200))
    }
  }

  private var printedPart: String {
    switch printed {
    case .whole: ""
    case .columns(let columns): "; printed are the first \(columns) of \(file.columns.count) columns"
    case .nothing: "; not printed"
    }
  }

  /// A column is as wide as the wider one of both tables.
  private var widths: [Double] {
    var widths = file.columns.map(WorkpaperStyle.width) + (isForReview ? [11, 18] : [])
    for (index, column) in (appended?.columns ?? []).enumerated() {
      let width = WorkpaperStyle.width(column)
      if widths.indices.contains(index) { widths[index] = max(widths[index], width) } else { widths.append(width) }
    }
    return widths
  }

  private func drawBlock(on sheet: Worksheet, rows: Int) throws(XLSXError) {
    try sheet.setRowHeight(26, row: 0)
    try sheet.write(.text(title), at: CellReference(0, 0), style: WorkpaperStyle.title)
    try sheet.write(.text(file.purpose), at: CellReference(1, 0), style: WorkpaperStyle.note)
    let source = appended.map { "\(file.path) and \($0.path)" } ?? file.path
    try sheet.write(
      .text(
        "\(counted(rows, "row")), the same as in \(source)"
          + (isForReview ? "; filter and tick them here, in a copy of the workbook" : "") + printedPart),
      at: CellReference(2, 0),
      style: WorkpaperStyle.note)
    try sheet.write(
      .link("Back to the index", to: .sheet("Index")), at: CellReference(3, 0), style: WorkpaperStyle.link)
  }

  private func draw(_ table: EvidenceFile, from row: Int, on sheet: Worksheet) throws(XLSXError) {
    let widths = self.widths
    let titles = table.columns.map(\.title)
    try sheet.setRowHeight(max(20, WorkpaperStyle.height(titles, widths: widths) + 5), row: row)
    try sheet.write(
      row: (table.columns.map(\.title) + (isForReview ? Self.reviewColumns : [])).map { .text($0) },
      at: CellReference(row, 0), style: WorkpaperStyle.header)
    if table.count == 0 {
      try sheet.write(.text("None."), at: CellReference(row + 1, 0), style: WorkpaperStyle.text)
    }
    var place = row
    var refusal: XLSXError?
    do throws(AssayError) {
      try table.forEach { (cells) throws(AssayError) in
        place += 1
        do throws(XLSXError) {
          try draw(cells, table.columns, at: place, widths, on: sheet)
        } catch {
          refusal = error
          throw AssayError(.internalFault, error.message)
        }
      }
    } catch {
      throw refusal ?? XLSXError(.inputOutput, error.message)
    }
  }

  private func draw(
    _ cells: [Cell], _ columns: [Column], at row: Int, _ widths: [Double], on sheet: Worksheet
  ) throws(XLSXError) {
    let height = WorkpaperStyle.height(cells.map(\.wrapped), widths: widths)
    if height > 15 { try sheet.setRowHeight(height, row: row) }
    for column in cells.indices {
      let (value, style) = WorkpaperStyle.shown(cells[column], columns[column])
      try sheet.write(value, at: CellReference(row, column), style: style)
    }
  }
}

extension Cell {
  /// The text that may need more than one line; numbers and times never do.
  fileprivate var wrapped: String {
    if case .text(let text) = self { return text }
    return ""
  }
}
