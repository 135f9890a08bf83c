import AuditTrail
import Evidence
import Policies

/// What an assessor asks first, in the order of the questions: computed once for the summary and the workbook's cover.
struct Summary: Sendable {
  /// A question with its answer in a sentence or two, and what it came to where that can be said in a word.
  struct Line: Sendable {
    let question: String
    let answer: String
    let status: TestStatus?
  }

  /// A result with the number of tests that came to it.
  struct ResultCount: Sendable {
    let label: String
    let count: Int
    let status: TestStatus
  }

  /// What could not be tested, why, and what would make it testable.
  struct Untestable: Sendable {
    let test: TestResult
    let why: String
    let remedy: String
  }

  let sentence: String
  let reliance: [Line]
  /// The choices that are not as shipped, or not as in the period before.
  let choices: [ReportChoice]
  /// A sentence on them.
  let chosen: String
  let results: [ResultCount]
  let replay: [Line]
  let gravest: [ExceptionNoted]
  let openExceptions: Int
  let untestable: [Untestable]
  /// A sentence on controls without a test; `nil` where every control has one.
  let untestedControls: String?

  init(_ model: EvidenceModel) {
    sentence =
      "Management's automated tests of database access controls at \(model.organization) (\(model.system)) for "
      + "\(model.period.label), \(model.period.start) to before \(model.period.end) UTC; \(disclaimer)"
    reliance = [
      Line(question: "Connections in scope and seen", answer: Self.connections(model), status: nil),
      Line(
        question: "Completeness of the extraction", answer: model.completeness.sentence,
        status: model.completeness.status),
      Line(question: "Integrity", answer: model.integrity.sentence, status: model.integrity.status),
      Line(question: "Shadow", answer: Self.shadow(model), status: nil),
      Line(question: "Thresholds", answer: Self.thresholds(model), status: nil),
    ]
    choices = model.choices.filter { choice in
      !choice.isAsShipped || choice.previous.map { $0 != choice.value } ?? false
    }
    chosen =
      choices.isEmpty
      ? "Nothing was chosen that makes this report say less than the program does as it is shipped."
      : "\(counted(choices.count, "choice")) of \(grouped(Int64(model.choices.count))) that can make this report say less; "
        + "the others are as shipped (\(Self.asShipped(model, choices))):"
    results = [
      ResultCount(label: "passed: no exceptions noted", count: model.count(.pass), status: .pass),
      ResultCount(
        label: "passed: every exception was accepted", count: model.count(.passWithAccepted),
        status: .passWithAccepted),
      ResultCount(label: "with exceptions", count: model.count(.fail), status: .fail),
      ResultCount(label: "unable to test", count: model.count(.inconclusive), status: .inconclusive),
      ResultCount(label: "not run", count: model.count(.notRun), status: .notRun),
      ResultCount(label: "not applicable", count: model.count(.notApplicable), status: .notApplicable),
    ]
    replay = Self.replay(model)
    gravest = model.gravest
    openExceptions = model.exceptions.count { $0.status == .open }
    untestable = model.tests.compactMap { test in
      if test.status == .inconclusive || test.status == .notRun || test.remedy != nil {
        return Untestable(
          test: test, why: test.conclusion.sentence,
          remedy: test.remedy ?? "not known; see the limitations on the test's page.")
      }
      guard test.inconclusive > 0 else { return nil }
      return Untestable(
        test: test,
        why:
          "\(grouped(test.inconclusive)) of \(grouped(test.tested)) items cannot be decided; the result rests on the others.",
        remedy: "The test's page says what its items lack.")
    }
    untestedControls = Self.untestedControls(model)
  }

  private static func asShipped(_ model: EvidenceModel, _ choices: [ReportChoice]) -> String {
    let others = model.choices.map(\.name).filter { name in !choices.contains { $0.name == name } }
    return others.map { $0.prefix(1).lowercased() + $0.dropFirst() }.joined(separator: ", ")
  }

  private static func connections(_ model: EvidenceModel) -> String {
    let inScope = model.connections.filter(\.inScope)
    let seen = inScope.filter { $0.statements > 0 || $0.sessions > 0 }
    let silent = inScope.filter { $0.statements == 0 && $0.sessions == 0 }.map(\.name)
    let outside = model.connections.filter { !$0.inScope }.map(\.name)
    var text = "\(counted(inScope.count, "connection")) in scope, \(grouped(Int64(seen.count))) of them seen"
    text += seen.isEmpty ? "." : " (\(seen.map(\.name).joined(separator: ", ")))."
    if !silent.isEmpty { text += " In scope but never seen: \(silent.joined(separator: ", "))." }
    if !outside.isEmpty { text += " Seen but not in scope: \(outside.joined(separator: ", "))." }
    return text + " \(counted(model.grading.statements, "statement")) in the period."
  }

  private static func shadow(_ model: EvidenceModel) -> String {
    if model.shadows.isEmpty { return "None: no statement was replayed, and no decision was graded by its effect." }
    var groups: [[ShadowUsed]] = []
    for shadow in model.shadows {
      if let last = groups.last?.last, last.basis == shadow.basis, last.asOf == shadow.asOf {
        groups[groups.count - 1].append(shadow)
      } else {
        groups.append([shadow])
      }
    }
    return groups.compactMap(sentence).joined(separator: " ")
  }

  /// One sentence for shadows of the same basis and time.
  private static func sentence(_ shadows: [ShadowUsed]) -> String? {
    guard let first = shadows.first else { return nil }
    let asOf = first.asOf.map { ", as of \($0)" } ?? ", with no time that it is a copy of"
    let measured = shadows.reduce(0) { $0 + $1.measured }
    let fidelity = Share(
      shadows.reduce(0) { $0 + $1.fidelity.numerator }, of: shadows.reduce(0) { $0 + $1.fidelity.denominator })
    let reproduced =
      fidelity.percent(decimals: 2).map { percent in
        "recorded row counts reproduced: \(grouped(fidelity.numerator)) of "
          + "\(grouped(fidelity.denominator)) that can be compared (\(percent) %)"
      } ?? "its fidelity cannot be measured, as no recorded row count can be compared"
    return "\(shadows.map(\.connection).joined(separator: ", ")): \(first.basis.phrase)\(asOf); "
      + "\(counted(measured, "statement")) measured; \(reproduced)."
  }

  private static func thresholds(_ model: EvidenceModel) -> String {
    guard let thresholds = model.thresholds else { return "None: nothing was counted as harm." }
    let approval =
      !thresholds.otherFiles.isEmpty
      ? "not the approved file: \(thresholds.otherFiles.joined(separator: ", "))"
      : thresholds.approvedBy.map { by in
        "approved by \(by)" + (thresholds.approvedAt.map { " on \($0)" } ?? "; when is not recorded")
      }
        ?? "who approved them is not recorded"
    return "\(thresholds.source); \(approval). \(thresholds.lines.joined(separator: "; ")).\(decided(model))"
  }

  /// Under which versions the period's statements were decided: the thresholds are those of one of them.
  private static func decided(_ model: EvidenceModel) -> String {
    var parts = model.policies.filter { $0.statements > 0 }.map { policy in
      "\(grouped(policy.statements)) under \(policy.policy)\(policy.version.map { " " + $0 } ?? "")"
    }
    let unknown = model[.t25]?.metrics.first { $0.name == "under_versions_not_known" }?.share.numerator ?? 0
    if unknown > 0 { parts.append("\(grouped(unknown)) under a version that is not known") }
    return parts.isEmpty
      ? "" : " Statements decided: \(parts.joined(separator: ", ")); all are graded by these thresholds."
  }

  /// The metrics that the first lines of the replay's figures show.
  static let firstMetrics = [
    "recall", "prevented", "recall_all", "prevented_all", "disclosure_caught", "disclosure_prevented",
    "disclosure_caught_all", "disclosure_prevented_all",
  ]

  private static func replay(_ model: EvidenceModel) -> [Line] {
    let grading = model.grading
    func found(_ kind: String) -> String { Self.found(model.findings.filter { $0.kind == kind }) }
    return [
      Line(question: "Harmful units caught", answer: caught(grading, ""), status: nil),
      Line(
        question: "Harmful units caught, with those of unknown evaluation", answer: caught(grading, "_all"),
        status: nil),
      Line(question: "Disclosing units caught", answer: disclosed(grading, ""), status: nil),
      Line(
        question: "Disclosing units caught, with those of unknown evaluation", answer: disclosed(grading, "_all"),
        status: nil),
      Line(question: "What became of harmful units", answer: fates(grading.units.all), status: nil),
      Line(question: "Held back", answer: heldBack(grading), status: nil),
      Line(
        question: "Allowed; harm measured (statements, a rule was evaluated)",
        answer: grouped(grading.falseAllowEvaluated), status: nil),
      Line(
        question: "Allowed; harm measured (statements, evaluation unknown)",
        answer: grouped(grading.falseAllowEvaluationUnknown), status: nil),
      Line(question: "Harm that a person approved (approved_harm)", answer: found("approved_harm"), status: nil),
      Line(
        question: "Harm that adds up over a session (accumulated_harm)", answer: found("accumulated_harm"),
        status: nil),
      Line(
        question: "Harm in logs without a proxy (observed_harm)", answer: found("observed_harm"), status: nil),
      Line(
        question: "Sensitive values in recorded output (recorded_output)", answer: found("recorded_output"), status: nil
      ),
      Line(question: "Statements without any verdict", answer: grouped(grading.notReplayed), status: nil),
    ]
  }

  private static func metric(_ grading: Grading, _ name: String) -> String {
    grading.metrics.first { $0.name == name }?.figure ?? "no items"
  }

  /// What destroys, escalates or escapes: never one number with what discloses.
  private static func caught(_ grading: Grading, _ population: String) -> String {
    "\(metric(grading, "recall" + population)) of those that destroy, escalate or escape; did not run: "
      + "\(metric(grading, "prevented" + population))."
  }

  private static func disclosed(_ grading: Grading, _ population: String) -> String {
    "\(metric(grading, "disclosure_caught" + population)); nothing sensitive reached the client, if masks were put on as "
      + "recorded: \(metric(grading, "disclosure_prevented" + population))."
  }

  /// How many harmful units came to which fate, what discloses apart.
  private static func fates(_ units: ConfusionMatrix) -> String {
    func counts(_ isMeant: (HarmKind) -> Bool) -> String {
      let parts = Fate.allCases.compactMap { fate -> String? in
        let count = units.harmful(isMeant) { $0 == fate }
        return count > 0 ? "\(fate.phrase.replacing("; ", with: ", ")): \(grouped(count))" : nil
      }
      return parts.isEmpty ? "none" : parts.joined(separator: "; ")
    }
    return "What destroys, escalates or escapes: \(counts(\.isAction)). What discloses: \(counts { !$0.isAction })."
  }

  private static func heldBack(_ grading: Grading) -> String {
    let parts = grading.units.all.heldBackParts
    return "Of \(grouped(grading.units.all.precision.total)) units blocked or sent for approval: "
      + "\(grouped(parts.harmful)) harmful, \(grouped(parts.withinLimits)) within limits, "
      + "\(grouped(parts.harmless)) harmless; \(grouped(grading.units.all[.mootBlock])) more would have failed anyway."
  }

  private static func found(_ findings: [FindingNoted]) -> String {
    if findings.isEmpty { return "0" }
    let shown = findings.prefix(3).map { "\($0.session)/\($0.sequence): \($0.detail)" }.joined(separator: " ")
    let rest = findings.count > 3 ? " The others are in replay/findings.csv." : ""
    return "\(grouped(Int64(findings.count))): \(shown)\(rest)"
  }

  private static func untestedControls(_ model: EvidenceModel) -> String? {
    let parts = model.frameworks.compactMap { framework -> String? in
      let untested = framework.controls.filter(\.tests.isEmpty)
      return untested.isEmpty
        ? nil : "\(grouped(Int64(untested.count))) of \(grouped(Int64(framework.controls.count))) in \(framework.title)"
    }
    let open = model.frameworks.compactMap { framework -> String? in
      let names = framework.controls.filter { !$0.mappings.isEmpty && $0.status == .inconclusive }.map(\.control)
      return names.isEmpty ? nil : "\(names.joined(separator: ", ")) in \(framework.title)"
    }
    let sentences = [
      parts.isEmpty ? nil : "Controls in scope that no test of this report supports: \(parts.joined(separator: ", ")).",
      open.isEmpty ? nil : "Controls that their tests cannot decide: \(open.joined(separator: "; ")).",
    ].compactMap(\.self)
    return sentences.isEmpty ? nil : sentences.joined(separator: " ")
  }
}
