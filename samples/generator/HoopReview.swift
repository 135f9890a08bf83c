import AuditTrail

/// A review as hoop's session detail holds it.
struct HoopReview {
  var name: String
  var type = "onetime"
  var status = "EXECUTED"
  var requested: Timestamp
  var reviewer: Actor?
  var reviewedAt: Timestamp?
  var minutes = 60
  var forced = false
  var rejection: String?

  var json: JSON {
    let decided = status == "PENDING" ? "PENDING" : status == "REJECTED" ? "REJECTED" : "APPROVED"
    let by: JSON =
      reviewer.map { person in
        .object([
          ("id", .string(HoopSession.identifier("user/\(person.user)"))),
          ("name", .string(String(person.user.prefix { $0 != "@" }))), ("email", .string(person.user)),
          ("slack_id", .string("")),
        ])
      } ?? .null
    var members: [(String, JSON)] = [
      ("id", .string(HoopSession.identifier("review/\(name)"))), ("type", .string(type)),
      ("access_duration", .number(minutes * 60 * 1_000_000_000)), ("status", .string(status)),
      (
        "revoke_at",
        decided == "APPROVED"
          ? .optional(reviewedAt?.adding(seconds: minutes * 60).description) : .null
      ), ("created_at", .string(requested.description)),
      (
        "review_groups_data",
        .array([
          .object([
            ("id", .string(HoopSession.identifier("group/\(name)"))), ("group", .string("dba")),
            ("status", .string(decided)), ("reviewed_by", by), ("review_date", .optional(reviewedAt?.description)),
            ("forced_review", .bool(forced)),
          ])
        ])
      ), ("time_window", .null), ("access_request_rule_name", .string("clinic-admin-needs-review")),
      ("min_approvals", .number(1)), ("force_approval_groups", .array([.string("admin")])),
    ]
    if let rejection { members.append(("rejection_reason", .string(rejection))) }
    return .object(members)
  }
}
