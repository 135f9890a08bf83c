import Archives
package import AuditTrail
package import Digests
import Foundation

/// What is next to a package and is bound to it by its manifest's digest: signatures, the sign-off, the note of its making.
package struct PackageSurroundings: Sendable {
  /// The package's own path, resolved: `.` has no name that anything could be next to.
  package let path: String

  /// What is next to the package at `path`, whether that is there or not.
  package init(_ path: String) { self.path = URL(fileURLWithPath: path).standardizedFileURL.path }

  /// The package's name, such as `2026-Q3`.
  package var name: String { URL(fileURLWithPath: path).lastPathComponent }

  /// The signed statement about the manifest.
  package var envelopePath: String { path + ".dsse.json" }
  /// The signature of `SHA256SUMS`, which `openssl` alone verifies.
  package var detachedPath: String { path + ".SHA256SUMS.sig" }
  /// The note of its making.
  package var notePath: String { path + ".run.json" }
  /// What people signed.
  package var signOffPath: String { path + ".signoff" }
  /// The folder of the samples drawn from it.
  package var samplesPath: String { path + ".samples" }

  /// Whether anybody signed it.
  package var isSigned: Bool { fileKind(envelopePath) != nil || fileKind(detachedPath) != nil }

  /// Whether people put anything into its sign-off.
  package var isSignedOff: Bool {
    switch fileKind(signOffPath) {
    case .directory: (try? FileManager.default.contentsOfDirectory(atPath: signOffPath).isEmpty) != true
    case .file, .link, .other: true
    case nil: false
    }
  }

  /// The ids of the keys that signed it, by its envelope's own account.
  package var signers: [String] { envelope?.signatures.map(\.key) ?? [] }

  /// The envelope; `nil` where there is none that can be read.
  var envelope: PackageEnvelope? {
    readFile(envelopePath, limit: PackageEnvelope.byteLimit).flatMap { PackageEnvelope($0) }
  }

  /// The SHA-256 of the manifest that is there, or of the one that was signed; `nil` where neither is.
  var manifestSHA256: String? {
    readFile("\(path)/\(Manifest.path)", limit: Manifest.byteLimit).map { SHA256Digest(of: $0).hex }
      ?? envelope?.statement.manifestSHA256
  }

  /// The two signatures of the package, to be written to ``envelopePath`` and ``detachedPath``. Throws `invalid_file` where
  /// the key does not sign.
  package func signatures(
    _ statement: PackageStatement, with key: borrowing PrivateKey
  ) throws(AssayError) -> (envelope: [UInt8], detached: [UInt8]) {
    guard let sums = readFile("\(path)/\(Manifest.checksumsPath)", limit: Manifest.byteLimit) else {
      throw AssayError(.inputOutput, "The checksums that are to be signed cannot be read", at: Place(path))
    }
    do throws(DigestsError) {
      return (try PackageEnvelope.signed(statement, with: key), try key.signature(for: sums))
    } catch {
      throw AssayError(.invalidFile, error.message)
    }
  }
}

/// A package that another one replaced.
package struct ReplacedPackage: Sendable, Hashable {
  /// The SHA-256 of its manifest, in hex; `nil` where it was gone.
  package let manifestSHA256: String?
  /// The ids of the keys that signed it, by its envelope's own account.
  package let signedBy: [String]
  /// Where its sign-off went, beside the package; `nil` where it had none.
  package let signOff: String?
}

extension PackageSurroundings {
  /// Refuses to write beside it where something other than a file stands in the place of one. Throws `not_replaced`.
  func requirePlaces() throws(AssayError) {
    for path in [envelopePath, detachedPath, notePath] { try requireFilePlace(path) }
  }

  /// Refuses to put another package in the place of one that somebody vouches for. Throws `refused`.
  func requireReplaceable(by manifest: String) throws(AssayError) {
    guard isSigned || isSignedOff, manifest != manifestSHA256 else { return }
    throw AssayError(
      .signedPackage,
      "The package here was \(isSigned ? "signed" : "signed off"), and what would replace it differs; name another output, "
        + "or replace it with --replace", at: Place(path))
  }

  /// Names the package that is about to be replaced by one with another manifest; `nil` where there is none.
  func replaced(by manifest: String) -> ReplacedPackage? {
    let own = manifestSHA256
    guard own != manifest, own != nil || isSigned || isSignedOff else { return nil }
    return ReplacedPackage(
      manifestSHA256: own, signedBy: signers,
      signOff: isSignedOff ? "\(name).signoff-\((own ?? "unknown").prefix(12))" : nil)
  }

  /// Names the package whose signatures another key's would take the place of; `nil` where there are none of another.
  package func replacedSignatures(by key: String) -> ReplacedPackage? {
    guard isSigned, signers != [key] else { return nil }
    return ReplacedPackage(manifestSHA256: manifestSHA256, signedBy: signers, signOff: nil)
  }

  /// Takes the signatures of a package that was replaced away, and moves its sign-off aside.
  func clear(_ replaced: ReplacedPackage) throws(AssayError) {
    do {
      for path in [envelopePath, detachedPath] where fileKind(path) != nil {
        try FileManager.default.removeItem(atPath: path)
      }
      if let signOff = replaced.signOff {
        let target = URL(fileURLWithPath: path).deletingLastPathComponent().appending(path: signOff).path
        try FileManager.default.moveItem(atPath: signOffPath, toPath: target)
      }
    } catch {
      throw AssayError(
        .inputOutput, "What was signed of the package before cannot be moved aside; check rights", at: Place(path))
    }
  }
}

extension AssayError.Code {
  /// What is to be replaced was signed or signed off.
  static let signedPackage = Self("signed_package", .refused)
}

/// Refuses a place that the program chose and where no plain file, and not nothing, stands: a link leads elsewhere, a pipe
/// is waited for, a folder is someone's. Throws `not_replaced`.
package func requireFilePlace(_ path: String) throws(AssayError) {
  try require(path, .file, "This is not a file, but a link, a folder or a pipe; move it away.")
}

/// The same of a place for a folder. Throws `not_replaced`.
package func requireFolderPlace(_ path: String) throws(AssayError) {
  try require(path, .directory, "This is not a folder, but a link or a file; move it away.")
}

private func require(_ path: String, _ kind: FileKind, _ otherwise: String) throws(AssayError) {
  switch fileKind(path) {
  case nil, kind: return
  default: throw AssayError(.notReplaced, otherwise, at: Place(path))
  }
}

extension AssayError.Code {
  /// What a command would replace is not what it writes.
  package static let notReplaced = Self("not_replaced", .refused)
}
