/// Why a key, a signature or an encoded text was refused. It never carries key material or the refused text.
public struct DigestsError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What kind of fault it is; the raw value is a stable name.
  public enum Code: String, Sendable {
    /// A text that should be hexadecimal digits is not.
    case invalidHex = "invalid_hex"
    /// A text that should be standard base64 with padding is not.
    case invalidBase64 = "invalid_base64"
    /// Bytes or PEM that should hold a key do not, or hold one of another algorithm.
    case invalidKey = "invalid_key"
    /// libcrypto refused an operation on a valid key.
    case signingFailed = "signing_failed"
  }

  /// What kind of fault it is.
  public let code: Code
  /// What is wrong and what to do about it.
  public let message: String
  /// Where in the text the fault stands, as a byte offset from 0, if it stands at one place.
  public let offset: Int?

  init(_ code: Code, _ message: String, offset: Int? = nil) {
    self.code = code
    self.message = message
    self.offset = offset
  }

  /// The message, with the offset where there is one.
  public var description: String {
    offset.map { "\(message) (at byte \($0))" } ?? message
  }
}
