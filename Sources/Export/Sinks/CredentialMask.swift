import Digests

/// Takes a credential out of what a server answers: some say what they were sent.
struct CredentialMask {
  /// The credential and those of its parts that are secret themselves, the longest first.
  private let secrets: [String]
  private let longest: Int

  /// What a server says is shown up to that many bytes.
  private static let limit = 500
  /// Shorter words, such as the name of a way to log in, are not secret.
  private static let leastWord = 8

  /// A mask of a credential.
  init(_ credential: String?) {
    var secrets: Set<String> = []
    if let credential {
      secrets.insert(credential)
      for word in credential.split(separator: " ") where word.utf8.count >= Self.leastWord {
        secrets.insert(String(word))
      }
      // `Basic` holds a name and a password, which a server reads.
      let pair = credential.split(separator: " ").last.flatMap { try? Base64.decode(String($0)) }
      if let pair, let colon = pair.firstIndex(of: UInt8(ascii: ":")) {
        let password = pair[(colon + 1)...]
        if !password.isEmpty { secrets.insert(String(decoding: password, as: UTF8.self)) }
      }
    }
    self.secrets = secrets.sorted { ($0.utf8.count, $0) > ($1.utf8.count, $1) }
    longest = self.secrets.first?.utf8.count ?? 0
  }

  /// A server's words, in one line, bounded, and without the credential.
  func shown(_ text: String) -> String {
    let bound = Self.limit + longest
    var shown = String(decoding: text.utf8.prefix(bound), as: UTF8.self)
    for secret in secrets { shown = shown.replacing(secret, with: "[credential]") }
    // The cut may have left the beginning of one.
    if text.utf8.count > bound { shown = String(decoding: shown.utf8.dropLast(longest), as: UTF8.self) }
    let line = shown.unicodeScalars.map { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) ? " " : String($0) }
    return TextPreparation.bounded(line.joined(), Self.limit)
  }
}
