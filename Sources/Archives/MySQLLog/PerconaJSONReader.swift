import AuditTrail
import JSONReader

/// Reads the JSON lines of Percona's older audit_log plugin, with or without a prefix of syslog.
struct PerconaJSONReader: ArchiveReader, ~Copyable {
  static let name = "percona.audit_json"
  static let title = "Percona audit_log (JSON)"
  static let detection = "JSON lines with the one key audit_record, also behind a syslog prefix"
  static let entries = "lines"
  static let shows: Set<ArchiveContent> = [.identities, .results, .parameters]
  static let producer: String? = "mysql"

  private static let mark = #"{"audit_record":{"#

  private var parser: JSONParser
  private let options: ReadOptions
  private var records: MySQLAuditRecords

  static func tells(_ start: EntryStart) -> Bool {
    start.bytes.prefix { $0 != 0x0A }.prefix(200).range(of: mark) != nil
  }

  /// A reader of one archive.
  init(options: ReadOptions) {
    parser = JSONParser(maximumBytes: options.maximumEntryBytes)
    self.options = options
    records = MySQLAuditRecords(options: options)
  }

  /// Reads the archive to its end.
  mutating func read(
    _ window: inout ContentWindow, into sink: inout RecordSink, _ deliver: Deliver
  ) throws(AssayError) {
    while let (entry, number) = try sink.nextLine(&window, limit: options.maximumEntryBytes, deliver) {
      let start = window.bytes[entry.range].firstIndex(of: UInt8(ascii: "{")) ?? entry.range.lowerBound
      let record = sink.take(entry, number) { () throws(Rejection) in
        try parse(window.bytes.span.extracting(start..<entry.range.upperBound))
      }
      if let record { records.take(record, number, &sink.batch) }
    }
    records.settle(&sink.batch)
  }

  /// What was found, into a summary.
  func report(into summary: inout ArchiveSummary, flags: inout Set<String>) {
    records.report(into: &summary, flags: &flags)
  }

  private mutating func parse(_ bytes: borrowing Span<UInt8>) throws(Rejection) -> MySQLAuditRecord {
    var values: [String: String] = [:]
    for member in try parser.document(bytes)["audit_record"].members {
      values[member.key] = member.value.string ?? member.value.integer.map { "\($0)" }
    }
    return try MySQLAuditRecord(values)
  }
}
