import AuditTrail

/// PostgreSQL's csvlog. Columns by number: PostgreSQL 15, `csvlog.c` and "Using CSV-Format Log Output"; releases before 9.0,
/// 13 and 14 write fewer.
struct CSVLog: PostgresEnvelope {
  static let name = "postgresql.csvlog"
  static let title = "PostgreSQL csvlog"
  static let detection = "CSV records of 22 to 26 columns that begin with a time and name a severity"
  static let entries = "CSV records, which may hold line ends"

  private let zone: PostgresLogTime.Zone

  init(options: ReadOptions) { zone = options.zone }

  /// Whether a whole record begins there; its line end may be missing, or be in a quoted field.
  static func tells(_ start: EntryStart) -> Bool {
    guard PostgresLogTime.begins(start.bytes) else { return false }
    var isQuoted = false
    let end = start.bytes.firstIndex { byte in
      if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
      return byte == 0x0A && !isQuoted
    }
    do throws(Rejection) {
      _ = try line(start.bytes[..<(end ?? start.bytes.endIndex)]) { _, _ in nil }
      return true
    } catch {
      // It is one all the same, of which the time cannot be told.
      return error == PostgresLogTime.ambiguousZone
    }
  }

  mutating func next(_ window: inout ContentWindow, limit: Int) throws(AssayError) -> Entry? {
    try window.nextQuoted(limit: limit, begins: PostgresLogTime.begins)
  }

  func open(
    _ bytes: ArraySlice<UInt8>, number: Int64, into lines: inout [Entered<PostgresLogLine>]
  ) throws(Rejection) {
    lines.append(Entered(try Self.line(bytes, zone), entry: number))
  }

  private static func line(
    _ bytes: ArraySlice<UInt8>, _ zone: PostgresLogTime.Zone
  ) throws(Rejection) -> PostgresLogLine {
    let fields = try CSVFields(bytes)
    guard (22...26).contains(fields.count) else {
      throw Rejection("bad_arity", "The record has not 22 to 26 columns, as PostgreSQL writes them")
    }
    var columns = PostgresLogColumns()
    columns.time = fields.field(0)
    columns.user = fields.text(1)
    columns.database = fields.text(2)
    columns.process = fields.text(3).flatMap { Int64($0) }
    columns.client = fields.text(4).map(PostgresLogLine.host)
    columns.session = fields.text(5)
    columns.number = fields.text(6).flatMap { Int64($0) }
    columns.command = fields.text(7)
    columns.sessionStart = fields.field(8)
    columns.severity = fields.text(11)
    columns.sqlstate = fields.text(12)
    columns.message = fields.field(13)
    columns.detail = fields.isEmpty(14) ? nil : fields.field(14)
    columns.context = fields.text(18)
    columns.query = fields.text(19)
    columns.application = fields.text(22)
    var line = try columns.line(zone)
    line.isColumnCountGuessed = fields.count == 25
    return line
  }
}
