public import AuditTrail
public import Digests

/// A signature that is stored next to an evidence package.
public struct PackageSignature: Sendable, Hashable {
  /// The id of the key that it says made it: the SHA-256 of the key's SubjectPublicKeyInfo, in hex.
  public var key: String
  /// The signature in base64.
  public var value: String
  /// What it is made over.
  public var text: [UInt8]
  /// When it was made, by its own account.
  public var signedAt: Timestamp?

  /// A signature.
  public init(key: String, value: String, text: [UInt8], signedAt: Timestamp?) {
    (self.key, self.value, self.text, self.signedAt) = (key, value, text, signedAt)
  }
}

extension SignatureTrust {
  private var packageKeys: [TrustedKey] { keys.filter(\.signsPackages) }

  /// What the keys say of who made a package, by the signatures that were found beside it; one by a trusted key is enough. Gives
  /// that key, too.
  public func origin(ofPackage signatures: [PackageSignature]) -> (origin: ArchiveOrigin, key: PublicKey?) {
    guard !signatures.isEmpty else {
      return (
        packageKeys.isEmpty
          ? ArchiveOrigin(.notProven, "Unsigned: whoever could write here could have made all of this.")
          : ArchiveOrigin(.contradicted, "Unsigned: none of the trusted keys signed it."), nil
      )
    }
    let judged = signatures.map(origin)
    return judged.first { $0.key != nil } ?? judged[0]
  }

  private func origin(of signature: PackageSignature) -> (origin: ArchiveOrigin, key: PublicKey?) {
    let named = ArchiveSignature(key: signature.key, value: signature.value, text: signature.text)
    let judged = judgement(of: named, by: packageKeys, named: { $0.id }) {
      objection(to: $0, at: signature.signedAt, "packages signed")
    }
    switch judged {
    case .unchecked(let reason): return (ArchiveOrigin(.notProven, reason), nil)
    case .stranger(let reason), .objected(let reason): return (ArchiveOrigin(.contradicted, reason), nil)
    case .forged:
      return (ArchiveOrigin(.contradicted, "The signature is not the key's signature of this statement."), nil)
    case .made(let entry):
      let holder = [entry.owner, entry.role?.rawValue].compactMap(\.self).joined(separator: ", ")
      return (
        ArchiveOrigin(
          .proven,
          "Signed with key \(signature.key) by \(holder.isEmpty ? "the holder of a trusted key" : holder); compare "
            + "\(signature.key) elsewhere."), entry.key
      )
    }
  }
}
