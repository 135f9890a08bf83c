import AuditTrail

/// Reads the XML of MySQL's and Percona's audit plugins: values as elements (new) or as attributes (old).
struct MySQLAuditXMLReader: ArchiveReader, ~Copyable {
  static let name = "mysql.audit_xml"
  static let title = "MySQL Enterprise Audit, Percona audit_log (XML)"
  static let detection = "elements AUDIT_RECORD, with values as elements or as attributes"
  static let entries = "AUDIT_RECORD elements"
  static let shows: Set<ArchiveContent> = [.identities, .results, .parameters]
  static let producer: String? = "mysql"

  private let options: ReadOptions
  private var records: MySQLAuditRecords

  static func tells(_ start: EntryStart) -> Bool {
    start.bytes.first == UInt8(ascii: "<") && start.bytes.prefix(1024).range(of: XMLRecord.opening) != nil
  }

  /// A reader of one archive.
  init(options: ReadOptions) {
    self.options = options
    records = MySQLAuditRecords(options: options)
  }

  /// Reads the archive to its end.
  mutating func read(
    _ window: inout ContentWindow, into sink: inout RecordSink, _ deliver: Deliver
  ) throws(AssayError) {
    while let entry = try window.nextXMLRecord(limit: options.maximumEntryBytes) {
      let number = sink.beginEntry()
      let record = sink.take(entry, number) { () throws(Rejection) in
        try MySQLAuditRecord(try XMLRecord.values(window.bytes[entry.range]))
      }
      if let record { records.take(record, number, &sink.batch) }
      try sink.deliverIfFull(deliver)
    }
    records.settle(&sink.batch)
  }

  /// What was found, into a summary.
  func report(into summary: inout ArchiveSummary, flags: inout Set<String>) {
    records.report(into: &summary, flags: &flags)
  }
}

/// One `AUDIT_RECORD` element. This does not read XML in general: the plugins write one form, and escape special characters.
enum XMLRecord {
  static let opening = Array("<AUDIT_RECORD".utf8)
  static let closing = Array("</AUDIT_RECORD>".utf8)
  static let selfClosing = Array("/>".utf8)

  /// The values by their names in lower case.
  static func values(_ bytes: ArraySlice<UInt8>) throws(Rejection) -> [String: String] {
    guard bytes.starts(with: opening), let end = bytes.firstIndex(of: UInt8(ascii: ">")) else {
      throw Rejection("not_a_record", "The text is not an element AUDIT_RECORD")
    }
    let head = bytes[(bytes.startIndex + opening.count)..<end]
    var values: [String: String] = [:]
    if head.contains(UInt8(ascii: "=")) {
      var rest = head
      while let mark = rest.range(of: "=\"") {
        let tail = rest[mark.upperBound...]
        guard let close = tail.firstIndex(of: UInt8(ascii: "\"")) else { throw malformed }
        set(&values, rest[..<mark.lowerBound], tail[..<close])
        rest = tail[(close + 1)...]
      }
      return values
    }
    var rest = bytes[(end + 1)...]
    while let open = rest.firstIndex(of: UInt8(ascii: "<")) {
      if rest[open...].starts(with: closing) { return values }
      guard let nameEnd = rest[open...].firstIndex(of: UInt8(ascii: ">")) else { throw malformed }
      let name = rest[(open + 1)..<nameEnd]
      if name.last == UInt8(ascii: "/") {
        rest = rest[(nameEnd + 1)...]
        continue
      }
      let tail = rest[(nameEnd + 1)...]
      guard let close = tail.range(of: Array("</".utf8) + name + [UInt8(ascii: ">")]) else { throw malformed }
      set(&values, name, tail[..<close.lowerBound])
      rest = tail[close.upperBound...]
    }
    return values
  }

  private static func set(_ values: inout [String: String], _ name: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>) {
    let name = String(decoding: name.filter { !$0.isJSONSpace }, as: UTF8.self).lowercased()
    values[name] = String(decoding: unescaped(value), as: UTF8.self)
  }

  private static let malformed = Rejection("invalid_xml", "A value of the record is not closed")

  private static let entities: [[UInt8]: UInt8] = [
    Array("lt".utf8): UInt8(ascii: "<"), Array("gt".utf8): UInt8(ascii: ">"), Array("amp".utf8): UInt8(ascii: "&"),
    Array("quot".utf8): UInt8(ascii: "\""), Array("apos".utf8): UInt8(ascii: "'"),
  ]

  /// The text of a value, its references resolved; what is not a reference stays as it is.
  private static func unescaped(_ value: ArraySlice<UInt8>) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(value.count)
    var index = value.startIndex
    while index < value.endIndex {
      let rest = value[index...].prefix(12)
      if rest.first == UInt8(ascii: "&"), let end = rest.firstIndex(of: UInt8(ascii: ";")) {
        let name = Array(rest[(index + 1)..<end])
        if let byte = entities[name] {
          text.append(byte)
        } else if let scalar = scalar(name) {
          text.append(contentsOf: Array(String(Character(scalar)).utf8))
        } else {
          text.append(contentsOf: value[index...end])
        }
        index = end + 1
      } else {
        text.append(value[index])
        index += 1
      }
    }
    return text
  }

  /// `#10` or `#x0A`.
  private static func scalar(_ name: [UInt8]) -> Unicode.Scalar? {
    guard name.first == UInt8(ascii: "#") else { return nil }
    let isHex = name.dropFirst().first.map { $0 | 0x20 == UInt8(ascii: "x") } ?? false
    let digits = String(decoding: name.dropFirst(isHex ? 2 : 1), as: UTF8.self)
    return UInt32(digits, radix: isHex ? 16 : 10).flatMap(Unicode.Scalar.init)
  }
}

extension ContentWindow {
  /// The next `AUDIT_RECORD` element; `nil` at the end. Other tags and white space between records are not entries; one that is
  /// not closed ends where the next begins.
  mutating func nextXMLRecord(limit: Int) throws(AssayError) -> Entry? {
    guard try skip(to: XMLRecord.opening) else { return nil }
    var entry = Entry(range: 0..<0, offset: offset, length: 0)
    var scanned = XMLRecord.opening.count
    while true {
      while scanned < count {
        guard
          let bracket = bytes.span.extracting(0..<end).firstIndex(
            of: UInt8(ascii: "<"), or: UInt8(ascii: "/"), from: start + scanned)
        else {
          scanned = count
          break
        }
        scanned = bracket - start
        while count - scanned < XMLRecord.closing.count, try more() {}
        let rest = bytes[(start + scanned)..<end]
        let isOld = rest.starts(with: XMLRecord.selfClosing) && isHead(scanned)
        if isOld || rest.starts(with: XMLRecord.closing) {
          let length = scanned + (isOld ? XMLRecord.selfClosing.count : XMLRecord.closing.count)
          return take(&entry, length, limit)
        }
        if rest.starts(with: XMLRecord.opening) {
          entry.extent = .unclosed
          return take(&entry, scanned, limit)
        }
        scanned += 1
      }
      if count > limit {
        entry.extent = .tooLong
        // What may be the beginning of a closing tag stays.
        let passed = max(0, count - XMLRecord.closing.count)
        entry.length += Int64(passed)
        consume(passed)
        scanned = 0
      }
      if try !more() { break }
    }
    if entry.extent == .whole { entry.extent = .cut }
    return take(&entry, count, limit)
  }

  /// Whether the record's own tag has not ended before.
  private func isHead(_ scanned: Int) -> Bool {
    !bytes[start..<(start + scanned)].contains(UInt8(ascii: ">"))
  }

  private mutating func take(_ entry: inout Entry, _ length: Int, _ limit: Int) -> Entry {
    entry.length += Int64(length)
    if entry.length > Int64(limit) { entry.extent = .tooLong }
    if entry.extent == .whole { entry.range = start..<(start + length) }
    consume(length)
    return entry
  }

  /// Consumes up to the place of the bytes; false where the content ends before.
  private mutating func skip(to mark: [UInt8]) throws(AssayError) -> Bool {
    while true {
      while count < mark.count { if try !more() { consume(count); return false } }
      if let found = bytes[start..<end].range(of: mark) {
        consume(found.lowerBound - start)
        return true
      }
      consume(count - mark.count + 1)
      if try !more() {
        consume(count)
        return false
      }
    }
  }
}

extension Span<UInt8> {
  /// The first of two bytes from an index on.
  fileprivate func firstIndex(of one: UInt8, or other: UInt8, from start: Int) -> Int? {
    var index = start
    while index < count {
      if self[index] == one || self[index] == other { return index }
      index += 1
    }
    return nil
  }
}
