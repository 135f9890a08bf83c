import Foundation
import Testing

/// Which engine reads hoop's patterns, through the built product.
@Suite struct HoopDialectTests {
  /// A pattern with look-ahead, which RE2 refuses, and three statements of which one lacks its predicate.
  private func folder() throws -> Folder {
    let folder = try Folder()
    try folder.write(
      "rules/guardrails.json",
      #"""
      [{"id":"g1","name":"writes-need-where","input":{"rules":[{"type":"pattern_match",
        "pattern_regex":"(?is)\\b(?:update|delete)\\b(?![^;]*\\bwhere\\b)[^;]*(?:;|$)"}]},
        "output":{"rules":[]},"connection_ids":["c1"],"attributes":[]}]
      """#)
    try folder.write("rules/connections.json", #"[{"id":"c1","name":"clinic","attributes":[]}]"#)
    let texts = ["SELECT id FROM visits", "UPDATE visits SET a = 1 WHERE id = 1", "DELETE FROM visits"]
    let lines = texts.enumerated().map { Archive.statement("s1", $0.offset + 1, sql: $0.element) }
    try folder.write(
      "gate.jsonl",
      ([Archive.header, Archive.opening("s1")] + lines + [Archive.closing("s1", statements: 3)]).joined(separator: "\n")
        + "\n")
    try #require(try assay("ingest", "gate.jsonl", "--ledger", "l.db", "--quiet", in: folder).status == 0)
    return folder
  }

  private func blocked(_ folder: Folder, _ options: [String]) throws -> Int? {
    let finished = try assay(["diff", "recorded", "rules", "--ledger", "l.db", "--json"] + options, in: folder)
    try #require(finished.status == 0, "\(finished)")
    return try finished.json.changes.newly_blocked.int
  }

  @Test(
    arguments: [
      ([], 1), (["--hoop-version", "1.148.0"], 1), (["--hoop-version", "1.147.2"], 3), (["--hoop-dialect", "re2"], 3),
      (["--hoop-version", "1.147.2", "--hoop-dialect", "presidio"], 1),
    ])
  func `the version says which engine reads patterns, an option before it`(options: [String], count: Int) throws {
    #expect(try blocked(try folder(), options) == count)
  }

  @Test func `the version that was collected counts, and one that is none is refused`() throws {
    let folder = try folder()
    try folder.write("rules/serverinfo.json", #"{"version":"1.147.0"}"#)
    #expect(try blocked(folder, []) == 3)
    try folder.write("rules/serverinfo.json", #"{"version":"1.148.3"}"#)
    #expect(try blocked(folder, []) == 1)
    let none = try assay("diff", "recorded", "rules", "--hoop-version", "newest", "--ledger", "l.db", in: folder)
    #expect(none.status == 64 && none.errors.contains("--hoop-version"), "\(none)")
    try folder.write(
      "assay.yaml",
      """
      organization: Clinic
      period: 2026-Q3
      policies: { hoop: { guardrails: rules/guardrails.json, connections: rules/connections.json, version: newest } }

      """)
    let configured = try assay("find", "--ledger", "l.db", in: folder)
    #expect(configured.status == 65 && configured.errors.contains("unknown version"), "\(configured)")
  }
}
