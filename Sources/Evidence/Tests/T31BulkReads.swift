import AuditTrail
import Ledger

extension TestID {
  /// Bulk reads need an approval.
  public static let t31 = TestID("T-31")
}

/// T-31: did much data leave without anybody's leave?
enum BulkReads: DrawnTest {
  static let description = TestDescription(
    id: .t31, title: "Bulk reads need an approval",
    objective: "Nobody takes much data out of production unless another person approved it.",
    procedure: """
      For each statement on a production connection that returned more rows than the limit, by the archive's own count: an \
      approval by another person must have been in force for it. A service that someone answers for passes: it reads as it was built \
      to. Statements of which the archive gives no count of rows are left out and counted.
      """,
    limitations: [
      "Archives count rows, not bytes: one row may hold a whole file.",
      "Many small reads that add up to a bulk read are not added up.",
    ])

  static let rows = TestLimit("bulk_read_rows", 10_000, "rows that a statement returns without an approval")
  static let limits = [rows]

  private static let selection = """
    v.time >= ?1 AND v.time < ?2 AND v.outcome <> 'not_run'
      AND (v.environment = 'production' OR v.connection IN (SELECT value FROM json_each(?3)))
    """

  static let query = PopulationQuery(
    id: "POP-31", title: "Statements in production that returned rows in bulk",
    purpose: "Each statement is one item of T-31.",
    sql: """
      \(StatementColumns.selection), v.rows, v.approval_standing, i.owner,
        \(StatementColumns.source)
        JOIN sessions se ON se.id = v.session LEFT JOIN identities i ON i.id = se.identity
      WHERE \(selection) AND v.rows_kind = 'returned' AND v.rows > ?4
      \(StatementColumns.order)
      """,
    columns: StatementColumns.with([
      Column("rows", .integer, "Rows that it returned, by the archive."),
      Column(
        "approval_standing", .text, "What its approval is worth: another_person, own, automatic, …; empty without one."),
      Column("owner", .text, "Who answers for the identity, where it is a machine's."),
    ]),
    parameters: [
      "start of the period", "end of the period", "production connections of the scope, as a JSON list",
      "the limit, in rows",
    ])

  /// The population is drawn by the strictest limit, so that each control can judge by its own.
  private static func arguments(_ context: TestContext) -> [Cell] {
    context.bounds + [
      .text(context.connectionNames { $0.environment == "production" }),
      .integer(context.plan.limits(of: Self.self)[rows.name] ?? rows.standard),
    ]
  }

  static let uncounted = "the archive gives no count of rows"

  static func draw(_ ledger: borrowing Ledger, _ context: TestContext) throws(AssayError) -> DrawnPopulation {
    let arguments = arguments(context)
    return try query.draw(
      ledger, arguments,
      exclusions: [
        Exclusion(
          reason: uncounted,
          count: try ledger.count(
            "SELECT count(*) FROM statement_view v WHERE \(selection) AND v.rows_kind = 'unknown'",
            Array(arguments.dropLast())))
      ])
  }

  static func judge(_ facts: EvidenceFacts, _ context: TestContext, _ shared: SharedFigures) throws(AssayError)
    -> TestResult
  {
    let population = query.population(facts[.t31], arguments(context), sources: context.sources)
    let limit = context.limits[rows.name] ?? rows.standard
    var tally = Tally(context.period)
    var exceptions = ExceptionList(.t31)
    try Items(population).forEach { item in
      let time = item.time("time")
      let count = item.integer("rows") ?? 0
      let isOwnedMachine =
        item.text("identity_kind") == IdentityKind.service.rawValue && item.meaningful("owner") != nil
      guard count > limit, item.text("approval_standing") != ApprovalStanding.anotherPerson.rawValue, !isOwnedMachine
      else {
        return tally.add(.passed, at: time)
      }
      tally.add(.failed, at: time)
      exceptions.note(
        item.reference(
          "\(item.text("user") ?? "nobody") \(item.text("fingerprint") ?? "") on \(item.text("connection") ?? "")"),
        at: time, severity: item.severity, wording(item, count, limit))
    }
    return description.result(
      context, population: population, tally: tally, exceptions: exceptions, noun: "bulk reads in production",
      remedy: "Collect the counts of rows with the records.")
  }

  private static func wording(_ item: Item, _ count: Int64, _ limit: Int64) -> Wording {
    Wording(
      criteria: "A statement that returns more than \(counted(limit, "row")) was approved by another person.",
      condition: {
        "\(item.text("user") ?? "Nobody named") read \(counted(count, "row")) at once on \(item.text("connection") ?? "")"
          + ($0 == 1 ? "" : ", and so \(counted($0, "time"))")
          + (item.text("approval_standing").map { "; its approval: \($0)." } ?? "; nobody had approved it.")
      },
      cause: "Not established. Find out whether a rule asks about reads of this size.",
      effect: "Much data may have left the database unseen.")
  }
}
