import AuditTrail
import Compression
import Digests

/// An entry of an archive, where it is in the window.
struct Entry {
  /// What could be had of it.
  enum Extent {
    /// All of it.
    case whole
    /// It is longer than the limit and was skipped.
    case tooLong
    /// The content ended inside it.
    case cut
    /// A quote in it is never closed, and another entry follows.
    case unclosed
  }

  /// The entry's bytes in the window, until the next call that reads; empty when it was skipped.
  var range: Range<Int>
  /// Its offset in the content.
  var offset: Int64
  /// Its length in bytes.
  var length: Int64
  /// What could be had of it.
  var extent = Extent.whole
  /// The RFC 6962 leaf digest of a line that was skipped.
  var leaf: SHA256Digest?
  /// Whether a line end follows.
  var isTerminated = true

  /// Throws why it could not be had whole.
  func requireWhole() throws(Rejection) {
    switch extent {
    case .whole: break
    case .tooLong: throw .tooLong
    case .cut: throw .cut
    case .unclosed: throw .unclosed
    }
  }
}

extension ContentWindow {
  /// The next line without its line end; `nil` at the end of the content.
  mutating func nextLine(limit: Int) throws(AssayError) -> Entry? {
    var scanned = 0
    while true {
      if let lineEnd = bytes.span.extracting(0..<end).firstIndex(of: 0x0A, from: start + scanned) {
        let length = lineEnd - start
        var entry = Entry(range: start..<lineEnd, offset: offset, length: Int64(length))
        if length > limit {
          entry.extent = .tooLong
          entry.leaf = leafDigest(of: entry.range)
        }
        consume(length + 1)
        return entry
      }
      scanned = count
      if count > limit { return try skipLine() }
      if try !more() { return lastLine() }
    }
  }

  /// Steps over lines that hold nothing but white space, as far as they were read, and says how many. One by one they would
  /// cost as much as records, and a small file may unpack to a thousand million of them.
  mutating func skipBlankLines(limit: Int) -> Int64 {
    var (lines, line): (Int64, Int) = (0, start)
    for index in start..<end {
      let byte = bytes[index]
      guard byte.isJSONSpace, index - line <= limit else { break }
      if byte == 0x0A { (lines, line) = (lines + 1, index + 1) }
    }
    consume(line - start)
    return lines
  }

  /// The bytes behind the last line end.
  private mutating func lastLine() -> Entry? {
    guard count > 0 else { return nil }
    var entry = Entry(range: start..<end, offset: offset, length: Int64(count), isTerminated: false)
    if damage != nil { entry.extent = .cut }
    consume(count)
    return entry
  }

  /// Reads past a line that is longer than the limit, hashing it as it goes by.
  private mutating func skipLine() throws(AssayError) -> Entry {
    var entry = Entry(range: 0..<0, offset: offset, length: 0, extent: .tooLong)
    var leaf = SHA256Hasher()
    leaf.update([0])
    while true {
      let lineEnd = bytes.span.extracting(0..<end).firstIndex(of: 0x0A, from: start)
      let part = start..<(lineEnd ?? end)
      leaf.update(bytes.span.extracting(part))
      entry.length += Int64(part.count)
      consume(part.count)
      if lineEnd != nil {
        consume(1)
        break
      }
      if try !more() {
        entry.isTerminated = false
        break
      }
    }
    entry.leaf = leaf.finish()
    return entry
  }

  private func leafDigest(of range: Range<Int>) -> SHA256Digest {
    var leaf = SHA256Hasher()
    leaf.update([0])
    leaf.update(bytes.span.extracting(range))
    return leaf.finish()
  }

  /// Whether the entry holds nothing but white space.
  func isBlank(_ range: Range<Int>) -> Bool {
    let span = bytes.span.extracting(range)
    for index in span.indices where !span[index].isJSONSpace { return false }
    return true
  }
}

extension UInt8 {
  /// Whether JSON takes it for white space.
  var isJSONSpace: Bool { self == 0x20 || self == 0x0A || self == 0x0D || self == 0x09 }
}
