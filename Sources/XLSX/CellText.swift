/// A text as a cell can hold it.
struct CellText {
  /// UTF-16 units that a cell holds.
  static let limit = 32_767
  /// Units kept free for the marker of a cut text.
  private static let markerRoom = 100

  /// The text with what XML cannot carry replaced and what spreadsheets would decode escaped.
  var text: String
  /// Characters replaced by U+FFFD.
  var replaced = 0
  /// Whether the text was cut.
  var isCut = false

  init(_ source: String) {
    text = source
    if Self.isClean(source.utf8.span) { return }
    // One more than can fit tells a text that is to be cut; the rest of a huge one need not be looked at.
    let scalars = Array(source.unicodeScalars.prefix(Self.limit + 1))
    var escaped: [Unicode.Scalar] = []
    var units = 0
    /// The longest part that leaves room for the marker.
    var kept = (end: escaped.endIndex, scalars: 0, replaced: 0)
    for (index, scalar) in scalars.enumerated() {
      if Self.beginsEscape(scalars, index) {
        escaped.append(contentsOf: "_x005F_".unicodeScalars)
        units += 7
      } else if Self.isAllowed(scalar) {
        escaped.append(scalar)
        units += scalar.value > 0xFFFF ? 2 : 1
      } else {
        escaped.append("\u{FFFD}")
        units += 1
        replaced += 1
      }
      if units <= Self.limit - Self.markerRoom { kept = (escaped.endIndex, index + 1, replaced) }
    }
    if units > Self.limit {
      let rest = source.unicodeScalars.count - kept.scalars
      escaped.removeSubrange(kept.end...)
      escaped.append(contentsOf: "… [cut, \(rest) more characters; full text in the CSV]".unicodeScalars)
      replaced = kept.replaced
      isCut = true
    }
    text = String(String.UnicodeScalarView(escaped))
  }

  /// `source` with what XML cannot carry replaced, for titles, names and properties, and how many were.
  static func plain(_ source: String) -> (text: String, replaced: Int) {
    var replaced = 0
    var text: [Unicode.Scalar] = []
    for scalar in source.unicodeScalars {
      let isAllowed = isAllowed(scalar) && scalar != "\r"
      if !isAllowed { replaced += 1 }
      text.append(isAllowed ? scalar : "\u{FFFD}")
    }
    return (String(String.UnicodeScalarView(text)), replaced)
  }

  /// Whether the bytes can go into a cell as they are; false only leads to a closer look.
  private static func isClean(_ bytes: Span<UInt8>) -> Bool {
    if bytes.count > limit { return false }
    var previous: UInt8 = 0
    for index in bytes.indices {
      let byte = bytes[index]
      if byte < 0x20, byte != 0x09, byte != 0x0A, byte != 0x0D { return false }
      if byte == 0x78, previous == 0x5F { return false }
      if byte >= 0xBE, previous == 0xBF { return false }
      previous = byte
    }
    return true
  }

  private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09, 0x0A, 0x0D: true
    case ..<0x20, 0xFFFE, 0xFFFF: false
    default: true
    }
  }

  /// Whether `_xHHHH_` stands at `index`, which spreadsheets read as one character (ECMA-376 part 1, 22.4.2.4).
  private static func beginsEscape(_ scalars: [Unicode.Scalar], _ index: Int) -> Bool {
    index + 6 < scalars.count && scalars[index] == "_" && scalars[index + 1] == "x" && scalars[index + 6] == "_"
      && scalars[(index + 2)..<(index + 6)].allSatisfy { $0.properties.isASCIIHexDigit }
  }
}
