import JSONReader

/// The text as one line that a terminal may show: what steers it, turns its direction, ends lines or is not seen becomes
/// `\u{FFFD}`, for archives, files and names hold whatever their authors liked.
func printable(_ text: String) -> String { printable(text, keepingLines: false) }

/// The same for a page, whose lines end where they did.
func printablePage(_ text: String) -> String { printable(text, keepingLines: true) }

private func printable(_ text: String, keepingLines: Bool) -> String {
  guard text.utf8.contains(where: { $0 < 0x20 || $0 > 0x7E }) else { return text }
  var result: [Unicode.Scalar] = []
  for scalar in text.unicodeScalars {
    let isKept = keepingLines && scalar == "\n"
    result.append(scalar.isUnseen && !isKept ? "\u{FFFD}" : scalar)
  }
  return String(String.UnicodeScalarView(result))
}
