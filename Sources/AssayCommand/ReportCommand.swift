import ArgumentParser
import AuditTrail
import Evidence
import Incidents
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

      With --compare, what changed since an earlier package is written next to the new one, as PERIOD.compare.md and \
      PERIOD.compare.csv: tests, controls, and which kinds of exceptions are new, recur or are gone. The package's bytes do not \
      depend on it.

      With --disclosure, whose data an identity or a session saw is written to a page beside the package, or to --output where \
      that names a Markdown file: by column the values at most, when, by whom, through which statements. Counts, never values.

      Example: assay report --config assay.yaml --period 2026-Q3 --output reports
      Example: assay report --config assay.yaml --period 2026-Q3 --compare reports/2026-Q2
      Example: assay report --config assay.yaml --disclosure report-bot@example.org
      """)

  @Option(help: "A framework to report; repeatable. `assay frameworks` lists them.")
  var framework: [String] = []

  @Option(help: "The period, such as 2026-Q3, 2026-07 or 2026.")
  var period: String?

  @Option(help: "The folder to write the package into.", completion: .directory)
  var output: String?

  @Option(
    help: "The folder of an earlier package: what changed since then is written next to this one.",
    completion: .directory)
  var compare: String?

  @Option(help: "Write no package: say whose data this identity, or this session, saw, and what is not known of it.")
  var disclosure: String?

  @OptionGroup var options: PackageOptions

  @Flag(help: "Report the ledger without comparing its rows with their digests; the package says so.")
  var noCheck = false

  @OptionGroup var common: CommonOptions

  var inputs: [String?] { [compare] }
  func outputs() throws -> [Output?] {
    let configuration = try common.configuration()
    if let disclosure { return [Output(try disclosurePath(disclosure, configuration), .disclosure)] }
    let folder = packageFolder(output, configuration)
    guard compare != nil else { return [Output(folder, .package)] }
    let label = try (period.map(readPeriod) ?? configuration?.period)?.label
    return [Output(folder, .package)] + comparisonFiles("\(folder)/\(label ?? "")").map { Output($0, .comparison) }
  }

  func validate() throws {
    if disclosure != nil, compare != nil || options.sign != nil || !framework.isEmpty {
      throw ValidationError("--disclosure writes no package: leave out --compare, --sign and --framework.")
    }
  }

  func run() throws {
    if let disclosure {
      return try write(disclosed(disclosure), to: disclosurePath(disclosure, common.configuration()))
    }
    let configuration = try common.requiredConfiguration()
    // Read first: the new package may come to its place.
    let previous = try compare.map { (path) throws(AssayError) in try StatedPackage.checked(path) }
    let preparation = try options.preparation(configuration)
    let ledger = try existingLedger(common.ledgerPath(configuration))
    try configuration.applyMappings(to: ledger)
    try configuration.trust().apply(to: ledger, configuration)
    var planning = EvidencePlanning(configuration: configuration, frameworks: framework)
    planning.period = try period.map(readPeriod)
    planning.checksLedger = !noCheck
    let report = try writeReport(ledger, planning, packageFolder(output, configuration), preparation)
    let comparison = try previous.map { try written($0, report.summary) }
    common.console.document(reportJSON(report.model, report.summary, comparison: comparison))
    common.console.say(ReportText(report.model, report.summary).text)
    if let comparison { common.console.say("\n" + ComparisonText(comparison.0, comparison.files).text) }
    for file in report.model.facts.unread ?? [] where file.isNotIngested {
      common.console.say("Not in this report: \(file.path). \(file.message)")
    }
  }
}

extension ReportCommand {
  /// Writes the page of a disclosure.
  private func write(_ report: DisclosureReport, to path: String) throws {
    try writeFile(path, disclosurePage(report), isShared: options.shared)
    common.console.document(report.json([path]))
    common.console.say(DisclosureText(report).text + "\n\nDisclosure: \(path)")
  }

  /// Compares the package that was written with an earlier one, and writes that next to it.
  private func written(
    _ previous: StatedPackage, _ summary: PackageSummary
  ) throws -> (PackageComparison, files: [String]) {
    let comparison = PackageComparison(then: previous, now: try StatedPackage.checked(summary.path))
    let files = comparisonFiles(summary.path)
    for (path, bytes) in zip(files, [comparison.markdown, comparison.csv]) {
      try writeFile(path, bytes, isShared: options.shared)
    }
    return (comparison, files)
  }

  /// Where the comparison of the package at a path is written: the page and the table.
  private func comparisonFiles(_ package: String) -> [String] { ["\(package).compare.md", "\(package).compare.csv"] }
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
