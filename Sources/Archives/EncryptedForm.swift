/// Forms of encrypted files, told by their first bytes.
public enum EncryptedForm: String, Sendable, CaseIterable {
  case age
  case openPGP = "OpenPGP"
  case openSSL = "OpenSSL"
  case luks = "LUKS"

  /// How many bytes tell it.
  public static let headLength = 64

  /// The form of a file that begins so; `nil` where it has none of them.
  public init?(head: ArraySlice<UInt8>) {
    let own = Self.allCases.first { form in form.beginnings.contains { head.starts(with: $0) } }
    guard let form = own ?? (Self.beginsOpenPGP(Array(head)) ? .openPGP : nil) else { return nil }
    self = form
  }

  private var beginnings: [[UInt8]] {
    switch self {
    case .age: ["age-encryption.org/v1\n", "-----BEGIN AGE ENCRYPTED FILE-----"].map { Array($0.utf8) }
    case .openPGP: []
    case .openSSL: [Array("Salted__".utf8)]
    case .luks: [Array("LUKS".utf8) + [0xBA, 0xBE]]
    }
  }

  /// Whether the first packet holds a session key, encrypted for a public key or by a passphrase (RFC 9580, sections 4.2, 5.1, 5.3).
  private static func beginsOpenPGP(_ head: [UInt8]) -> Bool {
    guard head.count > 4 else { return false }
    return switch head[0] {
    case 0x84: head[2] == 3
    case 0x85: head[3] == 3
    case 0x8C: head[2] == 4
    case 0xC1: head[1] < 192 ? [3, 6].contains(head[2]) : head[1] < 224 && [3, 6].contains(head[3])
    case 0xC3: head[1] < 192 && [4, 5, 6].contains(head[2])
    default: false
    }
  }
}
