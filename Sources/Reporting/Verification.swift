public import AuditTrail
import Digests
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
  /// Flags of an archive, such as `unsigned`.
  public let flags: [String]
  /// Who sealed an archive, by the trusted keys.
  public let origin: ArchiveOrigin?

  /// Whether everything holds.
  public var verified: Bool { failures.isEmpty }

  /// A verification.
  public init(
    kind: Kind, files: Int, failures: [VerificationFailure], flags: [String] = [], origin: ArchiveOrigin? = nil
  ) {
    self.kind = kind
    self.files = files
    self.failures = failures
    self.flags = flags
    self.origin = origin
  }
}

/// Something that does not hold.
public struct VerificationFailure: Sendable, Hashable {
  /// The file, as a path inside the package.
  public let path: String
  /// A stable name: `changed`, `missing`, `unlisted`, `empty_directory`, `link`, `not_a_file`, `not_a_manifest`,
  /// `does_not_match_files`, `tie_out`, `population_count`, ….
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
  if let origin = verification.origin {
    json.member("flags", verification.flags)
    json.member("origin", origin.standing.rawValue)
    json.member("origin_reason", origin.reason)
  }
  json.endObject()
  return json.bytes
}

/// Verifies the package at `path`: rebuilds the manifest and the checksums from the files and compares bytes, and
/// recomputes every control total. Throws `missing_input` if there is no directory, `input_output` if it cannot be read.
public func verifyPackage(_ path: String) throws(AssayError) -> Verification {
  guard fileKind(path) == .directory else {
    throw AssayError(.missingInput, "Name the directory of an evidence package", at: Place(path))
  }
  let tree = try PackageTree(path)
  var files: [PackageFile] = []
  for name in tree.files { files.append(try hashFile("\(path)/\(name)", as: name)) }
  var failures =
    tree.links.map { VerificationFailure(path: $0, problem: "link") }
    + tree.others.map { VerificationFailure(path: $0, problem: "not_a_file") }
    + tree.emptyDirectories.map { VerificationFailure(path: $0, problem: "empty_directory") }
  failures += SealCheck(root: path, files: files).failures()
  failures += try TotalsCheck(root: path).failures()
  return Verification(
    kind: .package, files: files.count,
    failures: failures.sorted { ($0.path, $0.problem) < ($1.path, $1.problem) })
}
