/// Why nothing could be sent, as libcurl says it.
public struct TransferError: Error, Sendable, Hashable {
  /// libcurl's number of it.
  public let code: UInt32
  /// What happened, in its words.
  public let message: String
  /// Whether a certificate, a key or a file of certificates is what is wrong: it will be wrong again.
  public let isOfTrust: Bool

  init(code: UInt32, message: String, isOfTrust: Bool = false) {
    (self.code, self.message, self.isOfTrust) = (code, message, isOfTrust)
  }
}
