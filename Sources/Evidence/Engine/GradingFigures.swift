import AuditTrail
import Ledger
import Policies

/// What replay made of the period's decisions, counted from the stored verdicts.
enum GradingFigures {
  /// A unit that a script was decided as counts once; a statement by itself is a unit.
  private static let sql = """
    SELECT v.verdict, v.verdict_reason, v.action, v.completeness & 1 AS evaluation_unknown, count(*) AS statements,
      count(DISTINCT CASE WHEN v.unit IS NULL THEN 's' || v.id ELSE 'u' || v.unit END) AS units
    FROM statement_view v WHERE v.time >= ?1 AND v.time < ?2 GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
    """

  /// Decided statements of a period that the replay's sample left out.
  static let notSampled = """
    SELECT count(*) FROM not_sampled n JOIN statement_view v ON v.id = n.statement
    WHERE v.time >= ?1 AND v.time < ?2 AND v.action <> 'observed'
    """

  static func read(_ ledger: borrowing Ledger, _ period: Period) throws(AssayError) -> Grading {
    var statements: [VerdictName: Int64] = [:]
    var units: [VerdictName: Int64] = [:]
    var reasons: [String: Int64] = [:]
    var grading = Grading(
      statements: 0, notReplayed: 0, verdicts: [], inconclusive: [], falseAllowEvaluated: 0,
      falseAllowEvaluationUnknown: 0, matrix: ConfusionMatrix(), metrics: [])
    var matrix = Policies.ConfusionMatrix()
    try ledger.query(sql, [.integer(period.start.nanoseconds), .integer(period.end.nanoseconds)]) { row in
      let (count, unitCount) = (row[4].integer ?? 0, row[5].integer ?? 0)
      grading.statements += count
      guard let verdict = row[0].text.flatMap(VerdictName.init) else {
        grading.notReplayed += count
        return
      }
      statements[verdict, default: 0] += count
      units[verdict, default: 0] += unitCount
      if verdict == .inconclusive { reasons[row[1].text ?? "unknown", default: 0] += count }
      let isUnknown = row[3].integer == 1
      if verdict == .falseAllow {
        if isUnknown { grading.falseAllowEvaluationUnknown += count } else { grading.falseAllowEvaluated += count }
      }
      let action = row[2].text.flatMap(Action.init) ?? .observed
      for _ in 0..<unitCount { matrix.count(Verdict(verdict), action: action, evaluationUnknown: isUnknown) }
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
    let left = try ledger.count(notSampled, [.time(period.start), .time(period.end)])
    grading.metrics = metrics(matrix, untested: grading.notReplayed - left)
    return grading
  }

  /// `untested`: statements that were to be replayed and were not; what a sample leaves out is in no share.
  private static func metrics(_ matrix: Policies.ConfusionMatrix, untested: Int64) -> [Metric] {
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
