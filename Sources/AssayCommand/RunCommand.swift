import ArgumentParser
import AuditTrail
import Evidence
import JSONReader
import Ledger
import PostgresShadows
import Replay
import Reporting
import SyntheticShadows

/// `assay run`: ingest, replay and report; the main job.
struct RunCommand: FileWriting {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Ingest, replay and report: from a quarter of archives to a sealed evidence package.",
    discussion: """
      Everything a run needs is in assay.yaml (`assay init` writes one). Running again reads and measures \
      only what is new and gives the same package byte for byte.

      Example: assay run --config assay.yaml
      """)

  @Option(help: "Write each statement's verdict and effect as a JSON line.", completion: .file())
  var verdicts: String?

  @Option(help: "A framework to report; repeatable. `assay frameworks` lists them.")
  var framework: [String] = []

  @Option(help: "The period, such as 2026-Q3, 2026-07 or 2026.")
  var period: String?

  @Option(help: "The folder to write the package into.", completion: .directory)
  var output: String?

  @Option(help: "Threads that measure; the results do not depend on it.")
  var workers: Int?

  @Flag(help: "Measure every session again, also those that were measured on the same shadow before.")
  var measureAgain = false

  @Flag(
    help:
      "End with status 65 when an entry was rejected, a seal or a signature is not as it should be, or harm was let through."
  )
  var strict = false

  @OptionGroup var options: PackageOptions
  @OptionGroup var common: CommonOptions

  func outputs() throws -> [Output?] {
    [Output(verdicts, .verdicts), Output(packageFolder(output, try common.configuration()), .package)]
  }
  var inputs: [String?] { [] }

  func run() throws {
    let configuration = try common.requiredConfiguration()
    let console = common.console
    guard !configuration.archives.isEmpty else {
      throw AssayError(
        .usage, "List archives to read under `archives:` in the configuration.", at: Place(configuration.path))
    }
    try Ledger.requireUnheld(common.ledgerPath(configuration))
    // What is wrong in policies, shadows and keys should show before a long read, not after.
    var preparation = try options.preparation(configuration)
    _ = try preparation.signingKey()
    var evidence = EvidencePlanning(configuration: configuration, frameworks: framework)
    evidence.period = try period.map(readPeriod)
    var planning = ReplayPlanning(console: common.console, workers: workers)
    planning.filter.period = evidence.period ?? configuration.period
    planning.measuresAgain = measureAgain
    let plan = try configuration.shadows.isEmpty ? nil : planning.plan(configuration)

    let paths = try configuration.archiveFiles()
    let ledger = try openLedger(common.ledgerPath(configuration), configuration)
    preparation.isLedgerBuilt = try ledger.archives().isEmpty
    let ingest = Ingest(
      paths: paths, format: nil, trust: try configuration.trust(), configuration: configuration, console: console)
    let read = try ingest.run(into: ledger)
    try configuration.applyMappings(to: ledger)
    console.say(heading("Read"))
    console.say(read.shortText)

    var replayed: ReplayReport?
    console.say(heading("Graded"))
    if let plan {
      let report = try measure(ledger, plan, console)
      if let verdicts { try writeVerdicts(ledger, plan.filter, to: verdicts) }
      console.say(ReplayText(report, plan).text)
      replayed = report
    } else {
      console.say("Nothing: the configuration names no shadow, so no decision is graded.")
    }

    let report = try writeReport(ledger, evidence, packageFolder(output, configuration), preparation)
    console.say(heading("Found"))
    console.say(ReportText(report.model, report.summary).text)
    if report.summary.isAsBefore {
      console.say(
        "Nothing is new: the package that was here is whole, and rests on the same evidence. It was left as it is.")
    }
    console.say(report.summary.ledgerSentence)
    console.say("Start with \(report.summary.path)/summary.md; check it any time: assay verify \(report.summary.path)")
    if let seals = report.model.seals { console.say(seals) }
    console.document(document(read, replayed, report))
    try read.conclude(console, strict: strict)
    let harmful = (replayed?.verdicts[.falseAllow] ?? 0) + (replayed?.verdicts[.maskLeak] ?? 0)
    if strict, harmful > 0 { throw CheckFailed(status: ExitStatus.badData) }
  }

  private func heading(_ text: String) -> String { "\n\(text)\n" + String(repeating: "═", count: text.count) }

  /// The documents of the three steps under their commands' names.
  private func document(
    _ read: IngestResult, _ replayed: ReplayReport?, _ report: (model: EvidenceModel, summary: PackageSummary)
  ) -> [UInt8] {
    var bytes = Array("{\"ingest\":".utf8) + read.json
    bytes += Array(",\"replay\":".utf8) + (replayed?.json ?? Array("null".utf8))
    bytes += Array(",\"report\":".utf8) + reportJSON(report.model, report.summary)
    if let first = read.failures.first {
      var json = JSONWriter()
      Console.write(first, to: &json)
      bytes += Array(",\"error\":".utf8) + json.bytes
    }
    return bytes + Array("}".utf8)
  }
}

extension IngestResult {
  /// A line a format, for a run over many archives.
  var shortText: String {
    var table = TextTable([
      ("format", .left), ("archives", .right), ("entries", .right), ("accepted", .right), ("rejected", .right),
      ("blank", .right), ("seals", .left),
    ])
    let groups = Dictionary(grouping: archives, by: \.summary.format)
    for (format, entries) in groups.sorted(by: { $0.key < $1.key }) {
      func sum(_ value: (ArchiveSummary) -> Int64) -> String { grouped(entries.reduce(0) { $0 + value($1.summary) }) }
      let seals = SealState.allCases.compactMap { state -> String? in
        let count = entries.filter { $0.summary.seal == state }.count
        return count == 0 ? nil : "\(grouped(count)) \(state.rawValue)"
      }
      table.add([
        format, grouped(entries.count), sum(\.entries), sum(\.accepted), sum(\.rejected), sum(\.blank),
        seals.joined(separator: ", "),
      ])
    }
    let known = archives.filter(\.alreadyIngested).count
    var lines = [table.text, ""]
    lines.append(
      "\(counted(sessions, "session")), \(counted(statements, "statement")), \(counted(approvals, "approval")) read"
        + (known > 0 ? "; \(counted(known, "archive")) in the ledger already" : "") + ".")
    return (lines + sentences).joined(separator: "\n")
  }
}
