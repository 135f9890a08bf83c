import AuditTrail
import Digests
import Ledger

extension TestID {
  /// Emergency access is reviewed.
  public static let t17 = TestID("T-17")
}

/// T-17: was each emergency access looked at afterwards?
enum EmergencyAccess: DrawnTest {
  static let description = TestDescription(
    id: .t17, title: "Emergency access is reviewed",
    objective: "Whoever forces access in an emergency answers for it afterwards.",
    procedure: """
      For each session that ran statements under a forced approval, and each session in the file of emergency access: the file \
      must hold it, name a ticket, and name another person who looked at it after its end, within the limit.
      """,
    limitations: ["Emergency access that no archive marks as forced and no file holds is not seen."])

  static let sideFiles = ["emergency"]
  static let hours = TestLimit("emergency_review_hours", 72, "hours until emergency access is reviewed")
  static let lasting = ["user", "connection"]
  static let limits = [hours]

  static let query = PopulationQuery(
    id: "POP-17", title: "Sessions with emergency access", purpose: "Each session is one item of T-17.",
    sql: """
      WITH forced AS (
        SELECT s.session, min(a.key) AS approval FROM statements s JOIN approvals a ON a.id = s.approval
          JOIN approval_decisions r ON r.approval = a.id AND r.forced = 1 JOIN outcomes o ON o.id = s.outcome
        WHERE s.time >= ?1 AND s.time < ?2 AND o.name <> 'not_run' GROUP BY s.session),
      named AS (SELECT id AS session FROM sessions WHERE opened >= ?1 AND opened < ?2
        AND key IN (SELECT value ->> 'session' FROM json_each(?3)))
      SELECT se.proxy, se.key AS session, se.opened AS time, se.closed, i.user, cn.name AS connection, se.ticket, f.approval,
        ar.path AS archive, ar.sha256 AS archive_sha256, se.entry
      FROM sessions se JOIN archives ar ON ar.id = se.archive JOIN connections cn ON cn.id = se.connection
        LEFT JOIN identities i ON i.id = se.identity LEFT JOIN forced f ON f.session = se.id
      WHERE se.id IN (SELECT session FROM forced UNION SELECT session FROM named)
      ORDER BY se.opened, se.proxy, se.key
      """,
    columns: [
      Column("proxy", .text, "The proxy's product name."),
      Column("session", .text, "The session's key."),
      Column("time", .time, "When it was opened."),
      Column("closed", .time, "When it was closed."),
      Column("user", .text, "Whose it is."),
      Column("connection", .text, "The connection."),
      Column("ticket", .text, "The ticket that the session names."),
      Column("approval", .text, "The forced approval; empty where only the file names the session."),
      Column("archive", .text, "The archive's path."),
      Column("archive_sha256", .text, "The archive's SHA-256."),
      Column("entry", .integer, "The entry in the archive, from 1."),
    ], parameters: ["start of the period", "end of the period", "the file of emergency access, as a JSON list"])

  static func draw(_ ledger: borrowing Ledger, _ context: TestContext) throws(AssayError) -> DrawnPopulation {
    try query.draw(ledger, context.bounds + [.text((context.plan.sideFiles.rows("emergency") ?? []).json)])
  }

  static func judge(_ facts: EvidenceFacts, _ context: TestContext, _ shared: SharedFigures) throws(AssayError)
    -> TestResult
  {
    let files = facts.plan.sideFiles.references("emergency")
    let population = query.population(
      facts[.t17], context.bounds + [SideFiles.shown(files)], sources: context.sources + files)
    let given = context.plan.sideFiles.rows("emergency")
    let register = Dictionary(grouping: given ?? []) { ExactText($0.required("session")) }
    let limit = context.limits[hours.name] ?? hours.standard
    var tally = Tally(context.period)
    var exceptions = ExceptionList(.t17)
    var found: Set<ExactText> = []
    try Items(population).forEach { item in
      let session = item.text("session") ?? ""
      found.insert(ExactText(session))
      guard given != nil else { return tally.add(.inconclusive, at: item.time("time")) }
      let problems = (register[ExactText(session)] ?? []).map { problem($0, item, limit) }
      // One entry that is in order is enough.
      guard !problems.contains(nil) else { return tally.add(.passed, at: item.time("time")) }
      tally.add(.failed, at: item.time("time"))
      exceptions.note(
        item.reference(session), at: item.time("time"), wording(item, problems.first ?? nil, limit))
    }
    let strays = register.keys.filter { !found.contains($0) }.count
    return description.result(
      context, population: population, tally: tally, exceptions: exceptions, noun: "sessions with emergency access",
      operating: tally.failed == 0 ? missing(context) : nil,
      limitations: strays == 0
        ? [] : ["\(counted(strays, "session")) of the file are not in the archives, or not in the period."],
      remedy: remedyForMissing(context))
  }

  /// What is wrong with an entry of the file; `nil` where nothing is.
  private static func problem(_ row: SideRow, _ item: Item, _ limit: Int64) -> String? {
    guard let reviewer = row.text("reviewer"), let at = row.time("at") else {
      return "nobody is named who looked at it"
    }
    if isSamePerson(reviewer, item.text("user") ?? "") { return "who used it also reviewed it" }
    let end = item.time("closed") ?? item.time("time") ?? at
    if at < end { return "it was reviewed before it ended" }
    let hours = (at.seconds - end.seconds) / 3600
    return hours > limit || (hours == limit && (at.seconds - end.seconds) % 3600 > 0)
      ? "it was reviewed \(counted(hours, "hour")) after it ended" : nil
  }

  private static func wording(_ item: Item, _ problem: String?, _ limit: Int64) -> Wording {
    Wording(
      criteria: "Emergency access has a ticket and is reviewed by another person within \(counted(limit, "hour")).",
      condition: { _ in
        "Emergency access of \(item.text("user") ?? "nobody named") on \(item.text("connection") ?? ""): "
          + "\(problem ?? "the file of emergency access does not hold it")."
      },
      cause: "Not established.", effect: "Whether the access was needed, and what it was used for, nobody looked at.")
  }
}
