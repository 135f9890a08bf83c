import AuditTrail
import Ledger
import Policies
import ShadowReplay

/// What a replay came to, for people.
struct ReplayText {
  private let report: ReplayReport

  init(_ report: ReplayReport) { self.report = report }

  private static let phrases = [
    "accumulated_harm": "Sessions whose small steps add up to harm", "approved_harm": "Harm that a person approved",
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
    if !report.inconclusive.isEmpty {
      let reasons = report.inconclusive.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      lines.append(
        "Could not be graded: " + reasons.map { "\($0.key) \(grouped($0.value))" }.joined(separator: ", ") + ".")
    }
    for (kind, count) in report.findings.sorted(by: { $0.key < $1.key }) {
      lines.append("\(Self.phrases[kind] ?? kind): \(grouped(count)) (\(kind)).")
    }
    for shadow in report.shadows {
      lines.append(
        "Shadow of \(shadow.connection): \(shadow.source) (\(shadow.basis.rawValue)"
          + (shadow.asOf.map { ", as of \($0.date)" } ?? "") + ").")
    }
    return lines.joined(separator: "\n")
  }
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
