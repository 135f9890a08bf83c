import CXLSXWriter

/// A colour as red, green and blue.
public struct Color: Hashable, Sendable {
  /// `0xRRGGBB`.
  public let rgb: UInt32

  /// The colour `0xRRGGBB`; bits above are ignored.
  public init(_ rgb: UInt32) {
    self.rgb = rgb & 0xFFFFFF
  }

  /// The library takes 0 for "no colour" and has a number of its own for black.
  var code: lxw_color_t { rgb == 0 ? 0x100_0000 : rgb }
}

/// How a cell looks. Equal styles are one format in the file.
public struct CellStyle: Hashable, Sendable {
  /// Where the content stands from left to right.
  public enum Alignment: Sendable {
    /// At the left, in the middle, at the right.
    case left, center, right
  }

  /// Where the content stands from top to bottom.
  public enum VerticalAlignment: Sendable {
    /// At the top, in the middle, at the bottom.
    case top, center, bottom
  }

  /// Bold letters.
  public var bold = false
  /// Italic letters.
  public var italic = false
  /// Letter size in points; the program's own unless set.
  public var fontSize: Double?
  /// Colour of the letters.
  public var fontColor: Color?
  /// Colour of the cell.
  public var fill: Color?
  /// Thin lines on all sides.
  public var border = false
  /// Colour of the lines.
  public var borderColor: Color?
  /// Spreadsheet number format; without one, texts get `@`, integers `0` and dates `yyyy-mm-dd hh:mm:ss`.
  public var numberFormat: String?
  /// Whether long texts go on in further lines.
  public var wrap = false
  /// Where the content stands from left to right.
  public var alignment: Alignment?
  /// Where the content stands from top to bottom.
  public var verticalAlignment: VerticalAlignment?
  /// Steps of indentation, 0 to 15.
  public var indent = 0

  /// A style with these properties.
  public init(
    bold: Bool = false, italic: Bool = false, fontSize: Double? = nil, fontColor: Color? = nil, fill: Color? = nil,
    border: Bool = false, borderColor: Color? = nil, numberFormat: String? = nil, wrap: Bool = false,
    alignment: Alignment? = nil, verticalAlignment: VerticalAlignment? = nil, indent: Int = 0
  ) {
    self.bold = bold
    self.italic = italic
    self.fontSize = fontSize
    self.fontColor = fontColor
    self.fill = fill
    self.border = border
    self.borderColor = borderColor
    self.numberFormat = numberFormat
    self.wrap = wrap
    self.alignment = alignment
    self.verticalAlignment = verticalAlignment
    self.indent = indent
  }

  /// The number format of texts.
  static let text = "@"

  func withDefaultNumberFormat(_ format: String) -> CellStyle {
    var style = self
    style.numberFormat = numberFormat ?? format
    return style
  }

  @unsafe func apply(to format: UnsafeMutablePointer<lxw_format>) throws(XLSXError) {
    guard (0...15).contains(indent), fontSize.map({ (1...409).contains($0) }) ?? true else {
      throw XLSXError(.outOfRange, "A style's indent goes from 0 to 15 and its font size from 1 to 409")
    }
    guard (numberFormat ?? "").utf8.count < 128, numberFormat.map({ !$0.utf8.contains { $0 < 0x20 } }) ?? true else {
      throw XLSXError(.invalidText, "A number format has fewer than 128 bytes and no control characters")
    }
    if bold { unsafe format_set_bold(format) }
    if italic { unsafe format_set_italic(format) }
    if let fontSize { unsafe format_set_font_size(format, fontSize) }
    if let fontColor { unsafe format_set_font_color(format, fontColor.code) }
    if let fill {
      unsafe format_set_pattern(format, UInt8(LXW_PATTERN_SOLID.rawValue))
      unsafe format_set_fg_color(format, fill.code)
    }
    if border { unsafe format_set_border(format, UInt8(LXW_BORDER_THIN.rawValue)) }
    if let borderColor { unsafe format_set_border_color(format, borderColor.code) }
    if numberFormat == Self.text {
      // By its built-in number, so that programs that know only those see a text.
      unsafe format_set_num_format_index(format, 49)
    } else if let numberFormat {
      unsafe format_set_num_format(format, numberFormat)
    }
    if wrap { unsafe format_set_text_wrap(format) }
    if let alignment { unsafe format_set_align(format, alignment.code) }
    if let verticalAlignment { unsafe format_set_align(format, verticalAlignment.code) }
    if indent > 0 { unsafe format_set_indent(format, UInt8(indent)) }
  }
}

extension CellStyle.Alignment {
  fileprivate var code: UInt8 {
    let code =
      switch self {
      case .left: LXW_ALIGN_LEFT
      case .center: LXW_ALIGN_CENTER
      case .right: LXW_ALIGN_RIGHT
      }
    return UInt8(code.rawValue)
  }
}

extension CellStyle.VerticalAlignment {
  fileprivate var code: UInt8 {
    let code =
      switch self {
      case .top: LXW_ALIGN_VERTICAL_TOP
      case .center: LXW_ALIGN_VERTICAL_CENTER
      case .bottom: LXW_ALIGN_VERTICAL_BOTTOM
      }
    return UInt8(code.rawValue)
  }
}
