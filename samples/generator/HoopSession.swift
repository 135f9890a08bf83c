import AuditTrail
import Digests
import SeededRandom

/// A session as `GET /api/sessions/{id}?expand=event_stream,session_input` of hoop gives it.
struct HoopSession {
  /// Where the events come from.
  enum Stream {
    case events([Event])
    /// One string, as `event_stream=utf8` gives it, or the message for a stream that could not be encoded.
    case text(String)
  }

  /// Nanoseconds since the run began, the direction, the bytes.
  struct Event {
    var elapsed: Int64
    var type: String
    var payload: [UInt8]
  }

  var id: String
  var actor: Actor
  var connection: Connection
  /// `connect` for a client that speaks the database's protocol, `exec` for a script.
  var verb: String
  /// When the session's row was made; the run may begin later.
  var start: Timestamp
  var end: Timestamp?
  var script = ""
  var stream = Stream.events([])
  var review: JSON?
  var guardrails: JSON?
  var exitCode = 0
  /// What hoop counted as masked, by detector.
  var maskedTypes: [(String, Int)] = []
  var reason: String?
  var correlation: String?

  /// An id that looks like hoop's, from a name that stays.
  static func identifier(_ name: String) -> String {
    let hex = Array(SHA256Digest(of: "meridian/\(name)").hex.prefix(32))
    let parts = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(hex[$0]) }
    return parts.joined(separator: "-")
  }

  static let organization = identifier("organization")

  /// The detail object.
  var json: JSON {
    let (events, size) = eventJSON
    let masking: JSON =
      maskedTypes.isEmpty
      ? .null
      : .object([
        ("err_count", .number(0)), ("info_types", .object(maskedTypes.map { ($0.0, .number($0.1)) })),
        ("total_redact_count", .number(maskedTypes.map(\.1).reduce(0, +))),
        ("transformed_bytes", .number(maskedTypes.map(\.1).reduce(0, +) * 24)),
      ])
    var members: [(String, JSON)] = [
      ("id", .string(id)), ("org_id", .string(Self.organization)), ("script", .object([("data", .string(script))])),
      ("script_size", .number(script.utf8.count)), ("labels", .null), ("integrations_metadata", .null),
      ("metadata", reason.map { .object([("reason", .string($0))]) } ?? .null),
      ("metrics", .object([("data_masking", masking), ("event_size", .number(size))])),
      ("user", .string(actor.user)), ("user_id", .string(Self.identifier("user/\(actor.user)"))),
      ("user_name", .string(String(actor.user.prefix { $0 != "@" }))), ("type", .string("database")),
      ("connection_subtype", .string(connection.engine == "mysql" ? "mysql" : "postgres")),
      ("connection", .string(connection.name)), ("resource_name", .string(connection.database ?? connection.name)),
      ("role_name", .string(connection.name)),
      (
        "connection_tags",
        .object([
          ("environment", .optional(connection.environment)), ("team", .optional(connection.tags["team"])),
        ])
      ),
      ("review", review ?? .null), ("verb", .string(verb)), ("status", .string(end == nil ? "open" : "done")),
      ("exit_code", end == nil ? .null : .number(exitCode)), ("event_stream", events), ("event_size", .number(size)),
    ]
    if let correlation { members.append(("correlation_id", .string(correlation))) }
    members += [
      ("start_date", .string(start.description)), ("end_date", .optional(end?.description)), ("ai_analysis", .null),
      ("guardrails_info", guardrails ?? .null),
      ("identity_type", .string(actor.kind == .human ? "user" : "machine")),
    ]
    if actor.kind != .human {
      members.append(("machine_identity_id", .string(Self.identifier("machine/\(actor.user)"))))
    }
    return .object(members)
  }

  private var eventJSON: (JSON, size: Int) {
    switch stream {
    case .text(let text): return (.array([.string(text)]), text.utf8.count)
    case .events(let events):
      let triples = events.map { event in
        JSON.array([
          .literal(Self.seconds(event.elapsed)), .string(event.type), .string(Base64.encode(event.payload)),
        ])
      }
      return (.array(triples), events.map(\.payload.count).reduce(0, +))
    }
  }

  /// Seconds as Go's `%v` prints a float: below a ten-thousandth with an exponent.
  private static func seconds(_ nanoseconds: Int64) -> String {
    if nanoseconds > 0 && nanoseconds < 100_000 {
      let digits = String(nanoseconds)
      let rest = trimmed(String(digits.dropFirst()))
      return "\(digits.prefix(1))\(rest.isEmpty ? "" : "." + rest)e-0\(10 - digits.count)"
    }
    let fraction = trimmed(padded(Int(nanoseconds % 1_000_000_000), 9))
    return "\(nanoseconds / 1_000_000_000)\(fraction.isEmpty ? "" : "." + fraction)"
  }

  private static func trimmed(_ digits: String) -> String {
    String(digits.reversed().drop { $0 == "0" }.reversed())
  }
}

extension HoopSession {
  /// A client that speaks PostgreSQL's or MySQL's protocol: one event a message.
  static func connect(
    _ name: String, at start: Timestamp, by actor: Actor, to connection: Connection, random: inout SplitMix64,
    _ calls: [Call]
  ) -> HoopSession {
    var events: [Event] = []
    var elapsed = Int64(random.number(in: 12_000...95_000))
    func append(_ payload: [UInt8]) {
      events.append(Event(elapsed: elapsed, type: "i", payload: payload))
      elapsed += Int64(random.number(in: 20_000...400_000))
    }
    var prepared: [String: String] = [:]
    for call in calls {
      if connection.engine == "mysql" {
        append(HoopWire.mysqlQuery(call.inlined.sql))
      } else if call.parameters.isEmpty {
        append(HoopWire.query(call.sql))
      } else {
        // The driver prepares a text once, by name, and executes it from then on.
        let known = prepared[call.sql]
        let statement = known ?? "s\(prepared.count + 1)"
        if known == nil { append(HoopWire.parse(statement, call.sql, call.parameters)) }
        prepared[call.sql] = statement
        append(HoopWire.bind(statement, call.parameters))
        append(HoopWire.describe)
        append(HoopWire.execute)
        append(HoopWire.sync)
      }
      elapsed += Int64(random.number(in: 300...7000)) * 1_000_000
    }
    if connection.engine != "mysql" { append(HoopWire.terminate) }
    return HoopSession(
      id: identifier(name), actor: actor, connection: connection, verb: "connect", start: start,
      end: start.adding(nanoseconds: elapsed), stream: .events(events))
  }

  /// A script run through psql: the script as input, what psql printed as output. With a review, the run begins later.
  static func exec(
    _ name: String, at start: Timestamp, by actor: Actor, to connection: Connection, random: inout SplitMix64,
    runsAt: Timestamp? = nil, _ calls: [Call]
  ) -> HoopSession {
    let script = calls.map(\.sql).joined(separator: ";\n") + ";"
    let output = calls.map(printed).joined()
    let elapsed = Int64(random.number(in: 40_000_000...900_000_000))
    return HoopSession(
      id: identifier(name), actor: actor, connection: connection, verb: "exec", start: start,
      end: (runsAt ?? start).adding(nanoseconds: elapsed + 2_000_000), script: script,
      stream: .events([
        Event(elapsed: Int64(random.number(in: 11_000...99_000)), type: "i", payload: Array(script.utf8)),
        Event(elapsed: elapsed, type: "o", payload: Array(output.utf8)),
      ]))
  }

  /// The same session, blocked by a guardrail before it reached the database.
  func blocked(by rule: HoopGuardrail, matched: String) -> HoopSession {
    var copy = self
    let text = "Blocked by the following Guardrails rule: \(rule.name)"
    copy.exitCode = 254
    copy.guardrails = .array([rule.hit(matched)])
    if case .events(let events) = stream {
      copy.stream = .events(
        events.filter { $0.type == "i" } + [Event(elapsed: 310_000_000, type: "e", payload: Array(text.utf8))])
    }
    copy.end = start.adding(milliseconds: 312)
    return copy
  }

  /// What psql prints for a call with `-A -F"\t"`.
  private static func printed(_ call: Call) -> String {
    if let table = call.table {
      let lines = table.map { $0.joined(separator: "\t") }.joined(separator: "\n")
      return "\(lines)\n(\(table.count - 1) row\(table.count == 2 ? "" : "s"))\n"
    }
    let verb = call.sql.prefix { $0 != " " }.uppercased()
    switch verb {
    case "INSERT": return "INSERT 0 \(call.rows ?? 0)\n"
    case "UPDATE", "DELETE": return "\(verb) \(call.rows ?? 0)\n"
    default: return "\(verb)\n"
    }
  }
}

/// A guardrail of `samples/policies/hoop/guardrails.json`, as hoop names it in a session that it blocked.
struct HoopGuardrail {
  var name: String
  var type: String
  var words: [String] = []
  var pattern = ""

  static let dropTable = HoopGuardrail(
    name: "no-destructive-ddl", type: "pattern_match", pattern: #"(?i)\b(drop\s+table|truncate\s+table)\b"#)
  static let unfilteredDelete = HoopGuardrail(
    name: "no-unfiltered-delete", type: "pattern_match",
    pattern: #"(?is)^\s*delete\s+from\s+[\w."]+\s*;?\s*$"#)
  static let grants = HoopGuardrail(name: "no-grants", type: "deny_words_list", words: ["GRANT ALL", "ALTER ROLE"])

  func hit(_ matched: String) -> JSON {
    let rule: [(String, JSON)] =
      type == "pattern_match"
      ? [("type", .string(type)), ("pattern_regex", .string(pattern))]
      : [("type", .string(type)), ("words", .array(words.map { .string($0) }))]
    return .object([
      ("rule_name", .string(name)), ("rule", .object(rule)), ("direction", .string("input")),
      ("matched_words", .array([.string(matched)])), ("message", .string("")),
    ])
  }
}
