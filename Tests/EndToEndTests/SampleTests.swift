import Foundation
import Testing

/// The sample quarter's story, as `samples/expected/` tells it.
@Suite struct SampleTests {
  static let incidents = rows("incidents.csv")
  static let exceptions = rows("exceptions.csv")

  private static func rows(_ name: String) -> [[String: String]] {
    let url = repository.appending(path: "samples/expected/\(name)")
    guard let data = try? Data(contentsOf: url) else { return [] }
    return readCSV([UInt8](data))
  }

  @Test func `the story is there`() {
    #expect(Self.incidents.count >= 70)
    #expect(Self.exceptions.count >= 9)
  }

  @Test(arguments: incidents)
  func `each planted statement has its right verdict`(expected: [String: String]) async throws {
    let quarter = try await SampleQuarter.shared.value
    let id = "\(expected["session"] ?? "")/\(expected["seq"] ?? "")"
    let verdict = try #require(quarter.verdicts[id], "\(id) has no verdict")
    let story = Comment(rawValue: "\(id): \(expected["story"] ?? "")")
    #expect(verdict.decision == expected["decision"], story)
    #expect(verdict.verdict == expected["expected_verdict"], story)
    if let reason = expected["reason"], !reason.isEmpty { #expect(verdict.reason == reason, story) }
    if let severity = expected["severity"], !severity.isEmpty { #expect(verdict.severity == severity, story) }
  }

  @Test func `nothing but what was planted is harm let through, and nothing harmless is blocked`() async throws {
    let quarter = try await SampleQuarter.shared.value
    let planted = Set(Self.incidents.map { "\($0["session"] ?? "")/\($0["seq"] ?? "")" })
    let grave: Set = [
      "false_allow", "mask_leak", "false_block", "moot_block", "debatable_block", "diverged", "inconclusive",
    ]
    let unplanned = quarter.verdicts.filter { grave.contains($0.value.verdict) && !planted.contains($0.key) }
    #expect(unplanned.keys.sorted() == [])
  }

  @Test(arguments: exceptions)
  func `each planted exception is noted by its test`(expected: [String: String]) async throws {
    let quarter = try await SampleQuarter.shared.value
    let noted = readCSV(try #require(quarter.package["exceptions/exceptions.csv"]))
    let test = try #require(expected["test"])
    let subject = try #require(expected["subject"])
    #expect(
      noted.contains { row in row["test"] == test && row.values.contains { $0.contains(subject) } },
      "\(test) does not note \(subject): \(expected["story"] ?? "")")
  }

  @Test func `what the archive itself shows is not a supposition`() async throws {
    let quarter = try await SampleQuarter.shared.value
    let noted = readCSV(try #require(quarter.package["exceptions/exceptions.csv"]))
    let shown = noted.filter { $0["user"] == "gus@example.org" && ["T-19", "T-30"].contains($0["test"]) }
    #expect(shown.count == 2)
    for row in shown {
      #expect(row["condition"]?.contains("The archive holds production's own output") == true, "\(row)")
      #expect(row["effect"]?.contains("If production") == false, "\(row)")
    }
    let summary = String(decoding: try #require(quarter.package["summary.md"]), as: UTF8.self)
    #expect(summary.contains("(recorded_output)** | 1: 54920ac9"))
  }

  /// What each test comes to in the sample.
  static let statuses = [
    ("T-01", "inconclusive"), ("T-02", "fail"), ("T-03", "fail"), ("T-04", "fail"), ("T-05", "inconclusive"),
    ("T-06", "fail"), ("T-07", "fail"), ("T-08", "fail"), ("T-09", "fail"), ("T-10", "fail"),
    ("T-11", "fail"), ("T-12", "fail"), ("T-13", "fail"), ("T-14", "fail"), ("T-15", "fail"),
    ("T-16", "fail"), ("T-17", "fail"), ("T-18", "fail"), ("T-19", "fail"), ("T-20", "fail"),
    ("T-21", "inconclusive"), ("T-22", "fail"), ("T-23", "fail"), ("T-24", "fail"), ("T-25", "fail"), ("T-26", "fail"),
    ("T-27", "fail"), ("T-28", "fail"), ("T-29", "inconclusive"), ("T-30", "fail"), ("T-31", "fail"), ("T-32", "pass"),
    ("T-33", "fail"), ("T-34", "fail"), ("T-35", "pass"), ("T-36", "fail"), ("T-37", "fail"), ("T-38", "inconclusive"),
    ("T-39", "fail"), ("T-43", "fail"),
    ("T-44", "fail"), ("T-45", "fail"), ("T-41", "pass"), ("T-42", "pass"),
  ]

  @Test(arguments: statuses)
  func `each test ends as the story says`(test: String, status: String) async throws {
    let quarter = try await SampleQuarter.shared.value
    let results = readCSV(try #require(quarter.package["metrics/results.csv"]))
    #expect(results.first { $0["test"] == test }?["status"] == status)
  }

  @Test func `no page has a table wider than six columns or a line of prose over 200 characters`() async throws {
    let quarter = try await SampleQuarter.shared.value
    for (path, bytes) in quarter.package where path.hasSuffix(".md") {
      var isFenced = false
      for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
        if line.hasPrefix("```") { isFenced.toggle() }
        guard !isFenced else { continue }
        if line.hasPrefix("|") {
          let bars = line.replacing("\\|", with: "").count { $0 == "|" }
          #expect(bars <= 7, "\(path): \(line.prefix(120))")
        } else if !line.hasPrefix("#") {
          #expect(line.count <= 200, "\(path): \(line.prefix(120))")
        }
      }
    }
  }

  @Test(arguments: [
    ("fates", ["blocked: escapes 1, destroys 6", "discloses 1,511"]), ("decisions", ["2026-W29: "]),
    ("rules", ["human-writes-reviewed: "]), ("coverage", ["dbgate gw-1: accounted for 2,207, not accounted for 1"]),
  ]) func `each chart says its numbers in words`(name: String, words: [String]) async throws {
    let quarter = try await SampleQuarter.shared.value
    let chart = String(decoding: try #require(quarter.package["charts/\(name).svg"]), as: UTF8.self)
    for word in words { #expect(chart.contains(word), "\(word) in \(name).svg") }
    let summary = String(decoding: try #require(quarter.package["summary.md"]), as: UTF8.self)
    #expect(summary.contains("(charts/\(name).svg)"))
  }

  @Test func `what a run reads, grades and reports adds up`() async throws {
    let quarter = try await SampleQuarter.shared.value
    let document = try quarter.finished.json
    let totals = document.ingest.totals
    #expect(totals.archives.int == 29)
    #expect(totals.statements.int == 21_914)
    for archive in document.ingest.archives.array + [totals] {
      let parts = [archive.accepted, archive.rejected, archive.blank].compactMap(\.int)
      #expect(parts.count == 3 && parts.reduce(0, +) == archive.entries.int, "\(archive.path.string ?? "totals")")
    }
    let replay = document.replay
    #expect(replay.statements.int == 21_914)
    #expect(replay.verdicts.object.values.compactMap(\.int).reduce(0, +) == replay.statements.int)
    #expect(replay.inconclusive.object.values.compactMap(\.int).reduce(0, +) == replay.verdicts.inconclusive.int)
    #expect(quarter.verdicts.count == replay.statements.int)
    for (name, count) in replay.verdicts.object {
      #expect(quarter.verdicts.values.count { $0.verdict == name } == count.int, "\(name)")
    }
    let allows = replay.false_allow
    #expect((allows.evaluated.int ?? 0) + (allows.evaluation_unknown.int ?? 0) == replay.verdicts.false_allow.int)
    #expect(allows.evaluation_unknown.int == 1)
    #expect((replay.findings.approved_harm.int, replay.findings.accumulated_harm.int) == (1, 1))
  }

  @Test func `the summary counts what the verdicts say`() async throws {
    let quarter = try await SampleQuarter.shared.value
    let rows = readCSV(try #require(quarter.package["replay/verdicts.csv"]))
    #expect(rows.count >= 13)
    for row in rows {
      let name = try #require(row["verdict"])
      #expect(row["statements"] == String(quarter.verdicts.values.count { $0.verdict == name }), "\(name)")
    }
    let summary = String(decoding: try #require(quarter.package["summary.md"]), as: UTF8.self)
    let places = ["Meridian Clinic", "not an opinion", "relied on", "exceptions"].map {
      summary.range(of: $0)?.lowerBound
    }
    #expect(places.allSatisfy { $0 != nil })
  }

  @Test func `replay and evidence count the same row counts as reproduced`() async throws {
    let quarter = try await SampleQuarter.shared.value
    let fidelity = try quarter.finished.json.replay.fidelity
    let shadows = readCSV(try #require(quarter.package["replay/shadows.csv"]))
    #expect(shadows.compactMap { $0["comparable"].flatMap(Int.init) }.reduce(0, +) == fidelity.compared.int)
    #expect(shadows.compactMap { $0["reproduced"].flatMap(Int.init) }.reduce(0, +) == fidelity.matching.int)
  }

  @Test func `the ledger of the run is whole`() async throws {
    let quarter = try await SampleQuarter.shared.value
    let checked = try assay("ledger", "fsck", "--json", "--ledger", "samples/.assay/ledger.db", in: quarter.folder)
    #expect(checked.status == 0, "\(checked)")
    #expect(try checked.json.whole.bool == true)
  }
}
