/// Why a workbook could not be written. It names the place and never the content of a cell.
public struct XLSXError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What kind of fault it is; the raw value is a stable name.
  public enum Code: String, Sendable {
    /// A sheet name that spreadsheet programs refuse, or one that is taken.
    case invalidSheetName = "invalid_sheet_name"
    /// There is no sheet of the name given.
    case unknownSheet = "unknown_sheet"
    /// A row, column, size or level outside of what a workbook can hold.
    case outOfRange = "out_of_range"
    /// A number that is infinite or none, or a date outside of 1900-03-01 to 9999-12-31.
    case notRepresentable = "not_representable"
    /// A text that would be cut or read as a formula where it stands.
    case invalidText = "invalid_text"
    /// The workbook was closed before.
    case closed
    /// The file cannot be written.
    case inputOutput = "io"
    /// The library refused for another reason.
    case refused = "library"
  }

  /// What kind of fault it is.
  public let code: Code
  /// What is wrong and what to do about it.
  public let message: String
  /// The sheet, where it is known.
  public let sheet: String?
  /// The cell in A1 notation, where it is known.
  public let cell: String?

  package init(_ code: Code, _ message: String, sheet: String? = nil, cell: String? = nil) {
    self.code = code
    self.message = message
    self.sheet = sheet
    self.cell = cell
  }

  /// Place and message.
  public var description: String {
    let place = [sheet, cell].compactMap(\.self).joined(separator: "!")
    return place.isEmpty ? message : "\(place): \(message)"
  }
}
