import AuditTrail
import Ledger

extension TestID {
  /// Access of people who left.
  public static let t10 = TestID("T-10")
}

/// T-10: was the access of people who left taken away in time?
enum LeaverAccess: RegisterTest {
  static let description = TestDescription(
    id: .t10, title: "Access of people who left is removed in time",
    objective: "Whoever left reaches no data any more, in person or through an agent.",
    procedure: """
      For each person in the file of leavers: compare when they left with when their access was disabled, and look for \
      statements after they left, of their own sessions and of agents that acted for them. A statement after they left, access \
      that was not disabled, or was disabled later than the limit, is an exception.
      """,
    limitations: [
      "Whether the file names everybody who left is for its owner to show.",
      "When access was disabled is the file's own word.",
    ])

  static let register = "leavers"
  static let hours = TestLimit("leaver_disable_hours", 24, "hours until the access of a leaver is disabled")
  static let limits = [hours]

  static let query = PopulationQuery(
    id: "POP-10", title: "People who left", purpose: "Each person in the file of leavers is one item of T-10.",
    sql: """
      WITH \(PersonColumn.folded(4)),
      leaver AS MATERIALIZED (
        SELECT l.key AS place, l.value ->> 'user' AS user, l.value ->> 'at' AS at, l.value ->> 'at_time' AS time,
          l.value ->> 'disabled_at' AS disabled_at, l.value ->> 'disabled_at_time' AS disabled_time,
          \(PersonColumn.key("(l.value ->> 'user')")) AS person
        FROM json_each(?3) l),
      used AS (
        SELECT i.person, s.time, 1 AS own, se.key FROM (SELECT id, \(PersonColumn.key("user")) AS person FROM identities) i
          JOIN sessions se ON se.identity = i.id JOIN statements s ON s.session = se.id
          WHERE i.person IN (SELECT person FROM leaver) AND s.time >= ?1 AND s.time < ?2
        UNION ALL SELECT \(PersonColumn.key("se.acts_for")), s.time, 0, se.key
          FROM sessions se JOIN statements s ON s.session = se.id
          WHERE \(PersonColumn.key("se.acts_for")) IN (SELECT person FROM leaver) AND s.time >= ?1 AND s.time < ?2),
      moments AS MATERIALIZED (
        SELECT person, time, sum(own) AS own, count(*) AS statements, min(key) AS session FROM used GROUP BY 1, 2),
      late AS (
        SELECT * FROM (
          SELECT place, person, sum(own) OVER after AS own, sum(statements) OVER after AS statements,
            min(used) OVER after AS first
          FROM (
            SELECT NULL AS place, person, time, time AS used, own, statements FROM moments
            UNION ALL SELECT place, person, time, NULL, 0, 0 FROM leaver WHERE time IS NOT NULL)
          WINDOW after AS (PARTITION BY person ORDER BY time DESC, place IS NULL ROWS UNBOUNDED PRECEDING))
        WHERE place IS NOT NULL)
      SELECT l.user, l.at, l.time, l.disabled_at, l.disabled_time, coalesce(t.own, 0) AS own_statements,
        coalesce(t.statements - t.own, 0) AS agent_statements, t.first AS first_after, m.session
      FROM leaver l LEFT JOIN late t ON t.place = l.place LEFT JOIN moments m ON m.person = t.person AND m.time = t.first
      ORDER BY l.place
      """,
    columns: [
      Column("user", .text, "Who left."),
      Column("at", .text, "When, as the file says it."),
      Column("time", .time, "When; empty where the file says only the day."),
      Column("disabled_at", .text, "When their access was disabled, as the file says it."),
      Column("disabled_time", .time, "When; empty where the file says nothing, or only the day."),
      Column("own_statements", .integer, "Statements of their own sessions in the period, after they left."),
      Column("agent_statements", .integer, "Statements of agents that acted for them, after they left."),
      Column("first_after", .time, "The first of both."),
      Column("session", .text, "Its session."),
    ],
    parameters: [
      "start of the period", "end of the period", "the file of leavers, as a JSON list", PersonColumn.meaning,
    ])

  static func judge(_ facts: EvidenceFacts, _ context: TestContext, _ shared: SharedFigures) throws(AssayError)
    -> TestResult
  {
    let population = population(facts, context)
    let limit = context.limits[hours.name] ?? hours.standard
    var tally = Tally(context.period)
    var exceptions = ExceptionList(.t10)
    var withoutTime: Int64 = 0
    try Items(population).forEach { item in
      let user = item.text("user") ?? ""
      let statements = (item.integer("own_statements") ?? 0) + (item.integer("agent_statements") ?? 0)
      let standing = Standing(item, limit: limit)
      if standing == .notKnown { withoutTime += 1 }
      let isFailed = statements > 0 || standing.isException
      tally.add(isFailed ? .failed : standing == .notKnown ? .inconclusive : .passed, at: item.time("time"))
      if statements > 0 {
        exceptions.note(
          item.reference("\(user) \(item.text("at") ?? "") used"), at: item.time("first_after"), used(item, user))
      }
      if standing.isException {
        exceptions.note(
          item.reference("\(user) \(item.text("at") ?? "") disabled"), at: item.time("time"),
          disabled(standing, user, limit))
      }
    }
    return result(
      context, population, tally, exceptions, noun: "people who left",
      limitations: withoutTime == 0
        ? []
        : ["Of \(counted(withoutTime, "person", "people")) the file gives a day and no time: hours cannot be counted."])
  }

  /// How long access stayed.
  private enum Standing: Equatable {
    case inTime, notKnown, never
    case late(minutes: Int64)

    init(_ item: Item, limit: Int64) {
      guard item.text("disabled_at") != nil else {
        self = .never
        return
      }
      guard let left = item.time("time"), let disabled = item.time("disabled_time") else {
        self = .notKnown
        return
      }
      let minutes = (disabled.seconds - left.seconds) / 60
      self = minutes > limit * 60 ? .late(minutes: minutes) : .inTime
    }

    var isException: Bool {
      switch self {
      case .never, .late: true
      case .inTime, .notKnown: false
      }
    }
  }

  private static func used(_ item: Item, _ user: String) -> Wording {
    let own = item.integer("own_statements") ?? 0
    let agents = item.integer("agent_statements") ?? 0
    let who = [
      own > 0 ? "\(counted(own, "statement")) in their own sessions" : nil,
      agents > 0 ? "\(counted(agents, "statement")) of agents that acted for them" : nil,
    ].compactMap(\.self).joined(separator: " and ")
    return Wording(
      criteria: "Nothing runs for a person who has left.",
      condition: { _ in "\(user) had left, and \(who) came afterwards." },
      cause: "Not established. Find out which access was still open.",
      effect: "Somebody reached data who had no right to it any more.")
  }

  private static func disabled(_ standing: Standing, _ user: String, _ limit: Int64) -> Wording {
    Wording(
      criteria: "Access is disabled within \(counted(limit, "hour")) after somebody left.",
      condition: { _ in
        if case .late(let minutes) = standing {
          return "The access of \(user) was disabled \(grouped(minutes / 60)) h \(minutes % 60) min after they left."
        }
        return "The file names no time at which the access of \(user) was disabled."
      },
      cause: "Not established. Find out how leavers are reported to whoever disables their access.",
      effect: "Until then their access could be used, by them or by others.")
  }
}
