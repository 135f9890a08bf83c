/// What a cell holds.
public enum CellValue: Hashable, Sendable {
  /// Nothing, but the cell has its style.
  case blank
  /// A text; it stays a text whatever it begins with.
  case text(String)
  /// A finite number.
  case number(Double)
  /// A whole number; beyond 2^53, where spreadsheets round, it is written as a text and counted.
  case integer(Int64)
  /// True or false.
  case boolean(Bool)
  /// A time in UTC, as seconds and nanoseconds since 1970-01-01; spreadsheets hold it to the millisecond.
  case date(seconds: Int64, nanoseconds: Int = 0)
  /// A formula, beginning with `=`, with the value that programs show which do not calculate. Never build one from data.
  case formula(String, cached: CachedValue)
  /// A text that leads somewhere.
  case link(String, to: LinkTarget)
}

/// What a formula came to when the workbook was written.
public enum CachedValue: Hashable, Sendable {
  /// A finite number.
  case number(Double)
  /// A text.
  case text(String)
}

/// Where a link leads.
public enum LinkTarget: Hashable, Sendable {
  /// A cell of a sheet of the same workbook.
  case sheet(String, cell: CellReference = CellReference(0, 0))
  /// A web or mail address: `http:`, `https:` or `mailto:`, ASCII. Any other is written as a text and counted.
  case address(String)
}

/// What could not be written as it is and was written in another way. A report says so where a count is not 0.
public struct WorkbookNotes: Hashable, Sendable {
  /// Characters that a workbook cannot hold, each replaced by U+FFFD.
  public internal(set) var replacedCharacters = 0
  /// Texts cut at the 32,767 characters a cell holds.
  public internal(set) var cutTexts = 0
  /// Links written as plain text, as a sheet holds 65,530 of them or as the address is not one.
  public internal(set) var plainLinks = 0
  /// Integers beyond 2^53 written as text.
  public internal(set) var integersAsText = 0

  /// Nothing to note.
  public init() {}
}
