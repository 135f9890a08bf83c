import AuditTrail
import JSONReader

/// The CSV file of pgauditlogtofile. Source: its `logtofile_csv.c`.
///
/// Releases up to 1.6 write csvlog's first columns, the SQLSTATE, and pgaudit's line as it is. Later ones quote each column as
/// JSON does, have neither a line's number nor the session's start, and put text and parameters into one column.
struct PgauditFile: PostgresEnvelope, ~Copyable {
  static let name = "postgresql.pgauditlogtofile"
  static let title = "pgauditlogtofile"
  static let detection = "CSV records that begin with a time and name SESSION or OBJECT in the column of pgaudit's type"
  static let entries = "CSV records, which may hold line ends"

  private let options: ReadOptions
  private var parser: JSONParser
  private var isQuotedAsJSON = false

  init(options: ReadOptions) {
    self.options = options
    parser = JSONParser(maximumBytes: options.maximumEntryBytes)
  }

  static func tells(_ start: EntryStart) -> Bool {
    guard PostgresLogTime.begins(start.bytes) else { return false }
    let line = start.bytes.prefix(1 << 16).prefix { $0 != 0x0A }
    let place = start.bytes.first == UInt8(ascii: "\"") ? 10 : 12
    let fields = line.prefix(2048).split(
      separator: UInt8(ascii: ","), maxSplits: place + 1, omittingEmptySubsequences: false)
    guard fields.count > place else { return false }
    let type = fields[place].filter { $0 != UInt8(ascii: "\"") }
    return type.elementsEqual("SESSION".utf8) || type.elementsEqual("OBJECT".utf8)
  }

  mutating func prepare(_ window: inout ContentWindow) throws(AssayError) {
    while window.count == 0, try window.more() {}
    isQuotedAsJSON = window.count > 0 && window.bytes[window.start] == UInt8(ascii: "\"")
  }

  mutating func next(_ window: inout ContentWindow, limit: Int) throws(AssayError) -> Entry? {
    try isQuotedAsJSON ? window.nextLine(limit: limit) : window.nextQuoted(limit: limit, begins: PostgresLogTime.begins)
  }

  mutating func open(
    _ bytes: ArraySlice<UInt8>, number: Int64, into lines: inout [Entered<PostgresLogLine>]
  ) throws(Rejection) {
    let columns = try isQuotedAsJSON ? jsonColumns(bytes) : Self.csvColumns(bytes)
    lines.append(Entered(try line(columns), entry: number))
  }

  private struct Columns {
    var first: [String]
    var ordinal: Int64?
    var sessionStart: String?
    var state: String
    var audit: PostgresAudit
    var application: String?
  }

  private static func csvColumns(_ bytes: ArraySlice<UInt8>) throws(Rejection) -> Columns {
    let fields = try CSVFields(bytes)
    guard fields.count > 21 else {
      throw Rejection("bad_arity", "The record has fewer columns than pgauditlogtofile writes")
    }
    func text(_ number: Int) -> String { fields.text(number) ?? "" }
    guard let statement = Int64(text(13)), let part = Int64(text(14)) else {
      throw .illTyped("STATEMENT_ID", expected: "whole number")
    }
    var audit = PostgresAudit(
      statement: statement, substatement: part, kind: text(15), command: text(16),
      sql: PostgresAudit.Field(text(19)), parameters: PostgresAudit.Field(text(20)))
    audit.rows = Int64(text(21))
    return Columns(
      first: (0..<6).map(text), ordinal: Int64(text(6)), sessionStart: text(8), state: text(11), audit: audit)
  }

  private mutating func jsonColumns(_ bytes: ArraySlice<UInt8>) throws(Rejection) -> Columns {
    // Made an array by brackets, and by null where a column is empty.
    var document: [UInt8] = [UInt8(ascii: "[")]
    var (isInString, isEscaped, isEmpty) = (false, false, true)
    let null = Array("null".utf8)
    for byte in bytes {
      if isInString {
        isInString = isEscaped || byte != UInt8(ascii: "\"")
        isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
      } else if byte == UInt8(ascii: "\"") {
        (isInString, isEmpty) = (true, false)
      } else if byte == UInt8(ascii: ",") {
        if isEmpty { document.append(contentsOf: null) }
        isEmpty = true
      }
      document.append(byte)
    }
    document.append(contentsOf: (isEmpty ? null : []) + [UInt8(ascii: "]")])
    let fields: [JSONTree]
    do throws(JSONError) {
      fields = parser.tree(try parser.parse(document)).elements
    } catch {
      throw Rejection(error)
    }
    guard fields.count > 17 else {
      throw Rejection("bad_arity", "The record has fewer columns than pgauditlogtofile writes")
    }
    let texts = fields.map { $0.string ?? "" }
    let audit = try PostgresAudit(Array(texts[10...17].joined(separator: ",").utf8)[...])
    return Columns(
      first: Array(texts[0..<6]), ordinal: nil, sessionStart: nil, state: texts[9], audit: audit,
      application: fields.count > 26 ? fields[26].text : nil)
  }

  private func line(_ columns: Columns) throws(Rejection) -> PostgresLogLine {
    let texts = columns.first.map { $0.isEmpty ? nil : $0 }
    guard let session = texts[5] else { throw .missing("session_id") }
    guard let read = PostgresLogTime(Array((texts[0] ?? "").utf8)) else {
      throw .illTyped("log_time", expected: "time of PostgreSQL's log")
    }
    let start = columns.sessionStart.flatMap { PostgresLogTime(Array($0.utf8)) }
    let id = PostgresSessionID(session)
    guard let time = read.moment(sessionStart: start, startSeconds: id.startSeconds, options.zone) else {
      throw PostgresLogTime.ambiguousZone
    }
    var line = PostgresLogLine(time: time, message: [])
    (line.user, line.database, line.client) = (texts[1], texts[2], texts[4].map(PostgresLogLine.host))
    (line.session, line.process, line.ordinal) = (session, texts[3].flatMap { Int64($0) }, columns.ordinal)
    line.sessionStart = id.startSeconds.flatMap { Timestamp(seconds: $0) }
    line.sqlstate = columns.state
    line.fitsSession = id.process == line.process
    line.audit = columns.audit
    line.application = columns.application
    return line
  }
}
