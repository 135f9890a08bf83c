import AuditTrail
import Compression

extension ContentWindow {
  /// The next line with the lines behind it that begin with a tab, without its line end; `nil` at the end of the content.
  ///
  /// PostgreSQL puts a tab behind each line end of a message, so that no text can begin a line of the log.
  mutating func nextTextEntry(limit: Int) throws(AssayError) -> Entry? {
    guard var entry = try nextLine(limit: limit) else { return nil }
    guard entry.isTerminated else { return entry }
    guard entry.extent == .whole else { return try skipContinuations(entry) }
    // Its bytes stay where they are only as long as nothing is read: it is taken again, with what continues it.
    unread(Int(entry.length) + 1)
    var scanned = Int(entry.length) + 1
    while true {
      if scanned == count, try !more() { break }
      guard bytes[start + scanned] == 0x09 else { break }
      if let lineEnd = bytes.span.extracting(0..<end).firstIndex(of: 0x0A, from: start + scanned) {
        scanned = lineEnd + 1 - start
      } else if count <= limit, try more() {
        continue
      } else {
        scanned = count
      }
      guard scanned <= limit else {
        entry.isTerminated = bytes[start + scanned - 1] == 0x0A
        entry.length = Int64(entry.isTerminated ? scanned - 1 : scanned)
        (entry.extent, entry.range) = (.tooLong, 0..<0)
        consume(scanned)
        return try skipContinuations(entry)
      }
    }
    entry.isTerminated = bytes[start + scanned - 1] == 0x0A
    let length = entry.isTerminated ? scanned - 1 : scanned
    entry.range = start..<(start + length)
    entry.length = Int64(length)
    if !entry.isTerminated, damage != nil { entry.extent = .cut }
    consume(scanned)
    return entry
  }

  /// Steps over what continues an entry that is too long.
  private mutating func skipContinuations(_ first: Entry) throws(AssayError) -> Entry {
    var entry = first
    while true {
      if count == 0, try !more() { return entry }
      if entry.isTerminated {
        guard bytes[start] == 0x09 else { return entry }
        entry.length += 1
      }
      let lineEnd = bytes.span.extracting(0..<end).firstIndex(of: 0x0A, from: start)
      let length = lineEnd.map { $0 - start } ?? count
      entry.length += Int64(length)
      entry.isTerminated = lineEnd != nil
      consume(entry.isTerminated ? length + 1 : length)
    }
  }
}

extension ArraySlice<UInt8> {
  /// The entry without its carriage return, and without the tab behind each line end within it.
  var withoutContinuationTabs: ArraySlice<UInt8> {
    let text = last == 0x0D ? dropLast() : self
    guard text.contains(0x0A) else { return text }
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    var wasLineEnd = false
    for byte in text {
      defer { wasLineEnd = byte == 0x0A }
      if wasLineEnd, byte == 0x09 { continue }
      result.append(byte)
    }
    return result[...]
  }
}

extension TextLog {
  /// Takes a text that holds one or several lines of the log, and nothing else.
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
