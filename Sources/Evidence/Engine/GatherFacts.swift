public import AuditTrail
public import Ledger
public import Policies

/// Draws from the ledger everything that a report follows from, after ingest has been finished (and, for what rests on
/// verdicts, replay). `policies` are asked what they would decide; `notIngested` are files that were to be read and that the
/// ledger does not know.
public func gather(
  _ ledger: borrowing Ledger, _ plan: EvidencePlan, policies: PolicySet? = nil, notIngested: [UnreadFile] = []
) throws(AssayError) -> EvidenceFacts {
  let archives = try ledger.archives()
  var facts = EvidenceFacts(plan: plan)
  facts.plan.sideFiles.sources = plan.sideFiles.sources.map(\.portable)
  facts.plan.files = plan.files.map(\.portable)
  for place in facts.plan.sideFiles.extractions.indices {
    facts.plan.sideFiles.extractions[place].path = portable(facts.plan.sideFiles.extractions[place].path)
  }
  facts.inputs = Surroundings.inputs(archives)
  var drawing = TestContext(plan: plan, inputs: facts.inputs)
  drawing.policies = policies
  let context = drawing
  for part in try ledger.readAtOnce(
    factParts.count,
    { (ledger, number) throws(AssayError) in
      try factParts[number](ledger, context)
    })
  { part(&facts) }
  facts.chainBreaks = Contradictions.breaks(archives, plan.period)
  facts.sample = try ledger.replaySample().map {
    SampleTaken(population: $0.population, taken: $0.taken, seed: String($0.seed))
  }
  let unread = try ledger.unreadFiles() + notIngested
  if !unread.isEmpty {
    facts.unread = unread.map {
      UnreadFile(path: portable($0.path), code: $0.code, message: $0.message, sha256: $0.sha256)
    }
  }
  let conflicts = try ledger.kindConflicts()
  if !conflicts.isEmpty { facts.kindConflicts = conflicts }
  if try ledger.hasUnfinishedReplay() { facts.hasUnfinishedReplay = true }
  return facts
}

extension SourceReference {
  /// The file without what a machine calls the folders above it.
  fileprivate var portable: SourceReference {
    SourceReference(path: AuditTrail.portable(path), kind: kind, sha256: sha256)
  }
}

/// Reads a part of the facts; gives what puts it in its place.
private typealias FactPart =
  @Sendable (borrowing Ledger, TestContext) throws(AssayError) -> (@Sendable (inout EvidenceFacts) -> Void)

/// A part of the facts, by how it is read and where it belongs.
private func part<Value: Sendable>(
  _ place: @escaping @Sendable (inout EvidenceFacts, Value) -> Void,
  _ read: @escaping @Sendable (borrowing Ledger, TestContext) throws(AssayError) -> Value
) -> FactPart {
  { (ledger, context) throws(AssayError) in
    let value = try read(ledger, context)
    return { facts in place(&facts, value) }
  }
}

/// The parts that take a pass over the statements, or several.
private let factParts: [FactPart] =
  evidenceTests.filter { $0.drawnColumns != nil }.map { test in
    part({ $0.drawn[test.description.id] = $1 }) { (ledger, context) throws(AssayError) in
      try test.draw(ledger, context)
    }
  } + [
    part({ $0.connections = $1 }) { (ledger, context) throws(AssayError) in
      try Surroundings.connections(ledger, context.period)
    },
    part({ $0.shadows = $1 }) { (ledger, context) throws(AssayError) in try Surroundings.shadows(ledger, context.period)
    },
    part({ $0.policies = $1 }) { (ledger, context) throws(AssayError) in try PoliciesInForce.read(ledger, context.plan)
    },
    part({ $0.findings = $1 }) { (ledger, context) throws(AssayError) in
      try Surroundings.findings(ledger, context.period)
    },
    part({ $0.countedDays = $1 }) { (ledger, context) throws(AssayError) in
      guard let counts = context.plan.sideFiles.sourceCounts else { return nil }
      return try SourceDays.countedDays(counts, ledger, context.period)
    },
    part({ $0.shortSessions = $1 }) { (ledger, context) throws(AssayError) in
      try Contradictions.sessions(ledger, context.period)
    },
    part({ $0.straddling = $1 }) { (ledger, context) throws(AssayError) in
      let sessions = try Surroundings.straddling(ledger, context.period)
      return sessions.isEmpty ? nil : sessions
    },
    part({ $0.unlistedDays = $1 }) { (ledger, context) throws(AssayError) in
      try GradingFigures.unlistedDays(ledger, context.period)
    },
    part({ $0.unlistedVerdicts = $1 }) { (ledger, context) throws(AssayError) in
      try GradingFigures.unlistedVerdicts(ledger, context.period)
    },
    part({ $0.totals = $1 }) { (ledger, context) throws(AssayError) in try LedgerTotals(ledger, context.period) },
  ]
