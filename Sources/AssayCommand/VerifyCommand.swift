import Archives
import ArgumentParser
import AuditTrail
import Digests
import Evidence
import Reporting

/// `assay verify`: recompute every hash, chain and tie-out of a package or an archive.
struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Recompute every hash, chain and tie-out of a package, or the seal of archives.",
    discussion: """
      A package verifies when MANIFEST.json and SHA256SUMS rebuilt from its files are the same bytes, and when every file \
      rendered anew from what the package rests on (machine/facts.json and populations/) says the same: each status, \
      exception, figure and workbook cell. What no package can prove by itself is printed. An archive verifies when it \
      has a seal and everything the seal states was recomputed and equals. Status 1 names what does not hold.

      Example: assay verify reports/2026-Q3
      """)

  @Argument(help: "A package's folder, or archives.", completion: .file())
  var paths: [String]

  @Option(name: .customLong("trusted-key"), help: "A PEM file with a public key whose seals are trusted.")
  var trustedKeys: [String] = []

  @Option(
    name: .customLong("manifest-sha256"),
    help: "The SHA-256 that a package's MANIFEST.json must have, as you kept it elsewhere.")
  var manifestSHA256: String?

  @Option(
    help: "The folder of templates that a package was made with, if it was made with your own.", completion: .directory)
  var templates: String?

  @OptionGroup var common: CommonOptions

  func run() throws {
    let keys = try trustedKeys.map(publicKey)
    let check = try packageCheck()
    var results: [Verification] = []
    for path in paths {
      let verification = try isDirectory(path) ? verifyPackage(path, check) : verifyArchive(path, keys)
      results.append(verification)
      common.console.say(text(verification, path))
    }
    common.console.document(document(results))
    guard results.allSatisfy(\.verified) else { throw CheckFailed(status: ExitStatus.checkFailed) }
  }

  private func packageCheck() throws -> PackageCheck {
    var check = PackageCheck()
    check.manifestSHA256 = manifestSHA256
    check.shells = templates.map { resolve("reports", in: $0) }.flatMap { isDirectory($0) ? $0 : nil }
    check.catalogs = try FrameworkCatalog.builtIn.map { try readCatalog($0.id, templates: templates) }
    check.program = AssayCommand.version
    return check
  }

  /// One path's document as it is; those of several in one, under `results`.
  private func document(_ results: [Verification]) -> [UInt8] {
    if let only = results.first, results.count == 1 { return verifyJSON(only) }
    var bytes = Array("{\"verified\":\(results.allSatisfy(\.verified)),\"results\":[".utf8)
    for (index, result) in results.enumerated() { bytes += (index == 0 ? [] : Array(",".utf8)) + verifyJSON(result) }
    return bytes + Array("]}".utf8)
  }

  private func text(_ verification: Verification, _ path: String) -> String {
    guard !verification.verified else {
      return verification.kind == .package
        ? "\(path): verified; \(counted(verification.files, "file")), every hash holds, and every figure was counted again."
          + "\n  manifest SHA-256 \(verification.manifestSHA256 ?? "none")" + notProvable(verification)
        : "\(path): verified; the seal holds\(trustedKeys.isEmpty ? " (a signature is checked with --trusted-key)" : "")."
    }
    var lines = ["\(path): NOT verified."]
    for failure in verification.failures {
      if verification.kind == .archive, let sentence = failure.actual {
        lines.append("  \(failure.problem): \(printable(sentence))")
        continue
      }
      var line = "  \(printable(failure.path)): \(failure.problem)"
      if let expected = failure.expected { line += "; expected \(printable(expected))" }
      if let actual = failure.actual { line += "; found \(printable(actual))" }
      lines.append(line)
    }
    return lines.joined(separator: "\n")
  }

  private func notProvable(_ verification: Verification) -> String {
    (["\n  Not provable without a signature or re-performance:"] + verification.notProvable.map { "  - \($0)" })
      .joined(separator: "\n")
  }
}

/// Verifies an archive by its own seal.
func verifyArchive(_ path: String, _ keys: [Ed25519PublicKey]) throws -> Verification {
  var options = ReadOptions()
  options.trustedKeys = keys
  let summary = try readArchive(path: path, options: options) { _ in }
  var failures = summary.sealProblems.map { VerificationFailure(path: path, problem: "seal_broken", actual: $0) }
  if let damage = summary.damage {
    failures.append(VerificationFailure(path: path, problem: damage.code.name, actual: damage.message))
  }
  if summary.seal == .none {
    failures.append(
      VerificationFailure(path: path, problem: "unsealed", expected: "a seal", actual: "\(summary.format) without one"))
  }
  return Verification(kind: .archive, files: 1, failures: failures)
}
