import AuditTrail
import Ledger

extension TestID {
  /// Access is granted only as authorised.
  public static let t09 = TestID("T-09")
}

/// T-09: was each change of access authorised, and do the lists of entitlements tie?
enum AccessAuthorised: DrawnTest {
  static let description = TestDescription(
    id: .t09, title: "Access is granted only as authorised",
    objective: "Nobody gets access that another person did not approve.",
    procedure: """
      For each change of access that archives record in the period: another person than the one who gets the access approved \
      it. Then roll forward: what the opening list holds, with what was granted and without what was revoked, must be what the \
      closing list holds, for each person, role and connection. A grant that nobody else approved, and each difference, is an \
      exception.
      """,
    limitations: [
      "When an approval was given is not recorded with a change of access; only by whom.",
      "Changes that no proxy recorded show as differences between the lists.",
    ])

  static let sideFiles = ["entitlements_opening", "entitlements_closing"]

  static let query = PopulationQuery(
    id: "POP-09", title: "Changes of access, and entitlements",
    purpose: "Each recorded change, and each entitlement of a list or of a change, is one item of T-09.",
    sql: """
      WITH \(PersonColumn.folded(5)),
      changed AS (
        SELECT g.time, g.actor, g.subject, g.change, g.role, g.connection, g.approved_by, g.ticket,
          ar.path AS archive, ar.sha256 AS archive_sha256, g.entry
        FROM access_changes g JOIN archives ar ON ar.id = g.archive WHERE g.time >= ?1 AND g.time < ?2),
      listed AS (
        SELECT value ->> 'user' AS user, value ->> 'role' AS role, value ->> 'connection' AS connection,
          1 AS opening, 0 AS granted, 0 AS revoked, 0 AS closing FROM json_each(?3)
        UNION ALL SELECT value ->> 'user', value ->> 'role', value ->> 'connection', 0, 0, 0, 1 FROM json_each(?4)
        UNION ALL SELECT subject, role, connection, 0, change = 'grant', change = 'revoke', 0 FROM changed
          WHERE change IN ('grant', 'revoke'))
      SELECT 'change' AS item, time, subject AS user, role, connection, change, actor, approved_by, ticket,
        NULL AS opening, NULL AS granted, NULL AS revoked, NULL AS closing, archive, archive_sha256, entry
      FROM changed
      UNION ALL SELECT 'entitlement', NULL, min(user), role, connection, NULL, NULL, NULL, NULL,
        max(opening), sum(granted), sum(revoked), max(closing), NULL, NULL, NULL
      FROM listed WHERE ?3 IS NOT NULL AND ?4 IS NOT NULL
      GROUP BY \(PersonColumn.key("user")), role, connection
      ORDER BY 1, 2, 3, 4, 5, 15, 16
      """,
    columns: [
      Column("item", .text, "change, or entitlement."),
      Column("time", .time, "When the change was made."),
      Column("user", .text, "Whose access it is."),
      Column("role", .text, "The role."),
      Column("connection", .text, "The connection."),
      Column("change", .text, "grant or revoke."),
      Column("actor", .text, "Who made the change."),
      Column("approved_by", .text, "Who approved it."),
      Column("ticket", .text, "The ticket that it names."),
      Column("opening", .integer, "1 where the opening list holds the entitlement."),
      Column("granted", .integer, "How often it was granted in the period."),
      Column("revoked", .integer, "How often it was revoked."),
      Column("closing", .integer, "1 where the closing list holds it."),
      Column("archive", .text, "The archive's path."),
      Column("archive_sha256", .text, "The archive's SHA-256."),
      Column("entry", .integer, "The entry in the archive, from 1."),
    ],
    parameters: [
      "start of the period", "end of the period", "the opening list, as a JSON list",
      "the closing list, as a JSON list", PersonColumn.meaning,
    ])

  static func draw(_ ledger: borrowing Ledger, _ context: TestContext) throws(AssayError) -> DrawnPopulation {
    let lists = sideFiles.map { context.plan.sideFiles.rows($0).map { Cell.text($0.json) } ?? .empty }
    return try query.draw(ledger, context.bounds + lists)
  }

  static func judge(_ facts: EvidenceFacts, _ context: TestContext, _ shared: SharedFigures) throws(AssayError)
    -> TestResult
  {
    let files = sideFiles.map { facts.plan.sideFiles.references($0) }
    let population = query.population(
      facts[.t09], context.bounds + files.map(SideFiles.shown), sources: context.sources + files.flatMap(\.self))
    let isTied = missing(context) == nil
    var tally = Tally(context.period)
    var exceptions = ExceptionList(.t09)
    var changes: Int64 = 0
    try Items(population).forEach { item in
      let user = item.text("user") ?? ""
      let what = "\(item.text("role") ?? "access") on \(item.text("connection") ?? "")"
      if item.text("item") == "change" {
        changes += 1
        guard let wording = unapproved(item, user, what) else { return tally.add(.passed, at: item.time("time")) }
        tally.add(.failed, at: item.time("time"))
        exceptions.note(
          item.reference("\(item.text("change") ?? "") \(user) \(what) \(item.time("time").map { "\($0)" } ?? "")"),
          at: item.time("time"), wording)
      } else if !isTied {
        tally.add(.inconclusive, at: nil)
      } else if let wording = difference(item, user, what) {
        tally.add(.failed, at: nil)
        exceptions.note(item.reference("entitlement \(user) \(what)"), at: nil, wording)
      } else {
        tally.add(.passed, at: nil)
      }
    }
    return description.result(
      context, population: population, tally: tally, exceptions: exceptions,
      noun: "changes of access and entitlements", operating: tally.failed == 0 ? missing(context) : nil,
      metrics: [
        Metric(name: "access_changes", label: "changes of access that archives record", share: Share(changes, of: 0))
      ],
      remedy: remedyForMissing(context))
  }

  /// Why a change is not authorised; `nil` where it is.
  private static func unapproved(_ item: Item, _ user: String, _ what: String) -> Wording? {
    // What takes access away needs nobody's leave.
    guard item.text("change") == "grant" else { return nil }
    let approver = item.meaningful("approved_by")
    if let approver, !isSamePerson(approver, user) { return nil }
    return Wording(
      criteria: "Access is granted only where another person than its holder approved it.",
      condition: { _ in
        "\(user) got \(what) from \(item.text("actor") ?? "nobody named"), "
          + (approver == nil ? "and nobody is named who approved it." : "and approved it themselves.")
      },
      cause: "Not established.", effect: "Access may have been given that nobody would have approved.")
  }

  /// How an entitlement does not tie; `nil` where it does.
  private static func difference(_ item: Item, _ user: String, _ what: String) -> Wording? {
    let opening = (item.integer("opening") ?? 0) > 0
    let (granted, revoked) = (item.integer("granted") ?? 0, item.integer("revoked") ?? 0)
    let closing = (item.integer("closing") ?? 0) > 0
    let expected = (opening ? 1 : 0) + granted - revoked > 0
    guard expected != closing else { return nil }
    return Wording(
      criteria: "The opening list, with what was granted and without what was revoked, is the closing list.",
      condition: { _ in
        "\(user), \(what): \(opening ? "in" : "not in") the opening list, granted \(counted(granted, "time")), revoked "
          + "\(counted(revoked, "time")), \(closing ? "in" : "not in") the closing list."
      },
      cause: closing
        ? "Access was given past the proxy, or the record of it is missing." : "Access went without a record.",
      effect: closing ? "Nobody is shown to have approved this access." : "The lists do not show who has access.")
  }
}
