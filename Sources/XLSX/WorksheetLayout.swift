import CXLSXWriter

/// What stands at the foot of each printed page.
public struct PageFooter: Hashable, Sendable {
  /// Text at the left, in the middle and at the right.
  public var left, center, right: String
  /// Whether “Page n of m” follows the text in the middle.
  public var pageNumbers: Bool

  /// A footer; together at most 200 bytes or so, as the format holds 254 with its codes.
  public init(left: String = "", center: String = "", right: String = "", pageNumbers: Bool = true) {
    self.left = left
    self.center = center
    self.right = right
    self.pageNumbers = pageNumbers
  }

  func code(_ clean: (String) -> String) -> String {
    /// A lone & would begin a code.
    func literal(_ text: String) -> String {
      clean(text).split(separator: "&", omittingEmptySubsequences: false).joined(separator: "&&")
    }
    let numbers = pageNumbers ? (center.isEmpty ? "" : " ") + "Page &P of &N" : ""
    return "&L\(literal(left))&C\(literal(center))\(numbers)&R\(literal(right))"
  }
}

extension Worksheet {
  /// Widths of the columns from `first` on, in characters, 0 to 255. Throws `out_of_range`.
  public func setColumnWidths(_ widths: [Double], from first: Int = 0) throws(XLSXError) {
    for (offset, width) in widths.enumerated() {
      let cell = CellReference(0, first + offset)
      try require(cell.isInSheet && (0...255).contains(width), .outOfRange, "A width goes from 0 to 255", cell)
      unsafe try check(worksheet_set_column(pointer(), cell.columnCode, cell.columnCode, width, nil), cell)
    }
  }

  /// The height of a row in points, 0 to 409. Throws `out_of_range`.
  public func setRowHeight(_ height: Double, row: Int) throws(XLSXError) {
    let cell = CellReference(row, 0)
    try require(cell.isInSheet && (0...409).contains(height), .outOfRange, "A height goes from 0 to 409", cell)
    unsafe try check(worksheet_set_row(pointer(), cell.rowCode, height, nil), cell)
  }

  /// Keeps the rows above and the columns left of `cell` in sight.
  public func freezePanes(at cell: CellReference) throws(XLSXError) {
    try require(cell.isInSheet, .outOfRange, "Not a cell of a sheet", cell)
    unsafe worksheet_freeze_panes(try pointer(), cell.rowCode, cell.columnCode)
  }

  /// Puts filter buttons on the first row of `range`.
  public func setAutofilter(_ range: CellRange) throws(XLSXError) {
    try require(range.isInSheet, .outOfRange, "Not a range of a sheet", range.first)
    unsafe try check(
      worksheet_autofilter(
        pointer(), range.first.rowCode, range.first.columnCode, range.last.rowCode, range.last.columnCode), range.first)
  }

  /// Prints these rows, from 0, again on each page.
  public func repeatRows(_ rows: ClosedRange<Int>) throws(XLSXError) {
    let range = CellRange(rows: rows, columns: 0...0)
    try require(range.isInSheet, .outOfRange, "Not rows of a sheet", range.first)
    unsafe try check(worksheet_repeat_rows(pointer(), range.first.rowCode, range.last.rowCode), range.first)
  }

  /// Repeats these columns on each printed page.
  public func repeatColumns(_ columns: ClosedRange<Int>) throws(XLSXError) {
    let range = CellRange(rows: 0...0, columns: columns)
    try require(range.isInSheet, .outOfRange, "Not columns of a sheet", range.first)
    unsafe try check(
      worksheet_repeat_columns(pointer(), range.first.columnCode, range.last.columnCode), range.first)
  }

  /// Prints on A4, landscape or portrait, scaled so that all columns stand on `fitToPagesWide` pages and all rows on
  /// `fitToPagesTall`; 0 does not scale, or takes as many as it needs.
  public func setPage(landscape: Bool, fitToPagesWide: Int = 1, fitToPagesTall: Int = 0) throws(XLSXError) {
    try require(
      (0...32_767).contains(fitToPagesWide) && (0...32_767).contains(fitToPagesTall), .outOfRange,
      "Pages go from 0 to 32,767")
    let pointer = unsafe try pointer()
    unsafe worksheet_set_paper(pointer, 9)
    if landscape { unsafe worksheet_set_landscape(pointer) } else { unsafe worksheet_set_portrait(pointer) }
    if fitToPagesWide > 0 {
      unsafe worksheet_fit_to_pages(pointer, UInt16(clamping: fitToPagesWide), UInt16(clamping: fitToPagesTall))
    }
  }

  /// Prints this part of the sheet only.
  public func setPrintArea(_ range: CellRange) throws(XLSXError) {
    try require(range.isInSheet, .outOfRange, "Not a range of a sheet", range.first)
    unsafe try check(
      worksheet_print_area(
        pointer(), range.first.rowCode, range.first.columnCode, range.last.rowCode, range.last.columnCode), range.first)
  }

  /// Prints `footer` on each page. Throws `invalid_text` if it is too long.
  public func setFooter(_ footer: PageFooter) throws(XLSXError) {
    let code = footer.code(book.plain)
    try require(code.utf8.count <= 254, .invalidText, "A footer has at most 254 bytes with its codes; shorten it")
    unsafe try check(worksheet_set_footer(pointer(), code))
  }

  /// Colours the sheet's tab.
  public func setTabColor(_ color: Color) throws(XLSXError) {
    unsafe worksheet_set_tab_color(try pointer(), color.code)
  }

  /// Takes the grid lines away, on screen and on paper.
  public func hideGridlines() throws(XLSXError) {
    unsafe worksheet_gridlines(try pointer(), UInt8(LXW_HIDE_ALL_GRIDLINES.rawValue))
  }

  /// Shows the sheet at `percent`, 10 to 400. Throws `out_of_range`.
  public func setZoom(_ percent: Int) throws(XLSXError) {
    try require((10...400).contains(percent), .outOfRange, "Zoom goes from 10 to 400 percent")
    unsafe worksheet_set_zoom(try pointer(), UInt16(clamping: percent))
  }

  /// Hides the sheet. Throws `out_of_range` for the first one, which is the one shown when the file is opened.
  public func hide() throws(XLSXError) {
    try require(book.sheets.first !== sheet, .outOfRange, "The first sheet is shown first and cannot be hidden")
    unsafe worksheet_hide(try pointer())
  }

  /// Takes the warning “number stored as text” off the cells of `range`.
  public func allowNumbersAsText(in range: CellRange) throws(XLSXError) {
    try require(range.isInSheet, .outOfRange, "Not a range of a sheet", range.first)
    sheet.textRanges.append(range)
  }
}
