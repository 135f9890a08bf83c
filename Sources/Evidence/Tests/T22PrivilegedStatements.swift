import AuditTrail
import Ledger

extension TestID {
  /// Only privileged people run privileged statements.
  public static let t22 = TestID("T-22")
}

/// T-22: did anybody change structure or rights in production who may not?
enum PrivilegedStatements: DrawnTest {
  static let description = TestDescription(
    id: .t22, title: "Only who may change structure and rights does",
    objective: "Nobody without the right to it changes structure or rights in production.",
    procedure: """
      For each statement that created, altered, dropped or truncated something in production, or granted or revoked rights, and \
      that ran: its identity must hold an entitlement to change or administer that connection, by the closing list of \
      entitlements. Where an agent ran it, the agent's own entitlement counts, not that of the person it works for.
      """,
    limitations: [
      "The list is that of the period's end: a right that was given and taken away within the period is not in it.",
      "A temporary table or object of the session's own counts, too.",
    ])

  static let sideFiles = ["entitlements_closing"]

  static let query = PopulationQuery(
    id: "POP-22", title: "Privileged statements in production that ran", purpose: "Each statement is one item of T-22.",
    sql: """
      \(StatementColumns.selection), v.kinds,
        \(StatementColumns.source)
      WHERE v.time >= ?1 AND v.time < ?2 AND v.outcome <> 'not_run' AND v.failed = 0
        AND (v.environment = 'production' OR v.connection IN (SELECT value FROM json_each(?3)))
        AND v.text IN (SELECT t.id FROM texts t, json_each(t.kinds) k
          WHERE k.value IN \(StatementColumns.changeKinds))
      \(StatementColumns.order)
      """,
    columns: StatementColumns.with([Column("kinds", .text, "What the statement's commands are, as a JSON list.")]),
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
    let files = facts.plan.sideFiles.references("entitlements_closing")
    let population = query.population(facts[.t22], arguments(context), sources: context.sources + files)
    let entitlements = Entitlements(context.plan.sideFiles)
    var tally = Tally(context.period)
    var exceptions = ExceptionList(.t22)
    try Items(population).forEach { item in
      let time = item.time("time")
      guard let entitlements, !item.mayNotHaveRun, let user = item.meaningful("user") else {
        return tally.add(.inconclusive, at: time)
      }
      let connection = item.text("connection") ?? ""
      guard !entitlements.mayChange(user, connection) else { return tally.add(.passed, at: time) }
      tally.add(.failed, at: time)
      exceptions.note(
        item.reference("\(user) on \(connection)"), at: time, severity: item.severity,
        isHarmful: item.severity.map { $0 >= .s3 } ?? false,
        Wording(
          criteria: "Structure and rights of production are changed by those who are entitled to it.",
          condition: {
            "\(user) ran \(counted($0, "privileged statement")) on \(connection); the closing list names "
              + "\(entitlements.most(user, connection).map { "only \($0)" } ?? "no entitlement") for it."
          },
          cause: "Not established. Find out which database rights the login behind the connection has.",
          effect: "The database lets people do more than they are entitled to."))
    }
    return description.result(
      context, population: population, tally: tally, exceptions: exceptions,
      noun: "privileged statements in production", operating: tally.failed == 0 ? missing(context) : nil,
      remedy: remedyForMissing(context)
        ?? "Collect results and identities: the archive does not say whether they ran, or whose they are.")
  }
}
