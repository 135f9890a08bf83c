import ArgumentParser
import AuditTrail
import Digests
import Evidence
import Foundation
import Ledger
import Policies
import Reporting

/// The options of a command that writes a package.
struct PackageOptions: ParsableArguments {
  @Option(
    help: "A PEM file with a private key, Ed25519 or P-256, that signs the package; signatures are written next to it.",
    completion: .file())
  var sign: String?

  @Option(help: "Who prepares the package: written to PERIOD.run.json, and overrides the configuration's.")
  var preparedBy: String?

  @Flag(help: "Replace a package that was signed or signed off; PERIOD.run.json names it.")
  var replace = false

  @Flag(help: "Let every user of this machine read the package; without it, only you can.")
  var shared = false

  /// How the package is made; a key that cannot be read shows before any work.
  func preparation(_ configuration: Configuration) throws -> Preparation {
    Preparation(
      key: try sign.map { (path: $0, pem: try readText($0)) }, preparedBy: preparedBy ?? configuration.preparedBy,
      replacesSigned: replace, isShared: shared)
  }
}

/// Who makes a package and how; nothing of it reaches the package's bytes.
struct Preparation {
  var key: (path: String, pem: String)?
  var preparedBy: String?
  var replacesSigned = false
  var isShared = false
  /// Whether the ledger was built from the archives in the same run.
  var isLedgerBuilt = false

  /// The key that signs; `nil` where none was named.
  func signingKey() throws -> PrivateKey? {
    guard let key else { return nil }
    do throws(DigestsError) {
      return try PrivateKey(pem: key.pem)
    } catch {
      throw AssayError(.invalidFile, error.message, at: Place(key.path))
    }
  }
}

/// The folder that a package is written into: as typed, as the configuration has it, else `reports`.
func packageFolder(_ typed: String?, _ configuration: Configuration?) -> String {
  typed ?? configuration?.output ?? standardPackageFolder
}

/// Where packages are written where nobody says so.
let standardPackageFolder = "reports"

/// Evaluates the evidence and writes its package, with the note of its making and its signatures beside it.
func writeReport(
  _ ledger: borrowing Ledger, _ planning: EvidencePlanning, _ output: String, _ preparation: Preparation
) throws -> (model: EvidenceModel, summary: PackageSummary) {
  let key = try preparation.signingKey()
  let policies = try planning.configuration.policies.map(loadPolicies)
  let model = try planning.evidence(ledger, policies)
  let templates = planning.configuration.templates.map { resolve("reports", in: $0) }
  let program = programDigest()
  // A package is kept under the program as well: another one may render the same evidence otherwise. What is signed is
  // written anew, and so is what follows from a ledger that nobody checked: who wrote the ledger may have named any package.
  let isTrusted = preparation.key == nil && planning.checksLedger
  let known = try ledger.package(of: model.period.label)?.split(separator: " ").map(String.init) ?? []
  var summary = try writePackage(
    model, to: output, templates: templates.flatMap { isDirectory($0) ? $0 : nil }, isShared: preparation.isShared,
    replacesSigned: preparation.replacesSigned,
    known: isTrusted && known.count == 2 && known.last == program ? known.first : nil)
  if let program { try ledger.keep(package: "\(summary.manifestSHA256) \(program)", of: model.period.label) }
  summary.isLedgerBuilt = preparation.isLedgerBuilt
  let surroundings = PackageSurroundings(summary.path)
  switch key {
  case .some(let key): try replaceSignatures(&summary, surroundings, of: key.publicKey.id.hex, preparation)
  case .none: break
  }
  var note = RunNote(summary, organization: model.organization, preparation, before: surroundings)
  try writeWorkbooks(model, summary, surroundings, &note, isShared: preparation.isShared)
  switch key {
  case .some(let key): try sign(&summary, surroundings, note, with: key, preparation)
  case .none: break
  }
  try writeFile(surroundings.notePath, note.json, isShared: preparation.isShared)
  return (model, summary)
}

/// Writes the workbooks that people fill in. One that was changed since it was written is theirs, and stays.
private func writeWorkbooks(
  _ model: EvidenceModel, _ summary: PackageSummary, _ surroundings: PackageSurroundings, _ note: inout RunNote,
  isShared: Bool
) throws(AssayError) {
  for file in try PeoplesWorkbooks(model, summary).files() {
    let path = surroundings.path + file.suffix
    if fileExists(path), digest(ofFile: path)?.sha256.hex != note.workbooks[file.suffix] {
      // Without the note of its making, what nobody wrote into is still ours.
      guard let bytes = try? readFile(path), PeoplesWorkbooks.isUnfilled(bytes, suffix: file.suffix) else { continue }
    }
    try writeFile(path, file.bytes, isShared: isShared)
    note.workbooks[file.suffix] = SHA256Digest(of: file.bytes).hex
  }
}

/// Refuses to put a signature in the place of somebody else's, unless that is said; then the package names it.
private func replaceSignatures(
  _ summary: inout PackageSummary, _ surroundings: PackageSurroundings, of id: String, _ preparation: Preparation
) throws(AssayError) {
  guard let others = surroundings.replacedSignatures(by: id) else { return }
  guard preparation.replacesSigned else {
    throw AssayError(
      .signedByAnother, "The package here is signed by another key; replace it with --replace.",
      at: Place(surroundings.envelopePath))
  }
  summary.replaced = others
}

/// Signs a package that was written.
private func sign(
  _ summary: inout PackageSummary, _ surroundings: PackageSurroundings, _ note: RunNote, with key: borrowing PrivateKey,
  _ preparation: Preparation
) throws {
  var statement = PackageStatement(package: surroundings.name, manifestSHA256: summary.manifestSHA256)
  (statement.organization, statement.preparedBy) = (note.organization, preparation.preparedBy)
  (statement.signedAt, statement.tool, statement.toolSHA256) = (note.madeAt, note.tool, note.toolSHA256)
  statement.isLedgerBuilt = preparation.isLedgerBuilt
  let signatures = try surroundings.signatures(statement, with: key)
  try writeFile(surroundings.envelopePath, signatures.envelope, isShared: preparation.isShared)
  try writeFile(surroundings.detachedPath, signatures.detached, isShared: preparation.isShared)
  summary.signedBy = key.publicKey.id.hex
}

extension AssayError.Code {
  /// A package bears the signature of another key.
  static let signedByAnother = Self("signed_by_another", .refused)
}
