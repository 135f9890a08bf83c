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
  }

  /// The key.
  public var key: Ed25519PublicKey
  /// Who holds it.
  public var owner: String?
  /// What the holder does.
  public var role: Role?
  /// The key signs archives whose newest record is not before this.
  public var from: Timestamp?
  /// … and is before this.
  public var until: Timestamp?
  /// Since when others may hold it. Whoever holds a key can write any time into an archive, so it is trusted for none.
  public var revoked: Timestamp?
  /// The sources it signs for: a proxy's name, or its name and instance with a blank between; all where it is empty.
  public var sources: [String]

  /// A key that is trusted for everything.
  public init(_ key: Ed25519PublicKey, sources: [String] = []) {
    self.key = key
    self.sources = sources
  }
}

/// Which keys the reader trusts. With any, an archive that none of them signed is not what it says it is.
public struct SignatureTrust: Sendable, Hashable {
  /// The keys.
  public var keys: [TrustedKey]
  /// Sources that sign nothing, named as in ``TrustedKey/sources``: what is theirs is never proven, and not contradicted.
  public var unsignedSources: [String]

  /// Trust in these keys; without any, nothing is proven.
  public init(_ keys: [TrustedKey] = [], unsignedSources: [String] = []) {
    self.keys = keys
    self.unsignedSources = unsignedSources
  }

  /// What the keys say of who sealed an archive.
  public func origin(of summary: ArchiveSummary) -> ArchiveOrigin {
    guard let signature = summary.signature else { return withoutSignature(summary) }
    guard !keys.isEmpty else {
      return ArchiveOrigin(
        .notProven, "It is signed, and no trusted key was named to check that with (\(shown(signature.key))).",
        flags: ["signature_unverified"])
    }
    let entries = keys.filter { $0.key.fingerprint.hex == signature.key }
    guard !entries.isEmpty else {
      return ArchiveOrigin(
        .contradicted, "It is signed with a key that is not among the trusted ones (\(shown(signature.key))).",
        flags: ["signature_unverified", "signature_untrusted"])
    }
    guard let value = signature.value, let text = signature.text else {
      return ArchiveOrigin(
        .contradicted, "An older program read it and did not keep its signature; read the archive into a new ledger.",
        flags: ["signature_unverified", "signature_untrusted"])
    }
    guard let bytes = try? Base64.decode(value), entries[0].key.isValid(signature: bytes, for: text) else {
      return ArchiveOrigin(
        .contradicted, "The signature is not the key's signature of this seal.", flags: ["signature_untrusted"],
        breaksSeal: true)
    }
    // A key may be listed once for each of its sources or times; one that fits is enough.
    let objections = entries.map { objection(to: $0, summary) }
    if let first = objections[0], !objections.contains(nil) {
      return ArchiveOrigin(.contradicted, first, flags: ["signature_untrusted"])
    }
    let entry = zip(entries, objections).first { $0.1 == nil }?.0 ?? entries[0]
    guard summary.seal == .valid else {
      return ArchiveOrigin(.contradicted, "It is signed, but its seal does not hold.", flags: ["signature_untrusted"])
    }
    return ArchiveOrigin(
      .proven,
      "Signed with the key \(signature.key)" + (entry.owner.map { " of \($0)" } ?? "")
        + (entry.role.map { " (\($0.rawValue))" } ?? "") + ".")
  }

  private func withoutSignature(_ summary: ArchiveSummary) -> ArchiveOrigin {
    guard !keys.isEmpty else {
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
    if let revoked = entry.revoked {
      return "Its key was revoked on \(revoked.date): from then on others could sign with it, whatever time they write."
    }
    if !entry.sources.isEmpty, !entry.sources.contains(where: { isSource($0, of: summary) }) {
      return "Its key is trusted, but not for the source that it names."
    }
    guard let last = summary.last else { return nil }
    if let from = entry.from, last < from { return "Its key is trusted only for records from \(from) on." }
    if let until = entry.until, last >= until { return "Its key is trusted only for records before \(until)." }
    return nil
  }

  private func isSource(_ name: String, of summary: ArchiveSummary) -> Bool {
    guard let header = summary.header else { return false }
    return name == header.proxyName || header.instance.map { name == "\(header.proxyName) \($0)" } ?? false
  }

  /// A key as the archive names it, or what it is instead: the archive may hold any text there.
  private func shown(_ key: String) -> String { isDigest(key) ? "key \(key)" : "what names its key is no digest" }
}
