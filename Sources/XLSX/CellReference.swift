/// A cell by row and column, both counted from 0.
public struct CellReference: Hashable, Sendable, CustomStringConvertible {
  /// Rows of a sheet.
  public static let rowCount = 1_048_576
  /// Columns of a sheet.
  public static let columnCount = 16_384

  /// The row, from 0.
  public var row: Int
  /// The column, from 0.
  public var column: Int

  /// The cell at `row` and `column`, both from 0.
  public init(_ row: Int, _ column: Int) {
    self.row = row
    self.column = column
  }

  /// In A1 notation: (0, 0) is `A1`, (9, 27) is `AB10`.
  public var a1: String { "\(Self.letters(of: column))\(row &+ 1)" }

  /// In A1 notation.
  public var description: String { a1 }

  /// The letters of a column: 0 is `A`, 26 is `AA`.
  public static func letters(of column: Int) -> String {
    var letters: [UInt8] = []
    var rest = column
    while rest >= 0 {
      letters.append(UInt8(0x41 + rest % 26))
      rest = rest / 26 - 1
    }
    return String(decoding: letters.reversed(), as: UTF8.self)
  }

  var isInSheet: Bool {
    (0..<Self.rowCount).contains(row) && (0..<Self.columnCount).contains(column)
  }
}

/// A rectangle of cells, both corners included.
public struct CellRange: Hashable, Sendable, CustomStringConvertible {
  /// The upper left cell.
  public var first: CellReference
  /// The lower right cell.
  public var last: CellReference

  /// From `first` to `last`, both included.
  public init(_ first: CellReference, _ last: CellReference) {
    self.first = first
    self.last = last
  }

  /// Whole rows and columns of a table, both counted from 0.
  public init(rows: ClosedRange<Int>, columns: ClosedRange<Int>) {
    self.init(
      CellReference(rows.lowerBound, columns.lowerBound), CellReference(rows.upperBound, columns.upperBound))
  }

  /// In A1 notation, as `B2:D9`; one cell is `B2`.
  public var a1: String { first == last ? first.a1 : "\(first.a1):\(last.a1)" }

  /// In A1 notation.
  public var description: String { a1 }

  var isInSheet: Bool {
    first.isInSheet && last.isInSheet && first.row <= last.row && first.column <= last.column
  }

  func overlaps(_ other: CellRange) -> Bool {
    first.row <= other.last.row && other.first.row <= last.row
      && first.column <= other.last.column && other.first.column <= last.column
  }
}
