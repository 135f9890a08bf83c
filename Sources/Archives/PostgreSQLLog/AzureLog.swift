import AuditTrail
import JSONReader

/// Azure Database for PostgreSQL, as its diagnostic settings write to storage and event hubs.
struct AzureLog: PostgresEnvelope, ~Copyable {
  static let name = "postgresql.azure"
  static let title = "Azure Database for PostgreSQL, from diagnostic settings"
  static let detection = "JSON records of the category PostgreSQLLogs, single or in `records`"
  static let entries = "lines, or elements of an array; one may hold several records"

  private let options: ReadOptions
  private var parser: JSONParser
  private var json: JSONEntries?
  private var text: TextLog?
  private var others = 0

  init(options: ReadOptions) {
    self.options = options
    parser = JSONParser(maximumBytes: options.maximumEntryBytes)
  }

  static func tells(_ start: EntryStart) -> Bool {
    let head = start.bytes.prefix(4096)
    guard head.first == 0x7B || start.isFirst && head.first == 0x5B else { return false }
    return head.range(of: "\"PostgreSQLLogs\"") != nil
      && (head.range(of: "\"properties\"") != nil || head.range(of: "\"category\"") != nil)
  }

  private static func records(_ entry: JSONTree) -> [JSONTree] {
    if case .array(let records) = entry["records"] { return records }
    return [entry]
  }

  /// The text that a record holds, as the server wrote it.
  private static func text(_ record: JSONTree) -> String? {
    let properties = record["properties"]
    guard let message = properties["message"].text else { return nil }
    guard let prefix = properties["prefix"].string else { return message }
    // The older service takes prefix and severity off.
    return prefix + (properties["errorLevel"].text ?? "LOG") + ":  " + message
  }

  mutating func prepare(_ window: inout ContentWindow) throws(AssayError) {
    json = try JSONEntries(&window, limit: options.maximumEntryBytes)
    let texts = JSONEntries.first(window, &parser).flatMap { Self.records($0) }.compactMap { Self.text($0) }
    let told = LinePrefixSniffing.tell(
      texts.flatMap { TextLog.heads($0) }, given: options.linePrefix, carriesTime: true, carriesProcess: true)
    text = try TextLog(told, zone: options.zone)
  }

  mutating func next(_ window: inout ContentWindow, limit: Int) throws(AssayError) -> Entry? {
    try json?.next(&window, limit: limit)
  }

  mutating func open(
    _ bytes: ArraySlice<UInt8>, number: Int64, into lines: inout [Entered<PostgresLogLine>]
  ) throws(Rejection) {
    var failure: Rejection?
    for record in Self.records(try parser.object(bytes.span)) {
      do throws(Rejection) {
        try take(record, number, into: &lines)
      } catch {
        failure = failure ?? error
      }
    }
    if let failure { throw failure }
  }

  private mutating func take(
    _ record: JSONTree, _ number: Int64, into lines: inout [Entered<PostgresLogLine>]
  ) throws(Rejection) {
    guard record["category"].text == "PostgreSQLLogs", let written = Self.text(record) else {
      others += 1
      return
    }
    let properties = record["properties"]
    var known = TextLog.Known()
    known.time = try record.time("time")
    known.process = properties["processId"].wholeNumber
    known.user = properties["user"].text
    known.database = properties["database"].text
    known.sqlstate = properties["sqlerrcode"].text
    known.detail = properties["detail"].text
    try text?.take(whole: written, known, number: number, into: &lines)
  }

  mutating func skip(into lines: inout [Entered<PostgresLogLine>]) { text?.end(into: &lines) }

  mutating func end(into lines: inout [Entered<PostgresLogLine>]) { text?.end(into: &lines) }

  func report(into summary: inout ArchiveSummary, flags: inout Set<String>) {
    if let text { summary.notes.append("The lines were read with log_line_prefix '\(text.prefix.text)'") }
    if json?.isUnclosed == true { flags.insert("export_cut") }
    if others > 0 { summary.notes.append("\(grouped(others)) records are of other categories, and hold no statement") }
  }
}
