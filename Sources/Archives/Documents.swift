import AuditTrail

/// How the entries of a JSON file are in it.
enum Framing {
  /// One to the line.
  case lines
  /// As documents over any number of lines, as elements of an array, or as elements of a list envelope's `data`.
  case documents

  /// Decides by the first value, reading on as far as that takes.
  ///
  /// A broken line must not swallow the lines behind it, so lines are taken where the text allows both.
  static func decide(_ window: inout ContentWindow, limit: Int) throws(AssayError) -> Framing {
    var scanner = ValueScanner()
    var position = 0
    var previous: UInt8 = 0
    var isBehindLineEnd = false
    while position <= limit {
      if position == window.count, try !window.more() { return .lines }
      let byte = window.bytes[window.start + position]
      position += 1
      if previous == 0, byte.isJSONSpace || byte.isByteOrderMark { continue }
      if previous == 0, byte == 0x5B { return .documents }
      if previous == 0, byte != 0x7B { return .lines }
      if byte == 0x0A {
        if scanner.isInString { return .lines }
        isBehindLineEnd = true
      } else if isBehindLineEnd, !byte.isJSONSpace {
        // In an object, no object follows anything but a colon, a comma or an opening bracket.
        let mayFollow = previous == 0x3A || previous == 0x2C || previous == 0x5B
        return byte == 0x7B && !mayFollow ? .lines : .documents
      }
      switch scanner.step(byte) {
      case .inside: break
      case .opensData: return .documents
      case .last, .behind:
        return try isLineEnd(&window, at: position, limit: limit, \.isJSONSpace) ? .lines : .documents
      }
      if !byte.isJSONSpace { previous = byte }
    }
    return .lines
  }

  /// Whether nothing but such bytes is between a place and the end of its line.
  static func isLineEnd(
    _ window: inout ContentWindow, at start: Int, limit: Int, _ mayStand: (UInt8) -> Bool
  ) throws(AssayError) -> Bool {
    var position = start
    while position <= limit {
      if position == window.count, try !window.more() { return true }
      let byte = window.bytes[window.start + position]
      if byte == 0x0A { return true }
      if !mayStand(byte) { return false }
      position += 1
    }
    return true
  }
}

extension UInt8 {
  /// Whether it is one of the three bytes of UTF-8's byte order mark.
  var isByteOrderMark: Bool { self == 0xEF || self == 0xBB || self == 0xBF }
}

/// Cuts JSON documents into entries while they stream by: an array of any size is never held.
struct DocumentSplitter {
  /// What comes next.
  enum Item {
    /// A value: a document, or an element of an array.
    case entry(Entry)
    /// What a list envelope says besides its elements, as a JSON object.
    case envelope([UInt8])
    /// The content has ended.
    case end
  }

  private enum Container {
    case array
    case envelope(head: [UInt8])
  }

  private var containers: [Container] = []
  /// Whether the content ended inside an array or an envelope.
  private(set) var isUnclosed = false
  /// An envelope's own keys are kept up to this many bytes.
  private static let envelopeLimit = 1 << 16

  /// The next item.
  mutating func next(_ window: inout ContentWindow, limit: Int) throws(AssayError) -> Item {
    while true {
      if window.count == 0, try !window.more() {
        isUnclosed = isUnclosed || !containers.isEmpty
        return .end
      }
      let byte = window.bytes[window.start]
      if byte.isJSONSpace || byte == 0x2C || byte.isByteOrderMark {
        window.consume(1)
      } else if byte == 0x5B, containers.isEmpty {
        window.consume(1)
        containers.append(.array)
      } else if byte == 0x5D, let container = containers.popLast() {
        window.consume(1)
        if case .envelope(let head) = container {
          return .envelope(head + [0x5D] + (try envelopeTail(&window)))
        }
      } else if let entry = try value(&window, limit: limit) {
        return .entry(entry)
      }
    }
  }

  /// Cuts out a value; `nil` when it turned out to be a list envelope, whose elements come next.
  private mutating func value(_ window: inout ContentWindow, limit: Int) throws(AssayError) -> Entry? {
    var scanner = ValueScanner()
    var entry = Entry(range: 0..<0, offset: window.offset, length: 0)
    var position = 0
    while true {
      if position == window.count {
        if position > limit {
          entry.extent = .tooLong
          entry.length += Int64(position)
          window.consume(position)
          position = 0
        }
        if try !window.more() {
          if entry.extent == .whole { entry.extent = .cut }
          return finish(&entry, position, &window, limit)
        }
      }
      switch scanner.step(window.bytes[window.start + position]) {
      case .inside:
        position += 1
      case .last:
        return finish(&entry, position + 1, &window, limit)
      case .behind:
        // A stray bracket is an entry of one byte, or reading would never pass it.
        return finish(&entry, max(1, position), &window, limit)
      case .opensData:
        position += 1
        let isShort = entry.extent == .whole && position <= Self.envelopeLimit
        let head = isShort ? Array(window.bytes[window.start..<(window.start + position)]) : Array(#"{"data":["#.utf8)
        window.consume(position)
        containers.append(.envelope(head: head))
        return nil
      }
    }
  }

  private func finish(
    _ entry: inout Entry, _ count: Int, _ window: inout ContentWindow, _ limit: Int
  ) -> Entry {
    entry.length += Int64(count)
    if entry.length > Int64(limit) { entry.extent = .tooLong }
    if entry.extent != .tooLong { entry.range = window.start..<(window.start + count) }
    window.consume(count)
    return entry
  }

  /// The rest of an envelope behind its array.
  private mutating func envelopeTail(_ window: inout ContentWindow) throws(AssayError) -> [UInt8] {
    var scanner = ValueScanner(depth: 1)
    var tail: [UInt8] = []
    while true {
      if window.count == 0, try !window.more() {
        isUnclosed = true
        return Array("}".utf8)
      }
      let byte = window.bytes[window.start]
      window.consume(1)
      if tail.count <= Self.envelopeLimit { tail.append(byte) }
      if case .last = scanner.step(byte) { return tail.count <= Self.envelopeLimit ? tail : Array("}".utf8) }
    }
  }
}
