import AuditTrail

/// A session's review, hoop's name for a request for approval.
struct HoopReview {
  var id: String
  var isOneTime: Bool
  var status: ApprovalStatus
  var createdAt: Timestamp?
  var expiresAt: Timestamp?
  var rule: String?
  var decisions: [ApprovalDecision]
  /// Why it was rejected.
  var rejectionReason: String?
  /// How many must approve, and the groups that may do it alone.
  var minimumApprovals: Int64?
  var forcingGroups: Set<String> = []
  /// Whether the approved script may run in some hours only.
  var hasTimeWindow = false

  /// Reads a review; `nil` where the session has none. Source: hoop's `SessionReview`.
  init?(_ value: JSONTree) throws(Rejection) {
    guard case .object = value else { return nil }
    id = HoopSession.normalised(try value.required("id"))
    isOneTime = value["type"].text != "jit"
    status = Self.status(value["status"].text)
    createdAt = try value.time("created_at")
    expiresAt = try value.time("revoke_at")
    rule = value["access_request_rule_name"].text
    rejectionReason = value["rejection_reason"].text
    minimumApprovals = value["min_approvals"].integer
    forcingGroups = Set(value["force_approval_groups"].elements.compactMap(\.text))
    hasTimeWindow = !value["time_window"].isNull
    decisions = []
    for group in value["review_groups_data"].elements {
      let reviewer = group["reviewed_by"]
      let name = reviewer["email"].text ?? reviewer["name"].text ?? reviewer["id"].text ?? group["owner_email"].text
      var time = try group.time("review_date")
      if time == nil { time = try group.time("reviewed_at") }
      guard let name, let time else { continue }
      decisions.append(
        ApprovalDecision(
          user: name, group: group["group"].text ?? group["group_name"].text, decision: Self.verb(group["status"].text),
          time: time, forced: group["forced_review"].boolean ?? false))
    }
    decisions.sort { $0.time < $1.time }
  }

  /// Running and having run presuppose that it was approved; an unknown status is not an approval.
  private static func status(_ text: String?) -> ApprovalStatus {
    switch text {
    case "APPROVED", "PROCESSING", "EXECUTED": .approved
    case "REJECTED": .rejected
    case "REVOKED": .revoked
    default: .pending
    }
  }

  private static func verb(_ text: String?) -> String {
    switch status(text) {
    case .approved: "approved"
    case .rejected: "rejected"
    case .revoked: "revoked"
    case .expired, .pending: "pending"
    }
  }

  /// When the last reviewer decided.
  var lastDecision: Timestamp? { decisions.map(\.time).max() }

  /// Whether it was approved by fewer people than it asks for, and by none who may approve alone.
  var isGrantedByTooFew: Bool {
    guard released, let minimumApprovals, !decisions.isEmpty else { return false }
    let granted = decisions.filter { $0.decision == "approved" }
    let isForced = granted.contains { $0.forced || $0.group.map { forcingGroups.contains($0) } == true }
    return !isForced && Int64(Set(granted.map(\.user)).count) < minimumApprovals
  }

  /// Whether the script may have run.
  var released: Bool { status == .approved }

  /// The record.
  func approval(of session: HoopSession) -> Approval {
    let granted = decisions.filter { $0.decision == "approved" }.map(\.time).max()
    // hoop has no field for a reason; what the session's metadata gives is the only "why".
    return Approval(
      id: id, connection: session.connection, session: isOneTime ? session.id : nil,
      requestedBy: session.identity?.user ?? "unknown", requestedAt: createdAt ?? session.start,
      reason: session.purpose?.reason ?? session.purpose?.ticket, status: status,
      automatic: released && decisions.isEmpty, rule: rule, decisions: decisions,
      validFrom: granted ?? (released ? createdAt : nil), expiresAt: expiresAt, unitSHA256: nil)
  }
}
