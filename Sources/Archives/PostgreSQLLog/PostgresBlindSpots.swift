import AuditTrail

/// What a log of PostgreSQL shows that it does not show: statements in another language, logging switched off, durations of
/// statements that no line names, and lines that hold statements and are not read.
struct PostgresBlindSpots {
  private var localized = 0
  private var unlogged = NameCounts()
  private var changes = 0
  /// The first of them.
  private var shownChanges: [String] = []
  private var settings = 0
  private var statements = 0
  private var timedStatements = 0
  private var raisedLines = 0
  private var refusedLogins = 0
  private var replicationCommands = NameCounts()
  private var isCopied = false
  private var fastpathCalls = 0
  private var plans = 0
  /// Sentences name so many.
  private static let shown = 5
  /// Parameters that decide which statements are logged, and whether they can be read.
  private static let parameters = [
    "log_statement", "log_min_duration_statement", "log_min_messages", "log_statement_sample_rate",
    "log_transaction_sample_rate", "log_min_duration_sample", "lc_messages", "log_destination", "logging_collector",
    "pgaudit.",
  ]
  private static let named = WordSearch(parameters)
  private static let changing = WordSearch(["set", "alter", "reset", "update"])

  /// Takes a statement; `isTimed` says that its line gives its duration.
  mutating func note(statement sql: String, isTimed: Bool) {
    statements += 1
    if isTimed { timedStatements += 1 }
    // A statement that ends the logging of statements is the last one of its kind that is seen.
    if Self.named.finds(in: sql), Self.changing.finds(in: sql) { settings += 1 }
  }

  /// Takes a duration whose statement no line names.
  mutating func note(durationWithout command: String) { unlogged.add(command) }

  /// Takes a line that looks as if the server had logged a statement, and that a function raised.
  mutating func noteRaised() { raisedLines += 1 }

  /// Takes a login that was refused.
  mutating func noteRefusedLogin() { refusedLogins += 1 }

  /// Takes a line that is about no statement; gives whether the duration behind it is its own.
  mutating func note(other line: PostgresLogLine) -> Bool {
    let message = String(decoding: line.message, as: UTF8.self)
    if message.hasPrefix("fastpath function call: ") {
      fastpathCalls += 1
      return true
    }
    if message.hasPrefix("received replication command: ") {
      let command = message.split(separator: " ").dropFirst(3).first.map(String.init) ?? ""
      replicationCommands.add(command)
      if command == "BASE_BACKUP" { isCopied = true }
      return true
    }
    if message.hasPrefix("duration: "), message.contains(" ms  plan:") {
      plans += 1
      return false
    }
    if message.hasPrefix("parameter \"") {
      let parts = message.split(separator: "\"")
      if parts.count > 3, Self.parameters.contains(where: { parts[1].hasPrefix($0) }) {
        changes += 1
        if shownChanges.count < Self.shown {
          shownChanges.append("\(parts[1].prefix(100)) to \(parts[3].prefix(100)) at \(line.time)")
        }
      }
      return false
    }
    if Self.isLocalized(message, isClient: line.user != nil) { localized += 1 }
    return false
  }

  /// Takes a line whose severity is in no language that is read.
  mutating func noteUnreadSeverity() { localized += 1 }

  /// Whether a message looks as the one that logs a statement or its duration does, in another language.
  private static func isLocalized(_ message: String, isClient: Bool) -> Bool {
    guard isClient, let colon = message.firstIndex(where: { $0 == ":" || $0 == "：" }) else { return false }
    let head = message[..<colon]
    guard head.count <= 40, !head.contains("\"") else { return false }
    // English messages were told before; what is left of them here begins with other words.
    let rest = message[message.index(after: colon)...].drop { $0 == " " }
    let words = rest.split(maxSplits: 2, omittingEmptySubsequences: true) { $0 == " " || $0 == "\n" }
    guard let first = words.first else { return false }
    let isNumber = first.contains { $0.isNumber } && first.allSatisfy { $0.isNumber || $0 == "." || $0 == "," }
    if isNumber { return words.count > 1 && !head.contains(" ") || head.hasSuffix(" ") }
    return SQLWords.commands.contains(first.uppercased().filter(\.isLetter))
  }

  /// Says it.
  func report(into summary: inout ArchiveSummary, flags: inout Set<String>) {
    func say(_ count: Int, _ flag: String, _ sentence: String) {
      guard count > 0 else { return }
      flags.insert(flag)
      summary.notes.append(sentence)
    }
    say(
      localized, "messages_localized",
      "\(grouped(localized)) lines say something in another language than English, statements or durations among them: "
        + "they are not read. Set lc_messages = C; a superuser can change it within a session")
    say(
      unlogged.total, "statements_not_logged",
      "\(grouped(unlogged.total)) durations belong to statements that were not logged (\(unlogged)): log_statement was not all"
    )
    say(
      changes, "logging_changed",
      "Which statements are logged was changed: \(shownChanges.joined(separator: "; "))"
        + (changes > Self.shown ? "; and \(changes - Self.shown) times more" : ""))
    say(
      settings, "logging_settings_named",
      "\(grouped(settings)) statements name a parameter that decides which statements are logged, or in which language")
    say(
      statements > 0 && timedStatements == statements ? 1 : 0, "slow_statements_only",
      "Each statement carries its duration on its own line, as log_min_duration_statement writes it: faster ones may be "
        + "missing, and line numbers cannot show it. Set log_statement = all")
    say(
      raisedLines, "raised_lines",
      "\(grouped(raisedLines)) lines look as if the server had logged a statement, and a function raised them: they are not read"
    )
    say(plans, "plans_not_read", "\(grouped(plans)) plans of auto_explain, which hold a query text, were not read")
    say(
      refusedLogins, "logins_refused",
      "\(grouped(refusedLogins)) logins were refused by the database (SQLSTATE 28000, 28P01); they are not sessions")
    say(
      replicationCommands.total, "replication_commands",
      "Replication commands were received, which are not statements: \(replicationCommands)"
        + (isCopied ? ". BASE_BACKUP copies the whole cluster" : ""))
    say(fastpathCalls, "fastpath_calls", "\(grouped(fastpathCalls)) fastpath calls of functions were not read")
    guard statements == 0 else { return }
    flags.insert("no_statements")
    summary.notes.append("The log holds no statement that is read" + (localized > 0 ? "" : "; set log_statement = all"))
  }
}
