public import AuditTrail
public import Ledger

/// Draws from the ledger everything that a report follows from, after ingest has been finished (and, for what rests on
/// verdicts, replay).
public func gather(_ ledger: borrowing Ledger, _ plan: EvidencePlan) throws(AssayError) -> EvidenceFacts {
  let archives = try ledger.archives()
  var facts = EvidenceFacts(plan: plan)
  facts.plan.sideFiles.sources = plan.sideFiles.sources.map {
    SourceReference(path: portable($0.path), kind: $0.kind, sha256: $0.sha256)
  }
  facts.inputs = Surroundings.inputs(archives)
  let context = TestContext(plan: plan, inputs: facts.inputs)
  facts.drawn = [
    .t01: try ArchiveIntegrity.draw(ledger, context), .t02: try PeriodCoverage.draw(ledger, context),
    .t03: try RecordContent.draw(ledger, context), .t07: try IndividualAccountability.draw(ledger, context),
    .t14: try ApprovalPrecedes.draw(ledger, context), .t15: try SegregationOfDuties.draw(ledger, context),
    .t16: try TemporaryAccessExpires.draw(ledger, context), .t19: try GuardrailEffectiveness.draw(ledger, context),
    .t23: try ChangesAuthorised.draw(ledger, context), .t30: try SensitiveColumnsMasked.draw(ledger, context),
    .t41: try InputCustody.draw(ledger),
  ]
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
  return facts
}

/// The columns of each population that is drawn from the ledger.
public func drawnColumns(_ test: TestID) -> [Column]? {
  switch test {
  case .t01: ArchiveIntegrity.query.columns
  case .t02: PeriodCoverage.query.columns
  case .t03: RecordContent.query.columns
  case .t07: IndividualAccountability.query.columns
  case .t14: ApprovalPrecedes.query.columns
  case .t15: SegregationOfDuties.query.columns
  case .t16: TemporaryAccessExpires.query.columns
  case .t19: GuardrailEffectiveness.query.columns
  case .t23: ChangesAuthorised.query.columns
  case .t30: SensitiveColumnsMasked.query.columns
  case .t41: InputCustody.query.columns
  case .t42: nil
  }
}
