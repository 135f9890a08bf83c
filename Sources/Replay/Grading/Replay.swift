public import AuditTrail
public import Ledger

/// Replays the sessions that the plan's filter lets through, grades their decisions, and stores measurements, verdicts
/// and findings in the ledger in place of those of an earlier replay: of all sessions, or of the ones that the filter names.
///
/// A session runs whole, so that a statement meets what the session did before; only statements of the filter's period are
/// graded and counted. Every statement of those sessions gets exactly one verdict, unless a sample leaves it out. The same
/// ledger and plan give the same rows, whatever the number of workers, and whether or not the replay was stopped on its
/// way: one of all sessions that is begun again with the same plan goes on where it was stopped.
public func replay(
  _ ledger: borrowing Ledger, plan: ReplayPlan, progress: (ReplayProgress) -> Void = { _ in }
) throws(AssayError) -> ReplayReport {
  try ledger.requireRecordsUnchanged()
  let approvals = try RecordedApprovals(of: ledger)
  let choice = try plan.sample.map { (size) throws(AssayError) in try SampleChoice(size, of: ledger, plan) }
  var collector = ReplayCollector(plan: plan, choice: choice)
  try collector.begin(ledger, approvals)
  progress(collector.progress)

  let schedule = try Schedule(of: ledger, plan, without: collector.finished)
  let workers = try Workers(
    SessionGrader(
      plan: plan, sources: plan.cloneSources(), approvals: approvals, replays: collector.replays, choice: choice,
      keys: MeasurementKeys(plan), isReusing: collector.isReusing), schedule: schedule, ledger: ledger.path)
  try workers.run { (result) throws(AssayError) in
    try collector.add(result, ledger)
    progress(collector.progress)
  }
  try collector.finish(ledger)
  progress(collector.progress)
  return collector.report
}
