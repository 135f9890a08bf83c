import AuditTrail
import Ledger
import Policies

/// What every thread of a replay shares.
struct SessionGrader: Sendable {
  let plan: ReplayPlan
  /// What opens clones, by the shadows' position in the plan.
  let sources: [any CloneSource]
  let approvals: RecordedApprovals
  /// The shadows' rows in the ledger, by their position in the plan.
  let replays: [Int64]
  let choice: SampleChoice?

  /// One thread's part, which reads over a connection of its own.
  func thread(reading ledger: String) throws(AssayError) -> GradingThread {
    GradingThread(self, reader: try SessionReader(path: ledger))
  }
}

/// One thread's way from a session's id to its verdicts; it keeps the clone of the shadow it met last.
struct GradingThread: ~Copyable {
  private let grader: SessionGrader
  private var reader: SessionReader
  private var shadow: Int?
  private var replay: (any SessionReplay)?
  private let sampler: Sampler?

  init(_ grader: SessionGrader, reader: consuming SessionReader) {
    sampler = grader.choice == nil ? nil : Sampler(grader.plan)
    self.grader = grader
    self.reader = reader
  }

  /// Reads, measures, grades and encodes a session; `isFirst` says whether it opens its group.
  mutating func result(of id: Int64, isFirst: Bool) throws(AssayError) -> SessionResult {
    let (session, statements) = try reader.session(id)
    let plan = grader.plan
    var job = SessionJob(
      session: session, statements: statements,
      shadow: plan.shadow(for: session, at: SessionJob.time(of: session, statements)))
    var notSampled: [Int64] = []
    if let sampler, let choice = grader.choice { notSampled = sampler.leaveOut(from: &job, by: choice) }
    let measured = try measure(job, isFirst: isFirst)
    let shadow = job.shadow.map { plan.shadows[$0].shadow }
    let grading = SessionGrading(
      session: session, engine: shadow?.engine ?? "", asOf: shadow?.asOf, approvals: grader.approvals)
    let inputs = grading.inputs(job.statements, measured)
    let harm = plan.harms(on: session.connection, of: job.statements)
    let verdicts = grading.verdicts(inputs, job.statements, harm)
    let entries = job.statements.indices.map { position in
      GradedEntry(statement: job.statements[position], input: inputs[position], verdict: verdicts[position])
    }
    var result = SessionResult(job: job, entries: entries, harm: harm).limited(to: plan.filter.period)
    result.notSampled = notSampled
    result.isDeferred = result.entries.contains {
      $0.input.missingObject != nil && !$0.input.decision.action.letsThrough
    }
    if !result.isDeferred { result.finish(replay: job.shadow.map { grader.replays[$0] }, grader.approvals) }
    return result
  }

  private mutating func measure(_ job: SessionJob, isFirst: Bool) throws(AssayError) -> [MeasuredStatement] {
    guard let wanted = job.shadow else {
      return job.statements.map { statement in
        var effect = Effect(.notRun(.noShadow))
        effect.kept = statement.outcome != .notRun
        return MeasuredStatement(effect: effect, isReadOnly: false, sensitiveOutputs: [])
      }
    }
    if shadow != wanted || replay == nil {
      replay = try grader.sources[wanted].open()
      shadow = wanted
    }
    let engine = job.session.connection.engine
    guard grader.plan.isolation == .history, !isFirst else {
      return try replay?.measure(job.statements, engine: engine) ?? []
    }
    guard let history = replay as? any HistoryReplay else {
      throw AssayError(
        .usage, "This shadow's engine replays each session on a clone of its own only; leave --isolation history out.",
        at: Place(grader.plan.shadows[wanted].label))
    }
    return try history.measureNext(job.statements, engine: engine)
  }
}
