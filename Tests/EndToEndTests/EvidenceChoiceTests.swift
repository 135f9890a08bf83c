import Foundation
import Testing

/// What `assay.yaml`, side files and policy changes make of a package: choices that stand on its first page.
@Suite struct EvidenceChoiceTests {
  private static let approval =
    #"{"type":"approval","id":"a1","connection":"clinic","session":null,"requested_by":"ana@example.org","#
    + #""requested_at":"2026-07-01T08:50:00Z","reason":"old","status":"approved","automatic":false,"rule":null,"#
    + #""decisions":[{"user":"bo@example.org","group":"dba","decision":"approved","time":"2026-07-01T08:55:00Z","#
    + #""forced":false}],"valid_from":"2026-07-01T08:55:00Z","expires_at":null,"unit_sha256":null}"#

  private static let unit = String(repeating: "a", count: 64)

  private static func change(_ sha256: String) -> String {
    #"{"type":"policy_change","time":"2026-07-01T00:00:00Z","actor":"cy@example.org","approved_by":"bo@example.org","#
      + #""policy":"guard","from_version":null,"to_version":"1","sha256":"\#(sha256)"}"#
  }

  /// The quarter with more records, and a harmful statement that waited for approval and ran.
  private static func quarter(_ records: [String] = [], _ configuration: String = "") throws -> Folder {
    let folder = try SmallQuarter.folder()
    let reviewed = SmallQuarter.statement(2, SmallQuarter.harmful).replacing(
      #""decision":{"action":"allow"}"#, with: #""decision":{"action":"review"},"approval":"a1""#)
    let lines =
      [Archive.header] + records + [approval, Archive.opening("s1"), SmallQuarter.statement(1, "SELECT 1")]
      + [reviewed, Archive.closing("s1", statements: 2)]
    try folder.write("raw.jsonl", lines.joined(separator: "\n") + "\n")
    try folder.remove("quarter/archives/a.jsonl")
    try SmallQuarter.seal(in: folder)
    try folder.write("quarter/assay.yaml", SmallQuarter.configuration + configuration)
    return folder
  }

  static func rows(_ path: String, in folder: Folder) throws -> [[String: String]] {
    readCSV(Array(try folder.text("quarter/reports/2026-07/\(path)").utf8))
  }

  /// Three deletions of a row each, decided as one, reach the threshold of three rows together.
  @Test(arguments: [("allow", "T-19"), ("review", "T-28")])
  func `an exception about a script says what all of its statements did`(action: String, test: String) throws {
    let folder = try SmallQuarter.folder()
    let statements = (1...3).map { index -> String in
      SmallQuarter.statement(index, "DELETE FROM visits WHERE id = \(index)").replacing(
        #""decision":{"action":"allow"}"#,
        with:
          #""decision":{"action":"\#(action)"},"approval":"a1","unit":{"id":"u","sha256":"\#(Self.unit)","position":\#(index),"of":3}"#
      )
    }
    let approval = Self.approval.replacing("\"unit_sha256\":null", with: "\"unit_sha256\":\"\(Self.unit)\"")
    let lines =
      [Archive.header] + (action == "review" ? [approval] : []) + [Archive.opening("s1")] + statements
      + [Archive.closing("s1", statements: 3)]
    try folder.write("raw.jsonl", lines.joined(separator: "\n") + "\n")
    try folder.remove("quarter/archives/a.jsonl")
    try SmallQuarter.seal(in: folder)
    try SmallQuarter.run(in: folder)
    let noted = try Self.rows("exceptions/exceptions.csv", in: folder).filter { $0["test"] == test }
    #expect(noted.count == 1 && noted.first?["condition"]?.contains("destroyed 3 rows") == true, "\(noted)")
    #expect(try Self.verifies(folder))
  }

  private static func verifies(_ folder: Folder) throws -> Bool {
    try assay("verify", "quarter/reports/2026-07", in: folder).status == 0
  }

  /// What counts as harm often depends on the environment: one word could make all of it harmless.
  @Test func `an environment that differs from the record stands on the first page`() throws {
    let folder = try Self.quarter()
    func summary() throws -> String { try folder.text("quarter/reports/2026-07/summary.md") }
    try SmallQuarter.run(in: folder)
    #expect(!(try summary()).contains("| Environments of connections"))
    try folder.write(
      "quarter/assay.yaml",
      SmallQuarter.configuration.replacing("environment: production", with: "environment: staging"))
    try SmallQuarter.run(in: folder)
    #expect(try summary().contains("clinic: staging, recorded as production"))
    #expect(try Self.verifies(folder))
  }

  /// The proxy records it, so it was in the path.
  @Test func `a statement on which a proxy decided nothing is an exception of its connection's day`() throws {
    let folder = try SmallQuarter.folder()
    let text = try folder.text("raw.jsonl").replacing(
      #""decision":{"action":"allow"}"#, with: #""decision":{"action":"observed"}"#)
    try folder.write("raw.jsonl", text)
    try SmallQuarter.seal(in: folder)
    try folder.write(
      "quarter/bindings.csv", "connection,policy,from,until,fail_open\nclinic,guard,2026-07-01T00:00:00Z,,false\n")
    try folder.write(
      "quarter/assay.yaml", SmallQuarter.configuration + "side_files: { bindings: bindings.csv }\n")
    try SmallQuarter.run(in: folder)
    let noted = try Self.rows("exceptions/exceptions.csv", in: folder).filter { $0["test"] == "T-18" }
    #expect(
      noted.contains { $0["condition"]?.contains("4 statements recorded, 4 of them without a decision") == true },
      "\(noted)")
    #expect(try Self.verifies(folder))
  }

  @Test func `what was not given, and kinds that only the configuration says, stand on the first page`() throws {
    let folder = try SmallQuarter.folder()
    try folder.write(
      "quarter/assay.yaml",
      SmallQuarter.configuration + "identities:\n  - { match: { user: \"*\" }, kind: service, owner: bo@example.org }\n"
    )
    try SmallQuarter.run(in: folder)
    let summary = try folder.text("quarter/reports/2026-07/summary.md")
    let row = try #require(summary.split(separator: "\n").first { $0.contains("| Side files not given") })
    let named = row.replacing("\\", with: "")
    for file in ["accounts", "bindings", "dispositions", "leavers", "source_counts", "tickets", "tls"] {
      #expect(named.contains(file), "\(file): \(row)")
    }
    #expect(summary.contains(": service, recorded as "))
  }

  @Test func `which connections need approval stands on the first page unless all do`() throws {
    let folder = try Self.quarter()
    try SmallQuarter.run(in: folder)
    #expect(try folder.text("quarter/reports/2026-07/summary.md").contains("| Connections whose use needs approval"))
    try folder.write(
      "quarter/assay.yaml",
      SmallQuarter.configuration.replacing("approval_required: false", with: "approval_required: true"))
    try SmallQuarter.run(in: folder)
    #expect(!(try folder.text("quarter/reports/2026-07/summary.md")).contains("| Connections whose use needs approval"))
  }

  @Test func `an archive without a seal of a source that seals its others is told`() throws {
    let folder = try SmallQuarter.folder()
    try folder.write(
      "quarter/archives/z.jsonl",
      Archive.header + "\n" + #"{"type":"heartbeat","time":"2026-07-09T10:30:00Z"}"# + "\n")
    try SmallQuarter.run(in: folder)
    #expect(
      try folder.text("quarter/reports/2026-07/tests/T-01.md").contains("of a source that seals its other archives"))
    let rows = try Self.rows("populations/T-01.csv", in: folder)
    #expect(rows.map { $0["source_seals"] } == ["false", "true"], "\(rows)")
  }

  @Test func `two archives after the same segment are exceptions of T-01`() throws {
    let folder = try SmallQuarter.folder()
    let root = try assay("seal", "raw.jsonl", "--output", "again.jsonl", "--json", in: folder).json.root.string
    for (name, day) in [("b", "02"), ("c", "03")] {
      try folder.write(
        "more.jsonl", Archive.text("s-\(name)", statements: 1).replacing("2026-07-01", with: "2026-07-\(day)"))
      let sealed = try assay(
        "seal", "more.jsonl", "--output", "quarter/archives/\(name).jsonl", "--previous",
        try #require(root).uppercased(), in: folder)
      try #require(sealed.status == 0, "\(sealed)")
    }
    try SmallQuarter.run(in: folder)
    let noted = try Self.rows("exceptions/exceptions.csv", in: folder).filter { $0["test"] == "T-01" }
    #expect(noted.count == 2, "\(noted)")
    #expect(noted.allSatisfy { $0["condition"]?.contains("follows the same segment") == true }, "\(noted)")
  }

  @Test func `ratings of the configuration replace the program's, and the first page lists them`() throws {
    let folder = try Self.quarter([], "ratings: { T-19: low, T-23: moderate }\n")
    try SmallQuarter.run(in: folder)
    let rated = try Self.rows("exceptions/exceptions.csv", in: folder).filter { $0["test"] == "T-19" }
    #expect(!rated.isEmpty && rated.allSatisfy { $0["rating"] == "low" })
    let summary = try folder.text("quarter/reports/2026-07/summary.md")
    #expect(summary.contains("T-19: low in place of high") && !summary.contains("T-23: moderate"))
    #expect(try Self.verifies(folder))
  }

  @Test(arguments: [true, false])
  func `a policy file that is not the recorded one is an exception, and its thresholds say so`(isOther: Bool) throws {
    let own = try EndToEndTests.run(
      URL(filePath: "/usr/bin/sha256sum"), ["quarter/policy.yaml"], in: SmallQuarter.folder())
    let folder = try Self.quarter([
      Self.change(isOther ? String(repeating: "0", count: 64) : String(own.output.prefix(64)))
    ])
    try SmallQuarter.run(in: folder)
    let noted = try Self.rows("exceptions/exceptions.csv", in: folder).filter { $0["test"] == "T-25" }
    #expect(noted.count == (isOther ? 1 : 0))
    let summary = try folder.text("quarter/reports/2026-07/summary.md")
    #expect(summary.contains("not the approved file: guard 1") == isOther)
    #expect(summary.contains("guard 1; approved by bo@example.org") == !isOther)
    #expect(try Self.verifies(folder))
  }

  @Test(arguments: [
    ("", 1), ("s1/2,cy@example.org,2026-07-02T09:00:00Z,corrected,restored\n", 0),
    ("s1/2,ana@example.org,2026-07-02T09:00:00Z,intended,fine\n", 1),
  ])
  func `approved harm is an exception until another person says what became of it`(_ line: String, _ count: Int) throws
  {
    let folder = try Self.quarter([], "side_files: { dispositions: dispositions.csv }\n")
    try folder.write("quarter/dispositions.csv", "statement,decided_by,decided_at,decision,reason\n\(line)")
    try SmallQuarter.run(in: folder)
    let noted = try Self.rows("exceptions/exceptions.csv", in: folder).filter { $0["test"] == "T-28" }
    #expect(noted.count == count)
    #expect(noted.allSatisfy { $0.values.contains { $0.contains("approved by bo@example.org") } })
    #expect(try Self.verifies(folder))
  }
}
