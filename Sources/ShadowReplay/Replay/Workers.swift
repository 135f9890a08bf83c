import AuditTrail
import Dispatch
import Ledger
import Policies
import Synchronization

/// Measures and grades sessions on several threads; gives the results in the order in which the sessions came.
final class Workers: Sendable {
  private struct State {
    var jobs: [SessionJob] = []
    var results: [Int: Result<SessionResult, AssayError>] = [:]
    var isClosed = false
  }

  private let plan: ReplayPlan
  private let sources: [any CloneSource]
  private let state = Mutex(State())
  private let hasJob = DispatchSemaphore(value: 0)
  private let hasResult = DispatchSemaphore(value: 0)
  private let threads = DispatchGroup()
  /// How many sessions may wait, so that memory stays flat.
  let capacity: Int

  /// Starts the threads.
  init(_ plan: ReplayPlan) throws(AssayError) {
    self.plan = plan
    var sources: [any CloneSource] = []
    for planned in plan.shadows {
      var measuring = Measuring(sensitive: planned.sensitive, analyze: plan.analyze)
      measuring.seed = plan.seed
      sources.append(try planned.shadow.clones(measuring))
    }
    self.sources = sources
    let count = max(1, plan.workers)
    capacity = count * 8
    for _ in 0..<count {
      DispatchQueue.global().async(group: threads) { self.work() }
    }
  }

  /// Hands a session over.
  func submit(_ job: SessionJob) {
    state.withLock { $0.jobs.append(job) }
    hasJob.signal()
  }

  /// Waits for the result of the job with the number.
  func result(of number: Int) throws(AssayError) -> SessionResult {
    while true {
      if let result = state.withLock({ $0.results.removeValue(forKey: number) }) { return try result.get() }
      hasResult.wait()
    }
  }

  /// Lets the threads end; jobs that were not begun are dropped.
  func close() {
    state.withLock {
      $0.isClosed = true
      $0.jobs.removeAll()
    }
    for _ in 0..<max(1, plan.workers) { hasJob.signal() }
    threads.wait()
  }

  private func work() {
    var replays = ReplaysByShadow(plan, sources)
    while true {
      hasJob.wait()
      let (job, isClosed) = state.withLock { state in
        (state.jobs.isEmpty ? nil : state.jobs.removeFirst(), state.isClosed)
      }
      guard let job else {
        if isClosed { return }
        continue
      }
      let result: Result<SessionResult, AssayError>
      do {
        result = .success(try replays.result(of: job))
      } catch {
        result = .failure(error)
      }
      state.withLock { $0.results[job.number] = result }
      hasResult.signal()
    }
  }
}

/// One thread's clones, one for each shadow that it has met.
struct ReplaysByShadow {
  private let plan: ReplayPlan
  private let sources: [any CloneSource]
  private var index: Int?
  private var replay: (any SessionReplay)?

  init(_ plan: ReplayPlan, _ sources: [any CloneSource]) {
    self.plan = plan
    self.sources = sources
  }

  /// Measures and grades a session.
  mutating func result(of job: SessionJob) throws(AssayError) -> SessionResult {
    let measured = try measure(job)
    let shadow = job.shadow.map { plan.shadows[$0].shadow }
    let grading = SessionGrading(session: job.session, engine: shadow?.engine ?? "", asOf: shadow?.asOf)
    let inputs = grading.inputs(job.statements, measured)
    let harm = job.statements.map { plan.harm(on: job.session.connection, at: $0.time) }
    let verdicts = grading.verdicts(inputs, job.statements, harm)
    let entries = job.statements.indices.map { position in
      GradedEntry(statement: job.statements[position], input: inputs[position], verdict: verdicts[position])
    }
    return SessionResult(job: job, entries: entries, harm: harm)
  }

  private mutating func measure(_ job: SessionJob) throws(AssayError) -> [MeasuredStatement] {
    guard let wanted = job.shadow else {
      return job.statements.map { statement in
        var effect = Effect(.notRun(.noShadow))
        effect.kept = statement.outcome != .notRun
        return MeasuredStatement(effect: effect, isReadOnly: false, sensitiveOutputs: [])
      }
    }
    if index != wanted || replay == nil {
      replay = try sources[wanted].open()
      index = wanted
    }
    return try replay?.measure(job.statements, engine: job.session.connection.engine) ?? []
  }
}
