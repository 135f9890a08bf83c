/// Where a file first differs from its rendering, in words: the same place in both.
struct FileDifference {
  /// The most characters of a line that are shown.
  private static let shownLimit = 160
  /// Of what both lines begin with, the characters at its start, and as many at its end, that are shown.
  private static let shownBefore = 48

  /// What the rendering has there, and what the file has.
  let expected: String
  let actual: String

  /// `nil` where there is none: a workbook may be packed otherwise by another zlib and hold the same.
  init?(path: String, rendered: [UInt8], found: [UInt8]) {
    if rendered == found { return nil }
    if path.hasSuffix(".xlsx") {
      guard let difference = Self.workbook(rendered, found) else { return nil }
      self = difference
    } else {
      self.init(lines: rendered, found, "")
    }
  }

  private init(_ expected: String, _ actual: String) {
    (self.expected, self.actual) = (expected, actual)
  }

  private init(lines rendered: [UInt8], _ found: [UInt8], _ place: String) {
    let expected = rendered.split(separator: 0x0A, omittingEmptySubsequences: false)
    let actual = found.split(separator: 0x0A, omittingEmptySubsequences: false)
    let index =
      zip(expected, actual).enumerated().first { $0.element.0 != $0.element.1 }?.offset
      ?? min(expected.count, actual.count)
    let owner = Self.owner(expected, index).map { " (\($0))" } ?? ""
    var texts = [expected, actual].map { lines in
      lines.indices.contains(index) ? String(decoding: lines[index], as: UTF8.self).drop { $0.isWhitespace } : nil
    }
    if let own = texts[0], let other = texts[1] {
      let same = zip(own, other).prefix { $0 == $1 }.count
      let skipped = same - 2 * Self.shownBefore
      if skipped > 0 {
        texts = texts.map {
          $0.map { "\($0.prefix(Self.shownBefore))…\($0.dropFirst(Self.shownBefore + skipped))" }
        }
      }
    }
    func shown(_ text: Substring?) -> String {
      "\(place)line \(index + 1)\(owner): \(text.map(Self.shown) ?? "nothing")"
    }
    self.init(shown(texts[0]), shown(texts[1]))
  }

  /// The `id` of the object of an indented JSON document that the line is a member of.
  private static func owner(_ lines: [ArraySlice<UInt8>], _ index: Int) -> String? {
    guard lines.indices.contains(index) else { return nil }
    let indent = lines[index].prefix { $0 == 0x20 }.count
    for line in lines[..<index].reversed() {
      let own = line.prefix { $0 == 0x20 }.count
      if own < indent { return nil }
      let parts = String(decoding: line, as: UTF8.self).split(separator: "\"", omittingEmptySubsequences: false)
      if own == indent, parts.count == 5, parts[1] == "id" { return String(parts[3]) }
    }
    return nil
  }

  private static func shown(_ text: some StringProtocol) -> String {
    text.count <= shownLimit ? String(text) : "\(text.prefix(shownLimit))…"
  }

  private static func workbook(_ rendered: [UInt8], _ found: [UInt8]) -> FileDifference? {
    guard let expected = ZipParts(rendered) else { return FileDifference("a workbook", "another file") }
    // What holds far more is another workbook, and need not be unpacked to say so.
    let most = 2 * expected.parts.reduce(0) { $0 + $1.content.count } + 1 << 20
    guard let actual = ZipParts(found, limit: most) else {
      return FileDifference("a workbook", "a file that is not a plain workbook, or holds far more")
    }
    let names = (expected.parts.map(\.name), actual.parts.map(\.name))
    guard names.0 == names.1 else {
      return FileDifference("\(names.0.count) parts", "\(names.1.count) parts, or others")
    }
    for (own, other) in zip(expected.parts, actual.parts) where own.content != other.content {
      let titles = expected.parts.first { $0.name == "xl/workbook.xml" }.map { sheets($0.content) } ?? []
      return part(own.name, titles, own.content, other.content)
    }
    return nil
  }

  /// The names of the sheets, in their order.
  private static func sheets(_ workbook: [UInt8]) -> [String] {
    String(decoding: workbook, as: UTF8.self).split(separator: "<sheet name=\"").dropFirst().map {
      String($0.prefix { $0 != "\"" })
    }
  }

  private static func part(
    _ name: String, _ titles: [String], _ rendered: [UInt8], _ found: [UInt8]
  ) -> FileDifference {
    let number = name.split(separator: "/").last.flatMap { Int($0.filter(\.isNumber)) } ?? 0
    guard name.hasPrefix("xl/worksheets/sheet"), titles.indices.contains(number - 1) else {
      return FileDifference(lines: rendered, found, "\(name), ")
    }
    let place = zip(rendered, found).enumerated().first { $0.element.0 != $0.element.1 }?.offset
    let cells = [rendered, found].map { cell($0, place ?? min(rendered.count, found.count)) }
    // Where the texts are the same, it is the format that differs.
    let shown = cells[0].text == cells[1].text ? cells.map(\.element) : cells.map(\.text)
    let head = zip(cells, shown).map { "sheet \(titles[number - 1]), cell \($0.reference): \(Self.shown($1))" }
    return FileDifference(head[0], head[1])
  }

  /// The cell that stands at `place` of a sheet, or the last one before.
  private static func cell(_ sheet: [UInt8], _ place: Int) -> (reference: String, text: String, element: String) {
    let mark = Array("<c r=\"".utf8)
    var start = min(place, sheet.count)
    while start > 0, !sheet[start...].starts(with: mark) { start -= 1 }
    let text = String(decoding: sheet[start...].prefix(1024), as: UTF8.self)
    let element = text.firstRange(of: "</c>").map { String(text[..<$0.lowerBound]) } ?? text
    let content = element.split(separator: "<").map { $0.drop { $0 != ">" }.dropFirst() }.joined()
    return (String(element.dropFirst(mark.count).prefix { $0 != "\"" }), content, element)
  }
}
