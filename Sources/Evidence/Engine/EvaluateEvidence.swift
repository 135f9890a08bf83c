public import AuditTrail
public import Ledger

/// Computes everything a report says from the ledger, after ingest has been finished (and, for what rests on verdicts, replay).
///
/// The same ledger and plan give the same model; nothing is read but the ledger.
public func evaluate(_ ledger: borrowing Ledger, _ plan: EvidencePlan) throws(AssayError) -> EvidenceModel {
  let archives = try ledger.archives()
  let inputs = Surroundings.inputs(archives)
  var context = TestContext(
    plan: plan, sources: sources(archives, plan.period),
    archives: Dictionary(archives.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first }))
  let days = try SourceDays(ledger, context)
  let completeness = days.completeness(plan.period)
  let periodCoverage = try PeriodCoverage.test(ledger, context, days)
  context.isComplete = periodCoverage.result.status == .pass && completeness.status == .pass
  let grading = try GradingFigures.read(ledger, plan.period)
  let shadows = try Surroundings.shadows(ledger, plan.period)
  let weeks = try Surroundings.weeks(ledger, plan.period)
  let integrity = try ArchiveIntegrity.test(ledger, context)
  var tests = [integrity, periodCoverage.result]
  tests.append(try RecordContent.test(ledger, context))
  tests.append(try IndividualAccountability.test(ledger, context))
  tests.append(try ApprovalPrecedes.test(ledger, context))
  tests.append(try SegregationOfDuties.test(ledger, context))
  tests.append(try TemporaryAccessExpires.test(ledger, context))
  tests.append(try GuardrailEffectiveness.test(ledger, context, grading: grading, shadows: shadows))
  tests.append(try ChangesAuthorised.test(ledger, context))
  tests.append(try SensitiveColumnsMasked.test(ledger, context))
  tests.append(try InputCustody.test(ledger, context))
  var equations = TieOutEquations()
  try equations.addIngest(ledger, inputs)
  try equations.addPeriod(ledger, plan.period, weeks, grading)
  equations.addTests(tests, periodCoverage.coverage, statements: grading.statements)
  for (title, left, leftValue, right, rightValue) in days.tieOuts {
    equations.add(title, left, leftValue, right, rightValue)
  }
  tests.append(ControlTotals.test(equations.equations, context))
  for index in tests.indices {
    let controls = plan.frameworks.flatMap { $0.controls(supportedBy: tests[index].id) }.sorted()
    for place in tests[index].exceptions.indices { tests[index].exceptions[place].controls = controls }
  }
  let exceptions = tests.flatMap(\.exceptions).sorted(by: ExceptionNoted.isGraver)
  let known = Set(exceptions.map(\.id))
  let policies = try PoliciesInForce.read(ledger, plan)
  return EvidenceModel(
    organization: plan.organization, system: plan.system, period: plan.period, toolVersion: plan.toolVersion,
    inputs: inputs, inputsSHA256: Surroundings.digest(inputs), sideFiles: plan.sideFiles.sources,
    connections: try Surroundings.connections(ledger, plan), shadows: shadows,
    thresholds: plan.thresholds.map { approved($0, policies) }, policies: policies, completeness: completeness,
    integrity: integrityAssessment(integrity), tests: tests,
    frameworks: plan.frameworks.map { $0.result(tests) }, exceptions: exceptions, coverage: periodCoverage.coverage,
    tieOuts: equations.equations, decisionsByWeek: weeks, grading: grading,
    findings: try Surroundings.findings(ledger, plan.period), limitations: limitations(inputs, shadows, plan),
    orphanedResponses: plan.sideFiles.responses.filter { !known.contains($0.exception) }.sorted {
      $0.exception < $1.exception
    })
}

/// Thresholds are approved with their policy: where its file does not say by whom, the recorded change does.
private func approved(_ thresholds: Thresholds, _ policies: [PolicyInForce]) -> Thresholds {
  guard thresholds.approvedBy == nil,
    let policy = policies.last(where: { "\($0.policy) \($0.version ?? "")" == thresholds.source }),
    let approver = policy.approvedBy
  else { return thresholds }
  return Thresholds(source: thresholds.source, lines: thresholds.lines, approvedBy: approver, approvedAt: policy.from)
}

/// The archives with records in the period, as sources of populations.
private func sources(_ archives: [ArchiveEntry], _ period: Period) -> [SourceReference] {
  archives.filter { entry in
    guard let first = entry.summary.first, let last = entry.summary.last else { return true }
    return first < period.end && last >= period.start
  }.map {
    SourceReference(path: $0.summary.path, kind: $0.summary.format, sha256: $0.summary.sha256)
  }.sorted { ($0.path, $0.sha256) < ($1.path, $1.sha256) }
}

private func integrityAssessment(_ test: TestResult) -> Assessment {
  Assessment(
    test.status,
    "Of \(counted(test.population.count, "archive")), the seal of \(test.passed) holds, \(test.failed) are broken or "
      + "damaged, and \(test.inconclusive) carry no seal.")
}

private func limitations(_ inputs: [ArchiveInput], _ shadows: [ShadowUsed], _ plan: EvidencePlan) -> [String] {
  var limitations = [
    "These are management's automated tests. They support controls; they are no opinion on them.",
    "What no archive records cannot be tested: access that went past the proxy is not seen here.",
    plan.isLedgerChecked
      ? "Every row of the ledger was compared with the digests kept when rows were written, and none differed. Whoever "
        + "changed rows and digests alike is found by reading the archives again: `assay ledger fsck --archives`."
      : "The ledger was not compared with the digests kept when its rows were written (`--no-check`): a change by "
        + "another program would not show.",
  ]
  let rejected = inputs.reduce(0) { $0 &+ $1.rejected }
  if rejected > 0 { limitations.append("\(rejected) entries of the archives could not be read.") }
  if shadows.isEmpty {
    limitations.append("Nothing was replayed: no decision was graded by its effect.")
  } else if shadows.contains(where: { $0.basis != .copy }) {
    limitations.append("Effects were measured on shadows that are no plain copies of production; see their basis.")
  }
  let notes = Set(inputs.flatMap(\.notes))
  return limitations + notes.sorted()
}
