/// What is in a workbook's document properties.
public struct WorkbookProperties: Hashable, Sendable {
  /// The title.
  public var title: String
  /// What it is about.
  public var subject: String
  /// Who wrote it.
  public var author: String?
  /// For which organisation.
  public var company: String?
  /// When, in seconds since 1970; never the clock where the same inputs are to give the same bytes.
  public var created: Int64

  /// Properties of a workbook.
  public init(title: String, subject: String, author: String? = nil, company: String? = nil, created: Int64) {
    self.title = title
    self.subject = subject
    self.author = author
    self.company = company
    self.created = created
  }
}

/// An XLSX workbook in the making. The file is written by `close()`; a workbook that is dropped before leaves no file
/// behind where there was none.
public struct Workbook: ~Copyable {
  private let book: OpenWorkbook

  /// A workbook to be written to `path`; an existing file is replaced. With `rowsInOrder` memory stays flat: each
  /// sheet's cells must come row by row, `out_of_range` or `library` otherwise, and charts hold no values of their own.
  /// `shown` gives what a cell holds in place of its text. Throws `io` if the file cannot be written, `out_of_range` if
  /// `created` is not after 1970.
  public init(
    path: String, properties: WorkbookProperties, rowsInOrder: Bool = false,
    shown: @escaping (String) -> String = { $0 }
  ) throws(XLSXError) {
    let book = try OpenWorkbook(path: path, rowsInOrder: rowsInOrder, shown: shown)
    try book.setProperties(properties)
    self.book = book
  }

  /// Appends a sheet. Its name has 1 to 31 ASCII characters and none of `[]:*?/\'`; throws `invalid_sheet_name`.
  public borrowing func addWorksheet(_ name: String) throws(XLSXError) -> Worksheet {
    Worksheet(book: book, sheet: try book.addSheet(name))
  }

  /// What was written otherwise than it is, so far.
  public var notes: WorkbookNotes { book.notes }

  /// Writes the file. Throws `io`; then no unfinished file is left where there was none.
  @discardableResult public consuming func close() throws(XLSXError) -> WorkbookNotes {
    try book.close()
  }
}
