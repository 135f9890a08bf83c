public import AuditTrail
public import Ledger
import Policies

/// Replays the sessions that the plan's filter lets through, grades their decisions, and stores measurements, verdicts
/// and findings in the ledger in place of those of an earlier replay: of all sessions, or of the ones that the filter names.
///
/// A session runs whole, so that a statement meets what the session did before; only statements of the filter's period are
/// graded and counted. Every statement of those sessions gets exactly one verdict. The same ledger and plan give the same rows, whatever the number
/// of workers.
public func replay(
  _ ledger: borrowing Ledger, plan: ReplayPlan, progress: (ReplayProgress) -> Void = { _ in }
) throws(AssayError) -> ReplayReport {
  if !plan.namesSessions { try ledger.clearReplay() }
  var approvals: ApprovalsByID = [:]
  for (id, approval) in try ledger.approvals() { approvals[id] = approval }
  var collector = ReplayCollector(plan: plan, approvals: approvals)
  try collector.begin(ledger)

  let workers = try Workers(plan)
  do {
    var (submitted, done) = (0, 0)
    try ledger.forEachSession(plan.filter) { (session) throws(AssayError) in
      let statements = try ledger.statements(of: session.id, in: nil)
      let time = statements.first?.time ?? session.opened ?? Timestamp(nanoseconds: .max)
      workers.submit(
        SessionJob(
          number: submitted, session: session, statements: statements, shadow: plan.shadow(for: session, at: time)))
      submitted += 1
      if submitted - done > workers.capacity {
        try collector.add(try workers.result(of: done), ledger)
        done += 1
        progress(collector.progress)
      }
    }
    while done < submitted {
      try collector.add(try workers.result(of: done), ledger)
      done += 1
      progress(collector.progress)
    }
  } catch {
    workers.close()
    throw error
  }
  workers.close()
  try collector.finish(ledger)
  progress(collector.progress)
  return collector.report
}

/// Takes sessions in their order: counts, finds, stores in batches.
struct ReplayCollector {
  private let plan: ReplayPlan
  private let approvals: ApprovalsByID
  private var replayIDs: [Int64?] = []
  private var batch = LedgerBatch()
  /// Sessions in which something failed for want of an object: judged when all texts that ran with success are known.
  private var deferred: [SessionResult] = []
  private(set) var report = ReplayReport()
  private(set) var progress = ReplayProgress(sessions: 0, statements: 0)

  init(plan: ReplayPlan, approvals: ApprovalsByID) {
    self.plan = plan
    self.approvals = approvals
  }

  /// Stores one entry a shadow, and learns which findings are known.
  mutating func begin(_ ledger: borrowing Ledger) throws(AssayError) {
    if plan.namesSessions { try batch.learnFindings(of: ledger) }
    for planned in plan.shadows {
      let entry = ReplayEntry(
        connection: planned.connection ?? "*", engine: planned.shadow.engine, source: planned.label,
        imageSHA256: planned.shadow.imageSHA256, mode: "session", basis: planned.shadow.basis,
        asOf: planned.shadow.asOf, seed: plan.seed)
      replayIDs.append(try ledger.store(entry))
      report.shadows.append(entry)
    }
  }

  /// Takes a session.
  mutating func add(_ session: SessionResult, _ ledger: borrowing Ledger) throws(AssayError) {
    let result = session.limited(to: plan.filter.period)
    progress.sessions += 1
    progress.statements += result.entries.count
    if result.entries.contains(where: { $0.input.missingObject != nil && !$0.input.decision.action.letsThrough }) {
      deferred.append(result)
    } else {
      try keep(result, ledger)
    }
  }

  /// Judges what was deferred and stores the rest.
  mutating func finish(_ ledger: borrowing Ledger) throws(AssayError) {
    if !deferred.isEmpty {
      let used = try UsedObjects(of: ledger, analyze: plan.analyze)
      for result in deferred {
        var inputs = result.entries.map(\.input)
        for index in inputs.indices {
          guard let missing = inputs[index].missingObject else { continue }
          inputs[index].objectUsedElsewhere = used.contains(missing)
        }
        let statements = result.entries.map(\.statement)
        let verdicts = SessionGrading(session: result.job.session, engine: engine(of: result.job), asOf: nil)
          .verdicts(inputs, statements, result.harm)
        let entries = statements.indices.map {
          GradedEntry(statement: statements[$0], input: inputs[$0], verdict: verdicts[$0])
        }
        try keep(SessionResult(job: result.job, entries: entries, harm: result.harm), ledger)
      }
      deferred.removeAll()
    }
    try batch.store(in: ledger)
    let bypasses = try bypassFindings(ledger, plan.filter.period)
    try ledger.replaceFindings(of: "bypass_after_block", by: bypasses)
    let outputs = try ledger.recordedOutputFindings(plan.filter.period)
    try ledger.replaceFindings(of: "recorded_output", by: outputs)
    for (kind, count) in [("bypass_after_block", bypasses.count), ("recorded_output", outputs.count)] where count > 0 {
      report.findings[kind] = count
    }
  }

  private func engine(of job: SessionJob) -> String { job.shadow.map { plan.shadows[$0].shadow.engine } ?? "" }

  private mutating func keep(_ result: SessionResult, _ ledger: borrowing Ledger) throws(AssayError) {
    let replayID = result.job.shadow.flatMap { replayIDs[$0] }
    for entry in result.entries { batch.add(entry, replay: replayID) }
    let findings = sessionFindings(result, approvals)
    batch.add(findings)
    report.add(result, findings, fingerprint: { plan.analyze($0).fingerprint })
    if batch.isFull { try batch.store(in: ledger) }
  }
}

/// The objects that statements of the ledger used with success when they were recorded, by name in lower case.
private struct UsedObjects {
  private var names: Set<String> = []

  init(of ledger: borrowing Ledger, analyze: (String) -> Facts) throws(AssayError) {
    var found: Set<String> = []
    try ledger.query(
      """
      SELECT DISTINCT texts.sql FROM statements JOIN texts ON texts.id = statements.text
      WHERE statements.has_result = 1 AND statements.error IS NULL ORDER BY texts.id
      """, []
    ) { row in
      guard let sql = row.first?.text else { return }
      for command in analyze(sql).commands {
        for column in command.reads + command.writes {
          found.insert(column.table.name.lowercased())
          if column.column != "*" { found.insert(column.column.lowercased()) }
        }
        for object in command.objects { found.insert(object.name.lowercased()) }
        for function in command.functions { found.insert(function) }
      }
    }
    names = found
  }

  /// Whether an object was used; a column is compared without its table, which may be an alias.
  func contains(_ name: String) -> Bool {
    names.contains(name) || names.contains(name.split(separator: ".").last.map(String.init) ?? name)
  }
}
