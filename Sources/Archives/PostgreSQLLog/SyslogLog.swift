public import AuditTrail

/// PostgreSQL's log as syslog stores it. Source: PostgreSQL 15, `write_syslog`, which cuts a message at its line ends and at 900
/// bytes, and numbers its parts `[n-m]`.
struct SyslogLog: PostgresEnvelope {
  static let name = "postgresql.syslog"
  static let title = "PostgreSQL by way of syslog"
  static let detection = "syslog lines of a program with its process, and a part's number [n-m]"
  static let entries = "lines; a message is one or several"

  private struct Message {
    var number: Int64
    var part: Int64
    var time: Timestamp
    /// The lines so far: each a line of the log with what continues it.
    var texts: [[UInt8]]
    /// How many bytes they have.
    var bytes: Int
    var entry: Int64
    var isCut = false
  }

  private let options: ReadOptions
  private var text: TextLog?
  private var clock: LocalTime
  private var messages = Waiting<Int64, Message>()
  private var missingParts = 0
  private var unread = 0
  private var others = 0
  private var waiting: [Entered<PostgresLogLine>] = []

  init(options: ReadOptions) {
    self.options = options
    clock = LocalTime(options)
  }

  static func tells(_ start: EntryStart) -> Bool {
    let line = start.bytes.prefix(300).prefix { $0 != 0x0A }
    return begins(line)
  }

  /// Whether a line is one of syslog with a part's number.
  static func begins(_ line: ArraySlice<UInt8>) -> Bool { SyslogLine(line) != nil }

  mutating func prepare(_ window: inout ContentWindow) throws(AssayError) {
    let lines = try PostgresText.lines(&window) { line in
      guard let parsed = SyslogLine(line), parsed.part == 1 else { return nil }
      return parsed.text
    }
    // The first part may be cut within the text, and never within its prefix.
    let told = LinePrefixSniffing.tell(
      lines, given: options.linePrefix ?? (lines.allSatisfy(Self.hasNoPrefix) ? "" : nil), carriesTime: true,
      carriesProcess: true)
    text = try TextLog(told, zone: options.zone)
    let hasTime = text?.prefix.hasTime == true
    let first = window.bytes[window.start..<window.end].prefix { $0 != 0x0A }
    guard !hasTime, let parsed = SyslogLine(first), (try? moment(parsed.time)) == nil else { return }
    throw AssayError(
      .unknownLogYear,
      "The times of this syslog file have neither year nor zone, and log_line_prefix has no time. Set --log-year to the year in "
        + "which it begins and --log-time-zone to the zone of its clock")
  }

  private static func hasNoPrefix(_ line: ArraySlice<UInt8>) -> Bool {
    PostgresText.severity(in: line) == line.startIndex
  }

  mutating func open(
    _ bytes: ArraySlice<UInt8>, number: Int64, into lines: inout [Entered<PostgresLogLine>]
  ) throws(Rejection) {
    guard let line = SyslogLine(bytes) else {
      guard SyslogLine.isOfAnother(bytes) else {
        throw Rejection(
          "not_a_log_line",
          "The line is none of syslog with a process and a part's number [n-m]; set syslog_sequence_numbers = on")
      }
      others += 1
      return
    }
    var time = Timestamp(nanoseconds: 0)
    if text?.prefix.hasTime != true { time = try moment(line.time) }
    let part = line.text.withoutOctalEscapes
    defer {
      lines.append(contentsOf: waiting)
      waiting.removeAll()
    }
    if let message = messages[line.process], message.number == line.number, line.part > message.part {
      try add(part, line)
      while let oldest = messages.excess() { release(oldest) }
      return
    }
    release(line.process)
    guard line.part == 1 else {
      missingParts += 1
      throw Rejection("line_without_its_first", "The line belongs to one that is not in the archive")
    }
    // A line that is not of the log is rejected here, before its parts are put together.
    try text?.check(part[...], TextLog.Known(time: time, process: line.process))
    let message = Message(number: line.number, part: 1, time: time, texts: [part], bytes: part.count, entry: number)
    messages.put(message, bytes: part.count, for: line.process)
    while let oldest = messages.excess() { release(oldest) }
  }

  private mutating func moment(_ time: SyslogTime) throws(Rejection) -> Timestamp {
    do throws(AssayError) {
      return try clock.moment(time)
    } catch {
      throw error.code == .yearMissing ? Rejection("year_missing", error.message) : PostgresLogTime.ambiguousZone
    }
  }

  private mutating func add(_ part: [UInt8], _ line: SyslogLine) throws(Rejection) {
    let (prefix, limit) = (text?.prefix, options.maximumEntryBytes)
    var (isTooLong, misses) = (false, 0)
    messages.change(line.process) { message in
      message.bytes += part.count
      isTooLong = message.bytes > limit
      guard !isTooLong else { return 0 }
      if line.part - 1 != message.part {
        misses += 1
        message.isCut = true
      }
      message.part = line.part
      if let match = prefix?.match(part[...]), TextLog.isFollower(match.severity) {
        message.texts.append(part)
      } else if part.first == 0x09 {
        message.texts[message.texts.count - 1].append(0x0A)
        message.texts[message.texts.count - 1].append(contentsOf: part.dropFirst())
      } else {
        message.texts[message.texts.count - 1].append(contentsOf: part)
      }
      return part.count
    }
    missingParts += misses
    guard isTooLong else { return }
    _ = messages.take(line.process)
    throw .tooLong
  }

  private mutating func release(_ process: Int64) {
    guard let message = messages.take(process) else { return }
    for text in message.texts {
      let known = TextLog.Known(time: message.time, process: process)
      do throws(Rejection) {
        try self.text?.take(text[...], known, number: message.entry, into: &waiting)
      } catch {
        // Its parts were accepted one by one.
        unread += 1
      }
    }
    if message.isCut { text?.cutLast() }
  }

  mutating func end(into lines: inout [Entered<PostgresLogLine>]) {
    for process in messages.keys { release(process) }
    lines.append(contentsOf: waiting)
    waiting = []
    text?.end(into: &lines)
  }

  func report(into summary: inout ArchiveSummary, flags: inout Set<String>) {
    if let text { summary.notes.append("The lines were read with log_line_prefix '\(text.prefix.text)'") }
    if others > 0 { summary.notes.append("\(grouped(others)) lines are of other programs, and hold no statement") }
    if unread > 0 {
      flags.insert("messages_unread")
      summary.notes.append("\(grouped(unread)) messages cannot be read once their parts are put together")
    }
    guard missingParts > 0 else { return }
    flags.insert("parts_missing")
    summary.notes.append(
      "\(grouped(missingParts)) times a part of a message is missing: its text is not whole. syslog may drop what comes too fast"
    )
  }
}

extension AssayError.Code {
  /// A log whose times have no year.
  public static let unknownLogYear = Self("unknown_log_year", .badData)
}
