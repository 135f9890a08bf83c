/// What the bytes of a statement of MySQL show without reading it as SQL.
enum MySQLText {
  /// Whether the text ends within a quoted part or a comment, as one that was cut may.
  static func isOpen(_ text: [UInt8]) -> Bool { end(of: text) != .code }

  /// Whether there is a `?` in a place where a parameter may be.
  static func hasPlaceholder(_ text: [UInt8]) -> Bool {
    var scanner = Scanner()
    return text.contains { byte in
      scanner.step(byte)
      return byte == UInt8(ascii: "?") && scanner.state == .code
    }
  }

  private static func end(of text: [UInt8]) -> State {
    var scanner = Scanner()
    for byte in text { scanner.step(byte) }
    // A comment to the line's end needs no line end.
    return scanner.state == .line ? .code : scanner.state
  }

  private enum State: Equatable {
    case code, line, comment
    case quoted(by: UInt8)
  }

  /// Follows quotes and comments. A doubled quote closes and opens again, which comes to the same.
  private struct Scanner {
    private(set) var state = State.code
    private var isEscaped = false
    private var previous: UInt8 = 0
    private var dashes = 0

    mutating func step(_ byte: UInt8) {
      defer { previous = byte }
      switch state {
      case .quoted(let quote):
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\"), quote != UInt8(ascii: "`") {
          isEscaped = true
        } else if byte == quote {
          state = .code
        }
      case .line: if byte == 0x0A { state = .code }
      case .comment:
        if byte == UInt8(ascii: "/"), previous == UInt8(ascii: "*") { state = .code }
      case .code:
        switch byte {
        case UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "`"): state = .quoted(by: byte)
        case UInt8(ascii: "#"): state = .line
        case UInt8(ascii: "*") where previous == UInt8(ascii: "/"):
          state = .comment
        default: break
        }
        // Two dashes begin a comment where a blank follows.
        if byte == 0x20 || byte == 0x09, dashes >= 2 { state = .line }
        dashes = byte == UInt8(ascii: "-") ? min(2, dashes + 1) : 0
      }
    }
  }
}
