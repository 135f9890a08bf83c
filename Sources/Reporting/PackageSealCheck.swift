import JSONReader

/// Holds a package's manifest and checksums against its files.
struct PackageSealCheck {
  let root: String
  /// Every regular file of the package.
  let files: [PackageFile]

  private var sealed: [PackageFile] { files.filter { $0.path != Manifest.checksumsPath } }
  private var listed: [PackageFile] { sealed.filter { $0.path != Manifest.path } }

  func failures() -> [VerificationFailure] {
    let manifest = readFile("\(root)/\(Manifest.path)", limit: Manifest.byteLimit)
    let checksums = readFile("\(root)/\(Manifest.checksumsPath)", limit: Manifest.byteLimit)
    let missing = [(Manifest.path, manifest), (Manifest.checksumsPath, checksums)].filter { $0.1 == nil }
      .map { VerificationFailure(path: $0.0, problem: "missing") }
    let isManifestRight = manifest != nil && rebuiltManifest() == manifest
    let areChecksumsRight = checksums == Manifest.checksums(sealed)
    if isManifestRight && areChecksumsRight { return [] }
    if isManifestRight, missing.isEmpty {
      // The manifest vouches for every file, so the fault is in the checksums themselves.
      return [VerificationFailure(path: Manifest.checksumsPath, problem: "does_not_match_files")]
    }
    let byManifest = manifest.flatMap { Manifest.digests(inManifest: $0) }
    let bySums = checksums.map { Manifest.digests(inChecksums: $0) } ?? [:]
    var found = missing + fileFailures(byManifest ?? [:], bySums)
    if manifest != nil, byManifest == nil {
      found.append(VerificationFailure(path: Manifest.path, problem: "not_a_manifest"))
    }
    // Every file is as listed, and yet the seal is not what these files give.
    if found.isEmpty { found.append(VerificationFailure(path: Manifest.path, problem: "does_not_match_files")) }
    return found
  }

  /// A file is held against both lists: only where neither agrees with it is the file to blame, and not a list.
  private func fileFailures(_ byManifest: [String: String], _ bySums: [String: String]) -> [VerificationFailure] {
    let actual = Dictionary(sealed.map { ($0.path, $0.sha256) }, uniquingKeysWith: { first, _ in first })
    var failures: [VerificationFailure] = []
    for path in Set(byManifest.keys).union(bySums.keys).union(actual.keys).sorted() {
      let stated = [byManifest[path], bySums[path]].compactMap(\.self)
      guard let digest = actual[path] else {
        // A damaged list may name what never was: the other one decides, if it can be read.
        if stated.count == 2 || byManifest.isEmpty || bySums.isEmpty {
          failures.append(VerificationFailure(path: path, problem: "missing", expected: stated.first))
        }
        continue
      }
      if stated.isEmpty {
        failures.append(VerificationFailure(path: path, problem: "unlisted", actual: digest))
      } else if !stated.contains(digest) {
        failures.append(VerificationFailure(path: path, problem: "changed", expected: stated.first, actual: digest))
      }
    }
    return failures
  }

  /// The manifest that these files give, with the header that `machine/evidence.json` states.
  private func rebuiltManifest() -> [UInt8]? {
    guard let evidence = readFile("\(root)/\(Manifest.evidencePath)", limit: FactsJSON.byteLimit) else { return nil }
    var parser = JSONParser(maximumBytes: FactsJSON.byteLimit)
    guard let object = try? parser.parse(evidence), let header = PackageHeader(parser, object) else { return nil }
    return Manifest(header, listed).bytes
  }
}
