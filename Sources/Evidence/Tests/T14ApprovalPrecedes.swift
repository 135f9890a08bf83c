import AuditTrail
import Ledger

extension TestID {
  /// Just-in-time approval precedes the session.
  public static let t14 = TestID("T-14")
}

/// T-14: was there an approval in force before each use that needs one?
enum ApprovalPrecedes: DrawnTest {
  static let description = TestDescription(
    id: .t14, title: "Just-in-time approval precedes the session",
    objective: "Access that needs approval is used only under an approval that was granted first.",
    procedure: """
      For each statement on a connection whose use needs approval, or that the proxy sent to review, and that is not shown \
      to have been stopped: find its approval, as the archive records it or joined by person, connection and time (counted apart). It must be granted, be \
      for this person and connection, be granted before the statement, be in force at its time and not be revoked. \
      Exceptions are grouped by session and problem; a harmful statement is an exception by itself.
      """,
    limitations: ["An inferred approval was joined by person, connection and time; no archive names the link."])
  static let lasting = ["user", "connection"]

  static let query = PopulationQuery(
    id: "POP-14", title: "Statements that needed an approval and were not stopped",
    purpose: "Each statement is one item of T-14.",
    sql: """
      \(StatementColumns.selection), a.key AS approval, v.approval_link, a.status AS approval_status,
        a.connection AS approval_connection, a.requested_by, a.granted_at, a.valid_from, a.expires_at,
        (SELECT min(r.time) FROM approval_decisions r WHERE r.approval = a.id AND r.decision = 'revoked') AS revoked_at,
        \(StatementColumns.source)
        LEFT JOIN approvals a ON a.id = v.approval
      WHERE v.time >= ?1 AND v.time < ?2 AND v.outcome <> 'not_run'
        AND (v.action = 'review' OR v.connection IN (SELECT value FROM json_each(?3)))
      \(StatementColumns.order)
      """,
    columns: StatementColumns.with([
      Column("approval", .text, "The approval's key."),
      Column("approval_link", .text, "recorded or inferred."),
      Column("approval_status", .text, "Where the approval stands."),
      Column("approval_connection", .text, "The connection it is for."),
      Column("requested_by", .text, "Who asked for it."),
      Column("granted_at", .time, "When it was granted."),
      Column("valid_from", .time, "From when it is in force."),
      Column("expires_at", .time, "Until when."),
      Column("revoked_at", .time, "When it was revoked."),
    ]),
    parameters: ["start of the period", "end of the period", "connections whose use needs approval, as a JSON list"])

  static let notRunReason = "did not run: nothing was used"
  private static let notRun = """
    SELECT count(*) FROM statement_view v WHERE v.time >= ?1 AND v.time < ?2 AND v.outcome = 'not_run'
      AND (v.action = 'review' OR v.connection IN (SELECT value FROM json_each(?3)))
    """

  private static func arguments(_ context: TestContext) -> [Cell] {
    context.bounds + [.text(context.connectionNames(\.approvalRequired))]
  }

  static func draw(_ ledger: borrowing Ledger, _ context: TestContext) throws(AssayError) -> DrawnPopulation {
    let arguments = arguments(context)
    return try query.draw(
      ledger, arguments,
      exclusions: [Exclusion(reason: notRunReason, count: try ledger.count(notRun, arguments))])
  }

  static func judge(_ facts: EvidenceFacts, _ context: TestContext, _ shared: SharedFigures) throws(AssayError)
    -> TestResult
  {
    let population = query.population(facts[.t14], arguments(context), sources: context.sources)
    var tally = Tally(context.period)
    var exceptions = ExceptionList(.t14)
    var links: [String: Int64] = [:]
    try Items(population).forEach { item in
      links[item.text("approval_link") ?? "none", default: 0] += 1
      guard let problem = Problem(item) else { return tally.add(.passed, at: item.time("time")) }
      guard !item.mayNotHaveRun else {
        return tally.add(.inconclusive, at: item.time("time"))
      }
      tally.add(.failed, at: item.time("time"))
      let session = item.text("session") ?? ""
      let isHarmful = item.severity.map { $0 >= .s3 } ?? false
      let key = isHarmful ? item.statementKey : "\(session) \(problem.rawValue)"
      exceptions.note(
        item.reference(key), at: item.time("time"), severity: item.severity, isHarmful: isHarmful,
        problem.wording(session: session, isHarmful: isHarmful))
    }
    return description.result(
      context, population: population, tally: tally, exceptions: exceptions,
      noun: "statements that needed an approval and were not stopped",
      design: design(context),
      metrics: ["recorded", "inferred"].map { link in
        Metric(
          name: "\(link)_approvals", label: "statements whose approval's link is \(link)",
          share: Share(links[link] ?? 0, of: population.count))
      },
      remedy: "Name the connections whose use needs approval (`approval_required: true` in assay.yaml), and collect "
        + "approvals and results.")
  }

  private static func design(_ context: TestContext) -> Conclusion {
    let needing = context.plan.connections.count(where: \.approvalRequired)
    return needing > 0
      ? Conclusion(
        .notRun,
        "The scope names \(counted(needing, "connection")) whose use needs approval; whether the proxy asks for it is "
          + "told by its configuration, which this test does not see.")
      : Conclusion(.inconclusive, "The scope names no connection whose use needs approval.")
  }

  /// Why an approval does not cover a statement; the first that applies.
  enum Problem: String {
    case none = "no approval"
    case notApproved = "not approved"
    case otherConnection = "other connection"
    case otherPerson = "other person"
    case late = "granted afterwards"
    case notYet = "not yet in force"
    case expired = "expired"
    case revoked = "revoked"

    init?(_ item: Item) {
      guard item.text("approval") != nil, let time = item.time("time") else {
        self = .none
        return
      }
      let status = item.text("approval_status").flatMap(ApprovalStatus.init)
      if let revoked = item.time("revoked_at") {
        if revoked <= time {
          self = .revoked
          return
        }
      } else if status == .revoked {
        self = .revoked
        return
      }
      guard status == .approved || status == .expired || status == .revoked, let granted = item.time("granted_at")
      else {
        self = .notApproved
        return
      }
      if item.text("approval_connection") != item.text("connection") {
        self = .otherConnection
      } else if !isSamePerson(item.text("requested_by") ?? "", item.text("user") ?? "") {
        self = .otherPerson
      } else if granted > time {
        self = .late
      } else if let from = item.time("valid_from"), from > time {
        self = .notYet
      } else if let until = item.time("expires_at"), until < time {
        self = .expired
      } else {
        return nil
      }
    }

    func wording(session: String, isHarmful: Bool) -> Wording {
      let phrase =
        switch self {
        case .none: "without an approval"
        case .notApproved: "although the request was not approved"
        case .otherConnection: "under an approval for another connection"
        case .otherPerson: "under an approval for another person"
        case .late: "before the approval was granted"
        case .notYet: "before the approval came into force"
        case .expired: "after the approval had expired"
        case .revoked: "although the approval was revoked, or is not shown to have been in force"
        }
      return Wording(
        criteria: "Use that needs approval happens under an approval for this person and connection, granted before.",
        condition: {
          "\(isHarmful ? "A harmful statement" : counted($0, "statement")) of session \(session) "
            + "\(isHarmful || $0 == 1 ? "was" : "were") let through \(phrase)."
        },
        cause: "Not established. Find out whether the proxy checks approvals at the moment of use.",
        effect: isHarmful
          ? "Harm that nobody had approved was not stopped."
          : "Access that nobody had approved at that time was not stopped.")
    }
  }
}
