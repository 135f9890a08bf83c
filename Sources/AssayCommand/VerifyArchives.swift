import Archives
import AuditTrail
import Ledger
import Reporting

/// Verifies archives: each by its own seal and signature, and all together as chains.
struct ArchiveVerification {
  let trust: Trust
  let logOptions: LogOptions

  /// The results in the order of the paths, then one for each checkpoint.
  func results(_ paths: [String]) throws -> [(path: String, verification: Verification)] {
    var options = ReadOptions()
    options.trust = trust.signatures
    var summaries: [ArchiveSummary] = []
    for path in paths {
      logOptions.setting(path, nil).apply(to: &options)
      summaries.append(try readArchive(path: path, options: options) { _ in })
    }
    var found = summaries.map(failures)
    let chain = ArchiveChain(summaries)
    for gap in chain.gaps {
      found[gap.index].append(
        VerificationFailure(
          path: summaries[gap.index].path, problem: "chain_gap", expected: gap.root,
          actual: "The segment before is not among these archives, and others of its source do not go back to this one."
        ))
    }
    for index in chain.forks {
      found[index].append(
        VerificationFailure(
          path: summaries[index].path, problem: "chain_fork", expected: summaries[index].header?.previous,
          actual: ArchiveChain.forked))
    }
    let archives = zip(summaries, found).map { summary, failures in
      (
        path: summary.path,
        verification: Verification(
          kind: .archive, files: 1, failures: failures, flags: summary.flags, origin: summary.origin)
      )
    }
    return archives + trust.findings(summaries) { $0 }.map { (path: $0.path, verification: result($0)) }
  }

  private func failures(_ summary: ArchiveSummary) -> [VerificationFailure] {
    var failures = summary.sealProblems.map {
      VerificationFailure(path: summary.path, problem: "seal_broken", actual: $0)
    }
    if let damage = summary.damage {
      failures.append(VerificationFailure(path: summary.path, problem: damage.code.name, actual: damage.message))
    }
    if summary.seal == .none {
      failures.append(
        VerificationFailure(
          path: summary.path, problem: "unsealed", expected: "a seal", actual: "\(summary.format) without one"))
    }
    if summary.origin.standing == .contradicted {
      failures.append(
        VerificationFailure(
          path: summary.path, problem: summary.signature == nil ? "unsigned" : "signature_untrusted",
          expected: "a signature of a trusted key", actual: summary.origin.reason))
    }
    return failures
  }

  private func result(_ finding: CheckpointFinding) -> Verification {
    Verification(
      kind: .checkpoint, files: 1,
      failures: finding.problem.map {
        [VerificationFailure(path: finding.path, problem: "checkpoint", expected: finding.root, actual: $0)]
      } ?? [])
  }
}
