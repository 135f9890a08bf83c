public import AuditTrail

/// Gathers records into batches and counts entries, so that each is accepted, rejected or blank.
struct RecordSink {
  /// The batch in work.
  var batch = RecordBatch()
  /// Entries so far.
  private(set) var entries: Int64 = 0
  private(set) var accepted: Int64 = 0
  private(set) var rejected: Int64 = 0
  private(set) var blank: Int64 = 0
  /// What wrote the archive.
  var header: ArchiveHeader? {
    didSet { batch.header = header }
  }
  private let path: String
  private let batchRecords: Int
  private let batchBytes: Int
  /// No damage leaves so many entries unread, and less than that many read.
  private static let mostRejected: Int64 = 100_000

  init(path: String, options: ReadOptions) {
    self.path = path
    batchRecords = max(1, options.batchRecords)
    batchBytes = max(1, options.batchBytes)
  }

  /// Counts the next entry, and returns its number.
  mutating func beginEntry() -> Int64 {
    entries += 1
    return entries
  }

  /// The entry gave records, or is the archive's own.
  mutating func accept() { accepted += 1 }

  /// The entry holds nothing but white space.
  mutating func skipBlank() { blank += 1 }

  /// So many lines hold nothing but white space.
  mutating func skipBlank(lines: Int64) {
    entries += lines
    blank += lines
  }

  /// The entry could not be read.
  mutating func reject(_ entry: Entry, number: Int64, _ why: Rejection) {
    rejected += 1
    batch.rejected.append(
      RejectedEntry(
        entry: number, byteOffset: entry.offset + Int64(why.offset), bytes: entry.length, reason: why.reason,
        message: why.message))
  }

  /// Reads an entry, and counts it as accepted or rejected; `nil` where it was rejected.
  mutating func take<Value>(
    _ entry: Entry, _ number: Int64, _ read: () throws(Rejection) -> Value
  ) -> Value? {
    do throws(Rejection) {
      switch entry.extent {
      case .whole: break
      case .tooLong: throw .tooLong
      case .cut: throw .cut
      case .unclosed: throw .unclosed
      }
      let value = try read()
      accept()
      return value
    } catch {
      reject(entry, number: number, error)
      return nil
    }
  }

  /// Delivers the batch when it is full.
  mutating func deliverIfFull(_ deliver: Deliver) throws(AssayError) {
    if rejected > Self.mostRejected, rejected > accepted {
      throw AssayError(
        .tooManyRejected,
        "More than \(Self.mostRejected) entries cannot be read, and fewer can; reading stopped. Check that the file is of the "
          + "format that was told", at: Place(path))
    }
    if batch.recordCount + batch.rejected.count >= batchRecords || batch.arena.count >= batchBytes {
      try deliverRest(deliver)
    }
  }

  /// Delivers what there is.
  mutating func deliverRest(_ deliver: Deliver) throws(AssayError) {
    guard batch.recordCount + batch.rejected.count > 0 else { return }
    var next = RecordBatch()
    next.header = header
    // As large as the last one: growing step by step would copy each byte twice.
    next.arena.reserveCapacity(min(batchBytes * 2, batch.arena.count + batch.arena.count / 8))
    next.statements.reserveCapacity(batch.statements.count)
    swap(&next, &batch)
    try deliver(next)
  }

  /// The entries' fate, into a summary.
  func tally(into summary: inout ArchiveSummary) {
    summary.entries = entries
    summary.accepted = accepted
    summary.rejected = rejected
    summary.blank = blank
    summary.header = header
  }
}

extension AssayError.Code {
  /// A file is mostly of entries that cannot be read.
  public static let tooManyRejected = Self("too_many_rejected", .badData)
}
