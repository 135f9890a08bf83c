import JSONReader

/// Data as Markdown text: nothing in it can become markup, a link, an image, HTML or a formula.
enum MarkdownText {
  /// `text` on one line with everything escaped that Markdown, in a table or out of it, would take for markup.
  static func escaped(_ text: String) -> String {
    let scalars = Array(text.unicodeScalars)
    var result: [Unicode.Scalar] = []
    for (index, scalar) in scalars.enumerated() {
      switch scalar {
      case "\r" where index + 1 < scalars.count && scalars[index + 1] == "\n": continue
      case "\n", "\r", "\u{2028}", "\u{2029}", "\u{85}": result.append("↵")
      case "\t": result.append(" ")
      case "\\", "|", "`", "<", ">", "[", "]", "*", "~", "&", "$", "#":
        result.append("\\")
        result.append(scalar)
      // A parenthesis means something only behind a bracket, where a link's address would begin.
      case "(" where index > 0 && scalars[index - 1] == "]", "_" where !isInsideWord(scalars, index),
        ":" where begins("//", scalars, index + 1),
        "." where ends("www", scalars, index):
        result.append("\\")
        result.append(scalar)
      default: result.append(scalar.isUnseen ? "\u{FFFD}" : scalar)
      }
    }
    return String(String.UnicodeScalarView(result))
  }

  /// `text` as a code span on one line, for cells and sentences.
  static func code(_ text: String) -> String {
    if text.isEmpty { return "" }
    var line: [Unicode.Scalar] = []
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n", "\r", "\t", "\u{2028}", "\u{2029}", "\u{85}": line.append(" ")
      // A table splits its cells before it looks for code.
      case "|": line.append(contentsOf: "\\|".unicodeScalars)
      default: line.append(scalar.isUnseen ? "\u{FFFD}" : scalar)
      }
    }
    let content = String(String.UnicodeScalarView(line))
    let ticks = String(repeating: "`", count: longestRun(of: "`", in: content) + 1)
    let pad = content.hasPrefix("`") || content.hasSuffix("`") ? " " : ""
    return ticks + pad + content + pad + ticks
  }

  /// `text` in a fence longer than any run of backticks in it.
  static func fenced(_ text: String, language: String = "") -> String {
    let fence = String(repeating: "`", count: max(3, longestRun(of: "`", in: text) + 1))
    var body: [Unicode.Scalar] = []
    for scalar in text.unicodeScalars where scalar != "\r" {
      body.append(scalar.isUnseen && scalar != "\n" && scalar != "\t" ? "\u{FFFD}" : scalar)
    }
    return "\(fence)\(language)\n\(String(String.UnicodeScalarView(body)))\n\(fence)"
  }

  private static func longestRun(of scalar: Unicode.Scalar, in text: String) -> Int {
    var (longest, current) = (0, 0)
    for next in text.unicodeScalars {
      current = next == scalar ? current + 1 : 0
      longest = max(longest, current)
    }
    return longest
  }

  private static func isInsideWord(_ scalars: [Unicode.Scalar], _ index: Int) -> Bool {
    index > 0 && index + 1 < scalars.count && scalars[index - 1].properties.isAlphabetic
      && (scalars[index + 1].properties.isAlphabetic || scalars[index + 1].properties.numericType != nil)
  }

  private static func begins(_ text: String, _ scalars: [Unicode.Scalar], _ index: Int) -> Bool {
    scalars.dropFirst(index).starts(with: text.unicodeScalars)
  }

  private static func ends(_ text: String, _ scalars: [Unicode.Scalar], _ index: Int) -> Bool {
    String(String.UnicodeScalarView(scalars[..<index].suffix(text.unicodeScalars.count))).lowercased() == text
  }
}
