import Foundation
import Testing

/// Whether what a source says of itself is held against what was read of it: mutations are made in archives alone.
@Suite struct CompletenessTests {
  /// A session of hoop's gateway, whose `event_size` is that of the whole recording, whatever events are left.
  private static func session(_ number: Int, _ texts: [String], without left: Set<Int> = []) -> String {
    let events = texts.enumerated().filter { !left.contains($0.offset) }.map { index, text in
      "[\(index).5,\"i\",\"\(Data(text.utf8).base64EncodedString())\"]"
    }
    return #"{"id":"00000000-0000-0000-0000-00000000000\#(number)","connection":"clinic","type":"database","#
      + #""connection_subtype":"mysql","user":"ana@example.org","verb":"connect","status":"done","script":{"data":""},"#
      + #""start_date":"2026-07-02T09:0\#(number):00Z","end_date":"2026-07-02T09:0\#(number):30Z","#
      + #""identity_type":"user","event_stream":[\#(events.joined(separator: ","))],"#
      + #""event_size":\#(texts.reduce(0) { $0 + $1.utf8.count })}"#
  }

  private static let texts = ["SELECT 1", "DELETE FROM visits WHERE id = 3", "SELECT name FROM visits"]

  /// The quarter with four sessions of hoop's, some without events of theirs.
  private static func quarter(without left: [Int: Set<Int>], counts: String? = nil) throws -> Folder {
    let folder = try SmallQuarter.folder()
    let sessions = (1...4).map { session($0, texts, without: left[$0] ?? []) }
    try folder.write("quarter/archives/hoop.json", "[\(sessions.joined(separator: ",\n"))]\n")
    if let counts {
      try folder.write("quarter/counts.csv", "source,day,sessions,statements\n\(counts)\n")
      try folder.write("quarter/assay.yaml", SmallQuarter.configuration + "side_files: { source_counts: counts.csv }\n")
    }
    try SmallQuarter.run(in: folder)
    return folder
  }

  private static func noted(_ test: String, in folder: Folder) throws -> [[String: String]] {
    try EvidenceChoiceTests.rows("exceptions/exceptions.csv", in: folder).filter { $0["test"] == test }
  }

  private static func completeness(_ folder: Folder) throws -> String {
    let summary = try folder.text("quarter/reports/2026-07/summary.md")
    return summary.split(separator: "\n").first { $0.contains("Completeness of the extraction") }.map(String.init) ?? ""
  }

  private static func verifies(_ folder: Folder) throws -> Bool {
    try assay("verify", "quarter/reports/2026-07", in: folder).status == 0
  }

  @Test func `a recording as long as hoop counts it confirms its statements`() throws {
    let folder = try Self.quarter(without: [:])
    #expect(try Self.noted("T-02", in: folder).isEmpty)
    let sentence = try Self.completeness(folder)
    #expect(sentence.contains("Of 16 statements, confirmed: 4 by their session's own count, 12 by the size"))
    #expect(sentence.contains("nothing confirms 0"))
    #expect(try Self.verifies(folder))
  }

  @Test func `one statement taken out of a session of hoop's is an exception of T-02, and counted on the first page`()
    throws
  {
    let folder = try Self.quarter(without: [2: [1]])
    let noted = try Self.noted("T-02", in: folder)
    #expect(noted.map { $0["session"] } == ["00000000-0000-0000-0000-000000000002"])
    #expect(noted.first?["condition"]?.contains("62 bytes by the source's own count; 31 were read") == true)
    let sentence = try Self.completeness(folder)
    #expect(sentence.contains("2 are of sessions that were not read whole") && sentence.contains("Exceptions noted"))
    #expect(try Self.verifies(folder))
  }

  @Test func `each session that lacks events is an exception, however many there are`() throws {
    let folder = try Self.quarter(without: [1: [0], 2: [1], 3: [0, 1, 2], 4: [2]])
    #expect(Set(try Self.noted("T-02", in: folder).compactMap { $0["session"] }).count == 4)
    #expect(try Self.completeness(folder).contains("6 are of sessions that were not read whole"))
    #expect(try Self.verifies(folder))
  }

  @Test(arguments: [("gate,2026-07-01,1,5", 1), ("gate,2026-07-01,1,3", 1), ("gate,2026-07-01,1,4", 0)])
  func `a day of which the source counts other than was read is one exception, of T-02 alone`(
    count: String, exceptions: Int
  ) throws {
    let folder = try Self.quarter(without: [:], counts: count)
    let own = try Self.noted("T-02", in: folder)
    #expect(own.isEmpty == (exceptions == 0))
    #expect(try Self.noted("T-42", in: folder).isEmpty)
    #expect(try Self.verifies(folder))
  }
}
