/// A seal's signature, as an archive holds it.
public struct ArchiveSignature: Sendable, Hashable {
  /// The hex SHA-256 of the public key, as the seal names it.
  public var key: String
  /// The signature in base64; `nil` where a ledger of an older program kept the key alone.
  public var value: String?
  /// What the signature is made over, of what the seal states; `nil` likewise.
  public var text: [UInt8]?

  /// A signature.
  public init(key: String, value: String?, text: [UInt8]?) {
    self.key = key
    self.value = value
    self.text = text
  }
}

/// What is known of who sealed an archive, by the keys that the reader trusts.
public struct ArchiveOrigin: Sendable, Hashable {
  /// Whether a trusted key vouches for an archive.
  public enum Standing: String, Sendable, Hashable, CaseIterable {
    /// Signed with a trusted key, and the signature was checked.
    case proven
    /// No trusted key was named: nothing shows who made it.
    case notProven = "not_proven"
    /// Trusted keys were named, and its source is said to sign nothing: nothing shows who made it.
    case exempt
    /// Trusted keys were named, and none of them signed it.
    case contradicted
  }

  /// Whether a trusted key vouches for it.
  public let standing: Standing
  /// Why, as a sentence.
  public let reason: String
  /// The flags that follow from it, of ``flagNames``.
  public let flags: [String]
  /// Whether the signature is none that its key made of this seal: then the seal does not hold either.
  public let breaksSeal: Bool

  /// An origin.
  public init(_ standing: Standing, _ reason: String, flags: [String] = [], breaksSeal: Bool = false) {
    self.standing = standing
    self.reason = reason
    self.flags = flags
    self.breaksSeal = breaksSeal
  }

  /// Before anything is known.
  public static let unknown = ArchiveOrigin(.notProven, "Who sealed it was not looked at.")

  /// The flags that say something of an archive's signature.
  public static let flagNames: Set<String> = ["unsigned", "signature_unverified", "signature_untrusted"]
}

extension ArchiveSummary {
  /// What is known of who sealed the archive; replaces what was known before.
  public mutating func setOrigin(_ origin: ArchiveOrigin) {
    self.origin = origin
    var flags = Set(flags).subtracting(ArchiveOrigin.flagNames).union(origin.flags)
    if origin.breaksSeal {
      seal = .broken
      flags.insert("seal_broken")
      sealProblems.append(origin.reason)
    }
    self.flags = flags.sorted()
  }
}
