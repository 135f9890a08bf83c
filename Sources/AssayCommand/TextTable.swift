/// A table for a terminal: columns as wide as their widest cell, numbers on the right.
struct TextTable {
  /// How a column is aligned.
  enum Alignment { case left, right }

  private let titles: [String]
  private let alignments: [Alignment]
  private var rows: [[String]] = []

  /// A table with these columns.
  init(_ columns: [(String, Alignment)]) {
    titles = columns.map(\.0)
    alignments = columns.map(\.1)
  }

  /// Whether it has no rows.
  var isEmpty: Bool { rows.isEmpty }

  /// Adds a row; control characters in cells are shown as `�`, since cells may come from archives.
  mutating func add(_ cells: [String]) {
    rows.append(cells.map(printable))
  }

  /// The table's lines, as wide as standard output's terminal at most.
  var text: String { text(width: Terminal.width) }

  /// The table's lines. Where a width is given and does not do, the widest columns of text are made narrower, and their
  /// cells go on in the lines below; where that does not do either, each row is a block with a line a column.
  func text(width: Int?) -> String {
    let all = [titles] + rows
    let natural = titles.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
    guard let widths = fitted(natural, to: width) else { return blocks }
    let rule = widths.map { String(repeating: "─", count: $0) }.joined(separator: Self.gap)
    return (lines(titles, widths) + [rule] + rows.flatMap { lines($0, widths) }).joined(separator: "\n")
  }

  private static let gap = "  "
  /// No column of text is made narrower than this.
  private static let narrowest = 10

  /// The columns' widths; `nil` where they cannot be narrow enough. Words are broken only where that is not enough.
  private func fitted(_ natural: [Int], to width: Int?) -> [Int]? {
    guard let width else { return natural }
    let words = natural.indices.map { column in
      ([titles] + rows).flatMap { $0[column].split(separator: " ").map(\.count) }.max() ?? 0
    }
    var widths = natural
    var excess = widths.reduce(0, +) + Self.gap.count * (widths.count - 1) - width
    for least in [words, words.map { min($0, Self.narrowest) }] {
      while excess > 0 {
        let texts = widths.indices.filter {
          alignments[$0] == .left && widths[$0] > max(least[$0], min(natural[$0], Self.narrowest))
        }
        guard let widest = texts.max(by: { widths[$0] < widths[$1] }) else { break }
        widths[widest] -= 1
        excess -= 1
      }
    }
    return excess > 0 ? nil : widths
  }

  /// A block for each row: its titles, each with what it holds.
  private var blocks: String {
    let width = titles.map(\.count).max() ?? 0
    return rows.map { cells in
      zip(titles, cells).filter { !$1.isEmpty && $1 != "–" }.map { title, cell in
        title + String(repeating: " ", count: width - title.count) + Self.gap + cell
      }.joined(separator: "\n")
    }.joined(separator: "\n\n")
  }

  /// A row: a line, or as many as its highest cell needs.
  private func lines(_ cells: [String], _ widths: [Int]) -> [String] {
    let pieces = zip(cells, widths).map { Terminal.wrapped($0, to: $1) }
    return (0..<(pieces.map(\.count).max() ?? 0)).map { place in
      line(pieces.map { place < $0.count ? $0[place] : "" }, widths)
    }
  }

  private func line(_ cells: [String], _ widths: [Int]) -> String {
    var text = ""
    for (column, cell) in cells.enumerated() {
      let padding = String(repeating: " ", count: max(0, widths[column] - cell.count))
      let isLast = column == cells.count - 1
      text += alignments[column] == .right ? padding + cell : isLast ? cell : cell + padding
      if !isLast { text += Self.gap }
    }
    while text.last == " " { text.removeLast() }
    return text
  }
}
