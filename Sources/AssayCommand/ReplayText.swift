import AuditTrail
import Ledger
import Policies
import Replay

/// What a replay came to, for people.
struct ReplayText {
  private static let mostColumns = 8

  private let report: ReplayReport
  /// The columns that detectors found, since nobody named any.
  private let detected: [String]
  /// Lines of row counts that name no table of their shadow.
  private let uncounted: [String]

  init(_ report: ReplayReport, _ plan: ReplayPlan?) {
    self.report = report
    detected = Set(plan?.shadows.flatMap(\.detected) ?? []).sorted()
    uncounted = plan?.shadows.flatMap(\.uncounted) ?? []
  }

  private static let phrases = [
    "accumulated_harm": "Sessions whose small steps add up to harm", "approved_harm": "Harm that a person approved",
    "bypass_after_block": "Blocks that a variant with the same effect went round within a minute",
    "observed_harm": "Logged units that did harm, and on which nothing decided",
    "recorded_output": "Sessions whose recorded output holds what detectors recognise",
  ]

  /// Verdicts with their phrases, the two numbers of harm let through, findings and metrics.
  var text: String {
    var table = TextTable([("statements", .right), ("verdict", .left), ("in words", .left)])
    for name in VerdictName.allCases {
      guard let count = report.verdicts[name], count > 0 else { continue }
      table.add([grouped(count), name.rawValue, name.phrase])
    }
    var lines = [table.text, "", "\(counted(report.statements, "statement")) graded."]
    lines += reuse
    if let sample = report.sample { lines.append(contentsOf: text(of: sample)) }
    lines += fates
    lines += measures
    if !report.inconclusive.isEmpty {
      let reasons = report.inconclusive.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      lines.append(
        "Could not be graded: " + reasons.map { "\($0.key) \(grouped($0.value))" }.joined(separator: ", ") + ".")
    }
    lines += gaps
    for (kind, count) in report.findings.sorted(by: { $0.key < $1.key }) {
      lines.append("\(Self.phrases[kind] ?? kind): \(grouped(count)) (\(kind)).")
    }
    for shadow in report.shadows {
      lines.append(
        "Shadow of \(shadow.connection): \(shadow.source) (\(shadow.basis.rawValue)"
          + (shadow.asOf.map { ", as of \($0.date)" } ?? "") + ").")
    }
    if !detected.isEmpty {
      let more = detected.count - Self.mostColumns
      lines.append(
        "Taken as sensitive, since detectors recognise their values: "
          + detected.prefix(Self.mostColumns).joined(separator: ", ")
          + (more > 0 ? " and \(grouped(more)) more (`assay shadow classify` lists them)." : "."))
    }
    lines += uncounted.map { "Production's row count of \($0) counts for nothing: the shadow has no such table." }
    return lines.joined(separator: "\n")
  }

  /// How many sessions were measured before; nothing where none was.
  private var reuse: [String] {
    guard report.sessionsReused > 0 else { return [] }
    guard report.sessionsMeasured > 0 else {
      return ["Nothing new to measure: all \(counted(report.sessionsReused, "session")) had been measured before."]
    }
    return [
      "\(counted(report.sessionsMeasured, "session")) measured; \(grouped(report.sessionsReused)) had been measured before."
    ]
  }

  /// Harmful units by what became of them; traffic that nobody decided on is named apart, harm or not.
  private var fates: [String] {
    let all = report.units.all
    var lines = [
      "Allowed; harm measured: \(counted(report.falseAllowEvaluated, "statement")) that a rule evaluated, "
        + "\(grouped(report.falseAllowUnknown)) where the archive does not say whether one did."
    ]
    if all.harmful() == 0 {
      lines.append("No unit was harmful.")
    } else {
      var table = TextTable(
        [("harmful units", .left)] + HarmKind.allCases.map { ($0.rawValue, .right) })
      for fate in Fate.allCases where all.harmful({ _ in true }, { $0 == fate }) > 0 {
        table.add([fate.phrase] + HarmKind.allCases.map { grouped(all.fates[$0]?[fate] ?? 0) })
      }
      lines.append(table.text)
    }
    let observed = all.harmful({ _ in true }) { $0 == .observed }
    if observed > 0 {
      lines.append(
        "\(counted(observed, "logged unit")) did harm, and nothing decided on them, as the archive records; see the finding "
          + "`observed_harm`.")
    }
    lines += both("Harmful units caught", \.recall) + both("Harmful units that did not run", \.prevented)
    lines += both("Disclosing units caught", \.disclosureCaught)
    lines += both("Disclosing units whose data did not reach the client", \.disclosurePrevented)
    return lines
  }

  /// A share of the units that a rule evaluated, and of all where that differs.
  private func both(_ what: String, _ share: (ConfusionMatrix) -> Proportion) -> [String] {
    let (evaluated, all) = (share(report.units.evaluated), share(report.units.all))
    guard evaluated != all else { return text(of: all, what) }
    return text(of: evaluated, what + ", where a rule was evaluated") + text(of: all, what + ", evaluated or not")
  }

  private func text(of share: Proportion, _ what: String) -> [String] {
    text(of: share).map { ["\(what): \($0)."] } ?? []
  }

  /// What one number hides: who, which sessions, how many rows; and how far the shadow is like production.
  private var measures: [String] {
    var lines: [String] = []
    let matrix = report.units.evaluated
    let parts = matrix.heldBackParts
    if matrix.precision.total > 0 {
      lines.append(
        "Held back: of \(counted(matrix.precision.total, "unit")) \(grouped(parts.harmful)) harmful, "
          + "\(grouped(parts.withinLimits)) within limits, \(grouped(parts.harmless)) harmless.")
    }
    lines += text(of: matrix.precision, "Precision") + text(of: matrix.specificity, "Specificity")
    lines += text(of: report.units.all.coverage, "Coverage")
    if let bounds = matrix.recallBounds, bounds.low < bounds.high {
      lines.append(
        "Whatever the open cases are, between \(percentage(bounds.low)) % and \(percentage(bounds.high)) % of the harmful "
          + "units were caught, where a rule was evaluated.")
    }
    if let balanced = matrix.balancedAccuracy {
      let matthews = matrix.matthews.map { ", Matthews' coefficient \(decimal($0))" } ?? ""
      lines.append("Balanced accuracy: \(percentage(balanced)) %\(matthews).")
    }
    if let share = report.groups.rowRecall {
      lines.append(
        "Rows at stake in units that were caught: \(grouped(report.groups.rowsStopped)) of \(grouped(report.groups.rowsAtStake)), "
          + "\(percentage(share)) %.")
    }
    if let text = text(of: report.groups.sessions) {
      lines.append("Harmful sessions in which something was caught: \(text).")
    }
    for kind in report.groups.byKind {
      lines += text(of: kind.units.all.recall, "Harmful units caught, identity \(kind.name)")
    }
    lines.append(fidelity)
    return lines
  }

  private var fidelity: String {
    let fidelity = report.fidelity
    guard let share = percentage(fidelity.matching, of: fidelity.compared) else {
      return "Fidelity: not measurable; the archive holds no row count that the shadow's could be held against."
    }
    let lowest = fidelity.lowest.prefix(3).map { "\($0.key) \($0.matching) of \($0.compared)" }
    return "Fidelity: \(grouped(fidelity.matching)) of \(grouped(fidelity.compared)) recorded row counts agree, "
      + "\(share) %; \(counted(fidelity.unmeasurable, "session")) without one"
      + (lowest.isEmpty ? "" : "; lowest: \(lowest.joined(separator: ", "))") + "."
  }

  private var gaps: [String] {
    let gaps = report.gaps.all
    guard !gaps.isEmpty else { return [] }
    let shown = gaps.prefix(10).map { "\($0.object) (\(counted($0.statements, "statement")), such as \($0.example))" }
    let rest = gaps.count > 10 ? ", and \(gaps.count - 10) more in --json" : ""
    return ["The shadow's schema lacks: \(shown.joined(separator: ", "))\(rest)."]
  }

  /// The share in numbers. A full population has no sampling error: the interval stands only beside a sample.
  private func text(of share: Proportion) -> String? {
    guard let cut = percentage(share.count, of: share.total) else { return nil }
    let head = "\(grouped(share.count)) of \(grouped(share.total)), \(cut) %"
    guard report.sample != nil, let interval = share.interval else { return head }
    return head + " (95 % interval \(percentage(interval.low)) % to \(percentage(interval.high)) %)"
  }
}

/// A number between -1 and 1 with two decimals, whatever the locale.
func decimal(_ value: Double) -> String {
  let hundredths = Int((abs(value) * 100).rounded())
  let rest = hundredths % 100
  return "\(value < 0 && hundredths > 0 ? "-" : "")\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
}

extension ReplayText {
  private func text(of sample: SampleFigures) -> [String] {
    let left = grouped(report.notSampled)
    var lines = [
      "Sampled: \(grouped(sample.sample.taken)) of \(grouped(sample.sample.population)) plain reads were replayed, and every "
        + "other statement; \(left) were not sampled and have no verdict (seed \(sample.sample.seed))."
    ]
    if let limit = sample.upperLimit {
      lines.append(
        "Deviations among the \(grouped(sample.graded)) sampled reads that were graded: \(grouped(sample.deviations)); with "
          + "95 % confidence at most \(percentageAtMost(limit, decimals: 3)) % of the plain reads deviate.")
    }
    return lines
  }
}
