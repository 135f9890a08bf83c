import AuditTrail

/// Bars as SVG, written by hand: what a bar's parts are is said in words and by a pattern, never by colour alone.
struct BarChart {
  /// Bars that share a scale.
  struct Group {
    let title: String
    let bars: [Bar]
  }

  /// A bar with a value for each series.
  struct Bar {
    let label: String
    let values: [Int64]
  }

  private static let (labels, bars, gap) = (350, 300, 12)
  /// The least width of what stands right of the bars, and a wide letter's.
  private static let (right, letter) = (460, 7)
  private static let lineHeight = 22
  /// Colours that people with colour blindness tell apart.
  private static let colors = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#7F7F7F"]
  private static let marks = [
    "", "<path d=\"M0 8L8 0\"/>", "<circle cx=\"4\" cy=\"4\" r=\"1.6\"/>", "<path d=\"M0 4H8M4 0V8\"/>",
    "<path d=\"M0 2H8M0 6H8\"/>",
  ]

  let title: String
  let series: [String]
  let groups: [Group]

  private var width: Int {
    let longest = groups.flatMap(\.bars).map { words($0).count }.max() ?? 0
    return Self.labels + Self.bars + 3 * Self.gap + max(Self.right, longest * Self.letter)
  }

  /// The picture.
  var svg: String {
    var y = 60
    var body = ""
    for (index, name) in series.enumerated() {
      let x = 12 + index % 5 * 190
      let line = y + index / 5 * Self.lineHeight
      body += rect(x, line - 11, 14, 14, index) + text(x + 20, line, name)
    }
    y += (series.count + 4) / 5 * Self.lineHeight + 6
    for group in groups {
      body += text(12, y, group.title, "font-weight=\"bold\"")
      y += Self.lineHeight
      if group.bars.isEmpty {
        body += text(24, y, "none")
        y += Self.lineHeight
      }
      let most = max(1, group.bars.map { $0.values.reduce(0, &+) }.max() ?? 1)
      for bar in group.bars {
        body += draw(bar, at: y, most: most)
        y += Self.lineHeight
      }
      y += 8
    }
    let marks = series.indices.map { index in
      "<pattern id=\"p\(index)\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\">"
        + "<rect width=\"8\" height=\"8\" fill=\"\(Self.colors[index % 5])\"/>"
        + "<g stroke=\"#fff\" fill=\"#fff\">\(Self.marks[index % 5])</g></pattern>"
    }
    return """
      <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(y)" viewBox="0 0 \(width) \(y)" role="img" \
      font-family="sans-serif" font-size="12" fill="#1F2A37">
      <title>\(HTMLText.escaped(title))</title>
      <desc>\(HTMLText.escaped(description))</desc>
      <defs>\(marks.joined())</defs>
      <rect width="\(width)" height="\(y)" fill="#fff"/>
      \(text(12, 26, title, "font-size=\"16\" font-weight=\"bold\""))\(body)</svg>

      """
  }

  /// The same in words.
  private var description: String {
    groups.map { group in
      "\(group.title): " + group.bars.map { "\($0.label): \(words($0))" }.joined(separator: "; ") + "."
    }.joined(separator: " ")
  }

  /// The parts of a bar that are something: `destroys 2, escapes 1`.
  private func words(_ bar: Bar) -> String {
    let parts = zip(series, bar.values).filter { $0.1 > 0 }.map { "\($0.0) \(grouped($0.1))" }
    return parts.isEmpty ? "none" : parts.joined(separator: ", ")
  }

  private func draw(_ bar: Bar, at y: Int, most: Int64) -> String {
    var drawn = text(
      Self.labels, y, HTMLText.shortened(bar.label, to: 54), "text-anchor=\"end\"")
    let start = Self.labels + Self.gap
    var sum: Int64 = 0
    for (index, value) in bar.values.enumerated() where value > 0 {
      let left = Int(sum.multipliedReportingOverflow(by: Int64(Self.bars)).partialValue / most)
      sum &+= value
      let end = Int(sum.multipliedReportingOverflow(by: Int64(Self.bars)).partialValue / most)
      // What is there is seen, however little of the whole it is.
      drawn += rect(start + left, y - 12, max(2, end - left), 15, index)
    }
    return drawn + text(start + Self.bars + Self.gap, y, words(bar))
  }

  private func rect(_ x: Int, _ y: Int, _ width: Int, _ height: Int, _ series: Int) -> String {
    "<rect x=\"\(x)\" y=\"\(y)\" width=\"\(width)\" height=\"\(height)\" fill=\"url(#p\(series))\" stroke=\"#fff\"/>\n"
  }

  private func text(_ x: Int, _ y: Int, _ text: String, _ more: String = "") -> String {
    "<text x=\"\(x)\" y=\"\(y)\"\(more.isEmpty ? "" : " \(more)")>\(HTMLText.escaped(text))</text>\n"
  }
}
