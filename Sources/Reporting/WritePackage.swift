public import AuditTrail
import EmbeddedFiles
public import Evidence
import JSONReader

/// A package that was written.
public struct PackageSummary: Sendable, Hashable {
  /// Where it stands: the output directory and the period's label.
  public let path: String
  /// Its files, the manifest and the checksums among them.
  public let files: Int
  /// The SHA-256 of its manifest, in hex: what people sign.
  public let manifestSHA256: String
  /// The package that was in its place, if it had another manifest.
  package var replaced: ReplacedPackage?
  /// The id of the key that signed it now; `nil` where none did.
  package var signedBy: String?
  /// Whether it stood there before, as it would be made now.
  package var isAsBefore = false
  /// Whether the run that made it also built its ledger from the archives.
  package var isLedgerBuilt = false

  /// Where the ledger comes from, in a sentence.
  package var ledgerSentence: String {
    isLedgerBuilt
      ? "This run built the ledger from the archives."
      : "The ledger was there before: this run did not hold it against the archives. `assay verify --reperform` builds it again."
  }

  /// A package at `path`.
  public init(path: String, files: Int, manifestSHA256: String) {
    self.path = path
    self.files = files
    self.manifestSHA256 = manifestSHA256
  }
}

/// Writes the evidence package of `model` to `output/<period>`: Markdown, CSV, JSON and a workbook with the same figures,
/// sealed by a manifest. The same model gives the same bytes.
///
/// It is written beside its place and moved there when it is whole. A package of the same period is replaced; anything
/// else that stands there is left alone (`not_a_package`, refused), and so is one that was signed or signed off, unless its
/// manifest is the same or it is to be replaced all the same (`signed_package`, refused). `templates` names a directory of Markdown shells that
/// override the built-in ones of the same name; a shell that does not use exactly the values it is given is
/// `invalid_file`. `known` is the SHA-256 of the manifest, in hex, of a package that this very program made at that place before:
/// where that one is whole and rests on the same evidence, it stays, for it would come out the same. Its files get the rights that the process gives, or, where it is shared, may be read by every user.
public func writePackage(
  _ model: EvidenceModel, to output: String, templates: String? = nil, isShared: Bool = false,
  replacesSigned: Bool = false, known: String? = nil
) throws(AssayError) -> PackageSummary {
  try writePackage(
    model, to: output, ReportShells(directory: templates), isShared: isShared, replacesSigned: replacesSigned,
    known: known
  ).summary
}

/// Writes the package of `model` in these shells; gives its files, too.
func writePackage(
  _ model: EvidenceModel, to output: String, _ shells: ReportShells, isShared: Bool = false,
  replacesSigned: Bool = false, known: String? = nil
) throws(AssayError) -> (summary: PackageSummary, files: [PackageFile]) {
  let name = fileName(model.period.label)
  var package = try PackageDirectory(name, in: output, isShared: isShared, replacesSigned: replacesSigned)
  do {
    let summary = try writeFiles(model, shells, name, known, &package)
    return (summary, package.files)
  } catch {
    package.abandon()
    throw error
  }
}

private func writeFiles(
  _ model: EvidenceModel, _ shells: ReportShells, _ name: String, _ known: String?, _ package: inout PackageDirectory
) throws(AssayError) -> PackageSummary {
  let evidence = model.evidenceFiles()
  try package.write(evidence.map(\.path)) { (number, sink) throws(AssayError) in try writeCSV(evidence[number], &sink) }
  guard let facts = FactsJSON.bytes(model.facts) else {
    throw AssayError(.internalFault, "What the report follows from cannot be written", at: Place(FactsJSON.path))
  }
  try package.write(FactsJSON.path, facts)
  let summary = Summary(model)
  let drawn = Dictionary(package.files.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
  try package.write(Manifest.evidencePath, EvidenceJSON(model: model, files: drawn).bytes)
  if !OSCALResults.frameworks(model).isEmpty {
    let results = OSCALResults(model, evidence: evidence, files: package.files)
    try package.write(OSCALResults.path, try results.bytes())
  }
  // Everything else follows from these.
  if let known, let files = try package.filesOfSame(known) {
    package.abandon()
    var kept = PackageSummary(path: package.target, files: files, manifestSHA256: known)
    kept.isAsBefore = true
    return kept
  }
  try package.write("summary.md", shells, .summary, SummaryPage(model: model, summary: summary).values)
  try package.write("README.md", shells, .readme, ReadmePage(model: model, directory: name).values)
  for framework in model.frameworks {
    try package.write(
      "report/\(fileName(framework.id)).md", shells, .framework,
      FrameworkPage(model: model, framework: framework).values)
  }
  for test in model.tests {
    try package.write(test.pagePath, shells, .test, TestPage(model: model, test: test).values)
  }
  try package.write(ValidationPage.path, Array(wrappedProse(ValidationPage(model: model).text).utf8))
  for chart in model.charts { try package.write(chart.path, Array(chart.svg.utf8)) }
  let notes = try Workpaper(model: model, summary: summary, files: evidence).write(
    to: "\(package.workPath)/\(Workpaper.path)")
  try package.adopt(Workpaper.path)
  try package.write("DATA-DICTIONARY.md", Array(wrappedProse(DictionaryPage(files: evidence, notes: notes).text).utf8))
  try package.write(PackagePart.verifyScript, embeddedFile("verify.sh"))
  let sealed = try package.seal(PackageHeader(model))
  var written = PackageSummary(
    path: package.target, files: package.files.count, manifestSHA256: sealed.manifestSHA256)
  written.replaced = sealed.replaced
  return written
}

/// Writes one CSV file.
private func writeCSV(_ file: EvidenceFile, _ sink: inout FileSink) throws(AssayError) {
  var writer = CSVWriter(file.columns)
  try file.forEach { (row) throws(AssayError) in
    writer.append(row)
    if writer.bytes.count > 1 << 18 { try sink.write(writer.drain()) }
  }
  try sink.write(writer.drain())
}

extension PackageDirectory {
  fileprivate mutating func write(
    _ path: String, _ shells: ReportShells, _ shell: ReportShell, _ values: [String: String]
  ) throws(AssayError) {
    try write(path, Array(wrappedProse(try shells.render(shell, values)).utf8))
  }
}

/// What `assay report --json` prints; with a comparison and the files that it was written to, where one was asked for.
package func reportJSON(
  _ model: EvidenceModel, _ summary: PackageSummary, comparison: (PackageComparison, files: [String])? = nil
) -> [UInt8] {
  var json = JSONWriter()
  json.beginObject()
  json.member("package", summary.path)
  json.member("period", model.period.label)
  json.member("frameworks", model.frameworks.map(\.id))
  json.array("tests", model.tests) { json, test in
    json.member("id", test.id.rawValue)
    json.member("status", test.status.rawValue)
    json.member("population", test.population.count)
    json.member("exceptions", test.exceptions.count)
    json.member("inconclusive", test.inconclusive)
  }
  json.array("controls", model.frameworks.flatMap(\.controls)) { json, control in
    json.member("framework", control.framework)
    json.member("control", control.control)
    json.member("status", control.status.rawValue)
    json.member("tests", control.tests.map(\.rawValue))
  }
  json.member("files", summary.files)
  json.member("manifest_sha256", summary.manifestSHA256)
  json.member("signed_by", summary.signedBy)
  json.member("ledger_built", summary.isLedgerBuilt)
  if let (comparison, files) = comparison {
    json.key("compare")
    comparison.write(files, to: &json)
  }
  json.endObject()
  return json.bytes
}
