import CXLSXWriter

/// A sheet of a workbook that is not closed yet. Rows and columns count from 0.
@safe public struct Worksheet {
  let book: OpenWorkbook
  let sheet: OpenWorkbook.Sheet

  /// Links that one sheet can hold.
  private static let linkLimit = 65_530
  /// Bytes that an address may have, escaped.
  private static let addressLimit = 2_079

  /// The sheet's name.
  public var name: String { sheet.name }

  /// Writes one cell. Throws `out_of_range`, `not_representable` (NaN, infinity, a date before 1900-03-01), `unknown_sheet`
  /// (a link to a sheet that was not added yet), `invalid_text` (a formula without `=`) or `library`.
  public func write(
    _ value: CellValue, at cell: CellReference, style: CellStyle = CellStyle()
  ) throws(XLSXError) {
    try require(cell.isInSheet, .outOfRange, "A sheet has 1,048,576 rows and 16,384 columns", cell)
    switch value {
    case .blank:
      unsafe try check(worksheet_write_blank(pointer(), cell.rowCode, cell.columnCode, book.format(style)), cell)
    case .text(let text):
      try write(text: text, cell, style)
    case .number(let number):
      try write(number: number, cell, style)
    case .integer(let integer) where integer.magnitude <= 1 << 53:
      try write(number: Double(integer), cell, style.withDefaultNumberFormat("0"))
    case .integer(let integer):
      book.notes.integersAsText += 1
      try write(text: String(integer), cell, style)
    case .boolean(let boolean):
      unsafe try check(
        worksheet_write_boolean(pointer(), cell.rowCode, cell.columnCode, boolean ? 1 : 0, book.format(style)), cell)
    case .date(let seconds, let nanoseconds):
      try write(seconds, nanoseconds, cell, style)
    case .formula(let formula, let cached):
      try write(formula, cached, cell, style)
    case .link(let text, .sheet(let name, let target)):
      try require(book.find(name) != nil, .unknownSheet, "The link leads to \(name), which is not a sheet yet", cell)
      try write(link: "internal:'\(name)'!\(target.a1)", text, cell, style)
    case .link(let text, .address(let address)):
      try write(link: Self.isAddress(address) ? address : nil, text, cell, style)
    }
  }

  /// Writes `values` side by side from `cell` on, all in one style.
  public func write(
    row values: [CellValue], at cell: CellReference, style: CellStyle = CellStyle()
  ) throws(XLSXError) {
    for (offset, value) in values.enumerated() {
      try write(value, at: CellReference(cell.row, cell.column + offset), style: style)
    }
  }

  /// Merges a range and writes one text into it; never inside of data, where it breaks sorting and filters. Throws
  /// `out_of_range` for a single cell or a range that overlaps another merged one.
  public func merge(_ range: CellRange, text: String, style: CellStyle = CellStyle()) throws(XLSXError) {
    try require(range.isInSheet && range.first != range.last, .outOfRange, "Not a range of cells", range.first)
    try require(
      !sheet.merges.contains { $0.overlaps(range) }, .outOfRange, "The range overlaps another merged one", range.first)
    let text = prepared(text)
    unsafe try check(
      worksheet_merge_range(
        pointer(), range.first.rowCode, range.first.columnCode, range.last.rowCode, range.last.columnCode, text,
        book.format(style.withDefaultNumberFormat(CellStyle.text))), range.first)
    sheet.merges.append(range)
  }

  private func write(text: String, _ cell: CellReference, _ style: CellStyle) throws(XLSXError) {
    let text = prepared(text)
    unsafe try check(
      worksheet_write_string(
        pointer(), cell.rowCode, cell.columnCode, text, book.format(style.withDefaultNumberFormat(CellStyle.text))),
      cell)
  }

  private func write(number: Double, _ cell: CellReference, _ style: CellStyle) throws(XLSXError) {
    try require(number.isFinite, .notRepresentable, "A cell holds no NaN and no infinity; write a text instead", cell)
    unsafe try check(
      worksheet_write_number(pointer(), cell.rowCode, cell.columnCode, number, book.format(style)), cell)
  }

  /// Days are counted from 1899-12-30, which is right from 1900-03-01 on: spreadsheets take 1900 for a leap year.
  private func write(
    _ seconds: Int64, _ nanoseconds: Int, _ cell: CellReference, _ style: CellStyle
  ) throws(XLSXError) {
    try require(
      (-2_203_891_200..<253_402_300_800).contains(seconds) && (0..<1_000_000_000).contains(nanoseconds),
      .notRepresentable, "A date cell goes from 1900-03-01 to 9999-12-31; write a text instead", cell)
    let days = 25_569 + (Double(seconds) + Double(nanoseconds / 1_000_000) / 1000) / 86_400
    try write(number: days, cell, style.withDefaultNumberFormat("yyyy-mm-dd hh:mm:ss"))
  }

  private func write(
    _ formula: String, _ cached: CachedValue, _ cell: CellReference, _ style: CellStyle
  ) throws(XLSXError) {
    let isFormula = formula.first == "=" && formula.utf8.count <= 8192 && formula.utf8.allSatisfy { $0 >= 0x20 }
    try require(isFormula, .invalidText, "A formula begins with = and has at most 8,192 bytes", cell)
    switch cached {
    case .number(let number):
      try require(number.isFinite, .notRepresentable, "A formula's value is neither NaN nor infinite", cell)
      unsafe try check(
        worksheet_write_formula_num(
          pointer(), cell.rowCode, cell.columnCode, formula, book.format(style), number), cell)
    case .text(let text):
      let text = prepared(text)
      unsafe try check(
        worksheet_write_formula_str(pointer(), cell.rowCode, cell.columnCode, formula, book.format(style), text), cell)
    }
  }

  /// Writes a link, or the text alone where there is no address or no room for more links.
  private func write(link: String?, _ text: String, _ cell: CellReference, _ style: CellStyle) throws(XLSXError) {
    guard let link, sheet.linkCount < Self.linkLimit, !text.isEmpty else {
      book.notes.plainLinks += 1
      return try write(text: text, cell, style)
    }
    sheet.linkCount += 1
    let text = prepared(text)
    unsafe try check(
      worksheet_write_url_opt(pointer(), cell.rowCode, cell.columnCode, link, book.format(style), text, nil), cell)
  }

  private static func isAddress(_ address: String) -> Bool {
    guard let scheme = address.split(separator: ":", maxSplits: 1).first?.lowercased(),
      ["http", "https", "mailto"].contains(scheme), address.utf8.allSatisfy({ (0x21..<0x7F).contains($0) })
    else { return false }
    // The library escapes these to three bytes each.
    let escaped = address.utf8.count { "\"%<>[]^`{}\\|".utf8.contains($0) }
    return address.utf8.count + 2 * escaped <= addressLimit
  }

  /// `text` as a cell can hold it, with what was replaced or cut counted.
  private func prepared(_ text: String) -> String {
    let prepared = CellText(book.shown(text))
    book.notes.replacedCharacters += prepared.replaced
    book.notes.cutTexts += prepared.isCut ? 1 : 0
    return prepared.text
  }

  @unsafe func pointer() throws(XLSXError) -> UnsafeMutablePointer<lxw_worksheet> {
    _ = unsafe try book.requireOpen()
    return unsafe sheet.pointer
  }

  func check(_ code: lxw_error, _ cell: CellReference? = nil) throws(XLSXError) {
    try book.check(code, sheet: name, cell: cell)
  }

  func require(
    _ condition: Bool, _ code: XLSXError.Code, _ message: String, _ cell: CellReference? = nil
  ) throws(XLSXError) {
    if !condition { throw XLSXError(code, message, sheet: name, cell: cell?.a1) }
  }
}

extension CellReference {
  /// The row as the library counts it; asked for only after `isInSheet`.
  var rowCode: lxw_row_t { lxw_row_t(clamping: row) }
  /// The column as the library counts it; asked for only after `isInSheet`.
  var columnCode: lxw_col_t { lxw_col_t(clamping: column) }
}
