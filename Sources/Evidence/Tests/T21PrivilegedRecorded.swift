import AuditTrail
import Ledger

extension TestID {
  /// Databases and proxies tell of the same privileged statements.
  public static let t21 = TestID("T-21")
}

/// T-21: is each privileged statement of a database's log in the proxy's archives, and the other way round?
enum PrivilegedRecorded: DrawnTest {
  static let description = TestDescription(
    id: .t21, title: "Privileged statements are recorded on both sides",
    objective: "What changed structure or rights is in the database's own log and in the proxy's archives alike.",
    procedure: """
      For each statement that created, altered, dropped or truncated something, or granted or revoked rights, by the log of a \
      database that a proxy leads to or by that proxy's archives: the other side must tell of it, too. What only the log \
      holds went past the proxy, unless its login is approved for that. What only the proxy holds must be explained: it is \
      undecided where the log does not reach over its time, or holds no such statement at all, and an exception otherwise.
      """,
    limitations: [
      "Texts must agree but for spaces and semicolons at their ends: what a side cut or redacted is found on neither.",
      "What a proxy says failed, or did not run, is not looked for.",
    ])

  private static let privileged = """
    (SELECT t.id FROM texts t, json_each(t.kinds) k WHERE k.value IN \(StatementColumns.changeKinds))
    """

  static let query = PopulationQuery(
    id: "POP-21", title: "Privileged statements by databases' logs and by proxies",
    purpose: "Each statement is one item of T-21; one that both sides tell of is listed once.",
    sql: """
      WITH logged AS (
        SELECT DISTINCT p.party FROM parties p JOIN contexts c ON c.connection = p.connection
          JOIN statements s ON s.context = c.id WHERE p.is_log = 1 AND s.text IN \(privileged))
      SELECT CASE p.is_log WHEN 1 THEN 'database' ELSE 'proxy' END AS told_by, se.proxy AS source, se.key AS session, s.sequence,
        s.time, cn.name AS connection, cn.database_user, cl.address AS client, cl.application, i.user, h.fingerprint,
        h.normalized AS statement, t.kinds, te.key || '/' || ts.sequence AS told_as,
        CASE WHEN r.statement IS NULL THEN s.time NOT BETWEEN
            CASE p.is_log WHEN 1 THEN x.proxy_first + x.skew ELSE x.log_first - x.skew END
            AND CASE p.is_log WHEN 1 THEN x.proxy_last + x.skew ELSE x.log_last - x.skew END
          ELSE 0 END AS outside,
        p.is_log = 1 OR p.party IN (SELECT party FROM logged) AS is_logged,
        ar.path AS archive, ar.sha256 AS archive_sha256, s.entry
      FROM statements s JOIN contexts c ON c.id = s.context JOIN parties p ON p.connection = c.connection
        JOIN reconciliations x ON x.party = p.party JOIN connections cn ON cn.id = c.connection
        JOIN clients cl ON cl.id = c.client JOIN sessions se ON se.id = s.session JOIN texts t ON t.id = s.text
        JOIN shapes h ON h.id = t.shape JOIN archives ar ON ar.id = s.archive JOIN outcomes o ON o.id = s.outcome
        LEFT JOIN identities i ON i.id = c.identity LEFT JOIN reconciled r ON r.statement = s.id
        LEFT JOIN statements ts ON ts.id = r.twin LEFT JOIN sessions te ON te.id = ts.session
      WHERE s.time >= ?1 AND s.time < ?2 AND s.text IN \(privileged) AND (p.is_log = 1
        OR o.name <> 'not_run' AND s.error IS NULL AND s.id NOT IN (SELECT twin FROM reconciled))
      ORDER BY s.time, se.proxy, se.key, s.sequence
      """,
    columns: [
      Column(
        "told_by", .text, "database: its log, and the proxy where told_as names a statement; proxy: the proxy alone."),
      Column("source", .text, "The log's source, or the proxy's product name."),
      Column("session", .text, "The session's key."),
      Column("sequence", .integer, "The statement's number in the session."),
      Column("time", .time, "When the statement was sent."),
      Column("connection", .text, "The connection; of a log, the database."),
      Column("database_user", .text, "The login at the database."),
      Column("client", .text, "The client's address."),
      Column("application", .text, "The client program."),
      Column("user", .text, "The identity."),
      Column("fingerprint", .text, "The name of the statement's shape."),
      Column("statement", .text, "The statement without its literals."),
      Column("kinds", .text, "What the statement's commands are, as a JSON list."),
      Column("told_as", .text, "The proxy's statement that it is, as SESSION/SEQUENCE."),
      Column("outside", .flag, "Whether the other side's archives do not reach over its time."),
      Column("is_logged", .flag, "Whether the database's log holds privileged statements at all."),
      Column("archive", .text, "The archive's path."),
      Column("archive_sha256", .text, "The archive's SHA-256."),
      Column("entry", .integer, "The entry in the archive, from 1."),
    ], parameters: ["start of the period", "end of the period"])

  static func judge(_ facts: EvidenceFacts, _ context: TestContext, _ shared: SharedFigures) throws(AssayError)
    -> TestResult
  {
    let population = query.population(facts[.t21], context.bounds, sources: context.sources)
    let ways = DatabaseWays(context.plan.databaseAccess)
    var tally = Tally(context.period)
    var exceptions = ExceptionList(.t21)
    try Items(population).forEach { item in
      let outcome = outcome(of: item, ways)
      tally.add(outcome, at: item.time("time"))
      guard outcome == .failed else { return }
      let connection = item.text("connection") ?? ""
      if item.text("told_by") == "database" {
        let login = item.text("database_user") ?? "no login"
        exceptions.note(
          item.reference("login \(login) on \(connection)"), at: item.time("time"), past(login, connection))
      } else {
        exceptions.note(item.reference("proxy alone on \(connection)"), at: item.time("time"), unlogged(connection))
      }
    }
    return description.result(
      context, population: population, tally: tally, exceptions: exceptions, noun: "privileged statements",
      operating: population.count > 0 ? nil : DatabaseWays.nothing,
      remedy: population.count > 0
        ? "Have the databases log changes of structure and rights (PostgreSQL: log_statement = ddl), and collect both sides "
          + "over the whole period." : DatabaseWays.remedy)
  }

  private static func outcome(of item: Item, _ ways: DatabaseWays) -> ItemOutcome {
    if item.text("told_as") != nil { return .passed }
    if item.text("told_by") == "database" {
      return ways.isApproved(item) ? .passed : item.flag("outside") ? .inconclusive : .failed
    }
    return item.flag("outside") || !item.flag("is_logged") ? .inconclusive : .failed
  }

  private static func past(_ login: String, _ connection: String) -> Wording {
    Wording(
      criteria: "Each privileged statement that a database logged is in the proxy's archives.",
      condition: {
        "\(counted($0, "privileged statement")) of the login \(login) on \(connection) \($0 == 1 ? "is" : "are") in the "
          + "database's log and in no archive of the proxy."
      },
      cause: "Not established. Find out who knows the login's password, and which network path leads to the database.",
      effect: "Structure or rights were changed without a decision of the proxy.")
  }

  private static func unlogged(_ connection: String) -> Wording {
    Wording(
      criteria: "Each privileged statement that ran by the proxy's word is in the database's log.",
      condition: {
        "\(counted($0, "privileged statement")) on \(connection) ran by the proxy's word, and the database's log, which reaches "
          + "over that time, does not hold \($0 == 1 ? "it" : "them")."
      },
      cause:
        "Not established. The log lost lines, was switched off for a while, or the statement went to another database.",
      effect: "One of the two records is not complete.")
  }
}
