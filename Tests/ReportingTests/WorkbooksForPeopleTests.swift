import AuditTrail
import Foundation
import Testing

@testable import Evidence
@testable import Reporting

/// The workbooks beside a package: what people write into them comes back, whichever program saved it.
@Suite struct WorkbooksForPeopleTests {
  private static let archive = SmallArchive(
    openings: [Small.opening("s1"), Small.opening("s2", user: nil)],
    statements: [Small.statement("s1", 1), Small.statement("s2", 1)])

  private static func model(_ responses: [String] = []) throws -> EvidenceModel {
    try Small.model([archive]) { plan in
      if !responses.isEmpty { plan.sideFiles.give("management_responses", responses) }
    }
  }

  private static func files(_ model: EvidenceModel) throws -> [String: [UInt8]] {
    let package = PackageSummary(path: "p", files: 1, manifestSHA256: String(repeating: "a", count: 64))
    return Dictionary(
      uniqueKeysWithValues: try PeoplesWorkbooks(model, package).files().map { ($0.suffix, $0.bytes) })
  }

  @Test func `answers that are in the workbook are the side file's rows again, and rows without answers are none`()
    throws
  {
    let ids = try Self.model().exceptions.map(\.id)
    try #require(ids.count >= 2)
    let rows = [
      "\(ids[0]),\"Löscht, \"\"bald\"\" <&>\",ana@example.org,2026-08-01,,,",
      "\(ids[1]),known,,,bo@example.org,2026-07-05,_x0041_ stays",
    ]
    let empty = try #require(try Self.files(try Self.model())[".responses.xlsx"])
    #expect(readCSV(try ResponsesTable.csv(workbook: empty, path: "w.xlsx").bytes).count == 1)
    let filled = try #require(try Self.files(try Self.model(rows))[".responses.xlsx"])
    let read = readCSV(try ResponsesTable.csv(workbook: filled, path: "w.xlsx").bytes)
    let wanted = readCSV(Array((rows.joined(separator: "\r\n") + "\r\n").utf8))
    // The reason is what a package does not keep, since people write it freely.
    #expect(Set(read.dropFirst().map { Array($0.prefix(6)) }) == Set(wanted.map { Array($0.prefix(6)) }))
  }

  @Test func `a row keeps the number that it has in its sheet, whatever stands before it is left out`() throws {
    let names = ["exception", "response", "owner", "due", "accepted_by", "accepted_on", "reason"]
    let header = names.map { "<c t='str'><v>\($0)</v></c>" }.joined()
    let row = "<c t='str'><v>E</v></c><c t='str'><v>known</v></c>"
    let book = Self.stored([
      ("xl/workbook.xml", "<workbook><sheet name='Responses' r:id='1'/></workbook>"),
      ("xl/_rels/workbook.xml.rels", "<a><Relationship Id='1' Target='s.xml'/></a>"),
      ("xl/s.xml", "<a><row r='5'>\(header)</row><row r='6'/><row r='9'>\(row)</row><row>\(row)</row></a>"),
    ])
    #expect(try ResponsesTable.csv(workbook: book, path: "w.xlsx").lines == [5, 9, 10])
  }

  @Test func `a workbook that nobody wrote into is told from one that somebody did`() throws {
    let model = try Self.model()
    let id = try #require(model.exceptions.first?.id)
    for (suffix, bytes) in try Self.files(model) {
      #expect(PeoplesWorkbooks.isUnfilled(bytes, suffix: suffix), "\(suffix)")
      #expect(!PeoplesWorkbooks.isUnfilled(Array("no workbook".utf8), suffix: suffix))
    }
    let answered = try #require(try Self.files(try Self.model(["\(id),known,,,,,"]))[".responses.xlsx"])
    #expect(!PeoplesWorkbooks.isUnfilled(answered, suffix: ".responses.xlsx"))
    for (sheet, row) in [("Sign-off", "preparer"), ("Attributes", "T-19")] {
      let cell = { (text: String) in "<c t='str'><v>\(text)</v></c>" }
      let filled = cell(row) + String(repeating: "<c/>", count: sheet == "Sign-off" ? 0 : 4) + cell("ana")
      let sheets = ["Sign-off", "Attributes"]
      let book = Self.stored(
        [
          ("xl/workbook.xml", "<a>\(sheets.map { "<sheet name='\($0)' r:id='\($0)'/>" }.joined())</a>"),
          (
            "xl/_rels/workbook.xml.rels",
            "<a>\(sheets.map { "<Relationship Id='\($0)' Target='\($0).xml'/>" }.joined())</a>"
          ),
        ] + sheets.map { ("xl/\($0).xml", "<a><row>\($0 == sheet ? filled : cell(row))</row></a>") })
      #expect(!PeoplesWorkbooks.isUnfilled(book, suffix: ".signoff.xlsx"), "\(sheet)")
    }
  }

  @Test func `both workbooks name the manifest, are the same each time, and offer lists`() throws {
    let (one, two) = (try Self.files(try Self.model()), try Self.files(try Self.model()))
    #expect(one == two && one.count == 2)
    for (suffix, bytes) in one {
      let parts = try #require(ZipParts(bytes)).parts
      let all = parts.map { String(decoding: $0.content, as: UTF8.self) }.joined()
      #expect(all.contains(String(repeating: "a", count: 64)), "\(suffix)")
      #expect(all.contains("dataValidation") == (suffix == ".signoff.xlsx"), "\(suffix)")
    }
  }

  @Test func `more exceptions than a sheet shows are counted on it`() throws {
    var model = try Self.model()
    model.exceptions = Array(repeating: try #require(model.exceptions.first), count: Workpaper.rowLimit + 2)
    let bytes = try #require(try Self.files(model)[".responses.xlsx"])
    let all = try #require(ZipParts(bytes)).parts.map { String(decoding: $0.content, as: UTF8.self) }.joined()
    #expect(all.contains("2 exceptions less grave are not listed"))
  }

  @Test func `a workbook that is cut or damaged is refused, and nothing traps`() throws {
    let bytes = try #require(try Self.files(try Self.model())[".responses.xlsx"])
    for length in stride(from: 0, to: bytes.count, by: 97) {
      #expect(throws: AssayError.self, "cut at \(length)") {
        try ResponsesTable.csv(workbook: Array(bytes.prefix(length)), path: "w.xlsx")
      }
    }
    for place in stride(from: 0, to: bytes.count, by: 41) {
      var changed = bytes
      changed[place] ^= 0x5A
      _ = try? ResponsesTable.csv(workbook: changed, path: "w.xlsx")
    }
  }

  /// A ZIP container of parts that are stored as they are.
  private static func stored(_ parts: [(name: String, content: String)]) -> [UInt8] {
    func bytes(_ value: Int, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    var (file, directory): ([UInt8], [UInt8]) = ([], [])
    for (name, content) in parts {
      // Version, flags, method, time, day, checksum and both sizes.
      let head = bytes(20, 2) + bytes(0, 12) + bytes(content.utf8.count, 4) + bytes(content.utf8.count, 4)
      directory += bytes(0x0201_4B50, 4) + bytes(20, 2) + head + bytes(name.utf8.count, 2) + bytes(0, 12)
      directory += bytes(file.count, 4) + Array(name.utf8)
      file += bytes(0x0403_4B50, 4) + head + bytes(name.utf8.count, 2) + bytes(0, 2) + Array((name + content).utf8)
    }
    let end = bytes(0x0605_4B50, 4) + bytes(0, 4) + bytes(parts.count, 2) + bytes(parts.count, 2)
    return file + directory + end + bytes(directory.count, 4) + bytes(file.count, 4) + bytes(0, 2)
  }

  @Test(arguments: [(1, true), (100, false)]) func `a text that many cells name counts each time`(
    _ rows: Int, _ isRead: Bool
  ) throws {
    let names = ["exception", "response", "owner", "due", "accepted_by", "accepted_on", "reason"]
    let header = names.map { "<c t='str'><v>\($0)</v></c>" }.joined()
    let row = "<row><c t='str'><v>E</v></c><c t='s'><v>0</v></c></row>"
    let book = Self.stored([
      ("xl/workbook.xml", "<workbook><sheet name='Responses' r:id='1'/></workbook>"),
      ("xl/_rels/workbook.xml.rels", "<a><Relationship Id='1' Target='s.xml'/></a>"),
      ("xl/sharedStrings.xml", "<a><si><t>\(String(repeating: "_x0041_", count: 100_000))</t></si></a>"),
      ("xl/s.xml", "<a><row>\(header)</row>\(String(repeating: row, count: 10 * rows))</a>"),
    ])
    let read = try? ResponsesTable.csv(workbook: book, path: "w.xlsx")
    #expect(read.map { readCSV($0.bytes).count } == (isRead ? 11 : nil))
  }

  @Test(arguments: [
    (
      "<a b='1' c=\"&lt;&#65;&#x42;\">x&amp;y<!-- z --><d/><![CDATA[<e>]]></a>", "<a b=1 c=<AB>x&y<d></d><e></a>", false
    ),
    ("<x:a r:id='7'/>", "<a id=7></a>", false), ("<?xml version='1.0'?><a></a>", "<a></a>", false),
    ("<!DOCTYPE a [<!ENTITY e 'x'>]><a/>", "", true), ("<a>&e;</a>", "<a>", true), ("<a", "", true),
    ("<a b=1/>", "", true), ("<a b='1/>", "", true), ("<>", "", true), ("<!-- a", "", true), ("<![CDATA[a", "", true),
    ("", "", false), ("a", "a", false), ("<a>&#xD800;</a>", "<a>", true), ("</a b='1'>", "", true),
  ])
  func `tags are read as they are, and what is no XML is told`(_ text: String, _ events: String, _ isBroken: Bool) {
    var scanner = XMLScanner(Array(text.utf8))
    var read = ""
    while let event = scanner.next() {
      switch event {
      case .open(let name, let attributes):
        read += "<\(name)" + attributes.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined() + ">"
      case .close(let name): read += "</\(name)>"
      case .text(let text): read += text
      }
    }
    #expect(read == events)
    #expect(scanner.isBroken == isBroken)
  }
}
