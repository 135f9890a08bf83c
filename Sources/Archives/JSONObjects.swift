import AuditTrail

/// The objects of an array that a server appends to: its brackets may be missing, it may end in a comma or inside a record.
///
/// A record that was cut when the server died must not swallow those behind it, so that where each record has a line of its
/// own it is read by lines.
struct JSONObjects {
  private let isByLine: Bool
  private var splitter = DocumentSplitter()

  /// Looks at the first object.
  init(_ window: inout ContentWindow, limit: Int) throws(AssayError) {
    var scanner = ValueScanner()
    var position = 0
    var hasBegun = false
    while position <= limit {
      if position == window.count, try !window.more() { break }
      let byte = window.bytes[window.start + position]
      position += 1
      if !hasBegun {
        if byte != UInt8(ascii: "{") { continue }
        hasBegun = true
      }
      if byte == 0x0A {
        isByLine = false
        return
      }
      if case .last = scanner.step(byte) {
        isByLine = try Self.lineEnds(&window, at: position, limit: limit)
        return
      }
    }
    isByLine = true
  }

  private static func lineEnds(_ window: inout ContentWindow, at start: Int, limit: Int) throws(AssayError) -> Bool {
    var position = start
    while position <= limit {
      if position == window.count, try !window.more() { return true }
      let byte = window.bytes[window.start + position]
      if byte == 0x0A { return true }
      guard byte.isJSONSpace || isBetween(byte) else { return false }
      position += 1
    }
    return true
  }

  /// Whether the byte may stand between objects.
  private static func isBetween(_ byte: UInt8) -> Bool {
    byte.isJSONSpace || byte.isByteOrderMark
      || [UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: ",")].contains(byte)
  }

  /// The next object; `nil` at the end. What holds only brackets and commas is counted as blank.
  mutating func next(
    _ window: inout ContentWindow, into sink: inout RecordSink, limit: Int
  ) throws(AssayError) -> Entry? {
    guard isByLine else {
      while true {
        switch try splitter.next(&window, limit: limit) {
        case .entry(let entry): return entry
        case .envelope: continue
        case .end: return nil
        }
      }
    }
    while true {
      sink.skipBlank(lines: window.skipBlankLines(limit: limit))
      guard var entry = try window.nextLine(limit: limit) else { return nil }
      guard entry.extent == .whole else { return entry }
      while let first = entry.range.first, Self.isBetween(window.bytes[first]) {
        entry.range = (first + 1)..<entry.range.upperBound
        entry.offset += 1
      }
      while let last = entry.range.last, Self.isBetween(window.bytes[last]) {
        entry.range = entry.range.lowerBound..<last
      }
      if !entry.range.isEmpty { return entry }
      _ = sink.beginEntry()
      sink.skipBlank()
    }
  }
}
