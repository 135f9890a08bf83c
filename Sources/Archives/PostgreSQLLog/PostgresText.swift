import AuditTrail

/// What the text envelopes have in common before the prefix is known.
enum PostgresText {
  private static let severities = [
    "LOG", "ERROR", "FATAL", "PANIC", "WARNING", "NOTICE", "INFO", "DETAIL", "HINT", "STATEMENT", "CONTEXT",
  ].map { Array("\($0):  ".utf8) }

  /// Where a severity begins in a line; `nil` where none does.
  static func severity(in line: ArraySlice<UInt8>) -> Int? {
    var start = line.startIndex
    while let colon = line[start...].firstIndex(of: UInt8(ascii: ":")) {
      for name in severities where line[colon...].starts(with: name.suffix(3)) {
        let first = colon - (name.count - 3)
        if first >= line.startIndex, line[first...].starts(with: name) { return first }
      }
      start = colon + 1
    }
    return nil
  }

  /// Whether bytes look as a prefix: with a time, a process in brackets, or a session's id.
  static func looksAsPrefix(_ bytes: ArraySlice<UInt8>) -> Bool {
    for index in bytes.indices {
      if PostgresLogTime.begins(bytes[index...]) { return true }
      if bytes[index] == UInt8(ascii: "["), let close = bytes[index...].firstIndex(of: UInt8(ascii: "]")),
        close > index + 1, bytes[(index + 1)..<close].allSatisfy({ (0x30...0x39).contains($0) })
      {
        return true
      }
    }
    let first = bytes.prefix { $0 != 0x20 && $0 != UInt8(ascii: ":") && $0 != UInt8(ascii: "|") }
    return PostgresSessionID(String(decoding: first, as: UTF8.self)).isWhole
  }

  /// So many lines show a prefix.
  private static let shown = 100
  /// So many bytes are looked at.
  private static let head = 1 << 18

  /// The lines at the beginning, without those that continue others; `unwrap` takes off what comes before the prefix.
  static func lines(
    _ window: inout ContentWindow, _ unwrap: (ArraySlice<UInt8>) -> ArraySlice<UInt8>?
  ) throws(AssayError) -> [ArraySlice<UInt8>] {
    while window.count < head, try window.more() {}
    var lines: [ArraySlice<UInt8>] = []
    var rest = window.bytes[window.start..<window.end]
    while !rest.isEmpty, lines.count < shown {
      guard let end = rest.firstIndex(of: 0x0A) ?? (window.isAtEnd ? rest.endIndex : nil) else { break }
      let line = rest[..<end]
      rest = rest[min(end + 1, rest.endIndex)...]
      guard line.first != 0x09, !line.allSatisfy(\.isJSONSpace), let text = unwrap(line) else { continue }
      lines.append(text)
    }
    return lines
  }
}
