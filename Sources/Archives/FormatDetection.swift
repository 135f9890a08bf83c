import AuditTrail

/// Tells the format by the content's beginning.
struct FormatDetection {
  private let head: ArraySlice<UInt8>
  /// So many lines are looked at, as the first may be damaged.
  private static let lineLimit = 20

  /// A detection over the content's first bytes.
  init(head: ArraySlice<UInt8>) {
    self.head = head.drop { $0.isByteOrderMark }
  }

  /// The format; `nil` where the content is of none that is known.
  func format() throws(Rejection) -> ArchiveFormat? {
    guard let first = head.firstIndex(where: { !$0.isJSONSpace }) else { return nil }
    if let format = try format(at: first, isFirst: true) { return format }
    // What is within an array is not an entry of a format by lines.
    if head[first] == 0x5B { return nil }
    var start = first
    for _ in 0..<Self.lineLimit {
      guard let lineEnd = head[start...].firstIndex(of: 0x0A) else { return nil }
      start = lineEnd + 1
      guard start < head.endIndex else { return nil }
      if let format = try format(at: start, isFirst: false) { return format }
    }
    return nil
  }

  private func format(at start: Int, isFirst: Bool) throws(Rejection) -> ArchiveFormat? {
    let start = EntryStart(head[start...], isFirst: isFirst)
    for format in ArchiveFormat.allCases where try format.tells(start) { return format }
    return nil
  }
}
