import Foundation
import Testing

/// What `--json` prints is a contract: keys may come, none may go or change its name.
@Suite struct ContractTests {
  /// The list that people who write scripts read.
  private static let contract = try? JSON(
    String(contentsOf: repository.appending(path: "docs/json-keys.json"), encoding: .utf8))

  private func holds(_ name: String, _ document: JSON) throws {
    let objects = try #require(Self.contract).documents[name].object
    #expect(!objects.isEmpty, "docs/json-keys.json says nothing of \(name)")
    for (path, keys) in objects.sorted(by: { $0.key < $1.key }) {
      for object in document.objects(at: path) {
        let missing = keys.array.compactMap(\.string).filter { object.object[$0] == nil }
        #expect(missing.isEmpty, "\(name) \(path): \(missing)")
      }
    }
  }

  @Test func `run prints the documents of its three steps`() async throws {
    let quarter = try await SampleQuarter.shared.value
    let document = try quarter.finished.json
    for name in ["ingest", "replay", "report"] { try holds(name, document[name]) }
    #expect(document.report.package.string?.hasSuffix("reports/2026-Q3") == true)
    #expect(document.report.period.string == "2026-Q3")
    #expect(
      document.report.frameworks.array.compactMap(\.string).sorted() == [
        "fedramp-rev5-moderate", "iso27001-2022", "soc2-2017",
      ])
    let pages = try quarter.folder.files("reports/2026-Q3/tests")
    #expect(document.report.tests.array.compactMap(\.id.string).map { "\($0).md" }.sorted() == pages.sorted())
  }

  @Test func `ingest, replay and report print the same keys by themselves`() throws {
    let folder = try Folder()
    try folder.write("one.jsonl", Archive.text(statements: 3))
    try folder.write("shadow.sql", "CREATE TABLE t (a INTEGER);\n")
    try folder.write(
      "assay.yaml",
      """
      organization: Small
      period: 2026-Q3
      archives: [one.jsonl]
      shadows: [{ connection: clinic, source: "sqlite:shadow.sql", basis: synthetic, as_of: 2026-07-01T00:00:00Z }]
      ledger: l.db
      """)
    for command in ["ingest", "replay", "report"] {
      let finished = try assay(command, "--config", "assay.yaml", "--json", in: folder)
      #expect(finished.status == 0, "\(finished)")
      try holds(command, try finished.json)
    }
  }

  @Test func `status prints what there is`() throws {
    let finished = try assay("status", "--json", in: try LedgerTests.folder())
    #expect(finished.status == 0, "\(finished)")
    try holds("status", try finished.json)
  }

  @Test func `reconcile prints what each side alone knows`() throws {
    let finished = try assay("reconcile", "--json", in: try ReconcileTests.folder())
    #expect(finished.status == 0, "\(finished)")
    try holds("reconcile", try finished.json)
    #expect(try !finished.json.bypasses.array.isEmpty && !finished.json.unlogged.array.isEmpty)
  }

  @Test func `report with a comparison prints what changed`() throws {
    let folder = try SmallQuarter.folder()
    try SmallQuarter.run(in: folder)
    try folder.copy("quarter/reports/2026-07", to: "before")
    let finished = try assay("report", "--config", "quarter/assay.yaml", "--compare", "before", "--json", in: folder)
    #expect(finished.status == 0, "\(finished)")
    try holds("report", try finished.json)
    try holds("report --compare", try finished.json)
  }

  @Test func `each line of the verdicts has every key`() async throws {
    let quarter = try await SampleQuarter.shared.value
    let lines = try quarter.folder.text("verdicts.jsonl").split(separator: "\n")
    for line in lines.enumerated() where line.offset % 500 == 0 {
      try holds("verdict line", try JSON(String(line.element)))
    }
  }

  @Test(arguments: [
    ("verify", ["verify", "samples/tampered/gw-1-2026-W30.jsonl.gz"], 1),
    ("verify", ["verify", "samples/archives/native/gw-1-2026-W27.jsonl.gz"], 0),
    ("sample", ["sample", "T-14", "--package", "reports/2026-Q3", "--size", "5", "--seed", "s"], 0),
    (
      "sample --from-archives",
      [
        "sample", "--from-archives", "--package", "reports/2026-Q3", "--size", "5", "--seed", "s", "--config",
        "samples/assay.yaml",
      ], 0
    ),
    (
      "report --disclosure",
      [
        "report", "--disclosure", "report-bot@example.org", "--config", "samples/assay.yaml", "--output", "disclosed",
      ], 0
    ),
    ("explain", ["explain", "gw1-report-bot-0708/2", "--config", "samples/assay.yaml"], 0),
    (
      "export",
      [
        "export", "--schema", "ecs", "--kind", "finding", "--to", "file:exported.jsonl", "--config",
        "samples/assay.yaml",
      ], 0
    ),
    ("ledger fsck", ["ledger", "fsck", "--config", "samples/assay.yaml"], 0),
    ("ledger slim", ["ledger", "slim", "--redact", "--output", "t.db", "--config", "samples/assay.yaml"], 0),
    (
      "diff",
      [
        "diff", "samples/policies/hoop", "samples/policies/production-guardrails-2026.3.yaml", "--config",
        "samples/assay.yaml",
      ], 0
    ),
    ("find", ["find", "--harmful", "--config", "samples/assay.yaml"], 0),
    ("incident", ["incident", "gw1-report-bot-0708", "--config", "samples/assay.yaml"], 0),
    (
      "replay --as-if",
      [
        "replay", "--as-if", "samples/policies/production-guardrails-2026.3.yaml", "--config", "samples/assay.yaml",
      ], 0
    ),
    (
      "shadow create",
      ["shadow", "create", "--schema", "sqlite:samples/shadow/clinic-empty.sql", "--output", "made.sql"], 0
    ),
    ("shadow check", ["shadow", "check", "sqlite:samples/shadow/clinic.sql"], 0),
    ("shadow classify", ["shadow", "classify", "sqlite:samples/shadow/clinic.sql"], 0),
    ("policy check", ["policy", "check", "samples/policies"], 0),
    ("policy suggest", ["policy", "suggest", "--config", "samples/assay.yaml"], 0), ("formats", ["formats"], 0),
    ("frameworks", ["frameworks"], 0), ("error", ["frameworks", "--bogus"], 64), ("error", ["nonsense"], 64),
    ("error", ["ingest", "nowhere.jsonl", "--ledger", "new.db"], 66),
    ("error", ["report", "--config", "nowhere.yaml"], 66),
    ("error", ["explain", "gw1-report-bot-0708/99", "--config", "samples/assay.yaml"], 66),
    ("error", ["shadow", "check", "sqlite:samples/.assay/ledger.db"], 77),
  ])
  func `each command's document has its keys`(name: String, arguments: [String], status: Int32) async throws {
    let quarter = try await SampleQuarter.shared.value
    let finished = try assay(arguments + ["--json"], in: quarter.folder)
    #expect(finished.status == status, "\(finished)")
    try holds(name, try finished.json)
  }

  @Test func `an archive that cannot be read is an error in the document of what could`() throws {
    let folder = try Folder()
    try folder.write("good.jsonl", Archive.text(statements: 3))
    try folder.write("bad.txt", "no archive\n")
    let finished = try assay("ingest", "good.jsonl", "bad.txt", "--ledger", "l.db", "--json", in: folder)
    #expect(finished.status == 65, "\(finished)")
    let document = try finished.json
    try holds("error", document)
    try holds("ingest", document)
    #expect(document.error.path.string == "bad.txt")
    #expect(document.error.code.string == "unknown_format")
    #expect(document.totals.statements.int == 3)
  }
}
