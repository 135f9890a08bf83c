/// Why a document could not be read. It quotes nothing of the document.
public struct JSONError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The kinds of failure, as stable names.
  public enum Code: String, Sendable {
    case invalidUTF8 = "invalid_utf8"
    case tooDeep = "too_deep"
    case syntax
    case numberOutOfRange = "number_out_of_range"
    case tooLong = "too_long"
    case duplicateKey = "duplicate_key"
    case empty
    case noMemory = "no_memory"
  }

  /// Which.
  public let code: Code
  /// How many bytes of the text stand before the fault, where that could be found.
  public let offset: Int?

  /// A failure of this kind at this byte offset.
  public init(_ code: Code, offset: Int? = nil) {
    self.code = code
    self.offset = offset
  }

  /// What is wrong, in words, and at which byte.
  public var description: String {
    if let offset { "\(words), at byte \(offset)" } else { words }
  }

  private var words: String {
    switch code {
    case .invalidUTF8: "the text holds bytes that are no UTF-8"
    case .tooDeep: "the document is nested deeper than 1,024 levels"
    case .syntax: "the text is not a JSON document"
    case .numberOutOfRange: "a number does not fit into 64 bits"
    case .tooLong: "the document is longer than the limit"
    case .duplicateKey: "an object names a key twice"
    case .empty: "there is no JSON document"
    case .noMemory: "there was not enough memory to read the document"
    }
  }
}
