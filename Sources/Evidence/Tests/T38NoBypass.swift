import AuditTrail
import Ledger
import Policies

extension TestID {
  /// Databases are reached by the proxy alone.
  public static let t38 = TestID("T-38")
}

/// T-38: did anybody reach a database past the proxy?
enum NoBypass: DrawnTest {
  static let description = TestDescription(
    id: .t38, title: "Databases are reached by the proxy alone",
    objective: "Nobody reaches a database past the managed access point, unless that was approved.",
    procedure: """
      For each session in the log of a database that a proxy leads to: the proxy's archives must tell of at least half of \
      its statements. Two statements are one where their texts agree and their times are within five seconds, the difference \
      of the clocks apart; each statement counts once. Where the configuration names the proxies' addresses the session must \
      come from one of them. A login that `reconcile: direct:` approves for going past the proxy passes.
      """,
    limitations: [
      "Only databases whose logs were read are looked at, and only what these logs record.",
      "A bypass that repeats the texts of a proxy's session within seconds is taken for it, unless the proxies' addresses are "
        + "named.",
    ])

  static let query = PopulationQuery(
    id: "POP-38", title: "Sessions in the logs of databases", purpose: "Each session is one item of T-38.",
    sql: """
      SELECT se.proxy AS source, se.key AS session, \(SessionColumns.time) AS time, cn.name AS connection, cn.database_user,
        c.address AS client, c.application, count(s.id) AS statements, count(r.statement) AS matched,
        coalesce(sum(r.statement IS NULL AND s.time NOT BETWEEN x.proxy_first + x.skew AND x.proxy_last + x.skew), 0) AS outside,
        min(te.key) AS proxy_session, ar.path AS archive, ar.sha256 AS archive_sha256,
        CASE se.entry WHEN 0 THEN NULL ELSE se.entry END AS entry
      FROM sessions se JOIN parties p ON p.connection = se.connection AND p.is_log = 1
        JOIN reconciliations x ON x.party = p.party JOIN connections cn ON cn.id = se.connection
        JOIN clients c ON c.id = se.client JOIN archives ar ON ar.id = se.archive
        LEFT JOIN statements s ON s.session = se.id AND s.time >= ?1 AND s.time < ?2
        LEFT JOIN reconciled r ON r.statement = s.id
        LEFT JOIN statements ts ON ts.id = r.twin LEFT JOIN sessions te ON te.id = ts.session
      WHERE \(SessionColumns.condition)
      GROUP BY se.id ORDER BY 3, 1, 2
      """,
    columns: [
      Column("source", .text, "The log's source."),
      Column("session", .text, "The session's key in the log."),
      Column("time", .time, "When it was opened; where the log does not say, its first statement in the period."),
      Column("connection", .text, "The database, as its log names it."),
      Column("database_user", .text, "The login at the database."),
      Column("client", .text, "The address that the session came from."),
      Column("application", .text, "The client program."),
      Column("statements", .integer, "Its statements in the period."),
      Column("matched", .integer, "Those that a proxy's archive tells of."),
      Column("outside", .integer, "Those that no proxy's archive tells of, from a time that these do not reach over."),
      Column("proxy_session", .text, "A session of the proxy that tells of it, the first by key."),
      Column("archive", .text, "The log's path."),
      Column("archive_sha256", .text, "The log's SHA-256."),
      Column("entry", .integer, "The entry of its opening, from 1."),
    ], parameters: ["start of the period", "end of the period"])

  static func judge(_ facts: EvidenceFacts, _ context: TestContext, _ shared: SharedFigures) throws(AssayError)
    -> TestResult
  {
    let population = query.population(facts[.t38], context.bounds, sources: context.sources)
    let ways = DatabaseWays(context.plan.databaseAccess)
    var tally = Tally(context.period)
    var exceptions = ExceptionList(.t38)
    try Items(population).forEach { item in
      let outcome = outcome(of: item, ways)
      tally.add(outcome, at: item.time("time"))
      guard outcome == .failed else { return }
      let (login, client) = (item.text("database_user") ?? "no login", item.text("client") ?? "no address")
      let connection = item.text("connection") ?? ""
      exceptions.note(
        item.reference("\(login) from \(client) on \(connection)"), at: item.time("time"),
        Wording(
          criteria: "Each session at a database came by the proxy, or its login is approved for going past it.",
          condition: {
            "\(counted($0, "session")) of \(login) from \(client) on \(connection) "
              + (ways.isProxy(item.text("client")) == false
                ? "came from an address that is not a proxy's."
                : "\($0 == 1 ? "is" : "are") in no archive of the proxy.")
          },
          cause:
            "Not established. Find out who knows the login's password, and which network path leads to the database.",
          effect: "What was done in these sessions was neither checked nor masked nor recorded by the proxy."))
    }
    return description.result(
      context, population: population, tally: tally, exceptions: exceptions, noun: "sessions at databases",
      operating: population.count > 0 ? nil : DatabaseWays.nothing,
      remedy: population.count > 0
        ? "Collect the proxy's archives over the whole time that the databases' logs reach over."
        : DatabaseWays.remedy)
  }

  private static func outcome(of item: Item, _ ways: DatabaseWays) -> ItemOutcome {
    if ways.isApproved(item) { return .passed }
    let isProxy = ways.isProxy(item.text("client"))
    if isProxy == false { return .failed }
    let (statements, matched) = (item.integer("statements") ?? 0, item.integer("matched") ?? 0)
    if statements == 0 { return isProxy == true ? .passed : .inconclusive }
    if matched &* 2 >= statements { return .passed }
    return matched &+ (item.integer("outside") ?? 0) == statements ? .inconclusive : .failed
  }
}
