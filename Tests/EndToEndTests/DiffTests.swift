import Foundation
import Testing

/// Diffs of the whole sample quarter, as a person asks for them.
@Suite struct DiffTests {
  /// hoop lets `DELETE FROM visits WHERE 1=1` through, and blocks `SELECT 'drop table x'`.
  private static let miss = "f233365e-18d3-f299-bb85-2eecb55976aa/2"
  private static let falsePositive = "105a415b-32ed-b70e-b48a-8968b1db62ec/1"
  private static let policy = "samples/policies/production-guardrails-2026.3.yaml"
  private static let common = ["--config", "samples/assay.yaml", "--json"]

  private func diff(_ arguments: [String], in folder: Folder, status: Int32 = 0) throws -> JSON {
    let finished = try assay(["diff"] + arguments + Self.common, in: folder)
    #expect(finished.status == status, "\(finished)")
    let document = try finished.json
    let changes = document.changes.object.values.compactMap(\.int).reduce(0, +)
    #expect(document.statements.int == (document.unchanged.int ?? 0) + changes)
    return document
  }

  private func group(_ statement: String, of document: JSON) -> JSON {
    document.groups.array.first { $0.examples.array.contains(.string(statement)) } ?? .null
  }

  @Test func `from hoop to the policy as it stands, the planted miss and the planted false positive are fixed`()
    async throws
  {
    let folder = try await SampleQuarter.shared.value.folder
    let document = try diff(["samples/policies/hoop", Self.policy, "--fail-on", "risk,leak"], in: folder)
    #expect(document.statements.int == 21_914)
    #expect(group(Self.miss, of: document).change.string == "newly_blocked")
    #expect(group(Self.miss, of: document).severity.string == "fixed_miss")
    #expect(group(Self.miss, of: document).new_rule.string == "unbounded-write")
    #expect(group(Self.falsePositive, of: document).change.string == "newly_allowed")
    #expect(group(Self.falsePositive, of: document).severity.string == "fixed_friction")
    #expect((document.risk.int, document.leak.int, document.risk_unknown.int) == (0, 0, 0))
  }

  @Test func `from hoop to the versions in force at the time, July stays as it was, for 2026_2 misses the same`()
    async throws
  {
    let folder = try await SampleQuarter.shared.value.folder
    let document = try diff(["samples/policies/hoop", "samples/policies"], in: folder)
    #expect(group(Self.miss, of: document) == .null)
    #expect(group(Self.falsePositive, of: document) == .null)
    #expect(document.fixed_miss.int ?? 0 > 0)
  }

  @Test(arguments: [
    ["--fail-on", "risk"], ["--fail-on", "any", "--json"], ["--fail-on", "leak", "--identity", "nobody"],
  ])
  func `a gate that nothing was judged by is not green`(arguments: [String]) throws {
    let folder = try Folder()
    try folder.write("empty.jsonl", Archive.header + "\n")
    let rule = "  - { id: r, when: { statement: { kind: drop } }, then: block }"
    try folder.write("p.yaml", "policy: p\nversion: \"1\"\nrules:\n\(rule)\nharm: { destroys: { rows: 1 } }\n")
    try #require(try assay("ingest", "empty.jsonl", "--ledger", "l.db", in: folder).status == 0)
    let diff = ["diff", "recorded", "p.yaml", "--ledger", "l.db"]
    let judged = try assay(diff + arguments, in: folder)
    #expect(judged.status == 66, "\(judged)")
    #expect((judged.output + judged.errors).contains("--fail-on judged nothing"), "\(judged)")
    #expect(try assay(diff, in: folder).status == 0)
  }

  @Test func `a policy with one rule removed trips the gate of risk, and says so in a comment`() async throws {
    let folder = try await SampleQuarter.shared.value.folder
    let parts = try folder.text(Self.policy).components(separatedBy: "  - id: ")
    try folder.write("less.yaml", parts.filter { !$0.hasPrefix("unbounded-write") }.joined(separator: "  - id: "))
    let document = try diff([Self.policy, "less.yaml", "--fail-on", "risk"], in: folder, status: 1)
    #expect(document.tripped.array == [.string("risk")])
    #expect(document.headline.string?.contains("rows on the shadow would newly be allowed") == true)
    let comment = try assay(
      ["diff", Self.policy, "less.yaml", "--markdown", "--today", "2026-10-02", "--config", "samples/assay.yaml"],
      in: folder)
    let lines = comment.output.split(separator: "\n")
    #expect(lines[0].contains("would newly be allowed"))
    #expect(
      lines[1]
        == "Traffic: 21,914 statements from 2026-07-01 to 2026-09-30, the latest 2 days old, 99.9 % with a verdict.")
  }

  @Test func `hoop's bindings come from the configuration, and one that leads nowhere is named`() async throws {
    let folder = try await SampleQuarter.shared.value.folder
    let configuration = try folder.text("samples/assay.yaml")
    let hoop = """
      policies:
        hoop:
          guardrails: policies/hoop/guardrails.json
          connections: policies/hoop/connections.json
          attributes: policies/hoop/attributes.json
      """
    let line = try #require(configuration.split(separator: "\n").first { $0.hasPrefix("policies:") })
    try folder.write("samples/hoop.yaml", configuration.replacingOccurrences(of: line, with: hoop))
    func diff(_ config: String) throws -> Finished {
      try assay(
        ["diff", "samples/policies/hoop/guardrails.json", Self.policy, "--config", config, "--json"], in: folder)
    }
    let bound = try diff("samples/hoop.yaml")
    #expect(bound.status == 0, "\(bound)")
    let same = try self.diff(["samples/policies/hoop", Self.policy], in: folder)
    #expect(try bound.json.changes == same.changes)
    let unbound = try diff("samples/assay.yaml")
    #expect(unbound.status == 65, "\(unbound)")
    #expect(unbound.output.contains("no-destructive-ddl"))
  }

  @Test func `a period that cuts through the quarter counts what is inside`() async throws {
    let folder = try await SampleQuarter.shared.value.folder
    let months = try ["2026-07", "2026-08", "2026-09"].map {
      try diff(["recorded", Self.policy, "--period", $0], in: folder)
    }
    let whole = try diff(["recorded", Self.policy], in: folder)
    for key in ["statements", "unchanged", "fixed_miss", "friction"] {
      #expect(months.compactMap { $0[key].int }.reduce(0, +) == whole[key].int, "\(key)")
    }
  }

  // MARK: The ledger that is cut down

  /// The sample's ledger, cut down without its literals.
  private func cutDown(_ folder: Folder, _ name: String) throws -> String {
    let cut = try assay(
      ["ledger", "slim", "--redact", "--output", name, "--config", "samples/assay.yaml", "--json"], in: folder)
    #expect(cut.status == 0, "\(cut)")
    #expect(try cut.json.statements.int == 21_914)
    return name
  }

  @Test func `no literal, parameter or e-mail address of the sample is in the traffic for a pipeline`() async throws {
    let quarter = try await SampleQuarter.shared.value
    let name = try cutDown(quarter.folder, "redacted.db")
    let bytes = Data(try quarter.folder.bytes(name))
    let shown = LowerCased(String(decoding: bytes, as: UTF8.self))
    #expect(!shown.holds("@meridian") && !shown.holds("@example"))
    let secrets = try Secrets(ledger: quarter.folder("samples/.assay/ledger.db"))
    #expect(secrets.literals.count > 100 && secrets.addresses.count > 5 && secrets.parameters.count > 100)
    #expect((secrets.literals.union(secrets.addresses).union(secrets.parameters)).filter { shown.holds($0) } == [])
  }

  @Test func `the traffic for a pipeline gives the whole ledger's diff, but for what was taken`() async throws {
    let folder = try await SampleQuarter.shared.value.folder
    let name = try cutDown(folder, "traffic.db")
    for sides in [["recorded", Self.policy], ["recorded", "samples/policies"], ["samples/policies", Self.policy]] {
      let whole = try diff(sides, in: folder)
      let cut = try diff(sides + ["--ledger", name], in: folder)
      #expect(cut.statements == whole.statements)
      #expect(cut.traffic.with_verdict == whole.traffic.with_verdict)
      // What the text rule of 2026.2 and the rule for one user may have decided is `maybe` now, no more than that.
      let moved = cut.changes.maybe.int ?? 0
      for (change, count) in whole.changes.object where change != "maybe" {
        let now = cut.changes[change].int ?? 0
        #expect(now <= count.int ?? 0 && (count.int ?? 0) - now <= moved, "\(sides) \(change)")
      }
    }
    let (whole, cut) = (
      try diff(["recorded", Self.policy], in: folder),
      try diff(["recorded", Self.policy, "--ledger", name], in: folder)
    )
    #expect(group(Self.miss, of: cut).severity.string == "fixed_miss")
    #expect(whole.fixed_miss == cut.fixed_miss)
    #expect(whole.friction.int ?? 0 >= cut.friction.int ?? 0)
  }
}
