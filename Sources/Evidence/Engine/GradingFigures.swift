import AuditTrail
import Digests
import Ledger
import Policies

/// What replay made of the period's decisions, counted from the items of T-19 and from the statements that are none.
enum GradingFigures {
  /// Statements of the period that are not items of T-19.
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
        count(DISTINCT CASE WHEN v.unit IS NULL THEN 's' || v.id ELSE 'u' || v.unit END) AS units,
        v.harm_kind, v.fate, v.would_disclose, v.severity
      FROM statement_view v WHERE \(unlisted) GROUP BY 1, 2, 3, 4, 7, 8, 9, 10 ORDER BY 1, 2, 3, 4, 7, 8, 9, 10
      """, Surroundings.bounds(period)
    ) { row in
      groups.append(
        GradedGroup(
          verdict: row[0].text.flatMap(VerdictName.init), reason: row[1].text,
          action: row[2].text.flatMap(Action.init) ?? .observed, isEvaluationUnknown: row[3].integer == 1,
          kind: row[6].text.flatMap(HarmKind.init), fate: row[7].text.flatMap(Fate.init),
          wouldDisclose: row[8].integer == 1 ? true : nil, severity: row[9].integer,
          statements: row[4].integer ?? 0, units: row[5].integer ?? 0))
    }
    return groups
  }

  /// The items of T-19 by what replay made of them. A unit that a script was decided as counts once, by its first
  /// statement; a statement by itself is a unit.
  private static func groups(_ items: Items) throws(AssayError) -> [GradedGroup] {
    var groups: [GradedGroup: (statements: Int64, units: Int64)] = [:]
    var seen: Set<[ExactText]> = []
    try items.forEach { item in
      let group = GradedGroup(
        verdict: item.text("verdict").flatMap(VerdictName.init), reason: item.text("verdict_reason"),
        action: item.text("action").flatMap(Action.init) ?? .observed,
        isEvaluationUnknown: item.flag("evaluation_unknown"), kind: item.text("kind").flatMap(HarmKind.init),
        fate: item.text("fate").flatMap(Fate.init), wouldDisclose: item.flag("would_disclose") ? true : nil,
        severity: item.integer("severity"))
      let unit = item.text("unit").map { [item.text("proxy") ?? "", item.text("session") ?? "", $0] }
      let isFirst = unit.map { seen.insert($0.map(ExactText.init)).inserted } ?? true
      groups[group, default: (0, 0)].statements += 1
      if isFirst { groups[group]?.units += 1 }
    }
    return groups.map { group, count in
      var group = group
      (group.statements, group.units) = count
      return group
    }
  }

  /// Statements by week and action; every ISO week that the period touches has its row.
  static func weeks(_ facts: EvidenceFacts, _ items: Items) throws(AssayError) -> [WeeklyDecisions] {
    var counts: [Int: [Action: Int64]] = [:]
    func add(_ day: Int, _ action: Action, _ statements: Int64) {
      counts[ISOWeek(day: day).monday, default: [:]][action, default: 0] += statements
    }
    try items.forEach { item in
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

  static func grading(_ facts: EvidenceFacts, _ items: Items) throws(AssayError) -> Grading {
    var statements: [VerdictName: Int64] = [:]
    var units: [VerdictName: Int64] = [:]
    var reasons: [String: Int64] = [:]
    var grading = Grading(
      statements: 0, notReplayed: 0, verdicts: [], inconclusive: [], falseAllowEvaluated: 0,
      falseAllowEvaluationUnknown: 0, metrics: [])
    var effects = Dictionary(uniqueKeysWithValues: Action.allCases.map { ($0, DecisionEffects($0)) })
    for group in try groups(items) + facts.unlistedVerdicts {
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
      grading.units.count(
        group.graded(verdict), action: group.action, evaluationUnknown: group.isEvaluationUnknown,
        units: Int(group.units))
      effects[group.action]?.count(group, verdict)
    }
    grading.verdicts = VerdictName.allCases.map {
      VerdictCount(verdict: $0, statements: statements[$0] ?? 0, units: units[$0] ?? 0)
    }
    grading.inconclusive = reasons.sorted { $0.key < $1.key }.map { ReasonCount(reason: $0.key, statements: $0.value) }
    grading.effects = Action.allCases.filter { $0 != .observed }.compactMap { effects[$0] }
    grading.graded = try gradedShares(items)
    let left = facts.unlistedDays.reduce(0) { $0 + ($1.action == .observed ? 0 : $1.statements) }
    grading.metrics = metrics(
      grading.units, untested: grading.notReplayed - left, isSampled: facts.sample != nil)
    return grading
  }

  /// How much of each connection, of all writes and of all changes of schema and rights has a conclusive verdict: a floor
  /// over everything would let a busy connection of plain reads stand for the others.
  private static func gradedShares(_ items: Items) throws(AssayError) -> [GradedShare] {
    var shares: [ExactText: Share] = [:]
    try items.forEach { item in
      let isGraded = item.text("verdict").flatMap(VerdictName.init)?.isConclusive == true
      var parts = ["connection \(item.text("connection") ?? "")"]
      switch item.text("class") {
      case "write": parts.append("writes")
      case "ddl": parts.append("changes of schema and rights")
      default: break
      }
      for part in parts.map(ExactText.init) {
        shares[part, default: Share(0, of: 0)].denominator += 1
        if isGraded { shares[part]?.numerator += 1 }
      }
    }
    return shares.sorted { $0.key.text.precedes($1.key.text) }.map { GradedShare(part: $0.key.text, share: $0.value) }
  }

  /// `untested`: statements that were to be replayed and were not; what a sample leaves out is in no share.
  private static func metrics(_ units: GradedUnits, untested: Int64, isSampled: Bool) -> [Metric] {
    let (evaluated, all) = (units.evaluated, units.all)
    let decided = all.coverage.total + Int(clamping: untested)
    /// A full population has no sampling error: the interval stands only beside a sample.
    func metric(_ name: String, _ label: String, _ value: Proportion, note: String? = nil) -> Metric {
      Metric(
        name: name, label: label, share: Share(Int64(value.count), of: Int64(value.total)),
        interval: isSampled ? value.interval.map { Interval(low: $0.low, high: $0.high) } : nil, note: note)
    }
    let actions = "Units that destroy, escalate or escape"
    let parts = evaluated.heldBackParts
    return [
      metric(
        "recall", "harmful units caught, where a rule was evaluated", evaluated.recall,
        note:
          "\(actions): blocked, held, or approved by another person. Whatever the open cases are, it lies within the "
          + "bounds given."),
      metric("prevented", "harmful units that did not run, where a rule was evaluated", evaluated.prevented),
      metric(
        "recall_all", "harmful units caught, evaluated or not", all.recall,
        note: "\(actions), with those of which the archive does not show that a rule was evaluated."),
      metric("prevented_all", "harmful units that did not run, evaluated or not", all.prevented),
      metric(
        "disclosure_caught", "units that disclose, caught, where a rule was evaluated", evaluated.disclosureCaught,
        note:
          "Masked, blocked, held, or approved by another person; of units that return sensitive data, or would have "
          + "without their mask."),
      metric(
        "disclosure_prevented", "the same whose data did not reach the client", evaluated.disclosurePrevented),
      metric("disclosure_caught_all", "units that disclose, caught, evaluated or not", all.disclosureCaught),
      metric(
        "disclosure_prevented_all", "the same whose data did not reach the client, evaluated or not",
        all.disclosurePrevented),
      Metric(
        name: "recall_bounds", label: "bounds of harmful units caught, with every open case counted for and against",
        share: Share(0, of: 0), interval: evaluated.recallBounds.map { Interval(low: $0.low, high: $0.high) },
        note: "Not a confidence interval."),
      metric(
        "precision", "held back units that were harmful, where a rule was evaluated", evaluated.precision,
        note:
          "Of \(grouped(evaluated.precision.total)) blocked or sent for approval: \(grouped(parts.harmful)) harmful, "
          + "\(grouped(parts.withinLimits)) within limits, \(grouped(parts.harmless)) harmless. "
          + "\(grouped(evaluated[.mootBlock])) more would have failed anyway."),
      metric(
        "specificity", "let through, of the units that did no harm to data or rights, where a rule was evaluated",
        evaluated.specificity),
      Metric(
        name: "balanced_accuracy", label: "mean of the shares caught and let through", share: Share(0, of: 0),
        value: evaluated.balancedAccuracy),
      metric(
        "mask_recall", "masks that held if put on as recorded, of the units that were masked, evaluated or not",
        all.maskRecall),
      metric(
        "false_block_rate", "blocked units that were harmless, of those that would have run, evaluated or not",
        all.falseBlocks),
      metric(
        "coverage", "decided units with a conclusive verdict, evaluated or not", Proportion(all.conclusive, of: decided)
      ),
    ]
  }
}

extension GradedGroup {
  /// The verdict of its units.
  fileprivate func graded(_ verdict: VerdictName) -> Verdict {
    Verdict(
      verdict, severity: severity.flatMap { Severity(rawValue: Int($0)) } ?? .s0, kind: kind, fate: fate,
      wouldDisclose: wouldDisclose == true)
  }
}

extension DecisionEffects {
  /// Counts a group's units.
  fileprivate mutating func count(_ group: GradedGroup, _ verdict: VerdictName) {
    if group.kind != nil {
      harmful += group.units
    } else if !verdict.isConclusive {
      open += group.units
    } else if verdict == .mootBlock {
      wouldHaveFailed += group.units
    } else if group.severity.map({ $0 >= Severity.s2.rawValue }) == true {
      withinLimits += group.units
    } else {
      harmless += group.units
    }
  }
}
