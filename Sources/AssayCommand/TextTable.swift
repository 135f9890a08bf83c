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

  /// The table's lines.
  var text: String {
    let all = [titles] + rows
    let widths = titles.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
    func line(_ cells: [String]) -> String {
      var text = ""
      for (column, cell) in cells.enumerated() {
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        let isLast = column == cells.count - 1
        text += alignments[column] == .right ? padding + cell : isLast ? cell : cell + padding
        if !isLast { text += "  " }
      }
      while text.last == " " { text.removeLast() }
      return text
    }
    let rule = widths.map { String(repeating: "─", count: $0) }.joined(separator: "  ")
    return ([line(titles), rule] + rows.map(line)).joined(separator: "\n")
  }
}
