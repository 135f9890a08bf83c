/// Why a pattern could not be compiled, or a search did not finish. It holds nothing of the searched text.
public struct RegexError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The kind of failure; the raw values are part of printed output.
  public enum Code: String, Sendable, CaseIterable {
    /// The pattern is not one of this dialect.
    case invalidPattern = "invalid_pattern"
    /// The search would take more steps or memory than allowed.
    case limitExceeded = "limit_exceeded"
    /// Memory could not be had.
    case outOfMemory = "out_of_memory"
    /// The engine failed otherwise; the message has its words.
    case engine
  }

  /// The kind of failure.
  public let code: Code
  /// The engine's words, which may quote the pattern.
  public let message: String
  /// How many bytes of the pattern stand before the fault, if the engine says so.
  public let offset: Int?

  /// A failure of this kind at this place of the pattern.
  public init(code: Code, message: String, offset: Int? = nil) {
    self.code = code
    self.message = message
    self.offset = offset
  }

  /// The code, the place in the pattern and the message.
  public var description: String {
    if let offset {
      "\(code.rawValue) at byte \(offset) of the pattern: \(message)"
    } else {
      "\(code.rawValue): \(message)"
    }
  }
}
