import ArgumentParser
import AuditTrail
import Evidence
import Foundation
import JSONReader
import Ledger
import Policies
import Reporting

/// `assay report`: the evidence package.
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Write the evidence package of a period: Markdown, CSV, JSON and a workbook.",
    discussion: """
      The same ledger and configuration give the same bytes. Statements are shown without their literals. The package is \
      sealed by MANIFEST.json and SHA256SUMS; when and by whom it was made stands beside it, in PERIOD.run.json.

      Example: assay report --config assay.yaml --period 2026-Q3 --output reports
      """)

  @Option(help: "A framework to report; repeatable. `assay frameworks` lists them.")
  var framework: [String] = []

  @Option(help: "The period, such as 2026-Q3, 2026-07 or 2026.")
  var period: String?

  @Option(help: "The folder to write the package into.", completion: .directory)
  var output: String?

  @Flag(help: "Let every user of this machine read the package; without it, only you can.")
  var shared = false

  @Flag(help: "Report the ledger without comparing its rows with their digests; the package says so.")
  var noCheck = false

  @OptionGroup var common: CommonOptions

  func run() throws {
    let configuration = try common.requiredConfiguration()
    let ledger = try existingLedger(common.ledgerPath(configuration))
    try configuration.applyMappings(to: ledger)
    try configuration.trust().apply(to: ledger, configuration)
    var planning = EvidencePlanning(configuration: configuration, frameworks: framework)
    planning.period = try period.map(readPeriod)
    planning.checksLedger = !noCheck
    let report = try writeReport(ledger, planning, output ?? configuration.output ?? "reports", isShared: shared)
    common.console.document(reportJSON(report.model, report.summary))
    common.console.say(ReportText(report.model, report.summary).text)
  }
}

/// Evaluates the evidence and writes its package, with the note of its making beside it.
func writeReport(
  _ ledger: borrowing Ledger, _ planning: EvidencePlanning, _ output: String, isShared: Bool
) throws -> (model: EvidenceModel, summary: PackageSummary) {
  let policies = try planning.configuration.policies.map(loadPolicies)
  let plan = try planning.plan(ledger, policies)
  let model = try evaluate(ledger, plan)
  let templates = planning.configuration.templates.map { resolve("reports", in: $0) }
  let summary = try writePackage(
    model, to: output, templates: templates.flatMap { isDirectory($0) ? $0 : nil }, isShared: isShared)
  try writeFile(summary.path + ".run.json", runNote(summary), isShared: isShared)
  return (model, summary)
}

/// When, where and by whom a package was made: beside the package, since inside it would differ from run to run.
private func runNote(_ summary: PackageSummary) -> [UInt8] {
  var json = JSONWriter(indented: true)
  json.beginObject()
  json.key("made_at")
  json.string(Timestamp(seconds: Int64(Date().timeIntervalSince1970))?.description)
  json.key("made_by")
  json.string(ProcessInfo.processInfo.userName)
  json.key("made_on")
  json.string(ProcessInfo.processInfo.hostName)
  json.key("tool")
  json.string("assay \(AssayCommand.version)")
  json.key("libraries")
  json.strings(loadedLibraries().map(\.text))
  json.key("manifest_sha256")
  json.string(summary.manifestSHA256)
  json.endObject()
  return json.bytes
}

/// What a report came to, for people.
struct ReportText {
  private let model: EvidenceModel
  private let summary: PackageSummary

  init(_ model: EvidenceModel, _ summary: PackageSummary) {
    self.model = model
    self.summary = summary
  }

  /// Each test with its result, then where the package is.
  var text: String {
    var table = TextTable([
      ("test", .left), ("result", .left), ("items", .right), ("exceptions", .right), ("what it tests", .left),
    ])
    for test in model.tests {
      table.add([
        test.id.rawValue, test.status.rawValue, grouped(test.population.count), grouped(test.exceptions.count),
        test.title,
      ])
    }
    var gravest = TextTable([
      ("rating", .left), ("test", .left), ("day", .left), ("who, on what", .left), ("the gravest events", .left),
    ])
    for exception in model.gravest {
      let place = [exception.item.user, exception.item.connection].compactMap(\.self).joined(separator: ", ")
      gravest.add([
        exception.rating.rawValue, exception.test.rawValue, exception.firstSeen.map { "\($0.date)" } ?? "", place,
        exception.condition,
      ])
    }
    return table.text + (gravest.isEmpty ? "" : "\n\n" + gravest.text)
      + "\n\nEvidence of \(model.organization) for \(model.period.label): \(summary.path) "
      + "(\(counted(summary.files, "file")); manifest \(summary.manifestSHA256))"
  }
}
