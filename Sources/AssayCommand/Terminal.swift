import Foundation

/// What standard output is, where it is a terminal. Elsewhere (a file, a pipe) nothing depends on a width, and nothing is bold
/// or in colour unless that is asked for, so that the same command prints the same bytes.
enum Terminal {
  /// How many characters fit a line; `nil` where standard output is not a terminal or does not say.
  static let width: Int? = {
    guard isatty(STDOUT_FILENO) == 1 else { return nil }
    var size = winsize()
    guard unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return max(Int(size.ws_col), least)
  }()

  /// Narrower lines than this would hold a word each.
  private static let least = 24

  /// Whether titles are bold and words have colours: as asked for, else on a terminal, unless NO_COLOR is set (no-color.org)
  /// or the terminal is a dumb one.
  static func isStyled(_ choice: ColorChoice) -> Bool {
    switch choice {
    case .always: return true
    case .never: return false
    case .auto:
      let environment = ProcessInfo.processInfo.environment
      return width != nil && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
    }
  }

  /// A page as the terminal shows it best: lines end between words, titles, which have a rule below, are bold, and words that
  /// say how grave something is have their colour.
  static func page(_ text: String, width: Int?, isStyled: Bool) -> String {
    if width == nil, !isStyled { return text }
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    var titles: Set<Int> = []
    for place in lines.indices.dropFirst() where isStyled && isRule(lines[place]) {
      // A table's titles may take several lines.
      for title in (0..<place).reversed().prefix(while: { !lines[$0].isEmpty }) { titles.insert(title) }
    }
    return lines.indices.map { place in
      if titles.contains(place) { return "\u{1B}[1m\(lines[place])\u{1B}[0m" }
      let fitting = width.map { wrapped(String(lines[place]), to: $0).joined(separator: "\n") } ?? String(lines[place])
      return isStyled ? colored(fitting) : fitting
    }.joined(separator: "\n")
  }

  private static func isRule(_ line: Substring) -> Bool {
    !line.isEmpty && line.allSatisfy { $0 == "─" || $0 == "═" || $0 == " " }
  }

  /// The text in lines of at most so many characters, broken between words; what goes on is indented as its beginning is. A
  /// longer word is broken behind a mark, or where the line ends.
  static func wrapped(_ text: String, to width: Int) -> [String] {
    guard text.count > width, width > 0 else { return [text] }
    let spaces = text.prefix { $0 == " " }
    let indent = spaces.count * 2 < width ? String(spaces) : ""
    var lines: [String] = []
    var line = indent
    for word in text.dropFirst(spaces.count).split(separator: " ", omittingEmptySubsequences: false) {
      var rest = word
      if line.count > indent.count, line.count + 1 + rest.count > width {
        lines.append(line)
        line = indent
      }
      while indent.count + rest.count > width {
        let piece = rest.prefix(width - indent.count)
        let mark = piece.lastIndex { "@/-_.:,;)=".contains($0) }.map(piece.index(after:))
        let end = mark.flatMap { piece[..<$0].count * 2 > piece.count ? $0 : nil } ?? piece.endIndex
        lines.append(indent + rest[..<end])
        rest = rest[end...]
      }
      line += (line.count > indent.count ? " " : "") + rest
    }
    if line.count > indent.count || lines.isEmpty { lines.append(line) }
    return lines
  }
}
