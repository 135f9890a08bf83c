public import AuditTrail
public import Ledger

/// What a replay would do and cost; nothing is executed for it.
public struct ReplayForecast: Sendable, Hashable {
  /// Statements that the plan's filter asks for.
  public private(set) var statements = 0
  /// Of those, the plain reads that a sample leaves out.
  public private(set) var notSampled = 0
  /// Distinct texts.
  public private(set) var texts = 0
  /// Sessions by what they run on: `shared` (they cannot write), `clone` (one of their own), `history` (with others),
  /// `no_shadow`.
  public private(set) var sessions: [String: Int] = [:]
  /// With isolation `history`: how many groups of sessions run by themselves.
  public private(set) var components = 0
  /// How many sessions the largest of them has.
  public private(set) var largestComponent = 0
  /// What the ledger grows by, in bytes.
  public private(set) var ledgerBytes: Int64 = 0
  /// What the clones that are there at a time take, in bytes: memory for SQLite, disk for PostgreSQL.
  public private(set) var cloneBytes: Int64 = 0
  /// Seconds on the plan's threads; `nil` where an engine's rate is not known. Second runs for leaks are not in it.
  public private(set) var seconds: Double?

  /// The modes, in the order in which they are printed.
  public static let modes = ["shared", "clone", "history", "no_shadow"]

  /// What one statement and one clone take on one thread. Source: SQLite, Benchmarks/results/2026-11-23-replay.md (rounded up)
  /// and sqlite3_deserialize of images of 0.2, 12 and 121 MB (0.12, 2.0 and 98 ms); PostgreSQL 15, a probe a statement
  /// of 0.2 to 0.25 ms in pipeline mode and `CREATE DATABASE … STRATEGY file_copy` of 8 to 243 MB (0.35 to 0.58 s).
  private struct Rate {
    let statement: Double
    let clone: Double
    let cloneByte: Double

    init?(engine: String) {
      switch engine {
      case "sqlite": (statement, clone, cloneByte) = (20e-6, 120e-6, 0.8e-9)
      case "postgresql": (statement, clone, cloneByte) = (250e-6, 0.4, 0.8e-9)
      default: return nil
      }
    }
  }

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
    var reader = try SessionReader(path: ledger.path)
    for id in try ledger.sessionIDs(plan.filter) {
      let (session, all) = try reader.session(id)
      var job = SessionJob(
        session: session, statements: all,
        shadow: plan.shadow(for: session, at: SessionJob.time(of: session, all)))
      if let choice { notSampled += sampler.leaveOut(from: &job, by: choice).count }
      statements += all.count { plan.isInPeriod($0) }
      for statement in all { known.insert(statement.textID) }
      let mode = mode(of: job, plan, sampler, isAlone: plan.isolation == .session || alone.contains(id))
      sessions[mode, default: 0] += 1
      guard let shadow = job.shadow.map({ plan.shadows[$0].shadow }), let before = seconds else { continue }
      seconds = Rate(engine: shadow.engine).map { rate in
        let clone = mode == "shared" ? 0 : rate.clone + rate.cloneByte * Double(shadow.imageBytes)
        return before + rate.statement * Double(job.statements.count) + clone
      }
    }
    texts = known.count
    let threads = max(1, min(plan.workers, plan.isolation == .history ? components : sessions.values.reduce(0, +)))
    self.seconds = seconds.map { $0 / Double(threads) }
    ledgerBytes = Int64(statements - notSampled) * Self.bytesPerStatement
    cloneBytes = Int64(plan.shadows.map(\.shadow.imageBytes).max() ?? 0) * Int64(threads)
  }

  private func mode(of job: SessionJob, _ plan: ReplayPlan, _ sampler: Sampler, isAlone: Bool) -> String {
    if job.shadow == nil { return "no_shadow" }
    if !isAlone { return "history" }
    return job.statements.allSatisfy { sampler.onlyReads($0) } ? "shared" : "clone"
  }
}
