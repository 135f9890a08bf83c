public import AuditTrail
public import Ledger
import SQLAnalysis

/// What a replay would do and cost; nothing is executed for it.
public struct ReplayForecast: Sendable, Hashable {
  /// Statements that the plan's filter asks for.
  public private(set) var statements = 0
  /// Of those, the plain reads that a sample leaves out.
  public private(set) var notSampled = 0
  /// Distinct texts.
  public private(set) var texts = 0
  /// Sessions by what they run on: `shared` (they cannot write), `rolled_back` (a clone with others, in a transaction that is
  /// rolled back), `clone` (one of their own), `history` (with others), `no_shadow`.
  public private(set) var sessions: [String: Int] = [:]
  /// With isolation `history`: how many groups of sessions run by themselves.
  public private(set) var components = 0
  /// How many sessions the largest of them has.
  public private(set) var largestComponent = 0
  /// What the ledger grows by, in bytes.
  public private(set) var ledgerBytes: Int64 = 0
  /// What the clones that are there at a time take, in bytes: memory for an embedded database, disk for a server's.
  public private(set) var cloneBytes: Int64 = 0
  /// Seconds on the plan's threads; `nil` where an engine's rate is not known. Second runs for leaks are not in it.
  public private(set) var seconds: Double?

  /// The modes, in the order in which they are printed.
  public static let modes = ["shared", "rolled_back", "clone", "history", "no_shadow"]

  /// Bytes of the ledger for a statement's measurement and verdict. Source: Benchmarks/results/2026-11-23-replay.md (rounded up).
  private static let bytesPerStatement: Int64 = 250

  /// Looks at every session of the plan once.
  public init(_ ledger: borrowing Ledger, plan: ReplayPlan) throws(AssayError) {
    let choice = try plan.sample.map { (size) throws(AssayError) in try SampleChoice(size, of: ledger, plan) }
    var alone: Set<Int64> = []
    if plan.isolation == .history {
      let groups = try HistoryComponents(of: ledger, plan).components
      components = groups.count
      largestComponent = groups.first?.count ?? 0
      alone = Set(groups.filter { $0.count == 1 }.map { $0[0] })
    }
    var known: Set<Int64> = []
    var seconds: Double? = 0
    let sampler = Sampler(plan)
    var texts = TextsByIsolation()
    var reader = try SessionReader(path: ledger.path)
    for id in try ledger.sessionIDs(plan.filter) {
      let (session, all) = try reader.session(id)
      var job = SessionJob(
        session: session, statements: all,
        shadow: plan.shadow(for: session, at: SessionJob.time(of: session, all)))
      if let choice { notSampled += sampler.leaveOut(from: &job, by: choice).count }
      statements += all.count { plan.isInPeriod($0) }
      for statement in all { known.insert(statement.textID) }
      let mode = mode(of: job, plan, sampler, isAlone: plan.isolation == .session || alone.contains(id), &texts)
      sessions[mode, default: 0] += 1
      guard let shadow = job.shadow.map({ plan.shadows[$0].shadow }), let before = seconds else { continue }
      seconds = shadow.costs.map { rate in
        let isShared = mode == "shared" || mode == "rolled_back"
        let clone = isShared ? 0 : rate.clone + rate.cloneByte * Double(shadow.imageBytes)
        return before + rate.session + rate.statement * Double(job.statements.count) + clone
      }
    }
    self.texts = known.count
    let threads = max(1, min(plan.workers, plan.isolation == .history ? components : sessions.values.reduce(0, +)))
    self.seconds = seconds.map { $0 / Double(threads) }
    ledgerBytes = Int64(statements - notSampled) * Self.bytesPerStatement
    cloneBytes = Int64(plan.shadows.map(\.shadow.imageBytes).max() ?? 0) * Int64(threads)
  }

  private func mode(
    of job: SessionJob, _ plan: ReplayPlan, _ sampler: Sampler, isAlone: Bool, _ texts: inout TextsByIsolation
  ) -> String {
    guard let shadow = job.shadow else { return "no_shadow" }
    if !isAlone { return "history" }
    if job.statements.allSatisfy({ sampler.onlyReads($0) }) { return "shared" }
    return job.statements.allSatisfy { texts.shareClone($0, shadow, plan) } ? "rolled_back" : "clone"
  }

  /// Which texts bear a transaction that is rolled back at the end, found out once a text and shadow.
  private struct TextsByIsolation {
    private struct Key: Hashable {
      let shadow: Int
      let text: Int64
    }

    private var known: [Key: Bool] = [:]

    mutating func shareClone(_ statement: StatementEntry, _ shadow: Int, _ plan: ReplayPlan) -> Bool {
      let key = Key(shadow: shadow, text: statement.textID)
      if let known = known[key] { return known }
      let shares = plan.shadows[shadow].shadow.sharesClone(statement.sql, analyze: plan.analyze)
      known[key] = shares
      return shares
    }
  }
}
