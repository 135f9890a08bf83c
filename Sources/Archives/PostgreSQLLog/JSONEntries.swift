import AuditTrail
import JSONReader

/// The entries of a JSON file of one of the cloud envelopes: lines, or the elements of an array.
struct JSONEntries: ~Copyable {
  private var parser: JSONParser
  private var splitter: DocumentSplitter?

  init(options: ReadOptions) { parser = JSONParser(maximumBytes: options.maximumEntryBytes) }

  /// Looks at how the file is laid out.
  mutating func prepare(_ window: inout ContentWindow, limit: Int) throws(AssayError) {
    while window.count < 1 << 18, try window.more() {}
    if case .documents = try Framing.decide(&window, limit: limit) { splitter = DocumentSplitter() }
  }

  /// The next entry; `nil` at the end.
  mutating func next(_ window: inout ContentWindow, limit: Int) throws(AssayError) -> Entry? {
    guard splitter != nil else { return try window.nextLine(limit: limit) }
    while let item = try splitter?.next(&window, limit: limit) {
      switch item {
      case .entry(let entry): return entry
      case .envelope: continue
      case .end: return nil
      }
    }
    return nil
  }

  /// The object of an entry.
  mutating func object(_ bytes: ArraySlice<UInt8>) throws(Rejection) -> JSONTree {
    let root = try parser.root(bytes)
    return parser.tree(root)
  }

  /// Whether the file ends inside its array.
  var isUnclosed: Bool { splitter?.isUnclosed == true }

  /// The objects at the content's beginning, for what must be told before the first is read.
  mutating func first(_ window: borrowing ContentWindow) -> [JSONTree] {
    var objects: [JSONTree] = []
    var rest = window.bytes[window.start..<window.end]
    while let open = rest.firstIndex(of: 0x7B), objects.count < Self.shown {
      var scanner = ValueScanner()
      var end: Int?
      for index in rest[open...].indices {
        if case .last = scanner.step(rest[index]) {
          end = index
          break
        }
      }
      guard let end else { break }
      if let object = try? object(rest[open...end]) { objects.append(object) }
      rest = rest[(end + 1)...]
    }
    return objects
  }
  private static let shown = 100
}

extension JSONTree {
  /// A whole number, also where it is written as text.
  var wholeNumber: Int64? { integer ?? string.flatMap { Int64($0) } }
  /// A text that is not empty, also where it is written as a number.
  var label: String? { text ?? integer.map { String($0) } }
}

extension TextLog {
  /// Takes a text of one or several lines of the log, of which an envelope says that nothing else stands in it.
  mutating func take(
    whole text: String, _ known: Known, number: Int64, into lines: inout [Entered<PostgresLogLine>]
  ) throws(Rejection) {
    var parts: [[UInt8]] = []
    for line in Array(text.utf8).split(separator: 0x0A, omittingEmptySubsequences: false) {
      let isNext = line.first != 0x09 && prefix.match(line) != nil
      if isNext || parts.isEmpty {
        parts.append(Array(line))
      } else {
        parts[parts.count - 1].append(0x0A)
        parts[parts.count - 1].append(contentsOf: line.first == 0x09 ? line.dropFirst() : line)
      }
    }
    while parts.last?.last == 0x0A { parts[parts.count - 1].removeLast() }
    for part in parts { try take(part[...], known, number: number, into: &lines) }
  }

  /// The lines of such a text that begin with the prefix, for telling it.
  static func heads(_ text: String) -> [ArraySlice<UInt8>] {
    Array(text.utf8).split(separator: 0x0A).prefix(1).filter { $0.first != 0x09 }
  }
}
