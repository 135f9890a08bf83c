import AuditTrail
import Digests
import Ledger

/// Which policy versions were in force, and whether the archives show it.
enum PoliciesInForce {
  private struct Key: Hashable {
    private let parts: [ExactText?]

    init(policy: String, version: String?) { parts = [ExactText(policy), version.map(ExactText.init)] }

    var policy: String { parts[0]?.text ?? "" }
    var version: String? { parts[1]?.text }
  }

  private struct Version {
    var from: Timestamp
    var isDeclared = false
    var isRecorded = false
    var actor: String?
    var approvedBy: String?
    var statements: Int64 = 0
  }

  static func read(_ ledger: borrowing Ledger, _ plan: EvidencePlan) throws(AssayError) -> [PolicyInForce] {
    var versions: [Key: Version] = [:]
    for declared in plan.declaredPolicies {
      versions[Key(policy: declared.policy, version: declared.version)] = Version(
        from: declared.effective, isDeclared: true)
    }
    try ledger.query(
      "SELECT policy, to_version, min(time), actor, approved_by FROM policy_changes GROUP BY 1, 2 ORDER BY 3, 1, 2"
    ) { row in
      let key = Key(policy: row[0].text ?? "", version: row[1].text)
      var version = versions[key] ?? Version(from: Timestamp(nanoseconds: row[2].integer ?? 0))
      version.from = Timestamp(nanoseconds: row[2].integer ?? 0)
      version.isRecorded = true
      (version.actor, version.approvedBy) = (row[3].text, row[4].text)
      versions[key] = version
    }
    try ledger.query(
      """
      SELECT d.policy, d.policy_version, count(*), min(s.time) FROM counted_statements s JOIN decisions d ON d.id = s.decision
      WHERE d.policy IS NOT NULL AND s.time >= ?1 AND s.time < ?2 GROUP BY 1, 2 ORDER BY 1, 2
      """, Surroundings.bounds(plan.period)
    ) { row in
      let key = Key(policy: row[0].text ?? "", version: row[1].text)
      versions[key, default: Version(from: Timestamp(nanoseconds: row[3].integer ?? 0))].statements =
        row[2].integer ?? 0
    }
    let sorted = versions.sorted {
      ($0.key.policy, $0.value.from, $0.key.version ?? "") < ($1.key.policy, $1.value.from, $1.key.version ?? "")
    }
    return sorted.enumerated().compactMap { place, entry in
      let next = sorted.dropFirst(place + 1).first { $0.key.policy.isExactly(entry.key.policy) }?.value.from
      let version = entry.value
      guard version.from < plan.period.end, next.map({ $0 > plan.period.start }) ?? true else { return nil }
      return PolicyInForce(
        policy: entry.key.policy, version: entry.key.version, from: version.from, until: next,
        basis: version.isRecorded || version.statements > 0 ? .evidenced : .declared, actor: version.actor,
        approvedBy: version.approvedBy, statements: version.statements)
    }
  }
}
