import AuditTrail
import Digests
import Ledger

extension TestID {
  /// Guardrails cover each connection on each day.
  public static let t18 = TestID("T-18")
}

/// T-18: was a guardrail attached to each connection in scope, on each day?
enum GuardrailCoverage: DrawnTest {
  static let description = TestDescription(
    id: .t18, title: "Guardrails cover each connection on each day",
    objective: "No connection in scope is used without a guardrail that decides.",
    procedure: """
      For each connection in scope and UTC day: find in the register of bindings a policy that was attached to the \
      connection over the whole day, of which a version was in force, and that lets nothing pass where it fails. A day \
      without one, or with one for a part of it, is an exception, and so is a day on which the guardrail fails open, or on \
      which the proxy's archive holds statements on which nothing decided. \
      Without the register, or where nothing shows when the policy was in force, the day is not decided. This is a test of \
      design: what the guardrail decided, T-19 grades.
      """,
    limitations: [
      "The register says what was attached; that the proxy really asked the policy, only decisions show.",
      "Connections that the scope does not name are not looked at.",
    ])

  static let sideFiles = ["bindings"]

  static let query = PopulationQuery(
    id: "POP-18", title: "Connections in scope by UTC day", purpose: "Each day of each connection is one item of T-18.",
    sql: """
      WITH RECURSIVE days(day) AS (
        SELECT ?1 / 86400000000000 UNION ALL SELECT day + 1 FROM days WHERE (day + 1) * 86400000000000 < ?2),
      passed AS (
        SELECT v.connection, v.time / 86400000000000 AS day, count(*) AS statements,
          sum(v.action = 'observed' AND NOT \(DatabaseLog.isFormat(column: "ar.format"))
            AND NOT \(DatabaseLog.isFormat(column: "coalesce(ar.proxy, '')")))
            AS undecided
        FROM statement_view v JOIN archives ar ON ar.id = v.archive
        WHERE v.time >= ?1 AND v.time < ?2 GROUP BY 1, 2)
      SELECT c.value AS connection, max(d.day * 86400000000000, ?1) AS time, coalesce(p.statements, 0) AS statements,
        coalesce(p.undecided, 0) AS undecided
      FROM json_each(?3) c CROSS JOIN days d LEFT JOIN passed p ON p.connection = c.value AND p.day = d.day
      ORDER BY c.value, d.day
      """,
    columns: [
      Column("connection", .text, "The connection."),
      Column("time", .time, "The day's first moment in the period."),
      Column("statements", .integer, "Statements of that day."),
      Column(
        "undecided", .integer,
        "Those that a proxy recorded and nothing decided on; what a database logged itself passed by no proxy."),
    ], parameters: ["start of the period", "end of the period", "connections in scope, as a JSON list"])

  private static func arguments(_ context: TestContext) -> [Cell] {
    context.bounds + [.text(context.connectionNames { _ in true })]
  }

  static func draw(_ ledger: borrowing Ledger, _ context: TestContext) throws(AssayError) -> DrawnPopulation {
    try query.draw(ledger, arguments(context))
  }

  static func judge(_ facts: EvidenceFacts, _ context: TestContext, _ shared: SharedFigures) throws(AssayError)
    -> TestResult
  {
    var population = query.population(facts[.t18], arguments(context), sources: context.sources)
    let bindings = try AttachedPolicies(facts)
    var days: [CoveredDay] = []
    try Items(population).forEach { days.append(CoveredDay($0, bindings, context.period)) }
    var tally = Tally(context.period)
    for day in days { tally.add(day.standing.outcome, at: day.start) }
    var exceptions = ExceptionList(.t18)
    for run in runs(of: days) where run.first?.standing.outcome == .failed { note(run, &exceptions) }
    population = try population.adding(
      Column("policies", .text, "The policies that were attached on that day."), days.map { .shown($0.policies) })
    population = try population.adding(
      Column("standing", .text, "Where the day stands."), days.map { .text($0.standing.rawValue) })
    var result = description.result(
      context, population: population, tally: tally, exceptions: exceptions, noun: "connection-days",
      operating: untestable(facts), metrics: metrics(days, facts),
      tables: [standingTable(days), connectionTable(days)],
      limitations: strays(facts), remedy: remedy(facts))
    result.design = result.operating
    result.operating = Conclusion(
      .notRun, "The result is one of design. What the guardrails decided, T-19 grades.")
    result.isOfDesign = true
    return result
  }

  /// Why nothing can be tested; `nil` where something can.
  private static func untestable(_ facts: EvidenceFacts) -> Conclusion? {
    if facts.plan.connections.isEmpty {
      return Conclusion(.inconclusive, "Unable to test: the scope names no connection.")
    }
    return facts.plan.sideFiles.bindings == nil
      ? Conclusion(.inconclusive, "Unable to test: no register of bindings was given.") : nil
  }

  private static func remedy(_ facts: EvidenceFacts) -> String {
    facts.plan.connections.isEmpty
      ? "Name the connections under `scope: { connections: … }` in assay.yaml."
      : "Give the register of bindings (`side_files: { bindings: … }` in assay.yaml), and record each change of a policy."
  }

  /// What the register says of connections that are not in scope.
  private static func strays(_ facts: EvidenceFacts) -> [String] {
    let scope = Set(facts.plan.connections.map { ExactText($0.name) })
    let others = (facts.plan.sideFiles.bindings ?? []).map(\.connection).filter { !scope.contains(ExactText($0)) }
      .sortedExactly()
    return others.isEmpty
      ? [] : ["The register binds connections that are not in scope: \(others.joined(separator: ", "))."]
  }

  /// Days of one connection that follow each other and stand alike.
  private static func runs(of days: [CoveredDay]) -> [[CoveredDay]] {
    var runs: [[CoveredDay]] = []
    for day in days {
      if let last = runs.last?.last, last.connection.isExactly(day.connection), last.standing == day.standing,
        last.end == day.start
      {
        runs[runs.count - 1].append(day)
      } else {
        runs.append([day])
      }
    }
    return runs
  }

  private static func note(_ run: [CoveredDay], _ exceptions: inout ExceptionList) {
    guard let first = run.first, let last = run.last else { return }
    let undecided = run.reduce(0) { $0 &+ ($1.item.integer("undecided") ?? 0) }
    let statements =
      counted(run.reduce(0) { $0 &+ $1.statements }, "statement") + " recorded"
      + (undecided > 0 ? ", \(grouped(undecided)) of them without a decision" : "")
    let span =
      first.start.date == last.start.date ? "on \(first.start.date)" : "from \(first.start.date) to \(last.start.date)"
    let wording = Wording(
      criteria: "Each connection in scope has a guardrail on each day, which lets nothing pass where it fails.",
      condition: {
        "\(first.connection) \(span) (\(counted($0, "day"))): \(first.standing.rawValue); \(statements)."
      },
      cause: "Not established. Find out who attached the guardrail, when, and with which settings.",
      effect: first.standing.effect)
    for day in run {
      exceptions.note(
        day.item.reference("\(first.connection) \(first.start.date) \(first.standing.rawValue)"), at: day.start, wording
      )
    }
  }

  private static func metrics(_ days: [CoveredDay], _ facts: EvidenceFacts) -> [Metric] {
    func statements(_ isMeant: (CoveredDay) -> Bool) -> Int64 {
      days.reduce(0) { $0 &+ (isMeant($1) ? $1.statements : 0) }
    }
    return [
      Metric(
        name: "covered_days", label: "connection-days with a guardrail that lets nothing pass where it fails",
        share: Share(Int64(days.count { $0.standing == .covered }), of: Int64(days.count))),
      Metric(
        name: "statements_uncovered", label: "statements recorded on a connection-day with an exception",
        share: Share(statements { $0.standing.outcome == .failed }, of: statements { _ in true })),
      Metric(
        name: "statements_observed", label: "statements of the period that were logged and on which nothing decided",
        share: Share(facts.unlistedDays.reduce(0) { $0 &+ ($1.action == .observed ? $1.statements : 0) }, of: 0),
        note: "A guardrail may have been attached all the same; no decision of it is recorded."),
    ]
  }

  private static func standingTable(_ days: [CoveredDay]) -> AttributeTable {
    AttributeTable(
      name: "standings", title: "Where the connection-days stand",
      columns: [
        Column("standing", .text, "Where the day stands."), Column("days", .integer, "How many."),
        Column("statements", .integer, "Statements of those days."),
      ],
      rows: CoveredDay.Standing.allCases.map { standing in
        let mine = days.filter { $0.standing == standing }
        return [
          .text(standing.rawValue), .integer(Int64(mine.count)), .integer(mine.reduce(0) { $0 &+ $1.statements }),
        ]
      })
  }

  private static func connectionTable(_ days: [CoveredDay]) -> AttributeTable {
    AttributeTable(
      name: "connections", title: "Connection-days by connection",
      columns: [
        Column("connection", .text, "The connection."), Column("days", .integer, "Days of the period."),
        Column("covered", .integer, "Days with a guardrail."),
        Column("exceptions", .integer, "Days with an exception."),
        Column("undecided", .integer, "Days that cannot be decided."),
        Column("statements_uncovered", .integer, "Statements recorded on a day with an exception."),
      ],
      rows: Dictionary(grouping: days) { ExactText($0.connection) }.sorted { $0.key.text.precedes($1.key.text) }.map {
        name, mine in
        func count(_ outcome: ItemOutcome) -> Cell { .integer(Int64(mine.count { $0.standing.outcome == outcome })) }
        let uncovered = mine.reduce(0) { $0 &+ ($1.standing.outcome == .failed ? $1.statements : 0) }
        return [
          .shown(name.text), .integer(Int64(mine.count)), count(.passed), count(.failed), count(.inconclusive),
          .integer(uncovered),
        ]
      })
  }
}

/// A day of a connection, with what was attached to it.
private struct CoveredDay {
  /// Where a day stands; the first that applies.
  enum Standing: String, CaseIterable {
    case notGiven = "no register of bindings"
    case covered = "a guardrail is attached"
    case nothingDecided = "a guardrail is attached, and on some statements nothing decided"
    case failsOpen = "the guardrail fails open"
    case policyNotKnown = "attached; nothing shows when its policy was in force"
    case notInForce = "attached; no version of its policy was in force"
    case partOfDay = "a guardrail is attached for a part of the day"
    case nothing = "no guardrail is attached"

    /// What may follow from it.
    var effect: String {
      switch self {
      case .failsOpen: "Where the guardrail does not answer, a statement passes that it would stop."
      case .nothingDecided: "No guardrail is shown to have been asked about these statements, and no test grades them."
      case .notGiven, .covered, .policyNotKnown, .notInForce, .partOfDay, .nothing:
        "A statement that is sent then passes, and no guardrail is shown to have been asked about it."
      }
    }

    var outcome: ItemOutcome {
      switch self {
      case .covered: .passed
      case .notGiven, .policyNotKnown: .inconclusive
      case .nothingDecided, .failsOpen, .notInForce, .partOfDay, .nothing: .failed
      }
    }
  }

  let item: Item
  let connection: String
  let start: Timestamp
  /// The first moment after it.
  let end: Timestamp
  let statements: Int64
  /// The names of the attached policies; `nil` where there are none.
  let policies: String?
  let standing: Standing

  init(_ item: Item, _ attached: AttachedPolicies, _ period: Period) {
    self.item = item
    connection = item.text("connection") ?? ""
    statements = item.integer("statements") ?? 0
    let start = item.time("time") ?? period.start
    let end = min(CivilDate(daysSinceEpoch: start.day + 1).start, period.end)
    (self.start, self.end) = (start, end)
    let day = TimeSpan(start, end)
    let mine = attached.bindings[ExactText(connection)]?.filter { $0.span.touches(day) } ?? []
    let names = mine.map(\.policy).sortedExactly()
    policies = names.isEmpty ? nil : names.joined(separator: ", ")
    let inForce = mine.flatMap { binding in
      (attached.inForce[ExactText(binding.policy)] ?? []).compactMap { version in
        binding.span.shared(with: version).map { (span: $0, failsOpen: binding.failsOpen) }
      }
    }
    standing =
      if !attached.isGiven {
        .notGiven
      } else if day.isCovered(by: inForce.filter { !$0.failsOpen }.map(\.span)) {
        (item.integer("undecided") ?? 0) > 0 ? .nothingDecided : .covered
      } else if day.isCovered(by: inForce.map(\.span)) {
        .failsOpen
      } else if day.isCovered(by: mine.map(\.span)) {
        mine.contains { attached.inForce[ExactText($0.policy)] == nil } ? .policyNotKnown : .notInForce
      } else {
        mine.isEmpty ? .nothing : .partOfDay
      }
  }
}

/// The register's bindings, and when the policies that they name were in force.
private struct AttachedPolicies {
  struct Binding {
    let policy: String
    let span: TimeSpan
    let failsOpen: Bool
  }

  let isGiven: Bool
  /// By connection.
  let bindings: [ExactText: [Binding]]
  /// By policy; a policy of which neither a file nor a recorded change says from when is none.
  let inForce: [ExactText: [TimeSpan]]

  init(_ facts: EvidenceFacts) throws(AssayError) {
    isGiven = facts.plan.sideFiles.bindings != nil
    bindings = Dictionary(grouping: facts.plan.sideFiles.bindings ?? []) { ExactText($0.connection) }.mapValues {
      mine in
      mine.map { Binding(policy: $0.policy, span: TimeSpan($0.from, $0.until), failsOpen: $0.failsOpen) }
    }
    var dated = Set(facts.plan.declaredPolicies.map { ExactText($0.policy) })
    try Items(columns: PolicyChangeControl.query.columns, rows: facts[.t25].rows).forEach { item in
      if item.time("time") != nil, let policy = item.text("policy") { dated.insert(ExactText(policy)) }
    }
    var versions = Dictionary(uniqueKeysWithValues: dated.map { ($0, [TimeSpan]()) })
    for policy in facts.policies { versions[ExactText(policy.policy)]?.append(TimeSpan(policy.from, policy.until)) }
    inForce = versions
  }
}

/// The time from a moment to before another one; without end where that is `nil`.
private struct TimeSpan {
  let start: Timestamp
  let end: Timestamp?

  init(_ start: Timestamp, _ end: Timestamp?) { (self.start, self.end) = (start, end) }

  private func isBefore(_ moment: Timestamp) -> Bool { end.map { $0 <= moment } ?? false }

  func touches(_ other: TimeSpan) -> Bool { shared(with: other) != nil }

  /// What lies in both; `nil` where that is nothing.
  func shared(with other: TimeSpan) -> TimeSpan? {
    let first = max(start, other.start)
    let last = [end, other.end].compactMap(\.self).min()
    return last.map { $0 > first } ?? true ? TimeSpan(first, last) : nil
  }

  /// Whether every moment of it lies in one of the others.
  func isCovered(by others: [TimeSpan]) -> Bool {
    var reached = start
    for other in others.sorted(by: { $0.start < $1.start }) where other.start <= reached && !other.isBefore(reached) {
      guard let next = other.end else { return true }
      reached = next
    }
    return end.map { reached >= $0 } ?? false
  }
}
