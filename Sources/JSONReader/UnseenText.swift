/// The JSON with what is not seen as escapes: it says the same, and a terminal shows it.
package func printableJSON(_ json: String) -> String {
  guard json.utf8.contains(where: { $0 > 0x7E }) else { return json }
  var result: [Unicode.Scalar] = []
  for scalar in json.unicodeScalars {
    // Those of ASCII JSON has escaped; what else stands between values is a line's end.
    guard scalar.value > 0x7E, scalar.isUnseen else {
      result.append(scalar)
      continue
    }
    for unit in String(scalar).utf16 {
      let digits = String(unit, radix: 16)
      result.append(contentsOf: ("\\u" + String(repeating: "0", count: 4 - digits.count) + digits).unicodeScalars)
    }
  }
  return String(String.UnicodeScalarView(result))
}

extension Unicode.Scalar {
  /// Symbols that fonts draw as nothing: the braille pattern without dots, the note without a head, two blanks of Egyptian
  /// hieroglyphs. Unicode calls none of them a space, nor ignorable.
  private static let blanks: Set<UInt32> = [0x2800, 0x1D159, 0x13441, 0x13442]

  /// Whether it is a control, sets a direction, ends a line, takes no room, is blank and no space, or is not a character at all,
  /// which XML does not carry.
  package var isUnseen: Bool {
    if value < 0x7F { return value < 0x20 }
    if value & 0xFFFE == 0xFFFE || 0xFDD0...0xFDEF ~= value { return true }
    if Self.blanks.contains(value) { return true }
    switch properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: return true
    default: return properties.isDefaultIgnorableCodePoint
    }
  }
}
