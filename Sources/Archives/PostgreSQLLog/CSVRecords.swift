import AuditTrail
import Compression

extension ContentWindow {
  /// The next CSV record of a PostgreSQL log without its line end, which quoted fields may hold too; `nil` at the end.
  ///
  /// A record that is longer than the limit, or that the content ends in, ends before the next line that begins as a record
  /// does: a quote that is never closed takes no other record with it.
  mutating func nextCSVRecord(limit: Int) throws(AssayError) -> Entry? {
    var scanned = 0
    var isQuoted = false
    while true {
      while scanned < count {
        let byte = bytes[start + scanned]
        if byte == UInt8(ascii: "\"") {
          isQuoted.toggle()
        } else if byte == 0x0A, !isQuoted {
          return take(scanned, extent: scanned > limit ? .tooLong : .whole)
        }
        scanned += 1
      }
      if count > limit { return try skipRecord(extent: .tooLong) }
      if try !more() { break }
    }
    guard count > 0 else { return nil }
    if !isQuoted, damage == nil {
      let entry = Entry(range: start..<end, offset: offset, length: Int64(count), isTerminated: false)
      consume(count)
      return entry
    }
    return try skipRecord(extent: .cut)
  }

  private mutating func take(_ length: Int, extent: Entry.Extent) -> Entry {
    let entry = Entry(range: start..<(start + length), offset: offset, length: Int64(length), extent: extent)
    consume(length + 1)
    return entry
  }

  /// Reads past a record that cannot be had whole.
  private mutating func skipRecord(extent: Entry.Extent) throws(AssayError) -> Entry {
    var entry = Entry(range: 0..<0, offset: offset, length: 0, extent: extent)
    while true {
      var scanned = 0
      while let lineEnd = bytes.span.extracting(0..<end).firstIndex(of: 0x0A, from: start + scanned) {
        let next = lineEnd + 1 - start
        while count - next < PostgresLogTime.beginningBytes, try more() {}
        if PostgresLogTime.begins(bytes[(start + next)..<end]) {
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

/// The fields of one CSV record, by their places; quotes are taken off when a field is asked for.
struct CSVFields {
  private let bytes: ArraySlice<UInt8>
  private var ranges: [Range<Int>] = []
  private static let most = 64

  /// The fields of a record; throws where quotes stand where none may.
  init(_ bytes: ArraySlice<UInt8>) throws(Rejection) {
    self.bytes = bytes.last == 0x0D ? bytes.dropLast() : bytes
    var index = self.bytes.startIndex
    while true {
      let first = index
      if index < self.bytes.endIndex, self.bytes[index] == UInt8(ascii: "\"") {
        index = try behindQuoted(from: index)
      } else {
        while index < self.bytes.endIndex, self.bytes[index] != UInt8(ascii: ",") {
          if self.bytes[index] == UInt8(ascii: "\"") { throw Self.malformed(index - self.bytes.startIndex) }
          index += 1
        }
      }
      ranges.append(first..<index)
      guard ranges.count <= Self.most else { throw Rejection("bad_arity", "The record has too many fields") }
      guard index < self.bytes.endIndex else { return }
      index += 1
    }
  }

  private func behindQuoted(from start: Int) throws(Rejection) -> Int {
    var index = start + 1
    while index < bytes.endIndex {
      if bytes[index] == UInt8(ascii: "\"") {
        index += 1
        if index == bytes.endIndex || bytes[index] == UInt8(ascii: ",") { return index }
        guard bytes[index] == UInt8(ascii: "\"") else { throw Self.malformed(index - bytes.startIndex) }
      }
      index += 1
    }
    throw Self.malformed(start - bytes.startIndex)
  }

  private static func malformed(_ offset: Int) -> Rejection {
    Rejection("invalid_csv", "A quote stands where CSV allows none, or is not closed", offset: offset)
  }

  /// How many fields there are.
  var count: Int { ranges.count }

  /// Whether a field is empty or missing.
  func isEmpty(_ number: Int) -> Bool { number >= ranges.count || ranges[number].isEmpty }

  /// A field's bytes; empty where there is none.
  func field(_ number: Int) -> [UInt8] {
    guard number < ranges.count else { return [] }
    let raw = bytes[ranges[number]]
    guard raw.first == UInt8(ascii: "\"") else { return Array(raw) }
    var value: [UInt8] = []
    value.reserveCapacity(raw.count)
    var wasQuote = false
    for byte in raw.dropFirst().dropLast() {
      if byte == UInt8(ascii: "\""), wasQuote {
        wasQuote = false
        continue
      }
      wasQuote = byte == UInt8(ascii: "\"")
      value.append(byte)
    }
    return value
  }

  /// A field as text; `nil` where it is empty or missing. Bytes that are no UTF-8 are replaced.
  func text(_ number: Int) -> String? {
    let value = field(number)
    return value.isEmpty ? nil : String(decoding: value, as: UTF8.self)
  }
}
