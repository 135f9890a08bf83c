import AuditTrail
import Ledger

extension TestID {
  /// Schema and permission changes are authorised.
  public static let t23 = TestID("T-23")
}

/// T-23: was each change of schema or rights in production authorised?
enum ChangesAuthorised: DrawnTest {
  static let description = TestDescription(
    id: .t23, title: "Schema and permission changes are authorised",
    objective: "Nobody changes production's schema or rights without an approved change.",
    procedure: """
      From the system to the ticket: for each statement that changed the schema or rights of a production connection, find \
      an approved change. That is a ticket in the register of changes, named by the session, approved by another person \
      beforehand and used within its window; or a review of this very statement, approved, in force, with a ticket or a \
      reason. Where no register is given, an approval in force with a ticket or a reason is taken, too.
      """,
    limitations: [
      "Whether the change made is the change the ticket describes is for a person to judge."
    ])
  static let lasting = ["user", "connection", "fingerprint"]

  static let notRunReason = "did not run"
  static let failedReason = "ended in an error: nothing was changed"

  private static let selection = """
    v.time >= ?1 AND v.time < ?2
      AND (v.environment = 'production' OR v.connection IN (SELECT value FROM json_each(?3)))
      AND v.text IN (SELECT t.id FROM texts t, json_each(t.kinds) k
        WHERE k.value IN \(StatementColumns.changeKinds))
    """

  static let sideFiles = ["tickets"]

  static let query = PopulationQuery(
    id: "POP-23", title: "Changes of schema and rights in production", purpose: "Each statement is one item of T-23.",
    sql: """
      \(StatementColumns.selection), v.kinds, v.approved, a.key AS approval, v.approval_link, a.requested_by,
        coalesce(a.reason, '') <> '' AS approval_reasoned, a.unit_sha256 IS NOT NULL AS approval_for_text, se.ticket,
        \(StatementColumns.source)
        JOIN sessions se ON se.id = v.session LEFT JOIN approvals a ON a.id = v.approval
      WHERE \(selection) AND v.outcome <> 'not_run' AND v.failed = 0
      \(StatementColumns.order)
      """,
    columns: StatementColumns.with([
      Column("kinds", .text, "What the statement's commands are, as a JSON list."),
      Column("approved", .flag, "Whether an approval was in force."),
      Column("approval", .text, "The approval's key."),
      Column("approval_link", .text, "recorded or inferred."),
      Column("requested_by", .text, "Who asked for it."),
      Column("approval_reasoned", .flag, "Whether a reason was given for it."),
      Column("approval_for_text", .flag, "Whether it is bound to this text."),
      Column("ticket", .text, "The ticket that the session names."),
    ]),
    parameters: ["start of the period", "end of the period", "production connections of the scope, as a JSON list"])

  private static func arguments(_ context: TestContext) -> [Cell] {
    context.bounds + [.text(context.connectionNames { $0.environment == "production" })]
  }

  static func draw(_ ledger: borrowing Ledger, _ context: TestContext) throws(AssayError) -> DrawnPopulation {
    let arguments = arguments(context)
    return try query.draw(
      ledger, arguments,
      exclusions: [
        Exclusion(
          reason: notRunReason,
          count: try ledger.count(
            "SELECT count(*) FROM statement_view v WHERE \(selection) AND v.outcome = 'not_run'", arguments)),
        Exclusion(
          reason: failedReason,
          count: try ledger.count(
            "SELECT count(*) FROM statement_view v WHERE \(selection) AND v.outcome <> 'not_run' AND v.failed = 1",
            arguments)),
      ])
  }

  static func judge(_ facts: EvidenceFacts, _ context: TestContext, _ shared: SharedFigures) throws(AssayError)
    -> TestResult
  {
    let population = query.population(facts[.t23], arguments(context), sources: context.sources)
    let register = context.plan.sideFiles.changes
    var tally = Tally(context.period)
    var exceptions = ExceptionList(.t23)
    var matches: [Match: Int64] = [:]
    var unregistered: Int64 = 0
    try Items(population).forEach { item in
      let match = Match(item, register)
      matches[match, default: 0] += 1
      if match == .review, let ticket = item.meaningful("ticket"), let register,
        !register.holds(ticket)
      {
        unregistered += 1
      }
      switch match {
      case .ticket, .review, .approval: tally.add(.passed, at: item.time("time"))
      case .unchecked: tally.add(.inconclusive, at: item.time("time"))
      case .nothing where item.mayNotHaveRun:
        tally.add(.inconclusive, at: item.time("time"))
      case .nothing:
        tally.add(.failed, at: item.time("time"))
        let key = item.statementKey
        exceptions.note(
          item.reference(key), at: item.time("time"), severity: item.severity,
          isHarmful: item.severity.map { $0 >= .s3 } ?? false, wording(item, key))
      }
    }
    return description.result(
      context, population: population, tally: tally, exceptions: exceptions, noun: "changes in production",
      metrics: [
        Metric(
          name: "unregistered_tickets", label: "changes that name a ticket which the register does not hold",
          share: Share(unregistered, of: population.count),
          note: "They pass by a review of the very statement; the ticket itself is not shown to be there.")
      ],
      tables: [
        AttributeTable(
          name: "authorisation", title: "How the changes were authorised",
          columns: [
            Column("authorised_by", .text, "What the change was matched to."),
            Column("statements", .integer, "How many."),
          ],
          rows: Match.allCases.map { [.text($0.rawValue), .integer(matches[$0] ?? 0)] })
      ],
      limitations: register == nil
        ? ["No register of changes was given: tickets that sessions name were not checked."] : [],
      remedy: "Give the register of approved changes (`side_files: { tickets: … }` in assay.yaml).")
  }

  private static func wording(_ item: Item, _ key: String) -> Wording {
    let ticket = item.text("ticket")
    return Wording(
      criteria: "A change of schema or rights in production maps to an approved change.",
      condition: { _ in
        "Statement \(key) changed schema or rights on \(item.text("connection") ?? ""), "
          + (ticket != nil
            ? "and the ticket it names is not approved for that time."
            : item.flag("approved") ? "approved; no change ticket." : "and no approved change was found for it.")
      },
      cause: "Not established. Find out whether the change went through the process for changes.",
      effect: item.flag("approved")
        ? "Production was changed under an approval that names no change."
        : "Production was changed, and the archive shows nobody who had agreed to it.")
  }

  /// What a change was matched to.
  enum Match: String, CaseIterable {
    case ticket = "a ticket of the register"
    case review = "a review of the statement"
    case approval = "an approval in force"
    case unchecked = "a ticket that could not be checked"
    case nothing

    init(_ item: Item, _ register: ChangeRegister?) {
      let ticket = item.meaningful("ticket")
      let isExplained = ticket != nil || item.flag("approval_reasoned")
      let isForStatement = item.text("action") == Action.review.rawValue || item.flag("approval_for_text")
      if let time = item.time("time"), let ticket,
        register?.covers(ticket, time) == true
      {
        self = .ticket
      } else if item.flag("approved"), isExplained, isForStatement {
        self = .review
      } else if register == nil, item.flag("approved"), isExplained {
        self = .approval
      } else if register == nil, ticket != nil {
        self = .unchecked
      } else {
        self = .nothing
      }
    }
  }
}
