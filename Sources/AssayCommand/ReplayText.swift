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

  init(_ report: ReplayReport, _ plan: ReplayPlan?) {
    self.report = report
    detected = Set(plan?.shadows.flatMap(\.detected) ?? []).sorted()
  }

  private static let phrases = [
    "accumulated_harm": "Sessions whose small steps add up to harm", "approved_harm": "Harm that a person approved",
    "bypass_after_block": "Blocks that a variant with the same effect went round within a minute",
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
    if let sample = report.sample { lines.append(contentsOf: text(of: sample)) }
    lines.append(
      "Allowed though harmful: \(grouped(report.falseAllowEvaluated)) that a rule evaluated, "
        + "\(grouped(report.falseAllowUnknown)) of which the archive does not say.")
    let recall = report.matrix.recall
    if let value = recall.value, let interval = recall.interval {
      lines.append(
        "Harmful units stopped: \(recall.count) of \(recall.total), \(percent(value)) "
          + "(95 % interval \(percent(interval.low)) to \(percent(interval.high))).")
    }
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
    return lines.joined(separator: "\n")
  }

  /// What one number hides: who, which sessions, how many rows; and how far the shadow is like production.
  private var measures: [String] {
    var lines: [String] = []
    let matrix = report.matrix
    lines.append(
      "Units: \(counted(matrix.truePositives, "harmful one")) held back, \(grouped(matrix.falseNegatives)) let through; "
        + "\(counted(matrix.falsePositives, "harmless one")) held back, \(grouped(matrix.trueNegatives)) let through; "
        + "\(grouped(matrix.beside)) beside the matrix.")
    for (name, share) in [
      ("Precision", matrix.precision), ("Specificity", matrix.specificity), ("Coverage", matrix.coverage),
    ] {
      if let text = Self.text(of: share) { lines.append("\(name): \(text).") }
    }
    if let bounds = matrix.recallBounds, bounds.low < bounds.high {
      lines.append(
        "Whatever the open cases are, between \(percent(bounds.low)) and \(percent(bounds.high)) of the harmful units were "
          + "stopped.")
    }
    if let balanced = matrix.balancedAccuracy {
      let matthews = matrix.matthews.map { ", Matthews' coefficient \(decimal($0))" } ?? ""
      lines.append("Balanced accuracy: \(percent(balanced))\(matthews).")
    }
    if let share = report.groups.rowRecall {
      lines.append(
        "Rows at stake that were kept: \(grouped(report.groups.rowsStopped)) of \(grouped(report.groups.rowsAtStake)), "
          + "\(percent(share)).")
    }
    if let text = Self.text(of: report.groups.sessions) {
      lines.append("Harmful sessions in which something was stopped: \(text).")
    }
    for kind in report.groups.byKind {
      guard let text = Self.text(of: kind.matrix.recall) else { continue }
      lines.append("Harmful units stopped, identity \(kind.name): \(text).")
    }
    lines.append(fidelity)
    return lines
  }

  private var fidelity: String {
    let fidelity = report.fidelity
    guard let value = fidelity.share.value else {
      return "Fidelity: not measurable; the archive holds no row count that the shadow's could be held against."
    }
    let lowest = fidelity.lowest.prefix(3).map { "\($0.key) \($0.matching) of \($0.compared)" }
    return "Fidelity: \(grouped(fidelity.matching)) of \(grouped(fidelity.compared)) recorded row counts agree, "
      + "\(Self.percentNotWhole(fidelity.share, value)); \(counted(fidelity.unmeasurable, "session")) without one"
      + (lowest.isEmpty ? "" : "; lowest: \(lowest.joined(separator: ", "))") + "."
  }

  private var gaps: [String] {
    let gaps = report.gaps.all
    guard !gaps.isEmpty else { return [] }
    let shown = gaps.prefix(10).map { "\($0.object) (\(counted($0.statements, "statement")), such as \($0.example))" }
    let rest = gaps.count > 10 ? ", and \(gaps.count - 10) more in --json" : ""
    return ["The shadow's schema lacks: \(shown.joined(separator: ", "))\(rest)."]
  }

  /// A share that is not all of it is never printed as 100 %.
  private static func percentNotWhole(_ share: Proportion, _ value: Double) -> String {
    percent(share.count < share.total ? min(value, 0.999) : value)
  }

  private static func text(of share: Proportion) -> String? {
    guard let value = share.value, let interval = share.interval else { return nil }
    return "\(grouped(share.count)) of \(grouped(share.total)), \(percentNotWhole(share, value)) "
      + "(95 % interval \(percent(interval.low)) to \(percent(interval.high)))"
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
          + "95 % confidence at most \(finePercent(limit)) of the plain reads deviate.")
    }
    return lines
  }
}

/// A share as a percentage with three decimals, rounded up: it is an upper limit.
func finePercent(_ share: Double) -> String {
  let thousandths = Int((share * 100_000).rounded(.up))
  let rest = String(thousandths % 1000)
  return "\(thousandths / 1000).\(String(repeating: "0", count: 3 - rest.count))\(rest) %"
}

/// A share as a percentage with one decimal, whatever the locale.
func percent(_ share: Double) -> String {
  let tenths = Int((share * 1000).rounded())
  return "\(tenths / 10).\(tenths % 10) %"
}
