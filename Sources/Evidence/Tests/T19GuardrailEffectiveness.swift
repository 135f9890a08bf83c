import AuditTrail
import Ledger

extension TestID {
  /// Guardrail operating effectiveness by replay.
  public static let t19 = TestID("T-19")
}

/// T-19: were the guardrail's decisions right, by what the statements really do?
enum GuardrailEffectiveness: DrawnTest {
  static let description = TestDescription(
    id: .t19, title: "Guardrail operating effectiveness by replay",
    objective: "Guardrails stop what harms and let through what does not.",
    procedure: """
      Each statement that the proxy decided on is run on a shadow database and its decision graded by the effect that was \
      measured there. A harmful statement that was let through, sensitive data that reached the client, and a harmful \
      statement that ran without the approval it waited for are exceptions. A statement without a conclusive verdict counts \
      as not tested, by reason; below the floor of graded statements, or on a shadow without rows, the test is inconclusive.
      """,
    limitations: [
      "A shadow's number is not production's: effects are those measured on the shadow named here.",
      "Statements logged by a database with no proxy in the path were decided by nobody and are left out.",
    ])

  static let query = PopulationQuery(
    id: "POP-19", title: "Statements that the proxy decided on", purpose: "Each statement is one item of T-19.",
    sql: """
      SELECT v.proxy, v.session_key AS session, v.sequence, v.time, v.connection, v.environment, v.user, v.identity_kind,
        h.fingerprint, v.action, v.rule, v.policy, v.policy_version, v.outcome,
        v.completeness & 1 <> 0 AS evaluation_unknown, u.key AS unit, v.unit_position, v.verdict, v.verdict_reason,
        v.severity, v.rows_destroyed,
        (SELECT group_concat(what, ', ') FROM (
          SELECT 'dropped ' || json_extract(value, '$.type') || ' ' || json_extract(value, '$.name') AS what
            FROM json_each(m.effect, '$.dropped')
          UNION ALL SELECT 'emptied ' || value FROM json_each(m.effect, '$.truncated')
          UNION ALL SELECT 'gained ' || value FROM json_each(m.effect, '$.escalated')
          UNION ALL SELECT 'tried to leave the database: ' || value FROM json_each(m.effect, '$.refused')
          UNION ALL SELECT 'did not end in time: its rows are the planner''s estimate'
            WHERE json_extract(m.effect, '$.estimate') IS NOT NULL)) AS objects,
        v.leak, v.basis, ar.path AS archive, ar.sha256 AS archive_sha256, v.entry
      FROM statement_view v JOIN shapes h ON h.id = v.shape JOIN archives ar ON ar.id = v.archive
        LEFT JOIN units u ON u.id = v.unit LEFT JOIN measurements m ON m.statement = v.id
      WHERE v.time >= ?1 AND v.time < ?2 AND v.action <> 'observed'
        AND v.id NOT IN (SELECT statement FROM not_sampled)
      ORDER BY v.time, v.proxy, v.session_key, v.sequence
      """,
    columns: [
      Column("proxy", .text, "The proxy's product name."),
      Column("session", .text, "The session's key."),
      Column("sequence", .integer, "The statement's number in the session."),
      Column("time", .time, "When the statement was sent."),
      Column("connection", .text, "The connection."),
      Column("environment", .text, "Its environment."),
      Column("user", .text, "The identity."),
      Column("identity_kind", .text, "human, service or agent."),
      Column("fingerprint", .text, "The name of the statement's shape."),
      Column("action", .text, "What the proxy decided."),
      Column("rule", .text, "The rule that decided, where recorded."),
      Column("policy", .text, "The rule's policy."),
      Column("policy_version", .text, "Its version."),
      Column("outcome", .text, "What happened to it."),
      Column("evaluation_unknown", .flag, "Whether the archive does not show that a rule was evaluated."),
      Column("unit", .text, "The unit that was decided as one, where that is more than the statement."),
      Column("unit_position", .integer, "The statement's position in it."),
      Column("verdict", .text, "The verdict; empty where it was not replayed."),
      Column("verdict_reason", .text, "Its reason."),
      Column("severity", .integer, "How grave its effect is, 0 to 4."),
      Column("rows_destroyed", .integer, "Rows destroyed on the shadow."),
      Column("objects", .text, "Objects dropped or emptied, privileges gained, escapes refused on the shadow."),
      Column("leak", .text, "How much of a sensitive value reached the client."),
      Column("basis", .text, "What the shadow's rows are."),
      Column("archive", .text, "The archive's path."),
      Column("archive_sha256", .text, "The archive's SHA-256."),
      Column("entry", .integer, "The entry in the archive, from 1."),
    ], parameters: ["start of the period", "end of the period"])

  /// The items; what is left out is counted from the statements that are none.
  static func population(_ facts: EvidenceFacts, _ context: TestContext) -> Population {
    func unlisted(_ isMeant: (Action) -> Bool) -> Int64 {
      facts.unlistedDays.reduce(0) { $0 + (isMeant($1.action) ? $1.statements : 0) }
    }
    var population = query.population(facts[.t19], context.bounds, sources: context.sources)
    population.exclusions = [
      Exclusion(reason: "observed: nothing was decided", count: unlisted { $0 == .observed })
    ]
    if let sample = facts.sample {
      population.exclusions.append(
        Exclusion(
          reason:
            "not sampled: \(sample.taken) of \(sample.population) plain reads were replayed (seed \(sample.seed))",
          count: unlisted { $0 != .observed }))
    }
    population.exclusions.removeAll { $0.count == 0 }
    return population
  }

  static func judge(_ facts: EvidenceFacts, _ context: TestContext, _ shared: SharedFigures) -> TestResult {
    let (population, grading) = (shared.decided, shared.grading)
    let (shadows, sample) = (facts.shadows, facts.sample)
    var tally = Tally(context.period)
    var exceptions = ExceptionList(.t19)
    var reasons: [String: Int64] = [:]
    var onSchemaOnly: Int64 = 0
    Items(population).forEach { item in
      let verdict = item.text("verdict").flatMap(VerdictName.init)
      if item.text("basis") == Basis.schemaOnly.rawValue { onSchemaOnly += 1 }
      switch verdict {
      case nil, .ungraded:
        reasons["not_replayed", default: 0] += 1
        tally.add(.inconclusive, at: item.time("time"))
      case .inconclusive, .diverged:
        let reason = item.text("verdict_reason") ?? ""
        reasons[verdict == .diverged ? "diverged" : reason, default: 0] += 1
        tally.add(.inconclusive, at: item.time("time"))
      case .some(let name):
        guard let miss = Miss(name, item) else { return tally.add(.passed, at: item.time("time")) }
        tally.add(.failed, at: item.time("time"))
        let severity = Severity(rawValue: Int(item.integer("severity") ?? 3)) ?? .s3
        exceptions.note(
          item.reference(miss.key(item)), at: item.time("time"), severity: max(severity, .s3), miss.wording(item))
      }
    }
    let noted = exceptions.noted(context.plan.sideFiles)
    let verdict = assess(tally, noted, population, shadows, onSchemaOnly: onSchemaOnly, context)
    return description.result(
      context, population: population, tally: tally, exceptions: exceptions,
      noun: "decided statements", operating: verdict, design: design(context),
      metrics: grading.metrics
        + [
          Metric(
            name: "false_allow_evaluated", label: "harmful statements let through where a rule was evaluated",
            share: Share(grading.falseAllowEvaluated, of: 0)),
          Metric(
            name: "false_allow_evaluation_unknown",
            label: "harmful statements let through where it is not known whether a rule was evaluated",
            share: Share(grading.falseAllowEvaluationUnknown, of: 0)),
        ],
      tables: [grading.verdictTable, grading.matrixTable, reasonTable(reasons)],
      limitations: shadows.isEmpty
        ? ["Nothing was replayed."]
        : (sample.map { [limitation($0)] } ?? [])
          + shadows.map {
            "Connection \($0.connection): shadow \($0.source), basis \($0.basis.rawValue)"
              + ($0.asOf.map { ", as of \($0)" } ?? "") + ", image \($0.imageSHA256.prefix(16))."
          },
      remedy: "Replay on a shadow that holds rows, for every connection, and record parameters."
    )
  }

  private static func limitation(_ sample: SampleTaken) -> String {
    "Of \(sample.population) plain reads \(sample.taken) were sampled and replayed; every write, schema change, block, review, "
      + "mask and every statement of an AI agent was. The others were not tested, and nothing is said of them."
  }

  private static func design(_ context: TestContext) -> Conclusion {
    context.plan.declaredPolicies.isEmpty
      ? Conclusion(.inconclusive, "No policy file was given: which rules were in force is known only from decisions.")
      : Conclusion(.notRun, "Which rules exist is declared by the policy files; this test grades what they decided.")
  }

  private static func assess(
    _ tally: Tally, _ exceptions: [ExceptionNoted], _ population: Population, _ shadows: [ShadowUsed],
    onSchemaOnly: Int64, _ context: TestContext
  ) -> Conclusion {
    let simple = conclude(
      tally, exceptions: exceptions, population: population.count, noun: "decided statements", context)
    guard population.count > 0 else { return simple }
    let measured = shadows.filter { $0.measured > 0 }
    if simple.status == .fail, !measured.isEmpty, measured.allSatisfy({ $0.basis == .schemaOnly }) {
      // A schema alone shows some harm and no harmlessness: its exceptions stand, a rate drawn from it would not.
      return Conclusion(
        .inconclusive,
        "Unable to test: every shadow is a schema without rows, where harm that depends on rows cannot be seen; "
          + "\(counted(exceptions.count, "exception")) noted all the same.")
    }
    guard simple.status != .fail else { return simple }
    let graded = tally.tested - tally.inconclusive
    let share = Share(graded, of: tally.tested).percent(decimals: 4) ?? "0"
    if shadows.isEmpty { return Conclusion(.inconclusive, "Unable to test: nothing was replayed on a shadow.") }
    if onSchemaOnly > 0 || shadows.contains(where: { $0.basis == .schemaOnly && $0.measured > 0 }) {
      return Conclusion(
        .inconclusive,
        "Unable to test: \(counted(onSchemaOnly, "statement")) rest on a shadow without rows, where harm that depends "
          + "on rows cannot be seen.")
    }
    let floor = context.plan.coverageFloor
    guard graded.multipliedReportingOverflow(by: 100).partialValue >= tally.tested &* floor else {
      return Conclusion(
        .inconclusive,
        "Unable to conclude: \(graded) of \(tally.tested) decided statements (\(share) %) have a conclusive verdict, "
          + "less than the floor of \(floor) %.")
    }
    let ungraded =
      tally.inconclusive == 0 ? "" : " \(tally.inconclusive) could not be graded and are listed by reason."
    return exceptions.isEmpty
      ? Conclusion(
        .pass,
        "No exceptions noted in the automated test of \(graded) of \(population.count) decided statements.\(ungraded)")
      : Conclusion(
        .passWithAccepted,
        "No unaccepted exceptions noted in the automated test of \(graded) of \(population.count) decided statements; "
          + "\(counted(exceptions.count, "exception")) accepted.\(ungraded)")
  }

  private static func reasonTable(_ reasons: [String: Int64]) -> AttributeTable {
    AttributeTable(
      name: "not_graded", title: "Statements without a conclusive verdict, by reason",
      columns: [
        Column("reason", .text, "Why."), Column("statements", .integer, "How many."),
      ],
      rows: reasons.sorted { $0.key < $1.key }.map { [.text($0.key), .integer($0.value)] })
  }
}

/// How a guardrail failed on a statement.
private enum Miss {
  case falseAllow, leak, unapproved

  init?(_ verdict: VerdictName, _ item: Item) {
    switch verdict {
    case .falseAllow: self = .falseAllow
    case .maskLeak: self = .leak
    case .confirmedReview
    where item.text("outcome") == Outcome.ranUnapproved.rawValue && (item.integer("severity") ?? 0) >= 3:
      self = .unapproved
    default: return nil
    }
  }

  /// A unit is one exception; leaks of one shape by one identity on one connection are one exception.
  func key(_ item: Item) -> String {
    let session = item.text("session") ?? ""
    if self == .leak {
      return "leak \(item.text("user") ?? "-") \(item.text("connection") ?? "-") \(item.text("fingerprint") ?? "-")"
    }
    return item.text("unit").map { "\(session) unit \($0)" } ?? "\(session)/\(item.integer("sequence") ?? 0)"
  }

  /// What the statement did on the shadow, after “it”.
  private func effect(_ item: Item) -> String {
    let rows = item.integer("rows_destroyed") ?? 0
    let destroyed = rows > 0 ? "destroyed \(counted(rows, "row"))" : nil
    return [destroyed, item.text("objects")].compactMap(\.self).joined(separator: ", and ")
  }

  func wording(_ item: Item) -> Wording {
    let unknown = item.flag("evaluation_unknown")
    let cause =
      unknown
      ? "The archive does not show whether a rule was evaluated."
      : item.text("rule").map { "Rule \($0) decided, and it does not see this." }
        ?? "No rule of the policy in force matched it."
    switch self {
    case .falseAllow:
      return Wording(
        criteria: "A statement that harms is blocked or waits for approval.",
        condition: { _ in
          "A harmful statement was let through" + (unknown ? ", evaluated or not is unknown" : "")
            + "; on the shadow (\(item.text("basis") ?? "unknown basis")) it \(effect(item))."
        }, cause: cause, effect: "Data or objects were lost, or privileges gained, without anyone being asked.")
    case .leak:
      return Wording(
        criteria: "Sensitive columns do not reach a client unmasked.",
        condition: {
          "\(counted($0, "statement")) of one shape returned sensitive data (\(item.text("leak") ?? "")) on the shadow."
        }, cause: cause, effect: "Whoever ran them saw data that should have been masked.")
    case .unapproved:
      return Wording(
        criteria: "A harmful statement that waits for approval runs only under one that is in force.",
        condition: { _ in
          "A harmful statement ran without an approval in force; on the shadow it \(effect(item))."
        }, cause: "The proxy let it through without checking the approval at that moment.",
        effect: "Harm was done that nobody had approved.")
    }
  }
}

extension Grading {
  /// Verdicts with their counts and phrases.
  var verdictTable: AttributeTable {
    AttributeTable(
      name: "verdicts", title: "Verdicts",
      columns: [
        Column("verdict", .text, "The verdict."), Column("phrase", .text, "What it means."),
        Column("statements", .integer, "Statements."), Column("units", .integer, "Units: a script counts once."),
      ],
      rows: verdicts.map {
        [.text($0.verdict.rawValue), .text($0.verdict.phrase), .integer($0.statements), .integer($0.units)]
      })
  }

  /// The confusion matrix, in units.
  var matrixTable: AttributeTable {
    AttributeTable(
      name: "confusion_matrix", title: "Decisions held against effects, in units",
      columns: [
        Column("effect", .text, "What the unit did on the shadow."), Column("blocked", .integer, "Blocked."),
        Column("reviewed", .integer, "Sent to review."), Column("let_through", .integer, "Let through."),
      ],
      rows: [
        [
          .text("harmful"), .integer(matrix.confirmedBlock), .integer(matrix.confirmedReview),
          .integer(matrix.falseAllow),
        ],
        [
          .text("harmless"), .integer(matrix.falseBlock), .integer(matrix.needlessReview),
          .integer(matrix.confirmedAllow),
        ],
      ])
  }
}
