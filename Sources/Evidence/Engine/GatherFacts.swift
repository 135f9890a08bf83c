public import AuditTrail
public import Ledger

/// Draws from the ledger everything that a report follows from, after ingest has been finished (and, for what rests on
/// verdicts, replay). `notIngested` are files that were to be read and that the ledger does not know.
public func gather(
  _ ledger: borrowing Ledger, _ plan: EvidencePlan, notIngested: [UnreadFile] = []
) throws(AssayError) -> EvidenceFacts {
  let archives = try ledger.archives()
  var facts = EvidenceFacts(plan: plan)
  facts.plan.sideFiles.sources = plan.sideFiles.sources.map(\.portable)
  facts.plan.files = plan.files.map(\.portable)
  for place in facts.plan.sideFiles.extractions.indices {
    facts.plan.sideFiles.extractions[place].path = portable(facts.plan.sideFiles.extractions[place].path)
  }
  facts.inputs = Surroundings.inputs(archives)
  let context = TestContext(plan: plan, inputs: facts.inputs)
  for test in evidenceTests where test.drawnColumns != nil {
    facts.drawn[test.description.id] = try test.draw(ledger, context)
  }
  facts.connections = try Surroundings.connections(ledger, plan.period)
  facts.shadows = try Surroundings.shadows(ledger, plan.period)
  facts.policies = try PoliciesInForce.read(ledger, plan)
  facts.findings = try Surroundings.findings(ledger, plan.period)
  if let counts = plan.sideFiles.sourceCounts {
    facts.countedDays = try SourceDays.countedDays(counts, ledger, plan.period)
  }
  facts.shortSessions = try Contradictions.sessions(ledger, plan.period)
  facts.chainBreaks = Contradictions.breaks(archives, plan.period)
  facts.sample = try ledger.replaySample().map {
    SampleTaken(population: $0.population, taken: $0.taken, seed: String($0.seed))
  }
  facts.unlistedDays = try GradingFigures.unlistedDays(ledger, plan.period)
  facts.unlistedVerdicts = try GradingFigures.unlistedVerdicts(ledger, plan.period)
  facts.totals = try LedgerTotals(ledger, plan.period)
  let unread = try ledger.unreadFiles() + notIngested
  if !unread.isEmpty {
    facts.unread = unread.map {
      UnreadFile(path: portable($0.path), code: $0.code, message: $0.message, sha256: $0.sha256)
    }
  }
  let conflicts = try ledger.kindConflicts()
  if !conflicts.isEmpty { facts.kindConflicts = conflicts }
  return facts
}

extension SourceReference {
  /// The file without what a machine calls the folders above it.
  fileprivate var portable: SourceReference {
    SourceReference(path: AuditTrail.portable(path), kind: kind, sha256: sha256)
  }
}
