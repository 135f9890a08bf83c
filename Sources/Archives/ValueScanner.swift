/// Follows JSON text byte by byte, only far enough to see where a value ends: strings, escapes and nesting depth.
///
/// It validates nothing; each value it cuts out is then read by the JSON reader, which does.
struct ValueScanner {
  /// What a byte told.
  enum Step {
    /// The value goes on.
    case inside
    /// The byte is the value's last.
    case last
    /// The byte is behind the value.
    case behind
    /// The byte opens the array of a list envelope: `"data":[` in the outermost object.
    case opensData
  }

  /// How many brackets are open.
  private(set) var depth: Int
  /// Whether the last byte is in a string.
  private(set) var isInString = false
  private var isEscaped = false
  private var isScalar = false
  private var data = DataKey.none

  /// How much of `"data":[` was seen.
  private enum DataKey: Equatable {
    case none
    case letters(Int)
    case quoted
    case colon
  }
  private static let dataKey = Array("data".utf8)

  /// A scanner before a value, or inside that many open brackets.
  init(depth: Int = 0) { self.depth = depth }

  /// Takes the next byte.
  mutating func step(_ byte: UInt8) -> Step {
    if isInString { return stepInString(byte) }
    switch byte {
    case 0x22:
      if isScalar { return .behind }
      isInString = true
      data = depth == 1 ? .letters(0) : .none
    case 0x7B, 0x5B:
      if isScalar { return .behind }
      let opensData = byte == 0x5B && data == .colon
      depth += 1
      data = .none
      if opensData { return .opensData }
    case 0x7D, 0x5D:
      if depth == 0 { return .behind }
      depth -= 1
      data = .none
      if depth == 0 { return .last }
    case 0x20, 0x0A, 0x0D, 0x09:
      if depth == 0, isScalar { return .behind }
    case 0x3A where data == .quoted:
      data = .colon
    case 0x2C where depth == 0:
      return .behind
    default:
      data = .none
      if depth == 0 { isScalar = true }
    }
    return .inside
  }

  private mutating func stepInString(_ byte: UInt8) -> Step {
    if isEscaped {
      isEscaped = false
      data = .none
    } else if byte == 0x5C {
      isEscaped = true
    } else if byte == 0x22 {
      isInString = false
      data = data == .letters(Self.dataKey.count) ? .quoted : .none
      if depth == 0 { return .last }
    } else if case .letters(let seen) = data {
      data = seen < Self.dataKey.count && byte == Self.dataKey[seen] ? .letters(seen + 1) : .none
    }
    return .inside
  }
}
