import AuditTrail
import JSONReader

/// PostgreSQL's jsonlog. Source: PostgreSQL 15, `jsonlog.c`; a key is left out where it has no value.
struct JSONLog: PostgresEnvelope, ~Copyable {
  static let name = "postgresql.jsonlog"
  static let title = "PostgreSQL jsonlog"
  static let detection = "JSON lines with timestamp, pid, session_id, line_num and error_severity"
  static let entries = "lines"

  private var parser: JSONParser
  private let zone: PostgresLogTime.Zone

  init(options: ReadOptions) {
    parser = JSONParser(maximumBytes: options.maximumEntryBytes)
    zone = options.zone
  }

  static func tells(_ start: EntryStart) -> Bool {
    start.object.keys.isSuperset(of: ["timestamp", "pid", "session_id", "line_num", "error_severity"])
  }

  mutating func open(
    _ bytes: ArraySlice<UInt8>, number: Int64, into lines: inout [Entered<PostgresLogLine>]
  ) throws(Rejection) {
    let root = try parser.root(bytes)
    var columns = PostgresLogColumns()
    var next = parser.firstMember(of: root)
    while let member = next {
      next = parser.member(after: member)
      let value = member.value
      switch parser.withKey(member, { Self.number(of: $0) }) {
      case .timestamp: columns.time = parser.bytes(value)
      case .user: columns.user = parser.text(value)
      case .dbname: columns.database = parser.text(value)
      case .pid: columns.process = parser.int(value)
      case .remoteHost: columns.client = parser.text(value)
      case .sessionID: columns.session = parser.text(value)
      case .lineNumber: columns.number = parser.int(value)
      case .ps: columns.command = parser.text(value)
      case .sessionStart: columns.sessionStart = parser.bytes(value)
      case .severity: columns.severity = parser.text(value)
      case .stateCode: columns.sqlstate = parser.text(value)
      case .message: columns.message = parser.bytes(value)
      case .detail: columns.detail = parser.bytes(value)
      case .context: columns.context = parser.text(value)
      case .statement: columns.query = parser.text(value)
      case .applicationName: columns.application = parser.text(value)
      case nil: break
      }
    }
    lines.append(Entered(try columns.line(zone), entry: number))
  }

  private enum Key: String, CaseIterable {
    case timestamp, user, dbname, pid, ps, message, detail, context, statement
    case remoteHost = "remote_host"
    case sessionID = "session_id"
    case lineNumber = "line_num"
    case sessionStart = "session_start"
    case severity = "error_severity"
    case stateCode = "state_code"
    case applicationName = "application_name"
  }
  private static let keys = Key.allCases.map { (Array($0.rawValue.utf8), $0) }

  private static func number(of key: borrowing Span<UInt8>) -> Key? {
    for (name, known) in keys where name.count == key.count && key.isEqual(to: name) { return known }
    return nil
  }
}

extension Span<UInt8> {
  /// Whether the bytes are these.
  fileprivate func isEqual(to other: [UInt8]) -> Bool {
    for index in indices where self[index] != other[index] { return false }
    return true
  }
}

extension JSONParser {
  /// The object that an entry is.
  mutating func root(_ bytes: ArraySlice<UInt8>) throws(Rejection) -> JSONValue {
    let root: JSONValue
    do throws(JSONError) {
      root = try parse(bytes.span)
    } catch {
      throw Rejection(error)
    }
    guard kind(root) == .object else { throw Rejection("not_a_record", "The entry is not a JSON object") }
    return root
  }

  /// The text of a string that is not empty.
  func text(_ value: JSONValue) -> String? { string(value).flatMap { $0.isEmpty ? nil : $0 } }

  /// The bytes of a string; none of anything else.
  func bytes(_ value: JSONValue) -> [UInt8] {
    var bytes: [UInt8] = []
    _ = appendUTF8(value, to: &bytes)
    return bytes
  }
}
