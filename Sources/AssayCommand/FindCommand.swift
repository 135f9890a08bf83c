import ArgumentParser
import AuditTrail
import Incidents
import Ledger

/// `assay find`: sessions worth a look.
struct FindCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "find", abstract: "Find the sessions that are worth a look, gravest first.",
    discussion: """
      Every condition given must hold; --table, --writes and --harmful hold for one statement of the session. A table \
      counts where a statement names it or, on the shadow, touched it (a cascade, a trigger, a view). Without measured \
      effects the texts alone decide, and the table says so. Times are UTC.

      Example: assay find --kind agent --table visits --writes --around 14:00 --on 2026-07-21
      """)

  @Option(
    help: """
      Whose sessions: a user, the part before its @, or a pattern with *; where nobody is named, a database login.
      """)
  var identity: String?

  @Option(help: "Only sessions under this database login, or a pattern with *; repeatable.")
  var login: [String] = []

  @Option(help: "Only sessions of a client program of this name, or a pattern with *; repeatable.")
  var application: [String] = []

  @Option(help: "Only humans, services or agents: human, service, agent.")
  var kind: String?

  @Option(help: "Only sessions that touched this table, by text or by effect; repeatable.")
  var table: [String] = []

  @Flag(help: "Only sessions that wrote, or tried to.")
  var writes = false

  @Flag(help: "Only sessions in which harm was measured, or with a finding.")
  var harmful = false

  @Option(help: "Only sessions on this connection; repeatable.")
  var connection: [String] = []

  @OptionGroup var time: TimeOptions

  @Option(help: "How many to list; 0 lists all. --json always has all.")
  var limit = 25

  @OptionGroup var common: CommonOptions

  func validate() throws {
    if limit < 0 { throw ValidationError("--limit takes a whole number of at least 0.") }
    if let kind, IdentityKind(rawValue: kind) == nil {
      throw ValidationError("--kind takes human, service or agent.")
    }
  }

  func run() throws {
    let configuration = try common.configuration()
    var search = SessionSearch()
    search.sessions.period = try time.window()
    search.sessions.connections = connection
    search.kind = kind.flatMap(IdentityKind.init)
    search.tables = table.map { $0.split(separator: ".").last.map(String.init) ?? $0 }
    search.writes = writes
    search.harmful = harmful
    let ledger = try existingLedger(common.ledgerPath(configuration))
    try configuration?.applyMappings(to: ledger)
    if let identity { search.actors = try resolveActors(ledger, named: identity) }
    (search.logins, search.applications) = (login, application)
    try require(connection, in: ledger)
    let found = try findSessions(ledger, search)
    common.console.document(found.json)
    common.console.say(FoundText(found: found, limit: limit, modes: Set(try ledger.replays().map(\.mode))).text)
  }
}

/// Fails for a connection that the ledger does not know, naming those that it does.
func require(_ connections: [String], in ledger: borrowing Ledger) throws {
  guard !connections.isEmpty else { return }
  let known = try ledger.rows("SELECT DISTINCT name FROM connections ORDER BY name").compactMap { $0.first?.text }
  for connection in connections where !known.contains(connection) {
    throw AssayError(
      .missingInput, "The ledger knows no connection \(connection); it holds \(known.joined(separator: ", ")).")
  }
}

/// What a search found, for a terminal.
struct FoundText {
  let found: FoundSessions
  let limit: Int
  /// How sessions were kept apart in the replays.
  let modes: Set<String>

  var text: String {
    guard !found.sessions.isEmpty else { return nothing }
    let shown = limit == 0 ? found.sessions[...] : found.sessions.prefix(limit)
    var table = TextTable([
      ("session", .left), ("first (UTC)", .left), ("who", .left), ("kind", .left), ("with", .left), ("on", .left),
      ("statements", .right), ("worst verdict", .left), ("rows lost", .right), ("gone or seen", .left),
    ])
    for session in shown {
      table.add([
        session.session.key, session.first.minute, session.session.whoBriefly,
        session.session.identity?.kind.rawValue ?? "–", session.session.client.application ?? "–",
        session.session.connection.name, grouped(session.statements), verdict(session), rowsLost(session),
        (session.findings.map { "finding: \($0)" } + session.objectsLost + session.columnsSeen)
          .joined(separator: ", "),
      ])
    }
    var lines = [table.text, ""]
    let rest = found.sessions.count - shown.count
    if rest > 0 { lines.append("… and \(counted(rest, "session")) more, less grave; --limit 0 lists all.") }
    lines.append(
      "\(counted(found.sessions.count, "session")) of \(grouped(found.sessionsHeld)) with "
        + "\(counted(found.statements, "statement")); times are UTC. Rows lost are deleted or overwritten ones, on the "
        + "shadow.")
    if found.measured < found.statements {
      let unmeasured = found.statements - found.measured
      lines.append(
        found.measured == 0
          ? "No effect was measured: the texts alone were looked at. `assay replay` measures what statements do."
          : "\(counted(unmeasured, "statement")) of these \(unmeasured == 1 ? "has" : "have") no measured effect.")
    }
    if found.sessions.contains(where: { $0.rowsRecordedOnly > 0 }) {
      lines.append("Rows recorded are what the archive says of statements whose loss could not be measured.")
    }
    if found.measured > 0 { lines += modes.sorted().map(isolationSentence) }
    if let first = shown.first { lines.append("Next: assay incident \(printable(first.session.key))") }
    return lines.joined(separator: "\n")
  }

  /// What the shadow measured, and what only the archive says.
  private func rowsLost(_ session: FoundSession) -> String {
    let recorded = session.rowsRecordedOnly > 0 ? "\(grouped(session.rowsRecordedOnly)) recorded" : nil
    let measured = session.measured > 0 && (recorded == nil || session.rowsLost > 0) ? grouped(session.rowsLost) : nil
    return [measured, recorded].compactMap(\.self).joined(separator: " + ").orDash
  }

  private func verdict(_ session: FoundSession) -> String {
    guard let worst = session.worst else { return "not replayed" }
    return "\(worst.verdict.rawValue) \(worst.severity.name)"
  }

  private var nothing: String {
    var text = "No session fits."
    if let held = found.held {
      text +=
        " The ledger holds \(counted(found.sessionsHeld, "session")) from \(held.first.minute) to "
        + "\(held.last.minute) UTC; ask for less at once, or for other times."
    } else {
      text += " The ledger holds no statement; `assay ingest` reads archives into it."
    }
    return text
  }
}

extension String {
  /// The text, or a dash for none.
  fileprivate var orDash: String { isEmpty ? "–" : self }
}
