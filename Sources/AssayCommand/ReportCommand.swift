import ArgumentParser
import AuditTrail
import Evidence
import Ledger
import Reporting

/// `assay report`: the evidence package.
struct ReportCommand: FileWriting {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Write the evidence package of a period: Markdown, CSV, JSON and a workbook.",
    discussion: """
      The same ledger and configuration give the same bytes. Statements are shown without their literals. The package is \
      sealed by MANIFEST.json and SHA256SUMS; when and by whom it was made is said next to it, in PERIOD.run.json. With --sign \
      the signatures are next to it too, and the package's bytes stay the same. A package that was signed or signed off is \
      left alone where another would take its place.

      Example: assay report --config assay.yaml --period 2026-Q3 --output reports
      """)

  @Option(help: "A framework to report; repeatable. `assay frameworks` lists them.")
  var framework: [String] = []

  @Option(help: "The period, such as 2026-Q3, 2026-07 or 2026.")
  var period: String?

  @Option(help: "The folder to write the package into.", completion: .directory)
  var output: String?

  @OptionGroup var options: PackageOptions

  @Flag(help: "Report the ledger without comparing its rows with their digests; the package says so.")
  var noCheck = false

  @OptionGroup var common: CommonOptions

  var inputs: [String?] { [] }
  func outputs() throws -> [Output?] { [Output(packageFolder(output, try common.configuration()), .package)] }

  func run() throws {
    let configuration = try common.requiredConfiguration()
    let preparation = try options.preparation(configuration)
    let ledger = try existingLedger(common.ledgerPath(configuration))
    try configuration.applyMappings(to: ledger)
    try configuration.trust().apply(to: ledger, configuration)
    var planning = EvidencePlanning(configuration: configuration, frameworks: framework)
    planning.period = try period.map(readPeriod)
    planning.checksLedger = !noCheck
    let report = try writeReport(ledger, planning, packageFolder(output, configuration), preparation)
    common.console.document(reportJSON(report.model, report.summary))
    common.console.say(ReportText(report.model, report.summary).text)
    for file in report.model.facts.unread ?? [] where file.isNotIngested {
      common.console.say("Not in this report: \(file.path). \(file.message)")
    }
  }
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
      + (summary.signedBy.map { "\nSigned with key \($0), beside the package." } ?? "")
  }
}
