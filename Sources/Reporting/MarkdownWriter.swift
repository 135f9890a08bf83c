import Evidence

/// Writes Markdown that reads well as plain text too: one blank line between blocks, tables aligned.
struct MarkdownWriter {
  private(set) var text = ""
  /// A column with a longer cell is not aligned: its rows would be longer still.
  private static let widestPad = 44
  /// Columns beyond which a table goes on in another one.
  private static let mostColumns = 6

  /// A heading; `text` is ours, never data.
  mutating func heading(_ level: Int, _ text: String) {
    block(String(repeating: "#", count: min(max(level, 1), 6)) + " " + text)
  }

  /// A paragraph of ready Markdown.
  mutating func paragraph(_ markdown: String) { block(markdown) }

  /// A list of ready Markdown lines; nothing where there is none.
  mutating func list(_ items: [String]) {
    if !items.isEmpty { block(items.map { "- " + $0 }.joined(separator: "\n")) }
  }

  /// A table of data; columns named in `code` are shown as code. Says `none` where it has no rows.
  mutating func table(_ table: Table, code: Set<String> = [], none: String = "None.") {
    if table.rows.isEmpty { return block(none) }
    let rows = table.rows.map { row in
      zip(table.columns, row).map { column, cell in
        code.contains(column.name) ? MarkdownText.code(cell.plain) : MarkdownText.escaped(Self.shown(cell))
      }
    }
    grid(
      table.columns.map { MarkdownText.escaped($0.title) }, rows,
      rightAligned: table.columns.map(\.isNumeric))
  }

  /// A table of ready Markdown cells. One of more columns than a page shows well goes on in further tables, each with the
  /// first column.
  mutating func grid(_ header: [String], _ rows: [[String]], rightAligned: [Bool] = []) {
    guard header.count > Self.mostColumns else { return part(header, rows, rightAligned: rightAligned) }
    let aligned = header.indices.map { rightAligned.indices.contains($0) && rightAligned[$0] }
    for first in stride(from: 1, to: header.count, by: Self.mostColumns - 1) {
      let columns = [0] + Array(first..<min(first + Self.mostColumns - 1, header.count))
      part(
        columns.map { header[$0] }, rows.map { row in columns.map { row[$0] } },
        rightAligned: columns.map { aligned[$0] })
    }
  }

  private mutating func part(_ header: [String], _ rows: [[String]], rightAligned: [Bool]) {
    let right = header.indices.map { rightAligned.indices.contains($0) && rightAligned[$0] }
    let widths = header.indices.map { column in
      let widest = rows.reduce(max(3, header[column].count)) { max($0, $1[column].count) }
      return widest > Self.widestPad ? 3 : widest
    }
    func line(_ cells: [String]) -> String {
      let padded = cells.indices.map { column in
        let pad = String(repeating: " ", count: max(0, widths[column] - cells[column].count))
        return right[column] ? pad + cells[column] : cells[column] + pad
      }
      return "| " + padded.joined(separator: " | ") + " |"
    }
    let rule = header.indices.map { column in
      right[column]
        ? String(repeating: "-", count: widths[column] - 1) + ":" : String(repeating: "-", count: widths[column])
    }
    block(([line(header), "| " + rule.joined(separator: " | ") + " |"] + rows.map(line)).joined(separator: "\n"))
  }

  /// Text in a fence.
  mutating func fenced(_ text: String, language: String = "") {
    block(MarkdownText.fenced(text, language: language))
  }

  private mutating func block(_ markdown: String) {
    if !text.isEmpty { text += "\n" }
    text += markdown + "\n"
  }

  private static func shown(_ cell: Cell) -> String {
    if case .flag(let value) = cell { return value ? "yes" : "no" }
    return cell.plain
  }
}
