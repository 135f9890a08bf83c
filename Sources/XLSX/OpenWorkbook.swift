import CXLSXWriter
import Glibc

/// The library's workbook, shared by the handle of the workbook and those of its sheets, so that no sheet outlives it.
@safe final class OpenWorkbook {
  private var book: UnsafeMutablePointer<lxw_workbook>?
  private let path: String
  /// Whether there was no file at `path` before; then an unfinished one is removed.
  private let isNewFile: Bool
  private var formats: [CellStyle: UnsafeMutablePointer<lxw_format>] = unsafe [:]
  private(set) var sheets: [Sheet] = []
  var notes = WorkbookNotes()

  /// A sheet's library object and what is counted of it.
  @safe final class Sheet {
    let name: String
    let pointer: UnsafeMutablePointer<lxw_worksheet>
    var linkCount = 0
    var merges: [CellRange] = []
    /// Ranges without the warning "number stored as text"; the library takes them all at once.
    var textRanges: [CellRange] = []

    init(name: String, pointer: UnsafeMutablePointer<lxw_worksheet>) {
      self.name = name
      unsafe self.pointer = unsafe pointer
    }
  }

  /// What is shown in place of a cell's text.
  let shown: (String) -> String

  init(path: String, rowsInOrder: Bool, shown: @escaping (String) -> String) throws(XLSXError) {
    self.shown = shown
    guard !path.isEmpty, !path.utf8.contains(0) else { throw XLSXError(.inputOutput, "Not a file name: \(path)") }
    isNewFile = try Self.requireWritable(path)
    self.path = path
    var options = unsafe lxw_workbook_options(constant_memory: rowsInOrder ? 1 : 0, tmpdir: nil, use_zip64: 0)
    unsafe book = workbook_new_opt(path, &options)
    guard unsafe book != nil else { throw XLSXError(.refused, "No memory for a workbook") }
  }

  deinit {
    guard let book = unsafe book else { return }
    unsafe lxw_workbook_free(book)
    removeUnfinished()
  }

  /// Finds out before the work whether the file can be written: the library would say so on standard error after it.
  private static func requireWritable(_ path: String) throws(XLSXError) -> Bool {
    var descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    let isNew = descriptor >= 0
    if !isNew, errno == EEXIST { descriptor = unsafe open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC) }
    guard descriptor >= 0 else {
      let reason = unsafe String(cString: strerror(errno))
      throw XLSXError(.inputOutput, "\(path) cannot be written (\(reason)); check the directory and its permissions")
    }
    Glibc.close(descriptor)
    return isNew
  }

  /// Fails where the process may not open as many files more as the library will: it would say so on standard error.
  ///
  /// It keeps a file open for each sheet whose rows are in order, and takes a few for a moment when it writes the workbook.
  private func requireDescriptors(_ count: Int) throws(XLSXError) {
    let descriptors = (0..<count).map { _ in unsafe open("/dev/null", O_RDONLY | O_CLOEXEC) }
    let isEnough = descriptors.allSatisfy { $0 >= 0 }
    for descriptor in descriptors where descriptor >= 0 { Glibc.close(descriptor) }
    guard isEnough else {
      throw XLSXError(
        .inputOutput, "\(path) cannot be written: too many files are open; raise the limit (ulimit -n)")
    }
  }

  /// Files that the library has open at once when it writes the workbook: that, a part of it and what it reads.
  private static let descriptorsToClose = 6

  private func removeUnfinished() {
    if isNewFile { unsafe _ = unlink(path) }
  }

  @unsafe func requireOpen() throws(XLSXError) -> UnsafeMutablePointer<lxw_workbook> {
    guard let book = unsafe book else { throw XLSXError(.closed, "The workbook was closed; write before closing it") }
    return unsafe book
  }

  func setProperties(_ properties: WorkbookProperties) throws(XLSXError) {
    guard properties.created > 0 else {
      throw XLSXError(
        .outOfRange, "A workbook's creation time lies after 1970-01-01; without one its bytes would differ")
    }
    let book = unsafe try requireOpen()
    let texts = [properties.title, properties.subject, properties.author, properties.company].map {
      plain(shown($0 ?? ""))
    }
    let copies = unsafe texts.map { unsafe strdup($0) }
    defer { unsafe copies.forEach { unsafe free($0) } }
    var record = unsafe lxw_doc_properties()
    unsafe record.title = copies[0]
    unsafe record.subject = copies[1]
    unsafe record.author = copies[2]
    unsafe record.company = copies[3]
    unsafe record.created = time_t(properties.created)
    unsafe try check(workbook_set_properties(book, &record))
  }

  func addSheet(_ name: String) throws(XLSXError) -> Sheet {
    let book = unsafe try requireOpen()
    let isPlain = name.utf8.allSatisfy { (0x20..<0x7F).contains($0) && !"[]:*?/\\'".utf8.contains($0) }
    guard (1...31).contains(name.utf8.count), isPlain, name.first != " ", name.last != " ",
      name.lowercased() != "history"
    else {
      throw XLSXError(
        .invalidSheetName, "A sheet name has 1 to 31 ASCII characters without []:*?/\\', and is not History",
        sheet: name)
    }
    guard find(name) == nil else {
      throw XLSXError(
        .invalidSheetName, "There is a sheet of this name; upper and lower case are the same", sheet: name)
    }
    try requireDescriptors(Self.descriptorsToClose)
    guard let pointer = unsafe workbook_add_worksheet(book, name) else {
      throw XLSXError(.refused, "The library refused the sheet", sheet: name)
    }
    let sheet = unsafe Sheet(name: name, pointer: pointer)
    sheets.append(sheet)
    return sheet
  }

  func find(_ name: String) -> Sheet? {
    let folded = name.lowercased()
    return sheets.first { $0.name.lowercased() == folded }
  }

  @unsafe func format(_ style: CellStyle) throws(XLSXError) -> UnsafeMutablePointer<lxw_format>? {
    if style == CellStyle() { return nil }
    if let format = unsafe formats[style] { return unsafe format }
    guard let format = unsafe workbook_add_format(try requireOpen()) else {
      throw XLSXError(.refused, "No memory for a format")
    }
    unsafe try style.apply(to: format)
    unsafe formats[style] = unsafe format
    return unsafe format
  }

  /// `text` for a title or name, with what was replaced counted.
  func plain(_ text: String) -> String {
    let (text, replaced) = CellText.plain(text)
    notes.replacedCharacters += replaced
    return text
  }

  func close() throws(XLSXError) -> WorkbookNotes {
    let book = unsafe try requireOpen()
    for sheet in sheets where !sheet.textRanges.isEmpty {
      let ranges = sheet.textRanges.map(\.a1).joined(separator: " ")
      let kind = UInt8(LXW_IGNORE_NUMBER_STORED_AS_TEXT.rawValue)
      unsafe try check(worksheet_ignore_errors(sheet.pointer, kind, ranges), sheet: sheet.name)
    }
    try requireSpooled()
    try requireDescriptors(Self.descriptorsToClose)
    // The library frees the workbook whether or not it could write it.
    unsafe self.book = nil
    do throws(XLSXError) {
      unsafe try check(workbook_close(book))
    } catch {
      removeUnfinished()
      throw error
    }
    return notes
  }

  /// Fails where a sheet's rows did not all reach the file in which the library keeps them until the end: it does not look.
  private func requireSpooled() throws(XLSXError) {
    for sheet in sheets {
      guard let spool = unsafe sheet.pointer.pointee.optimize_tmpfile else { continue }
      guard unsafe fflush(spool) == 0, unsafe ferror(spool) == 0 else {
        throw XLSXError(
          .inputOutput, "The temporary folder cannot hold a sheet's rows; free space there, or set TMPDIR",
          sheet: sheet.name)
      }
    }
  }

  func check(_ code: lxw_error, sheet: String? = nil, cell: CellReference? = nil) throws(XLSXError) {
    if code == LXW_NO_ERROR { return }
    let reason = unsafe lxw_strerror(code).map { unsafe String(cString: $0) } ?? "error \(code.rawValue)"
    let isFile = code.rawValue >= LXW_ERROR_CREATING_XLSX_FILE.rawValue && code.rawValue <= LXW_ERROR_ZIP_CLOSE.rawValue
    throw XLSXError(isFile ? .inputOutput : .refused, reason, sheet: sheet, cell: cell?.a1)
  }
}
