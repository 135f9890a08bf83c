import AuditTrail
import JSONReader

/// The messages of a session of the Model Context Protocol, as far as its tools run SQL.
///
/// Source: the protocol's specification of 2025-06-18, “Tools”: JSON-RPC messages, one to the line; a `tools/call` names a tool
/// and its arguments, and the answer of the same id holds its result. hoop records both directions as they were sent, also
/// within HTTP and its server-sent events.
struct MCPConversation {
  /// A call whose arguments hold SQL.
  struct Call {
    let sql: String
    let elapsed: Double?
    /// What the answer says; `nil` where there is none.
    var result: RecordedResult?
  }

  private(set) var calls: [Call] = []
  /// The client's program, which an agent uses.
  private(set) var client: String?
  /// Calls of tools that hold no SQL.
  private(set) var otherCalls = 0
  private var waiting: [String: Int] = [:]

  /// Reads what both sides sent.
  init(_ events: [HoopEvents.Event]) {
    var parser = JSONParser(maximumBytes: Self.longest)
    // A message may lie in several events.
    var rests: [UInt8: [UInt8]] = [:]
    for event in events where event.type == UInt8(ascii: "i") || event.type == UInt8(ascii: "o") {
      let bytes = (rests[event.type] ?? []) + event.payload
      var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: true)[...]
      rests[event.type] = nil
      if bytes.last != 0x0A, let last = lines.last, !take(last, event, &parser) {
        // It goes on in the next event, or is not a message.
        if last.count <= Self.longest { rests[event.type] = Array(last) }
      }
      if bytes.last != 0x0A { lines = lines.dropLast() }
      for line in lines { _ = take(line, event, &parser) }
    }
  }

  private static let longest = 1 << 20

  /// Takes a line; `false` where it is not a message.
  private mutating func take(
    _ line: ArraySlice<UInt8>, _ event: HoopEvents.Event, _ parser: inout JSONParser
  ) -> Bool {
    let text = (line.rest(behind: "data:") ?? line).drop { $0.isJSONSpace }
    guard text.first == UInt8(ascii: "{") || text.first == UInt8(ascii: "[") else { return false }
    do throws(Rejection) {
      let document = try parser.document(text.span)
      for message in document.elements.isEmpty ? [document] : document.elements {
        if event.type == UInt8(ascii: "i") { ask(message, event.elapsed) } else { answer(message) }
      }
      return true
    } catch {
      return false
    }
  }

  private mutating func ask(_ message: JSONTree, _ elapsed: Double?) {
    switch message["method"].text {
    case "initialize": client = client ?? message["params"]["clientInfo"]["name"].text
    case "tools/call":
      guard let sql = Self.sql(message["params"]["arguments"]) else {
        otherCalls += 1
        return
      }
      if let id = Self.id(message) { waiting[id] = calls.count }
      calls.append(Call(sql: sql, elapsed: elapsed))
    default: break
    }
  }

  private mutating func answer(_ message: JSONTree) {
    guard let id = Self.id(message), let place = waiting.removeValue(forKey: id) else { return }
    let failure = message["error"]["message"].text
    let text = message["result"]["content"].elements.lazy.compactMap { $0["text"].text }.first
    let isError = message["result"]["isError"].boolean == true
    let error = failure ?? (isError ? text ?? "the tool failed" : nil)
    calls[place].result = RecordedResult(
      rows: nil, rowsKind: .unknown, durationMicroseconds: nil,
      error: error.map { RecordedError(sqlstate: nil, message: $0) })
  }

  private static func id(_ message: JSONTree) -> String? {
    // The number 1 and the text "1" are two ids.
    message["id"].integer.map { "\($0)" } ?? message["id"].text.map { "\"\($0)" }
  }

  /// The SQL among a tool's arguments: under a name that says so, or under one that may hold any query, where it begins as SQL.
  private static func sql(_ arguments: JSONTree) -> String? {
    for name in ["sql", "sql_query", "sqlQuery", "statement"] {
      if let text = arguments[name].text { return text }
    }
    for name in ["query", "command", "script", "input"] {
      if let text = arguments[name].text, SQLWords.begins(text) { return text }
    }
    return nil
  }
}

/// The words that statements begin with. Source: the commands of PostgreSQL 15's manual, and those of MySQL's besides.
enum SQLWords {
  /// Whether a text begins as a statement.
  static func begins(_ text: String) -> Bool {
    let word = text.drop { $0.isWhitespace || $0 == "(" }.prefix { $0.isLetter }
    return commands.contains(word.uppercased())
  }

  /// The words.
  static let commands: Set = [
    "ABORT", "ALTER", "ANALYZE", "BEGIN", "CALL", "CHECKPOINT", "CLOSE", "CLUSTER", "COMMENT", "COMMIT", "COPY",
    "CREATE", "DEALLOCATE", "DECLARE", "DELETE", "DISCARD", "DO", "DROP", "END", "EXECUTE", "EXPLAIN", "FETCH", "GRANT",
    "IMPORT", "INSERT", "LISTEN", "LOAD", "LOCK", "MERGE", "MOVE", "NOTIFY", "PREPARE", "REASSIGN", "REFRESH",
    "REINDEX", "RELEASE", "RESET", "REVOKE", "ROLLBACK", "SAVEPOINT", "SECURITY", "SELECT", "SET", "SHOW", "START",
    "TABLE", "TRUNCATE", "UNLISTEN", "UPDATE", "VACUUM", "VALUES", "WITH",
  ]
}
