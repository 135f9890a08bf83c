import AuditTrail
import Digests
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
  let keys: MeasurementKeys
  /// Whether measurements that the ledger holds are used again.
  let isReusing: Bool

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
  /// Whether every session of the group was measured before, each on what the ones before it left.
  private var isGroupKnown = false
  /// The key of the session before, in a group whose sessions share a clone.
  private var previous: SHA256Digest?

  init(_ grader: SessionGrader, reader: consuming SessionReader) {
    sampler = grader.choice == nil ? nil : Sampler(grader.plan)
    self.grader = grader
    self.reader = reader
  }

  /// Makes ready for a group. Of sessions that share a clone none is run if all were measured before, else all are.
  mutating func begin(_ group: ArraySlice<Int64>) throws(AssayError) {
    previous = nil
    isGroupKnown = grader.isReusing
    guard grader.plan.isolation == .history, isGroupKnown, group.count > 1 else { return }
    var last: SHA256Digest?
    for id in group {
      let (job, _) = try job(id)
      last = grader.keys.key(of: job, after: last)
      guard let last, try known(job, last) != nil else {
        isGroupKnown = false
        return
      }
    }
  }

  /// Reads, measures, grades and encodes a session; `isFirst` says whether it opens its group.
  mutating func result(of id: Int64, isFirst: Bool) throws(AssayError) -> SessionResult {
    let (job, notSampled) = try job(id)
    let (session, plan) = (job.session, grader.plan)
    let key = grader.keys.key(of: job, after: previous)
    if plan.isolation == .history { previous = key }
    var known: [Int64: KnownMeasurement]?
    if isGroupKnown, let key { known = try self.known(job, key) }
    let measured: [MeasuredStatement]
    if let known {
      measured = MeasuredStatement.all(of: job, in: known)
    } else {
      measured = try measure(job, isFirst: isFirst)
    }
    let shadow = job.shadow.map { plan.shadows[$0].shadow }
    let grading = SessionGrading(
      session: session, engine: shadow?.engine ?? "", asOf: shadow?.asOf, approvals: grader.approvals)
    let inputs = grading.inputs(job.statements, measured)
    let harm = plan.harms(on: session.connection, of: job.statements)
    let verdicts = grading.verdicts(inputs, job.statements, harm)
    let entries = job.statements.indices.map { position in
      let execution = measured[position].effect.execution
      var entry = GradedEntry(
        statement: job.statements[position], input: inputs[position], verdict: verdicts[position])
      if execution != inputs[position].effect.execution { entry.measuredExecution = execution }
      entry.known = known?[entry.statement.id]
      return entry
    }
    var result = SessionResult(job: job, entries: entries, harm: harm).limited(to: plan.filter.period)
    result.notSampled = notSampled
    (result.measurementKey, result.isReused) = (key, known != nil)
    result.isDeferred = result.entries.contains {
      $0.input.missingObject != nil && !$0.input.decision.action.letsThrough
    }
    if !result.isDeferred { result.finish(replay: job.shadow.map { grader.replays[$0] }, grader.approvals) }
    return result
  }

  private mutating func job(_ id: Int64) throws(AssayError) -> (job: SessionJob, notSampled: [Int64]) {
    let (session, statements) = try reader.session(id)
    var job = SessionJob(
      session: session, statements: statements,
      shadow: grader.plan.shadow(for: session, at: SessionJob.time(of: session, statements)))
    guard let sampler, let choice = grader.choice else { return (job, []) }
    let notSampled = sampler.leaveOut(from: &job, by: choice)
    return (job, notSampled)
  }

  /// What the ledger holds of the session's measurements under the key; `nil` unless it holds all of them.
  private mutating func known(
    _ job: SessionJob, _ key: SHA256Digest
  ) throws(AssayError) -> [Int64: KnownMeasurement]? {
    let known = try reader.measurements(of: job.session.id, key: key.bytes)
    return job.statements.allSatisfy { known[$0.id] != nil } ? known : nil
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

extension MeasuredStatement {
  /// The measurements of a session's statements, in their order, as the ledger holds them.
  fileprivate static func all(of job: SessionJob, in known: [Int64: KnownMeasurement]) -> [MeasuredStatement] {
    job.statements.compactMap { statement in
      known[statement.id].map { stored in
        MeasuredStatement(
          effect: stored.measurement.asMeasured, isReadOnly: stored.measurement.isReadOnly,
          sensitiveOutputs: stored.measurement.sensitiveOutputs)
      }
    }
  }
}
