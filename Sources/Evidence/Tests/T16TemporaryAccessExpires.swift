import AuditTrail
import Ledger

extension TestID {
  /// Temporary access expires.
  public static let t16 = TestID("T-16")
}

/// T-16: does temporary access end when it should?
enum TemporaryAccessExpires: DrawnTest {
  static let description = TestDescription(
    id: .t16, title: "Temporary access expires",
    objective: "Nobody works under an approval that has expired.",
    procedure: """
      For each granted approval with an expiry whose time touches the period: compare the expiry with the last statement \
      that ran under it. A statement after the expiry is an exception.
      """,
    limitations: ["Whether the database's own grant was taken away at the expiry is not in the archives."])
  static let lasting = ["user", "connection"]
  static let passing = ["approval"]

  static let query = PopulationQuery(
    id: "POP-16", title: "Approvals with an expiry, in force in the period",
    purpose: "Each approval is one item of T-16.",
    sql: """
      SELECT a.proxy, a.key AS approval, a.connection, a.requested_by AS user, a.granted_at AS time, a.expires_at,
        count(s.id) AS statements, max(s.time) AS last_statement,
        coalesce(sum(s.time > a.expires_at AND (o.name IN ('ran', 'ran_unapproved')
          OR (o.name = 'unknown' AND d.action <> 'review'))), 0) AS ran_after,
        coalesce(sum(s.time > a.expires_at AND o.name = 'unknown' AND d.action = 'review'), 0) AS perhaps_after,
        coalesce(max(se.closed > a.expires_at), 0) AS session_outlived,
        (SELECT se2.key FROM statements s2 JOIN sessions se2 ON se2.id = s2.session WHERE s2.approval = a.id
          AND s2.time > a.expires_at AND s2.time >= ?1 AND s2.time < ?2
          ORDER BY s2.time, se2.key, s2.sequence LIMIT 1) AS session,
        ar.path AS archive, ar.sha256 AS archive_sha256, a.entry
      FROM approvals a JOIN archives ar ON ar.id = a.archive
        LEFT JOIN statements s ON s.approval = a.id AND s.time >= ?1 AND s.time < ?2
        LEFT JOIN sessions se ON se.id = s.session LEFT JOIN outcomes o ON o.id = s.outcome
        LEFT JOIN decisions d ON d.id = s.decision
      WHERE a.granted_at IS NOT NULL AND a.expires_at IS NOT NULL AND a.granted_at < ?2
        AND (a.expires_at >= ?1 OR s.id IS NOT NULL)
      GROUP BY a.id ORDER BY a.granted_at, a.proxy, a.key
      """,
    columns: [
      Column("proxy", .text, "The proxy's product name."),
      Column("approval", .text, "The approval's key."),
      Column("connection", .text, "The connection it is for."),
      Column("user", .text, "Who asked for it."),
      Column("time", .time, "When it was granted."),
      Column("expires_at", .time, "When it expires."),
      Column("statements", .integer, "Statements joined to it, in the period."),
      Column("last_statement", .time, "The last of them."),
      Column("ran_after", .integer, "Statements that ran, or were let through, after the expiry."),
      Column(
        "perhaps_after", .integer,
        "Statements after the expiry that waited for approval; whether they ran is not known."),
      Column("session_outlived", .flag, "Whether a session stayed open past the expiry."),
      Column("session", .text, "The session of the first statement after the expiry."),
      Column("archive", .text, "The archive's path."),
      Column("archive_sha256", .text, "The archive's SHA-256."),
      Column("entry", .integer, "The entry in the archive, from 1."),
    ], parameters: ["start of the period", "end of the period"])

  static func draw(_ ledger: borrowing Ledger, _ context: TestContext) throws(AssayError) -> DrawnPopulation {
    let endless = try ledger.count(
      "SELECT count(*) FROM approvals WHERE granted_at >= ?1 AND granted_at < ?2 AND expires_at IS NULL",
      context.bounds)
    return try query.draw(
      ledger, context.bounds, exclusions: [Exclusion(reason: "granted without an expiry", count: endless)])
  }

  static func judge(_ facts: EvidenceFacts, _ context: TestContext, _ shared: SharedFigures) throws(AssayError)
    -> TestResult
  {
    let population = query.population(facts[.t16], context.bounds, sources: context.sources)
    let endless = population.exclusions.reduce(0) { $0 + $1.count }
    var tally = Tally(context.period)
    var exceptions = ExceptionList(.t16)
    var outlived: Int64 = 0
    try Items(population).forEach { item in
      outlived += item.flag("session_outlived") ? 1 : 0
      let (ran, perhaps) = (item.integer("ran_after") ?? 0, item.integer("perhaps_after") ?? 0)
      guard ran > 0 else { return tally.add(perhaps > 0 ? .inconclusive : .passed, at: item.time("time")) }
      tally.add(.failed, at: item.time("time"))
      let key = item.text("approval") ?? ""
      exceptions.note(
        item.reference("approval \(key)"), at: item.time("last_statement"),
        Wording(
          criteria: "No statement runs under an approval after it has expired.",
          condition: { _ in "\(counted(ran, "statement")) ran after approval \(key) had expired." },
          cause: "Not established. Find out whether the proxy ends sessions, or checks statements, at the expiry.",
          effect: "Access lasted longer than was approved."))
    }
    return description.result(
      context, population: population, tally: tally, exceptions: exceptions, noun: "approvals with an expiry",
      metrics: [
        Metric(
          name: "sessions_past_expiry", label: "approvals whose session stayed open past the expiry",
          share: Share(outlived, of: population.count))
      ],
      limitations: endless > 0 ? ["\(counted(endless, "approval")) have no expiry: that access is not temporary."] : [])
  }
}
