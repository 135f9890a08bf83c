import AuditTrail
import Ledger
import Policies

/// What a session came to beyond its statements' verdicts.
///
/// `approved_harm`: harmful, reviewed, and it ran. `observed_harm`: a harmful unit that a log shows and nobody decided on.
/// `accumulated_harm`: the rows that its statements destroyed pass `session_rows` together though none of them did alone.
func sessionFindings(_ result: SessionResult, _ approvals: RecordedApprovals) -> [Finding] {
  var findings: [Finding] = []
  var (total, largest): (Int64, Int64) = (0, 0)
  var lastUnit: Int64?
  var passedAt: (entry: GradedEntry, limit: Int64)?
  for (entry, harm) in zip(result.entries, result.harm) {
    if entry.verdict.isHarmful, entry.statement.decision.action == .review, entry.statement.outcome == .ran {
      findings.append(approvedHarm(entry, approvals))
    }
    let isFirst = entry.statement.unit == nil || entry.statement.unit != lastUnit
    lastUnit = entry.statement.unit
    if entry.verdict.fate == .observed, isFirst { findings.append(observedHarm(entry, of: result)) }
    guard entry.input.effect.kept, entry.statement.outcome != .notRun, let limit = harm.destroys?.sessionRows,
      entry.input.effect.tookEffect
    else { continue }
    let rows = harm.sessionRows(destroyedBy: entry.input.effect)
    let (sum, overflow) = total.addingReportingOverflow(rows)
    total = overflow ? .max : sum
    largest = max(largest, rows)
    if passedAt == nil, total >= limit { passedAt = (entry, limit) }
  }
  if let (entry, limit) = passedAt, largest < limit {
    findings.append(
      Finding(
        kind: "accumulated_harm", session: result.job.session.id, statement: entry.statement.id,
        detail: "with statement \(entry.statement.sequence) the session had destroyed \(counted(limit, "row")) or "
          + "more; in all it destroyed \(grouped(total)), at most \(grouped(largest)) in one statement"))
  }
  return findings
}

/// What the unit that begins with the statement did, all of its statements together.
private func observedHarm(_ first: GradedEntry, of result: SessionResult) -> Finding {
  let unit = result.entries.filter {
    $0.statement.id == first.statement.id || first.statement.unit != nil && $0.statement.unit == first.statement.unit
  }
  let kept = unit.filter { $0.effect.kept && $0.statement.outcome != .notRun }
  return Finding(
    kind: "observed_harm", session: first.statement.session, statement: first.statement.id,
    detail: "\(deeds(kept.map(\.effect))); nothing decided on it, as the archive records")
}

/// What statements did on the shadow, in words, without values.
private func deeds(_ effects: [Effect]) -> String {
  let rows = effects.reduce(Int64(0)) { sum, effect in
    let (total, overflow) = sum.addingReportingOverflow(effect.rowsDestroyed)
    return overflow ? .max : total
  }
  var deeds = ["destroyed \(counted(rows, "row"))"]
  let objects = effects.flatMap(\.dropped).filter { !$0.isScratch }.map { "\($0.type) \($0.name)" }
  if !objects.isEmpty { deeds.append("dropped \(objects.joined(separator: ", "))") }
  let gained = Set(effects.flatMap(\.escalated)).sorted()
  if !gained.isEmpty { deeds.append("gained \(gained.joined(separator: ", "))") }
  let columns = Set(effects.filter { $0.leak >= .derived }.flatMap(\.leakedColumns)).sorted()
  if !columns.isEmpty { deeds.append("disclosed \(columns.joined(separator: ", "))") }
  return deeds.joined(separator: ", ")
}

private func approvedHarm(_ entry: GradedEntry, _ approvals: RecordedApprovals) -> Finding {
  var detail = deeds([entry.effect])
  if let link = entry.statement.approval, let approval = approvals[link.id] {
    let approvers =
      approval.automatic
      ? "a rule"
      : Set(approval.decisions.filter { $0.decision == "approved" }.map(\.user)).sorted().joined(separator: ", ")
    detail += "; approved by \(approvers.isEmpty ? "nobody named" : approvers)"
    if let granted = approval.grantedAt {
      detail += " \(granted.seconds - approval.requestedAt.seconds) s after the request"
    }
    if link.link == .inferred { detail += " (approval inferred)" }
  } else {
    detail += "; no approval is on record"
  }
  return Finding(
    kind: "approved_harm", session: entry.statement.session, statement: entry.statement.id, detail: detail)
}
