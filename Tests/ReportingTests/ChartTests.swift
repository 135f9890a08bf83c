import Testing

@testable import Reporting

/// Charts by hand: what they show is said in words, and no data becomes markup.
@Suite struct ChartTests {
  private static func chart(_ label: String, _ values: [Int64]) -> BarChart {
    BarChart(
      title: "Title", series: ["one", "two"],
      groups: [BarChart.Group(title: "Group", bars: [BarChart.Bar(label: label, values: values)])])
  }

  @Test func `a bar's parts are said in words and told apart by a pattern`() {
    let svg = Self.chart("bar", [1200, 3]).svg
    #expect(svg.contains("<desc>Group: bar: one 1,200, two 3.</desc>"))
    #expect(svg.contains("fill=\"url(#p0)\"") && svg.contains("fill=\"url(#p1)\""))
  }

  @Test(arguments: ["<script>x</script>", "a\"b", "&amp;", "\u{202E}x"])
  func `a label cannot become markup`(label: String) {
    let svg = Self.chart(label, [1, 0]).svg
    #expect(!svg.contains("<script") && !svg.contains("\u{202E}"))
    #expect(svg == Self.chart(label, [1, 0]).svg)
  }

  @Test func `numbers of any size are drawn`() {
    #expect(Self.chart("bar", [.max, .max]).svg.hasPrefix("<svg"))
  }

  @Test(arguments: [
    ("- " + String(repeating: "word ", count: 60), "\n  word"), (String(repeating: "word ", count: 60), "\nword"),
    (String(repeating: "9a1. ", count: 60), "\n9a1."), (String(repeating: "`code` ", count: 60), "\n`code`"),
  ]) func `prose goes on over lines, a list's under its text`(line: String, wrapped: String) {
    let page = wrappedProse(line)
    #expect(page.contains(wrapped) && page.split(separator: "\n").allSatisfy { $0.count <= 170 })
  }

  @Test(arguments: ["- ", "1. ", "# ", "+ ", "> "])
  func `no line begins with what would be markup there`(mark: String) {
    let page = wrappedProse(String(repeating: "x", count: 158) + " " + mark + String(repeating: "y ", count: 40))
    #expect(!page.split(separator: "\n").dropFirst().contains { $0.hasPrefix(mark) })
  }

  @Test func `tables and fences stay as they are`() {
    let page =
      "| " + String(repeating: "cell ", count: 80) + "|\n```sh\n" + String(repeating: "arg ", count: 80) + "\n```"
    #expect(wrappedProse(page) == page)
  }
}
