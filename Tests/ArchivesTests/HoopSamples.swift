import Archives
import AuditTrail
import Digests

/// hoop sessions for tests, spelled the way its API spells them.
enum HoopSamples {
  /// A session object; `changes` replaces or adds members, as JSON text, and `nil` leaves one out.
  static func session(_ changes: [String: String?] = [:]) -> String {
    var members: [String: String] = [
      "id": #""1CBC8DB5-FBF8-4293-8E35-59A6EEA40207""#, "org_id": #""0CD7F941-2BB8-4F9F-93B0-11620D4652AB""#,
      "script": #"{"data":"SELECT 1"}"#, "script_size": "8", "labels": "null", "metadata": "null", "metrics": "null",
      "user": #""ana@example.org""#, "user_id": #""u1""#, "user_name": #""Ana""#, "type": #""database""#,
      "connection_subtype": #""postgres""#, "connection": #""clinic""#,
      "connection_tags": #"{"environment":"production","team":"care"}"#, "review": "null", "verb": #""exec""#,
      "status": #""done""#, "exit_code": "0", "event_stream": "null", "event_size": "0",
      "start_date": #""2026-07-01T09:00:00.5Z""#, "end_date": #""2026-07-01T09:10:00Z""#, "ai_analysis": "null",
      "guardrails_info": "null", "identity_type": #""user""#,
    ]
    for (key, value) in changes { members[key] = value }
    return "{" + members.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",") + "}"
  }

  /// A native session with these `i` events.
  static func native(_ events: [[UInt8]], engine: String = "postgres", _ changes: [String: String?] = [:]) -> String {
    let stream = events.enumerated().map { event(Double($0.offset), "i", $0.element) }.joined(separator: ",")
    let own: [String: String?] = [
      "verb": #""connect""#, "script": #"{"data":""}"#, "connection_subtype": "\"\(engine)\"",
      "event_stream": "[\(stream)]",
    ]
    return session(own.merging(changes) { $1 })
  }

  /// An event triple.
  static func event(_ seconds: Double, _ type: String, _ payload: [UInt8]) -> String {
    "[\(seconds),\"\(type)\",\"\(Base64.encode(payload))\"]"
  }

  static func event(_ seconds: Double, _ type: String, _ payload: String) -> String {
    event(seconds, type, Array(payload.utf8))
  }

  /// A review.
  static func review(_ status: String = "EXECUTED", type: String = "onetime", groups: String) -> String {
    """
    {"id":"r1","type":"\(type)","access_duration":1800000000000,"status":"\(status)",\
    "revoke_at":"2026-07-01T12:30:00Z","created_at":"2026-07-01T09:00:00.500Z","review_groups_data":[\(groups)],\
    "access_request_rule_name":"writes-need-review","min_approvals":1}
    """
  }

  static let approvedGroup = """
    {"id":"g1","group":"dba","status":"APPROVED","reviewed_by":{"id":"u2","name":"Bo","email":"bo@example.org"},\
    "review_date":"2026-07-01T12:00:00Z","forced_review":false}
    """

  /// Splits at semicolons, as the command layer's splitter does for plain scripts.
  static let options = ReadOptions { text in
    var ranges: [Range<Int>] = []
    var start = 0
    for (index, byte) in text.utf8.enumerated() where byte == UInt8(ascii: ";") {
      ranges.append(start..<index)
      start = index + 1
    }
    if !text.utf8.dropFirst(start).allSatisfy({ $0 <= 0x20 }) { ranges.append(start..<text.utf8.count) }
    return ranges
  }

  static func read(_ text: String) throws -> Reading {
    try ArchivesTests.read(text, as: .hoopSessions, options)
  }
}

/// Messages of a PostgreSQL client.
enum Wire {
  static func message(_ type: String, _ body: [UInt8]) -> [UInt8] {
    Array(type.utf8) + int32(body.count + 4) + body
  }

  static func int32(_ value: Int) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
  }

  static func int16(_ value: Int) -> [UInt8] { Array(int32(value)[2...]) }

  static func text(_ text: String) -> [UInt8] { Array(text.utf8) + [0] }

  static func query(_ sql: String) -> [UInt8] { message("Q", text(sql)) }

  static func parse(_ name: String, _ sql: String, _ types: [Int] = []) -> [UInt8] {
    message("P", text(name) + text(sql) + int16(types.count) + types.flatMap { int32($0) })
  }

  static func bind(_ portal: String, _ name: String, formats: [Int] = [], _ values: [[UInt8]?]) -> [UInt8] {
    var body = text(portal) + text(name) + int16(formats.count) + formats.flatMap { int16($0) } + int16(values.count)
    for value in values { body += value.map { int32($0.count) + $0 } ?? int32(-1) }
    return message("B", body + int16(0))
  }

  static func execute(_ portal: String = "") -> [UInt8] { message("E", text(portal) + int32(0)) }

  static func close(_ kind: String, _ name: String) -> [UInt8] { message("C", Array(kind.utf8) + text(name)) }

  static let sync = message("S", [])
  static let describe = message("D", Array("S".utf8) + [0])
  static let terminate = message("X", [])
}
