import Foundation
import Testing

/// The figures of the sample quarter, counted again by others.
@Suite struct RecountedFigureTests {
  /// What `docs/figures.py` makes of a population.
  private func recounted(_ population: [UInt8]) throws -> JSON {
    let folder = try Folder()
    let file = URL(fileURLWithPath: folder("T-19.csv"))
    try Data(population).write(to: file)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", repository.appending(path: "docs/figures.py").path, file.path]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let bytes = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
    return try JSON(String(decoding: bytes, as: UTF8.self))
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
