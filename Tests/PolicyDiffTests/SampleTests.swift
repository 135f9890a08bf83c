import AssayCommand
import AuditTrail
import FoundationEssentials
import Ledger
import Policies
import PolicyDiff
import Testing

/// The diff on weeks of the sample quarter that hold a planted miss and a planted false positive, through the command.
@Suite struct SampleTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path
  private static var samples: String { root + "/samples" }
  private static var newPolicy: String { samples + "/policies/production-guardrails-2026.3.yaml" }
  /// hoop lets `DELETE FROM visits WHERE 1=1` through, and blocks `SELECT 'drop table x'`.
  private static let miss = "f233365e-18d3-f299-bb85-2eecb55976aa/2"
  private static let falsePositive = "105a415b-32ed-b70e-b48a-8968b1db62ec/1"

  private static func replayed(in folder: String) -> String {
    let ledger = folder + "/l.db"
    let common = ["--ledger", ledger, "--config", samples + "/assay.yaml", "--quiet"]
    let archives = [
      "hoop/sessions-2026-W28.json.gz", "hoop/sessions-2026-W30.json.gz", "native/gw-1-2026-W30.jsonl.zst",
    ]
    #expect(AssayCommand.run(["ingest"] + archives.map { samples + "/archives/" + $0 } + common) == 0)
    #expect(AssayCommand.run(["replay"] + common) == 0)
    return ledger
  }

  private static func hoop() throws -> PolicySource {
    func file(_ name: String) throws -> HoopFiles.File {
      let path = samples + "/policies/hoop/" + name
      return HoopFiles.File(path: path, bytes: [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))))
    }
    let files = HoopFiles(
      guardrails: try file("guardrails.json"), connections: try file("connections.json"),
      attributes: try file("attributes.json"))
    return .policies(PolicySet(always: .hoop(try HoopPolicy(files))))
  }

  private static func yaml(_ text: String) throws -> PolicySource {
    .policies(PolicySet(always: .rules(CompiledPolicy(try Policy(yaml: text, path: "p.yaml")))))
  }

  @Test func `the policy fixes hoop's planted miss and false positive, and a removed rule trips the gate`() throws {
    let folder = try TemporaryFolder()
    let path = Self.replayed(in: folder.path)
    let text = try String(contentsOf: URL(fileURLWithPath: Self.newPolicy), encoding: .utf8)
    let ledger = try Ledger(path: path, create: false)
    for old in [try Self.hoop(), .recorded] {
      let difference = try comparePolicies(ledger, old: old, new: Self.yaml(text))
      #expect(difference.unchanged + difference.changes.values.reduce(0, +) == difference.statements)
      #expect(difference.statements > 1_000)
      let missed = difference.groups.first { $0.examples.contains(Self.miss) }
      #expect(missed?.change == .newlyBlocked)
      #expect(missed?.severity == .fixedMiss)
      let blocked = difference.groups.first { $0.examples.contains(Self.falsePositive) }
      #expect(blocked?.change == .newlyAllowed)
      #expect(blocked?.severity == .fixedFriction)
      #expect(difference.figures.risk == 0)
    }

    let parts = text.split(separator: "  - id: ").filter { !$0.hasPrefix("unbounded-write") }
    let less = folder.path + "/less.yaml"
    try Data(parts.joined(separator: "  - id: ").utf8).write(to: URL(fileURLWithPath: less))
    let common = ["--ledger", path, "--config", Self.samples + "/assay.yaml", "--quiet"]
    let report = folder.path + "/diff.sarif"
    let gates = ["--fail-on", "risk", "--sarif", report, "--junit", folder.path + "/diff.xml"]
    #expect(AssayCommand.run(["diff", Self.newPolicy, less] + gates + common) == 1)
    #expect(try String(contentsOf: URL(fileURLWithPath: report), encoding: .utf8).contains("\"ruleId\": \"risk\""))
    #expect(AssayCommand.run(["diff", Self.newPolicy, Self.newPolicy, "--fail-on", "any"] + common) == 0)
    #expect(
      AssayCommand.run(["diff", Self.samples + "/policies/hoop", Self.newPolicy, "--fail-on", "risk"] + common) == 0)
    #expect(AssayCommand.run(["diff", "recorded", less, "--fail-on", "rsk"] + common) == 64)
    #expect(AssayCommand.run(["diff", "recorded", folder.path + "/none.yaml"] + common) == 66)
    // Guardrails without what they are bound to are refused, by name.
    #expect(
      AssayCommand.run(["diff", Self.samples + "/policies/hoop/guardrails.json", Self.newPolicy] + common) == 65)
  }
}
