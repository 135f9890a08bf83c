import AuditTrail

/// Reads the CSV of Percona's older audit_log plugin, which has no header: the record's name says which values it has.
struct PerconaCSVReader: ArchiveReader, ~Copyable {
  static let name = "percona.audit_csv"
  static let title = "Percona audit_log (CSV)"
  static let detection = "CSV records that begin with a name such as Query, a number with a time behind _, and a time"
  static let entries = "CSV records, which may hold line ends"
  static let shows: Set<ArchiveContent> = [.identities, .results, .parameters]
  static let producer: String? = "mysql"

  private static let server = ["name", "record", "timestamp", "mysql_version", "startup_options", "os_version"]
  private static let login = [
    "name", "record", "timestamp", "connection_id", "status", "user", "priv_user", "os_login", "proxy_user", "host",
    "ip",
    "db",
  ]
  private static let general = [
    "name", "record", "timestamp", "command_class", "connection_id", "status", "sqltext", "user", "host", "os_user",
    "ip",
    "db",
  ]
  private static let logins: Set = ["Connect", "Quit", "Change user"]

  private let options: ReadOptions
  private var records: MySQLAuditRecords

  static func tells(_ start: EntryStart) -> Bool {
    (try? record(start.bytes.prefix(CSVEntries.length(of: start.bytes)))) != nil
  }

  /// A reader of one archive.
  init(options: ReadOptions) {
    self.options = options
    records = MySQLAuditRecords(options: options)
  }

  /// Reads the archive to its end.
  mutating func read(
    _ window: inout ContentWindow, into sink: inout RecordSink, _ deliver: Deliver
  ) throws(AssayError) {
    let limit = options.maximumEntryBytes
    func cut(_ window: inout ContentWindow) throws(AssayError) -> Entry? {
      try window.nextLines(limit: limit, begins: Self.begins)
    }
    while let (entry, number) = try sink.next(&window, limit: limit, deliver, cut) {
      let record = sink.take(entry, number) { () throws(Rejection) in try Self.record(window.bytes[entry.range]) }
      if let record { records.take(record, number, &sink.batch) }
    }
    records.settle(&sink.batch)
  }

  /// What was found, into a summary.
  func report(into summary: inout ArchiveSummary, flags: inout Set<String>) {
    records.report(into: &summary, flags: &flags)
  }

  /// Whether a record begins there: `"Query","49284_2026-07-01T09:00:00","2026-…`.
  private static func begins(_ bytes: ArraySlice<UInt8>) -> Bool {
    let line = bytes.prefix(CSVEntries.lookahead)
    guard line.first == UInt8(ascii: "\""), let mark = line.range(of: "\",\"") else { return false }
    let number = line[mark.upperBound...].prefix { (0x30...0x39).contains($0) }
    return !number.isEmpty && line[number.endIndex...].starts(with: Array("_2".utf8))
  }

  private static func record(_ bytes: ArraySlice<UInt8>) throws(Rejection) -> MySQLAuditRecord {
    let fields = try CSVFields(bytes)
    let name = fields.text(0) ?? ""
    let names = logins.contains(name) ? login : ["Audit", "NoAudit"].contains(name) ? server : general
    guard fields.count <= names.count, fields.count == names.count || name == "NoAudit" else {
      throw Rejection("bad_arity", "The record has not as many values as Percona's audit_log writes")
    }
    guard fields.text(1)?.contains("_") == true else { throw .illTyped("record", expected: "number with a time") }
    var values: [String: String] = [:]
    for number in 0..<fields.count { values[names[number]] = fields.text(number) }
    return try MySQLAuditRecord(values)
  }
}
