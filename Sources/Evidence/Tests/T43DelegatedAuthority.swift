import AuditTrail
import Ledger

extension TestID {
  /// Agents act for people who hold the access themselves.
  public static let t43 = TestID("T-43")
}

/// T-43: does each agent act for a person who could have done it themselves?
enum DelegatedAuthority: DrawnTest {
  static let description = TestDescription(
    id: .t43, title: "Agents act for people who hold the access themselves",
    objective: "An agent does nothing that the person behind it may not do, and somebody answers for it.",
    procedure: """
      For each session of an agent: the archive names the person it acts for, another identity than the agent; the configuration \
      or the archive names its owner; and by the closing list of entitlements that person holds access to the session's \
      connection. No agent approves: an approval of its statements by itself, or by another agent, is an exception.
      """,
    limitations: [
      "The list is that of the period's end: access that the person held only earlier is not in it.",
      "Whether the person knew what the agent did is not in the archives.",
    ])

  static let sideFiles = ["entitlements_closing"]

  static let query = PopulationQuery(
    id: "POP-43", title: "Sessions of agents", purpose: "Each session of an agent is one item of T-43.",
    sql: """
      SELECT se.proxy, se.key AS session, \(SessionColumns.time) AS time, cn.name AS connection, i.user, i.owner, se.acts_for,
        se.agent_name, se.agent_model,
        (SELECT count(*) FROM statements s WHERE s.session = se.id AND s.time >= ?1 AND s.time < ?2) AS statements,
        (SELECT json_group_array(x.user) FROM (
          SELECT DISTINCT r.user FROM statements s JOIN approval_decisions r ON r.approval = s.approval
            AND r.decision = 'approved' JOIN identities b ON b.user = r.user AND b.kind = 'agent'
          WHERE s.session = se.id ORDER BY r.user) x) AS agent_approvers,
        ar.path AS archive, ar.sha256 AS archive_sha256, se.entry
      FROM counted_sessions se JOIN archives ar ON ar.id = se.archive JOIN identities i ON i.id = se.identity
        JOIN connections cn ON cn.id = se.connection
      WHERE \(SessionColumns.condition) AND i.kind = 'agent'
      ORDER BY time, se.proxy, se.key
      """,
    columns: [
      Column("proxy", .text, "The proxy's product name."),
      Column("session", .text, "The session's key."),
      Column("time", .time, "When it was opened; where no archive says, its first statement in the period."),
      Column("connection", .text, "The connection."),
      Column("user", .text, "The agent's identity."),
      Column("owner", .text, "Who answers for it."),
      Column("acts_for", .text, "The person it acts for, as recorded."),
      Column("agent_name", .text, "The agent's name."),
      Column("agent_model", .text, "Its model."),
      Column("statements", .integer, "Statements of the session in the period."),
      Column("agent_approvers", .text, "Agents that approved statements of the session, as a JSON list."),
      Column("archive", .text, "The archive's path."),
      Column("archive_sha256", .text, "The archive's SHA-256."),
      Column("entry", .integer, "The entry in the archive, from 1."),
    ], parameters: ["start of the period", "end of the period"])

  static func judge(_ facts: EvidenceFacts, _ context: TestContext, _ shared: SharedFigures) throws(AssayError)
    -> TestResult
  {
    let files = facts.plan.sideFiles.references("entitlements_closing")
    let population = query.population(facts[.t43], context.bounds, sources: context.sources + files)
    let entitlements = Entitlements(context.plan.sideFiles)
    var tally = Tally(context.period)
    var exceptions = ExceptionList(.t43)
    var standings: [Standing: Int64] = [:]
    try Items(population).forEach { item in
      let standing = Standing(item, entitlements)
      standings[standing, default: 0] += 1
      tally.add(standing.outcome, at: item.time("time"))
      guard standing.outcome == .failed else { return }
      let who =
        "\(item.text("user") ?? "") for \(item.text("acts_for") ?? "nobody") on \(item.text("connection") ?? "")"
      exceptions.note(item.reference("\(who): \(standing.rawValue)"), at: item.time("time"), wording(item, standing))
    }
    return description.result(
      context, population: population, tally: tally, exceptions: exceptions, noun: "sessions of agents",
      operating: tally.failed == 0 ? missing(context) : nil,
      tables: [
        AttributeTable(
          name: "standings", title: "On whose authority agents worked",
          columns: [
            Column("standing", .text, "What is shown of it."), Column("sessions", .integer, "How many sessions."),
          ], rows: Standing.allCases.map { [.text($0.rawValue), .integer(standings[$0] ?? 0)] })
      ],
      remedy: remedyForMissing(context)
        ?? "Let the proxy record for whom an agent acts, and name owners under `identities:`.")
  }

  /// What is shown of an agent's authority; the first that applies.
  private enum Standing: String, CaseIterable {
    case approvedByAgent = "approved by an agent"
    case nobody = "no person is named for whom it acts"
    case itself = "it acts for itself"
    case noOwner = "nobody answers for it"
    case notKnown = "no list of entitlements"
    case notEntitled = "the person holds no access to the connection"
    case delegated = "the person holds the access themselves"

    init(_ item: Item, _ entitlements: Entitlements?) {
      let person = item.meaningful("acts_for")
      if !listedTexts(item.text("agent_approvers") ?? "[]").isEmpty {
        self = .approvedByAgent
      } else if person == nil {
        self = .nobody
      } else if let person, isSamePerson(person, item.text("user") ?? "") {
        self = .itself
      } else if item.meaningful("owner") == nil {
        self = .noOwner
      } else if let person, let entitlements {
        self = entitlements.most(person, item.text("connection") ?? "") == nil ? .notEntitled : .delegated
      } else {
        self = .notKnown
      }
    }

    var outcome: ItemOutcome {
      switch self {
      case .delegated: .passed
      case .notKnown: .inconclusive
      case .approvedByAgent, .nobody, .itself, .noOwner, .notEntitled: .failed
      }
    }
  }

  private static func wording(_ item: Item, _ standing: Standing) -> Wording {
    let agent = item.text("user") ?? ""
    let connection = item.text("connection") ?? ""
    return Wording(
      criteria: "An agent acts for a named person who holds the access themselves, and no agent approves.",
      condition: { count in
        let sessions = "\(counted(count, "session")) of \(agent) on \(connection)"
        return switch standing {
        case .approvedByAgent: "\(sessions): an agent approved."
        case .nobody: "\(sessions) \(count == 1 ? "names" : "name") nobody for whom the agent acted."
        case .itself: "\(sessions): the agent is named as the one for whom it acted."
        case .noOwner: "\(sessions): nobody is named who answers for the agent."
        case .notKnown, .notEntitled, .delegated:
          "\(sessions): \(item.text("acts_for") ?? ""), for whom the agent acted, holds no access to \(connection)."
        }
      },
      cause: "Not established. Find out how the agent got its access.",
      effect: "The agent may have done what no person was allowed to do.")
  }
}
