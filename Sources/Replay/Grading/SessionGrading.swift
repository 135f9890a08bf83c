package import AuditTrail
import Digests
package import Ledger
package import Policies

/// One session on its way from the ledger to its verdicts.
struct SessionJob: Sendable {
  let session: SessionEntry
  /// Its statements, without those that a sample leaves out.
  var statements: [StatementEntry]
  /// The position of its shadow in the plan; `nil` where there is none for its connection.
  let shadow: Int?
  /// Plain reads that a sample took, by row id.
  var sampled: Set<Int64> = []

  /// The moment for which a session's shadow is chosen: of its first statement, else of its opening.
  static func time(of session: SessionEntry, _ statements: [StatementEntry]) -> Timestamp {
    statements.first?.time ?? session.opened ?? Timestamp(nanoseconds: .max)
  }
}

/// A statement's measurement and grade, with what the tally needs.
struct GradedEntry: Sendable {
  let statement: StatementEntry
  let input: GradeInput
  var verdict: Verdict
  /// How it ended on the shadow, where the session as a whole lets it count otherwise.
  var measuredExecution: Execution?
  /// The ledger's row of its measurement, where it is not a new one.
  var known: KnownMeasurement?

  /// What was measured.
  var effect: Effect { input.effect }
}

/// What one session came to.
struct SessionResult: Sendable {
  let job: SessionJob
  private(set) var entries: [GradedEntry]
  private(set) var harm: [Harm]
  /// Statements that a sample left out, by row id.
  var notSampled: [Int64] = []
  /// Whether its verdicts wait for what other sessions used with success.
  var isDeferred = false
  /// What names all that its measurements depend on; `nil` where nothing does.
  var measurementKey: SHA256Digest?
  /// Whether its measurements were in the ledger and nothing was run.
  var isReused = false
  /// The ledger's rows, made by ``finish(replay:_:)``.
  private(set) var rows = GradedRows()
  /// What was found, made by ``finish(replay:_:)``.
  var findings: [Finding] = []

  init(job: SessionJob, entries: [GradedEntry], harm: [Harm]) {
    self.job = job
    self.entries = entries
    self.harm = harm
  }

  /// Encodes the rows and looks for findings.
  mutating func finish(replay: Int64?, _ approvals: RecordedApprovals) {
    for entry in entries {
      rows.add(
        GradedStatement(
          statement: entry.statement.id, replay: replay, effect: entry.effect,
          measuredExecution: entry.measuredExecution, verdict: entry.verdict, isReadOnly: entry.input.isReadOnly,
          sensitiveOutputs: entry.input.sensitiveOutputs, approval: entry.input.approval), stored: entry.known)
    }
    if let measurementKey, !isReused { rows.measured = (job.session.id, measurementKey.bytes) }
    findings = sessionFindings(self, approvals)
  }

  /// Draws other verdicts, from other inputs.
  mutating func judge(_ inputs: [GradeInput], _ verdicts: [Verdict]) {
    for index in entries.indices {
      var entry = GradedEntry(statement: entries[index].statement, input: inputs[index], verdict: verdicts[index])
      (entry.measuredExecution, entry.known) = (entries[index].measuredExecution, entries[index].known)
      entries[index] = entry
    }
  }

  /// The session with its statements of a period only.
  func limited(to period: Period?) -> SessionResult {
    guard let period, entries.contains(where: { !period.contains($0.statement.time) }) else { return self }
    let kept = entries.indices.filter { period.contains(entries[$0].statement.time) }
    var limited = self
    (limited.entries, limited.harm) = (kept.map { entries[$0] }, kept.map { harm[$0] })
    return limited
  }
}

/// Measures and grades a session by itself, with the standard harm: what was measured, what verdicts were drawn from once
/// the session was seen as a whole, and the verdicts.
package func grade(
  _ session: SessionEntry, _ statements: [StatementEntry], on replay: any SessionReplay, engine: String
) throws(AssayError) -> (effects: [Effect], inputs: [GradeInput], verdicts: [Verdict]) {
  let measured = try replay.measure(statements, engine: session.connection.engine)
  let grading = SessionGrading(session: session, engine: engine, asOf: nil)
  let inputs = grading.inputs(statements, measured)
  return (measured.map(\.effect), inputs, grading.verdicts(inputs, statements, statements.map { _ in .standard }))
}

/// Draws the verdicts of a session from what was measured.
struct SessionGrading {
  let session: SessionEntry
  /// The shadow's engine.
  let engine: String
  let asOf: Timestamp?
  var approvals = RecordedApprovals()

  /// The grading's input of each statement, with what the session as a whole says of the shadow's rows.
  func inputs(_ statements: [StatementEntry], _ measured: [MeasuredStatement]) -> [GradeInput] {
    var inputs = zip(statements, measured).map { statement, measurement in
      GradeInput(
        decision: statement.decision, outcome: statement.outcome, effect: measurement.effect,
        recorded: statement.result, completeness: statement.completeness,
        connectionEngine: session.connection.engine, shadowEngine: engine, isReadOnly: measurement.isReadOnly,
        sensitiveOutputs: measurement.sensitiveOutputs, approval: approvals.judgement(of: statement, in: session))
    }
    markStartMissing(&inputs)
    markTooLate(&inputs, statements)
    markFidelity(&inputs)
    markPoisoned(&inputs)
    return inputs
  }

  /// The verdicts, units as units; `harm` gives what counts as harm when a statement ran.
  func verdicts(_ inputs: [GradeInput], _ statements: [StatementEntry], _ harm: [Harm]) -> [Verdict] {
    var verdicts: [Verdict] = []
    var start = 0
    while start < inputs.count {
      var end = start + 1
      if let unit = statements[start].unit {
        while end < inputs.count, statements[end].unit == unit { end += 1 }
      }
      verdicts += gradeUnit(Array(inputs[start..<end]), harm: harm[start])
      start = end
    }
    return verdicts
  }

  /// What a session whose start is in no archive had made for itself, a temporary table or a search path, is not here.
  private func markStartMissing(_ inputs: inout [GradeInput]) {
    for index in inputs.indices where inputs[index].completeness.contains(.sessionOpenMissing) {
      if inputs[index].missingObject != nil, inputs[index].recorded?.error == nil {
        inputs[index].effect.execution = .notRun(.sessionStartMissing)
      }
    }
  }

  /// A statement older than the copy may have met rows and objects that were gone when the copy was made.
  private func markTooLate(_ inputs: inout [GradeInput], _ statements: [StatementEntry]) {
    guard let asOf else { return }
    for index in inputs.indices where statements[index].time < asOf {
      let effect = inputs[index].effect
      switch effect.execution {
      case .failed(_, .some): inputs[index].effect.execution = .notRun(.shadowTooLate)
      case .ran where !inputs[index].isReadOnly && effect.isNil:
        inputs[index].effect.execution = .notRun(.shadowTooLate)
      default: break
      }
    }
  }

  /// From five comparable statements on, counts that match too seldom say that the shadow's rows are not what the session met.
  private func markFidelity(_ inputs: inout [GradeInput]) {
    let compared = inputs.compactMap(\.countsMatch)
    guard compared.count >= 5 else { return }
    let matching = compared.count { $0 }
    if matching * 2 < compared.count {
      for index in inputs.indices where inputs[index].hangsOnRows {
        inputs[index].effect.execution = .notRun(.baselineMismatch)
      }
    } else if matching * 10 < compared.count * 9 {
      for index in inputs.indices { inputs[index].isLowFidelity = true }
    }
  }

  /// After a write that diverged, or was only estimated, what reads that table does not see what the session saw.
  private func markPoisoned(_ inputs: inout [GradeInput]) {
    var poisoned: Set<String> = []
    for index in inputs.indices {
      let input = inputs[index]
      let wrote = input.effect.tables.keys
      if !poisoned.isEmpty, input.hangsOnRows, input.countsMatch != true {
        let reads = input.effect.reads.contains { read in
          poisoned.contains(String(read[..<(read.lastIndex(of: ".") ?? read.endIndex)]))
        }
        let changes = input.effect.tables.contains { name, table in
          poisoned.contains(name) && (table.updated > 0 || table.deleted > 0)
        }
        if reads || changes { inputs[index].effect.execution = .notRun(.poisoned) }
      }
      let isMissing = input.effect.estimate != nil && input.effect.kept && input.outcome != .notRun
      if isMissing || input.countsMatch == false && input.effect.ownCount != nil { poisoned.formUnion(wrote) }
    }
  }
}

extension Effect {
  /// Whether nothing changed and nothing was seen.
  fileprivate var isNil: Bool {
    tables.values.allSatisfy { $0.inserted == 0 && $0.updated == 0 && $0.deleted == 0 } && dropped.isEmpty
      && altered.isEmpty && escalated.isEmpty && refused.isEmpty && rowsReturned == 0 && leak == .none
  }
}

extension GradeInput {
  /// Whether the recorded count and the shadow's own agree within one row or 5 %; `nil` where they cannot be compared.
  var countsMatch: Bool? {
    guard case .ran = effect.execution, let recorded, recorded.error == nil, let rows = recorded.rows, effect.isCounted
    else { return nil }
    let own: Int64
    switch recorded.rowsKind {
    case .affected:
      guard let count = effect.ownCount else { return nil }
      own = count
    case .returned: own = effect.rowsReturned
    case .unknown: own = effect.ownCount ?? effect.rowsReturned
    }
    let (distance, overflow) = rows.subtractingReportingOverflow(own)
    return !overflow && (distance.magnitude <= 1 || distance.magnitude <= rows.magnitude / 20)
  }

  /// The same of what was measured, whether or not the session as a whole was found to have met other rows.
  var measuredCountsMatch: Bool? {
    var measured = self
    switch effect.execution {
    case .notRun(.baselineMismatch), .notRun(.poisoned): measured.effect.execution = .ran
    default: break
    }
    return measured.countsMatch
  }

  /// Whether the verdict could be another on other rows.
  fileprivate var hangsOnRows: Bool {
    guard effect.tookEffect else { return false }
    return effect.refused.isEmpty && !effect.dropped.contains { !$0.isScratch } && (!isReadOnly || effect.leak != .none)
  }

  /// The object that was not there.
  var missingObject: String? {
    if case .failed(_, let missing) = effect.execution { missing } else { nil }
  }
}
