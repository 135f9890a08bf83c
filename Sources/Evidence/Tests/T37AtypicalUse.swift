import AuditTrail
import Ledger

extension TestID {
  /// Use that is not as usual is noticed.
  public static let t37 = TestID("T-37")
}

/// T-37: did an identity do what it had never done before, in several ways on one day?
enum AtypicalUse: DrawnTest {
  static let description = TestDescription(
    id: .t37, title: "Use that is not as usual is noticed",
    objective: "What an identity does for the first time, in several ways at once, somebody has looked at.",
    procedure: """
      For each identity and UTC day with statements, after the identity's first ten such days in the ledger: count what is new \
      that day, which are an hour of the day, a client address or application, a connection, and a kind of deed (reading, writing, \
      changing the schema or rights). A day with more new things than the limit is an exception until somebody has \
      accepted it.
      """,
    limitations: [
      "Usual is what the ledger holds from before, in UTC: a longer record makes it a better measure.",
      "Identities that share an account hide each other's habits.",
      "That something is new does not make it wrong; that nothing is new does not make it right.",
    ])

  static let newThings = TestLimit("new_things_a_day", 1, "new things on one day that nobody need look at")
  static let limits = [newThings]

  /// How many days with statements an identity's habits rest on at least.
  private static let habitDays = 10

  private static let days = """
    WITH deeds AS MATERIALIZED (
      SELECT t.id, CASE
        WHEN EXISTS (SELECT 1 FROM json_each(t.kinds) k
          WHERE k.value IN \(StatementColumns.changeKinds)) THEN 'change'
        WHEN EXISTS (SELECT 1 FROM json_each(t.kinds) k
          WHERE k.value IN ('insert', 'update', 'delete', 'merge', 'copy')) THEN 'write' ELSE 'read' END AS deed
      FROM texts t),
    hours AS MATERIALIZED (
      SELECT s.context, s.time / 3600000000000 AS hour, d.deed, min(s.time) AS time, count(*) AS statements
      FROM counted_statements s JOIN deeds d ON d.id = s.text WHERE s.time < ?2 GROUP BY 1, 2, 3),
    acts AS (
      SELECT i.user, i.kind, c.client, cn.name AS connection, h.deed, h.hour / 24 AS day, h.hour % 24 AS hour, h.time,
        h.statements
      FROM hours h JOIN contexts c ON c.id = h.context JOIN identities i ON i.id = c.identity
        JOIN connections cn ON cn.id = c.connection WHERE i.user <> ''),
    firsts AS (
      SELECT *, min(day) OVER (PARTITION BY user, hour) AS hour_day, min(day) OVER (PARTITION BY user, client) AS client_day,
        min(day) OVER (PARTITION BY user, connection) AS connection_day, min(day) OVER (PARTITION BY user, deed) AS deed_day
      FROM acts),
    days AS (
      SELECT user, max(kind) AS kind, day, min(time) AS time, sum(statements) AS statements, max(hour_day = day) AS new_hour,
        max(client_day = day) AS new_client, max(connection_day = day) AS new_connection, max(deed_day = day) AS new_deed,
        row_number() OVER (PARTITION BY user ORDER BY day) AS number
      FROM firsts GROUP BY user, day)
    """

  /// How many of the period's days of an identity come too early for a habit.
  private static let early = """
    WITH seen AS (
      SELECT context, time / 86400000000000 AS day, min(time) AS time FROM counted_statements WHERE time < ?2 GROUP BY 1, 2),
    days AS (
      SELECT min(s.time) AS time, row_number() OVER (PARTITION BY i.user ORDER BY s.day) AS number
      FROM seen s JOIN contexts c ON c.id = s.context JOIN identities i ON i.id = c.identity
      WHERE i.user <> '' GROUP BY i.user, s.day)
    SELECT count(*) FROM days WHERE time >= ?1 AND number <= \(habitDays)
    """

  static let query = PopulationQuery(
    id: "POP-37", title: "Identities by day, and what was new", purpose: "Each identity's day is one item of T-37.",
    sql: """
      \(days)
      SELECT user, kind AS identity_kind, time, statements, new_hour, new_client, new_connection, new_deed FROM days
      WHERE time >= ?1 AND number > \(habitDays) ORDER BY time, user
      """,
    columns: [
      Column("user", .text, "The identity."),
      Column("identity_kind", .text, "human, service or agent."),
      Column("time", .time, "The day's first statement."),
      Column("statements", .integer, "Statements of that day."),
      Column("new_hour", .flag, "Whether it was active in an hour of the day in which it never was before."),
      Column("new_client", .flag, "Whether it came from an address or application that it never came from before."),
      Column("new_connection", .flag, "Whether it used a connection that it never used before."),
      Column("new_deed", .flag, "Whether it read, wrote or changed schema or rights for the first time."),
    ], parameters: ["start of the period", "end of the period"])

  static let withoutHabit = "the identity has no \(habitDays) days with statements before"

  static func draw(_ ledger: borrowing Ledger, _ context: TestContext) throws(AssayError) -> DrawnPopulation {
    let young = try ledger.count(early, context.bounds)
    return try query.draw(ledger, context.bounds, exclusions: [Exclusion(reason: withoutHabit, count: young)])
  }

  private static let things = [
    ("new_hour", "an hour of the day"), ("new_client", "a client"), ("new_connection", "a connection"),
    ("new_deed", "a kind of deed"),
  ]

  static func judge(_ facts: EvidenceFacts, _ context: TestContext, _ shared: SharedFigures) throws(AssayError)
    -> TestResult
  {
    let population = query.population(facts[.t37], context.bounds, sources: context.sources)
    let limit = context.limits[newThings.name] ?? newThings.standard
    var tally = Tally(context.period)
    var exceptions = ExceptionList(.t37)
    var counts: [String: Int64] = [:]
    try Items(population).forEach { item in
      let time = item.time("time")
      let new = things.filter { item.flag($0.0) }
      for thing in new { counts[thing.0, default: 0] += 1 }
      guard new.count > limit else { return tally.add(.passed, at: time) }
      tally.add(.failed, at: time)
      let day = time.map { "\($0.date)" } ?? ""
      exceptions.note(
        item.reference("\(item.text("user") ?? "") on \(day)"), at: time,
        Wording(
          criteria: "A day on which an identity does several things for the first time was looked at.",
          condition: { _ in
            "On \(day) \(item.text("user") ?? "") met for the first time: \(new.map(\.1).joined(separator: ", ")); in "
              + "\(counted(item.integer("statements") ?? 0, "statement"))."
          },
          cause: "Not established. Ask the identity's owner what it did that day.",
          effect: "An account that was taken over, or a task that nobody knows of, looks like this."))
    }
    return description.result(
      context, population: population, tally: tally, exceptions: exceptions, noun: "identity-days",
      metrics: things.map { thing in
        Metric(
          name: thing.0, label: "identity-days that met \(thing.1) for the first time",
          share: Share(counts[thing.0] ?? 0, of: population.count))
      }, remedy: "Keep earlier quarters in the ledger, so that habits can be told.")
  }
}
