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
  /// The archive's path.
  let path: String
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

  /// The next entry that holds more than white space, with its number; `nil` at the end. `cut` takes it out of the window.
  ///
  /// Lines of nothing are entries, too, but for documents, between which a line end says nothing. The records of the entry
  /// before are delivered when there are enough of them.
  mutating func next(
    _ window: inout ContentWindow, limit: Int, isByLine: Bool = true, _ deliver: Deliver,
    _ cut: (inout ContentWindow) throws(AssayError) -> Entry?
  ) throws(AssayError) -> (entry: Entry, number: Int64)? {
    try deliverIfFull(deliver)
    while true {
      if isByLine { skipBlank(lines: window.skipBlankLines(limit: limit)) }
      guard let entry = try cut(&window) else { return nil }
      let number = beginEntry()
      guard entry.extent == .whole, window.isBlank(entry.range) else { return (entry, number) }
      skipBlank()
    }
  }

  /// The next entry of JSON that holds more than white space.
  mutating func next(
    _ window: inout ContentWindow, _ entries: inout JSONEntries, limit: Int, _ deliver: Deliver,
    envelope: ([UInt8]) -> Void = { _ in }
  ) throws(AssayError) -> (entry: Entry, number: Int64)? {
    let isByLine = entries.isByLine
    return try next(&window, limit: limit, isByLine: isByLine, deliver) { (window) throws(AssayError) in
      try entries.next(&window, limit: limit, envelope: envelope)
    }
  }

  /// The next line that holds more than white space.
  mutating func nextLine(
    _ window: inout ContentWindow, limit: Int, _ deliver: Deliver
  ) throws(AssayError) -> (entry: Entry, number: Int64)? {
    try next(&window, limit: limit, deliver) { (window) throws(AssayError) in try window.nextLine(limit: limit) }
  }

  /// Reads an entry, and counts it as accepted or rejected; `nil` where it was rejected.
  mutating func take<Value>(
    _ entry: Entry, _ number: Int64, _ read: () throws(Rejection) -> Value
  ) -> Value? {
    do throws(Rejection) {
      try entry.requireWhole()
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
    if held >= batchRecords || batch.arena.count >= batchBytes {
      try deliverRest(deliver)
    }
  }

  /// How much the batch holds.
  private var held: Int { batch.recordCount + batch.rejected.count + batch.outputs.count }

  /// Delivers what there is.
  mutating func deliverRest(_ deliver: Deliver) throws(AssayError) {
    guard held > 0 else { return }
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
