import AuditTrail
import Ledger
import Policies

/// Approvals by their row ids.
typealias ApprovalsByID = [Int64: Approval]

/// What a session came to beyond its statements' verdicts.
///
/// `approved_harm`: harmful, reviewed, and it ran. `accumulated_harm`: the rows that its statements destroyed pass
/// `session_rows` together though none of them did alone.
func sessionFindings(_ result: SessionResult, _ approvals: ApprovalsByID) -> [Finding] {
  var findings: [Finding] = []
  var (total, largest): (Int64, Int64) = (0, 0)
  var passedAt: (entry: GradedEntry, limit: Int64)?
  for (entry, harm) in zip(result.entries, result.harm) {
    if entry.verdict.name == .confirmedReview, entry.verdict.severity >= .s3, entry.statement.outcome == .ran {
      findings.append(approvedHarm(entry, approvals))
    }
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
        detail: "with statement \(entry.statement.sequence) the session had destroyed \(limit) rows or more; "
          + "in all it destroyed \(total), at most \(largest) in one statement"))
  }
  return findings
}

private func approvedHarm(_ entry: GradedEntry, _ approvals: ApprovalsByID) -> Finding {
  var detail = "destroyed \(entry.input.effect.rowsDestroyed) rows"
  let objects = entry.input.effect.dropped.filter { !$0.isScratch }.map { "\($0.type) \($0.name)" }
  if !objects.isEmpty { detail += ", dropped \(objects.joined(separator: ", "))" }
  if !entry.input.effect.leakedColumns.isEmpty, entry.input.effect.leak >= .derived {
    detail += ", disclosed \(entry.input.effect.leakedColumns.joined(separator: ", "))"
  }
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
