package import AuditTrail

/// What became of a unit, by what the proxy did, whether it ran, and who approved it; `nil` where it is not harmful.
///
/// A blocked unit that ran all the same was let through; an outcome that nobody knows counts as ran.
package func fate(of unit: [GradeInput], _ verdict: Verdict) -> Fate? {
  guard let kind = verdict.kind, let action = unit.first?.decision.action else { return nil }
  let ran = unit.contains { $0.outcome != .notRun }
  let isUnevaluated = unit.contains { $0.completeness.contains(.evaluationUnknown) }
  let passed = isUnevaluated ? Fate.letThroughUnevaluated : .letThrough
  switch action {
  case .observed: return .observed
  case .block: return ran ? passed : .blocked
  case .review: return ran ? approval(of: unit) ?? .unapproved : .held
  case .allow, .mask:
    if kind == .discloses, verdict.name == .confirmedMask { return .masked }
    return approval(of: unit) ?? passed
  }
}

/// The fate that approvals give a unit that ran: `approved` where another person approved each of its statements, and
/// `auto_approved` where a rule did.
private func approval(of unit: [GradeInput]) -> Fate? {
  if unit.contains(where: { $0.outcome == .ranUnapproved }) { return nil }
  if unit.allSatisfy({ $0.approval?.counts == true }) { return .approved }
  let isGranted = unit.allSatisfy { $0.approval?.counts == true || $0.approval?.standing == .automatic }
  return isGranted ? .autoApproved : nil
}

/// What an approval is worth for a unit that was sent at a moment.
///
/// - Parameters:
///   - people: Who sent it, and for whom: their own approval is none.
///   - link: How the approval came to be joined to the unit.
///   - isShared: Whether other units refer to the same approval.
package func judge(
  _ approval: Approval, at time: Timestamp, for people: [String], link: ApprovalLink, isShared: Bool
) -> ApprovalJudgement {
  let isBound = approval.unitSHA256 != nil || link == .recorded && !isShared
  let scope: ApprovalScope = isBound ? .unit : approval.session != nil ? .session : .window
  return ApprovalJudgement(standing(approval, at: time, for: people), for: scope)
}

private func standing(_ approval: Approval, at time: Timestamp, for people: [String]) -> ApprovalStanding {
  switch approval.status {
  case .rejected: return .rejected
  case .pending: return .pending
  case .approved, .expired, .revoked: break
  }
  guard let granted = approval.grantedAt else { return .pending }
  if granted > time || approval.validFrom.map({ $0 > time }) == true { return .late }
  if approval.expiresAt.map({ $0 < time }) == true { return .expired }
  if !approval.isInForce(at: time) { return .revoked }
  if approval.automatic { return .automatic }
  let approvers = Set(approval.decisions.filter { $0.decision == "approved" }.map { lowercasedASCII($0.user) })
  if approvers.isEmpty { return .unnamed }
  let own = Set((people + [approval.requestedBy]).map(lowercasedASCII))
  return approvers.isSubset(of: own) ? .own : .anotherPerson
}
