import AuditTrail
import Ledger

/// Which sessions run, in groups: those of a group run one after another on one thread.
struct Schedule: Sendable {
  private let sessions: [Int64]
  /// Where each group starts; `nil` where every session is a group of its own.
  private let starts: [Int]?

  /// How many groups there are.
  var groups: Int { starts?.count ?? sessions.count }

  /// The sessions that the plan asks for and that are not finished; with isolation `history` a group that has one
  /// unfinished session runs whole, since its sessions build on each other.
  init(of ledger: borrowing Ledger, _ plan: ReplayPlan, without finished: Set<Int64>) throws(AssayError) {
    switch plan.isolation {
    case .session: self.init(try ledger.sessionIDs(plan.filter).filter { !finished.contains($0) })
    case .history:
      let components = try HistoryComponents(of: ledger, plan).components
      self.init(groups: components.filter { !$0.allSatisfy(finished.contains) })
    }
  }

  /// Each session by itself.
  init(_ sessions: [Int64]) {
    self.sessions = sessions
    starts = nil
  }

  private init(groups: [[Int64]]) {
    var (sessions, starts): ([Int64], [Int]) = ([], [])
    for group in groups {
      starts.append(sessions.count)
      sessions += group
    }
    self.sessions = sessions
    self.starts = starts
  }

  /// The sessions of a group, in the order in which they run.
  func sessions(of group: Int) -> ArraySlice<Int64> {
    guard let starts else { return sessions[group...group] }
    let end = group + 1 < starts.count ? starts[group + 1] : sessions.count
    return sessions[starts[group]..<end]
  }
}
