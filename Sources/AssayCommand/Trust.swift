import Archives
import ArgumentParser
import AuditTrail
import Digests
import Ledger

/// The options that name whose signatures count.
struct TrustOptions: ParsableArguments {
  @Option(
    name: .customLong("trusted-key"),
    help: "A PEM file with a public key; what none of the trusted keys signed is not verified.",
    completion: .file())
  var trustedKeys: [String] = []

  @Option(
    name: .customLong("checkpoint"),
    help: "A file of `seal --checkpoint`: the segment it signs as the newest must be there, and those before it.",
    completion: .file())
  var checkpoints: [String] = []

  /// The keys and checkpoints of the options and of the configuration together.
  func trust(_ configuration: Configuration?, withCheckpoints: Bool = true) throws -> Trust {
    var trust = try configuration?.trust() ?? Trust()
    if !withCheckpoints { trust.checkpoints = [] }
    trust.signatures.keys += try trustedKeys.map { TrustedKey(try publicKey($0)) }
    for path in checkpoints { trust.checkpoints.append((path, try Checkpoint(try readText(path), path: path))) }
    guard trust.checkpoints.isEmpty || trust.signatures.judgesArchives else {
      throw AssayError(
        .usage,
        "A checkpoint proves nothing unless its signature is checked; name its key with --trusted-key, or under "
          + "`trusted_keys:` in the configuration.")
    }
    return trust
  }
}

/// Whose signatures count, and which segments they say there must be.
struct Trust {
  var signatures = SignatureTrust()
  var checkpoints: [(path: String, checkpoint: Checkpoint)] = []

  /// What the checkpoints show of archives that were read together.
  func findings(_ archives: [ArchiveSummary], label: (String) -> String) -> [CheckpointFinding] {
    let chain = ArchiveChain(archives)
    // A file may be named by an option and by the configuration.
    var seen: Set<String> = []
    return checkpoints.filter { seen.insert(label($0.path)).inserted }.map { path, checkpoint in
      let origin = checkpoint.origin(signatures)
      return CheckpointFinding(
        path: label(path), source: checkpoint.source, root: checkpoint.root,
        last: checkpoint.last.flatMap { Timestamp($0) },
        problem: origin.standing == .proven
          ? chain.missing(by: checkpoint) : "The checkpoint itself is not trusted. \(origin.reason)")
    }.sorted { $0.path < $1.path }
  }

  /// Stores in the ledger who sealed its archives and what the checkpoints show. Where no key is named, what an earlier run
  /// with keys found stands: leaving the keys out does not make an archive better.
  func apply(to ledger: borrowing Ledger, _ configuration: Configuration?) throws {
    let archives = try ledger.archives()
    var origins: [Int64: ArchiveOrigin] = [:]
    for entry in archives where signatures.judgesArchives || entry.summary.origin == .unknown {
      origins[entry.id] = signatures.origin(of: entry.summary)
    }
    let found =
      try !signatures.judgesArchives
      ? ledger.checkpointFindings()
      : findings(archives.map(\.summary)) { configuration?.label($0) ?? $0 }
    try ledger.map(origins: origins, checkpoints: found)
  }
}

extension Configuration {
  /// Whose signatures count, as the file says it.
  func trust() throws -> Trust {
    var trust = Trust()
    trust.signatures.unsignedSources = unsignedSources
    trust.signatures.keys = try trustedKeys.map { setting in
      var key = TrustedKey(try publicKey(setting.key), sources: setting.sources)
      key.owner = setting.owner
      key.role = setting.role
      (key.from, key.until, key.revoked) = (setting.from, setting.until, setting.revoked)
      return key
    }
    for path in checkpoints { trust.checkpoints.append((path, try Checkpoint(try readText(path), path: path))) }
    return trust
  }
}

/// A public key from a PEM file.
func publicKey(_ path: String) throws -> PublicKey {
  do {
    return try PublicKey(pem: try readText(path))
  } catch let error as DigestsError {
    throw AssayError(.invalidFile, error.message, at: Place(path))
  }
}
