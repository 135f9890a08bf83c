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
