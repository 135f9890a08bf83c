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
      rendered again from what the package rests on (machine/facts.json and populations/) says the same: each status, \
      exception, figure and workbook cell. What no package can prove by itself is printed. An archive verifies when it \
      has a seal and everything the seal states was recomputed and equals; where keys are trusted, only when one of them \
      signed it. Archives given together are followed as chains. Status 1 names what does not hold. A configuration's \
      keys count where --config names it.

      A signed package has its signatures beside it; whose they are, only keys that you name can tell. --reperform makes a \
      package again from the archives, in a folder of its own, and names every file that comes out otherwise.

      Example: assay verify reports/2026-Q3
      """)

  @Argument(help: "A package's folder, or archives.", completion: .file())
  var paths: [String]

  @OptionGroup var trustOptions: TrustOptions

  @Option(
    name: .customLong("manifest-sha256"),
    help: "The SHA-256 that a package's MANIFEST.json must have, as you kept it elsewhere.")
  var manifestSHA256: String?

  @Option(
    help: "The folder of templates that a package was made with, if it was made with your own.", completion: .directory)
  var templates: String?

  @Flag(
    help: "Make the package again from the archives that the configuration names, and compare every row and digest.")
  var reperform = false

  @Option(help: "Threads that measure for --reperform; the results do not depend on it.")
  var workers: Int?

  @OptionGroup var logOptions: LogOptions
  @OptionGroup var common: CommonOptions

  func run() throws {
    // The keys of a configuration; its checkpoints speak of all archives of a run, not of those that are named here.
    let trust = try trustOptions.trust(common.config.map { try Configuration(path: $0) }, withCheckpoints: false)
    let check = try packageCheck(trust)
    var archives = try ArchiveVerification(trust: trust, logOptions: logOptions).results(
      paths.filter { !isDirectory($0) }
    ).makeIterator()
    var named: [(path: String, verification: Verification)] = []
    for path in paths {
      if isDirectory(path) {
        named.append((path, try verified(path, check)))
      } else if let archive = archives.next() {
        named.append(archive)
      }
    }
    while let checkpoint = archives.next() { named.append(checkpoint) }
    for (path, verification) in named { common.console.say(text(verification, path)) }
    let results = named.map(\.verification)
    common.console.document(document(results))
    guard results.allSatisfy(\.verified) else { throw CheckFailed(status: ExitStatus.checkFailed) }
  }

  private func verified(_ path: String, _ check: PackageCheck) throws -> Verification {
    guard reperform else { return try verifyPackage(path, check) }
    let again = try PackageAgain(path, try common.requiredConfiguration(), workers: workers, common.console)
    var check = check
    check.reperformed = again.path
    return try withExtendedLifetime(again) { try verifyPackage(path, check) }
  }

  private func packageCheck(_ trust: Trust) throws -> PackageCheck {
    var check = PackageCheck()
    check.trust = trust.signatures
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
      switch verification.kind {
      case .package:
        let files = counted(verification.files, "file")
        return "\(path): verified; \(files), every hash holds, and every figure was counted again."
          + (reperform ? "\n  re-performed from the archives: every row and every digest came out the same" : "")
          + "\n  manifest SHA-256 \(verification.manifestSHA256 ?? "none")" + originLine(verification)
          + notProvable(verification)
      case .archive:
        let flags = verification.flags.isEmpty ? "" : " [\(verification.flags.joined(separator: ", "))]"
        return "\(path): verified; the seal holds.\(flags) \(printable(verification.origin?.reason ?? ""))"
      case .checkpoint: return "\(path): verified; the newest segment that it names is here."
      }
    }
    var lines = ["\(path): NOT verified." + (verification.kind == .package ? originLine(verification) : "")]
    for failure in verification.failures {
      if verification.kind != .package, let sentence = failure.actual {
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

  private func originLine(_ verification: Verification) -> String {
    verification.origin.map { "\n  origin: \($0.standing.rawValue). \(printable($0.reason))" } ?? ""
  }

  private func notProvable(_ verification: Verification) -> String {
    var lines = ["", "  Not provable by what was looked at:"]
    for one in verification.notProvable {
      lines += wrapped(one.summary, 116).enumerated().map { ($0.offset == 0 ? "  - " : "    ") + $0.element }
      let width = one.places.map(\.file.count).max() ?? 0
      lines += one.places.map { "      \($0.file.padding(width))  \($0.what)" }
    }
    if !verification.openFacts.isEmpty { lines.append("  --json names each fact (open_facts).") }
    return lines.joined(separator: "\n")
  }
}
