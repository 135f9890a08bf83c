import Foundation
import Testing

/// The figures of the sample quarter, counted again by others.
@Suite struct RecountedFigureTests {
  /// What a script of `docs/` prints.
  private func printed(_ script: String, _ arguments: [String], in folder: Folder) throws -> Finished {
    try run(
      URL(filePath: "/usr/bin/env"), ["python3", repository.appending(path: "docs/\(script)").path] + arguments,
      in: folder)
  }

  /// What `docs/figures.py` makes of a population.
  private func recounted(_ population: [UInt8]) throws -> JSON {
    let folder = try Folder()
    try Data(population).write(to: URL(fileURLWithPath: folder("T-19.csv")))
    let finished = try printed("figures.py", ["T-19.csv"], in: folder)
    try #require(finished.status == 0, "\(finished)")
    return try finished.json
  }

  @Test func `each page of a test says all that another program needs to draw its population again`() async throws {
    let quarter = try await SampleQuarter.shared.value
    let finished = try printed(
      "populations.py", ["reports/2026-Q3", "samples/.assay/ledger.db", "samples"], in: quarter.folder)
    #expect(finished.status == 0, "\(finished)")
    let others = finished.output.split(separator: "\n").filter { $0.hasSuffix("not by a query alone") }
    #expect(others.map { $0.prefix(4) } == ["T-20", "T-29", "T-42"])
  }

  @Test func `no file of the package has two columns of one name`() async throws {
    let files = try await SampleQuarter.shared.value.package.filter { $0.key.hasSuffix(".csv") }
    #expect(files.count > 50)
    for (name, bytes) in files {
      let header = String(decoding: bytes.prefix { $0 != 0x0D }, as: UTF8.self).split(separator: ",")
      #expect(Set(header).count == header.count, "\(name)")
    }
  }

  @Test func `each figure follows from the rows of T-19 alone`() async throws {
    let quarter = try await SampleQuarter.shared.value
    let counted = try recounted(try #require(quarter.package["populations/T-19.csv"]))
    let replay = try quarter.finished.json.replay
    let metrics = readCSV(try #require(quarter.package["metrics/metrics.csv"])).filter { $0["subject"] == "replay" }
    func inPackage(_ name: String) -> [Int?] {
      let row = metrics.first { $0["metric"] == name }
      return [row?["numerator"].flatMap(Int.init), row?["denominator"].flatMap(Int.init)]
    }
    for (population, suffix) in [("metrics", ""), ("metrics_all", "_all")] {
      let (own, said) = (counted[population], replay[population])
      for (name, part) in [
        ("recall", said.recall), ("prevented", said.prevented), ("disclosure_caught", said.disclosure.caught),
        ("disclosure_prevented", said.disclosure.prevented),
      ] {
        #expect([part.count.int, part.total.int] == own[name].array.map(\.int), "\(population) \(name)")
        #expect(inPackage(name + suffix) == own[name].array.map(\.int), "\(population) \(name)")
      }
      for name in ["precision", "specificity", "coverage"] {
        #expect([said[name].count.int, said[name].total.int] == own[name].array.map(\.int), "\(population) \(name)")
      }
      for name in ["harmful", "within_limits", "harmless"] {
        #expect(said.held_back[name].int == own.held_back[name].int, "\(population) \(name)")
      }
      #expect(said.recall.low == .null, "a full population has no sampling error")
    }
    #expect(inPackage("precision") == counted.metrics.precision.array.map(\.int))
    #expect(inPackage("coverage") == counted.metrics_all.coverage.array.map(\.int))
    // Fates add up, kind by kind; what is observed is in no row of T-19.
    let table = readCSV(try #require(quarter.package["replay/fates.csv"]))
    for (kind, fates) in replay.fates.object {
      for (fate, count) in fates.object {
        if fate != "observed" { #expect(count.int == counted.fates[kind][fate].int ?? 0, "\(kind) \(fate)") }
        #expect(table.first { $0["fate"] == fate }?[kind] == count.int.map(String.init), "\(kind) \(fate)")
      }
    }
  }

  @Test func `the sample's harm is what an assessor counted of it`() async throws {
    let quarter = try await SampleQuarter.shared.value
    let replay = try quarter.finished.json.replay
    func actions(_ fate: String) -> Int {
      ["escapes", "escalates", "destroys"].compactMap { replay.fates[$0][fate].int }.reduce(0, +)
    }
    let counted = ["blocked", "held", "approved", "let_through", "let_through_unevaluated", "unapproved"].map(actions)
    #expect(counted == [7, 2, 1, 2, 1, 0])
    func share(_ share: JSON) -> [Int?] { [share.count.int, share.total.int] }
    #expect(share(replay.metrics.recall) == [10, 12] && share(replay.metrics.prevented) == [9, 12])
    #expect(share(replay.metrics_all.recall) == [10, 13] && share(replay.metrics_all.prevented) == [9, 13])
    #expect(replay.fates.discloses.masked.int == 1511)
    #expect(share(replay.metrics_all.disclosure.caught) == [1511, 1515])
    #expect(share(replay.metrics_all.mask_recall) == [1511, 1511], "the leaks had no mask at all")
    #expect(replay.verdicts.debatable_review.int == 139)
  }

  @Test func `higher thresholds leave fewer harmful units on both sides`() async throws {
    let quarter = try await SampleQuarter.shared.value
    let printed = try assay(
      "replay", "--thresholds", "--json", "--ledger", "samples/.assay/ledger.db", in: quarter.folder)
    let rows = try printed.json.thresholds.array.filter { $0.rows.int != nil }
    let harmful = rows.map { row in
      ["confirmed_block", "confirmed_review", "false_allow"].compactMap { row.verdicts[$0].int }.reduce(0, +)
    }
    #expect(harmful == harmful.sorted(by: >))
    #expect((harmful.last ?? 0) < 20)
  }

  @Test func `what a rolled back statement did says so where its number stands`() async throws {
    let quarter = try await SampleQuarter.shared.value
    let rows = readCSV(try #require(quarter.package["populations/T-19.csv"]))
    let undone = try #require(rows.first { $0["session"] == "gw1-nightly-jobs-0813" && $0["sequence"] == "2" })
    #expect(undone["rows_destroyed"] == "14700")
    #expect(undone["kept"] == "false" && undone["harmful"] == "false")
  }
}
