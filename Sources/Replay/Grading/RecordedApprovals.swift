import AuditTrail
import Ledger
import Policies

/// The ledger's approvals, and what each is worth for a statement that was joined to it.
struct RecordedApprovals: Sendable {
  private let byID: [Int64: Approval]
  /// Approvals that more than one unit refers to.
  private let shared: Set<Int64>

  /// None.
  init() { (byID, shared) = ([:], []) }

  /// All that the ledger holds.
  init(of ledger: borrowing Ledger) throws(AssayError) {
    byID = Dictionary(try ledger.approvals().map { ($0.id, $0.approval) }) { first, _ in first }
    shared = try ledger.sharedApprovals()
  }

  /// The approval of that row; `nil` where there is none.
  subscript(_ id: Int64) -> Approval? { byID[id] }

  /// The approval that a statement was joined to, as it stands to its unit; `nil` where there is none.
  func judgement(of statement: StatementEntry, in session: SessionEntry) -> ApprovalJudgement? {
    guard let link = statement.approval, let approval = byID[link.id] else { return nil }
    return judge(
      approval, at: statement.time, for: [session.identity?.user, session.actsFor].compactMap(\.self), link: link.link,
      isShared: shared.contains(link.id))
  }
}
