import AuditTrail
import Digests
import Ledger

extension ReplayPlan {
  /// Changes whenever the same statement may be measured or graded otherwise than before.
  private static let revision = "assay.replay/3"

  /// Names the plan and the records that it runs on, in hex: a stopped replay goes on only under the same. `nil` where
  /// the policies cannot be named.
  func digest(for ledger: borrowing Ledger) throws(AssayError) -> String? {
    guard policies == nil || policyDigest != nil else { return nil }
    var parts = [Self.revision, "seed \(seed)", isolation.rawValue, policyDigest ?? "standard harm"]
    switch sample {
    case nil: parts.append("all")
    case .share(let share): parts.append("share \(share)")
    case .count(let count): parts.append("count \(count)")
    }
    if let period = filter.period {
      parts.append("from \(period.start.nanoseconds) to \(period.end.nanoseconds)")
    }
    for planned in shadows {
      parts.append(
        "shadow \(planned.connection ?? "*") \(planned.label) \(planned.shadow.engine) \(planned.shadow.digest) "
          + "\(planned.shadow.basis.rawValue) \(planned.shadow.asOf?.nanoseconds ?? .min)")
      parts += planned.sensitive.sorted()
    }
    for archive in try ledger.archives() { parts.append("archive \(archive.summary.sha256)") }
    for row in try ledger.rows("SELECT id, kind FROM identities ORDER BY id") {
      parts.append("identity \(row[0].integer ?? 0) \(row[1].text ?? "")")
    }
    for row in try ledger.rows("SELECT count(*), coalesce(sum(outcome), 0), coalesce(sum(id), 0) FROM statements") {
      parts.append("statements \(row.map { String($0.integer ?? 0) })")
    }
    for row in try ledger.rows("SELECT count(*), coalesce(sum(session), 0) FROM witnesses") where row[0].integer != 0 {
      parts.append("witnesses \(row.map { String($0.integer ?? 0) })")
    }
    return SHA256Digest(of: Array(parts.joined(separator: "\u{0}").utf8)).hex
  }
}
