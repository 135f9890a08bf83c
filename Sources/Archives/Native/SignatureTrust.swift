public import AuditTrail
public import Digests

/// A public key that the reader trusts, and for what.
public struct TrustedKey: Sendable, Hashable {
  /// What a key's holder does.
  public enum Role: String, Sendable, Hashable, CaseIterable {
    /// Writes the records, such as a proxy that seals what it did.
    case producer
    /// Seals what another program wrote.
    case collector
    /// Makes evidence packages and signs them; signs no archive.
    case preparer
  }

  /// The key.
  public var key: PublicKey
  /// Who holds it.
  public var owner: String?
  /// What the holder does.
  public var role: Role?
  /// The key signs archives whose newest record is not before this, and packages from this time on.
  public var from: Timestamp?
  /// … and is before this.
  public var until: Timestamp?
  /// Since when others may hold it. Whoever holds a key can write any time into an archive, so it is trusted for none.
  public var revoked: Timestamp?
  /// The sources it signs for; all where it is empty.
  public var sources: [SourceName]

  /// A key that is trusted for everything.
  public init(_ key: PublicKey, sources: [SourceName] = []) {
    self.key = key
    self.sources = sources
  }

  /// A key of Ed25519 that is trusted for everything.
  public init(_ key: Ed25519PublicKey, sources: [SourceName] = []) { self.init(PublicKey(key), sources: sources) }

  /// Whether its holder may sign archives.
  var signsArchives: Bool { role != .preparer }

  /// Whether its holder may sign evidence packages: whoever writes records, or signs for named sources, does not.
  var signsPackages: Bool { role == .preparer || (role == nil && sources.isEmpty) }
}

/// Which keys the reader trusts. With any, an archive that none of them signed is not what it says it is.
public struct SignatureTrust: Sendable, Hashable {
  /// The keys.
  public var keys: [TrustedKey]
  /// Sources that sign nothing: what is theirs is never proven, and not contradicted.
  public var unsignedSources: [SourceName]

  /// Trust in these keys; without any, nothing is proven.
  public init(_ keys: [TrustedKey] = [], unsignedSources: [SourceName] = []) {
    self.keys = keys
    self.unsignedSources = unsignedSources
  }

  /// The keys that may sign archives.
  var archiveKeys: [TrustedKey] { keys.filter(\.signsArchives) }

  /// Whether a key is named that may sign archives: then what none of them signed is contradicted.
  public var judgesArchives: Bool { !archiveKeys.isEmpty }

  /// What the keys say of who sealed an archive.
  public func origin(of summary: ArchiveSummary) -> ArchiveOrigin {
    guard let signature = summary.signature else { return withoutSignature(summary) }
    let entry: TrustedKey
    switch judgement(
      of: signature, by: archiveKeys, named: \.sealFingerprint, objection: { objection(to: $0, summary) })
    {
    case .unchecked(let reason):
      return ArchiveOrigin(.notProven, reason, flags: ["signature_unverified"])
    case .stranger(let reason):
      return ArchiveOrigin(.contradicted, reason, flags: ["signature_unverified", "signature_untrusted"])
    case .forged:
      return ArchiveOrigin(
        .contradicted, "The signature is not the key's signature of this seal.", flags: ["signature_untrusted"],
        breaksSeal: true)
    case .objected(let reason): return ArchiveOrigin(.contradicted, reason, flags: ["signature_untrusted"])
    case .made(let key): entry = key
    }
    guard summary.seal == .valid else {
      return ArchiveOrigin(.contradicted, "It is signed, but its seal does not hold.", flags: ["signature_untrusted"])
    }
    return ArchiveOrigin(
      .proven,
      "Signed with the key \(signature.key)" + (entry.owner.map { " of \($0)" } ?? "")
        + (entry.role.map { " (\($0.rawValue))" } ?? "") + ".")
  }

  /// What the keys say of a signature, whatever was signed.
  enum Judgement {
    /// No key was named to check it with.
    case unchecked(String)
    /// A key made it that is not among the trusted ones, or it was not kept.
    case stranger(String)
    /// The key it names did not make it.
    case forged
    /// A trusted key made it, which is not trusted for this.
    case objected(String)
    /// A trusted key made it.
    case made(TrustedKey)
  }

  /// Judges a signature by `keys`, each of which the signature may call by the name that `named` gives it; `objection` says why
  /// one is not trusted for what was signed.
  func judgement(
    of signature: ArchiveSignature, by keys: [TrustedKey], named: (PublicKey) -> SHA256Digest?,
    objection: (TrustedKey) -> String?
  ) -> Judgement {
    guard !keys.isEmpty else {
      return .unchecked(
        "It is signed, and no trusted key was named to check that with (\(shown(signature.key))).")
    }
    let entries = keys.filter { named($0.key)?.hex == signature.key }
    guard !entries.isEmpty else {
      return .stranger("It is signed with a key that is not among the trusted ones (\(shown(signature.key))).")
    }
    guard let value = signature.value, let text = signature.text else {
      return .stranger(
        "An older program read it and did not keep its signature; read the archive into a new ledger.")
    }
    guard let bytes = try? Base64.decode(value), entries[0].key.isValid(signature: bytes, for: text) else {
      return .forged
    }
    // A key may be listed once for each of its sources or times; one that fits is enough.
    let objections = entries.map(objection)
    // Except that one which is revoked anywhere is revoked: no other line makes its holder the only one again.
    if let revoked = entries.firstIndex(where: { $0.revoked != nil }), let reason = objections[revoked] {
      return .objected(reason)
    }
    if let first = objections[0], !objections.contains(nil) { return .objected(first) }
    return .made(zip(entries, objections).first { $0.1 == nil }?.0 ?? entries[0])
  }

  private func withoutSignature(_ summary: ArchiveSummary) -> ArchiveOrigin {
    guard judgesArchives else {
      return ArchiveOrigin(
        .notProven, "Nobody signed it: whoever could write the file could have made all of it.", flags: ["unsigned"])
    }
    guard !unsignedSources.contains(where: { isSource($0, of: summary) }) else {
      return ArchiveOrigin(.exempt, "Nobody signed it, and its source is said to sign nothing.", flags: ["unsigned"])
    }
    return ArchiveOrigin(
      .contradicted,
      summary.seal == .none
        ? "It has no seal, so none of the trusted keys signed it." : "None of the trusted keys signed it.",
      flags: ["unsigned"])
  }

  /// Why a key is not trusted for an archive; `nil` where it is.
  private func objection(to entry: TrustedKey, _ summary: ArchiveSummary) -> String? {
    if entry.revoked == nil, !entry.sources.isEmpty, !entry.sources.contains(where: { isSource($0, of: summary) }) {
      return "Its key is trusted, but not for the source that it names."
    }
    return objection(to: entry, at: summary.last, "records")
  }

  /// Why a key is not trusted at a time; `what` is dated by it.
  func objection(to entry: TrustedKey, at time: Timestamp?, _ what: String) -> String? {
    if let revoked = entry.revoked {
      return "Its key was revoked on \(revoked.date): from then on others could sign with it, whatever time they write."
    }
    guard let time else { return nil }
    if let from = entry.from, time < from { return "Its key is trusted only for \(what) from \(from) on." }
    if let until = entry.until, time >= until { return "Its key is trusted only for \(what) before \(until)." }
    return nil
  }

  private func isSource(_ name: SourceName, of summary: ArchiveSummary) -> Bool {
    summary.header.map { name.matches($0.proxyName, $0.instance) } ?? false
  }

  /// A key as the archive names it, or what it is instead: the archive may hold any text there.
  private func shown(_ key: String) -> String { isDigest(key) ? "key \(key)" : "what names its key is not a digest" }
}
