import AuditTrail

/// One line of PostgreSQL's log with its detail, context and statement, whatever wrapped it.
struct PostgresLogLine {
  /// What the server says the line is.
  enum Severity: Equatable {
    case error
    case other

    /// The severity of that name; `nil` where PostgreSQL writes none such in English.
    init?(_ name: String) {
      if ["ERROR", "FATAL", "PANIC"].contains(name) {
        self = .error
      } else if Self.others.contains(name) {
        self = .other
      } else {
        return nil
      }
    }

    private static let others: Set = [
      "LOG", "NOTICE", "WARNING", "INFO", "DEBUG", "DEBUG1", "DEBUG2", "DEBUG3", "DEBUG4", "DEBUG5",
    ]
  }

  /// When it was written.
  var time: Timestamp
  /// The login.
  var user: String?
  /// The database.
  var database: String?
  /// The client's host; `[local]` for a socket.
  var client: String?
  /// The program's name.
  var application: String?
  /// PostgreSQL's id of the session; `nil` where the envelope has none.
  var session: String?
  /// The server process; `nil` where the envelope has none.
  var process: Int64?
  /// The line's number within the session, from 1; `nil` where the envelope has none.
  var number: Int64?
  /// What orders the lines of a session where they have no number; it leaves some out.
  var ordinal: Int64?
  /// The number of the last line that belongs to it.
  var lastNumber: Int64?
  /// The command tag, or what the process does; `nil` where the envelope has none.
  var command: String?
  /// When the session began.
  var sessionStart: Timestamp?
  /// What the server says the line is.
  var severity = Severity.other
  /// The SQLSTATE.
  var sqlstate: String?
  /// What it says.
  var message: [UInt8]
  /// Its detail, which holds the parameters.
  var detail: [UInt8]?
  /// The statement it is about.
  var query: String?
  /// Where it was raised.
  var context: String?
  /// What pgaudit says in it.
  var audit: PostgresAudit?
  /// Whether the session's id, start and process agree.
  var fitsSession = true
  /// Whether the number of columns is one that no release writes.
  var isColumnCountGuessed = false
  /// Whether the rest of the message may be missing.
  var isCut = false

  /// A line without more than this.
  init(time: Timestamp, message: [UInt8]) {
    self.time = time
    self.message = message
  }

  /// The severity is none that PostgreSQL writes in English.
  static let unreadSeverity = Rejection(
    "bad_value", "The line holds no severity of PostgreSQL; set lc_messages = C")

  /// Whether it reports an error.
  var isError: Bool { severity == .error }
  /// Whether the database refused the login.
  var isRefusedLogin: Bool {
    guard isError else { return false }
    // A text log without %e has no SQLSTATE.
    guard let sqlstate else {
      return message[...].range(of: " authentication failed for user ") != nil
        || message.starts(with: "no pg_hba.conf entry".utf8)
    }
    return (sqlstate == "28000" || sqlstate == "28P01") && (command == nil || command == "authentication")
  }
  /// Whether the text was not even parsed: then no line before it logs it.
  var isSyntaxError: Bool {
    sqlstate == "42601" || sqlstate == nil && message.starts(with: "syntax error ".utf8)
  }

  /// Whether a function's RAISE wrote it. What the server logs of statements has neither context nor statement: so a user
  /// can write lines that look like it, and not the like.
  var isRaised: Bool { context != nil || query != nil }

  /// Reads what pgaudit says in the message.
  mutating func readAudit() throws(Rejection) {
    guard message.starts(with: PostgresAudit.mark), !isRaised else { return }
    audit = try PostgresAudit(message[PostgresAudit.mark.count...])
  }

  /// The host of `host:port` and of `host(port)`; `[local]` as it is.
  static func host(_ origin: String) -> String {
    if origin.hasSuffix(")"), let open = origin.lastIndex(of: "("),
      origin[origin.index(after: open)...].dropLast().allSatisfy(\.isNumber)
    {
      return String(origin[..<open])
    }
    guard let colon = origin.lastIndex(of: ":"), origin[origin.index(after: colon)...].allSatisfy(\.isNumber) else {
      return origin
    }
    return String(origin[..<colon])
  }
}

/// PostgreSQL's id of a session: its start in seconds since 1970 and its process, both in hexadecimal.
struct PostgresSessionID {
  /// The start, in seconds since 1970.
  let startSeconds: Int64?
  /// The process.
  let process: Int64?

  init(_ text: String) {
    let parts = text.utf8.split(separator: UInt8(ascii: "."), maxSplits: 2, omittingEmptySubsequences: false)
    startSeconds = parts.count == 2 ? Int64(digits: parts[0], radix: 16) : nil
    process = parts.count == 2 ? Int64(digits: parts[1], radix: 16) : nil
  }

  /// Whether both parts are there.
  var isWhole: Bool { startSeconds != nil && process != nil }
}
