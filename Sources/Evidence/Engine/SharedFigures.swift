import AuditTrail
import Ledger

/// What several tests and the report itself rest on, worked out once from the facts.
struct SharedFigures {
  /// What was read of each source and day, beside the source's own counts.
  let days: SourceDays
  /// Whether the extraction is complete, by those counts and by the sessions' own.
  let completeness: ConfirmedStatements
  /// What contradicts silence.
  let contradictions: Contradictions
  /// The hours of each source as they were drawn.
  let hours: Population
  /// What is made of each hour.
  let states: HourStates
  /// The hours counted.
  let coverage: Coverage
  /// The decided statements, the items of T-19.
  let decided: Population
  /// What replay made of them.
  let grading: Grading
  /// What the harmful units among them did.
  let deeds: UnitDeeds
  /// The decisions of each week.
  let weeks: [WeeklyDecisions]

  init(_ facts: EvidenceFacts, _ context: TestContext) throws(AssayError) {
    days = try SourceDays(facts, archives: Items(ArchiveIntegrity.population(facts, context)))
    contradictions = Contradictions(sessions: facts.shortSessions, breaks: facts.chainBreaks)
    hours = PeriodCoverage.query.population(facts[.t02], context.bounds, sources: context.sources)
    states = try HourStates(Items(hours), days, contradictions)
    coverage = states.coverage
    let decided = GuardrailEffectiveness.population(facts, context)
    self.decided = decided
    let days = self.days
    // Each is a pass over hundreds of thousands of rows, or several.
    let (ofEvents, ofDecisions) = try both { () throws(AssayError) in
      (try ConfirmedStatements(facts, context, days), try UnitDeeds(Items(decided)))
    } _: { () throws(AssayError) in
      (try GradingFigures.grading(facts, Items(decided)), try GradingFigures.weeks(facts, Items(decided)))
    }
    (completeness, deeds) = ofEvents
    (grading, weeks) = ofDecisions
  }

  /// The control totals, those of the tests among them.
  func tieOuts(_ facts: EvidenceFacts, _ tests: [TestResult]) -> [TieOut] {
    var equations = TieOutEquations()
    equations.addIngest(facts.inputs, facts.totals)
    equations.addPeriod(facts.totals, weeks, grading)
    equations.addTests(tests, coverage, statements: grading.statements)
    return equations.equations
  }
}
