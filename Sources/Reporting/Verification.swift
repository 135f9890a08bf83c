public import Archives
public import AuditTrail
public import Evidence
import JSONReader

/// What verifying a package or an archive came to.
public struct Verification: Sendable, Hashable {
  /// What was verified.
  public enum Kind: String, Sendable, Hashable {
    case package, archive, checkpoint
  }

  /// What was verified.
  public let kind: Kind
  /// Files that were looked at.
  public let files: Int
  /// What does not hold, in order of path; none where everything does.
  public let failures: [VerificationFailure]
  /// The SHA-256 of a package's manifest, in hex.
  public let manifestSHA256: String?
  /// What could have been made to fit and is not provable by what was read.
  public let notProvable: [NotProvable]
  /// Facts of `machine/facts.json` that no population decides, as paths; lists are `[]`.
  public let openFacts: [String]
  /// Flags of an archive, such as `unsigned`.
  public let flags: [String]
  /// Who sealed an archive or signed a package, by the trusted keys.
  public let origin: ArchiveOrigin?

  /// Whether everything holds.
  public var verified: Bool { failures.isEmpty }

  /// A verification.
  public init(
    kind: Kind, files: Int, failures: [VerificationFailure], manifestSHA256: String? = nil,
    notProvable: [NotProvable] = [], openFacts: [String] = [], flags: [String] = [], origin: ArchiveOrigin? = nil
  ) {
    self.kind = kind
    self.files = files
    self.failures = failures
    self.manifestSHA256 = manifestSHA256
    self.notProvable = notProvable
    self.openFacts = openFacts
    self.flags = flags
    self.origin = origin
  }
}

/// Something that does not hold.
public struct VerificationFailure: Sendable, Hashable {
  /// The file, as a path inside the package.
  public let path: String
  /// A stable name: `changed`, `missing`, `unlisted`, `empty_directory`, `link`, `not_a_file`, `not_a_manifest`,
  /// `does_not_match_files`, `other_manifest`, `differs`, `not_of_this_report`, ….
  public let problem: String
  /// What should be, such as a SHA-256 in hex.
  public let expected: String?
  /// What is.
  public let actual: String?

  /// A failure.
  public init(path: String, problem: String, expected: String? = nil, actual: String? = nil) {
    self.path = path
    self.problem = problem
    self.expected = expected
    self.actual = actual
  }
}

/// What `assay verify --json` prints.
public func verifyJSON(_ verification: Verification) -> [UInt8] {
  var json = JSONWriter()
  json.beginObject()
  json.member("verified", verification.verified)
  json.member("kind", verification.kind.rawValue)
  json.member("files", verification.files)
  json.array("failures", verification.failures) { json, failure in
    json.member("path", failure.path)
    json.member("problem", failure.problem)
    json.member("expected", failure.expected)
    json.member("actual", failure.actual)
  }
  json.member("manifest_sha256", verification.manifestSHA256)
  json.member("not_provable", verification.notProvable.map(\.sentence))
  json.member("open_facts", verification.openFacts)
  if let origin = verification.origin {
    if verification.kind == .archive { json.member("flags", verification.flags) }
    json.member("origin", origin.standing.rawValue)
    json.member("origin_reason", origin.reason)
  }
  json.endObject()
  return json.bytes
}

/// What a package is held against besides itself.
public struct PackageCheck: Sendable {
  /// The SHA-256 of its manifest, in hex, as it was kept elsewhere.
  public var manifestSHA256: String?
  /// The directory of the shells that it was made with; `nil` for the built-in ones.
  public var shells: String?
  /// Catalogs that are known as they were published.
  public var catalogs: [FrameworkCatalog] = []
  /// The version of the program that verifies; `nil` if it is the one that made the package.
  public var program: String?
  /// The keys that may have signed it.
  public var trust = SignatureTrust()
  /// The package as it was made again from the archives: the folder it is in.
  public var reperformed: String?

  /// Nothing but the package.
  public init() {}
}

/// Verifies the package at `path`: rebuilds the manifest and the checksums from the files and compares bytes; where they
/// hold, judges the package again and compares every file, with those of the one that was made again, too. Throws
/// `missing_input` if there is no directory or it is not a package, `input_output` if it cannot be read.
public func verifyPackage(_ path: String, _ check: PackageCheck = PackageCheck()) throws(AssayError) -> Verification {
  guard fileKind(path) == .directory else {
    throw AssayError(.missingInput, "Name the directory of an evidence package", at: Place(path))
  }
  let tree = try PackageTree(path)
  try requirePackage(path, tree)
  var files: [PackageFile] = []
  let stated =
    readFile("\(path)/\(Manifest.path)", limit: Manifest.byteLimit).flatMap { Manifest.files(inManifest: $0) } ?? [:]
  for name in tree.files {
    files.append(try hashFile("\(path)/\(name)", as: name, stated: stated[name]))
  }
  var failures =
    tree.links.map { VerificationFailure(path: $0, problem: "link") }
    + tree.others.map { VerificationFailure(path: $0, problem: "not_a_file") }
    + tree.emptyDirectories.map { VerificationFailure(path: $0, problem: "empty_directory") }
  failures += PackageSealCheck(root: path, files: files).failures()
  var undecided: [String] = []
  // A file that was changed is named already, and what it says is of no interest then.
  if failures.allSatisfy({ $0.path == Manifest.path && $0.problem == "does_not_match_files" }) {
    let judged = try Recount(root: path, files: files, options: check).judged()
    (failures, undecided) = (failures + judged.failures, judged.undecided)
  }
  if let again = check.reperformed {
    failures += try Reperformance(root: path, files: files, again: again, program: check.program).failures()
  }
  let origin = Origin(root: path, manifest: files.first { $0.path == Manifest.path }?.sha256, check)
  failures += origin.failures
  let open = check.reperformed == nil ? undecided : []
  return Verification(
    kind: .package, files: files.count,
    failures: failures.sorted { ($0.path, $0.problem) < ($1.path, $1.problem) },
    manifestSHA256: origin.manifest, notProvable: origin.notProvable(open, isReperformed: check.reperformed != nil),
    openFacts: open, origin: origin.maker)
}

/// A folder that holds nothing of a package is none: every file of it would be named otherwise, and none of that is of use.
func requirePackage(_ path: String, _ tree: PackageTree) throws(AssayError) {
  let own = [Manifest.path, Manifest.checksumsPath, Manifest.evidencePath, FactsJSON.path]
  guard !own.contains(where: tree.files.contains) else { return }
  let inside = tree.files.first { $0.hasSuffix("/\(Manifest.path)") }.map { $0.dropLast(Manifest.path.count + 1) }
  throw AssayError(
    .missingInput,
    "This folder is not an evidence package: it holds no \(Manifest.path). "
      + (inside.map { "Name the package in it: \($0)" }
        ?? "Name the folder that `assay report` wrote, such as reports/2026-Q3"),
    at: Place(path))
}
