import AuditTrail
import Ledger
import Policies

/// What replay made of the period's decisions, counted from the items of T-19 and from the statements that are none.
enum GradingFigures {
  /// Statements of the period that are no items of T-19.
  private static let unlisted = """
    v.time >= ?1 AND v.time < ?2
      AND (v.action = 'observed' OR v.id IN (SELECT statement FROM not_sampled))
    """

  static func unlistedDays(_ ledger: borrowing Ledger, _ period: Period) throws(AssayError) -> [UnlistedDay] {
    var days: [UnlistedDay] = []
    try ledger.query(
      """
      SELECT v.time / 86400000000000 AS day, v.action, count(*) FROM statement_view v
      WHERE \(unlisted) GROUP BY 1, 2 ORDER BY 1, 2
      """, Surroundings.bounds(period)
    ) { row in
      guard let day = row[0].integer, let action = row[1].text.flatMap(Action.init) else { return }
      days.append(
        UnlistedDay(day: CivilDate(daysSinceEpoch: Int(day)), action: action, statements: row[2].integer ?? 0))
    }
    return days
  }

  static func unlistedVerdicts(_ ledger: borrowing Ledger, _ period: Period) throws(AssayError) -> [GradedGroup] {
    var groups: [GradedGroup] = []
    try ledger.query(
      """
      SELECT v.verdict, v.verdict_reason, v.action, v.completeness & 1 AS evaluation_unknown, count(*) AS statements,
        count(DISTINCT CASE WHEN v.unit IS NULL THEN 's' || v.id ELSE 'u' || v.unit END) AS units
      FROM statement_view v WHERE \(unlisted) GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
      """, Surroundings.bounds(period)
    ) { row in
      groups.append(
        GradedGroup(
          verdict: row[0].text.flatMap(VerdictName.init), reason: row[1].text,
          action: row[2].text.flatMap(Action.init) ?? .observed, isEvaluationUnknown: row[3].integer == 1,
          statements: row[4].integer ?? 0, units: row[5].integer ?? 0))
    }
    return groups
  }

  /// The items of T-19 by what replay made of them. A unit that a script was decided as counts once; a statement by itself
  /// is a unit.
  private static func groups(_ items: Items) -> [GradedGroup] {
    var groups: [GradedGroup: (statements: Int64, single: Int64, units: Set<[String]>)] = [:]
    items.forEach { item in
      let group = GradedGroup(
        verdict: item.text("verdict").flatMap(VerdictName.init), reason: item.text("verdict_reason"),
        action: item.text("action").flatMap(Action.init) ?? .observed,
        isEvaluationUnknown: item.flag("evaluation_unknown"))
      groups[group, default: (0, 0, [])].statements += 1
      if let unit = item.text("unit") {
        groups[group]?.units.insert([item.text("proxy") ?? "", item.text("session") ?? "", unit])
      } else {
        groups[group]?.single += 1
      }
    }
    return groups.map { group, count in
      var group = group
      (group.statements, group.units) = (count.statements, count.single + Int64(count.units.count))
      return group
    }
  }

  /// Statements by week and action; every ISO week that the period touches has its row.
  static func weeks(_ facts: EvidenceFacts, _ items: Items) -> [WeeklyDecisions] {
    var counts: [Int: [Action: Int64]] = [:]
    func add(_ day: Int, _ action: Action, _ statements: Int64) {
      counts[ISOWeek(day: day).monday, default: [:]][action, default: 0] += statements
    }
    items.forEach { item in
      guard let time = item.time("time"), let action = item.text("action").flatMap(Action.init) else { return }
      add(time.day, action, 1)
    }
    for day in facts.unlistedDays { add(day.day.daysSinceEpoch, day.action, day.statements) }
    let mondays = Set(facts.plan.period.days.map { ISOWeek(day: $0).monday }).sorted()
    return mondays.map { monday in
      let week = ISOWeek(day: monday)
      return WeeklyDecisions(
        year: week.year, week: week.number, monday: CivilDate(daysSinceEpoch: monday),
        counts: Action.allCases.map { ActionCount(action: $0, statements: counts[monday]?[$0] ?? 0) })
    }
  }

  static func grading(_ facts: EvidenceFacts, _ items: Items) -> Grading {
    var statements: [VerdictName: Int64] = [:]
    var units: [VerdictName: Int64] = [:]
    var reasons: [String: Int64] = [:]
    var grading = Grading(
      statements: 0, notReplayed: 0, verdicts: [], inconclusive: [], falseAllowEvaluated: 0,
      falseAllowEvaluationUnknown: 0, matrix: GradedMatrix(), metrics: [])
    var matrix = ConfusionMatrix()
    for group in groups(items) + facts.unlistedVerdicts {
      grading.statements += group.statements
      guard let verdict = group.verdict else {
        grading.notReplayed += group.statements
        continue
      }
      statements[verdict, default: 0] += group.statements
      units[verdict, default: 0] += group.units
      if verdict == .inconclusive { reasons[group.reason ?? "unknown", default: 0] += group.statements }
      if verdict == .falseAllow {
        if group.isEvaluationUnknown {
          grading.falseAllowEvaluationUnknown += group.statements
        } else {
          grading.falseAllowEvaluated += group.statements
        }
      }
      matrix.count(
        Verdict(verdict), action: group.action, evaluationUnknown: group.isEvaluationUnknown, units: Int(group.units))
    }
    grading.verdicts = VerdictName.allCases.map {
      VerdictCount(verdict: $0, statements: statements[$0] ?? 0, units: units[$0] ?? 0)
    }
    grading.inconclusive = reasons.sorted { $0.key < $1.key }.map { ReasonCount(reason: $0.key, statements: $0.value) }
    grading.matrix.confirmedBlock = units[.confirmedBlock] ?? 0
    grading.matrix.confirmedReview = units[.confirmedReview] ?? 0
    grading.matrix.falseAllow = units[.falseAllow] ?? 0
    grading.matrix.confirmedAllow = units[.confirmedAllow] ?? 0
    grading.matrix.falseBlock = units[.falseBlock] ?? 0
    grading.matrix.needlessReview = units[.needlessReview] ?? 0
    let left = facts.unlistedDays.reduce(0) { $0 + ($1.action == .observed ? 0 : $1.statements) }
    grading.metrics = metrics(matrix, untested: grading.notReplayed - left)
    return grading
  }

  /// `untested`: statements that were to be replayed and were not; what a sample leaves out is in no share.
  private static func metrics(_ matrix: ConfusionMatrix, untested: Int64) -> [Metric] {
    let bounds = matrix.recallBounds.map { Interval(low: $0.low, high: $0.high) }
    let blocks = matrix[.confirmedBlock] + matrix[.falseBlock] + matrix[.debatableBlock] + matrix[.mootBlock]
    let decided = matrix.units - matrix[.ungraded] + Int(clamping: untested)
    let graded = matrix.units - matrix[.ungraded] - matrix[.inconclusive] - matrix[.diverged]
    return [
      metric(
        "recall", "harmful statements stopped", matrix.recall,
        note: "Where a rule was evaluated; whatever the open cases are, it lies within the “bounds of recall” below."),
      Metric(
        name: "recall_bounds", label: "bounds of recall with every open case counted for and against",
        share: Share(0, of: 0), interval: bounds, note: "Not a confidence interval."),
      metric("precision", "stops that were right", matrix.precision),
      metric("specificity", "harmless statements let through", matrix.specificity),
      Metric(
        name: "balanced_accuracy", label: "mean of recall and specificity", share: Share(0, of: 0),
        value: matrix.balancedAccuracy),
      metric("mask_recall", "masks that held", matrix.maskRecall),
      metric("false_block_rate", "blocked units that were harmless", Proportion(matrix[.falseBlock], of: blocks)),
      metric("coverage", "decided units with a conclusive verdict", Proportion(graded, of: decided)),
    ]
  }

  private static func metric(_ name: String, _ label: String, _ value: Proportion, note: String? = nil) -> Metric {
    Metric(
      name: name, label: label, share: Share(Int64(value.count), of: Int64(value.total)),
      interval: value.interval.map { Interval(low: $0.low, high: $0.high) }, note: note)
  }
}
