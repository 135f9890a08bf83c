import AuditTrail
import Ledger

extension TestID {
  /// Sessions end.
  public static let t35 = TestID("T-35")
}

/// T-35: does each session end when it should?
enum SessionsEnd: DrawnTest {
  static let description = TestDescription(
    id: .t35, title: "Sessions end",
    objective: "No session stays open longer than it may.",
    procedure: """
      For each session of a person or an agent that was opened in the period: it must have been closed, and not later than the \
      limit after it was opened. Services hold connections open and are left out and counted. A session of which the archive \
      does not record the end is not decided where its source records no ends at all.
      """,
    limitations: [
      "Idle time is not in the archives: a pause between two statements does not show that nobody was there.",
      "Why a session was closed, by its user or by the proxy, is not in the archives.",
    ])

  static let hours = TestLimit("session_hours", 24, "hours that a session may stay open")
  static let lasting = ["user", "connection"]
  static let limits = [hours]

  static let query = PopulationQuery(
    id: "POP-35", title: "Sessions of people and agents", purpose: "Each session is one item of T-35.",
    sql: """
      WITH closing AS (
        SELECT ar.proxy, ar.instance FROM sessions se JOIN archives ar ON ar.id = se.archive
        WHERE se.closed IS NOT NULL GROUP BY 1, 2)
      SELECT se.proxy, se.key AS session, \(SessionColumns.time) AS time, se.closed, c.proxy IS NOT NULL AS source_records,
        cn.name AS connection, i.user, i.kind AS identity_kind, ar.path AS archive, ar.sha256 AS archive_sha256, se.entry
      FROM counted_sessions se JOIN archives ar ON ar.id = se.archive JOIN connections cn ON cn.id = se.connection
        LEFT JOIN identities i ON i.id = se.identity
        LEFT JOIN closing c ON c.proxy = ar.proxy AND c.instance IS ar.instance
      WHERE \(SessionColumns.condition) AND coalesce(i.kind, '') <> 'service'
      ORDER BY time, se.proxy, se.key
      """,
    columns: [
      Column("proxy", .text, "The proxy's product name."),
      Column("session", .text, "The session's key."),
      Column("time", .time, "When it was opened; where no archive says, its first statement in the period."),
      Column("closed", .time, "When it was closed."),
      Column("source_records", .flag, "Whether its source records the end of any session."),
      Column("connection", .text, "The connection."),
      Column("user", .text, "Whose it is."),
      Column("identity_kind", .text, "human or agent."),
      Column("archive", .text, "The archive's path."),
      Column("archive_sha256", .text, "The archive's SHA-256."),
      Column("entry", .integer, "The entry in the archive, from 1."),
    ], parameters: ["start of the period", "end of the period"])

  static let servicesReason = "of services, which hold connections open"

  static func draw(_ ledger: borrowing Ledger, _ context: TestContext) throws(AssayError) -> DrawnPopulation {
    try query.draw(
      ledger, context.bounds,
      exclusions: [
        Exclusion(
          reason: servicesReason,
          count: try ledger.count(
            """
            SELECT count(*) FROM counted_sessions se JOIN identities i ON i.id = se.identity
            WHERE \(SessionColumns.condition) AND i.kind = 'service'
            """, context.bounds))
      ])
  }

  static func judge(_ facts: EvidenceFacts, _ context: TestContext, _ shared: SharedFigures) throws(AssayError)
    -> TestResult
  {
    let population = query.population(facts[.t35], context.bounds, sources: context.sources)
    let limit = context.limits[hours.name] ?? hours.standard
    var tally = Tally(context.period)
    var exceptions = ExceptionList(.t35)
    try Items(population).forEach { item in
      let opened = item.time("time") ?? context.period.start
      let closed = item.time("closed")
      // A session that is still open counts until the period ends.
      let end = closed ?? context.period.end
      let isLong = end.seconds - opened.seconds > limit * 3600
      guard isLong else { return tally.add(.passed, at: opened) }
      guard closed != nil || item.flag("source_records") else { return tally.add(.inconclusive, at: opened) }
      tally.add(.failed, at: opened)
      exceptions.note(
        item.reference(item.text("session") ?? ""), at: opened, wording(item, opened, closed, limit))
    }
    return description.result(
      context, population: population, tally: tally, exceptions: exceptions, noun: "sessions of people and agents",
      remedy: "Collect the records of sessions that end.")
  }

  private static func wording(_ item: Item, _ opened: Timestamp, _ closed: Timestamp?, _ limit: Int64) -> Wording {
    Wording(
      criteria: "A session is closed within \(counted(limit, "hour")).",
      condition: { _ in
        "The session of \(item.text("user") ?? "nobody named") on \(item.text("connection") ?? "") "
          + (closed.map { "stayed open for \(counted(($0.seconds - opened.seconds) / 3600, "hour"))." }
            ?? "was not closed by the end of the period.")
      },
      cause: "Not established. Find out whether the proxy ends sessions.",
      effect: "Whoever comes to the client uses the access of its user.")
  }
}
