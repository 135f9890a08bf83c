import AuditTrail
import Compression

/// Records of CSV: lines, of which quoted fields may hold more.
enum CSVEntries {
  /// How many bytes tell whether a record begins.
  static let lookahead = 128

  /// The length of the record at the beginning of the bytes, without its line end.
  static func length(of bytes: ArraySlice<UInt8>) -> Int {
    var isQuoted = false
    for index in bytes.indices {
      if bytes[index] == UInt8(ascii: "\"") { isQuoted.toggle() }
      if bytes[index] == 0x0A, !isQuoted { return index - bytes.startIndex }
    }
    return bytes.count
  }
}

extension ContentWindow {
  /// The next CSV record without its line end; `nil` at the end.
  ///
  /// A record that cannot be had whole ends before the next line at which `begins` says that one begins: a quote that is never
  /// closed takes no other record with it.
  mutating func nextQuoted(
    limit: Int, begins: (ArraySlice<UInt8>) -> Bool
  ) throws(AssayError) -> Entry? {
    var (scanned, isQuoted) = (0, false)
    while true {
      while scanned < count {
        let byte = bytes[start + scanned]
        if byte == UInt8(ascii: "\"") {
          isQuoted.toggle()
        } else if byte == 0x0A, !isQuoted {
          var entry = Entry(range: start..<(start + scanned), offset: offset, length: Int64(scanned))
          if scanned > limit { entry.extent = .tooLong }
          consume(scanned + 1)
          return entry
        }
        scanned += 1
      }
      if count > limit { return try skip(extent: .tooLong, begins: begins) }
      if try !more() { break }
    }
    guard count > 0 else { return nil }
    if isQuoted || damage != nil { return try skip(extent: .cut, begins: begins) }
    let entry = Entry(range: start..<end, offset: offset, length: Int64(count), isTerminated: false)
    consume(count)
    return entry
  }

  /// The next entry of lines, which goes on until a line at which `begins` says that another one begins; `nil` at the end.
  mutating func nextLines(limit: Int, begins: (ArraySlice<UInt8>) -> Bool) throws(AssayError) -> Entry? {
    var scanned = 0
    while true {
      while let lineEnd = bytes.span.extracting(0..<end).firstIndex(of: 0x0A, from: start + scanned) {
        let next = lineEnd + 1 - start
        while count - next < CSVEntries.lookahead, try more() {}
        if begins(bytes[(start + next)..<end]) || next == count {
          var entry = Entry(range: start..<(start + next - 1), offset: offset, length: Int64(next - 1))
          if next - 1 > limit { entry.extent = .tooLong }
          consume(next)
          return entry
        }
        scanned = next
        if scanned > limit { return try skip(extent: .tooLong, begins: begins) }
      }
      scanned = count
      if count > limit { return try skip(extent: .tooLong, begins: begins) }
      if try !more() { break }
    }
    guard count > 0 else { return nil }
    var entry = Entry(range: start..<end, offset: offset, length: Int64(count), isTerminated: false)
    if damage != nil { entry.extent = .cut }
    consume(count)
    return entry
  }

  /// Reads past an entry that cannot be had whole.
  private mutating func skip(
    extent: Entry.Extent, begins: (ArraySlice<UInt8>) -> Bool
  ) throws(AssayError) -> Entry {
    var entry = Entry(range: 0..<0, offset: offset, length: 0, extent: extent)
    while true {
      var scanned = 0
      while let lineEnd = bytes.span.extracting(0..<end).firstIndex(of: 0x0A, from: start + scanned) {
        let next = lineEnd + 1 - start
        while count - next < CSVEntries.lookahead, try more() {}
        if begins(bytes[(start + next)..<end]) {
          entry.length += Int64(next - 1)
          consume(next)
          // The content goes on: it was a quote that never closed.
          if entry.extent == .cut { entry.extent = .unclosed }
          return entry
        }
        scanned = next
      }
      entry.length += Int64(count)
      consume(count)
      if try !more() {
        entry.isTerminated = false
        return entry
      }
    }
  }
}
