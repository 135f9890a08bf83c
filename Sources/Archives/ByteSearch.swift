import Compression

extension ArraySlice<UInt8> {
  /// Where a text first occurs; `nil` where it does not, or is empty.
  ///
  /// The standard library's `firstRange(of:)` takes microseconds a call, and readers ask this for each line.
  func range(of text: String) -> Range<Int>? { range(of: text.utf8) }

  /// Where bytes first occur; `nil` where they do not, or are none.
  func range(of mark: some Collection<UInt8>) -> Range<Int>? {
    guard let first = mark.first else { return nil }
    let length = mark.count
    var start = startIndex
    while let found = span.firstIndex(of: first, from: start - startIndex) {
      start = startIndex + found
      guard endIndex - start >= length else { return nil }
      if self[start..<(start + length)].elementsEqual(mark) { return start..<(start + length) }
      start += 1
    }
    return nil
  }
}

/// Words that are looked for together in texts, in ASCII and without regard to case.
struct WordSearch {
  private let words: [[UInt8]]
  private let begins: [Bool]

  /// A search for words in small letters, none of which is empty.
  init(_ words: [String]) {
    self.words = words.map { Array($0.utf8) }
    var begins = [Bool](repeating: false, count: 256)
    for first in self.words.compactMap(\.first) {
      begins[Int(first)] = true
      begins[Int(Self.capital(first))] = true
    }
    self.begins = begins
  }

  /// Whether one of the words is in a text.
  func finds(in text: String) -> Bool {
    var text = text
    text.makeContiguousUTF8()
    let bytes = text.utf8Span.span
    return bytes.indices.contains { place in
      begins[Int(bytes[place])] && words.contains { Self.isAt(place, $0, bytes) }
    }
  }

  private static func isAt(_ place: Int, _ word: [UInt8], _ bytes: Span<UInt8>) -> Bool {
    guard bytes.count - place >= word.count else { return false }
    return word.indices.allSatisfy { bytes[place + $0] == word[$0] || bytes[place + $0] == capital(word[$0]) }
  }

  private static func capital(_ byte: UInt8) -> UInt8 { (0x61...0x7A).contains(byte) ? byte & ~0x20 : byte }
}
