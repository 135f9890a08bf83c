import Compression
import Foundation
import Testing
import XLSX

/// A workbook's path, which goes when the test does.
private final class WorkbookFile {
  let path = FileManager.default.temporaryDirectory.appendingPathComponent("assay-\(UUID().uuidString).xlsx").path

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }

  var exists: Bool { FileManager.default.fileExists(atPath: path) }

  var bytes: [UInt8] {
    get throws { Array(try Data(contentsOf: URL(fileURLWithPath: path))) }
  }

  func open(rowsInOrder: Bool = false) throws(XLSXError) -> Workbook {
    let properties = WorkbookProperties(
      title: "Evidence", subject: "2026-Q3", author: nil, company: "Clinic & Sons", created: 1_790_000_000)
    return try Workbook(path: path, properties: properties, rowsInOrder: rowsInOrder)
  }

  /// The text of one part of the package.
  func part(_ name: String) throws -> String {
    let zip = ZipReader(try bytes)
    return String(decoding: try zip.content(of: name), as: UTF8.self)
  }

  var partNames: [String] {
    get throws { ZipReader(try bytes).names }
  }
}

/// Just enough of the zip format to look into a workbook: an entry's deflated bytes are rewrapped as gzip.
private struct ZipReader {
  private let bytes: [UInt8]
  private var entries: [String: (header: Int, compressed: Int, size: Int, checksum: [UInt8], method: Int)] = [:]

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    var at = 0
    while at + 46 <= bytes.count {
      guard bytes[at..<(at + 4)].elementsEqual([0x50, 0x4B, 1, 2]) else {
        at += 1
        continue
      }
      let name = String(decoding: bytes[(at + 46)..<(at + 46 + number(at + 28, 2))], as: UTF8.self)
      entries[name] = (
        number(at + 42, 4), number(at + 20, 4), number(at + 24, 4), Array(bytes[(at + 16)..<(at + 20)]),
        number(at + 10, 2)
      )
      at += 46
    }
  }

  var names: [String] { entries.keys.sorted() }

  func content(of name: String) throws -> [UInt8] {
    let entry = try #require(entries[name], "no part \(name)")
    let start = entry.header + 30 + number(entry.header + 26, 2) + number(entry.header + 28, 2)
    let stored = bytes[start..<(start + entry.compressed)]
    if entry.method == 0 { return Array(stored) }
    let size = (0..<4).map { UInt8(truncatingIfNeeded: entry.size >> (8 * $0)) }
    return try decompress([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255] + stored + entry.checksum + size, limit: entry.size)
  }

  private func number(_ at: Int, _ count: Int) -> Int {
    (0..<count).reduce(0) { $0 | Int(bytes[at + $1]) << (8 * $1) }
  }
}

private func writeEverything(_ file: WorkbookFile) throws -> WorkbookNotes {
  let book = try file.open()
  let cover = try book.addWorksheet("Cover")
  let data = try book.addWorksheet("POP-01")
  let header = CellStyle(bold: true, fontColor: Color(0xFFFFFF), fill: Color(0x1F3864), border: true, wrap: true)
  try cover.merge(CellRange(rows: 0...0, columns: 0...3), text: "Management's tests", style: CellStyle(bold: true))
  try cover.write(.link("Population", to: .sheet("POP-01")), at: CellReference(2, 0))
  try cover.write(.link("Source", to: .address("https://example.org/a?b=1&c=2")), at: CellReference(3, 0))
  try data.write(row: [.text("Day"), .text("Allowed"), .text("Blocked")], at: CellReference(0, 0), style: header)
  for day in 0..<10 {
    try data.write(
      row: [.date(seconds: 1_782_864_000 + 86_400 * Int64(day)), .integer(Int64(day * 3)), .number(Double(day) / 4)],
      at: CellReference(day + 1, 0))
  }
  try data.write(.formula("=SUM(B2:B11)", cached: .number(135)), at: CellReference(11, 1))
  try data.write(.formula("=IF(B12>0,\"yes\",\"no\")", cached: .text("yes")), at: CellReference(11, 2))
  try data.write(.boolean(true), at: CellReference(11, 3))
  try data.write(.blank, at: CellReference(11, 4), style: header)
  try data.setColumnWidths([20, 12, 12])
  try data.setRowHeight(30, row: 0)
  try data.freezePanes(at: CellReference(1, 0))
  try data.setAutofilter(CellRange(rows: 0...10, columns: 0...2))
  try data.repeatRows(0...0)
  try data.setPage(landscape: true)
  try data.setFooter(PageFooter(left: "R&D run 7"))
  try data.setTabColor(Color(0))
  try data.hideGridlines()
  try data.setZoom(90)
  try data.allowNumbersAsText(in: CellRange(rows: 1...10, columns: 0...0))
  try data.allowNumbersAsText(in: CellRange(rows: 1...10, columns: 2...2))
  for (row, kind) in [Chart.Kind.columns, .stackedColumns, .lines].enumerated() {
    let series = [1, 2].map { column in
      ChartSeries(
        name: column == 1 ? "Allowed" : "Blocked", categories: CellRange(rows: 1...10, columns: 0...0),
        values: CellRange(rows: 1...10, columns: column...column), color: Color(column == 1 ? 0x2E75B6 : 0))
    }
    try cover.add(
      Chart(
        kind, title: "Decisions a day", horizontalAxis: "Day", verticalAxis: "Decisions", series: series,
        dataSheet: "POP-01", alternativeText: "Decisions rise from 0 to 27 a day"), at: CellReference(5 + 20 * row, 0))
  }
  return try book.close()
}

@Suite struct XLSXTests {
  @Test func `the same content gives the same bytes at another time`() async throws {
    let (first, second) = (WorkbookFile(), WorkbookFile())
    #expect(try writeEverything(first) == WorkbookNotes())
    // Longer than a second, as the times inside a workbook have that grain.
    try await Task.sleep(for: .milliseconds(1100))
    _ = try writeEverything(second)
    #expect(try first.bytes == second.bytes)
  }

  @Test func `sheets, formats, formulas, links and charts are in the file`() throws {
    let file = WorkbookFile()
    _ = try writeEverything(file)
    let data = try file.part("xl/worksheets/sheet2.xml")
    let expected = [
      "<f>SUM(B2:B11)</f><v>135</v>", "<v>yes</v>", "state=\"frozen\"", "<autoFilter ref=\"A1:C11\"/>",
      "orientation=\"landscape\"", "fitToHeight=\"0\"", "R&amp;&amp;D run 7&amp;CPage &amp;P of &amp;N",
      "zoomScale=\"90\"",
      "sqref=\"A2:A11 C2:C11\"", "tabColor rgb=\"FF000000\"", "showGridLines=\"0\"", "<v>46204</v>",
    ]
    for text in expected { #expect(data.contains(text), "\(text)") }
    let cover = try file.part("xl/worksheets/sheet1.xml")
    for text in ["mergeCell ref=\"A1:D1\"", "location=\"'POP-01'!A1\"", "<hyperlink ref=\"A4\" r:id="] {
      #expect(cover.contains(text), "\(text)")
    }
    let book = try file.part("xl/workbook.xml")
    #expect(book.contains("_xlnm.Print_Titles") && book.contains("'POP-01'!$1:$1"))
    #expect(try file.part("docProps/core.xml").contains("2026-09-21T14:13:20Z"))
    #expect(try file.part("docProps/app.xml").contains("Clinic &amp; Sons"))
    #expect(try file.part("xl/drawings/drawing1.xml").contains("Decisions rise from 0 to 27 a day"))
    #expect(try file.part("xl/charts/chart1.xml").contains("<a:pattFill"), "colour is not the only carrier")
    #expect(try file.part("xl/charts/chart2.xml").contains("<c:grouping val=\"stacked\"/>"))
    #expect(try file.part("xl/charts/chart3.xml").contains("<a:prstDash val=\"dash\"/>"))
    #expect(try file.partNames.allSatisfy { !$0.contains("externalLink") && !$0.contains("vba") })
  }

  @Test(arguments: [
    ("=1+1", "=1+1", 0), ("@SUM(A1)", "@SUM(A1)", 0), ("=HYPERLINK(\"x\")", "=HYPERLINK(\"x\")", 0),
    ("{=1}", "{=1}", 0), ("a\u{1}b\u{1F}\0c", "a\u{FFFD}b\u{FFFD}\u{FFFD}c", 3),
    ("\u{FFFE}\u{FFFF}", "\u{FFFD}\u{FFFD}", 2),
    ("_x0041_", "_x005F_x0041_", 0), ("_x0041_x0042_", "_x005F_x0041_x005F_x0042_", 0), ("_x00g1_ _x", "_x00g1_ _x", 0),
    ("a<b>&c", "a&lt;b&gt;&amp;c", 0), ("tab\tline\nend", "tab\tline\nend", 0), ("ÄÖ 漢字 🙂", "ÄÖ 漢字 🙂", 0),
  ])
  func `a text stays a text and the same text`(text: String, expected: String, replaced: Int) throws {
    let file = WorkbookFile()
    let book = try file.open()
    try book.addWorksheet("S").write(.text(text), at: CellReference(0, 0))
    let notes = try book.close()
    #expect(notes.replacedCharacters == replaced)
    #expect(notes.cutTexts == 0)
    #expect(try file.part("xl/sharedStrings.xml").contains("<t>\(expected)</t>"))
    let sheet = try file.part("xl/worksheets/sheet1.xml")
    #expect(sheet.contains("t=\"s\"") && !sheet.contains("<f>"))
    #expect(try file.part("xl/styles.xml").contains("numFmtId=\"49\""), "editing the cell keeps it a text")
  }

  @Test(arguments: [
    (String(repeating: "a", count: 32_767), false), (String(repeating: "a", count: 32_768), true),
    (String(repeating: "🙂", count: 16_383), false), (String(repeating: "🙂", count: 16_384), true),
    (String(repeating: "_x0041_", count: 2600), true), (String(repeating: "\u{1}", count: 200_000), true),
  ])
  func `a text longer than a cell is cut with a mark`(text: String, isCut: Bool) throws {
    let file = WorkbookFile()
    let book = try file.open()
    try book.addWorksheet("S").write(.text(text), at: CellReference(0, 0))
    let notes = try book.close()
    #expect(notes.cutTexts == (isCut ? 1 : 0))
    let strings = try file.part("xl/sharedStrings.xml")
    let cell = try #require(strings.split(separator: "<t>").last?.split(separator: "</t>").first)
    #expect(cell.utf16.count <= 32_767)
    #expect(isCut == cell.hasSuffix("more characters; full text in the CSV]"))
    let rest = cell.split(separator: "… [cut, ").last?.prefix { $0.isNumber }
    if isCut, let rest, let count = Int(rest) {
      let kept = text.unicodeScalars.count - count
      #expect(kept > 4000 && kept < text.unicodeScalars.count, "the count is of characters that are missing")
    }
  }

  @Test func `integers that spreadsheets would round are texts`() throws {
    let file = WorkbookFile()
    let book = try file.open()
    let sheet = try book.addWorksheet("S")
    let integers: [Int64] = [9_007_199_254_740_992, 9_007_199_254_740_993, -9_007_199_254_740_993, .min, .max, 0]
    try sheet.write(row: integers.map(CellValue.integer), at: CellReference(0, 0))
    #expect(try book.close().integersAsText == 4)
    let strings = try file.part("xl/sharedStrings.xml")
    for integer in integers[1..<5] { #expect(strings.contains("<t>\(integer)</t>")) }
    #expect(!strings.contains("<t>9007199254740992</t>"))
  }

  @Test(arguments: [
    (CellValue.number(.nan), XLSXError.Code.notRepresentable), (.number(.infinity), .notRepresentable),
    (.date(seconds: -3_000_000_000), .notRepresentable), (.date(seconds: .max), .notRepresentable),
    (.date(seconds: 0, nanoseconds: -1), .notRepresentable), (.formula("1+1", cached: .number(2)), .invalidText),
    (.formula("=1/0", cached: .number(.nan)), .notRepresentable), (.link("x", to: .sheet("Missing")), .unknownSheet),
  ])
  func `what a cell cannot hold is refused at its place`(value: CellValue, code: XLSXError.Code) throws {
    let file = WorkbookFile()
    let sheet = try file.open().addWorksheet("S")
    #expect {
      try sheet.write(value, at: CellReference(3, 27))
    } throws: { error in
      let error = error as? XLSXError
      return error?.code == code && error?.description.hasPrefix("S!AB4: ") == true
    }
  }

  @Test(arguments: [(-1, 0), (0, -1), (1_048_576, 0), (0, 16_384), (Int.max, Int.max), (Int.min, Int.min)])
  func `a cell outside of the sheet is refused`(row: Int, column: Int) throws {
    let file = WorkbookFile()
    let sheet = try file.open().addWorksheet("S")
    #expect(throws: XLSXError.self) { try sheet.write(.text("x"), at: CellReference(row, column)) }
    #expect(throws: XLSXError.self) { try sheet.freezePanes(at: CellReference(row, column)) }
  }

  @Test(arguments: [
    "", "a sheet name of thirty-two letters", "a/b", "a\\b", "a?b", "a*b", "a[b", "a]b", "a:b", "it's", "history",
    "Bücher",
    "taken", "TAKEN", " x", "a\nb",
  ])
  func `a sheet name that programs refuse is refused`(name: String) throws {
    let file = WorkbookFile()
    let book = try file.open()
    _ = try book.addWorksheet("Taken")
    do {
      _ = try book.addWorksheet(name)
      Issue.record("accepted \(name)")
    } catch {
      #expect(error.code == .invalidSheetName)
    }
  }

  @Test func `links beyond what a sheet holds and odd addresses are texts`() throws {
    let file = WorkbookFile()
    let book = try file.open()
    let sheet = try book.addWorksheet("S")
    let odd = [
      "javascript:alert(1)", "file:///etc/passwd", "https://exämple.org", "https://a b", "x", "", "external:a.xlsx",
    ]
    for (row, address) in (odd + ["https://example.org/" + String(repeating: "%", count: 1000)]).enumerated() {
      try sheet.write(.link("odd", to: .address(address)), at: CellReference(row, 1))
    }
    #expect(book.notes.plainLinks == 8)
    for row in 0..<65_535 { try sheet.write(.link("home", to: .sheet("S")), at: CellReference(row, 0)) }
    #expect(try book.close().plainLinks == 13)
    let links = try file.part("xl/worksheets/sheet1.xml").utf8.split(separator: UInt8(ascii: "<"))
      .count { $0.starts(with: "hyperlink ".utf8) }
    #expect(links == 65_530)
  }

  @Test func `layout that would break the file is refused`() throws {
    let file = WorkbookFile()
    let book = try file.open()
    let sheet = try book.addWorksheet("S")
    try sheet.merge(CellRange(rows: 1...2, columns: 1...2), text: "x")
    let range = CellRange(rows: 0...1, columns: 0...0)
    let series = ChartSeries(name: "=A1", categories: range, values: range, color: Color(1))
    let chart = Chart(
      .columns, title: "T", horizontalAxis: "X", verticalAxis: "Y", series: [series], alternativeText: "")
    var elsewhere = chart
    elsewhere.dataSheet = "Missing"
    let refused: [() throws -> Void] = [
      { try sheet.merge(CellRange(rows: 2...3, columns: 2...3), text: "overlaps") },
      { try sheet.merge(CellRange(rows: 9...9, columns: 9...9), text: "one cell") },
      { try sheet.setFooter(PageFooter(left: String(repeating: "é", count: 130))) },
      { try sheet.setZoom(9) }, { try sheet.setColumnWidths([300]) }, { try sheet.setRowHeight(.nan, row: 0) },
      { try sheet.hide() }, { try sheet.add(chart, at: CellReference(0, 0)) },
      { try sheet.add(elsewhere, at: CellReference(0, 0)) },
      { try sheet.write(.number(1), at: CellReference(0, 0), style: CellStyle(indent: 16)) },
      {
        try sheet.write(
          .number(1), at: CellReference(0, 0), style: CellStyle(numberFormat: String(repeating: "0", count: 200)))
      },
    ]
    for (index, write) in refused.enumerated() {
      #expect(throws: XLSXError.self, "refusal \(index)") { try write() }
    }
    try book.addWorksheet("T").hide()
    try book.close()
    #expect(try file.part("xl/workbook.xml").contains("name=\"T\" sheetId=\"2\" state=\"hidden\""))
  }

  @Test func `a workbook without a time of its own is refused`() {
    let file = WorkbookFile()
    #expect(throws: XLSXError.self) {
      _ = try Workbook(path: file.path, properties: WorkbookProperties(title: "", subject: "", created: 0))
    }
    #expect(!file.exists)
  }

  @Test func `a workbook that is dropped leaves no new file and keeps an old one`() throws {
    let file = WorkbookFile()
    do {
      let book = try file.open()
      _ = try book.addWorksheet("S")
    }
    #expect(!file.exists)
    try Data("old".utf8).write(to: URL(fileURLWithPath: file.path))
    do {
      let book = try file.open()
      _ = try book.addWorksheet("S")
    }
    #expect(try file.bytes == Array("old".utf8))
  }

  @Test func `a sheet of a closed workbook and a file that cannot be written are refused`() throws {
    let file = WorkbookFile()
    let book = try file.open()
    let sheet = try book.addWorksheet("S")
    try book.close()
    #expect {
      try sheet.write(.text("late"), at: CellReference(0, 0))
    } throws: {
      ($0 as? XLSXError)?.code == .closed
    }
    for path in ["\(file.path)/below.xlsx", "", FileManager.default.temporaryDirectory.path] {
      #expect {
        _ = try Workbook(path: path, properties: WorkbookProperties(title: "", subject: "", created: 1))
      } throws: {
        ($0 as? XLSXError)?.code == .inputOutput
      }
    }
  }

  @Test func `rows in order give the same cells, and a row that comes late is refused`() throws {
    let file = WorkbookFile()
    let book = try file.open(rowsInOrder: true)
    let sheets = [try book.addWorksheet("A"), try book.addWorksheet("B")]
    for row in 0..<100 {
      for sheet in sheets {
        try sheet.write(row: [.text("row \(row)"), .integer(Int64(row))], at: CellReference(row, 0))
      }
    }
    #expect(throws: XLSXError.self) { try sheets[0].write(.text("late"), at: CellReference(3, 0)) }
    try book.close()
    for sheet in 1...2 {
      let xml = try file.part("xl/worksheets/sheet\(sheet).xml")
      #expect(xml.contains("row 0<") && xml.contains("row 99<") && xml.contains("<v>99</v>"))
    }
  }
}
