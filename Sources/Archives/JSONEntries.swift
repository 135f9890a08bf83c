import AuditTrail
import JSONReader

/// The entries of a JSON file: one to the line, or documents over any number of lines, which may be elements of arrays or of
/// list envelopes.
struct JSONEntries {
  /// Cuts out documents; `nil` where each entry has a line.
  private var splitter: DocumentSplitter?
  /// Whether brackets and commas of an array may surround the objects of the lines.
  private let isArray: Bool

  /// Looks at how the file is laid out.
  init(_ window: inout ContentWindow, limit: Int) throws(AssayError) {
    while window.count < 1 << 18, try window.more() {}
    if case .documents = try Framing.decide(&window, limit: limit) { splitter = DocumentSplitter() }
    isArray = false
  }

  /// The objects of an array that a server appends to: its brackets may be missing, it may end in a comma or inside a record.
  ///
  /// A record that was cut when the server died must not swallow those behind it. So they are read by lines where each has a
  /// line of its own.
  init(array window: inout ContentWindow, limit: Int) throws(AssayError) {
    if try !Self.isLineEach(&window, limit: limit) { splitter = DocumentSplitter() }
    isArray = true
  }

  /// Whether entries are lines.
  var isByLine: Bool { splitter == nil }

  /// Whether the file ends inside an array or an envelope.
  var isUnclosed: Bool { splitter?.isUnclosed == true }

  /// The next entry; `nil` at the end. A line of nothing but brackets and commas is an entry of no bytes.
  ///
  /// `envelope` takes what a list envelope says that ended on the way: an object without its elements.
  mutating func next(
    _ window: inout ContentWindow, limit: Int, envelope: ([UInt8]) -> Void = { _ in }
  ) throws(AssayError) -> Entry? {
    while let item = try splitter?.next(&window, limit: limit) {
      switch item {
      case .entry(let entry): return entry
      case .envelope(let bytes): envelope(bytes)
      case .end: return nil
      }
    }
    guard var entry = try window.nextLine(limit: limit) else { return nil }
    guard isArray, entry.extent == .whole else { return entry }
    while let first = entry.range.first, Self.isBetween(window.bytes[first]) {
      entry.range = (first + 1)..<entry.range.upperBound
      entry.offset += 1
    }
    while let last = entry.range.last, Self.isBetween(window.bytes[last]) {
      entry.range = entry.range.lowerBound..<last
    }
    return entry
  }

  /// The objects at the content's beginning, for what must be told before the first entry is read.
  static func first(_ window: borrowing ContentWindow, _ parser: inout JSONParser) -> [JSONTree] {
    var objects: [JSONTree] = []
    var rest = window.bytes[window.start..<window.end]
    while let open = rest.firstIndex(of: 0x7B), objects.count < shown {
      var scanner = ValueScanner()
      var end: Int?
      for index in rest[open...].indices {
        if case .last = scanner.step(rest[index]) {
          end = index
          break
        }
      }
      guard let end else { break }
      let document = rest[open...end]
      do throws(Rejection) {
        objects.append(try parser.object(document.span))
      } catch {
        // The entry says so when it is read.
      }
      rest = rest[(end + 1)...]
    }
    return objects
  }
  private static let shown = 100

  /// Whether the first object has a line of its own.
  private static func isLineEach(_ window: inout ContentWindow, limit: Int) throws(AssayError) -> Bool {
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
      if byte == 0x0A { return false }
      if case .last = scanner.step(byte) {
        return try Framing.isLineEnd(&window, at: position, limit: limit, isBetween)
      }
    }
    return true
  }

  /// Whether the byte may be between objects of an array.
  private static func isBetween(_ byte: UInt8) -> Bool {
    byte.isJSONSpace || byte.isByteOrderMark
      || [UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: ",")].contains(byte)
  }
}
