public import AuditTrail
import Digests
public import Ledger
public import Policies

/// Computes everything a report says from the ledger, after ingest has been finished (and, for what rests on verdicts, replay).
///
/// The same ledger, plan and policies give the same model; nothing is read but the ledger. `notIngested` are files that were to
/// be read and that the ledger does not know.
public func evaluate(
  _ ledger: borrowing Ledger, _ plan: EvidencePlan, policies: PolicySet? = nil, notIngested: [UnreadFile] = []
) throws(AssayError) -> EvidenceModel {
  try conclude(try gather(ledger, plan, policies: policies, notIngested: notIngested))
}

/// Judges the facts: every status, exception and figure of a report follows from them here and nowhere else.
public func conclude(_ facts: EvidenceFacts) throws(AssayError) -> EvidenceModel {
  let plan = facts.plan
  var context = TestContext(plan: plan, inputs: facts.inputs)
  let shared = try SharedFigures(facts, context)
  let seals = try sealSentence(Items(ArchiveIntegrity.population(facts, context)))
  context.seals = seals
  var tests = try judge(facts, &context, shared)
  for index in tests.indices {
    for place in tests[index].exceptions.indices {
      tests[index].exceptions[place].rating = plan.ratings.rating(of: tests[index].exceptions[place])
    }
    tests[index].exceptions.sort(by: ExceptionNoted.isGraver)
  }
  nameEvents(&tests)
  let limited = try LimitedJudgements(tests, facts, context, shared)
  nameControls(&tests, plan, limited)
  let exceptions = tests.flatMap(\.exceptions).sorted(by: ExceptionNoted.isGraver)
  let known = Set(exceptions.map(\.id))
  let files = Surroundings.files(facts)
  var model = EvidenceModel(
    facts: facts, organization: plan.organization, system: plan.system, period: plan.period,
    toolVersion: plan.toolVersion, inputs: facts.inputs, inputsSHA256: Surroundings.digest(facts.inputs, files),
    sideFiles: plan.sideFiles.sources, connections: connections(facts), shadows: facts.shadows,
    thresholds: try plan.thresholds.map { (thresholds) throws(AssayError) in try approved(thresholds, facts) },
    policies: facts.policies,
    completeness: shared.completeness.conclusion, integrity: try integrityConclusion(tests, seals: seals), tests: tests,
    frameworks: plan.frameworks.map { framework in
      framework.result(limits: { limited.limits($0, plan) }) { limited.conclusion($0, plan) }
    },
    exceptions: exceptions,
    coverage: shared.coverage,
    tieOuts: shared.tieOuts(facts, tests.filter { !$0.id.judgesResults }), decisionsByWeek: shared.weeks,
    grading: shared.grading, findings: facts.findings,
    limitations: limitations(facts, plan) + answersLeftOut(plan.sideFiles, exceptions),
    orphanedResponses: plan.sideFiles.responses.filter { !known.contains($0.exception) }.sorted {
      $0.exception < $1.exception
    })
  (model.files, model.choices, model.seals) = (files, reportChoices(facts), seals)
  return model
}

/// Names the controls that each exception counts against: those that its test supports, and by whose own limits it is one.
private func nameControls(_ tests: inout [TestResult], _ plan: EvidencePlan, _ limited: LimitedJudgements) {
  for index in tests.indices where !tests[index].exceptions.isEmpty {
    let mappings = plan.frameworks.flatMap { $0.mappings(of: tests[index].id) }
    for place in tests[index].exceptions.indices {
      let exception = tests[index].exceptions[place]
      tests[index].exceptions[place].controls =
        mappings.filter { limited.holds(exception, for: $0.mapping, plan) }.map(\.control).sorted()
    }
  }
}

/// The tests' results, in the order of ``evidenceTests``. T-02 comes first: only where the extraction is complete may an empty
/// population pass. What judges results comes last, all others at once.
private func judge(
  _ facts: EvidenceFacts, _ context: inout TestContext, _ shared: SharedFigures
) throws(AssayError) -> [TestResult] {
  let coverage = try PeriodCoverage.judge(facts, context, shared)
  context.isComplete = coverage.status == .pass && shared.completeness.conclusion.status == .pass
  var results = [TestID.t02: coverage]
  for isLast in [false, true] {
    let coming = evidenceTests.filter { $0.judgesResults == isLast && results[$0.description.id] == nil }
    let state = context
    for result in try atOnce(
      coming.count, state: { () throws(AssayError) in },
      { (_: borrowing Void, number) throws(AssayError) in
        var own = state
        own.limits = state.plan.limits(of: coming[number])
        var result = try coming[number].judge(facts, own, shared)
        result.limits = own.limits
        return result
      })
    { results[result.id] = result }
    context.results = evidenceTests.compactMap { results[$0.description.id] }
    nameKinds(&context.results, plan: facts.plan)
  }
  return context.results
}

/// The connections in scope and those that were seen, by name.
private func connections(_ facts: EvidenceFacts) -> [ConnectionSeen] {
  let scope = Dictionary(facts.plan.connections.map { (ExactText($0.name), $0) }) { first, _ in first }
  let traffic = Dictionary(facts.connections.map { (ExactText($0.name), $0) }) { first, _ in first }
  return Set(scope.keys).union(traffic.keys).sorted { $0.text.precedes($1.text) }.map { name in
    ConnectionSeen(
      name: name.text, environment: scope[name]?.environment ?? traffic[name]?.environment, inScope: scope[name] != nil,
      approvalRequired: scope[name]?.approvalRequired ?? false, sessions: traffic[name]?.sessions ?? 0,
      statements: traffic[name]?.statements ?? 0)
  }
}

/// Thresholds are approved with their policy: where its file does not say by whom, the recorded change does. What another
/// file than the approved one says, nobody approved.
private func approved(_ thresholds: Thresholds, _ facts: EvidenceFacts) throws(AssayError) -> Thresholds {
  let others = try PolicyChangeControl.otherFiles(facts)
  guard others.isEmpty else {
    var unapproved = Thresholds(source: thresholds.source, lines: thresholds.lines, approvedBy: nil, approvedAt: nil)
    unapproved.otherFiles = others
    return unapproved
  }
  guard thresholds.approvedBy == nil,
    let policy = facts.policies.last(where: { "\($0.policy) \($0.version ?? "")" == thresholds.source }),
    let approver = policy.approvedBy
  else { return thresholds }
  return Thresholds(source: thresholds.source, lines: thresholds.lines, approvedBy: approver, approvedAt: nil)
}

/// What T-01 comes to, in words; where something does not hold, with the archives that `seals` names.
private func integrityConclusion(_ tests: [TestResult], seals: String?) throws(AssayError) -> Conclusion {
  guard let test = tests.first(where: { $0.id == .t01 }) else {
    return Conclusion(.notRun, "The integrity of the archives was not tested.")
  }
  let (holding, unproven) = try ArchiveIntegrity.seals(in: test.population)
  let unsealed = test.population.count - holding - test.failed
  return Conclusion(
    test.status,
    "Of \(counted(test.population.count, "archive")), the seal of \(holding) holds, \(test.failed) "
      + "\(test.failed == 1 ? "is" : "are") broken, damaged or not signed as \(test.failed == 1 ? "it" : "they") should be, "
      + "and \(unsealed) \(unsealed == 1 ? "carries" : "carry") no seal. Of the seals that hold, \(unproven) "
      + "\(unproven == 1 ? "is" : "are") not signed by a key that was checked: "
      + "\(unproven == 1 ? "it does" : "they do") not show who made them."
      + (test.failed > 0 ? seals.map { " \($0)" } ?? "" : ""))
}

/// Which of management's answers count for nothing, in words.
private func answersLeftOut(_ sideFiles: SideFiles, _ exceptions: [ExceptionNoted]) -> [String] {
  let acceptances = sideFiles.acceptances
  let refused = exceptions.compactMap { exception in
    acceptances[exception.id].flatMap(exception.refusal).map { "\(exception.id): \($0)" }
  }.sorted()
  let known = Set(exceptions.map(\.id))
  let orphaned = Int64(sideFiles.responses.count { !known.contains($0.exception) })
  return refused.map { "An acceptance does not count, and the exception stays open. \($0)." }
    + (orphaned == 0
      ? []
      : [
        "\(counted(orphaned, "answer")) of management \(orphaned == 1 ? "names an exception" : "name exceptions") that this report does "
          + "not hold: see exceptions/orphaned-responses.csv."
      ])
}

private func limitations(_ facts: EvidenceFacts, _ plan: EvidencePlan) -> [String] {
  let (inputs, shadows) = (facts.inputs, facts.shadows)
  var limitations = [
    "These are management's automated tests. They support controls; they are not an opinion on them.",
    facts[.t38].rows.isEmpty
      ? "What no archive records cannot be tested: access that went past the proxy is not seen here."
      : "What no archive records cannot be tested: access past the proxy is seen only in the logs of databases that were read "
        + "(T-38).",
    plan.isLedgerChecked
      ? "Every row of the ledger was compared with the digests kept when rows were written, and none differed. Whoever "
        + "changed rows and digests alike is found by reading the archives again: “assay ledger fsck --archives”."
      : "The ledger was not compared with the digests kept when its rows were written (--no-check): a change by "
        + "another program would not show.",
  ]
  limitations.append(
    "Whether the run that wrote this package also built its ledger from the archives is said next to it (“ledger_built” in "
      + "\(plan.period.label).run.json). A ledger that was there before was not read from the archives again: "
      + "“assay verify --reperform” does that.")
  if let unexplained = plan.sideFiles.unexplained { limitations.append(unexplained) }
  for file in plan.files where file.sha256.isEmpty {
    limitations.append("\(file.path) (\(file.kind)) was not there when the report was made: its digest is not known.")
  }
  let rejected = inputs.reduce(0) { $0 &+ $1.rejected }
  if rejected > 0 { limitations.append("\(rejected) entries of the archives could not be read.") }
  for file in facts.unread ?? [] {
    limitations.append(
      file.isLeftOut
        ? "\(file.path) was left out: \(file.message)."
        : file.isNotIngested
          ? "\(file.path) is named in the configuration and was not read: nothing of it is in this report."
          : "\(file.path) could not be read (\(file.code)): nothing of it is in this report.")
  }
  limitations += (facts.kindConflicts ?? []).map(\.sentence)
  if let straddling = facts.straddling {
    limitations.append(
      "\(counted(straddling.count, "session")) \(straddling.count == 1 ? "reaches" : "reach") over a bound of the period: "
        + "what they did outside is not tested here. scope/straddling-sessions.csv lists them.")
  }
  for run in plan.validation?.runs ?? [] where run.right < run.statements {
    limitations.append(
      "This program measures or grades \(counted(run.statements - run.right, "statement")) of the labelled cases that it carries "
        + "otherwise than they say, on \(run.engine): see replay/tool-validation.md.")
  }
  if facts.hasUnfinishedReplay == true {
    limitations.append(
      "A replay was begun and had not ended when this was written: what it had not come to has no verdict. “assay replay” "
        + "goes on with it; then make the report again.")
  }
  if shadows.isEmpty {
    limitations.append("Nothing was replayed: no decision was graded by its effect.")
  } else if shadows.contains(where: { $0.basis != .copy }) {
    limitations.append("Effects were measured on shadows that are not plain copies of production; see their basis.")
  }
  let notes = Set(inputs.flatMap { input in input.notes.map { "\(input.path): \($0)" } })
  return limitations + notes.sorted()
}
