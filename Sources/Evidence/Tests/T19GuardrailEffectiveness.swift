import AuditTrail
import Digests
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
      Each statement that the proxy decided on is run on a shadow database, where it can be, and its decision graded by \
      the effect that was measured there. A harmful unit that was let through, sensitive data that reached the client, and a harmful unit that \
      ran without an approval by another person of this very unit are exceptions. A session whose small steps add up to \
      harm is an exception besides its statements. A statement without a conclusive verdict is undecided, by reason. Below the floor of graded statements, on any connection, of writes or of changes of \
      schema and rights, or on a shadow without rows, the test is inconclusive.
      """,
    limitations: [
      "A shadow's number is not production's: effects are those measured on the shadow named here.",
      "Statements on which nothing decided, such as those that a database logged itself, are left out; T-18 counts a proxy's.",
    ])
  static let lasting = ["user", "connection", "kind", "fingerprint"]

  /// Whether the statement ran on the shadow: what was not run was not measured.
  static let isMeasured = """
    m.replay IS NOT NULL AND coalesce(json_extract(m.effect, '$.execution.not_run'), 'ran') IN ('ran', \(
      InconclusiveReason.allCases.filter(\.isMeasured).map { "'\($0.rawValue)'" }.joined(separator: ", ")))
    """

  /// What a statement is by its text: `ddl` changes schema or rights, `write` changes rows.
  private static let classOfStatement = """
    CASE v.kinds WHEN '[]' THEN 'other' WHEN '["select"]' THEN 'read' ELSE (
          SELECT CASE max(CASE WHEN value IN \(StatementColumns.changeKinds) THEN 3
              WHEN value IN ('insert', 'update', 'delete', 'merge', 'copy', 'call', 'do') THEN 2 ELSE 1 END)
            WHEN 3 THEN 'ddl' WHEN 2 THEN 'write' ELSE 'read' END FROM json_each(v.kinds)) END
    """

  static let query = PopulationQuery(
    id: "POP-19", title: "Statements that the proxy decided on", purpose: "Each statement is one item of T-19.",
    sql: """
      \(StatementColumns.selection), v.rule, v.policy, v.policy_version,
        v.completeness & 1 <> 0 AS evaluation_unknown, u.key AS unit, v.unit_position, v.verdict_reason,
        v.rows_destroyed, v.kept, v.harm_kind IS NOT NULL AS harmful, v.harm_kind AS kind, v.fate,
        v.would_disclose, v.approval_standing AS approval, v.approval_scope,
        CASE json_extract(m.effect, '$.dropped', '$.truncated', '$.escalated', '$.refused', '$.estimate')
          WHEN '[null,null,null,null,null]' THEN NULL ELSE (SELECT group_concat(what, ', ') FROM (
          SELECT 'dropped ' || json_extract(value, '$.type') || ' ' || json_extract(value, '$.name') AS what
            FROM json_each(m.effect, '$.dropped')
          UNION ALL SELECT 'emptied ' || value FROM json_each(m.effect, '$.truncated')
          UNION ALL SELECT 'gained ' || value FROM json_each(m.effect, '$.escalated')
          UNION ALL SELECT 'tried to leave the database: ' || value FROM json_each(m.effect, '$.refused')
          UNION ALL SELECT 'did not end in time: its rows are the planner''s estimate'
            WHERE json_extract(m.effect, '$.estimate') IS NOT NULL)) END AS objects,
        v.leak, CASE WHEN \(isMeasured) THEN v.basis END AS basis, \(classOfStatement) AS class,
        \(StatementColumns.source)
        LEFT JOIN units u ON u.id = v.unit LEFT JOIN measurements m ON m.statement = v.id
      WHERE v.time >= ?1 AND v.time < ?2 AND v.action <> 'observed'
        AND v.id NOT IN (SELECT statement FROM not_sampled)
      \(StatementColumns.order)
      """,
    columns: StatementColumns.with([
      Column("rule", .text, "The rule that decided, where recorded."),
      Column("policy", .text, "The rule's policy."),
      Column("policy_version", .text, "Its version."),
      Column("evaluation_unknown", .flag, "Whether the archive does not show that a rule was evaluated."),
      Column("unit", .text, "The unit that was decided as one, where that is more than the statement."),
      Column("unit_position", .integer, "The statement's position in it."),
      Column("verdict_reason", .text, "Its reason."),
      Column("rows_destroyed", .integer, "Rows destroyed on the shadow."),
      Column(
        "kept", .flag, "Whether what it did outlived its transaction; what was held back is tried out and undone."),
      Column("harmful", .flag, "Whether its unit is harmful."),
      Column("kind", .text, "The unit's kind of harm: escapes, escalates, destroys or discloses."),
      Column("fate", .text, "What became of the harmful unit."),
      Column("would_disclose", .flag, "Whether the unit discloses, or would have unmasked."),
      Column("approval", .text, "What the statement's approval is worth: another_person, automatic, own, late, …."),
      Column("approval_scope", .text, "What the approval is for: unit, session or window."),
      Column("objects", .text, "Objects dropped or emptied, privileges gained, escapes refused on the shadow."),
      Column("leak", .text, "How much of a sensitive value reached the client."),
      Column("basis", .text, "What the shadow's rows are; empty where it was not run."),
      Column("class", .text, "What its text is: read, write, ddl (schema and rights) or other."),
    ]), parameters: ["start of the period", "end of the period"])

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

  static func judge(_ facts: EvidenceFacts, _ context: TestContext, _ shared: SharedFigures) throws(AssayError)
    -> TestResult
  {
    let (population, grading) = (shared.decided, shared.grading)
    let (shadows, sample) = (facts.shadows, facts.sample)
    var tally = Tally(context.period)
    var exceptions = ExceptionList(.t19)
    var reasons: [String: Int64] = [:]
    var onSchemaOnly: Int64 = 0
    var unknown: Set<[Cell]> = []
    let recorded = facts.recordedOutput
    try Items(population).forEach { item in
      let verdict = item.text("verdict").flatMap(VerdictName.init)
      if item.text("basis") == Basis.schemaOnly.rawValue { onSchemaOnly += 1 }
      if item.flag("harmful"), item.text("outcome") == Outcome.unknown.rawValue {
        let place = item.cell("unit") == .empty ? item.cell("sequence") : item.cell("unit")
        unknown.insert([item.cell("proxy"), item.cell("session"), place])
      }
      switch verdict {
      case nil, .ungraded:
        reasons["not_replayed", default: 0] += 1
        tally.add(.inconclusive, at: item.time("time"))
      case .inconclusive, .diverged:
        let reason = item.text("verdict_reason") ?? ""
        reasons[verdict == .diverged ? "diverged" : reason, default: 0] += 1
        tally.add(.inconclusive, at: item.time("time"))
      case .some:
        guard let miss = GuardrailMiss(item) else { return tally.add(.passed, at: item.time("time")) }
        tally.add(.failed, at: item.time("time"))
        exceptions.note(
          item.reference(miss.key(item)), at: item.time("time"), severity: item.severity, isHarmful: true,
          miss.wording(item, shared.deeds, isInArchive: recorded.contains(ExactText(item.statementKey))))
      }
    }
    try noteAccumulated(facts.findings, population, &exceptions)
    let noted = exceptions.noted(context.plan.sideFiles)
    let verdict = assess(tally, noted, population, shadows, grading.graded, onSchemaOnly: onSchemaOnly, context)
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
          Metric(
            name: "harmful_outcome_unknown",
            label: "harmful units of which the archive does not show whether they ran; they count as run",
            share: Share(Int64(unknown.count), of: 0)),
        ],
      tables: [
        grading.fateTable, grading.verdictTable, grading.effectTable, grading.matrixTable, grading.gradedTable,
        reasonTable(reasons), try GuardrailRules.table(Items(population)),
      ],
      limitations: [
        "The floor of graded statements is \(context.plan.coverageFloor) %, of all and of each of these parts.",
        "A unit in a place where the policy calls nothing harmful counts as harmless, also among those let through.",
        "That a mask was put on is the archive's word; the shadow shows what the unmasked result would have disclosed.",
      ]
        + (shadows.isEmpty
          ? ["Nothing was replayed."]
          : (sample.map { [limitation($0)] } ?? [])
            + shadows.map {
              "Connection \($0.connection): shadow \($0.source), basis \($0.basis.rawValue)"
                + ($0.asOf.map { ", as of \($0)" } ?? "")
                + ", \($0.markerSHA256 == nil ? "image" : "schema and row counts") \($0.imageSHA256.prefix(16))."
            }),
      remedy: "Replay on a shadow that holds rows, for every connection, and record parameters."
    )
  }

  /// Sessions of which no statement passed `session_rows` and all together did: items of their own, besides the statements.
  private static func noteAccumulated(
    _ findings: [FindingNoted], _ population: Population, _ exceptions: inout ExceptionList
  ) throws(AssayError) {
    let accumulated = findings.filter { $0.kind == "accumulated_harm" }
    guard !accumulated.isEmpty else { return }
    var passedAt: [[Cell]: FindingNoted] = [:]
    for finding in accumulated { passedAt[[.shown(finding.session), .integer(finding.sequence)]] = finding }
    try Items(population).forEach { item in
      guard let finding = passedAt[[item.cell("session"), item.cell("sequence")]] else { return }
      exceptions.note(
        item.reference("accumulated \(finding.session)"), at: finding.time, severity: .s3, isHarmful: true,
        Wording(
          criteria: "A session does not destroy more rows than the policy allows one session.",
          condition: { _ in "In session \(finding.session) small steps added up: \(finding.detail)." },
          cause: "Each statement stayed within the limits. Find out whether a limit over a whole session was in force.",
          effect: "If production held what the shadow does, the rows are gone."))
    }
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
    _ parts: [GradedShare], onSchemaOnly: Int64, _ context: TestContext
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
    let floor = context.plan.coverageFloor
    let short = parts.filter { $0.share.numerator &* 100 < $0.share.denominator &* floor }
    let named = short.map { part in
      "\(grouped(part.share.numerator)) of \(grouped(part.share.denominator)) of \(part.part)"
    }
    guard simple.status != .fail else {
      return short.isEmpty
        ? simple
        : Conclusion(
          .fail,
          simple.sentence
            + " Of these parts less has a conclusive verdict than the floor of \(floor) %, and nothing is "
            + "concluded: \(named.joined(separator: ", ")).")
    }
    let graded = tally.tested - tally.inconclusive
    let share = Share(graded, of: tally.tested).percent(decimals: 2) ?? "0"
    if shadows.isEmpty { return Conclusion(.inconclusive, "Unable to test: nothing was replayed on a shadow.") }
    if onSchemaOnly > 0 || shadows.contains(where: { $0.basis == .schemaOnly && $0.measured > 0 }) {
      return Conclusion(
        .inconclusive,
        "Unable to test: \(counted(onSchemaOnly, "statement")) rest on a shadow without rows, where harm that depends "
          + "on rows cannot be seen.")
    }
    guard graded.multipliedReportingOverflow(by: 100).partialValue >= tally.tested &* floor, short.isEmpty else {
      return Conclusion(
        .inconclusive,
        "Unable to conclude: \(grouped(graded)) of \(grouped(tally.tested)) decided statements (\(share) %) have a conclusive verdict"
          + (named.isEmpty ? "" : ", \(named.joined(separator: ", "))") + "; the floor is \(floor) % of each.")
    }
    let ungraded =
      tally.inconclusive == 0 ? "" : " \(grouped(tally.inconclusive)) could not be graded and are listed by reason."
    return exceptions.isEmpty
      ? Conclusion(
        .pass,
        "No exceptions noted in the automated test of \(grouped(graded)) of \(grouped(population.count)) decided statements.\(ungraded)"
      )
      : Conclusion(
        .passWithAccepted,
        "No unaccepted exceptions noted in the automated test of \(grouped(graded)) of \(grouped(population.count)) decided statements; "
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
