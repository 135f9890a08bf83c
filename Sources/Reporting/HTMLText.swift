import JSONReader

/// Data as HTML text: nothing in it can become markup, in an element or in an attribute's value.
enum HTMLText {
  /// `text` with everything escaped that HTML would take for markup; what steers a terminal, turns the direction
  /// of writing around or is not seen is replaced.
  static func escaped(_ text: String) -> String {
    var result: [Unicode.Scalar] = []
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result.append(contentsOf: "&amp;".unicodeScalars)
      case "<": result.append(contentsOf: "&lt;".unicodeScalars)
      case ">": result.append(contentsOf: "&gt;".unicodeScalars)
      case "\"": result.append(contentsOf: "&quot;".unicodeScalars)
      case "'": result.append(contentsOf: "&#39;".unicodeScalars)
      case "\n", "\t": result.append(scalar)
      case "\r": continue
      default: result.append(scalar.isUnseen ? "\u{FFFD}" : scalar)
      }
    }
    return String(String.UnicodeScalarView(result))
  }

  /// An element with escaped text.
  static func element(_ name: StaticString, _ text: String, class style: StaticString? = nil) -> String {
    "<\(name)\(style.map { " class=\"\($0)\"" } ?? "")>\(escaped(text))</\(name)>"
  }

  /// A list of escaped lines; nothing where there is none.
  static func list(_ lines: [String]) -> String {
    lines.isEmpty ? "" : "<ul>\n" + lines.map { element("li", $0) }.joined(separator: "\n") + "\n</ul>"
  }

  /// `text` in at most so many characters, the rest as an ellipsis.
  static func shortened(_ text: String, to count: Int) -> String {
    text.count > count ? text.prefix(max(1, count - 1)) + "…" : text
  }
}
