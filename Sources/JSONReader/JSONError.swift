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

  /// A failure.
  public init(_ code: Code) { self.code = code }

  /// What is wrong, in words.
  public var description: String {
    switch code {
    case .invalidUTF8: "the text holds bytes that are no UTF-8"
    case .tooDeep: "the document is nested deeper than 1,024 levels"
    case .syntax: "the text is no JSON document"
    case .numberOutOfRange: "a number does not fit into 64 bits"
    case .tooLong: "the document is longer than the limit"
    case .duplicateKey: "an object names a key twice"
    case .empty: "there is no JSON document"
    case .noMemory: "there was not enough memory to read the document"
    }
  }
}
