import AuditTrail

/// A format that can be read. ``allCases`` lists every one.
public struct ArchiveFormat: Sendable, Hashable, CaseIterable, RawRepresentable {
  /// Every format. Content is told by the first that knows it.
  public static let allCases = [
    native,
    ArchiveFormat(HoopAuditLogReader.self),
    ArchiveFormat(HoopDownloadReader.self),
    ArchiveFormat(HoopReader.self),
    ArchiveFormat(HoopinspectReader.self),
    ArchiveFormat(PostgresLogReader<CSVLog>.self),
    ArchiveFormat(PostgresLogReader<PgauditFile>.self),
    ArchiveFormat(PostgresLogReader<JSONLog>.self),
    ArchiveFormat(PostgresLogReader<CloudNativePGLog>.self),
    ArchiveFormat(PostgresLogReader<CloudSQLLog>.self),
    ArchiveFormat(PostgresLogReader<AzureLog>.self),
    ArchiveFormat(MySQLAuditJSONReader.self),
    ArchiveFormat(MySQLAuditXMLReader.self),
    ArchiveFormat(PerconaJSONReader.self),
    ArchiveFormat(PerconaCSVReader.self),
    ArchiveFormat(MariaDBAuditReader.self),
    ArchiveFormat(MySQLGeneralLogReader.self),
    ArchiveFormat(PostgresLogReader<SyslogLog>.self),
    ArchiveFormat(PostgresLogReader<StderrLog>.self),
  ]

  /// Assay's own sealed JSON lines, which is also written.
  public static let native = ArchiveFormat(NativeReader.self)

  /// The name for `--format` and in summaries.
  public let name: String
  /// What a person calls it.
  public let title: String
  /// How it is told from the others, always by content and never by the file's name.
  public let detection: String
  /// How its entries are laid out in the file.
  public let entries: String
  /// What its records can show besides sessions and statements.
  public let shows: Set<ArchiveContent>
  /// Whether content is of the format, by the entry that begins there.
  let tells: @Sendable (EntryStart) throws(Rejection) -> Bool
  /// Reads a whole archive.
  let read: @Sendable (ReadOptions, inout ContentWindow, inout RecordSink, Deliver) throws(AssayError) -> Findings

  /// What a reader found, for the summary.
  struct Findings {
    var summary: ArchiveSummary
    var flags: Set<String> = []
  }

  private init<Reader: ArchiveReader & ~Copyable>(_ reader: Reader.Type) {
    (name, title, detection) = (Reader.name, Reader.title, Reader.detection)
    (entries, shows) = (Reader.entries, Reader.shows)
    tells = { (start) throws(Rejection) in try Reader.tells(start) }
    read = { (options, window, sink, deliver) throws(AssayError) in
      sink.header = Reader.producer.map { ArchiveHeader(proxyName: $0, instance: options.source) }
      var reader = Reader(options: options)
      try reader.read(&window, into: &sink, deliver)
      var findings = Findings(summary: ArchiveSummary(path: "", format: Reader.name, sha256: "", bytes: 0))
      reader.report(into: &findings.summary, flags: &findings.flags)
      return findings
    }
  }

  /// Whether PostgreSQL itself writes it, in one of the forms that it may write side by side.
  public var isServerLog: Bool {
    [CSVLog.name, JSONLog.name, StderrLog.name].contains(name)
  }

  /// The format that a mapping describes.
  init(mapping: FieldMapping, name: String) {
    (self.name, title, detection) = (name, "a log read by a mapping", "never: it is named with --format")
    (entries, shows) = ("lines, or CSV records", [.identities, .decisions, .results])
    tells = { _ in false }
    read = { (options, window, sink, deliver) throws(AssayError) in
      sink.header = ArchiveHeader(proxyName: name, instance: options.source)
      var reader = MappedReader(mapping, options: options)
      try reader.read(&window, into: &sink, deliver)
      var findings = Findings(summary: ArchiveSummary(path: "", format: name, sha256: "", bytes: 0))
      reader.report(into: &findings.summary, flags: &findings.flags)
      return findings
    }
  }

  /// The name.
  public var rawValue: String { name }

  /// The format of that name; `nil` where none has it.
  public init?(rawValue: String) {
    guard let known = Self.allCases.first(where: { $0.name == rawValue }) else { return nil }
    self = known
  }

  /// Formats are told apart by their names.
  public static func == (left: Self, right: Self) -> Bool { left.name == right.name }

  /// By name.
  public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}
