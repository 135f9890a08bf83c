import AuditTrail
import Ledger

extension TestID {
  /// Changes are tried before production.
  public static let t24 = TestID("T-24")
}

/// T-24: did a change of production run somewhere else first?
enum TriedBefore: DrawnTest {
  static let description = TestDescription(
    id: .t24, title: "Changes are tried before production",
    objective: "What changes production was seen to work somewhere else.",
    procedure: """
      For each statement that changed schema or rights of a production connection: find a statement of the same shape, that is \
      the same text but for its literals, which ran without an error on a connection that is not production, earlier in the \
      ledger. A change without one is an exception.
      """,
    limitations: [
      "A change that was tried past the proxy is not seen to have been tried.",
      "That it ran elsewhere does not show that anybody looked at what it did there.",
    ])
  static let lasting = ["user", "connection", "fingerprint"]

  static let query = PopulationQuery(
    id: "POP-24", title: "Changes in production and where they ran before", purpose: "Each change is one item of T-24.",
    sql: """
      WITH changed AS (
        SELECT t.id FROM texts t, json_each(t.kinds) k
        WHERE k.value IN \(StatementColumns.changeKinds)),
      tried AS (
        SELECT v.shape, min(v.time) AS first FROM statement_view v
        WHERE v.text IN (SELECT id FROM changed) AND v.outcome = 'ran' AND v.failed = 0 AND v.environment IS NOT NULL
          AND v.environment <> 'production' AND v.connection NOT IN (SELECT value FROM json_each(?3)) GROUP BY v.shape)
      \(StatementColumns.selection), r.first AS tried_at,
        \(StatementColumns.source) LEFT JOIN tried r ON r.shape = v.shape AND r.first < v.time
      WHERE v.time >= ?1 AND v.time < ?2 AND v.outcome <> 'not_run' AND v.failed = 0
        AND (v.environment = 'production' OR v.connection IN (SELECT value FROM json_each(?3)))
        AND v.text IN (SELECT id FROM changed)
      \(StatementColumns.order)
      """,
    columns: StatementColumns.with([
      Column(
        "tried_at", .time,
        "When the same shape first ran outside of production, earlier than this; empty where it did not.")
    ]),
    parameters: ["start of the period", "end of the period", "production connections of the scope, as a JSON list"])

  private static func arguments(_ context: TestContext) -> [Cell] {
    context.bounds + [.text(context.connectionNames { $0.environment == "production" })]
  }

  static func draw(_ ledger: borrowing Ledger, _ context: TestContext) throws(AssayError) -> DrawnPopulation {
    try query.draw(ledger, arguments(context))
  }

  static func judge(_ facts: EvidenceFacts, _ context: TestContext, _ shared: SharedFigures) throws(AssayError)
    -> TestResult
  {
    let population = query.population(facts[.t24], arguments(context), sources: context.sources)
    var tally = Tally(context.period)
    var exceptions = ExceptionList(.t24)
    try Items(population).forEach { item in
      let time = item.time("time")
      if item.time("tried_at") != nil { return tally.add(.passed, at: time) }
      guard !item.mayNotHaveRun else { return tally.add(.inconclusive, at: time) }
      tally.add(.failed, at: time)
      exceptions.note(
        item.reference(item.statementKey), at: time, severity: item.severity,
        isHarmful: item.severity.map { $0 >= .s3 } ?? false,
        Wording(
          criteria: "A change of production ran outside of production first.",
          condition: { _ in
            "Statement \(item.statementKey) changed \(item.text("connection") ?? ""); no statement of its shape is shown to "
              + "have run anywhere else before."
          },
          cause: "Not established. Ask whether it was tried past the proxy.",
          effect: "What it does was first seen in production."))
    }
    return description.result(
      context, population: population, tally: tally, exceptions: exceptions, noun: "changes in production",
      remedy: "Collect the archives of the connections on which changes are tried, with their environment.")
  }
}
