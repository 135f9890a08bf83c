import Foundation

/// Lines of PostgreSQL's log, written in each envelope.
struct PostgresSample {
  var message: String
  var severity = "LOG"
  var state = "00000"
  var command = "SELECT"
  var detail: String?
  var query: String?
  var context: String?
  var session = Session.first
  var milliseconds = 0

  struct Session {
    var id = "6b03ea39.7099"
    var process = 28825
    var user = "app"
    var database = "shop"
    var client = "10.0.0.7"
    var application = "tool"
    static let first = Session()
    static let second = Session(
      id: "6b03ea39.709a", process: 28826, user: "ana", database: "shop", client: "[local]", application: "psql")
  }

  static let prefix = "%m [%p] %c %q%u@%d %a %h "

  /// One workload: a login, a text of several lines, a prepared one with values, an error, a text with quotes, an end.
  static let workload: [PostgresSample] = [
    PostgresSample(
      message: "connection authorized: user=app database=shop application_name=tool", command: "authentication"),
    PostgresSample(message: "statement: INSERT INTO notes VALUES (1, 'a \"word\",\n\n\ttwo lines')", command: "idle"),
    PostgresSample(message: "duration: 1.500 ms", command: "INSERT"),
    PostgresSample(
      message: "connection authorized: user=ana database=shop application_name=psql", command: "authentication",
      session: .second),
    PostgresSample(
      message: "execute s1: SELECT * FROM notes WHERE id = $1 AND body <> $2", command: "BIND",
      detail: "parameters: $1 = '1', $2 = 'it''s\nhere'"),
    PostgresSample(message: "statement: SELECT 1/0", command: "idle", session: .second),
    PostgresSample(
      message: "division by zero", severity: "ERROR", state: "22012", query: "SELECT 1/0", session: .second),
    PostgresSample(message: "duration: 0.250 ms", command: "SELECT"),
    PostgresSample(
      message: "permission denied for table salaries", severity: "ERROR", state: "42501", command: "SELECT",
      query: "SELECT * FROM salaries"),
    PostgresSample(message: "statement: DROP TABLE \"a b\" -- Größe", command: "idle", session: .second),
    PostgresSample(message: "duration: 3 ms", command: "DROP TABLE", session: .second),
    PostgresSample(
      message: "disconnection: session time: 0:00:01.000 user=app database=shop host=10.0.0.7", command: "idle"),
    PostgresSample(
      message: "disconnection: session time: 0:00:01.000 user=ana database=shop host=[local]", command: "idle",
      session: .second),
  ].enumerated().map { index, line in
    var line = line
    line.milliseconds = index
    return line
  }

  /// What the envelopes tell of the workload, as far as all of them do.
  static let statements = [
    "INSERT INTO notes VALUES (1, 'a \"word\",\n\n\ttwo lines')", "SELECT 1/0",
    "SELECT * FROM notes WHERE id = $1 AND body <> $2", "SELECT * FROM salaries", "DROP TABLE \"a b\" -- Größe",
  ]

  private var time: String { "2026-11-23 07:24:42.\(String(format: "%03d", milliseconds)) UTC" }

  static func numbered(_ lines: [PostgresSample]) -> [(line: PostgresSample, number: Int)] {
    var counts: [String: Int] = [:]
    return lines.map { line in
      counts[line.session.id, default: 0] += 1
      return (line, counts[line.session.id, default: 0])
    }
  }

  // MARK: Envelopes

  private func columns(_ number: Int) -> [(name: String, value: String)] {
    [
      ("log_time", time), ("user_name", session.user), ("database_name", session.database),
      ("process_id", "\(session.process)"),
      ("connection_from", session.client == "[local]" ? "[local]" : "\(session.client):5432"),
      ("session_id", session.id), ("session_line_num", "\(number)"), ("command_tag", command),
      ("session_start_time", "2026-11-23 07:24:41 UTC"), ("virtual_transaction_id", "3/1"), ("transaction_id", "0"),
      ("error_severity", severity), ("sql_state_code", state), ("message", message), ("detail", detail ?? ""),
      ("hint", ""), ("internal_query", ""), ("internal_query_pos", ""), ("context", context ?? ""),
      ("query", query ?? ""), ("query_pos", ""), ("location", ""), ("application_name", session.application),
      ("backend_type", "client backend"), ("leader_pid", ""), ("query_id", "-7"),
    ]
  }

  static func csv(_ lines: [PostgresSample]) -> String {
    numbered(lines).map { line, number in
      line.columns(number).map { name, value in
        ["log_time", "process_id", "session_id", "session_line_num"].contains(name) || value.isEmpty
          ? value : "\"\(value.replacing("\"", with: "\"\""))\""
      }.joined(separator: ",") + "\n"
    }.joined()
  }

  static func json(_ lines: [PostgresSample]) -> String {
    let names = [
      "log_time": "timestamp", "user_name": "user", "database_name": "dbname", "process_id": "pid",
      "connection_from": "remote_host", "session_line_num": "line_num", "command_tag": "ps",
      "session_start_time": "session_start", "sql_state_code": "state_code", "query": "statement",
    ]
    return numbered(lines).map { line, number in
      let members = line.columns(number).filter { !$0.value.isEmpty && $0.name != "virtual_transaction_id" }.map {
        name, value in
        let isNumber = ["process_id", "session_line_num", "query_id", "transaction_id"].contains(name)
        let text = name == "connection_from" ? line.session.client : value
        return "\(quoted(names[name] ?? name)):\(isNumber ? text : quoted(text))"
      }
      return "{\(members.joined(separator: ","))}\n"
    }.joined()
  }

  static func cloudNativePG(_ lines: [PostgresSample]) -> String {
    numbered(lines).map { line, number in
      let members = line.columns(number).map { "\(quoted($0.name)):\(quoted($0.value))" }.joined(separator: ",")
      return
        #"{"level":"info","ts":"2026-11-23T07:24:42Z","logger":"postgres","msg":"record","logging_pod":"shop-1","record":{"#
        + members + "}}\n"
    }.joined()
  }

  /// The physical lines of a line of the log, each with the prefix and what continues it, without tabs.
  private func texts(_ prefix: String, _ number: inout Int) -> [String] {
    var bodies = ["\(severity):  \(message)"]
    if let detail { bodies.append("DETAIL:  \(detail)") }
    if let context { bodies.append("CONTEXT:  \(context)") }
    if let query { bodies.append("STATEMENT:  \(query)") }
    return bodies.map { body in
      number += 1
      return filled(prefix, number) + body
    }
  }

  private func filled(_ prefix: String, _ number: Int) -> String {
    let values = [
      "%m": time, "%t": "2026-11-23 07:24:42 UTC", "%p": "\(session.process)", "%c": session.id, "%l": "\(number)",
      "%u": session.user, "%d": session.database, "%h": session.client,
      "%a": message.hasPrefix("connection authorized") ? "[unknown]" : session.application,
      "%r": session.client == "[local]" ? "[local]" : "\(session.client)(5432)", "%i": command, "%e": state,
      "%s": "2026-11-23 07:24:41 UTC", "%q": "", "%Q": "-7", "%x": "0", "%v": "3/1",
    ]
    return values.reduce(prefix) { $0.replacing($1.key, with: $1.value) }
  }

  static func stderr(_ lines: [PostgresSample], prefix: String = Self.prefix) -> String {
    var counts: [String: Int] = [:]
    return lines.flatMap { line in
      line.texts(prefix, &counts[line.session.id, default: 0]).map { $0.replacing("\n", with: "\n\t") + "\n" }
    }.joined()
  }

  /// As `write_syslog` cuts it, and a daemon writes it: at line ends and after so many bytes, tabs as `#011`.
  static func syslog(
    _ lines: [PostgresSample], prefix: String = "%m [%p] %c %q%u@%d %a %h ",
    stamp: (Int) -> String = { _ in "Nov 23 08:24:42" },
    width: Int = 40
  ) -> String {
    var counts: [String: Int] = [:]
    return numbered(lines).enumerated().map { index, entry in
      let (line, number) = entry
      let text = line.texts(prefix, &counts[line.session.id, default: 0])
        .map { $0.replacing("\n", with: "\n\t") }.joined(separator: "\n")
      var parts: [String] = []
      for physical in text.split(separator: "\n") {
        var rest = physical
        var first = true
        while first || !rest.isEmpty {
          // The prefix, a severity and what a login says are shorter than 900 bytes.
          var part = rest.prefix(first ? max(width, 180) : width)
          let isWord = rest.dropFirst(part.count).first.map { $0 != " " } ?? false
          if isWord, let space = part.lastIndex(of: " "), space > part.startIndex { part = part[..<space] }
          parts.append(String(part))
          rest = rest.dropFirst(part.count)
          first = false
        }
      }
      return parts.enumerated().map { place, part in
        "\(stamp(index)) db-1 postgres[\(line.session.process)]: [\(number)-\(place + 1)] "
          + part.replacing("\t", with: "#011") + "\n"
      }.joined()
    }.joined()
  }

  static func cloudSQL(_ lines: [PostgresSample], prefix: String = "%m [%p]: [%l-1] db=%d,user=%u ") -> String {
    var counts: [String: Int] = [:]
    return lines.flatMap { line in
      line.texts(prefix, &counts[line.session.id, default: 0]).map { text in
        #"{"insertId":"s=1;i=2","logName":"projects/p/logs/cloudsql.googleapis.com%2Fpostgres.log","receiveTimestamp":"2026-11-23T07:24:43Z","resource":{"type":"cloudsql_database"},"severity":"INFO","textPayload":"#
          + quoted(text.replacing("\n", with: "\n\t")) + #","timestamp":"2026-11-23T07:24:42Z"}"# + "\n"
      }
    }.joined()
  }

  static func azure(_ lines: [PostgresSample], prefix: String = "%t-%c-") -> String {
    var counts: [String: Int] = [:]
    let records = lines.flatMap { line in
      line.texts(prefix, &counts[line.session.id, default: 0]).map { text in
        let verbose = text.replacing(
          "\(line.severity):  ", with: "\(line.severity):  \(line.state): ", maxReplacements: 1)
        return
          #"{"category":"PostgreSQLLogs","operationName":"LogEvent","properties":{"errorLevel":"LOG","message":"#
          + quoted(verbose.replacing("\n", with: "\n\t"))
          + #","processId":"# + "\(line.session.process)"
          + #","sqlerrcode":"00000","timestamp":"2026-11-23 07:24:42.001 UTC"},"resourceId":"/x","time":"2026-11-23T07:24:42Z"}"#
      }
    }
    // Two records to a message of an event hub.
    return stride(from: 0, to: records.count, by: 2).map { start in
      "{\"records\":[\(records[start..<min(start + 2, records.count)].joined(separator: ","))]}\n"
    }.joined()
  }

  static func quoted(_ text: String) -> String {
    let escapes: [Character: String] = ["\"": "\\\"", "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"]
    return "\"" + text.map { escapes[$0] ?? String($0) }.joined() + "\""
  }
}
