import Foundation
import Testing

/// The sample quarter on a shadow that has the schema and no rows: it must give no comfort.
@Suite struct EmptyShadowTests {
  /// The run; made once.
  private static let run = Task {
    let folder = try await SampleQuarter.shared.value.copyOfItsFolder()
    let configuration = try folder.text("samples/assay.yaml")
      .replacing("shadow/clinic.sql\", basis: synthetic", with: "shadow/clinic-empty.sql\", basis: schema_only")
      .replacing("shadow/staging.sql\", basis: synthetic", with: "shadow/clinic-empty.sql\", basis: schema_only")
    try folder.write("samples/assay.yaml", configuration)
    let finished = try assay(
      "run", "--config", "samples/assay.yaml", "--verdicts", "verdicts.jsonl", "--output", "out", "--json", in: folder)
    try #require(finished.status == 0, "\(finished)")
    return (finished: finished, verdicts: try Verdict.read(folder, "verdicts.jsonl"))
  }

  @Test func `no statement whose effect depends on rows is graded`() async throws {
    let empty = try await Self.run.value
    let real = try await SampleQuarter.shared.value
    var rowDependent = 0
    for (id, verdict) in empty.verdicts {
      guard let effect = real.verdicts[id]?.effect else { continue }
      // On the shadow with rows it changed rows that were there, and not whatever the table holds.
      let changes = effect.tables.values.contains { $0.updated + $0.deleted > 0 }
      // A script is graded as one: what of it needs no rows may justify its block.
      guard changes, effect.dropped.isEmpty, verdict.reason != "script" else { continue }
      rowDependent += 1
      #expect(verdict.verdict == "inconclusive", "\(id)")
    }
    #expect(rowDependent > 1000)
  }

  @Test func `what is graded does not depend on rows, and nothing is said to be harmless that was harmful`()
    async throws
  {
    let empty = try await Self.run.value
    let real = try await SampleQuarter.shared.value
    let harmful: Set = ["false_allow", "mask_leak", "confirmed_block"]
    let harmless: Set = ["confirmed_allow", "confirmed_mask", "false_block", "needless_review"]
    let comfort = empty.verdicts.filter {
      harmful.contains(real.verdicts[$0.key]?.verdict ?? "") && harmless.contains($0.value.verdict)
    }
    #expect(comfort.keys.sorted() == [])
    // Drops, escapes and sensitive columns need no rows; a write without a predicate does unless production's count is given.
    for id in ["f233365e-18d3-f299-bb85-2eecb55976aa/2", "gw1-nightly-jobs-0720/1"] {
      #expect(empty.verdicts[id]?.reason == "no_rows", "\(id)")
    }
    #expect(empty.verdicts["gw1-tuning-bot-0715/2"]?.verdict == "false_allow")
    #expect(empty.verdicts["gw1-report-bot-0708/2"]?.verdict == "mask_leak")
    for id in ["gw1-report-bot-0810/1", "gw1-care-bot-0805/1"] {
      #expect(empty.verdicts[id]?.verdict == "confirmed_block", "\(id)")
    }
  }

  @Test func `T-19 is inconclusive, and what was measured all the same is noted`() async throws {
    let empty = try await Self.run.value
    let document = try empty.finished.json
    let test = document.report.tests.array.first { $0.id.string == "T-19" }
    #expect(test?.status.string == "inconclusive")
    #expect((test?.exceptions.int ?? 0) >= 1)
    #expect((document.replay.inconclusive.no_rows.int ?? 0) > 1000)
    #expect(document.replay.verdicts.object.values.compactMap(\.int).reduce(0, +) == document.replay.statements.int)
  }
}
