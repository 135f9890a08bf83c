import AuditTrail
public import Ledger
import Policies

extension Incident {
  /// The first line: when, who and for whom, what was lost or seen, whether it was allowed, approved or not evaluated,
  /// and which rule would have stopped it.
  public var headline: String {
    guard let session = sessions.first else { return "No statement was sent in that time." }
    let step = gravest
    if harmful.count > 1 { return headline(of: harmful, step) }
    let subject = step.map { sessions[$0.session].entry } ?? session.entry
    return "\(when(step)), \(Self.who(subject)) on \(subject.connection.name): \(what(step)). "
      + [decided(step), stopping(step)].compactMap(\.self).joined(separator: " ")
  }

  /// The sessions that did harm, one an identity and connection; with none or one of them the headline is about one.
  private var harmful: [SessionEntry] {
    var known: Set<String> = []
    return steps.filter { $0.standing == .harm }.map { sessions[$0.session].entry }.filter { session in
      known.insert("\(session.whoBriefly) \(session.actsFor ?? "") \(session.connection.name)".exactKey).inserted
    }
  }

  /// A first line about several identities: what they did together, and how it was decided.
  private func headline(of parties: [SessionEntry], _ step: IncidentStep?) -> String {
    let harm = steps.filter { $0.standing == .harm }
    let users = parties.map(\.whoBriefly).sortedExactly()
    let who = users.count > 3 ? counted(users.count, "identity", "identities") : enumerated(users)
    let connections = enumerated(parties.map(\.connection.name).sortedExactly())
    let first = harm.map(\.time).min(), last = harm.map(\.time).max()
    let when = [first, last].compactMap { $0?.minute }.joined(separator: " to ")
    var decided: [String: Int] = [:]
    for step in harm { decided[step.shortDecision, default: 0] += 1 }
    let decisions = decided.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\(grouped($0.value)) \($0.key)" }
    return "\(when) UTC, \(who) on \(connections): \(what(step)). "
      + [
        "Of \(counted(harm.count, "harmful statement")): \(decisions.joined(separator: ", ")).", stopping(step),
      ].compactMap(\.self).joined(separator: " ")
  }

  /// Who, and for whom.
  public static func who(_ session: SessionEntry) -> String {
    session.who + (session.actsFor.map { " for \($0)" } ?? "")
  }

  /// The step that did most harm, else the one at which harm added up, else the gravest that was stopped or changed something.
  var gravest: IncidentStep? {
    let steps = steps
    func worst(_ standing: IncidentStep.Standing) -> IncidentStep? {
      steps.filter { $0.standing == standing }.max { $0.weight < $1.weight }
    }
    if let harm = worst(.harm) { return harm }
    if let finding = findings.first, let step = steps.first(where: { $0.id == finding.step }) { return step }
    if totals.recordedOnly.rows > 0, let step = recordedOnlyStep { return step }
    return worst(.stopped) ?? worst(.changed) ?? worst(.undone) ?? steps.first
  }

  /// The unmeasured step of which the archive records most rows.
  private var recordedOnlyStep: IncidentStep? {
    steps.filter { $0.standing == .unmeasured && $0.recorded?.kind == .affected }
      .max { ($0.recorded?.rows ?? 0, $1.time) < ($1.recorded?.rows ?? 0, $0.time) }
  }

  private func when(_ step: IncidentStep?) -> String {
    let (first, last) = (sessions.map(\.first).min(), sessions.map(\.last).max())
    if let step, [.harm, .stopped, .unmeasured].contains(step.standing) { return "\(step.time.minute) UTC" }
    guard let first, let last, first.minute != last.minute else { return "\((first ?? last)?.minute ?? "") UTC" }
    return "\(first.minute) to \(first.date == last.date ? String(last.clock.prefix(5)) : last.minute) UTC"
  }

  private func what(_ step: IncidentStep?) -> String {
    let besides = recordedOnlyPhrase
    if !blast.isEmpty { return onShadow + lost + recordedToo + (besides.map { "; besides, \($0)" } ?? "") }
    if let besides { return besides }
    if totals.measured == 0 {
      return "\(counted(totals.statements, "statement")), no effect measured (run `assay replay`)"
    }
    let wouldHave = stoodToBeLost
    if !wouldHave.isEmpty, step?.standing == .stopped || step?.standing == .undone {
      return "nothing was lost; " + onShadow + "\(enumerated(wouldHave)) stood to be"
    }
    let unmeasured = totals.statements - totals.measured
    return "nothing was lost and nothing sensitive seen in \(counted(totals.measured, "measured statement"))"
      + (unmeasured > 0 ? "; \(grouped(unmeasured)) could not be measured" : "")
  }

  /// What was lost, seen and gained, in one breath.
  private var lost: String {
    var parts = blast.objects.prefix(3).map { loss in
      "\(loss.object.type) \(loss.object.name)" + (loss.object.rows.map { " with \(counted($0, "row"))" } ?? "")
        + " was dropped"
    }
    if blast.objects.count > 3 { parts.append("\(grouped(blast.objects.count - 3)) more objects were dropped") }
    let losses = blast.tables.filter { $0.destroyed > 0 }
    // The tables that the statements name come before those that cascades and code reached, however many rows these lost.
    let tables = losses.filter(\.isDirect) + losses.filter { !$0.isDirect }
    if !tables.isEmpty {
      // The fourth takes no more words than "1 more table".
      let shown = tables.count == 4 ? 4 : 3
      var named = tables.prefix(shown).map { "\(counted($0.destroyed, "row")) of \($0.table)" }
      let rest = tables.dropFirst(shown)
      if !rest.isEmpty {
        let rows = rest.reduce(Int64(0)) { $0 &+ $1.destroyed }
        named.append("\(counted(rows, "row")) of \(counted(rest.count, "more table"))")
      }
      let isDeleted = tables.allSatisfy { $0.overwritten == 0 }
      let isOverwritten = tables.allSatisfy { $0.deleted == 0 }
      let verb = isDeleted ? "deleted" : isOverwritten ? "overwritten" : "deleted or overwritten"
      let isOne = tables.count == 1 && tables[0].destroyed == 1
      let steps = Set(tables.flatMap(\.steps)).count
      parts.append(
        "\(enumerated(Array(named))) \(isOne ? "was" : "were") \(verb)"
          + (steps > 1 ? " by \(counted(steps, "statement"))" : "")
          + (isSummedOverSessions ? " (each session counted on a fresh copy, what went before it still there)" : ""))
    }
    if !blast.disclosures.isEmpty {
      let columns = Set(blast.disclosures.map(\.column)).sorted()
      let shown = columns.prefix(3) + (columns.count > 3 ? ["\(columns.count - 3) more columns"] : [])
      let most = blast.disclosures.max { (max($0.rows, $0.values), $0.rows) < (max($1.rows, $1.values), $1.rows) }
      let amount = most?.amount ?? ""
      parts.append(
        "\(enumerated(Array(shown))) \(columns.count == 1 ? "was" : "were") seen "
          + (amount.contains("value") ? "(\(amount))" : "in \(amount)"))
    }
    parts += blast.escalated.isEmpty ? [] : ["rights were gained (\(blast.escalated[0].what))"]
    parts += blast.escapes.isEmpty ? [] : ["an escape from the database was let through (\(blast.escapes[0].what))"]
    return enumerated(parts)
  }

  /// What stood to be lost, had it not been stopped or undone.
  private var stoodToBeLost: [String] {
    blast.objectsUndone.prefix(2).map { "\($0.object.type) \($0.object.name)" }
      + blast.undone.filter { $0.destroyed > 0 }.prefix(2).map { loss in
        "\(counted(min(loss.destroyed, loss.before ?? .max), "row")) of \(loss.table)"
      }
      + blast.escapesStopped.prefix(1).map { "an escape from the database (\($0.what))" }
  }

  /// On what it was measured.
  private var onShadow: String {
    guard let shadow = shadows.first else { return "" }
    let others = shadows.count > 1 ? " and \(counted(shadows.count - 1, "other"))" : ""
    return "on \(shadowWords(shadow.basis, shadow.asOf))\(others) "
  }

  /// What the archive itself counts.
  private var recordedToo: String {
    guard blast.rowsDestroyed > 0 else { return "" }
    let rows = "; the archive records \(counted(totals.recordedRows, "row"))"
    switch (totals.recordedChanges, totals.unrecordedChanges) {
    case (0, _): return "; the archive records no row count"
    case (_, 0): return rows + (blast.tables.contains { $0.indirect > 0 } ? ", without what cascades and code did" : "")
    default:
      let all = totals.recordedChanges + totals.unrecordedChanges
      return rows + " for \(grouped(totals.recordedChanges)) of \(counted(all, "changing statement"))"
    }
  }

  private func decided(_ step: IncidentStep?) -> String? {
    guard let step, step.standing != .harmless else { return nil }
    if step.standing == .changed, let finding = findings.first(where: { $0.kind == "accumulated_harm" }) {
      return
        "Each statement was \(step.decision.action == .review ? "approved" : "allowed") and within limits; together "
        + "they passed a session's limit at \(name(finding.step))."
    }
    let rule = step.decision.rule.map { ", by rule \($0)" } ?? ""
    let also = decisionsOfHarm > 1 ? " (other statements of it otherwise, see below)" : ""
    switch step.decision.action {
    case .observed: return "It was logged; nothing was decided."
    case .block: return "It was blocked\(rule)."
    case .mask: return "It was allowed with masks\(rule)\(also)."
    case .allow:
      if step.completeness.contains(.evaluationUnknown) {
        return "It was let through; the archive does not show that a rule was evaluated\(also)."
      }
      let isVariant = findings.contains { $0.kind == "bypass_after_block" && $0.step == step.id }
      return "It was allowed\(rule)\(isVariant ? ", after a variant of it had been blocked" : "")\(also)."
    case .review:
      switch step.outcome {
      case .ran:
        let approval = approvals.first { $0.approval.id == step.approval }
        return approval.map { "It was approved\($0.byWhom)\(also)." }
          ?? "It needed an approval and ran; none is on record."
      case .ranUnapproved: return "It needed an approval and ran without one in force."
      case .notRun: return "It was held for approval and did not run."
      case .unknown: return "It needed an approval; whether it ran is not recorded."
      }
    }
  }

  private var decisionsOfHarm: Int {
    Set(steps.filter { $0.standing == .harm }.map(\.decision.action)).count
  }

  /// Which rule would have stopped it: the tried policy's, else the latest's, else the one's that was in force.
  private func stopping(_ step: IncidentStep?) -> String? {
    guard let step, step.standing == .harm || !findings.isEmpty else { return nil }
    guard !judgements.isEmpty else { return "No policy was given that could have stopped it (--policy)." }
    let order: [PolicyJudgement.Role] = [.candidate, .latest, .inForce]
    let ranked = order.flatMap { role in judgements.filter { $0.role == role } }
    // What was stopped when it was recorded needs no other rule: it is about the harm that took place, where some did.
    let harm = Set(steps.filter { $0.standing == .harm }.map(\.id))
    func told(_ judgement: PolicyJudgement) -> [PolicyJudgement.Step] {
      harm.isEmpty ? judgement.steps : judgement.steps.filter { harm.contains($0.step) }
    }
    if let judgement = ranked.first(where: { told($0).contains { $0.reach == .stops } }) {
      let told = told(judgement)
      let stops = told.filter { $0.reach == .stops }
      let stop = stops[0]
      if Set(stops.map(\.rule)).count > 1 {
        return "\(judgement.title) (\(judgement.role.phrase)) would have stopped \(stops.count) of "
          + "\(counted(told.count, "such statement")), first \(name(stop.step)) by rule \(stop.rule ?? "none")."
      }
      let rule = stop.rule.map { "Rule \($0)" } ?? "The default"
      let share = told.count > 1 ? ", \(stops.count) of \(told.count) such statements" : ""
      let first = told.count > 1 ? ", first at \(name(stop.step))" : ""
      return "\(rule) of \(judgement.title) (\(judgement.role.phrase)) would have \(stop.deed)\(first)\(share)."
    }
    let titles = ranked.map { "\($0.title) (\($0.role.phrase))" }
    let mayBe = ranked.contains { told($0).contains { $0.reach == .maybe } }
    return
      (mayBe
      ? "Whether a rule would have stopped it depends on what is not recorded: " : "No rule would have stopped it: ")
      + titles.joined(separator: ", ") + "."
  }
}

extension IncidentStep {
  /// How it was decided, for counting.
  fileprivate var shortDecision: String {
    switch decision.action {
    case .allow: completeness.contains(.evaluationUnknown) ? "let through (no evaluation shown)" : "allowed"
    case .mask: "allowed with masks"
    case .review: outcome == .ranUnapproved ? "ran without an approval" : "approved"
    case .block: "blocked"
    case .observed: "logged only"
    }
  }

  /// How grave, for comparing steps of one standing.
  fileprivate var weight: (Int, Int64, Int64) {
    (graded?.verdict.severity.rawValue ?? 0, graded?.effect.rowsDestroyed ?? 0, -time.nanoseconds)
  }
}

extension IncidentApproval {
  /// ` by finn@example.org, 120 s after the request`.
  var byWhom: String {
    if approval.automatic { return " by a rule" }
    let users = Set(approval.decisions.filter { $0.decision == "approved" }.map(\.user)).sorted()
    var text = users.isEmpty ? ", by nobody named" : " by \(enumerated(users))"
    if let granted = approval.grantedAt {
      text += ", \(waited(granted.seconds - approval.requestedAt.seconds)) after the request"
    }
    return text + (link == .inferred ? " (joined by person, connection and time)" : "")
  }
}

/// `2 min`, `25 s`, `2 h`: a stretch of time, rounded down.
func waited(_ seconds: Int64) -> String {
  switch seconds {
  case ..<120: "\(seconds) s"
  case ..<7200: "\(seconds / 60) min"
  default: "\(seconds / 3600) h"
  }
}
