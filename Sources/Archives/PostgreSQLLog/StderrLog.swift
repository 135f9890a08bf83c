public import AuditTrail

/// PostgreSQL's log as text, as it goes to standard error, to the collector's `.log` files, and from there to RDS and Aurora.
struct StderrLog: PostgresEnvelope {
  static let name = "postgresql.stderr"
  static let title = "PostgreSQL text log (stderr), also of RDS and Aurora"
  static let detection = "lines that begin with a log_line_prefix and a severity; --log-line-prefix says which"
  static let entries = "lines, with the lines behind them that begin with a tab"

  private let options: ReadOptions
  private var text: TextLog?

  init(options: ReadOptions) { self.options = options }

  /// Whether a line begins as such logs do: with a time or a process, and a severity further on.
  static func tells(_ start: EntryStart) -> Bool {
    let line = start.bytes.prefix(600).prefix { $0 != 0x0A }
    guard line.first != 0x7B, line.first != 0x5B || line.dropFirst().first.map({ (0x30...0x39).contains($0) }) == true
    else { return false }
    guard let found = PostgresText.severity(in: line) else { return false }
    // The beginning of a syslog line is another's.
    return !SyslogLog.begins(line) && (found > line.startIndex) && PostgresText.looksAsPrefix(line[..<found])
  }

  mutating func prepare(_ window: inout ContentWindow) throws(AssayError) {
    let lines = try PostgresText.lines(&window) { $0 }
    guard !lines.isEmpty || options.linePrefix != nil else { return }
    let told = LinePrefixSniffing.tell(
      lines, given: options.linePrefix, carriesTime: false, carriesProcess: false)
    text = try TextLog(told, zone: options.zone)
  }

  mutating func next(_ window: inout ContentWindow, limit: Int) throws(AssayError) -> Entry? {
    try window.nextTextEntry(limit: limit)
  }

  mutating func open(
    _ bytes: ArraySlice<UInt8>, number: Int64, into lines: inout [Entered<PostgresLogLine>]
  ) throws(Rejection) {
    guard text != nil else { throw TextLog.noLine }
    try text?.take(bytes.withoutContinuationTabs, TextLog.Known(), number: number, into: &lines)
  }

  mutating func skip(into lines: inout [Entered<PostgresLogLine>]) { text?.end(into: &lines) }

  mutating func end(into lines: inout [Entered<PostgresLogLine>]) { text?.end(into: &lines) }

  func report(into summary: inout ArchiveSummary, flags: inout Set<String>) {
    if let text { summary.notes.append("The lines were read with log_line_prefix '\(text.prefix.text)'") }
  }
}

extension TextLog {
  /// Texts with the prefix that was told; throws where none was.
  init(_ told: LinePrefixSniffing.Told, zone: @escaping PostgresLogTime.Zone) throws(AssayError) {
    switch told {
    case .prefix(let prefix): self.init(prefix, zone: zone)
    case .nothing(let why): throw AssayError(.unknownLinePrefix, "The log_line_prefix cannot be told. \(why).")
    }
  }
}

extension AssayError.Code {
  /// The prefix of a text log cannot be told.
  public static let unknownLinePrefix = Self("unknown_line_prefix", .badData)
}
