import AuditTrail
import Ledger

extension TestID {
  /// Environments are kept apart.
  public static let t32 = TestID("T-32")
}

/// T-32: do production's data and machine accounts stay in production?
enum EnvironmentsApart: DrawnTest {
  static let description = TestDescription(
    id: .t32, title: "Environments are kept apart",
    objective: "Production's data is not test data unless somebody approved it, and no machine account works in both.",
    procedure: """
      For each connection that is not production and was used: the register of test data must say where its data comes from. \
      Made-up and masked data passes; a copy of production passes where another person than the one who made it approved it. For each \
      service and agent: it must not have run statements both in production and elsewhere in the period.
      """,
    limitations: [
      "The register says where test data comes from; nobody looked at the data.",
      "A machine that uses another account in each environment passes, whatever those accounts may do.",
    ])

  static let sideFiles = ["test_data"]

  static let query = PopulationQuery(
    id: "POP-32", title: "Connections outside of production, and machine accounts",
    purpose: "Each connection and each account is one item of T-32.",
    sql: """
      WITH given AS MATERIALIZED (
        SELECT value ->> 'connection' AS connection, value ->> 'basis' AS basis, value ->> 'made_by' AS made_by,
          value ->> 'approved_by' AS approved_by FROM json_each(?4)),
      used AS (
        SELECT DISTINCT cn.name, i.user, i.kind, CASE
          WHEN cn.name IN (SELECT value FROM json_each(?3)) OR cn.environment = 'production' THEN 'production'
          ELSE coalesce(cn.environment, '') END AS environment
        FROM (SELECT DISTINCT context FROM counted_statements WHERE time >= ?1 AND time < ?2) s JOIN contexts c ON c.id = s.context
          JOIN connections cn ON cn.id = c.connection LEFT JOIN identities i ON i.id = c.identity)
      SELECT 'connection' AS item, u.name, json_array(max(u.environment)) AS environments, g.basis, g.made_by, g.approved_by
      FROM (SELECT DISTINCT name, environment FROM used WHERE environment NOT IN ('production', '')) u
        LEFT JOIN given g ON g.connection = u.name GROUP BY u.name
      UNION ALL
      SELECT 'account', user, json_group_array(environment), NULL, NULL, NULL
      FROM (SELECT DISTINCT user, environment FROM used WHERE kind IN ('service', 'agent') AND environment <> ''
        ORDER BY user, environment) GROUP BY user
      ORDER BY 1, 2
      """,
    columns: [
      Column("item", .text, "connection, or account of a machine."),
      Column("name", .text, "Its name."),
      Column("environments", .text, "The environment, or those that the account ran statements in, as a JSON list."),
      Column(
        "basis", .text, "What its data is: synthetic, masked_copy or copy; empty where the register does not say."),
      Column("made_by", .text, "Who made it."),
      Column("approved_by", .text, "Who approved it."),
    ],
    parameters: [
      "start of the period", "end of the period", "production connections of the scope, as a JSON list",
      "the rows of the register",
    ])

  private static func arguments(_ context: TestContext) -> [Cell] {
    context.bounds + [.text(context.connectionNames { $0.environment == "production" })]
  }

  static func draw(_ ledger: borrowing Ledger, _ context: TestContext) throws(AssayError) -> DrawnPopulation {
    guard let rows = context.plan.sideFiles.rows("test_data") else { return DrawnPopulation() }
    return try query.draw(ledger, arguments(context) + [.text(rows.json)])
  }

  static func judge(_ facts: EvidenceFacts, _ context: TestContext, _ shared: SharedFigures) throws(AssayError)
    -> TestResult
  {
    let files = facts.plan.sideFiles.references("test_data")
    let population = query.population(
      facts[.t32], arguments(context) + [SideFiles.shown(files)], sources: context.sources + files)
    var tally = Tally(context.period)
    var exceptions = ExceptionList(.t32)
    try Items(population).forEach { item in
      let name = item.text("name") ?? ""
      let outcome = outcome(of: item)
      tally.add(outcome, at: nil)
      guard outcome == .failed else { return }
      exceptions.note(
        item.reference("\(item.text("item") ?? "") \(name)"), at: nil,
        item.text("item") == "account"
          ? bothSides(name, listedTexts(item.text("environments") ?? "[]")) : unapprovedCopy(name, item))
    }
    return description.result(
      context, population: population, tally: tally, exceptions: exceptions, noun: "connections and accounts",
      operating: missing(context),
      remedy: remedyForMissing(context) ?? "Say in the register where the data of each connection comes from.")
  }

  private static func outcome(of item: Item) -> ItemOutcome {
    if item.text("item") == "account" {
      let environments = listedTexts(item.text("environments") ?? "[]")
      return environments.contains("production") && environments.count > 1 ? .failed : .passed
    }
    switch item.text("basis").flatMap(TestDataBasis.init) {
    case .synthetic, .maskedCopy: return .passed
    case .copy:
      guard let approver = item.meaningful("approved_by"), let maker = item.meaningful("made_by") else {
        return .failed
      }
      return personKey(approver) == personKey(maker) ? .failed : .passed
    case nil: return .inconclusive
    }
  }

  private static func bothSides(_ account: String, _ environments: [String]) -> Wording {
    Wording(
      criteria: "A machine account works in one environment.",
      condition: { _ in "\(account) ran statements in these environments: \(environments.joined(separator: ", "))."
      },
      cause: "Not established. Ask its owner why the account is used in both.",
      effect: "Who takes over the account where it is guarded less reaches production.")
  }

  private static func unapprovedCopy(_ connection: String, _ item: Item) -> Wording {
    Wording(
      criteria: "A copy of production outside of production was approved by another person than the one who made it.",
      condition: { _ in
        "\(connection) holds a copy of production"
          + (item.meaningful("approved_by").map { ", approved by \($0), who made it." }
            ?? ", which nobody is named to have approved.")
      },
      cause: "Not established.",
      effect: "People's data is where fewer controls guard it.")
  }
}

/// What test data is.
enum TestDataBasis: String, CaseIterable {
  case synthetic
  case maskedCopy = "masked_copy"
  case copy
}
