import AuditTrail

/// What is wrapped around the lines of PostgreSQL's log: how entries are cut, and which line is in each.
protocol PostgresEnvelope: ~Copyable, SendableMetatype {
  /// The name for `--format` and in summaries.
  static var name: String { get }
  /// What a person calls the format.
  static var title: String { get }
  /// How it is told from the others.
  static var detection: String { get }
  /// How its entries are laid out in the file.
  static var entries: String { get }
  /// What its records can show besides sessions and statements.
  static var shows: Set<ArchiveContent> { get }

  /// Whether content is of the format, by the entry that begins there.
  static func tells(_ start: EntryStart) throws(Rejection) -> Bool

  /// An envelope of one archive.
  init(options: ReadOptions)
  /// Looks at the content's beginning before the first entry is read.
  mutating func prepare(_ window: inout ContentWindow) throws(AssayError)
  /// The next entry; `nil` at the end.
  mutating func next(_ window: inout ContentWindow, limit: Int) throws(AssayError) -> Entry?
  /// Opens an entry, and gives what became whole.
  mutating func open(
    _ bytes: ArraySlice<UInt8>, number: Int64, into lines: inout [Entered<PostgresLogLine>]
  ) throws(Rejection)
  /// Steps over an entry that cannot be had whole, and gives what it may have followed.
  mutating func skip(into lines: inout [Entered<PostgresLogLine>])
  /// Gives what waited for more.
  mutating func end(into lines: inout [Entered<PostgresLogLine>])
  /// Says what the envelope itself shows.
  func report(into summary: inout ArchiveSummary, flags: inout Set<String>)
}

extension PostgresEnvelope where Self: ~Copyable {
  static var shows: Set<ArchiveContent> { [.results, .parameters] }
  mutating func prepare(_ window: inout ContentWindow) throws(AssayError) {}
  mutating func next(_ window: inout ContentWindow, limit: Int) throws(AssayError) -> Entry? {
    try window.nextLine(limit: limit)
  }
  mutating func skip(into lines: inout [Entered<PostgresLogLine>]) {}
  mutating func end(into lines: inout [Entered<PostgresLogLine>]) {}
  func report(into summary: inout ArchiveSummary, flags: inout Set<String>) {}
}

/// Reads PostgreSQL's log in one of its envelopes.
struct PostgresLogReader<Envelope: PostgresEnvelope & ~Copyable>: ArchiveReader, ~Copyable {
  static var name: String { Envelope.name }
  static var title: String { Envelope.title }
  static var detection: String { Envelope.detection }
  static var entries: String { Envelope.entries }
  static var shows: Set<ArchiveContent> { Envelope.shows }
  static var producer: String? { "postgresql" }

  private let options: ReadOptions
  private var envelope: Envelope
  private var sessions: PostgresSessions
  private var lines: [Entered<PostgresLogLine>] = []

  static func tells(_ start: EntryStart) throws(Rejection) -> Bool { try Envelope.tells(start) }

  /// A reader of one archive.
  init(options: ReadOptions) {
    self.options = options
    envelope = Envelope(options: options)
    sessions = PostgresSessions(options: options)
  }

  /// Reads the archive to its end.
  mutating func read(
    _ window: inout ContentWindow, into sink: inout RecordSink, _ deliver: Deliver
  ) throws(AssayError) {
    try envelope.prepare(&window)
    while let (entry, number) = try next(&window, into: &sink, deliver) {
      do throws(Rejection) {
        if entry.extent != .whole { envelope.skip(into: &lines) }
        try entry.requireWhole()
        try envelope.open(window.bytes[entry.range], number: number, into: &lines)
        sink.accept()
      } catch {
        if error == PostgresLogLine.unreadSeverity { sessions.noteUnreadSeverity() }
        sink.reject(entry, number: number, error)
      }
      take(into: &sink)
    }
    envelope.end(into: &lines)
    take(into: &sink)
    sessions.end(into: &sink.batch)
  }

  private mutating func next(
    _ window: inout ContentWindow, into sink: inout RecordSink, _ deliver: Deliver
  ) throws(AssayError) -> (entry: Entry, number: Int64)? {
    let limit = options.maximumEntryBytes
    return try sink.next(&window, limit: limit, deliver) { (window) throws(AssayError) in
      try envelope.next(&window, limit: limit)
    }
  }

  private mutating func take(into sink: inout RecordSink) {
    for line in lines { sessions.take(line.value, entry: line.entry, into: &sink.batch) }
    lines.removeAll(keepingCapacity: true)
  }

  /// What was found, into a summary.
  func report(into summary: inout ArchiveSummary, flags: inout Set<String>) {
    envelope.report(into: &summary, flags: &flags)
    sessions.report(into: &summary, flags: &flags)
  }
}
