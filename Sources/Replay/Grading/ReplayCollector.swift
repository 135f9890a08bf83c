import AuditTrail
import Ledger
import Policies

/// Takes measured sessions in whatever order they come: counts them, and stores them in batches of whole sessions.
struct ReplayCollector {
  private let plan: ReplayPlan
  private let choice: SampleChoice?
  private var approvals = RecordedApprovals()
  private var batch = ReplayBatch()
  private var waiting = 0
  /// Findings that the ledger holds, so that a session replayed again does not find them twice.
  private var knownFindings: Set<String> = []
  /// Sessions in which something failed for want of an object: judged when all texts that ran with success are known.
  private var deferred: [SessionResult] = []
  /// The shadows' rows in the ledger, by their position in the plan.
  private(set) var replays: [Int64] = []
  /// Whether measurements that the ledger holds are used again.
  private(set) var isReusing = false
  /// Sessions that a stopped replay of the same plan has stored.
  private(set) var finished: Set<Int64> = []
  private(set) var report = ReplayReport()
  private(set) var progress = ReplayProgress(sessions: 0, statements: 0)

  init(plan: ReplayPlan, choice: SampleChoice?) {
    self.plan = plan
    self.choice = choice
    report.sample = choice.map { SampleFigures($0.sample) }
  }

  /// Makes the ledger ready: goes on with a stopped replay of the same plan, or begins again.
  mutating func begin(_ ledger: borrowing Ledger, _ approvals: RecordedApprovals) throws(AssayError) {
    self.approvals = approvals
    report.shadows = plan.shadows.map { planned in
      ReplayEntry(
        connection: planned.connection ?? "*", engine: planned.shadow.engine, source: planned.label,
        imageSHA256: planned.shadow.imageSHA256, mode: plan.isolation.rawValue, basis: planned.shadow.basis,
        asOf: planned.shadow.asOf, seed: plan.seed, markerSHA256: planned.shadow.markerSHA256)
    }
    try beginRows(ledger)
    try ledger.store(detectedColumns: Set(plan.shadows.flatMap(\.detected)))
  }

  private mutating func beginRows(_ ledger: borrowing Ledger) throws(AssayError) {
    guard !plan.namesSessions else {
      try learnFindings(of: ledger)
      isReusing = plan.measuresAgain ? false : try ledger.hasIntactMeasurements()
      replays = try ledger.beginReplay(on: report.shadows)
      return
    }
    let digest = try plan.digest(for: ledger)
    let stored = try ledger.replays().map(\.id)
    if let digest, stored.count == report.shadows.count, try ledger.hasUnfinishedReplay(ofPlan: digest) {
      replays = stored
      isReusing = !plan.measuresAgain
      finished = try ledger.finishedSessions()
      try restore(ledger)
    } else {
      isReusing = plan.measuresAgain ? false : try ledger.hasIntactMeasurements()
      replays = try ledger.beginReplay(
        ofPlan: digest ?? "none", on: report.shadows, sample: choice?.sample, keepingMeasurements: isReusing)
    }
  }

  private mutating func learnFindings(of ledger: borrowing Ledger) throws(AssayError) {
    for row in try ledger.rows("SELECT kind, statement FROM findings", []) {
      knownFindings.insert("\(row.first?.text ?? "") \(row.last?.integer ?? 0)")
    }
  }

  /// Counts what the stopped replay has stored.
  private mutating func restore(_ ledger: borrowing Ledger) throws(AssayError) {
    guard !finished.isEmpty else { return }
    var reader = try SessionReader(path: ledger.path)
    let sampler = Sampler(plan)
    for id in finished.sorted() {
      let (session, statements) = try reader.session(id)
      var job = SessionJob(
        session: session, statements: statements,
        shadow: plan.shadow(for: session, at: SessionJob.time(of: session, statements)))
      let left = choice.map { sampler.leaveOut(from: &job, by: $0) } ?? []
      count(try storedResult(job, notSampled: left, ledger))
    }
  }

  private func storedResult(
    _ job: SessionJob, notSampled: [Int64], _ ledger: borrowing Ledger
  ) throws(AssayError) -> SessionResult {
    let session = job.session
    let stored = try ledger.graded(session: session.id)
    let kept = job.statements.filter { stored[$0.id] != nil && plan.isInPeriod($0) }
    let entries = kept.compactMap { statement in
      stored[statement.id].map { grade in
        GradedEntry(statement: statement, input: plan.input(job, statement, grade), verdict: grade.verdict)
      }
    }
    var result = SessionResult(
      job: job, entries: entries, harm: kept.map { plan.harm(on: session.connection, at: $0.time) })
    result.notSampled = notSampled
    result.findings = try ledger.findings(session: session.id)
    return result
  }

  /// Takes a session.
  mutating func add(_ result: SessionResult, _ ledger: borrowing Ledger) throws(AssayError) {
    // Part of a component that is measured again for the sake of the sessions after it.
    if finished.contains(result.job.session.id) { return }
    progress.sessions += 1
    progress.statements += result.entries.count + result.notSampled.count
    if result.isDeferred {
      deferred.append(result)
    } else {
      try keep(result, ledger)
    }
  }

  /// Judges what was deferred and stores the rest.
  mutating func finish(_ ledger: borrowing Ledger) throws(AssayError) {
    if !deferred.isEmpty {
      let used = try UsedObjects(of: ledger, analyze: plan.analyze)
      for result in deferred { try keep(judged(result, used), ledger) }
      deferred.removeAll()
    }
    try store(in: ledger)
    let bypasses = try bypassFindings(ledger, plan.filter.period, workers: plan.workers)
    try ledger.replaceFindings(of: "bypass_after_block", by: bypasses)
    let outputs = try ledger.recordedOutputFindings(plan.filter.period)
    try ledger.replaceFindings(of: "recorded_output", by: outputs)
    for (kind, count) in [("bypass_after_block", bypasses.count), ("recorded_output", outputs.count)] where count > 0 {
      report.findings[kind] = count
    }
    try ledger.finishReplay()
  }

  private func judged(_ result: SessionResult, _ used: UsedObjects) -> SessionResult {
    var inputs = result.entries.map(\.input)
    for index in inputs.indices {
      guard let missing = inputs[index].missingObject else { continue }
      inputs[index].objectUsedElsewhere = used.contains(missing)
    }
    let statements = result.entries.map(\.statement)
    let engine = result.job.shadow.map { plan.shadows[$0].shadow.engine } ?? ""
    let verdicts = SessionGrading(session: result.job.session, engine: engine, asOf: nil)
      .verdicts(inputs, statements, result.harm)
    var judged = result
    judged.judge(inputs, verdicts)
    judged.finish(replay: result.job.shadow.map { replays[$0] }, approvals)
    return judged
  }

  private mutating func keep(_ result: SessionResult, _ ledger: borrowing Ledger) throws(AssayError) {
    batch.graded.append(result.rows)
    batch.notSampled += result.notSampled
    batch.findings += result.findings.filter { !knownFindings.contains("\($0.kind) \($0.statement)") }
    batch.finished.append(result.job.session.id)
    waiting += result.rows.count + result.notSampled.count
    count(result)
    if waiting >= plan.batchRows { try store(in: ledger) }
  }

  private mutating func count(_ result: SessionResult) {
    report.notSampled += result.notSampled.count
    if result.isReused {
      report.sessionsReused += 1
    } else if result.job.shadow != nil {
      report.sessionsMeasured += 1
    }
    for entry in result.entries where result.job.sampled.contains(entry.statement.id) {
      report.sample?.count(entry.verdict)
    }
    report.add(result, result.findings, fingerprint: { plan.analyze($0.sql, $0.dialect).fingerprint })
  }

  private mutating func store(in ledger: borrowing Ledger) throws(AssayError) {
    // Rows lie in the file in the order of their ids: neighbours stored together touch fewer pages.
    batch.graded.sort { ($0.first ?? 0) < ($1.first ?? 0) }
    try ledger.store(batch)
    batch = ReplayBatch()
    waiting = 0
  }
}
