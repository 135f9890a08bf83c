import Archives
import AuditTrail
import Digests
import Foundation
import JSONReader

/// Holds a package against what was said of it elsewhere, and says what nothing in it can prove.
struct Origin {
  let root: String
  /// The manifest's SHA-256 in hex; `nil` where there is no manifest.
  let manifest: String?
  /// Who made it, by the keys that are trusted.
  let maker: ArchiveOrigin
  private let given: String?
  private let surroundings: PackageSurroundings

  init(root: String, manifest: String?, _ check: PackageCheck) {
    self.root = root
    self.manifest = manifest
    given = check.manifestSHA256
    surroundings = PackageSurroundings(root)
    maker = Self.maker(root, manifest, surroundings, check.trust)
  }

  /// Keys come from the reader alone: what is next to a package only says which of them to try.
  private static func maker(
    _ root: String, _ manifest: String?, _ surroundings: PackageSurroundings, _ trust: SignatureTrust
  ) -> ArchiveOrigin {
    guard surroundings.isSigned else { return trust.origin(ofPackage: []).origin }
    let names = [surroundings.envelopePath, surroundings.detachedPath].map {
      URL(fileURLWithPath: $0).lastPathComponent
    }
    guard fileKind(surroundings.envelopePath) != nil else {
      return ArchiveOrigin(.contradicted, "\(names[1]) is here without \(names[0]), which names the key.")
    }
    guard fileKind(surroundings.detachedPath) != nil else {
      return ArchiveOrigin(.contradicted, "\(names[0]) is here without \(names[1]): whoever signs makes both.")
    }
    guard let envelope = surroundings.envelope else {
      return ArchiveOrigin(.contradicted, "\(names[0]) is not a signed statement about a package.")
    }
    guard envelope.statement.manifestSHA256 == manifest else {
      return ArchiveOrigin(.contradicted, "\(names[0]) is about another manifest: what was signed is not what is here.")
    }
    let (origin, key) = trust.origin(ofPackage: envelope.signatures)
    guard let key else { return origin }
    guard let signature = readFile(surroundings.detachedPath, limit: 1 << 12),
      let sums = readFile("\(root)/\(Manifest.checksumsPath)", limit: Manifest.byteLimit),
      key.isValid(signature: signature, for: sums)
    else {
      return ArchiveOrigin(
        .contradicted,
        "\(names[1]) is not the signature of \(Manifest.checksumsPath) by the key that signed \(names[0]).")
    }
    return origin
  }

  var failures: [VerificationFailure] {
    var failures: [VerificationFailure] = []
    if let given, given.lowercased() != manifest {
      failures.append(
        VerificationFailure(path: Manifest.path, problem: "other_manifest", expected: given, actual: manifest))
    }
    if maker.standing == .contradicted {
      failures.append(
        VerificationFailure(
          path: "../\(URL(fileURLWithPath: surroundings.envelopePath).lastPathComponent)",
          problem: surroundings.isSigned ? "signature_untrusted" : "unsigned",
          expected: "a signature of a trusted key", actual: maker.reason))
    }
    if let bytes = readFile(surroundings.notePath, limit: 1 << 20) {
      let name = URL(fileURLWithPath: surroundings.notePath).lastPathComponent
      var parser = JSONParser()
      let noted = (try? parser.parse(bytes)).flatMap { parser.text($0, "manifest_sha256") }
      if noted == nil || noted != manifest {
        failures.append(
          VerificationFailure(path: "../\(name)", problem: "other_manifest", expected: noted, actual: manifest))
      }
    }
    return failures
  }

  /// What a package that was rebuilt as a whole could still hide; `open` are facts that its populations leave open. Whoever
  /// made it again from the archives has seen what its items and facts rest on.
  func notProvable(_ open: [String], isReperformed: Bool) -> [NotProvable] {
    let unknown = NotProvable(
      "Who made it: \(maker.reason) Compare the manifest's SHA-256 with one that was kept elsewhere (--manifest-sha256), or "
        + "name a key that signed it (--trusted-key).")
    let items = NotProvable(
      "Whether the items of populations/ and what machine/facts.json states are as the archives have them. Make it again "
        + "from the archives and compare: assay verify --reperform \(root) --config assay.yaml.")
    return (given == nil && maker.standing != .proven ? [unknown] : [])
      + (isReperformed ? [] : (open.isEmpty ? [] : [NotProvable(openFacts: open)]) + [items]) + [
        NotProvable(
          "Whether scope, thresholds, policies, side files and catalogs of your own are those that were agreed. Compare them "
            + "with their owners' copies.")
      ]
  }
}
