import AuditTrail
import Ledger

extension TestID {
  /// What is declared to be logged is logged.
  public static let t04 = TestID("T-04")
}

/// T-04: is each kind of event that the organisation says it logs really there?
enum DeclaredEvents: DrawnTest {
  static let description = TestDescription(
    id: .t04, title: "What is declared to be logged is logged",
    objective: "The kinds of events that the organisation says it logs are those that its records hold.",
    procedure: """
      For each connection in scope that was used and each kind of event that the file declares for it, or for all (`*`): the \
      records of the period must hold such events. Where they hold none, the test is passed only if nothing is missing from the \
      records (T-02), and is not decided otherwise. A kind that the records of a connection hold and nothing declares is an \
      exception.
      """,
    limitations: ["That a kind of event was recorded once does not show that each such event was."])

  static let sideFiles = ["event_types"]

  /// The kinds of events, with what counts as one.
  enum Event: String, CaseIterable {
    case sessionOpened = "session_opened"
    case sessionClosed = "session_closed"
    case read, write
    case change
    case failed, refused
    case approval
  }

  static let query = PopulationQuery(
    id: "POP-04", title: "Kinds of events by connection", purpose: "Each kind on each connection is one item of T-04.",
    sql: """
      WITH deeds AS (
        SELECT DISTINCT t.id, CASE
          WHEN k.value IN \(StatementColumns.changeKinds) THEN 'change'
          WHEN k.value IN ('insert', 'update', 'delete', 'merge') THEN 'write' ELSE 'read' END AS event
        FROM texts t, json_each(t.kinds) k
        WHERE k.value IN ('select', 'insert', 'update', 'delete', 'merge', 'create', 'alter', 'drop', 'truncate', 'grant', 'revoke')),
      sent AS (
        SELECT c.connection, s.text, count(*) AS statements, sum(s.error IS NOT NULL) AS failed, sum(d.action = 'block') AS refused
        FROM counted_statements s JOIN contexts c ON c.id = s.context JOIN decisions d ON d.id = s.decision
        WHERE s.time >= ?1 AND s.time < ?2 GROUP BY 1, 2),
      seen AS (
        SELECT connection, 'session_opened' AS event, count(*) AS events FROM counted_sessions
          WHERE opened >= ?1 AND opened < ?2 GROUP BY 1
        UNION ALL SELECT connection, 'session_closed', count(*) FROM counted_sessions WHERE closed >= ?1 AND closed < ?2 GROUP BY 1
        UNION ALL SELECT s.connection, d.event, sum(s.statements) FROM sent s JOIN deeds d ON d.id = s.text GROUP BY 1, 2
        UNION ALL SELECT connection, 'failed', sum(failed) FROM sent GROUP BY 1
        UNION ALL SELECT connection, 'refused', sum(refused) FROM sent GROUP BY 1
        UNION ALL SELECT cn.id, 'approval', a.n FROM (
            SELECT proxy, connection, count(*) AS n FROM approvals WHERE requested_at >= ?1 AND requested_at < ?2 GROUP BY 1, 2) a
          JOIN (SELECT min(id) AS id, proxy, name FROM connections GROUP BY 2, 3) cn ON cn.proxy = a.proxy AND cn.name = a.connection),
      found AS (
        SELECT cn.name AS connection, s.event, sum(s.events) AS events FROM seen s JOIN connections cn ON cn.id = s.connection
        WHERE cn.name IN (SELECT value FROM json_each(?3)) GROUP BY 1, 2 HAVING sum(s.events) > 0),
      used AS (SELECT DISTINCT connection FROM found),
      given AS MATERIALIZED (
        SELECT DISTINCT value ->> 'connection' AS connection, value ->> 'event' AS event FROM json_each(?4)),
      declared AS (
        SELECT u.connection, g.event FROM used u JOIN given g ON g.connection = u.connection
        UNION ALL SELECT u.connection, g.event FROM given g JOIN used u WHERE g.connection = '*')
      SELECT connection, event, max(declared) AS declared, max(events) AS events FROM (
        SELECT connection, event, 1 AS declared, 0 AS events FROM declared
        UNION ALL SELECT connection, event, 0, events FROM found)
      GROUP BY connection, event ORDER BY connection, event
      """,
    columns: [
      Column("connection", .text, "The connection."),
      Column(
        "event", .text,
        "The kind: session_opened, session_closed, read, write, change (of schema or rights), failed, refused or approval."
      ),
      Column("declared", .flag, "Whether the file declares it."),
      Column("events", .integer, "How many the records of the period hold."),
    ],
    parameters: [
      "start of the period", "end of the period", "connections in scope, as a JSON list", "the rows of the file",
    ])

  private static func arguments(_ context: TestContext) -> [Cell] {
    context.bounds + [.text(context.connectionNames { _ in true })]
  }

  static func draw(_ ledger: borrowing Ledger, _ context: TestContext) throws(AssayError) -> DrawnPopulation {
    guard let rows = context.plan.sideFiles.rows("event_types") else { return DrawnPopulation() }
    return try query.draw(ledger, arguments(context) + [.text(rows.json)])
  }

  static func judge(_ facts: EvidenceFacts, _ context: TestContext, _ shared: SharedFigures) throws(AssayError)
    -> TestResult
  {
    let files = facts.plan.sideFiles.references("event_types")
    let population = query.population(
      facts[.t04], arguments(context) + [SideFiles.shown(files)], sources: context.sources + files)
    var tally = Tally(context.period)
    var exceptions = ExceptionList(.t04)
    try Items(population).forEach { item in
      let events = item.integer("events") ?? 0
      if item.flag("declared") {
        tally.add(events > 0 || context.isComplete ? .passed : .inconclusive, at: nil)
        return
      }
      tally.add(.failed, at: nil)
      let (connection, event) = (item.text("connection") ?? "", item.text("event") ?? "")
      exceptions.note(
        item.reference("\(event) on \(connection)"), at: nil,
        Wording(
          criteria: "Each kind of event that is recorded is declared.",
          condition: { _ in
            "The records of \(connection) hold \(counted(events, "event")) of the kind \(event), which the file does not declare."
          },
          cause: "The declaration does not name it, or something is logged that should not be.",
          effect: "What is logged is not what the organisation decided to log."))
    }
    return description.result(
      context, population: population, tally: tally, exceptions: exceptions, noun: "kinds of events",
      operating: missing(context),
      remedy: remedyForMissing(context) ?? "Show that nothing is missing from the records of the period: see T-02.")
  }
}
