import Foundation
import Testing

/// `assay report --disclosure`: whose data somebody saw, for who must notify them.
@Suite struct DisclosureCommandTests {
  private static let page = "reports/2026-Q3.disclosure-report-bot-example.org.md"
  private static let settings = ["--config", "samples/assay.yaml", "--output", "reports"]

  @Test func `the sample's bot is told by column, statement and time, on a page beside the package`() async throws {
    let quarter = try await SampleQuarter.shared.value
    let folder = try Folder()
    try FileManager.default.copyItem(atPath: quarter.folder("samples"), toPath: folder("samples"))
    let finished = try assay(
      ["report", "--disclosure", "report-bot@example.org", "--json"] + Self.settings, in: folder)
    #expect(finished.status == 0, "\(finished)")
    let document = try finished.json
    #expect(document.columns.array.contains { $0.column.string == "customers.ssn" && $0.values_at_most.int ?? 0 > 0 })
    #expect(document.shown_by.array.contains { $0.statements.array.contains(.string("gw1-report-bot-0708/2")) })
    #expect(document.files.array.first?.string == Self.page)
    let text = try folder.text(Self.page)
    for words in ["Whose data, by column", "customers.ssn", "gw1-report-bot-0708/2", "not a union", "Not known"] {
      #expect(text.contains(words), "\(words)")
    }
    // Again gives the same bytes; somebody's own file in the place is kept.
    let own = [
      "report", "--disclosure", "gw1-report-bot-0708", "--output", "mine.md", "--config", "samples/assay.yaml",
    ]
    let session = try assay(own, in: folder)
    #expect(session.status == 0 && session.output.contains("at most"), "\(session)")
    let bytes = try folder.bytes("mine.md")
    #expect(try assay(own, in: folder).status == 0)
    #expect(try folder.bytes("mine.md") == bytes)
    try folder.write("mine.md", "my notes\n")
    #expect(try assay(own, in: folder).status == 77)
    #expect(try folder.text("mine.md") == "my notes\n")
  }

  @Test(
    arguments: [
      (["--disclosure", "nobody@nowhere.example"], 66, "knows no identity"),
      (["--disclosure", "ana@example.org", "--compare", "before"], 64, "writes no package"),
      (["--disclosure", "ana@example.org", "--period", "2020"], 66, "sent no statement in 2020"),
    ] as [([String], Int32, String)])
  func `a wrong request is told what is wrong`(_ more: [String], _ status: Int32, _ words: String) throws {
    let folder = try SmallQuarter.folder()
    try SmallQuarter.run(in: folder)
    let finished = try assay(["report", "--config", "quarter/assay.yaml"] + more, in: folder)
    #expect(finished.status == status && finished.errors.contains(words), "\(finished)")
  }

  /// Without a column named as sensitive, nothing was looked for; so nothing is said not to have been disclosed.
  @Test func `a ledger in which nothing was looked for proves nothing`() throws {
    let folder = try SmallQuarter.folder()
    try SmallQuarter.run(in: folder)
    let finished = try assay(
      "report", "--config", "quarter/assay.yaml", "--disclosure", "s1", "--json", in: folder)
    #expect(finished.status == 0, "\(finished)")
    #expect(try finished.json.complete.bool == false)
    #expect(try finished.json.headline.string?.hasPrefix("Not known") == true)
  }
}
