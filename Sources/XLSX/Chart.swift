import CXLSXWriter

/// One row of values in a chart.
public struct ChartSeries: Hashable, Sendable {
  /// What the legend calls it; it does not begin with `=`.
  public var name: String
  /// Cells with the labels along the horizontal axis.
  public var categories: CellRange
  /// Cells with the values.
  public var values: CellRange
  /// The series' colour. Each series has a pattern, or dashes and a marker, of its own besides.
  public var color: Color

  /// A series.
  public init(name: String, categories: CellRange, values: CellRange, color: Color) {
    self.name = name
    self.categories = categories
    self.values = values
    self.color = color
  }
}

/// A chart over cells of the workbook.
public struct Chart: Hashable, Sendable {
  /// How values are drawn.
  public enum Kind: Sendable {
    /// As columns side by side.
    case columns
    /// As columns one on the other.
    case stackedColumns
    /// As lines.
    case lines
  }

  /// How values are drawn.
  public var kind: Kind
  /// What stands above; it does not begin with `=`.
  public var title: String
  /// What the horizontal axis shows.
  public var horizontalAxis: String
  /// What the vertical axis shows.
  public var verticalAxis: String
  /// The values; at least one series.
  public var series: [ChartSeries]
  /// The sheet whose cells the series name; the sheet of the chart unless given.
  public var dataSheet: String?
  /// What a screen reader says.
  public var alternativeText: String
  /// Width and height in pixels.
  public var width, height: Int

  /// A chart.
  public init(
    _ kind: Kind, title: String, horizontalAxis: String, verticalAxis: String, series: [ChartSeries],
    dataSheet: String? = nil, alternativeText: String, width: Int = 720, height: Int = 360
  ) {
    self.kind = kind
    self.title = title
    self.horizontalAxis = horizontalAxis
    self.verticalAxis = verticalAxis
    self.series = series
    self.dataSheet = dataSheet
    self.alternativeText = alternativeText
    self.width = width
    self.height = height
  }
}

extension Worksheet {
  /// Puts `chart` with its upper left corner at `cell`. Throws `invalid_text`, `out_of_range` or `unknown_sheet`.
  public func add(_ chart: Chart, at cell: CellReference) throws(XLSXError) {
    try require(cell.isInSheet, .outOfRange, "Not a cell of a sheet", cell)
    try require(
      !chart.series.isEmpty && (50...5000).contains(chart.width) && (50...5000).contains(chart.height), .outOfRange,
      "A chart has one series or more and 50 to 5,000 pixels either way", cell)
    let dataSheet = chart.dataSheet ?? name
    try require(
      book.find(dataSheet) != nil, .unknownSheet, "The chart shows \(dataSheet), which is not a sheet yet", cell)
    guard let drawn = unsafe workbook_add_chart(try book.requireOpen(), chart.kind.code) else {
      throw XLSXError(.refused, "No memory for a chart", sheet: name, cell: cell.a1)
    }
    unsafe chart_title_set_name(drawn, try label(chart.title, cell))
    unsafe chart_axis_set_name(drawn.pointee.x_axis, try label(chart.horizontalAxis, cell))
    unsafe chart_axis_set_name(drawn.pointee.y_axis, try label(chart.verticalAxis, cell))
    unsafe chart_legend_set_position(drawn, UInt8(LXW_CHART_LEGEND_BOTTOM.rawValue))
    for (index, series) in chart.series.enumerated() {
      try require(
        series.categories.isInSheet && series.values.isInSheet, .outOfRange, "A series names cells of a sheet", cell)
      guard let line = unsafe chart_add_series(drawn, nil, nil) else {
        throw XLSXError(.refused, "No memory for a series", sheet: name, cell: cell.a1)
      }
      let categories = (series.categories.first, series.categories.last)
      let values = (series.values.first, series.values.last)
      unsafe chart_series_set_categories(
        line, dataSheet, categories.0.rowCode, categories.0.columnCode, categories.1.rowCode, categories.1.columnCode)
      unsafe chart_series_set_values(
        line, dataSheet, values.0.rowCode, values.0.columnCode, values.1.rowCode, values.1.columnCode)
      unsafe chart_series_set_name(line, try label(series.name, cell))
      unsafe chart.kind.distinguish(line, series.color, index)
    }
    unsafe try insert(chart, drawn, cell)
  }

  @unsafe private func insert(
    _ chart: Chart, _ drawn: UnsafeMutablePointer<lxw_chart>, _ cell: CellReference
  ) throws(XLSXError) {
    let pointer = unsafe try pointer()
    let text = book.plain(chart.alternativeText)
    var options = unsafe lxw_chart_options()
    unsafe options.x_scale = Double(chart.width) / 480
    unsafe options.y_scale = Double(chart.height) / 288
    let code = unsafe text.withCString { description in
      unsafe options.description = UnsafeMutablePointer(mutating: description)
      return unsafe worksheet_insert_chart_opt(pointer, cell.rowCode, cell.columnCode, drawn, &options)
    }
    try check(code, cell)
  }

  /// The library takes a name that begins with `=` for a formula.
  private func label(_ text: String, _ cell: CellReference) throws(XLSXError) -> String {
    try require(
      !text.isEmpty && text.first != "=", .invalidText, "A chart's names are not empty and not formulas", cell)
    return book.plain(text)
  }
}

extension Chart.Kind {
  fileprivate var code: UInt8 {
    let code =
      switch self {
      case .columns: LXW_CHART_COLUMN
      case .stackedColumns: LXW_CHART_COLUMN_STACKED
      case .lines: LXW_CHART_LINE
      }
    return UInt8(code.rawValue)
  }

  private static let patterns = [
    LXW_CHART_PATTERN_WIDE_UPWARD_DIAGONAL, LXW_CHART_PATTERN_DOTTED_DIAMOND, LXW_CHART_PATTERN_LIGHT_HORIZONTAL,
    LXW_CHART_PATTERN_SMALL_GRID, LXW_CHART_PATTERN_PERCENT_25, LXW_CHART_PATTERN_WIDE_DOWNWARD_DIAGONAL,
  ]
  private static let dashes = [
    LXW_CHART_LINE_DASH_SOLID, LXW_CHART_LINE_DASH_DASH, LXW_CHART_LINE_DASH_ROUND_DOT, LXW_CHART_LINE_DASH_LONG_DASH,
    LXW_CHART_LINE_DASH_DASH_DOT,
  ]
  private static let markers = [
    LXW_CHART_MARKER_CIRCLE, LXW_CHART_MARKER_SQUARE, LXW_CHART_MARKER_TRIANGLE, LXW_CHART_MARKER_DIAMOND,
    LXW_CHART_MARKER_X,
  ]

  /// Gives the series its colour and, as not everybody sees colours and not every printer prints them, a pattern, or
  /// dashes and a marker.
  @unsafe fileprivate func distinguish(_ series: UnsafeMutablePointer<lxw_chart_series>, _ color: Color, _ index: Int) {
    if self == .lines {
      var line = lxw_chart_line()
      line.color = color.code
      line.width = 2.25
      line.dash_type = UInt8(Self.dashes[index % Self.dashes.count].rawValue)
      unsafe chart_series_set_line(series, &line)
      unsafe chart_series_set_marker_type(series, UInt8(Self.markers[index % Self.markers.count].rawValue))
    } else if index == 0 {
      var fill = lxw_chart_fill()
      fill.color = color.code
      unsafe chart_series_set_fill(series, &fill)
    } else {
      var pattern = lxw_chart_pattern()
      pattern.fg_color = 0xFFFFFF
      pattern.bg_color = color.code
      pattern.type = UInt8(Self.patterns[(index - 1) % Self.patterns.count].rawValue)
      unsafe chart_series_set_pattern(series, &pattern)
    }
  }
}
